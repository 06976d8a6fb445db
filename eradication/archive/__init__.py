"""Archives of imagery, from their address to files on this computer.

The one place of this package that asks anybody for anything is :mod:`eradication.archive.http`; everything else is
told what came back. Nothing here decodes a pixel: files are mirrored byte for byte, only the bytes that are needed
(:mod:`eradication.archive.mirror`), and read later as ordinary local files.
"""

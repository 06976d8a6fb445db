"""Where imagery comes from, as data: one small TOML file for each archive.

A profile says how an archive's items are recognised, which asset is which band, which statement decides about the
offset of Sentinel-2, who may be asked for bytes and how. The files beside this module are shipped; those in the folder
``sources`` of a workspace are read as well, and one with the same name takes the place of a shipped one. A new archive
is a new file and no code.
"""

from eradication.sources.profile import Access, Asset, Profile, Recognition, Reflectance, parse
from eradication.sources.shelf import (
    ANY,
    EMBEDDED,
    GEOTIFF,
    SOURCE,
    Marks,
    all_of,
    carried,
    embedded,
    marks_of,
    named,
    names,
    recognise,
    shipped,
    tell,
)

__all__ = [
    "ANY",
    "EMBEDDED",
    "GEOTIFF",
    "SOURCE",
    "Access",
    "Asset",
    "Marks",
    "Profile",
    "Recognition",
    "Reflectance",
    "all_of",
    "carried",
    "embedded",
    "marks_of",
    "named",
    "names",
    "parse",
    "recognise",
    "shipped",
    "tell",
]

"""What a photo is, by its first bytes and its name together, and how many pixels it says it has.

Used only in the worker of the sandbox, before any decoder is loaded.
"""

from pathlib import Path

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import sniff

NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIC"}
SUFFIXES = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".heic": "heic",
    ".heif": "heic",
    ".hif": "heic",
}
"""Endings of photos' names, with the kind each stands for."""
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_OTHERS = ((b"GIF8", "GIF"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"BM", "BMP"), (b"8BPS", "Photoshop"))
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}


def tell(path: Path) -> str:
    """Return the kind of a photo: a key of :data:`NAMES`.

    Raises:
        RefusedInput: ``unsupported_photo``; ``not_jpeg``, ``not_png`` … where name and content disagree.
    """
    named, found = SUFFIXES.get(path.suffix), _kind(path)
    if named and found == named:
        return found
    said = NAMES.get(found) or found
    if named:
        raise RefusedInput(
            f"not_{named}",
            N_("The file is called {suffix}, but it holds {found}."),
            hint=N_("Take the photo from the camera or phone itself, or give the file the name that fits."),
            values={"suffix": path.suffix, "found": said},
        )
    raise RefusedInput(
        "unsupported_photo",
        N_("This is no photo that is read: {found}. Accepted are {accepted}."),
        hint=N_("Hand in photos as the camera or phone made them."),
        values={"found": said, "accepted": ", ".join(NAMES.values())},
    )


def decoder(kind: str) -> str:
    """Return Pillow's name of the one decoder for a kind of photo.

    Raises:
        RefusedInput: ``heic_needs_extra``.
    """
    if kind == "heic":
        try:
            import pillow_heif
        except ImportError:
            raise RefusedInput(
                "heic_needs_extra",
                N_("Photos in HEIC need a part of this program that is not installed."),
                hint=N_("Install eradication[heic], or let the phone write JPEG (iPhone: Most Compatible)."),
            ) from None
        pillow_heif.register_heif_opener(thumbnails=False)
        return "HEIF"
    return kind.upper()


def declared_size(path: Path, kind: str) -> tuple[int, int] | None:
    """Return width and height as the first bytes state them, ``None`` if they do not.

    Only for JPEG and WEBP: a decoder of WEBP takes the memory for the whole picture when it opens the file.
    """
    with path.open("rb") as file:
        head = file.read(1024 * 1024)
    if kind == "webp":
        return _of_webp(head)
    return _of_jpeg(head) if kind == "jpeg" else None


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(32)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in _HEIC_BRANDS else "MP4"
    other = next((name for magic, name in _OTHERS if head.startswith(magic)), None)
    return other or sniff.content(path)


def _of_webp(head: bytes) -> tuple[int, int] | None:
    if head[12:16] == b"VP8X" and len(head) >= 30:
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[12:16] == b"VP8 " and len(head) >= 30:
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None


def _of_jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker in _START_OF_FRAME:
            return int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + int.from_bytes(head[at + 2 : at + 4])
    return None

"""Reader of photos: what the camera said, a fingerprint of the picture, and a copy that holds the picture alone.

The copy is drawn anew from the pixels, so that nothing else of the file gets into it: no EXIF, XMP, colour profile,
thumbnail or comment, and no second file hidden before, behind or between. Only the decoder that the first bytes ask for
is loaded, and the number of pixels is known before one of them is decoded. Runs only in the worker of the sandbox.
"""

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import photo_exif, photo_kind

_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError)
_MEGAPIXEL = 1_000_000
_LONGEST_PROFILE = 1024 * 1024


def read(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read one photo.

    Args:
        path: JPEG, PNG, WEBP or HEIC; its suffix is the original's.
        options: ``megapixels``, the most pixels decoded; ``side_px``, the longest side of the copy; ``quality`` of it.

    Returns:
        ``format``, ``width``, ``height`` (as shown upright, pixels), ``phash`` (see :func:`fingerprint`), ``copy``
        (JPEG bytes) and what :func:`eradication.ingest.formats.photo_exif.read` returns.

    Raises:
        RefusedInput: ``unsupported_photo``, ``not_jpeg`` …, ``heic_needs_extra``, ``too_many_pixels``,
            ``damaged_photo``.
    """
    kind = photo_kind.tell(path)
    most = int(options["megapixels"]) * _MEGAPIXEL
    _check_pixels(photo_kind.declared_size(path, kind), most)
    # Our own check comes first; this one holds for whatever a decoder opens inside.
    Image.MAX_IMAGE_PIXELS = most
    try:
        with warnings.catch_warnings(action="ignore"):  # of what is odd in the EXIF: it is judged by what it says
            return {"format": kind, **_opened(path, photo_kind.decoder(kind), most, options)}
    except Image.DecompressionBombError:
        raise _too_many(most) from None
    except _DAMAGED as error:
        raise _damaged(error) from None


def _opened(path: Path, decoder: str, most: int, options: dict[str, Any]) -> dict[str, Any]:
    with Image.open(path, formats=(decoder,)) as image:
        full = image.size
        _check_pixels(full, most)
        side = int(options["side_px"])
        image.draft("RGB", (side, side))  # a JPEG is decoded at a fraction of its size; the others ignore it
        image.load()
        said = photo_exif.read(image)
        upright = _upright(image)
        width, height = full if upright.size == image.size else full[::-1]
        copy = _copy(upright, side, int(options["quality"]), image.info.get("icc_profile"))
        return {"width": width, "height": height, "phash": fingerprint(upright), "copy": copy, **said}


def fingerprint(image: Image.Image) -> str:
    """Return the 64-bit difference hash (dHash) of a picture, 16 hex digits.

    The picture in grey is shrunk to 9 × 8 pixels; each bit says whether a pixel is brighter than its right neighbour
    (N. Krawetz, "Kind of Like That", 2013). Shrinking, recompressing or brightening changes few bits: two pictures that
    differ in 10 bits or fewer are very likely one. A dark or even picture says little: most of its bits are 0.
    """
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:016x}"


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture as it is to be seen, in colour, without a see-through part."""
    try:
        turned = ImageOps.exif_transpose(image)
    except photo_exif.UNREADABLE:
        turned = image  # the orientation cannot be read: shown as it lies in the file
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        seen = turned.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        white.alpha_composite(seen)
        return white.convert("RGB")
    if turned.mode.startswith("I;16"):
        return turned.point(lambda value: value / 256).convert("L").convert("RGB")
    return turned.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return the picture in the colours that a viewer assumes who is told nothing: phones write wider ones."""
    if not isinstance(profile, bytes) or len(profile) > _LONGEST_PROFILE:
        return image
    try:
        own, plain = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, own, plain, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _copy(image: Image.Image, side: int, quality: int, profile: object) -> bytes:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small = _in_srgb(small, profile)
    # A new image of the same pixels: Pillow hands on comments, profiles and resolutions that it finds in the old one.
    bare = Image.frombytes("RGB", small.size, small.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _check_pixels(size: tuple[int, int] | None, most: int) -> None:
    if size is not None and size[0] * size[1] > most:
        raise _too_many(most)


def _too_many(most: int) -> RefusedInput:
    return RefusedInput(
        "too_many_pixels",
        N_("The photo has more than {most} million pixels."),
        hint=N_("The limit is megapixels in eradication.toml under [photos]; hand in the photo as the camera made it."),
        values={"most": most // _MEGAPIXEL},
    )


def _damaged(error: Exception) -> RefusedInput:
    return RefusedInput(
        "damaged_photo",
        N_("The photo cannot be read to its end: {error}."),
        hint=N_("Copy it from the camera or phone again."),
        values={"error": str(error).splitlines()[0][:200] if str(error) else type(error).__name__},
    )

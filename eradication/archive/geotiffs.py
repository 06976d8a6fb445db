"""Image files a user owns, as items: mosaics of an unmanned aircraft, commercial images, exports of other programs.

What a catalog would say is taken from the file's header, its name and a side-car file beside it, ``<name>.json``::

    {"datetime": "2026-02-14T09:30:00+07:00", "bands": ["blue", "green", "red", "nir"], "scale": 0.0001, "offset": 0}

Files of one band whose names end in a band's (``2026-02-14_B04.tif``, ``2026-02-14_red.tif``) are one item.
"""

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from shapely.geometry import box, mapping

from eradication import geo
from eradication.archive.items import Item
from eradication.domain import TIMEZONE
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.sources import GEOTIFF, SOURCE, names

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ENDINGS = (".tif", ".tiff")
MAX_SIDECAR_BYTES = 1_000_000
METRES_PER_DEGREE = 111_320.0

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_COLOURS = {"red": "red", "green": "green", "blue": "blue", "nir": "nir", "rededge": "rededge1"}


@dataclass(frozen=True, slots=True)
class Image:
    """One file, as far as its header, name and side-car go."""

    path: Path
    when: datetime
    """UTC."""
    epsg: int
    shape: tuple[int, int]
    transform: tuple[float, ...]
    pixel_m: float
    """Width of a pixel on the ground."""
    bands: tuple[str, ...]
    """Name of each band of the file; empty where it is not known."""
    dtype: str
    nodata: float | None
    scale: float | None
    offset: float | None
    outline: dict[str, Any]
    """GeoJSON, WGS 84."""

    @property
    def name(self) -> str:
        """Name without ending."""
        return self.path.stem


def files_in(path: Path) -> list[Path]:
    """Return the image files a path means: itself, or those in a folder."""
    if path.is_file():
        return [path] if path.suffix.lower() in ENDINGS else []
    return sorted(p for p in path.glob("*") if p.suffix.lower() in ENDINGS and p.is_file()) if path.is_dir() else []


def look(path: Path, day: date | None = None, copy: Path | None = None) -> Image:
    """Read the header of a file.

    Args:
        path: a GeoTIFF; opened by that driver and no other.
        day: date the user gives; it wins over side-car and name.
        copy: what is opened in its place; name and side-car are those of ``path`` nevertheless.

    Raises:
        RefusedInput: ``unreadable``, ``no_crs``, ``rotated``, ``bad_sidecar``.
        UnusableInput: ``no_date``.
    """
    told = _sidecar(path)
    when = datetime.combine(day, time(12), TIMEZONE) if day else _when(path, told)
    opened = copy or path
    with opened.open("rb") as file:
        if not file.read(4).startswith(STARTS):
            raise RefusedInput("unreadable", N_("This is not a TIFF file."), where=str(path))
    try:
        with (
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),  # it is refused by name
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
            rasterio.open(opened, driver="GTiff") as source,
        ):
            return _image(path, source, when.astimezone(UTC), told)
    except (RasterioError, OSError, ValueError) as error:
        message = N_("The image cannot be read: {error}.")
        raise RefusedInput("unreadable", message, where=str(path), values={"error": error}) from None


def _image(path: Path, source: Any, when: datetime, told: Mapping[str, Any]) -> Image:
    epsg = source.crs.to_epsg() if source.crs else None
    if epsg is None:
        raise RefusedInput(
            "no_crs",
            N_("The image does not say where it is (no EPSG code)."),
            where=str(path),
            hint=N_("Export it anew with its coordinate system, e.g. EPSG:32648 or EPSG:9206."),
        )
    a, b, c, d, e, f = tuple(source.transform)[:6]
    if b or d or not a or not e:
        raise RefusedInput("rotated", N_("The image is rotated; only north-up images are read."), where=str(path))
    corners = box(*source.bounds).segmentize(max(source.width * abs(a), source.height * abs(e)) / 20)
    outline = geo.project(corners, epsg, geo.WGS84)
    pixel = abs(a) * (METRES_PER_DEGREE if geo.is_geographic(epsg) else 1.0)
    scales, offsets = set(source.scales), set(source.offsets)
    stated = scales != {1.0} or offsets != {0.0}
    return Image(
        path=path.absolute(),
        when=when,
        epsg=int(epsg),
        shape=(int(source.height), int(source.width)),
        transform=(a, b, c, d, e, f),
        pixel_m=pixel,
        bands=_bands(source, told, path),
        dtype=str(source.dtypes[0]),
        nodata=source.nodatavals[0],
        scale=_number(told, "scale", path) if "scale" in told else (float(source.scales[0]) if stated else None),
        offset=_number(told, "offset", path) if "offset" in told else (float(source.offsets[0]) if stated else None),
        outline=dict(mapping(outline)),
    )


def _bands(source: Any, told: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """Return the name of each band: by the side-car, else by its description, else by its colour, else unknown."""
    listed = told.get("bands")
    if listed is not None:
        if not isinstance(listed, list) or len(listed) != source.count or not all(isinstance(b, str) for b in listed):
            raise _bad_sidecar(path, N_("bands must name each band of the file, in order"))
        return tuple(band_of(band) for band in listed)
    described = [band_of(text or "") for text in source.descriptions]
    if any(described) or source.count == 1:
        return tuple(described)
    return tuple(_COLOURS.get(colour.name.lower(), "") for colour in source.colorinterp)


def band_of(text: str) -> str:
    """Return the band a name means, empty if it means none."""
    known = names()
    word = text.strip()
    if word.lower() in known.common:
        return known.common[word.lower()]
    return known.sentinel2.get(word.upper(), "")


def _sidecar(path: Path) -> Mapping[str, Any]:
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    try:
        with beside.open("rb") as file:
            told = json.loads(file.read(MAX_SIDECAR_BYTES))
    except (OSError, ValueError, RecursionError):
        raise _bad_sidecar(beside, N_("it is not JSON")) from None
    if not isinstance(told, dict):
        raise _bad_sidecar(beside, N_("it is not JSON"))
    return told


def _bad_sidecar(path: Path, problem: str) -> RefusedInput:
    message = N_("The file beside the image cannot be used: {problem}.")
    return RefusedInput("bad_sidecar", message, where=str(path), values={"problem": problem})


def _number(told: Mapping[str, Any], key: str, path: Path) -> float:
    value = told[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6:
        raise _bad_sidecar(path, N_("scale and offset must be numbers"))
    return float(value)


def _when(path: Path, told: Mapping[str, Any]) -> datetime:
    stated = told.get("datetime")
    if stated is not None:
        try:
            moment = datetime.fromisoformat(str(stated))
        except ValueError:
            raise _bad_sidecar(path, N_("datetime is not a date and time")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=TIMEZONE)
    for year, month, day in _DATE.findall(path.stem):
        try:
            return datetime(int(year), int(month), int(day), 12, tzinfo=TIMEZONE)
        except ValueError:
            continue
    raise UnusableInput(
        "no_date",
        N_("The date of this image is not known."),
        where=str(path),
        hint=N_("Give --date, put the date into the file's name (2026-02-14_mosaic.tif), or write it into {sidecar}."),
        values={"sidecar": path.with_suffix(".json").name},
    )


def items_of(images: Sequence[Image]) -> list[Item]:
    """Return items; files of one band each whose names differ in the band only are one item."""
    groups: dict[str, list[tuple[str, Image]]] = {}
    for image in images:
        prefix, _, last = image.name.rpartition("_")
        named = band_of(last) if prefix and len(image.bands) == 1 else ""
        key = prefix if named else image.name
        groups.setdefault(key, []).append((named or "image", image))
    return [_item(name, members) for name, members in sorted(groups.items())]


def _item(name: str, members: Sequence[tuple[str, Image]]) -> Item:
    first = members[0][1]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": first.outline,
        "bbox": list(shapely.geometry.shape(first.outline).bounds),
        "properties": {
            "datetime": first.when.isoformat().replace("+00:00", "Z"),
            "gsd": round(first.pixel_m, 4),
            "geotiff:file": first.path.name,
            SOURCE: GEOTIFF,
        },
        "links": [],
        "assets": {key: _asset(image) for key, image in members},
    }


def _asset(image: Image) -> dict[str, Any]:
    stated = {name: value for name, value in (("scale", image.scale), ("offset", image.offset)) if value is not None}
    return {
        "href": image.path.as_uri(),
        "type": "image/tiff; application=geotiff",
        "roles": ["data"],
        "eo:bands": [
            {"name": band or f"band {n}", "common_name": band} if band else {"name": f"band {n}"}
            for n, band in enumerate(image.bands, start=1)
        ],
        "raster:bands": [{"data_type": image.dtype, **stated} for _ in image.bands],
        "proj:epsg": image.epsg,
        "proj:shape": list(image.shape),
        "proj:transform": list(image.transform),
    }

"""GeoPackage binary geometry (OGC 12-128r19, clause 2.1.3): a small header with the envelope, then ISO WKB.

The R-tree triggers of a GeoPackage call ``ST_IsEmpty``, ``ST_MinX`` … SQLite has none of them, so :data:`FUNCTIONS`
are registered on every connection; they read the header only. GDAL and QGIS bring their own.
"""

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from eradication.geo import WGS84

_MAGIC = b"GP"
_LITTLE, _EMPTY, _EXTENDED = 0x01, 0x10, 0x20
_XY = 0x02
_LINESTRING_ZM = 3002
_ENVELOPE_SIZE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_OUT_OF_ORDER = "not a GeoPackage geometry"


def encode(geometry: BaseGeometry) -> bytes:
    """Return ``geometry`` (WGS 84) as GeoPackage binary with an XY envelope."""
    wkb: bytes = shapely.to_wkb(geometry, output_dimension=4, byte_order=1, flavor="iso")
    if geometry.is_empty:
        return struct.pack("<2sBBi", _MAGIC, 0, _LITTLE | _EMPTY, WGS84) + wkb
    west, south, east, north = geometry.bounds
    return struct.pack("<2sBBi4d", _MAGIC, 0, _LITTLE | _XY, WGS84, west, east, south, north) + wkb


def decode(blob: bytes) -> BaseGeometry:
    """Read GeoPackage binary.

    Raises:
        ValueError: it is none.
    """
    flags, size = _header(blob)
    if flags & _EXTENDED:
        raise ValueError(_OUT_OF_ORDER)
    try:
        geometry: BaseGeometry = shapely.from_wkb(blob[size:])
    except shapely.GEOSException as error:
        raise ValueError(_OUT_OF_ORDER) from error
    return geometry


def _header(blob: bytes) -> tuple[int, int]:
    if len(blob) < 8 or blob[:2] != _MAGIC:
        raise ValueError(_OUT_OF_ORDER)
    flags: int = blob[3]
    size = _ENVELOPE_SIZE.get(flags >> 1 & 0x07)
    if size is None or len(blob) < 8 + size:
        raise ValueError(_OUT_OF_ORDER)
    return flags, 8 + size


def envelope(blob: bytes) -> tuple[float, float, float, float] | None:
    """Return minimum x, maximum x, minimum y, maximum y; ``None`` if the geometry is empty.

    Raises:
        ValueError: ``blob`` is no GeoPackage geometry.
    """
    flags, size = _header(blob)
    if flags & _EMPTY:
        return None
    if size > 8:
        low_x, high_x, low_y, high_y = struct.unpack_from("<4d" if flags & _LITTLE else ">4d", blob, 8)
        return low_x, high_x, low_y, high_y
    # Other programs leave the envelope of points away.
    geometry = decode(blob)
    if geometry.is_empty:
        return None
    west, south, east, north = geometry.bounds
    return west, east, south, north


def _st_is_empty(blob: bytes | None) -> int | None:
    if blob is None:
        return None
    return int(envelope(blob) is None)


def _bound(position: int) -> Callable[[bytes | None], float | None]:
    def st_bound(blob: bytes | None) -> float | None:
        box = envelope(blob) if blob is not None else None
        return box[position] if box else None

    return st_bound


FUNCTIONS: dict[str, Callable[[bytes | None], float | None]] = {
    "ST_IsEmpty": _st_is_empty,
    "ST_MinX": _bound(0),
    "ST_MaxX": _bound(1),
    "ST_MinY": _bound(2),
    "ST_MaxY": _bound(3),
}


def line_zm(columns: npt.NDArray[np.float64]) -> BaseGeometry | None:
    """Return rows of x, y, z, m as a LineStringZM, ``None`` for fewer than two; Shapely itself takes no M."""
    if len(columns) < 2:
        return None
    head = struct.pack("<BII", 1, _LINESTRING_ZM, len(columns))
    line: BaseGeometry = shapely.from_wkb(head + np.ascontiguousarray(columns, "<f8").tobytes())
    return line


def as_multipolygon(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return a polygon or multipolygon as a flat multipolygon, the one type a layer of areas holds.

    Raises:
        ValueError: it is no area or has coordinates that are not finite.
    """
    if geometry is None:
        return None
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("coordinates that are not finite")
    flat = shapely.force_2d(geometry)
    if isinstance(flat, Polygon):
        return MultiPolygon([] if flat.is_empty else [flat])
    if not isinstance(flat, MultiPolygon):
        raise ValueError(f"not an area but a {flat.geom_type}")
    return flat


def as_point(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return a flat point.

    Raises:
        ValueError: it is no point or not finite.
    """
    if geometry is None:
        return None
    if geometry.geom_type != "Point" or not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("not a finite point")
    flat: BaseGeometry = shapely.force_2d(geometry)
    return flat

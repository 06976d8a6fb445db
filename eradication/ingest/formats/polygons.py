"""Reader of boundary files: GeoJSON, GeoPackage and zipped Shapefile. Runs only in the worker of the sandbox.

The kind of a file is told by its first bytes, not by its name. Of a GeoPackage the first layer with polygons is read.
"""

import math
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from eradication import geo
from eradication.domain import Json
from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import shapefiles


def read(path: Path, options: dict[str, Json]) -> dict[str, Any]:
    """Return the first polygon layer of a file as plain data.

    Args:
        path: the file, in a folder of its own.
        options: ``columns``, the properties wanted, by their folded names (see :func:`folded`); ``most``, the number of
                features not to exceed; ``any_shape`` if lines and points will do too; ``bounds``, west, south, east and
                north in degrees: what lies outside is not read.

    Returns:
        ``format``, ``epsg`` (``None`` if unknown) and ``crs`` as the file has it, ``properties`` (all names),
        ``columns`` (name → values) and ``wkb`` (bytes or ``None`` per feature).

    Raises:
        RefusedInput: ``unknown_format``, ``unreadable_format``, ``no_polygons``, ``too_costly``, ``bad_archive``.
    """
    kind, source = _openable(path)
    wanted, most = options["columns"], int(str(options["most"]))
    assert isinstance(wanted, list)
    try:
        layer = _layer(source, any_shape=bool(options.get("any_shape")))
        about = pyogrio.read_info(source, layer=layer)
        crs, names = str(about["crs"] or ""), [str(n) for n in about["fields"]]
        epsg = geo.epsg_of(crs) if crs else None
        meta, _, wkb, values = pyogrio.raw.read(
            source,
            layer=layer,
            columns=[n for n in names if folded(n) in wanted],
            bbox=bounds_in(epsg, options.get("bounds")),
            max_features=most + 1,
        )
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise RefusedInput(
            "unreadable_format",
            N_("The file says it is {format} but cannot be read: {error}."),
            values={"format": kind, "error": str(error)[:200]},
        ) from None
    if len(wkb) > most:
        raise RefusedInput("too_costly", N_("The file has more than {most} shapes."), values={"most": most})
    columns = {str(n): _plain(v) for n, v in zip(meta["fields"], values, strict=True)}
    return {"format": kind, "epsg": epsg, "crs": crs, "properties": names, "columns": columns, "wkb": list(wkb)}


def bounds_in(epsg: int | None, bounds: Json) -> tuple[float, float, float, float] | None:
    """Return bounds in degrees as bounds in the file's CRS, or ``None`` for no bounds or no known CRS."""
    if epsg is None or not isinstance(bounds, list):
        return None
    west, south, east, north = (float(str(edge)) for edge in bounds)
    left, bottom, right, top = geo.transformer(geo.WGS84, epsg).transform_bounds(west, south, east, north)
    return float(left), float(bottom), float(right), float(top)


def folded(name: str) -> str:
    """Return a property's name in lower case, ASCII letters and digits only: ``Ma_Xa`` and ``mã xã`` are one."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(c for c in letters if c.isascii() and c.isalnum())


def _openable(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        head = file.read(100)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "geojson", f"{path}"
    if head.startswith(b"SQLite format 3\0") and head[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return "gpkg", f"{path}"
    if head.startswith(b"PK\x03\x04"):
        return "shapefile", str(shapefiles.unpacked(path))
    raise RefusedInput(
        "unknown_format",
        N_("This is neither GeoJSON nor GeoPackage nor a zipped Shapefile."),
        hint=N_("Put all parts of a Shapefile (.shp, .shx, .dbf, .prj) into one ZIP file."),
    )


def _layer(source: str, *, any_shape: bool) -> str:
    layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(source) if kind is not None]
    for name, kind in layers:
        if any_shape or "Polygon" in kind or kind in ("Unknown", "GeometryCollection"):
            return name
    raise RefusedInput(
        "no_polygons",
        N_("The file holds no polygons."),
        hint=N_("Boundaries are polygons; lines and points cannot tell what lies inside."),
    )


def _plain(values: Any) -> list[Json]:
    """Return a column as texts and numbers; codes kept as numbers become texts without a decimal point."""
    if np.issubdtype(values.dtype, np.floating):
        return [None if math.isnan(v) else float(v) for v in values]
    if np.issubdtype(values.dtype, np.integer):
        return [int(v) for v in values]
    return [None if v is None else str(v) for v in values]

"""Official outlines of communes, taken in with their faults named, and the question in which commune a point lies.

Real boundary files are never quite right: polygons disagree with the area their own table states, neighbours overlap,
units are missing. None of it stops an import; each is a :class:`BoundaryWarning`, so that nobody has to find out later.
What does stop it is what would put every polygon in a wrong place: no coordinate system, or one that is not known.

Call :func:`read` for a file and :func:`locator` for the units of a day.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Settings
from eradication.domain import AdminUnit, Json
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import sandbox
from eradication.ingest.boundary_checks import KINDS, BoundaryWarning, bare_name, compared, overlaps
from eradication.ingest.dividing import asked

__all__ = ["KINDS", "BoundaryFile", "BoundaryWarning", "locator", "outlines", "read"]

CODE_NAMES = ("code", "maxa", "wardcode", "communecode", "madvhc", "maphuongxa", "adm3pcode", "communeid", "id", "ma")
NAME_NAMES = ("fullname", "tenxa", "tendaydu", "communevn", "wardname", "ward", "tendvhc", "ten", "name", "adm3vi")
AREA_NAMES = ("areakm2", "wardareakm2", "dientichkm2", "dtkm2")
"""Properties looked for, best first, written without case, diacritics and signs (``Mã_Xã`` is ``maxa``)."""


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """What a file of boundaries holds."""

    path: str
    sha256: str
    format: str
    """``geojson``, ``gpkg`` or ``shapefile``."""
    epsg: int
    """CRS of the file; the units are in WGS 84."""
    units: tuple[AdminUnit, ...]
    """Ordered by code; ``approximate`` is false."""
    warnings: tuple[BoundaryWarning, ...]
    """Ordered by kind (as in :data:`KINDS`) and code."""

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class _Row:
    code: str
    name: str
    area_km2: float | None
    geometry: BaseGeometry | None


def read(
    path: Path, *, valid_from: date, valid_to: date | None, known: Sequence[AdminUnit], settings: Settings
) -> BoundaryFile:
    """Read a file of commune polygons and say what is wrong with it.

    Args:
        path: GeoJSON, GeoPackage or zipped Shapefile.
        valid_from: first day on which these boundaries are in force.
        valid_to: last day, or ``None``.
        known: units known so far; codes, names and areas are compared with those valid on ``valid_from``, and with
            the approximate one where a code has both: so the same file gives the same warnings however often it comes.
        settings: ``limits`` and ``boundaries`` are used.

    Raises:
        UnusableInput: ``bad_dates``, or what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``crs_needed``, ``no_code_property``, ``no_polygons``, ``unknown_format`` and others, see
            :mod:`eradication.ingest.formats.polygons`.
    """
    if valid_to is not None and valid_to < valid_from:
        raise UnusableInput("bad_dates", N_("The last day lies before the first."), where=f"{valid_from} – {valid_to}")
    data = _parsed(path, settings)
    before = {u.code: u for u in sorted(known, key=lambda u: (u.approximate, u.source)) if u.valid_on(valid_from)}
    rows, faults = _mended(_rows(data, before, path))
    if not rows:
        raise RefusedInput("no_polygons", N_("The file holds no polygons with a code."), where=str(path))
    units = [_unit(row, before.get(row.code), (valid_from, valid_to), path.name) for row in rows]
    faults += compared(units, before, settings.boundaries)
    faults += overlaps(units, settings.boundaries.overlap_m2)
    found = tuple(sorted(faults, key=lambda w: (KINDS.index(w.kind), w.code, w.other)))
    return BoundaryFile(str(path), _sha256(path), data["format"], data["epsg"], tuple(units), found)


def outlines(path: Path, settings: Settings) -> list[BaseGeometry]:
    """Return the polygons (WGS 84, made valid) of a file in which they need no codes: an area of interest.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``crs_needed``, ``no_polygons``, ``unknown_format`` and others.
    """
    found = (_made_valid(geometry)[0] for geometry in in_wgs84(_parsed(path, settings), path))
    polygons = [geometry for geometry in found if geometry is not None]
    if not polygons:
        raise RefusedInput("no_polygons", N_("The file holds no polygons."), where=str(path))
    return polygons


def shapes(path: Path, settings: Settings, *, bounds: Sequence[float] = ()) -> list[BaseGeometry]:
    """Return everything a file draws (WGS 84), lines and points included: roads, villages, a border.

    ``bounds`` are west, south, east and north in degrees, outside of which nothing is read; empty = everywhere.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``crs_needed``, ``unknown_format`` and others.
    """
    found = in_wgs84(_parsed(path, settings, any_shape=True, bounds=bounds), path)
    return [geometry for geometry in found if geometry is not None]


def layer(
    path: Path, settings: Settings, columns: Sequence[str]
) -> tuple[dict[str, list[Any]], list[BaseGeometry | None]]:
    """Return columns and shapes (WGS 84) of everything in a layer; ``columns`` are folded names.

    Raises:
        UnusableInput: what :func:`eradication.ingest.sandbox.read` raises.
        RefusedInput: ``crs_needed``, ``unknown_format`` and others.
    """
    options: dict[str, Json] = {"columns": [*columns], "most": settings.limits.points, "any_shape": True}
    data = sandbox.read(path, "boundaries", settings.limits, options=options)
    return data["columns"], in_wgs84(data, path)


def locator(units: Sequence[AdminUnit], day: date) -> Callable[[float, float], str]:
    """Return a function from longitude and latitude (WGS 84) to the code of the unit that held the point on ``day``.

    Where outlines overlap the official one wins, then the lowest code. Outside all of them the answer is an empty text:
    abroad, or unknown.
    """
    chosen = asked(units, day)
    shapes = np.array([u.geometry for u in chosen], dtype=object)
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)

    def commune_at(lon: float, lat: float) -> str:
        hits = tree.query(Point(lon, lat), predicate="intersects")
        return chosen[int(hits.min())].code if hits.size else ""

    return commune_at


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parsed(path: Path, settings: Settings, *, any_shape: bool = False, bounds: Sequence[float] = ()) -> dict[str, Any]:
    columns: list[Json] = [*CODE_NAMES, *NAME_NAMES, *AREA_NAMES]
    options: dict[str, Json] = {"columns": columns, "most": settings.limits.points, "any_shape": any_shape}
    options |= {"bounds": [*bounds]} if bounds else {}
    data: dict[str, Any] = sandbox.read(path, "boundaries", settings.limits, options=options)
    return data


def _rows(data: Mapping[str, Any], before: Mapping[str, AdminUnit], path: Path) -> list[_Row]:
    columns: dict[str, list[Any]] = data["columns"]
    codes = _best_codes(columns, before)
    if codes is None:
        raise RefusedInput(
            "no_code_property",
            N_("No property of the file holds the code of a unit; it has: {properties}."),
            where=str(path),
            hint=N_("Units are joined on codes, never on names. Call the property 'code'."),
            values={"properties": ", ".join(data["properties"])},
        )
    names = _first(columns, NAME_NAMES) or [None] * len(codes)
    areas = _first(columns, AREA_NAMES) or [None] * len(codes)
    found = in_wgs84(data, path)
    return [_Row(c, _text(n), _number(a), g) for c, n, a, g in zip(codes, names, areas, found, strict=True)]


def _best_codes(columns: Mapping[str, list[Any]], before: Mapping[str, AdminUnit]) -> list[str] | None:
    """Return the column with the most known codes, the better name first where that does not decide."""
    tidy = {name: [_code(v, before) for v in values] for name, values in columns.items()}
    named = [tidy[n] for wanted in CODE_NAMES for n in columns if folded(n) == wanted]
    return max(named, key=lambda codes: sum(c in before for c in codes), default=None)


def _first(columns: Mapping[str, list[Any]], wanted: Sequence[str]) -> list[Any] | None:
    found = [values for want in wanted for name, values in columns.items() if folded(name) == want]
    return found[0] if found else None


def folded(name: str) -> str:
    """Return a property's name without case, diacritics and signs."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(c for c in letters if c.isascii() and c.isalnum())


def _code(value: Any, before: Mapping[str, AdminUnit]) -> str:
    text = _text(int(value) if isinstance(value, float) and value.is_integer() else value)
    # Tables that kept codes as numbers lost their leading zeros.
    padded = text.zfill(5)
    return padded if text not in before and padded in before else text


def _text(value: Any) -> str:
    return "" if value is None else unicodedata.normalize("NFC", " ".join(str(value).split()))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None


def in_wgs84(data: Mapping[str, Any], path: Path) -> list[BaseGeometry | None]:
    """Return the shapes that a reader of polygons found, flat and in WGS 84; ``None`` for those that are none.

    Raises:
        RefusedInput: ``crs_needed``.
    """
    epsg: int | None = data["epsg"]
    if epsg is None:
        raise _crs_needed(N_("The file's coordinate system is missing or has no EPSG code: '{crs}'."), data, path)
    raw = [shapely.from_wkb(w, on_invalid="ignore") if w else None for w in data["wkb"]]
    flat = [None if g is None or g.is_empty else shapely.force_2d(g) for g in raw]
    here = [g if g is None or epsg == geo.WGS84 else geo.project(g, epsg, geo.WGS84) for g in flat]
    corners = np.array([g.bounds for g in here if g is not None]).reshape(-1, 4)
    if not geo.is_on_earth(corners[:, 0::2], corners[:, 1::2]).all():
        raise _crs_needed(N_("The coordinates are not longitude and latitude, as '{crs}' has them."), data, path)
    return here


def _crs_needed(message: str, data: Mapping[str, Any], path: Path) -> RefusedInput:
    return RefusedInput(
        "crs_needed",
        message,
        where=str(path),
        hint=N_("VN-2000 read as WGS 84 is 223 m off. Export again as GeoJSON in WGS 84, or add the right .prj file."),
        values={"crs": str(data["crs"])[:80]},
    )


def _mended(rows: Sequence[_Row]) -> tuple[list[_Row], list[BoundaryWarning]]:
    """Make every outline valid and every code unique; return the rows ordered by code."""
    faults: list[BoundaryWarning] = []
    kept: list[_Row] = []
    for row in rows:
        valid, fault = _made_valid(row.geometry)
        if fault:
            faults.append(BoundaryWarning(row.code, "invalid_geometry", fault))
        if not row.code:
            faults.append(BoundaryWarning("", "unknown_code", row.name or None))
        elif valid is not None:
            kept.append(replace(row, geometry=valid))
    kept.sort(key=lambda r: r.code)
    joined: list[_Row] = []
    for code, same in groupby(kept, key=lambda r: r.code):
        parts = list(same)
        if len(parts) > 1:
            faults.append(BoundaryWarning(code, "duplicate_code", float(len(parts))))
        joined.append(replace(parts[0], geometry=shapely.union_all([p.geometry for p in parts])))
    return joined, faults


def _made_valid(geometry: BaseGeometry | None) -> tuple[BaseGeometry | None, str]:
    """Return the polygons of an outline, made valid, and what was wrong with it."""
    if geometry is None:
        return None, "empty"
    reason = "" if geometry.is_valid else str(shapely.is_valid_reason(geometry))
    sound = geometry if not reason else shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    polygons = [p for p in shapely.get_parts(sound) if p.geom_type == "Polygon" and not p.is_empty]
    if not polygons:
        return None, reason or f"{geometry.geom_type}, no polygon"
    return (polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)), reason


def _unit(row: _Row, before: AdminUnit | None, days: tuple[date, date | None], source: str) -> AdminUnit:
    assert row.geometry is not None
    inside = row.geometry.representative_point()
    same = before is not None and (not row.name or bare_name(row.name) == bare_name(before.name))
    return AdminUnit(
        code=row.code,
        name=before.name if before is not None and same else row.name,
        valid_from=days[0],
        valid_to=days[1],
        geometry=row.geometry,
        lon=inside.x,
        lat=inside.y,
        area_km2=row.area_km2 or (before.area_km2 if before else None),
        approximate=False,
        source=source,
    )

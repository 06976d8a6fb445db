"""What can be wrong with official outlines of communes, as data: each fault is listed, none is hidden."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from eradication import geo
from eradication.config import Boundaries
from eradication.domain import AdminUnit

KINDS = (
    "area_differs",
    "overlap",
    "unknown_code",
    "missing_unit",
    "invalid_geometry",
    "name_differs",
    "duplicate_code",
    "stated_area_conflict",
)
"""Every kind of warning; :class:`BoundaryWarning` says what its value means."""


@dataclass(frozen=True, slots=True)
class BoundaryWarning:
    """One fault of an imported file."""

    code: str
    """Code of the unit."""
    kind: str
    """One of :data:`KINDS`."""
    value: float | str | None
    """``area_differs``: polygon ÷ stated area. ``overlap``: m². ``stated_area_conflict``: area the file states ÷ area
    stated before. ``invalid_geometry``: what was wrong. ``name_differs``: the name in the file. ``duplicate_code``:
    number of polygons joined. ``missing_unit``: the name. Else ``None``."""
    other: str = ""
    """Code of the second unit of an overlap."""


def bare_name(name: str) -> str:
    """Return a name without the word for its kind, for comparison only."""
    return re.sub(r"^(xã|phường|thị trấn|đặc khu)\s+", "", unicodedata.normalize("NFC", name).casefold())


def compared(
    units: Sequence[AdminUnit], before: Mapping[str, AdminUnit], settings: Boundaries
) -> Iterator[BoundaryWarning]:
    """Compare units with those known before, by code.

    Args:
        units: as read from the file, with outlines.
        before: code → unit valid on the same day.
        settings: the tolerance.
    """
    seen = {u.code for u in units}
    for unit in units:
        assert unit.geometry is not None
        known = before.get(unit.code)
        if known is None:
            yield BoundaryWarning(unit.code, "unknown_code", None)
        elif bare_name(unit.name) != bare_name(known.name):
            yield BoundaryWarning(unit.code, "name_differs", unit.name)
        if unit.area_km2:
            yield from _if_off(unit.code, "area_differs", geo.area_m2(unit.geometry) / 1e6 / unit.area_km2, settings)
        if unit.area_km2 and known and known.area_km2:
            yield from _if_off(unit.code, "stated_area_conflict", unit.area_km2 / known.area_km2, settings)
    for code in sorted(set(before) - seen):
        yield BoundaryWarning(code, "missing_unit", before[code].name)


def _if_off(code: str, kind: str, ratio: float, settings: Boundaries) -> Iterator[BoundaryWarning]:
    if abs(ratio - 1.0) > settings.area_tolerance:
        yield BoundaryWarning(code, kind, round(ratio, 4))


def overlaps(units: Sequence[AdminUnit], most_m2: float) -> Iterator[BoundaryWarning]:
    """Find pairs of units that share more than ``most_m2`` (geodesic)."""
    outlines = [u.geometry for u in units if u.geometry is not None]
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        if i < j:
            shared = geo.area_m2(shapely.intersection(outlines[i], outlines[j]))
            if shared > most_m2:
                yield BoundaryWarning(units[i].code, "overlap", round(shared), units[j].code)

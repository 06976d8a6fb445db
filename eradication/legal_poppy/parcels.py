"""Declared parcels, judged: which can lend poppy, which are look-alikes, which can be neither and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.legal_poppy.codes import Group, Kind, group_of, hcat_of, kind_of

MARGIN_M = 10.0
"""A pixel this close to a parcel's edge is not pure: outlines and images disagree by as much, and pixels blur."""

CELL_M = 20.0
"""Side of the coarsest pixels mixed, and of the piece of a parcel that is lent at once."""

REASONS = ("no_geometry", "unknown_code", "too_small")
"""Why a parcel was skipped."""

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A declared parcel that can be used."""

    key: str
    """``parcel-<row>``, from 1."""
    hcat: str
    kind: Kind | None
    """``None`` for what is no poppy."""
    group: Group | None
    """``None`` for poppy."""
    geometry: BaseGeometry
    """WGS 84, valid polygons."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A declared parcel that cannot be used."""

    row: int
    """From 1."""
    code: str
    reason: str
    """One of :data:`REASONS`."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file of parcels declares."""

    poppy: tuple[Parcel, ...]
    look_alikes: tuple[Parcel, ...]
    skipped: tuple[Skipped, ...]
    avoid: tuple[BaseGeometry, ...]
    """Where poppy grows or might: parcels of poppy, also small ones, and of unknown code. WGS 84."""
    other: int
    """Parcels of known crops that are neither poppy nor a look-alike."""

    def only(self, *kinds: Kind) -> "Declared":
        """Return the same with those kinds of poppy as lenders; the others are still avoided."""
        chosen = tuple(parcel for parcel in self.poppy if parcel.kind in kinds)
        return Declared(chosen, self.look_alikes, self.skipped, self.avoid, self.other)

    def halves(self) -> tuple["Declared", "Declared"]:
        """Return two with every other parcel each: one to learn from, one to judge by."""
        return (
            Declared(self.poppy[::2], self.look_alikes[::2], self.skipped, self.avoid, self.other),
            Declared(self.poppy[1::2], self.look_alikes[1::2], self.skipped, self.avoid, self.other),
        )


def declared(
    rows: Iterable[tuple[str, BaseGeometry | None]],
    table: Mapping[str, str] = MappingProxyType({}),
    *,
    least_m2: float = 100.0,
) -> Declared:
    """Judge the rows of a file of parcels.

    Args:
        rows: code and outline (WGS 84), see :func:`eradication.ingest.parcels.read`.
        table: national codes, see :func:`eradication.legal_poppy.codes.table_of`; empty = the codes are HCAT3.
        least_m2: look-alikes smaller than this are skipped; poppy is skipped if it can hold no pure pixels.
    """
    poppy: list[Parcel] = []
    look_alikes: list[Parcel] = []
    skipped: list[Skipped] = []
    avoid: list[BaseGeometry] = []
    other = 0
    for row, (code, geometry) in enumerate(rows, start=1):
        outline, hcat = _polygons(geometry), hcat_of(code, table)
        kind, group = kind_of(hcat), group_of(hcat)
        if outline is None:
            skipped.append(Skipped(row, code, "no_geometry"))
            continue
        if kind is not None or not hcat:
            avoid.append(outline)
        if not hcat:
            skipped.append(Skipped(row, code, "unknown_code"))
        elif kind is None and group is None:
            other += 1
        elif (not _has_pure_pixels(outline)) if kind is not None else geo.area_m2(outline) < least_m2:
            skipped.append(Skipped(row, code, "too_small"))
        else:
            parcel = Parcel(f"parcel-{row}", hcat, kind, None if kind else group, outline)
            (poppy if kind else look_alikes).append(parcel)
    return Declared(tuple(poppy), tuple(look_alikes), tuple(skipped), tuple(avoid), other)


def _polygons(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return the polygons of an outline, made valid; ``None`` if there are none."""
    if geometry is None or geometry.is_empty:
        return None
    sound = geometry if geometry.is_valid else shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(sound) if part.geom_type == "Polygon" and not part.is_empty]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _has_pure_pixels(outline: BaseGeometry) -> bool:
    """Tell whether less its margin the parcel is at least a coarse pixel; on a grid it may still hold none."""
    x, y = outline.centroid.coords[0]
    scale = np.array([np.cos(np.radians(y)), 1.0]) * _METRES_PER_DEGREE
    metres = shapely.transform(outline, lambda xy: (xy - (x, y)) * scale)
    return bool(metres.buffer(-MARGIN_M).area >= CELL_M**2)

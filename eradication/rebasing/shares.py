"""How the units of one vintage are divided among those of another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import shapely

from eradication import geo
from eradication.domain import AdminUnit, Lineage
from eradication.rebasing.places import Objects, place

_PARTS = 10**9
"""Stated shares are kept to nine decimals."""


class Basis(StrEnum):
    """What a share rests on."""

    SAME = "same"
    """Both vintages hold the very unit."""
    STATED = "stated"
    """The source of the lineage says it."""
    OVERLAP_OF_HEIRS = "overlap_of_heirs"
    """The source names the heirs without shares: by overlap with them alone."""
    OVERLAP = "overlap"
    """By overlap with every unit it touches."""
    EQUAL = "equal"
    """The source names the heirs, and there are no outlines to measure: the same for each."""
    CENTRE = "centre"
    """There is no outline: the unit that holds its centre, or the nearest within 2 km."""


@dataclass(frozen=True, slots=True)
class Share:
    """What part of one old unit one new unit gets."""

    old: str
    """Code of the unit in the vintage that figures come from."""
    new: str
    share: float
    """0 … 1; those of an old unit sum to 1."""
    parts: int
    """The same as a whole number: share = parts ÷ Σ parts of the old unit."""
    basis: Basis
    overlap_m2: int | None
    """Geodesic m² of the common ground, ``None`` where it was not measured."""
    whole: bool
    """As far as is known the old unit went into the new one wholly."""
    approximate: bool
    """One of the two outlines that were measured is a stand-in."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How the units of one vintage are divided among those of another."""

    rows: tuple[Share, ...]
    """By old and new code."""
    unplaced: tuple[str, ...]
    """Old units that touch no new one and have no heir."""
    uncovered: tuple[str, ...]
    """New units that get nothing."""
    outside_m2: Mapping[str, int] = field(default_factory=dict)
    """Old code → m² of its outline outside all new outlines; only those above 0."""
    unclaimed_m2: Mapping[str, int] = field(default_factory=dict)
    """New code → m² of its outline outside all old outlines; only those above 0."""

    def of(self, old: str) -> tuple[Share, ...]:
        """Return the shares of one old unit."""
        return tuple(row for row in self.rows if row.old == old)


def shares(old: Sequence[AdminUnit], new: Sequence[AdminUnit], lineage: Iterable[Lineage] = ()) -> Shares:
    """Return how units of one vintage are divided among those of another, in either direction of time.

    In this order: the very unit; shares the source states for all heirs; overlap with the heirs it names; equal parts
    among heirs without outlines; overlap with every unit (geodesic m², normalised to 1); the unit at the centre.

    Args:
        old: one unit for each code, of the vintage that figures come from.
        new: one unit for each code, of the vintage they are wanted in.
        lineage: what became of which unit; rows of other reforms play no part.
    """
    heirs = _heirs(old, new, lineage)
    ground = _Ground(old, new)
    by_code = {unit.code: unit for unit in new}
    rows: list[Share] = []
    for index, unit in enumerate(old):
        rows += _of_unit(unit, by_code, heirs.get(unit.code, {}), ground.overlaps(index))
    rows = _by_centre(old, new, rows)
    rows.sort(key=lambda row: (row.old, row.new))
    given, got = {row.old for row in rows}, {row.new for row in rows}
    return Shares(
        rows=tuple(rows),
        unplaced=tuple(sorted(u.code for u in old if u.code not in given)),
        uncovered=tuple(sorted(u.code for u in new if u.code not in got)),
        outside_m2=ground.outside_m2(),
        unclaimed_m2=ground.unclaimed_m2(),
    )


def _heirs(
    old: Sequence[AdminUnit], new: Sequence[AdminUnit], lineage: Iterable[Lineage]
) -> dict[str, dict[str, float | None]]:
    """Return old code → new code → stated share (``None`` = not stated); back in time no share is stated."""
    olds, news = {u.code: u for u in old}, {u.code: u for u in new}
    found: dict[str, dict[str, float | None]] = {}
    for row in lineage:
        day, before = row.changed_on, row.changed_on - timedelta(days=1)
        for source, target, share, first, last in (
            (row.old_code, row.new_code, row.share, before, day),
            (row.new_code, row.old_code, None, day, before),
        ):
            one, other = olds.get(source), news.get(target)
            # Codes live on in another unit, so that only the days tell which of two units is meant.
            if one is None or other is None or one.valid_on(last) or other.valid_on(first):
                continue
            if one.valid_on(first) and other.valid_on(last):
                found.setdefault(source, {})[target] = share
    return found


def _of_unit(
    unit: AdminUnit, new: Mapping[str, AdminUnit], heirs: Mapping[str, float | None], overlaps: Mapping[str, int]
) -> list[Share]:
    same = new.get(unit.code)
    if same is not None and same.valid_from == unit.valid_from:
        return [Share(unit.code, unit.code, 1.0, 1, Basis.SAME, None, True, False)]
    parts, basis = _parts(heirs, overlaps)
    total = sum(part for _, part in parts)
    measured = basis in (Basis.OVERLAP, Basis.OVERLAP_OF_HEIRS)
    return [
        Share(
            old=unit.code,
            new=code,
            share=part / total,
            parts=part,
            basis=basis,
            overlap_m2=part if measured else None,
            whole=len(parts) == 1 and len(heirs) <= 1,
            approximate=measured and (unit.approximate or new[code].approximate),
        )
        for code, part in parts
    ]


def _parts(heirs: Mapping[str, float | None], overlaps: Mapping[str, int]) -> tuple[list[tuple[str, int]], Basis]:
    """Return how many parts of a unit each new one gets, and what that rests on."""
    stated = [(code, round(share * _PARTS)) for code, share in sorted(heirs.items()) if share]
    if stated and len(stated) == len(heirs):
        return stated, Basis.STATED
    among = [(code, overlaps[code]) for code in sorted(heirs) if code in overlaps]
    if among:
        return among, Basis.OVERLAP_OF_HEIRS
    if heirs:
        return [(code, 1) for code in sorted(heirs)], Basis.EQUAL
    return sorted(overlaps.items()), Basis.OVERLAP


def _by_centre(old: Sequence[AdminUnit], new: Sequence[AdminUnit], rows: list[Share]) -> list[Share]:
    """Add the old units that have neither heirs nor an outline, by their centre."""
    given = {row.old for row in rows}
    lost = [u for u in old if u.code not in given and u.geometry is None]
    found = place([(u.lon, u.lat) for u in lost], new) if lost else []
    by_code = {u.code: u for u in new}
    added = [
        Share(unit.code, at.code, 1.0, 1, Basis.CENTRE, None, False, by_code[at.code].approximate)
        for unit, at in zip(lost, found, strict=True)
        if at.code
    ]
    return [*rows, *added]


class _Ground:
    """The common ground of two vintages, measured once."""

    def __init__(self, old: Sequence[AdminUnit], new: Sequence[AdminUnit]) -> None:
        """Measure every pair of outlines that touch."""
        self._old, self._new = old, new
        self._olds: Objects = np.array([u.geometry for u in old], dtype=object)
        self._news: Objects = np.array([u.geometry for u in new], dtype=object)
        self._pairs: list[tuple[int, int]] = []
        self._overlaps: dict[int, dict[str, int]] = {}
        if not len(old) or not len(new):
            return
        first, second = shapely.STRtree(self._news).query(self._olds, predicate="intersects")
        self._pairs = list(zip(first.tolist(), second.tolist(), strict=True))
        common = shapely.intersection(self._olds[first], self._news[second])
        for (i, j), shape in zip(self._pairs, common, strict=True):
            if m2 := _whole_m2(shape):
                self._overlaps.setdefault(i, {})[new[j].code] = m2

    def overlaps(self, old: int) -> dict[str, int]:
        """Return new code → common ground in whole m², above 0, of the old unit at this index."""
        return self._overlaps.get(old, {})

    def outside_m2(self) -> dict[str, int]:
        """Return old code → m² outside all new outlines."""
        return _beyond(self._old, self._olds, self._news, self._pairs)

    def unclaimed_m2(self) -> dict[str, int]:
        """Return new code → m² outside all old outlines."""
        return _beyond(self._new, self._news, self._olds, [(j, i) for i, j in self._pairs])


def _beyond(
    units: Sequence[AdminUnit], outlines: Objects, others: Objects, pairs: Sequence[tuple[int, int]]
) -> dict[str, int]:
    touched: dict[int, list[int]] = {}
    for one, other in pairs:
        touched.setdefault(one, []).append(other)
    beyond: dict[str, int] = {}
    for index, unit in enumerate(units):
        if unit.geometry is not None:
            # Neighbours of one list overlap by slivers: united, they count once.
            covered = shapely.union_all(others[touched.get(index, [])])
            beyond[unit.code] = _whole_m2(shapely.difference(outlines[index], covered))
    return {code: m2 for code, m2 in sorted(beyond.items()) if m2}


def _whole_m2(shape: Any) -> int:
    return round(geo.area_m2(shape)) if shape is not None and not shape.is_empty else 0

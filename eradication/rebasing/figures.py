"""Figures in whole m² told on another vintage, by largest remainders, so that their sum stays what it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eradication.rebasing.shares import Share, Shares

ESTIMATED = "estimated_conversion"
"""Mark of a figure that was divided: "ước tính quy đổi"."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A re-based figure."""

    m2: int
    mark: str
    """:data:`ESTIMATED`, or empty where every unit it came from went into it wholly."""
    sources: tuple[str, ...]
    """Old codes it came from."""


@dataclass(frozen=True, slots=True)
class Rebased:
    """Figures of another vintage. ``Σ rows + Σ left = Σ`` of what was given, to the m²."""

    rows: Mapping[str, Figure]
    """New code → figure; units that got nothing are not there."""
    left: Mapping[str, int]
    """Old code → m² that has no place in the new vintage."""

    @property
    def total_m2(self) -> int:
        """What has a place and what has none."""
        return sum(figure.m2 for figure in self.rows.values()) + sum(self.left.values())


def rebase(values: Mapping[str, int], how: Shares) -> Rebased:
    """Return figures (whole m²) told on the new vintage; their sum stays what it was.

    Args:
        values: old code → m²; codes without a share are left over.
        how: what :func:`eradication.rebasing.shares.shares` returned.
    """
    by_old: dict[str, list[Share]] = {}
    for row in how.rows:
        by_old.setdefault(row.old, []).append(row)
    sums: dict[str, int] = {}
    sources: dict[str, list[str]] = {}
    estimated: set[str] = set()
    left: dict[str, int] = {}
    for code in sorted(values):
        parts = by_old.get(code, [])
        if not parts:
            left[code] = values[code]
            continue
        for row, m2 in zip(parts, _divided(values[code], [row.parts for row in parts]), strict=True):
            sums[row.new] = sums.get(row.new, 0) + m2
            sources.setdefault(row.new, []).append(code)
            if values[code] and not row.whole:
                estimated.add(row.new)
    marks = {code: ESTIMATED if code in estimated else "" for code in sums}
    rows = {code: Figure(sums[code], marks[code], tuple(sources[code])) for code in sorted(sums)}
    return Rebased(rows, left)


def _divided(value: int, parts: Sequence[int]) -> list[int]:
    """Divide a whole number in proportion to ``parts`` by largest remainders; equal remainders go to the first."""
    total = sum(parts)
    got = [value * part // total for part in parts]
    rest = [value * part % total for part in parts]
    for index in sorted(range(len(parts)), key=lambda i: (-rest[i], i))[: value - sum(got)]:
        got[index] += 1
    return got

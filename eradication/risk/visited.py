"""Visits and what they found, commune beside commune: where patrols look often and find little, it is seen.

Finds per 100 visits are finds among the visits that found out whether poppy was there, with an exact interval; small
numbers give a wide one. Communes stand in the order of their codes and are not ranked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scipy import stats

LEVEL = 0.95
FOUND, REJECTED, NOT_REACHED, OTHER = "found", "rejected", "not_reached", "other"
RESULTS = (FOUND, REJECTED, NOT_REACHED, OTHER)
"""What a visit came to; of several rows of one visit the first in this order counts."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of a visit."""

    commune: str
    """Code, empty outside the communes."""
    unit: str
    visit: str
    """Id of the visit; with the unit it names it."""
    plot: str
    when: datetime
    result: str
    """One of :data:`RESULTS`."""


@dataclass(frozen=True, slots=True)
class Visited:
    """What patrols did in a commune, and what it came to."""

    commune: str
    visits: int
    rejected: int
    found: int
    not_reached: int
    other: int
    """Follow-up of what was found before: destructions, verifications …"""
    again: int
    """Visits to a plot that was rejected before, in whatever season."""

    @property
    def decided(self) -> int:
        """Visits that found out whether poppy was there."""
        return self.found + self.rejected

    def share(self) -> tuple[float, float, float] | None:
        """Return finds per decided visit with its exact 95 % interval; ``None`` where no visit decided."""
        if not self.decided:
            return None
        return (self.found / self.decided, *exact_share(self.found, self.decided))


def side_by_side(checks: Iterable[Check], rejected_before: Iterable[str] = ()) -> tuple[list[Visited], Visited]:
    """Return what was visited in each commune, by code, and in all of them; a visit of several rows is one.

    Args:
        checks: of a season.
        rejected_before: plots that were rejected in seasons before.
    """
    visits: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        visits.setdefault((check.unit, check.visit), []).append(check)
    ordered = sorted(visits.values(), key=lambda rows: (min(row.when for row in rows), rows[0].unit, rows[0].visit))
    counts: dict[str, dict[str, int]] = {}
    rejected = set(rejected_before)
    for rows in ordered:
        best = min(rows, key=lambda row: RESULTS.index(row.result))
        count = counts.setdefault(best.commune, dict.fromkeys((*RESULTS, "again"), 0))
        count[best.result] += 1
        count["again"] += best.plot in rejected
        if best.result == REJECTED:
            rejected.add(best.plot)
    listed = [_visited(commune, counts[commune]) for commune in sorted(counts)]
    whole = {name: sum(count[name] for count in counts.values()) for name in (*RESULTS, "again")}
    return listed, _visited("", whole)


def _visited(commune: str, count: Mapping[str, int]) -> Visited:
    visits = sum(count[result] for result in RESULTS)
    return Visited(commune, visits, count[REJECTED], count[FOUND], count[NOT_REACHED], count[OTHER], count["again"])


def exact_share(hits: int, of: int) -> tuple[float, float]:
    """Return the exact two-sided 95 % interval of a share (Clopper and Pearson 1934, Biometrika 26)."""
    told = stats.binomtest(hits, of).proportion_ci(LEVEL, method="exact")
    return float(told.low), float(told.high)


def is_below(one: Visited, whole: Visited) -> bool:
    """Tell whether even the upper limit of a commune's finds per visit lies below the share of all communes.

    There patrols look more often than finds bear out; that is a question to whoever plans, no verdict on anybody.
    """
    own, all_of = one.share(), whole.share()
    return own is not None and all_of is not None and own[2] < all_of[0]

"""How many plots of classes A and B both satellite and patrols missed, at least: from two lists made independently.

List 1 are the plots that satellite proposed before anybody visited them, list 2 those that a visit found which began
before its unit could know of the candidate. Plots that are easily seen are on both lists more often than chance would
have it, and those on neither are then more than is estimated: the estimate is the lower one of the three lines.
"""

from dataclasses import dataclass
from math import sqrt

LEAST_RECAPTURES = 7
"""With fewer plots on both lists the estimate says nothing."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Plots of classes A and B that were found, by list."""

    first: int
    """n₁: proposed by satellite before any visit."""
    second: int
    """n₂: found by a visit that began before its unit saw the candidate."""
    both: int
    """m."""
    known: int
    """Found at all; those on neither list among them."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What two lists say of the plots on neither."""

    plots: float
    """Estimated number of plots nobody knows, N̂ - known, not below 0."""
    se: float
    """Standard error of N̂."""
    total: float
    """N̂."""


def chapman(lists: Lists) -> Missed | None:
    """Return Chapman's (1951) estimate, or ``None`` if fewer than 7 plots are on both lists.

    N̂ = (n₁+1)(n₂+1)/(m+1) - 1 with the variance (n₁+1)(n₂+1)(n₁-m)(n₂-m)/((m+1)²(m+2)) (Seber 1970).
    """
    if lists.both < LEAST_RECAPTURES:
        return None
    product, m = (lists.first + 1) * (lists.second + 1), lists.both
    total = product / (m + 1) - 1
    variance = product * (lists.first - m) * (lists.second - m) / ((m + 1) ** 2 * (m + 2))
    return Missed(round(max(total - lists.known, 0.0), 1), round(sqrt(variance), 1), round(total, 1))

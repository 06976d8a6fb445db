"""What it is worth to stop at a place on a day: the m² expected to be confirmed there, times how urgent it is.

Plans and their rehearsal on simulated provinces both reckon with this, so that what is measured is what is done. A
place that is looked at is a candidate, a tip or a plot of an earlier season; a cell is searched.
"""

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

SOON_DAYS = 14
"""Mean days until somebody would come by otherwise: a place is urgent that may be lanced before; assumed."""
MOST_URGENT = 3.0
"""On the last day on which a place is expected to be lanced."""
HARDLY = 0.1
"""What is hardly to be recognised on a day is still worth this much: its sowing may be told wrongly; assumed."""
OF_A_TIP, OF_A_READING = 0.30, 0.50
"""Chance that poppy stands where a person told of it, or saw it on a fine image; assumed."""
MOST_LOOKED_AT, MOST_CELLS = 120, 80
"""Stops of each kind among which a route is sought."""
WAY_SHARE = 0.25
"""A stop is charged so much of the way there and back: the rest it shares with other stops of the round trip."""

LEAST_DRAWN = 0.5
"""No candidate is drawn more rarely than one worth this share of their mean."""

type Floats = npt.NDArray[np.float64]


def urgency(first: date, last: date, day: date) -> float:
    """Return how urgent a place is on a day: near 1 long before its lancing, 3 on the last day of it, 0 after.

    What is put off is lost if it is lanced before anybody comes by again. With the day of lancing T anywhere among the
    days from ``first`` to ``last`` that are left, and the next chance to come after an exponential time of mean τ =
    ``SOON_DAYS``, that has the chance ::

        E[exp(-(T - day)/τ)] = τ (exp(-a/τ) - exp(-b/τ)) / (b - a),    a = days until first, at least 0; b = until last

    and urgency is 1 + 2 times it. It rises every day, so of two places the one with less time left is always the more
    urgent; a window that is known better is the shorter, and so more urgent once it has begun.

    Args:
        first: on which the capsules may be lanced.
        last: on which they may.
        day: of the visit.
    """
    if day > last:
        return 0.0
    until_first, until_last = (max((end - day).days, 0) / SOON_DAYS for end in (first, last))
    width = until_last - until_first
    lost = math.exp(-until_first) * (-math.expm1(-width) / width if width > 0.0 else 1.0)
    return 1.0 + (MOST_URGENT - 1.0) * lost


def recognised(seen: float, grown: float) -> float:
    """Return how sure a plot that one stands in front of is recognised on a day, relative to a grown one.

    Args:
        seen: chance to see a plot of that sowing that one passes on the day.
        grown: the same once its stems grow.
    """
    return max(min(seen / grown, 1.0) if grown > 0.0 else 1.0, HARDLY)


def of_look(chance: Floats, area_m2: Floats | float, known: Floats | float = 1.0) -> Floats:
    """Return the m² expected to be confirmed by looking at places, not counting how urgent they are.

    Args:
        chance: that poppy stands there, shape (place,).
        area_m2: of the plot, if one stands there.
        known: see :func:`recognised`.
    """
    return np.asarray(chance * area_m2 * known, float)


def of_search(left: Floats, area_m2: float, seen: Floats) -> Floats:
    """Return the m² expected to be found by searching cells.

    Args:
        left: plots expected to be left, shape (cell,).
        area_m2: mean of a plot.
        seen: chance that the search finds a plot that lies in the cell: share covered × chance to see it on the day.
    """
    return np.asarray(left * area_m2 * seen, float)


def of_draw(expected_m2: Floats) -> Floats:
    """Return in proportion to what candidates are drawn at random: the m² expected of each, but at least half the mean.

    Draws that go by the m² expected tell the m² on the list with the least error (Hansen and Hurwitz 1943); by the
    floor no candidate is left out or, if it is true, counts without bounds.

    Args:
        expected_m2: see :func:`of_look`, shape (place,).
    """
    return np.maximum(expected_m2, LEAST_DRAWN * expected_m2.mean()) if len(expected_m2) else expected_m2


def after_search(chance: Floats, p: Floats) -> Floats:
    """Return how likely a plot stands at places in cells that were searched with p since, and it was not found."""
    return np.asarray(chance * (1.0 - p) / np.maximum(1.0 - chance * p, 1e-12))


def promising(
    prize: Floats, service_s: Floats, way_s: Floats, searched: npt.NDArray[np.bool_], most: tuple[int, int]
) -> list[int]:
    """Return the numbers of the places among which a route is sought: of each kind those worth most for their time.

    What one kind does not use, the other may.

    Args:
        prize: m² times urgency, shape (place,).
        service_s: seconds at the place.
        way_s: seconds there and back from the nearest post.
        searched: whether it is a cell to be searched.
        most: how many to look at, and how many cells.
    """
    rate = prize / (service_s + WAY_SHARE * way_s)
    kinds = [_ordered(rate, kind & (prize > 0.0)) for kind in (~searched, searched)]
    least = [min(len(own), few) for own, few in zip(kinds, most, strict=True)]
    spare = sum(most) - sum(least)
    first = min(len(kinds[0]), least[0] + spare)
    second = min(len(kinds[1]), sum(most) - first)
    return [*kinds[0][:first], *kinds[1][:second]]


def _ordered(rate: Floats, mine: npt.NDArray[np.bool_]) -> Sequence[int]:
    own = np.flatnonzero(mine)
    ordered: list[int] = own[np.argsort(-rate[own], kind="stable")].tolist()
    return ordered

"""The price of "nothing left": how many more searches would make it sure enough, group by group.

A further search finds each plot that is left with p1, whatever happened before. After n of them in a cell, with
q = (1 - p1)^n, the chance that nothing is left there - as it is seen today, over all that they may find - is::

    (β / (β + a q))^(k + y),     β = k + μp,     a = μ (1 - p)

Each search in a cell gains less than the one before (log(1 + (a/β) e^(-cn)) is convex), so taking the search with the
largest gain per hour, again and again, is the best order. The weights of the surface are taken as they are: their
uncertainty is not in the price.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What one further search of a cell is and costs."""

    p: Floats | float
    """Chance with which it finds a plot that is left, above 0 and below 1; shape (cell,) or one for all."""
    hours: Floats | float
    """Hours it takes, above 0; shape (cell,) or one for all."""
    most: int = 20
    """Searches of one cell, at most: more walks find no new ground to look at."""


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """What it takes, by group."""

    now: Floats
    """Chance today that nothing is left, shape (group,)."""
    then: Floats
    """That chance after the searches."""
    reached: Bools
    """Whether it is sure enough; if not, even the most searches of every cell do not reach it, and these are priced."""
    searches: Ints
    """Further searches."""
    cells: Ints
    """Cells searched again at least once."""
    hours: Floats
    """Hours of search, without the way there."""


def price(
    mu: Floats, k: float, p: Floats, found: Floats, group: Ints, search: Search, *, groups: int, sure: float = 0.9
) -> Price:
    """Return how much more search makes it at least ``sure`` that nothing is left, in each group of cells.

    Args:
        mu: plots expected before any search, shape (cell,).
        k: size of the negative binomial.
        p: search effort so far, shape (cell,).
        found: plots found so far, shape (cell,).
        group: number of each cell's group, 0 to groups - 1; below 0 = in none.
        search: one further search.
        groups: how many groups there are; one without cells is sure already.
        sure: the chance to be reached, above 0 and below 1.

    Raises:
        UnusableInput: ``bad_price``.
    """
    once = np.broadcast_to(np.asarray(search.p, float), mu.shape)
    hours = np.broadcast_to(np.asarray(search.hours, float), mu.shape)
    _check(once, hours, search.most, sure)
    inside = np.flatnonzero(group >= 0)
    belief = ((mu * (1.0 - p) / (k + mu * p))[inside], (k + found)[inside])
    now = np.bincount(group[inside], -belief[1] * np.log1p(belief[0]), groups)
    cell, gain = _searches(belief, once[inside], search.most)
    return _bought(now, _ordered(group[inside][cell], inside[cell], gain, hours[inside][cell]), np.log(sure))


def _searches(belief: tuple[Floats, Floats], once: Floats, most: int) -> tuple[Ints, Floats]:
    """Return the cell of every possible search and by how much it raises the logarithm of the chance."""
    odds, size = belief
    before = np.log1p(odds)
    gains = np.empty((most, len(odds)))
    for n in range(most):
        after = np.log1p(odds * (1.0 - once) ** (n + 1))
        gains[n] = size * (before - after)
        before = after
    cell = np.tile(np.arange(len(odds)), most)
    gain = gains.ravel()
    useful = gain > 0
    return cell[useful], gain[useful]


type Offers = tuple[Ints, Ints, Floats, Floats]
"""Group, cell, gain and hours of possible searches, group by group, the best first."""


def _ordered(group: Ints, cell: Ints, gain: Floats, hours: Floats) -> Offers:
    order = np.lexsort((-gain / hours, group))
    return group[order], cell[order], gain[order], hours[order]


def _bought(now: Floats, offers: Offers, wanted: float) -> Price:
    """Take from each group's searches, the best first, as few as are wanted."""
    group, cell, gain, hours = offers
    groups = len(now)
    ends = np.searchsorted(group, np.arange(groups + 1))
    then, spent = now.copy(), np.zeros(groups)
    searches, cells = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    for number, (first, last) in enumerate(pairwise(ends)):
        missing = wanted - now[number]
        if missing <= 0:
            continue
        risen = np.cumsum(gain[first:last])
        count = min(int(np.searchsorted(risen, missing)) + 1, last - first)
        then[number] += risen[count - 1] if count else 0.0
        searches[number] = count
        cells[number] = len(np.unique(cell[first : first + count]))
        spent[number] = hours[first : first + count].sum()
    return Price(np.exp(now), np.exp(then), then >= wanted - 1e-12, searches, cells, spent)


def _check(once: Floats, hours: Floats, most: int, sure: float) -> None:
    """Refuse a search that costs nothing or finds everything, and a certainty that cannot be."""
    sound = bool(((once > 0) & (once < 1)).all() and (hours > 0).all()) and most > 0 and 0 < sure < 1
    if not sound:
        raise UnusableInput(
            "bad_price",
            N_("The price of being sure cannot be computed for a certainty or a search like this."),
            hint=N_("Ask for a chance above 0 and below 1, of searches that take time and may find something."),
        )

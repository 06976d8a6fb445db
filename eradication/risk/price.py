"""The price of "nothing left": how many more searches would make it sure enough, group by group.

A further search finds each plot that is left with p1, whatever happened before. After n of them in a cell, with
q = (1 - p1)^n, the chance that nothing is left there - as it is seen today, over all that they may find - is::

    (β / (β + a q))^(k + y),     β = k + μp,     a = μ (1 - p)

Each search in a cell gains less than the one before (log(1 + (a/β) e^(-cn)) is convex), so taking the search with the
largest gain per hour, again and again, is the best order. Where the weights of the surface are uncertain, the order is
that of the most probable ones and the chance is the mean over draws of them, as in ``posterior.nothing_left``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from eradication.errors import N_, UnusableInput
from eradication.risk.sums import DRAWS
from eradication.risk.surface import HIGHEST, Fit, drawn

LEVEL = (0.025, 0.975)

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
    """Searches of one cell, at most: more walks find no new ground to look at. Assumed."""


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
    hours_low: Floats
    """95 % interval of the hours by what is not known of the weights: what it would take if they were those drawn, the
    lower end …"""
    hours_high: Floats
    """… and the upper; ``inf`` where even the most searches of every cell are not enough then. Without draws both are
    ``hours``."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The cells of one group."""

    odds: Floats
    """a/β of draws of the weights, shape (cell, draw)."""
    middle: Floats
    """a/β at the most probable weights, shape (cell,)."""
    size: Floats
    """k + y, shape (cell,)."""
    once: Floats
    hours: Floats


def price(
    mu: Floats, k: float, p: Floats, found: Floats, group: Ints, search: Search, *, groups: int, sure: float = 0.9
) -> Price:
    """Return how much more search makes it at least ``sure`` that nothing is left, in each group of cells.

    Args:
        mu: plots expected before any search, shape (cell,), taken as they are.
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
    once, hours = _each(search, mu, sure)

    def cells(at: Ints) -> _Cells:
        odds = mu[at] * (1.0 - p[at]) / (k + mu[at] * p[at])
        return _Cells(odds[:, None], odds, k + found[at], once[at], hours[at])

    return _priced(cells, group, groups, search.most, sure)


def price_of(
    fit: Fit, x: Floats, state: tuple[Floats, Floats], group: Ints, search: Search, *,
    groups: int, sure: float = 0.9, draws: int = DRAWS, seed: int = 0,
) -> Price:  # fmt: skip
    """Return the same with the uncertainty of the weights: chances are means over draws.

    Of the same cells and seed ``now`` is what :func:`eradication.risk.sums.by_group` tells.

    Args:
        fit: belief about the weights.
        x: cells, shape (cell, factor).
        state: search effort so far and plots found, each shape (cell,).
        group: number of each cell's group, 0 to groups - 1; below 0 = in none.
        search: one further search.
        groups: how many groups there are.
        sure: the chance to be reached.
        draws: how many weights are drawn.
        seed: of the draws.

    Raises:
        UnusableInput: ``bad_price``.
    """
    p, found = state
    once, hours = _each(search, p, sure)
    weights = np.vstack([fit.mean, drawn(fit, draws, seed)])

    def cells(at: Ints) -> _Cells:
        mu = np.exp(np.minimum(x[at] @ weights[:, 1:].T + weights[:, 0], HIGHEST))
        odds = mu * (1.0 - p[at])[:, None] / (fit.k + mu * p[at][:, None])
        return _Cells(odds[:, 1:], odds[:, 0], fit.k + found[at], once[at], hours[at])

    with threadpool_limits(limits=1):
        return _priced(cells, group, groups, search.most, sure)


def _priced(cells: Callable[[Ints], _Cells], group: Ints, groups: int, most: int, sure: float) -> Price:
    """Price the groups one after the other, so that only one of them is in memory."""
    inside = np.flatnonzero(group >= 0)
    inside = inside[np.argsort(group[inside], kind="stable")]
    ends = np.searchsorted(group[inside], np.arange(groups + 1))
    now, then, hours = np.ones(groups), np.ones(groups), np.zeros((3, groups))
    searches, again = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    for number, (first, last) in enumerate(pairwise(ends)):
        if first == last:
            continue
        here = cells(inside[first:last])
        order = _best_first(here, most)
        count = _fewest(here, order, lambda chances: float(chances.mean()) >= sure)
        times = np.bincount(order[:count], minlength=last - first)
        now[number], then[number] = (float(_chances(here, t).mean()) for t in (np.zeros(last - first), times))
        searches[number], again[number] = count, (times > 0).sum()
        hours[:, number] = times @ here.hours, *_interval(here, order, sure)
    told, low, high = hours
    return Price(now, then, then >= sure, searches, again, told, np.minimum(low, told), np.maximum(high, told))


def _interval(here: _Cells, order: Ints, sure: float) -> tuple[float, float]:
    """Return the hours that are enough in 2.5 % and in 97.5 % of the draws of the weights.

    More searches make each draw surer, so that is the fewest with which so large a share of the draws is ``sure``.
    """
    ends = []
    for share in LEVEL:
        enough = partial(_is_sure, sure, share)
        times = np.bincount(order[: _fewest(here, order, enough)], minlength=len(here.size))
        ends.append(float(times @ here.hours) if enough(_chances(here, times)) else np.inf)
    return ends[0], ends[1]


def _best_first(here: _Cells, most: int) -> Ints:
    """Return the cell of every search that gains anything, the largest gain per hour first."""
    times = np.arange(most + 1)[:, None]
    gains = here.size * -np.diff(np.log1p(here.middle * (1.0 - here.once) ** times), axis=0)
    order = np.argsort(-(gains / here.hours).ravel(), kind="stable")
    order = order[gains.ravel()[order] > 0]
    cell: Ints = order % len(here.size)
    return cell


def _is_sure(sure: float, share: float, chances: Floats) -> bool:
    return float((chances >= sure).mean()) >= share


def _fewest(here: _Cells, order: Ints, enough: Callable[[Floats], bool]) -> int:
    """Return with how few searches, in this order, the chances of the draws are enough; all if they never are."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if enough(_chances(here, np.bincount(order[:middle], minlength=len(here.size)))):
            high = middle
        else:
            low = middle + 1
    return low


def _chances(here: _Cells, times: Ints | Floats) -> Floats:
    """Return the chance, by draw, that nothing is left after so many further searches of each cell."""
    stays = (1.0 - here.once) ** times
    out: Floats = np.exp(-(here.size @ np.log1p(here.odds * stays[:, None])))
    return out


def _each(search: Search, like: Floats, sure: float) -> tuple[Floats, Floats]:
    """Return chance and hours of a search in each cell; refuse one that costs nothing or finds everything."""
    once, hours = (np.broadcast_to(np.asarray(v, float), like.shape) for v in (search.p, search.hours))
    sound = bool(((once > 0) & (once < 1)).all() and (hours > 0).all()) and search.most > 0 and 0 < sure < 1
    if not sound:
        raise UnusableInput(
            "bad_price",
            N_("The price of being sure cannot be computed for a certainty or a search like this."),
            hint=N_("Ask for a chance above 0 and below 1, of searches that take time and may find something."),
        )
    return once, hours

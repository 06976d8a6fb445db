"""What stands in the seasons of a simulated province, and what of it shows: plots, satellite candidates, tips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.config import Effort
from eradication.domain import Season
from eradication.simulation.province import Province
from eradication.simulation.province_grid import CELL_M

CLASS_A_M2, CLASS_B_M2 = 2000.0, 350.0
LIKE_BEFORE = 0.5
"""Correlation of the log area of a place with that of its season before."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Plots:
    """The true plots of one season, arrays of shape (plot,)."""

    xy: Floats
    """EPSG:32648, shape (plot, 2)."""
    cell: Ints
    """Number of the province's cell."""
    area_m2: Floats
    early: Mask
    """Sown early."""
    cut_day: Ints
    """Day on which nothing of it stands any more (``date.toordinal``)."""
    place: Ints
    """A place keeps its number over the seasons."""
    by_trail: Floats
    """0 to 1, even: it lies in the strip along a trail of its cell if the strip covers more of the cell than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What the satellite lists in one season, arrays of shape (candidate,)."""

    xy: Floats
    cell: Ints
    score: Floats
    """0 to 1."""
    area_m2: Floats
    """As outlined."""
    early: Mask
    """Sown early, as images tell."""
    plot: Ints
    """Truth: the plot it shows, -1 = none."""


@dataclass(frozen=True, slots=True, eq=False)
class Tips:
    """What is told in one season, arrays of shape (tip,)."""

    xy: Floats
    cell: Ints
    day: Ints
    """On which it comes in."""


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """One season of the province."""

    season: Season
    plots: Plots
    candidates: Candidates
    tips: Tips


def seasons(province: Province, first: Season, count: int, settings: Effort | None = None) -> list[Year]:
    """Return so many successive seasons; the same province and seasons give the same ones.

    Args:
        province: where.
        first: the earliest.
        count: how many.
        settings: the calendar of sowing.
    """
    own = settings or Effort()
    years: list[Year] = []
    places = _Places.none()
    for number in range(count):
        season = Season(first.start_year + number)
        rng = np.random.default_rng([province.seed, 9, season.start_year])
        places = _planted(rng, province, places)
        plots = _standing(rng, province, places, season, own)
        years.append(Year(season, plots, _candidates(rng, province, plots), _tips(rng, province, plots, season)))
    return years


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Places that are remembered, with the seasons since they were last planted (0 = now)."""

    xy: Floats
    ln_area: Floats
    age: Ints
    number: Ints
    new: int
    """Number of the next new place."""

    @classmethod
    def none(cls) -> "_Places":
        return cls(np.empty((0, 2)), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), 0)


def _planted(rng: np.random.Generator, province: Province, before: _Places) -> _Places:
    """Return the places after one more season: some old ones are planted again, new ones come, the oldest go."""
    own = province.assumptions
    chance = np.array([*own.reuse, 0.0])[np.minimum(before.age, len(own.reuse))]
    again = rng.random(len(chance)) < chance
    moved = before.xy + own.reuse_shift_m * rng.standard_normal((len(chance), 2))
    inside = province.grid.cell(moved) >= 0 if len(moved) else np.empty(0, bool)
    xy = np.where((again & inside)[:, None], moved, before.xy)
    wanted = own.plots * np.exp(own.year_sigma * rng.standard_normal() - own.year_sigma**2 / 2.0) - chance.sum()
    fresh = rng.poisson(max(wanted, 0.2 * own.plots))
    rate = np.exp(province.log_intensity - province.log_intensity.max())
    cell = rng.choice(province.cells, fresh, p=rate / rate.sum())
    new_xy = province.xy[cell] + rng.uniform(-CELL_M / 2.0, CELL_M / 2.0, (fresh, 2))
    mean, drawn = np.log(own.median_m2), rng.standard_normal(len(chance))
    ln_again = mean + LIKE_BEFORE * (before.ln_area - mean) + own.sigma_ln * np.sqrt(1 - LIKE_BEFORE**2) * drawn
    kept = again | (before.age + 1 <= len(own.reuse))
    return _Places(
        np.vstack([xy[kept], new_xy]),
        np.concatenate([np.where(again, ln_again, before.ln_area)[kept], rng.normal(mean, own.sigma_ln, fresh)]),
        np.concatenate([np.where(again, 0, before.age + 1)[kept], np.zeros(fresh, np.int64)]),
        np.concatenate([before.number[kept], before.new + np.arange(fresh)]),
        before.new + int(fresh),
    )


def _standing(rng: np.random.Generator, province: Province, places: _Places, season: Season, settings: Effort) -> Plots:
    now = places.age == 0
    xy = places.xy[now]
    early = rng.random(len(xy)) < province.assumptions.early_share
    last = np.array([season.day(settings.late[3]).toordinal(), season.day(settings.early[3]).toordinal()])
    cut = last[early.astype(int)] + np.rint(province.assumptions.cut_days * rng.standard_normal(len(xy)))
    cell = province.grid.cell(xy)
    return Plots(
        xy, cell, np.exp(places.ln_area[now]), early, cut.astype(np.int64), places.number[now], rng.random(len(xy))
    )


def _candidates(rng: np.random.Generator, province: Province, plots: Plots) -> Candidates:
    own = province.assumptions
    size = np.searchsorted([CLASS_B_M2, CLASS_A_M2], plots.area_m2, side="right")
    seen = np.flatnonzero(rng.random(len(size)) < np.array(own.recall)[::-1][size])
    liking = 0.02 + province.raw["swidden_share"] + 0.1 * (1.0 - province.raw["forest_share"])
    false = rng.choice(province.cells, rng.poisson(own.false_candidates), p=liking / liking.sum())
    false_xy = province.xy[false] + rng.uniform(-CELL_M / 2.0, CELL_M / 2.0, (len(false), 2))
    value = np.concatenate([own.score_gap + rng.standard_normal(len(seen)), rng.standard_normal(len(false))])
    told = np.where(rng.random(len(seen)) < own.stage_known, plots.early[seen], ~plots.early[seen])
    area = plots.area_m2[seen] * np.exp(own.area_error_ln * rng.standard_normal(len(seen)))
    xy = np.vstack([plots.xy[seen], false_xy])
    return Candidates(
        xy,
        np.concatenate([plots.cell[seen], false]),
        1.0 / (1.0 + np.exp(-(value - own.score_gap))),
        np.concatenate(
            [np.maximum(area, 100.0), np.exp(rng.normal(np.log(own.false_median_m2), own.false_sigma_ln, len(false)))]
        ),
        np.concatenate([told, rng.random(len(false)) < 0.5]),
        np.concatenate([seen, np.full(len(false), -1)]),
    )


def _tips(rng: np.random.Generator, province: Province, plots: Plots, season: Season) -> Tips:
    own = province.assumptions
    told = np.flatnonzero(rng.random(len(plots.cell)) < own.tips)
    near = np.exp(-province.raw["village_m"] / 2000.0)
    false = rng.choice(province.cells, rng.poisson(own.false_tips * own.tips * own.plots), p=near / near.sum())
    xy = np.vstack([plots.xy[told] + own.tip_error_m * rng.standard_normal((len(told), 2)), province.xy[false]])
    first, last = (season.day(day).toordinal() for day in ("12-15", "04-10"))
    day = rng.integers(first, last, len(xy))
    cell = province.grid.cell(xy)
    inside = cell >= 0
    return Tips(xy[inside], cell[inside], day[inside])


def known_places(years: Sequence[Year], found: Sequence[Mask]) -> list[tuple[Floats, Floats]]:
    """Return place (n, 2) and area (n,) of the plots found in each of some seasons."""
    return [(year.plots.xy[mask], year.plots.area_m2[mask]) for year, mask in zip(years, found, strict=True)]

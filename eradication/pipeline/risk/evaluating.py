"""How good the risk surface is where it did not know: seasons and units whose finds played no part in it.

**Held-out seasons**: what a season's finds are held against was learned from the seasons before it alone, as on its
first day; with none before, it is what experts believe. Neither the finds of the season nor anything later enters.
**Held-out units**: cells of a season that one unit alone came near are told by what other units alone searched, in that
season and those before, and as if the unit had never found anything: plots of earlier seasons that it found first, that
nobody knows the finder of, or that lie in cells where it alone walked then, are in no factor, neither of its cells nor
of those that are learned from, nor in the distance the surface is compared with. (How wide a strip patrols see, which p
rests on, and how clustered finds are, are measured over all finds: that says how much was searched and how much chance
does, not where plots are.)

Finds are those of searches; what a run, a tip, a list or a plan had led to is counted apart, and plays no part in what
is learned or judged. So are finds to which no track leads: nobody knows how well their cells were searched.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.config.planning import Risk
from eradication.domain import Json, Season
from eradication.effort.strips import number
from eradication.errors import N_
from eradication.pipeline import ahead, projection
from eradication.pipeline.risk import first_day
from eradication.pipeline.risk import ground as grounds
from eradication.pipeline.risk import season as seasons
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.searching import SEVERAL
from eradication.pipeline.risk.season import Rows
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage, quiet
from eradication.risk import deciles, reliability
from eradication.risk import surface as mathematics
from eradication.risk.deciles import Searched
from eradication.risk.factors import FACTORS, Design
from eradication.risk.surface import Fit

OF_THE_SEASON = frozenset(f.name for f in FACTORS if f.raw in ("tips_density", "satellite"))
"""Factors that a season itself tells."""
NOTES = ("finds_of_searches_only", "searched_ground_only", "only_found_plots_are_known", "unit_cells_alone")

type Floats = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """A season as a fit that did not know its finds tells it."""

    fit: Fit
    expected: Floats
    """Plots of each cell."""


class Course:
    """Seasons one after another, and what can be learned from part of them."""

    def __init__(
        self, ground: Ground, rows: Sequence[Rows], settings: Risk, designs: Sequence[Design] | None = None
    ) -> None:
        """Take seasons in their order, and how they are described where that is known already."""
        self.ground, self.rows, self._settings = ground, tuple(rows), settings
        self._designs = designs

    @property
    def cells(self) -> npt.NDArray[np.int64]:
        """Numbers of the cells, ascending."""
        return self.ground.cells

    @property
    def seasons(self) -> tuple[Season, ...]:
        """In their order."""
        return tuple(row.season for row in self.rows)

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        """Each season as known before its walks."""
        if self._designs is not None:
            return tuple(self._designs)
        return tuple(seasons.describe(self.ground, row.raw, self._settings.reuse_floor_m) for row in self.rows)

    def without(self, unit: str, last: int) -> "Course":
        """Return the seasons until ``last`` as they would be known had a unit never found anything."""
        rows, designs = list(self.rows[: last + 1]), list(self.designs[: last + 1])
        # What is found in the last season is no past of any of these.
        kept = {row.season.start_year: _of_others(row, unit, self.ground) for row in rows[:-1]}
        first = min((year for year, mine in kept.items() if not mine.all()), default=None)
        earlier = rows[-1].earlier
        if first is None or earlier is None:
            return Course(self.ground, rows, self._settings, designs)
        others = earlier.only(kept)
        for n, row in enumerate(rows):
            if row.season.start_year > first:
                raw = {**row.raw, **others.before(row.season.start_year, row.cells)}
                rows[n] = replace(row, raw=raw, earlier=others)
                designs[n] = seasons.with_past(designs[n], self.ground, raw, self._settings.reuse_floor_m)
        return Course(self.ground, rows, self._settings, designs)

    def predicted(
        self,
        season: int,
        learned: Sequence[Mask],
        sizes: Sequence[float] = mathematics.SIZES,
        *,
        at_first: bool = False,
    ) -> Predicted:
        """Tell a season by part of the rows of some seasons.

        Args:
            season: which is told.
            learned: cells to learn from, of the first, second … season; seasons without a mask play no part.
            sizes: see :func:`eradication.risk.surface.fit`.
            at_first: nothing is known yet of the season itself.
        """
        used = {name for design in self.designs[: max(len(learned), season + 1)] for name in design.names}
        names = tuple(factor.name for factor in FACTORS if factor.name in used)
        chosen = [mask & (row.searched > 0) for mask, row in zip(learned, self.rows, strict=False)]
        parts = list(zip(self.designs, self.rows, chosen, strict=False))
        x = self.designs[season].of(names)
        if at_first:
            x[:, [name in OF_THE_SEASON for name in names]] = 0.0  # neutral, as where nothing is known
        stacked = mathematics.Rows(
            np.concatenate([np.empty((0, len(names))), *(design.of(names)[mine] for design, _, mine in parts)]),
            np.concatenate([np.empty(0), *(row.p[mine] for _, row, mine in parts)]),
            np.concatenate([np.empty(0), *(row.finds[mine] for _, row, mine in parts)]),
        )
        prior = mathematics.expert(names, self._settings.plots, x)
        fit = mathematics.fit(stacked, names, prior, self._settings.least_finds, sizes=sizes)
        return Predicted(fit, mathematics.intensity(fit, x).mean)

    def before(self, season: int) -> Predicted:
        """Tell a season by all that was searched and found in the seasons before it."""
        return self.predicted(season, self._everywhere(season))

    def first_day(self, season: int) -> tuple[Floats, Fit]:
        """Return the plots of each cell as expected on a season's first day, before its tips and candidates."""
        told = self.predicted(season, self._everywhere(season), at_first=True)
        return told.expected, told.fit

    def _everywhere(self, seasons: int) -> list[Mask]:
        return [np.ones(len(self.cells), bool)] * seasons

    def searched(self, season: int, told: Predicted, mine: Mask) -> Searched:
        """Return what was searched in a season in some cells, each in the deciles of all cells."""
        row = self.rows[season]
        chosen = mine & (row.searched > 0)
        distance = row.raw.get("past_near_m")
        near = deciles.nearness(np.full(len(row.cells), np.nan) if distance is None else distance)
        return Searched(
            deciles.membership(told.expected, told.expected[chosen]),
            deciles.membership(near, near[chosen]),
            row.searched[chosen],
            row.finds[chosen],
            told.expected[chosen],
            row.commune[chosen].astype(np.int64),
        )


def course(workspace: Workspace, last: Season, as_of: datetime | None = None) -> Course:
    """Return all seasons until ``last``.

    Raises:
        UnusableInput: as :func:`eradication.pipeline.risk.surface.surface` does.
    """
    ground = grounds.of_workspace(workspace)
    known = seasons.known(workspace, last, as_of)
    return Course(ground, seasons.rows(workspace, known, ground, as_of), workspace.settings.risk)


def keep_first_day(workspace: Workspace, season: Season) -> None:
    """Keep the order of cells on a season's first day, for the coverage of the ledger; for whoever shows a surface.

    Raises:
        UnusableInput: as :func:`eradication.pipeline.risk.surface.surface` does.
    """
    if first_day.kept(workspace, season, None)[0] is None:
        heads = {head.origin: head.events for head in workspace.store.origins()}
        first_day.keep(workspace, course(workspace, season), heads)


def evaluate(
    workspace: Workspace, season: Season | None = None, as_of: datetime | None = None, stage: Stage = quiet
) -> dict[str, Any]:
    """Return the answer of ``risk evaluate``.

    Args:
        workspace: whose seasons.
        season: judged alone; ``None`` = every season until now.
        as_of: cut on ``recorded_at``; ``None`` = now.
        stage: progress.

    Raises:
        UnusableInput: ``unknown_season``; as :func:`eradication.pipeline.risk.surface.surface` does.
    """
    ahead.check_plannable(season or workspace.season)
    heads = {head.origin: head.events for head in workspace.store.origins()}
    over = course(workspace, season or workspace.season, as_of)
    judged = [n for n, row in enumerate(over.rows) if season in (None, row.season)]
    if as_of is None:
        first_day.keep(workspace, over, heads)
    tick = stage(N_("Seasons and units told without their own finds"))
    by_season, by_unit = [], []
    for done, n in enumerate(judged, start=1):
        told = over.before(n)
        by_season.append((n, told, over.searched(n, told, np.ones(len(over.ground.cells), bool))))
        by_unit += list(_units(over, n, told.fit.k))
        tick(done, len(judged))
    return {
        "season": None if season is None else season.label,
        "cells": len(over.ground.cells),
        "least_finds": deciles.LEAST_FINDS,
        "heaviest": deciles.HEAVIEST,
        "seasons": [_season(over, *one) for one in by_season],
        "held_out_seasons": _judged([searched for _, _, searched in by_season]),
        "held_out_units": _judged([searched for _, searched in by_unit]) | {"units": _by_unit(by_unit)},
        "factors_missing": list(over.designs[-1].missing) if over.designs else [],
        "notes": list(NOTES),
        "simulated": projection.is_simulated(workspace, as_of),
    }


def _units(over: Course, season: int, k: float) -> Iterator[tuple[str, Searched]]:
    """Yield, unit by unit, what it alone searched in a season, told by what others alone searched until then.

    k, how clustered finds are, is that of the seasons before.
    """
    row = over.rows[season]
    alone: list[int] = np.unique(row.unit[(row.unit >= 0) & (row.searched > 0)]).tolist()
    for unit in (row.units[index] for index in alone):
        others = [_others(earlier, unit) for earlier in over.rows[: season + 1]]
        held_out = over.without(unit, season)
        told = held_out.predicted(season, others, (k,))
        yield unit, held_out.searched(season, told, row.unit == row.units.index(unit))


def _others(row: Rows, unit: str) -> Mask:
    own = row.units.index(unit) if unit in row.units else SEVERAL
    mask: Mask = (row.unit >= 0) & (row.unit != own)
    return mask


def _of_others(row: Rows, unit: str, ground: Ground) -> Mask:
    """Tell of each plot of a season whether another unit found it, and not where this one alone walked."""
    year = row.season.start_year
    if row.earlier is None or year not in row.earlier.places:
        return np.ones(0, bool)
    other = np.array([finder not in ("", unit) for finder in row.earlier.finders[year]], bool)
    xy = row.earlier.places[year]
    at = ground.find(number(xy[:, 0], xy[:, 1]))
    own = row.units.index(unit) if unit in row.units else None
    if own is not None:
        other &= (at < 0) | (row.unit[at] != own)
    return other


def _judged(parts: Sequence[Searched]) -> dict[str, Any]:
    whole = deciles.joined(parts)
    told = reliability.reliability(whole.p * whole.expected, whole.finds)
    captured = deciles.capture(whole)
    if captured["why"] == deciles.TOO_FEW_FINDS:
        told["found_per_predicted"] = reliability.Figure(None).told()
    return captured | {"reliability": told}


def _season(over: Course, number: int, told: Predicted, searched: Searched) -> dict[str, Json]:
    row, judged = over.rows[number], deciles.capture(searched)
    return {
        "season": row.season.label,
        "learned_seasons": [earlier.season.label for earlier in over.rows[:number]],
        "learned_finds": told.fit.finds,
        "basis": told.fit.basis,
        "finds": judged["finds"],
        "communes": judged["communes"],
        "searched_cells": judged["searched_cells"],
        "finds_foretold": row.found.foretold_count,
        "finds_without_track": round(float(row.finds[row.untracked].sum())),
        "finds_outside": row.outside,
        "searched_p": judged["searched_p"],
        "why": judged["why"],
        "top": judged["top"],
    }


def _by_unit(parts: Iterable[tuple[str, Searched]]) -> list[Json]:
    """Return what each unit alone searched and found; units are not ranked by it."""
    out: dict[str, dict[str, Any]] = {}
    for unit, searched in parts:
        row = out.setdefault(unit, {"unit": unit, "finds": 0, "searched_cells": 0, "searched_p": 0.0})
        row["finds"] += round(float(searched.finds.sum()))
        row["searched_cells"] += len(searched.p)
        row["searched_p"] = round(row["searched_p"] + float(searched.p.sum()), 3)
    return [out[unit] for unit in sorted(out)]

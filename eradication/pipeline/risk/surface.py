"""THE MAIN PATH of the risk surface: ground → seasons → finds given effort → expected plots → what the search left.

The surface is of plots that no image and no tip foretells: what something had led to is no find of a search, is in no
figure of it, and is not left (see :mod:`eradication.pipeline.risk.found`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from eradication.domain import AdminUnit, Season
from eradication.pipeline import projection
from eradication.pipeline.risk import ground as grounds
from eradication.pipeline.risk import month as months
from eradication.pipeline.risk import season as seasons
from eradication.pipeline.risk.ground import Ground
from eradication.pipeline.risk.month import Month
from eradication.pipeline.risk.returns import returns
from eradication.pipeline.risk.season import Rows
from eradication.pipeline.workspace import Workspace
from eradication.risk import posterior, sums
from eradication.risk import surface as mathematics
from eradication.risk.confirming import without_satellite
from eradication.risk.factors import FACTORS, Design
from eradication.risk.posterior import Left
from eradication.risk.reuse import Returns
from eradication.risk.sums import Sums
from eradication.risk.surface import Fit, Intensity

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a surface is asked for."""

    season: Season
    month: Month | None = None
    """Only plots that stand in this month are counted; ``None`` = all of the season."""
    as_of: datetime | None = None
    """Cut on ``recorded_at``; ``None`` = now."""
    seed: int = 0
    """Of the draws of weights for sums."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The risk of a season on the 250 m cells of the communes; arrays are of shape (cell,)."""

    season: Season
    month: Month | None
    cells: Ints
    """Numbers of the cells, ascending, see :func:`eradication.effort.strips.number`."""
    commune: Ints
    """Of each, index in ``units``."""
    units: tuple[AdminUnit, ...]
    design: Design
    """This season as known before its walks, columns as ``fit.names``."""
    still: Floats
    """This season without what was rejected or dismissed since, shape (cell, factor): what is left is told by it."""
    fit: Fit
    expected: Intensity
    """Plots expected before the search of this season."""
    p: Floats
    """Searched with p in this season; cells with finds and no track have the mean of other cells with finds."""
    found: Floats
    """Plots that searches found in this season: nothing had foretold them."""
    foretold: Floats
    """Plots found in this season to which a run, a tip, a list or a plan had led: they are in no other figure here."""
    finds_foretold: int
    """The same over all seasons the fit rests on, also outside the communes."""
    by_ground: Mapping[Season, Floats]
    """Season → plots that would be expected if the satellite said nothing, by the weights of ``fit``."""
    left: Left
    """After the search, and after candidates and tips were rejected or dismissed."""
    m2_mean: Floats
    """Expected m² before the search, with its 95 % interval."""
    m2_low: Floats
    m2_high: Floats
    area_m2: tuple[float, float, float]
    """Mean area of a plot that a search finds, with its 95 % interval."""
    sums: Sums
    """By commune, the last of all."""
    standing: Floats
    """Share of the season's plots that are counted: those that stand in the month, else 1."""
    visible: Floats
    """Share of the season's plots that somebody who passes them in the month would see, else that of its best day."""
    rows: Rows
    """This season's own rows."""
    known: tuple[Season, ...]
    """Seasons whose search and finds the fit rests on."""
    factors_missing: tuple[str, ...]
    reuse: Returns
    """Places known before the season, and what returns to them found."""
    simulated: bool
    missing_why: Mapping[str, str]
    """Of a factor that is missing, why, where more can be said than that no file was supplied."""

    @property
    def basis(self) -> str:
        """``expert`` or ``fitted``."""
        return self.fit.basis

    def nothing_left(self, number: int) -> float:
        """Return the chance that nothing is left in a commune, as every answer tells it; after the last, of all."""
        return floored(float(self.sums.none[number]))

    @property
    def left_m2(self) -> Floats:
        """Expected m² left in each cell."""
        out: Floats = self.left.mean * self.area_m2[0]
        return out


def surface(workspace: Workspace, wish: Wish) -> Surface:
    """Return the risk surface of a season; nothing but what may be computed anew is written.

    Raises:
        UnusableInput: ``no_outlines``; a file that the settings name cannot be used; the settings cannot be understood.
        StorageFailed: ``record_missing``.
    """
    ground = grounds.of_workspace(workspace)
    known = seasons.known(workspace, wish.season, wish.as_of)
    now = (rows := seasons.rows(workspace, known, ground, wish.as_of))[-1]
    fit, design, by_ground = _fitted(workspace, ground, rows)
    still = seasons.describe(ground, now.raw_now, workspace.settings.risk.reuse_floor_m).of(fit.names)
    standing, visible = _shares(workspace, wish, ground)
    expected = _scaled(mathematics.intensity(fit, design.x), standing)
    m2 = posterior.expected_m2(expected, areas := np.concatenate([one.found.areas_m2 for one in rows]))
    asked = sums.Cells(now.p, now.finds, ground.commune, still, standing)
    return Surface(
        season=wish.season,
        month=wish.month,
        cells=ground.cells,
        commune=ground.commune,
        units=ground.units,
        design=design,
        still=still,
        fit=fit,
        expected=expected,
        p=now.p,
        found=now.finds,
        foretold=now.found.foretold,
        finds_foretold=sum(one.found.foretold_count for one in rows),
        by_ground=by_ground,
        left=_left(fit, still, now, standing),
        m2_mean=m2.mean,
        m2_low=m2.low,
        m2_high=m2.high,
        area_m2=posterior.mean_area_m2(areas),
        sums=sums.by_group(fit, design.x, asked, len(ground.units), seed=wish.seed),
        standing=standing,
        visible=visible,
        rows=now,
        known=known,
        factors_missing=design.missing,
        reuse=returns(projection.replayed(workspace, as_of=wish.as_of), rows, ground, wish.season),
        simulated=projection.is_simulated(workspace, wish.as_of),
        missing_why=seasons.why_missing(workspace, wish.season, ground, design, wish.as_of),
    )


def floored(chance: float) -> float:
    """Return a chance floored to 0.0001: nothing is said to be surer than it is."""
    return int(chance * 1e4 + 1e-9) / 1e4


def _fitted(workspace: Workspace, ground: Ground, rows: Sequence[Rows]) -> tuple[Fit, Design, dict[Season, Floats]]:
    """Return the fit to the finds of all seasons, the last season as known before its walks, and what ground tells."""
    settings = workspace.settings.risk
    described = [seasons.describe(ground, one.raw, settings.reuse_floor_m) for one in rows]
    used = {name for design in described for name in design.names}
    names = tuple(factor.name for factor in FACTORS if factor.name in used)
    x = described[-1].of(names)
    searched = [one.searched > 0 for one in rows]
    stacked = mathematics.Rows(
        np.concatenate([d.of(names)[s] for d, s in zip(described, searched, strict=True)]),
        np.concatenate([one.p[s] for one, s in zip(rows, searched, strict=True)]),
        np.concatenate([one.finds[s] for one, s in zip(rows, searched, strict=True)]),
    )
    prior = mathematics.expert(names, settings.plots, x)
    fit = mathematics.fit(stacked, names, prior, settings.least_finds)
    told = zip(rows, described, strict=True)
    by_ground = {one.season: without_satellite(names, d.of(names), fit.mean) for one, d in told}
    return fit, Design(names, x, described[-1].missing), by_ground


def _shares(workspace: Workspace, wish: Wish, ground: Ground) -> tuple[Floats, Floats]:
    size, settings = len(ground.cells), workspace.settings
    if wish.month is None:
        return np.ones(size), np.full(size, settings.effort.seen_bloom)
    return months.shares(wish.month, wish.season, settings, ground.raw.get("elevation_m"), size)


def _scaled(expected: Intensity, share: Floats) -> Intensity:
    return Intensity(expected.mean * share, expected.low * share, expected.high * share)


def _left(fit: Fit, x: Floats, now: Rows, standing: Floats) -> Left:
    """Return what is left; of one month, of the plots that stand in it.

    Which of the plots left stand in the month is chance: those that do are negative binomial of the same size again,
    and their mean is as much smaller.
    """
    mu = mathematics.intensity(fit, x).mean
    whole = posterior.left(mu, fit.k, now.p, now.finds)
    if (standing == 1.0).all():
        return whole
    ratio = mu * (1.0 - now.p) / (fit.k + mu * now.p) * standing
    return posterior.left_of(fit.k + now.finds, ratio)

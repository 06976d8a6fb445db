"""How much of what a risk surface weighs is known in each cell: an unknown measure stands for ordinary ground.

A cell where nothing is known of its ground and no earlier plot, tip or candidate is near says only how many plots there
are on the whole: it is not safer and not riskier than another, and is to be shown so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.pipeline.risk import ground as grounds
from eradication.pipeline.risk.surface import Surface
from eradication.pipeline.workspace import Workspace
from eradication.risk.factors import BY_NAME, FURTHEST_M

HALF = 0.5
SIGNS = ("tips_density", "satellite")
LEAST_SIGN = 1e-9

type Floats = npt.NDArray[np.float64]
type Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the cells of a surface; arrays are of shape (cell,)."""

    shares: Mapping[str, float]
    """Factor that is weighed → share of the cells in which it is known."""
    ground: Bools
    """Anything is known of the ground: relief, cover, or how far it is from people and lines."""
    told: Bools
    """That, or an earlier plot, a tip or a candidate is near: more is said than the level."""
    partly: Mapping[tuple[str, str], float]
    """Section and name of a file that covers only part of the communes → share of the cells that it reaches."""
    weight: Floats
    """Share of the weight of all factors, in size, whose measures are known; 0 to 1."""

    @property
    def median(self) -> float:
        """Share of the weight that is known in the median cell."""
        return float(np.median(self.weight)) if len(self.weight) else 0.0

    @property
    def is_little(self) -> bool:
        """Whether in the median cell less than half of the weight is known."""
        return self.median < HALF


def known(workspace: Workspace, found: Surface) -> Known:
    """Return what is known of the cells of a surface.

    Raises:
        UnusableInput: as for the surface.
    """
    here = grounds.of_workspace(workspace)
    raw = {**here.raw, **found.rows.raw_now}
    size = len(found.cells)
    sizes = dict(zip(found.fit.names, np.abs(found.fit.mean[1:]).tolist(), strict=True))
    sizes |= {name: abs(BY_NAME[name].weight) for name in found.factors_missing if name not in sizes}
    shares: dict[str, float] = {}
    ground, weight = np.zeros(size, bool), np.zeros(size)
    for name, how_much in sizes.items():
        factor = BY_NAME[name]
        column = raw.get(factor.raw)
        mine = np.zeros(size, bool) if column is None else np.isfinite(column)
        weight += how_much * mine
        if name in found.fit.names:
            shares[name] = float(mine.mean()) if size else 0.0
        if factor.raw in grounds.NAMES:
            ground |= mine
    whole = sum(sizes.values())
    return Known(shares, ground, ground | _near(raw, size), here.partly, weight / whole if whole else weight)


def _near(raw: Mapping[str, Floats | None], size: int) -> Bools:
    """Tell in which cells an earlier plot, a tip or a candidate of the season is near."""
    out = np.zeros(size, bool)
    past = raw.get("past_near_m")
    if past is not None:
        out |= past < FURTHEST_M
    for name in SIGNS:
        sign = raw.get(name)
        if sign is not None:
            out |= np.nan_to_num(sign) > LEAST_SIGN
    return out

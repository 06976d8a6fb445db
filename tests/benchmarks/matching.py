"""How well a ranked list of points finds the true plots: one-to-one matching in score order.

A candidate takes the nearest free plot within max(25 m, √area/2 + 15 m) of the plot's centre. A further candidate on a
plot already taken is left out of the list: a patrol would not go there twice. A plot of class C that is found is a hit
for precision; recall speaks of classes A and B only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FALSE = -1
INTERVAL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """True plots of one simulated season and the matched list of one method."""

    area_m2: npt.NDArray[np.float64]
    hits: npt.NDArray[np.int64]
    """Plot index per counted candidate, in score order, -1 = false."""
    searched_km2: float

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """Plots of class A or B."""
        return self.area_m2 >= 350.0

    @property
    def n(self) -> int:
        """Number of plots of class A or B."""
        return int(self.visible.sum())

    def found(self, length: int) -> npt.NDArray[np.bool_]:
        """Tell which plots the first ``length`` candidates found."""
        out = np.zeros(len(self.area_m2), bool)
        head = self.hits[:length]
        out[head[head != FALSE]] = True
        return out


def match(
    candidates: npt.NDArray[np.float64], plots: npt.NDArray[np.float64], area_m2: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Match ``candidates`` (x, y in metres, best first) with ``plots`` and return the plot of each counted one."""
    reach = np.maximum(25.0, np.sqrt(area_m2) / 2 + 15.0)
    free = np.ones(len(plots), bool)
    out = []
    for xy in candidates:
        distance = np.hypot(*(plots - xy).T)
        near = distance <= reach
        if (near & free).any():
            taken = int(np.where(near & free, distance, np.inf).argmin())
            free[taken] = False
            out.append(taken)
        elif not near.any():
            out.append(FALSE)
    return np.array(out, np.int64)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float
    of: str
    """What it was counted from."""

    def __str__(self) -> str:
        """Return ``0.61 [0.50, 0.71] 48/79``."""
        digits = 2 if self.high < 10 else 0
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}] {self.of}"


def share(hits: int, of: int) -> Figure:
    """Return ``hits / of`` with its Clopper-Pearson interval."""
    if of == 0:
        return Figure(float("nan"), 0.0, 1.0, "0/0")
    interval = stats.binomtest(hits, of).proportion_ci(INTERVAL, method="exact")
    return Figure(hits / of, interval.low, interval.high, f"{hits}/{of}")


def recall(seasons: Sequence[Season]) -> Figure:
    """Return the share of A and B plots found among the first 2N candidates of each season."""
    return share(sum(int((s.found(2 * s.n) & s.visible).sum()) for s in seasons), sum(s.n for s in seasons))


def recall_m2(seasons: Sequence[Season], seed: int = 0) -> Figure:
    """Return the share of the area of A and B plots found among the first 2N; interval by bootstrap over plots."""
    area = np.concatenate([s.area_m2[s.visible] for s in seasons])
    found = np.concatenate([s.found(2 * s.n)[s.visible] for s in seasons])
    draws = np.random.default_rng(seed).integers(0, len(area), (2000, len(area)))
    again = (area * found)[draws].sum(axis=1) / area[draws].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    return Figure((area * found).sum() / area.sum(), low, high, f"{(area * found).sum():.0f}/{area.sum():.0f} m2")


def precision(seasons: Sequence[Season]) -> Figure:
    """Return the share of true ones among the first N; a list shorter than N counts its empty places as false."""
    return share(sum(int((s.hits[: s.n] != FALSE).sum()) for s in seasons), sum(s.n for s in seasons))


def false_per_1000_km2(seasons: Sequence[Season], at_recall: float = 0.5, seed: int = 0) -> Figure:
    """Return false candidates per 1 000 km² where A and B recall first reaches ``at_recall``; bootstrap over seasons.

    All lists are cut at the same length, the shortest that reaches the recall pooled over the seasons.
    """
    value = _false_rate(seasons, at_recall)
    random = np.random.default_rng(seed)
    again = [
        _false_rate([seasons[i] for i in random.integers(0, len(seasons), len(seasons))], at_recall) for _ in range(300)
    ]
    low, high = np.quantile(again, [0.025, 0.975], method="nearest")
    return Figure(value, float(low), float(high), f"at recall {at_recall}")


def _false_rate(seasons: Sequence[Season], at_recall: float) -> float:
    wanted = at_recall * sum(s.n for s in seasons)
    longest = max(len(s.hits) for s in seasons)
    new = np.zeros(longest)
    false = np.zeros(longest)
    for s in seasons:
        hit = s.hits != FALSE
        new[: len(s.hits)] += np.where(hit, s.visible[np.maximum(s.hits, 0)], False)
        false[: len(s.hits)] += ~hit
    reached = np.cumsum(new) >= wanted
    if not reached.any():
        return float("inf")
    return float(np.cumsum(false)[reached.argmax()] / sum(s.searched_km2 for s in seasons) * 1000.0)

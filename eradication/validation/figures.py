"""A figure that says how it was obtained: its kind, what it was counted from, and its interval."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy import stats

from eradication.domain import Json

LEVEL = 0.95

type Floats = npt.NDArray[np.float64]


class Kind(StrEnum):
    """How a figure was obtained."""

    DESIGN_BASED = "design_based"
    """From visits drawn at random, weighted by their inclusion probabilities: speaks of all that could be drawn."""
    SEASON_OUT = "season_out"
    """A season that the model did not learn from."""
    SPATIAL = "spatial"
    """Communes that the model did not learn from, of seasons that it did."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval."""

    name: str
    value: float
    """NaN if it cannot be said."""
    low: float
    high: float
    n: int
    """Units it was counted from."""
    kind: Kind
    unit: str = ""
    note: str = ""
    """Stable code of what a reader must know."""

    def told(self) -> dict[str, Json]:
        """Return the figure as answers and cards hold it; what cannot be said is ``None``."""
        numbers = {name: _number(getattr(self, name)) for name in ("value", "low", "high")}
        return {
            "name": self.name,
            **numbers,
            "n": self.n,
            "kind": self.kind.value,
            "unit": self.unit,
            "note": self.note,
        }


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def share(name: str, hits: int, of: int, kind: Kind, note: str = "") -> Figure:
    """Return ``hits / of`` with the exact interval of Clopper and Pearson (1934); nothing known is 0…1."""
    if of == 0:
        return Figure(name, float("nan"), 0.0, 1.0, 0, kind, note=note)
    low, high = clopper_pearson(hits, of)
    return Figure(name, hits / of, low, high, of, kind, note=note)


def clopper_pearson(hits: float, of: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact interval of a share; counts may be fractions, as effective sample sizes are.

    Source: Clopper and Pearson 1934, Biometrika 26, in the form of beta quantiles.
    """
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, hits, of - hits + 1)) if hits > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high

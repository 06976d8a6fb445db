"""Finds as a surface predicted them beside the finds made, with exact intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.domain import Json

LEVEL = 0.95
MOST_BINS, LEAST_IN_BIN = 8, 5.0
"""Most bins, and predicted finds that a bin holds at least."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; nothing of it is told where too little is known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def told(self) -> dict[str, Json]:
        """Return it as answers hold it."""
        return {name: rounded(getattr(self, name)) for name in ("value", "low", "high")}


def rounded(value: float | None) -> float | None:
    """Return a value as answers hold it; ``None`` for what is not known or not finite."""
    return None if value is None or not np.isfinite(value) else round(float(value), 4)


def exact_mean(count: float) -> tuple[float, float]:
    """Return the exact two-sided 95 % interval of a Poisson mean (Garwood 1936, Biometrika 28)."""
    from scipy import stats  # takes a second to load, and the ledger only reads what was kept

    tail = (1 - LEVEL) / 2
    low = float(stats.chi2.ppf(tail, 2 * count) / 2) if count > 0 else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * (count + 1)) / 2)


def reliability(predicted: Floats, finds: Floats) -> dict[str, Any]:
    """Return finds as they were predicted, given the search, beside those made.

    Cells are put in order of what was predicted and cut into bins that hold equally much of it. The interval is that of
    the finds made, by Poisson's law: finds that lie in clusters scatter more.

    Args:
        predicted: finds of each cell that was searched: p times the plots expected, shape (cell,).
        finds: plots found, shape (cell,).

    Returns:
        ``bins`` (cells, predicted, found with its interval) and ``found_per_predicted``, 1 if the surface was right.
    """
    whole = float(predicted.sum())
    bins = int(np.clip(whole // LEAST_IN_BIN, 1, MOST_BINS))
    order = np.argsort(predicted, kind="stable")
    reached = np.cumsum(predicted[order]) - predicted[order] / 2
    number = np.minimum((reached / max(whole, 1e-300) * bins).astype(np.int64), bins - 1)
    rows = [_bin(predicted[order][number == n], finds[order][number == n]) for n in range(bins)]
    low, high = exact_mean(float(finds.sum()))
    ratio = Figure(*((float(v) / whole if whole > 0 else None) for v in (finds.sum(), low, high)))
    return {"bins": [row for row in rows if row["cells"]], "found_per_predicted": ratio.told()}


def _bin(predicted: Floats, finds: Floats) -> dict[str, Json]:
    found = float(finds.sum())
    low, high = exact_mean(found)
    told = {"predicted": predicted.sum(), "found": found, "low": low, "high": high}
    return {"cells": len(predicted)} | {name: rounded(value) for name, value in told.items()}

"""What a model's scores rest on, asked of samples it did not learn from.

*Permutation importance* (Breiman 2001, Machine Learning 45: 5-32): shuffle features over the pixels, together if they
are of one family, and see how much worse the list gets. What two features both tell, neither alone is needed for; so
families are asked as well. *Partial dependence* (Friedman 2001, Annals of Statistics 29: 1189-1232): give all pixels
one value of a feature and see the mean score. Neither says that anything causes anything.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.domain.model import Samples
from eradication.validation.operating import TAILS

REPEATS, DRAWS = 5, 40
GRID = 11
"""Values of a feature asked for its dependence: quantiles from 5 to 95 %."""
MOST_ROWS = 1500
"""Pixels of a class over which a mean score is taken."""

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]
type Ints = npt.NDArray[np.int64]
type Score = Callable[[Float32], Float32]
"""Features, shape (pixel, feature) → score of each, NaN where none can be given."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a list loses without some features."""

    name: str
    drop: float
    """Average precision with them, less that without."""
    low: float
    """Of its 95 % interval: permutations, and places drawn again."""
    high: float


@dataclass(frozen=True, slots=True)
class Dependence:
    """Mean score where a feature has a value, all others being as they are."""

    name: str
    values: tuple[float, ...]
    poppy: tuple[float, ...]
    """Mean score over pixels of plots with poppy."""
    background: tuple[float, ...]
    """Mean score over background."""
    unknown: tuple[float, float]
    """Mean scores, of both, where the value is not known."""


class _Units:
    """Places as a list ranks them: a visited place by its best pixel, every pixel of the background for itself."""

    def __init__(self, samples: Samples) -> None:
        labelled = samples.y >= 0
        keys = np.where(labelled, samples.group, np.arange(len(samples.y)).astype(str))
        named = np.char.add(np.where(labelled, "place/", "pixel/"), keys)
        _, first, self.unit = np.unique(named, return_index=True, return_inverse=True)
        self.positive = samples.y[first] == 1

    def best(self, score: Float32) -> Floats:
        """Return the highest score of each place; what cannot be scored comes last."""
        out = np.full(len(self.positive), -np.inf)
        np.maximum.at(out, self.unit, np.where(np.isfinite(score), score, -np.inf))
        return out


def average_precision(score: Floats, positive: npt.NDArray[np.bool_], weight: Ints | None = None) -> float:
    """Return the mean, over positive places, of the precision at which each is reached; ties share one precision.

    Args:
        score: of each place.
        positive: whether it is one.
        weight: how often each place counts; ``None`` = once.

    Returns:
        NaN if there is no positive place.
    """
    every = np.ones(len(score), np.int64) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    ranked, counts = score[order], every[order]
    last = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.empty(0, bool)
    hits, listed = (np.cumsum(counts * flags)[last] for flags in (positive[order], 1))
    new = np.diff(hits, prepend=0)
    total = hits[-1] if len(hits) else 0
    return float((new * hits / np.maximum(listed, 1)).sum() / total) if total else float("nan")


def permutation(
    score: Score, samples: Samples, groups: Mapping[str, Iterable[str]], seed: int = 0, repeats: int = REPEATS
) -> tuple[float, list[Importance]]:
    """Return the average precision of a model's list, and what it loses without each group of features.

    Args:
        score: of the model.
        samples: of a season that it did not learn from.
        groups: name of each group and its features, which are shuffled together.
        seed: of permutations and draws.
        repeats: permutations of each group.

    Returns:
        Importances, greatest first.
    """
    units, random = _Units(samples), np.random.default_rng(seed)
    whole = units.best(score(samples.x))
    position = {name: column for column, name in enumerate(samples.names)}
    drawn = [np.bincount(random.integers(0, len(whole), len(whole)), minlength=len(whole)) for _ in range(DRAWS)]
    before = np.array([average_precision(whole, units.positive, weight) for weight in drawn])
    base, found = average_precision(whole, units.positive), []
    for name, features in groups.items():
        columns = [position[feature] for feature in features]
        losses, means = [], []
        for _ in range(repeats):
            without = units.best(score(_shuffled(samples.x, columns, random)))
            means.append(base - average_precision(without, units.positive))
            losses.append(before - [average_precision(without, units.positive, weight) for weight in drawn])
        low, high = np.nanquantile(losses, TAILS) if np.isfinite(base) else (np.nan, np.nan)
        found.append(Importance(name, float(np.mean(means)), float(low), float(high)))
    return base, sorted(found, key=lambda i: -i.drop)


def _shuffled(x: Float32, columns: list[int], random: np.random.Generator) -> Float32:
    out = x.copy()
    out[:, columns] = x[random.permutation(len(x))][:, columns]
    return out


def dependence(score: Score, samples: Samples, feature: str, seed: int = 0) -> Dependence | None:
    """Return how the mean score depends on a feature; ``None`` if its known values are all the same.

    Args:
        score: of the model.
        samples: of a season that it did not learn from.
        feature: name of a column.
        seed: of the pixels that are asked where there are many.
    """
    column, random = samples.names.index(feature), np.random.default_rng(seed)
    known = samples.x[:, column][np.isfinite(samples.x[:, column])]
    values = np.unique(np.quantile(known, np.linspace(0.05, 0.95, GRID))) if len(known) else known
    if len(values) < 2:
        return None
    means = []
    for label in (1, -1):
        rows = np.flatnonzero(samples.y == label)
        x = samples.x[np.sort(random.permutation(rows)[:MOST_ROWS])].copy()
        means.append([_mean_at(score, x, column, value) for value in (*values, np.nan)])
    poppy, background = (tuple(mean[:-1]) for mean in means)
    return Dependence(feature, tuple(map(float, values)), poppy, background, (means[0][-1], means[1][-1]))


def _mean_at(score: Score, x: Float32, column: int, value: float) -> float:
    x[:, column] = value
    told = score(x)
    return float(np.nanmean(told)) if np.isfinite(told).any() else float("nan")

"""What is strange among samples: worth a look before anything is learned from them. Nothing is left out by itself."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest

from eradication.domain import Json
from eradication.domain.model import Samples

HALF = 0.5
LEAST_PLOTS = 10
"""Plots of a class below which nobody can say what is usual."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Oddities:
    """Plots named by their keys."""

    contradicting: tuple[tuple[str, str], ...]
    """Share a pixel of one season and say different things of it."""
    duplicates: tuple[tuple[str, str], ...]
    """Share at least half of the smaller one's pixels and say the same: one place under two names counts twice."""
    odd: tuple[str, ...]
    """Unlike the others of their class."""
    on_the_edge: int
    """Labelled pixels less than half inside their place."""
    labelled: int
    """Labelled pixels."""

    @property
    def told(self) -> dict[str, Json]:
        """What an answer says of them."""
        return {
            "contradicting": [list(pair) for pair in self.contradicting],
            "duplicates": [list(pair) for pair in self.duplicates],
            "odd": list(self.odd),
            "pixels_on_the_edge": self.on_the_edge,
            "labelled_pixels": self.labelled,
        }


def check(samples: Samples, seed: int = 0) -> Oddities:
    """Look for places under two names, contradictions, plots unlike their class, and pixels hardly inside their place.

    Args:
        samples: of one season or several.
        seed: of the trees that isolate odd plots (Liu, Ting and Zhou 2008, isolation forest).
    """
    contradicting, duplicates = _overlaps(samples)
    labelled = samples.y != -1
    return Oddities(
        contradicting=contradicting,
        duplicates=duplicates,
        odd=tuple(sorted(name for label in (1, 0) for name in _odd(samples, label, seed))),
        on_the_edge=int((samples.share[labelled] < HALF).sum()),
        labelled=int(labelled.sum()),
    )


type _Pairs = tuple[tuple[str, str], ...]


def _overlaps(samples: Samples) -> tuple[_Pairs, _Pairs]:
    """Return pairs of plots that contradict one another, and pairs that are one place under two names."""
    at: dict[tuple[str, float, float], list[int]] = {}
    for row in np.flatnonzero(samples.y != -1):
        key = str(samples.season[row]), float(samples.xy[row, 0]), float(samples.xy[row, 1])
        at.setdefault(key, []).append(int(row))
    shared: dict[tuple[str, str], int] = {}
    contradicting: set[tuple[str, str]] = set()
    for rows in at.values():
        for i, one in enumerate(rows):
            for other in rows[i + 1 :]:
                a, b = sorted((str(samples.group[one]), str(samples.group[other])))
                if a == b:
                    continue
                shared[a, b] = shared.get((a, b), 0) + 1
                if samples.y[one] != samples.y[other]:
                    contradicting.add((a, b))
    names, counts = np.unique(samples.group[samples.y != -1], return_counts=True)
    size = dict(zip(names.tolist(), counts.tolist(), strict=True))
    same = (p for p, n in shared.items() if p not in contradicting and n >= HALF * min(size[p[0]], size[p[1]]))
    return tuple(sorted(contradicting)), tuple(sorted(same))


def _odd(samples: Samples, label: int, seed: int) -> list[str]:
    """Return the plots of a class that trees isolate sooner than Tukey's rule allows."""
    names = np.unique(samples.group[samples.y == label])
    if len(names) < LEAST_PLOTS:
        return []
    means = np.stack([_mean(samples.x[(samples.group == name) & (samples.y == label)]) for name in names])
    seen = np.isfinite(means).any(axis=0)
    if not seen.any():
        return []
    middle = np.nanmedian(means[:, seen], axis=0)
    known = np.where(np.isfinite(means[:, seen]), means[:, seen], middle)
    depth = IsolationForest(n_estimators=200, random_state=seed).fit(known).score_samples(known)
    low, high = np.quantile(depth, [0.25, 0.75])
    return [str(name) for name, d in zip(names, depth, strict=True) if d < low - 1.5 * (high - low)]


def _mean(x: npt.NDArray[np.float32]) -> Floats:
    """Return the mean of each column over what is known of it, NaN where nothing is."""
    known = np.isfinite(x)
    total = np.where(known, x, 0.0).sum(axis=0, dtype=np.float64)
    count = known.sum(axis=0)
    out: Floats = np.divide(total, count, out=np.full(x.shape[1], np.nan), where=count > 0)
    return out

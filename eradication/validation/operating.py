"""What a list of candidates is worth to those who can make so many visits and no more.

Every figure pools the seasons that were searched. A plot is found if one of as many candidates as there are visits lies
on it; a candidate that lies on no known plot is *false*, which is too hard on a list where nobody looked.
"""

import itertools
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from eradication.domain import Detectability
from eradication.validation.figures import LEVEL, Figure, Kind, clopper_pearson, share
from eradication.validation.matching import FALSE, VISIBLE, Searched

SIZES_M2 = (0.0, 100.0, 200.0, 350.0, 600.0, 1000.0, 2000.0, np.inf)
AT_RECALL = (0.5, 0.7, 0.85)
REPEATS, SEASON_REPEATS = 2000, 300
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)

type Floats = npt.NDArray[np.float64]
type Flags = npt.NDArray[np.bool_]


def recall(seasons: Sequence[Searched], kind: Kind, classes: Collection[Detectability] = VISIBLE) -> Figure:
    """Return the share of plots of some classes that are found."""
    hits = sum(int((s.found() & s.of(classes)).sum()) for s in seasons)
    return share(f"recall_{_named(classes)}", hits, sum(int(s.of(classes).sum()) for s in seasons), kind)


def recall_m2(
    seasons: Sequence[Searched], kind: Kind, classes: Collection[Detectability] = VISIBLE, seed: int = 0
) -> Figure:
    """Return the share of the area of some classes that is found; its interval by bootstrap over plots.

    Where all plots are found, or none, there is nothing to draw from: the interval is that of the count.
    """
    name = f"recall_m2_{_named(classes)}"
    area = np.concatenate([s.area_m2[s.of(classes)] for s in seasons] or [np.empty(0)])
    found = np.concatenate([s.found()[s.of(classes)] for s in seasons] or [np.empty(0, bool)])
    if not len(area):
        return Figure(name, float("nan"), 0.0, 1.0, 0, kind)
    draws = np.random.default_rng(seed).integers(0, len(area), (REPEATS, len(area)))
    again = (area * found)[draws].sum(axis=1) / area[draws].sum(axis=1)
    low, high = np.quantile(again, TAILS)
    if found.all() or not found.any():
        low, high = clopper_pearson(int(found.sum()), len(found))
    return Figure(name, float((area * found).sum() / area.sum()), float(low), float(high), len(area), kind)


def precision(seasons: Sequence[Searched], kind: Kind) -> Figure:
    """Return the share of visits that find a plot of any class; a list too short for them counts as false."""
    return share("precision", sum(int((s.gains_m2() > 0).sum()) for s in seasons), sum(s.visits for s in seasons), kind)


def by_size(seasons: Sequence[Searched], kind: Kind) -> list[tuple[float, float, Figure]]:
    """Return lower and upper area (m²) of each size of :data:`SIZES_M2` and the share of its plots that is found."""
    out = []
    for low, high in itertools.pairwise(SIZES_M2):
        inside = [(s.area_m2 >= low) & (s.area_m2 < high) for s in seasons]
        hits = sum(int((s.found() & i).sum()) for s, i in zip(seasons, inside, strict=True))
        out.append((low, high, share("recall_by_size", hits, sum(int(i.sum()) for i in inside), kind)))
    return out


def froc(seasons: Sequence[Searched], classes: Collection[Detectability] = VISIBLE) -> tuple[Floats, Floats]:
    """Return false candidates per 1 000 km² and recall for lists of 1, 2, 3 … candidates in every season.

    The free-response curve (Bunch et al. 1977, Proceedings of SPIE 127) with area in place of images.
    """
    longest = max((len(s.hits) for s in seasons), default=0)
    new, false, plots = np.zeros(longest), np.zeros(longest), 0
    for season in seasons:
        counted = season.of(classes)
        lying = np.flatnonzero(season.hits != FALSE)
        new[lying] += counted[season.hits[lying]]
        false[: len(season.hits)] += season.hits == FALSE
        plots += int(counted.sum())
    return np.cumsum(false) / max(sum(s.km2 for s in seasons), 1e-9) * 1000.0, np.cumsum(new) / max(plots, 1)


def false_per_1000_km2(seasons: Sequence[Searched], at_recall: float, kind: Kind, seed: int = 0) -> Figure:
    """Return false candidates per 1 000 km² where recall of A and B first reaches a value; bootstrap over seasons.

    Infinite if no list is long enough. One season leaves nothing to draw from: its interval is 0 to infinity.
    """
    low, high = 0.0, float("inf")
    if len(seasons) > 1:
        random = np.random.default_rng(seed)
        drawn = (random.integers(0, len(seasons), len(seasons)) for _ in range(SEASON_REPEATS))
        again = [_false_rate([seasons[i] for i in numbers], at_recall) for numbers in drawn]
        low, high = (float(q) for q in np.quantile(again, TAILS, method="nearest"))
    name = f"false_per_1000_km2_at_{at_recall:g}"
    return Figure(name, _false_rate(seasons, at_recall), low, high, len(seasons), kind, "1/1000 km2")


def _false_rate(seasons: Sequence[Searched], at_recall: float) -> float:
    false, reached = froc(seasons)
    enough = reached >= at_recall
    return float(false[enough.argmax()]) if enough.any() else float("inf")


def hectares_per_100_visits(seasons: Sequence[Searched], kind: Kind, seed: int = 0) -> Figure:
    """Return the area found, in hectares, for every hundred visits; bootstrap over visits.

    Where no visit found anything, nothing says how much the next could find: the interval is open.
    """
    name = "hectares_per_100_visits"
    gains = np.concatenate([s.gains_m2() for s in seasons] or [np.empty(0)]) / 100.0
    if not len(gains):
        return Figure(name, float("nan"), 0.0, float("inf"), 0, kind, "ha")
    again = gains[np.random.default_rng(seed).integers(0, len(gains), (REPEATS, len(gains)))].mean(axis=1)
    low, high = np.quantile(again, TAILS) if gains.any() else (0.0, np.inf)
    return Figure(name, float(gains.mean()), float(low), float(high), len(gains), kind, "ha")


def figures(seasons: Sequence[Searched], kind: Kind) -> list[Figure]:
    """Return every figure of this module that is one number, in the order of a report."""
    single = [[c] for c in Detectability]
    return [
        recall(seasons, kind),
        recall_m2(seasons, kind),
        *(recall(seasons, kind, classes) for classes in single),
        precision(seasons, kind),
        hectares_per_100_visits(seasons, kind),
        *(false_per_1000_km2(seasons, at, kind) for at in AT_RECALL),
    ]


def _named(classes: Collection[Detectability]) -> str:
    return "".join(sorted(c.value for c in classes))

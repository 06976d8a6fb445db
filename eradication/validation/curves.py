"""A list of candidates at every length, and what was found where somebody went: what the evaluation page draws."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.validation.figures import Figure, Kind, share
from eradication.validation.matching import VISIBLE, Searched, paired
from eradication.validation.operating import froc

MOST_POINTS = 80
"""Points of a curve that is kept or drawn."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


def recall_by_visits(seasons: Sequence[Searched], kind: Kind, most: int = MOST_POINTS) -> list[tuple[int, Figure]]:
    """Return numbers of visits, and the share of plots of class A and B that so many visits in each season find.

    Args:
        seasons: those that were searched; their own numbers of visits are among the points.
        kind: of the figures.
        most: points wanted; the first candidates stand closer.
    """
    longest = max((len(s.hits) for s in seasons), default=0)
    visits = np.unique([*_spread(longest, most).tolist(), *(s.visits for s in seasons)])
    plots = sum(int(s.of().sum()) for s in seasons)
    hits = [sum(int((s.found(int(n)) & s.of()).sum()) for s in seasons) for n in visits]
    return [(int(n), share("recall_AB", found, plots, kind)) for n, found in zip(visits, hits, strict=True)]


def thin_froc(seasons: Sequence[Searched], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Return false candidates per 1 000 km² and recall of class A and B, see :func:`operating.froc`, at few points.

    The points are those where the recall rises, every second, fourth … of them if there are too many, and the end.
    """
    false, recall = froc(seasons, VISIBLE)
    if not len(recall):
        return []
    rises = np.flatnonzero(np.diff(recall, prepend=0.0) > 0)
    kept = np.unique([*rises[:: max(1, -(-len(rises) // most))].tolist(), len(recall) - 1])
    return [(float(false[k]), float(recall[k])) for k in kept]


def _spread(longest: int, most: int) -> Ints:
    """Return lengths from 1 to ``longest``, evenly spread on a logarithmic scale."""
    if longest < 1:
        return np.empty(0, np.int64)
    return np.unique(np.round(np.geomspace(1, longest, most)).astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Candidates within the budget at which somebody was, best first."""

    place: Ints
    """Number of the visited place of each."""
    positive: npt.NDArray[np.bool_]
    """Whether poppy was found there."""


def checked(candidates: Floats, places: Floats, area_m2: Floats, positive: Ints, visits: int) -> Checked:
    """Return which of the first candidates were visited, and what was found there.

    A place where poppy was found takes its candidate first, as the figures count it; the others are then asked of the
    places that were rejected.

    Args:
        candidates: x and y in metres, best first, shape (candidate, 2).
        places: x and y of the visited places.
        area_m2: of each.
        positive: 1 where poppy was found, 0 where the visit rejected it.
        visits: length of the list that counts, duplicates of a plot left out.
    """
    found, rejected = np.flatnonzero(positive == 1), np.flatnonzero(positive == 0)
    counted, hits = paired(candidates, places[found], area_m2[found])
    counted, hits = counted[:visits], hits[:visits]
    told = [(int(at), int(found[hit])) for at, hit in zip(counted, hits, strict=True) if hit >= 0]
    rest = counted[hits < 0]
    again, others = paired(candidates[rest], places[rejected], area_m2[rejected])
    told += [(int(rest[at]), int(rejected[hit])) for at, hit in zip(again, others, strict=True) if hit >= 0]
    place = np.array([number for _, number in sorted(told)], np.int64)
    return Checked(place, positive[place] == 1)


def precision_by[K: Hashable](checked: Checked, keys: Sequence[K], kind: Kind) -> dict[K, Figure]:
    """Return the share of visited candidates that were poppy for each key, of visited candidates only.

    Args:
        checked: from :func:`checked`.
        keys: of each visited place, a month for example.
        kind: of the figures.
    """
    told: dict[K, list[bool]] = defaultdict(list)
    for place, positive in zip(checked.place, checked.positive, strict=True):
        told[keys[int(place)]].append(bool(positive))
    return {key: share("precision_of_visited", sum(hits), len(hits), kind) for key, hits in told.items()}

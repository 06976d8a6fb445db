"""Splits between learning and judging: by season or by commune, never through a plot.

Pixels of one plot, or of two that touch, look alike for reasons that are no skill: a model judged on the next pixel of
a field it has learned is judged on nothing. So every split keeps its two sides apart on the ground, and is checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from sklearn.model_selection import StratifiedGroupKFold

from eradication.domain.model import Samples
from eradication.errors import N_, CheckFailed, UnusableInput
from eradication.validation.figures import Kind

APART_M = 120.0
"""Pixels of one season nearer than this share part of what they see: windows of neighbours reach 50 m to each side."""
SAME_M = 20.0
"""Pixels of two seasons nearer than this are one place; further apart they share no image."""
NAMED = 5

type Index = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]
type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One division of samples; rows that lie between its sides are in neither."""

    name: str
    """What judges: a season, or communes."""
    kind: Kind
    learn: Index
    """Rows to learn from."""
    judge: Index
    """Rows to judge by."""


def season_out(samples: Samples) -> Iterator[Split]:
    """Hold out one season after the other; places of the judging season are not learned from other seasons either.

    Raises:
        UnusableInput: ``one_season_only``.
    """
    seasons = np.unique(samples.season)
    if len(seasons) < 2:
        raise UnusableInput(
            "one_season_only",
            N_("Samples are of one season: none can be held out."),
            hint=N_("Use visits and images of two seasons or more, or judge by communes."),
        )
    for season in seasons:
        yield _apart(str(season), Kind.SEASON_OUT, samples, samples.season == season)


def by_commune(samples: Samples, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """Hold out communes in turn; plots with poppy are spread over the folds as evenly as communes allow.

    Args:
        samples: background is held out by the blocks it was drawn from.
        folds: at most; as many as there are communes with poppy, if those are fewer.
        seed: of the folds.

    Raises:
        UnusableInput: ``one_commune_only``.
    """
    unit = np.where(samples.y == -1, samples.group, samples.commune)
    communes = np.unique(samples.commune[samples.y == 1])
    if len(communes) < 2:
        raise UnusableInput(
            "one_commune_only",
            N_("Plots with poppy are of one commune: none can be held out."),
            hint=N_("Judge by seasons, or use visits of more communes."),
        )
    divided = StratifiedGroupKFold(min(folds, len(communes)), shuffle=True, random_state=seed)
    for _, rows in divided.split(samples.x, samples.y, unit):
        judged = np.zeros(len(unit), bool)
        judged[rows] = True
        names = np.unique(samples.commune[judged & (samples.y != -1)])
        yield _apart(", ".join(names), Kind.SPATIAL, samples, judged)


def check(samples: Samples, split: Split) -> Split:
    """Make sure that nothing on one side is known on the other.

    Args:
        samples: what is split.
        split: from here or made by hand.

    Returns:
        The split.

    Raises:
        CheckFailed: ``split_leaks`` names plots on both sides, or so near to the other side that they see the same
            ground.
    """
    shared = np.intersect1d(samples.group[split.learn], samples.group[split.judge])
    near = _near(samples, split.learn, split.judge)
    leaking = np.union1d(shared, samples.group[split.learn[near]])
    if len(leaking):
        raise CheckFailed(
            "split_leaks",
            N_("The split {name} lets the model see what it is judged by: {plots}."),
            hint=N_("Split by season or by commune, and keep a plot and what lies beside it on one side."),
            values={"name": split.name, "plots": ", ".join(leaking[:NAMED]) + (" …" if len(leaking) > NAMED else "")},
        )
    return split


def _apart(name: str, kind: Kind, samples: Samples, judged: Flags) -> Split:
    """Divide rows, and leave out of learning whatever lies on or beside a labelled place that judges."""
    learn, judge = np.flatnonzero(~judged), np.flatnonzero(judged)
    free = ~_near(samples, learn, judge) & ~np.isin(samples.group[learn], samples.group[judge])
    return check(samples, Split(name, kind, learn[free], judge))


def _near(samples: Samples, learn: Index, judge: Index) -> Flags:
    """Tell which rows to learn from lie beside a labelled place that judges, or on it in another season."""
    labelled = judge[samples.y[judge] != -1]
    if not len(learn) or not len(labelled):
        return np.zeros(len(learn), bool)
    near = _within(samples.xy[learn], samples.xy[labelled], SAME_M)
    for season in np.unique(samples.season[labelled]):
        mine, theirs = np.flatnonzero(samples.season[learn] == season), labelled[samples.season[labelled] == season]
        near[mine] |= _within(samples.xy[learn[mine]], samples.xy[theirs], APART_M)
    return near


def _within(some: Floats, others: Floats, reach_m: float) -> Flags:
    distance, _ = cKDTree(others).query(some, distance_upper_bound=reach_m)
    within: Flags = np.isfinite(distance)
    return within

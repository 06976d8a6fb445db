"""Which candidates to visit next: most where poppy is likeliest, some to learn from, some drawn by chance.

Visits that follow the score say nothing of how good the score is. So a part of them is drawn at random, each candidate
with a known probability: figures rest on these alone. They are drawn first, from all candidates, so that a drawn one is
never one that would have been left out anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput

LEAST_RANDOM_SHARE = 0.15
REACH_SHARE = 0.5
"""Of a plan: share of the hours within which a place that may be drawn is reached, searched and left for the post."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


class Why(StrEnum):
    """Why a candidate is on the list."""

    RANDOM = "random"
    EXPLOIT = "exploit"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Open:
    """A candidate nobody has visited."""

    plot_id: str
    score: float
    """Priority, 0…1."""
    outside: bool = False
    """Unlike everything its model has learned."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A candidate to visit."""

    plot_id: str
    why: Why
    score: float
    inclusion_prob: float | None = None
    """Probability with which it was drawn; ``None`` unless it was."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How visits are divided; the rest goes where the score is highest."""

    random: float = LEAST_RANDOM_SHARE
    uncertain: float = 0.15


def choose(frame: Sequence[Open], visits: int, shares: Shares, line: float, seed: int) -> list[Stop]:
    """Choose which candidates to visit.

    Args:
        frame: every open candidate.
        visits: how many can be made.
        shares: at least 15 % are drawn at random.
        line: score at which candidates begin: nearest to it the model knows least.
        seed: of the draw.

    Returns:
        At most ``visits`` stops, drawn ones first, then best score first, then the least certain.

    Raises:
        UnusableInput: ``bad_share``, ``no_candidates``.
    """
    if not LEAST_RANDOM_SHARE <= shares.random <= 1 or not 0 <= shares.uncertain <= 1 - shares.random:
        raise UnusableInput(
            "bad_share",
            N_("{random} % of visits drawn at random and {uncertain} % where the model is unsure cannot be."),
            hint=N_("At least {least} % must be drawn at random, and both together are at most 100 %."),
            values={
                "random": round(100 * shares.random, 2),
                "uncertain": round(100 * shares.uncertain, 2),
                "least": round(100 * LEAST_RANDOM_SHARE),
            },
        )
    if not frame or visits < 1:
        raise UnusableInput("no_candidates", N_("There is no open candidate to choose from, or no visit to make."))
    ordered = sorted(frame, key=lambda one: (-one.score, one.plot_id))
    score = np.array([one.score for one in ordered])
    drawn, probability = draw(score, min(ceil(shares.random * visits), len(ordered)), seed)
    stops = [Stop(ordered[k].plot_id, Why.RANDOM, ordered[k].score, float(probability[k])) for k in drawn]
    taken = set(drawn.tolist())
    rest = [one for number, one in enumerate(ordered) if number not in taken]
    unsure = min(round(shares.uncertain * visits), visits - len(stops))
    best = rest[: visits - len(stops) - unsure]
    doubtful = sorted(rest[len(best) :], key=lambda one: (not one.outside, abs(one.score - line), one.plot_id))[:unsure]
    stops += [Stop(one.plot_id, Why.EXPLOIT, one.score) for one in best]
    return stops + [Stop(one.plot_id, Why.UNCERTAIN, one.score) for one in doubtful]


def shared_out(count: int, stops: Sequence[int]) -> list[int]:
    """Divide a number of draws among units that plan together, in proportion to their stops (largest remainders)."""
    whole = max(sum(stops), 1)
    least = [count * own // whole for own in stops]
    left = sorted(range(len(stops)), key=lambda n: (-(count * stops[n] % whole), n))[: count - sum(least)]
    return [own + (n in left) for n, own in enumerate(least)]


def draw(size: Floats, count: int, seed: int) -> tuple[Ints, Floats]:
    """Draw units with probability proportional to size: systematically, in random order (Hartley and Rao 1962).

    Args:
        size: of each unit; 0 counts as a little.
        count: units to draw, at most all.
        seed: of order and start.

    Returns:
        Numbers of the drawn units, ascending, and the inclusion probability of every unit; they sum to ``count``.
    """
    probability = inclusion(size, count)
    random = np.random.default_rng(seed)
    order = random.permutation(len(size))
    passed = np.cumsum(probability[order]) + random.random()
    before = np.concatenate([[passed[0] - probability[order][0]], passed[:-1]])
    return np.sort(order[np.floor(passed + 1e-9) > np.floor(before + 1e-9)]), probability


def inclusion(size: Floats, count: int) -> Floats:
    """Return inclusion probabilities proportional to size; what would pass 1 is certain, the others share the rest."""
    size = np.maximum(np.asarray(size, float), 1e-3)
    certain = np.zeros(len(size), bool)
    while True:
        left = count - certain.sum()
        out = np.where(certain, 1.0, left * size / max(size[~certain].sum(), 1e-12))
        over = (out > 1) & ~certain
        if not over.any():
            return out
        certain |= over

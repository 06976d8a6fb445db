"""When a model's score of a rejected place is new evidence: it saw later images of it, and its score clearly rose.

Two things have to be so at once.

**It looked anew.** The run's newest image is of a later day than the last rejection, and its candidate rests on more
clear looks than those of the season it is compared with. The same images scored again, a newer version of a model on
them, or a later image that shows clouds there, are none.

**It clearly rose.** Scores are compared within one model (name and version) and kind of score only. What a score has to
rise above is the highest that the model had given the place until the last rejection. A model that had given it none
has to be compared with itself: its first score is where it starts from and no evidence, only what it adds to that. The
rise has to reach the **margin**: :data:`LEAST_RISE`, assumed, or what the model's own noise is where that is more. The
noise is what its scores rose within a season at places that were rejected, where no poppy was behind it: the
:data:`LEVEL` quantile of the largest rise of each such place and season, told from :data:`LEAST_PLACES` on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from eradication.domain import TIMEZONE

LEAST_RISE = 0.1
"""Least rise of a score (0 to 1) that is clear; assumed."""
LEVEL = 0.95
LEAST_PLACES = 20
"""Rejected places, each counted once a season, from which on a model's noise is measured."""
_ROUNDING = 1e-9


class Scored(Protocol):
    """A score that a run gave to a place."""

    @property
    def when(self) -> datetime:
        """Time of the run's newest image."""

    @property
    def score(self) -> float:
        """0 to 1."""

    @property
    def score_kind(self) -> str:
        """What the score may be called."""

    @property
    def model(self) -> str:
        """Name and version."""

    @property
    def season(self) -> str:
        """Of the images."""

    @property
    def looks(self) -> int:
        """Clear looks it rests on."""


type Key = tuple[str, str]
"""Model and kind of score: only scores of one are compared."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How much the scores of a model have to rise."""

    least: float
    places: int
    """Rejected places, each counted once a season, that tell its noise."""

    @property
    def is_measured(self) -> bool:
        """Tell whether there are enough of them; else the margin is the assumed one."""
        return self.places >= LEAST_PLACES


ASSUMED = Margin(LEAST_RISE, 0)


def margins(rejected: Iterable[Sequence[Scored]]) -> dict[Key, Margin]:
    """Return the margins of models.

    Args:
        rejected: the scores of each rejected place.
    """
    rises: dict[Key, list[float]] = {}
    for scores in rejected:
        for season in sorted({one.season for one in scores}):
            for key, mine in _by_key(one for one in scores if one.season == season).items():
                first, later = _from_the_first(mine)
                if later:
                    rises.setdefault(key, []).append(max(one.score for one in later) - _highest(first))
    return {key: _margin(told) for key, told in rises.items()}


def _margin(rises: Sequence[float]) -> Margin:
    if len(rises) < LEAST_PLACES:
        return Margin(LEAST_RISE, len(rises))
    return Margin(max(LEAST_RISE, float(np.quantile(rises, LEVEL))), len(rises))


def is_raised(scores: Iterable[Scored], last: datetime, known: Mapping[Key, Margin]) -> bool:
    """Tell whether a score is new evidence since a rejection.

    Args:
        scores: of one place.
        last: when it was rejected last.
        known: margins of models; of others :data:`ASSUMED` holds.
    """
    return any(_rose(mine, last, known.get(key, ASSUMED).least) for key, mine in _by_key(scores).items())


def is_later(when: datetime, last: datetime) -> bool:
    """Tell whether an image is of a later day (local) than a visit: of the same day nobody knows which came first."""
    return when.astimezone(TIMEZONE).date() > last.astimezone(TIMEZONE).date()


def _rose(scores: Sequence[Scored], last: datetime, least: float) -> bool:
    before = [one for one in scores if not is_later(one.when, last)]
    later = [one for one in scores if is_later(one.when, last)]
    if not before:
        before, later = _from_the_first(later)
    from_score = _highest(before)
    return any(one.score >= from_score + least - _ROUNDING and _looked_anew(one, before) for one in later)


def _looked_anew(one: Scored, before: Sequence[Scored]) -> bool:
    """Tell whether a score rests on more clear looks than those before it in its season."""
    return one.looks > max((other.looks for other in before if other.season == one.season), default=0)


def _from_the_first(scores: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    """Return the scores of the first run, told by its newest image, and those of later ones."""
    first = min((one.when for one in scores), default=None)
    return [one for one in scores if one.when == first], [one for one in scores if one.when != first]


def _highest(scores: Iterable[Scored]) -> float:
    return max(one.score for one in scores)


def _by_key(scores: Iterable[Scored]) -> dict[Key, list[Scored]]:
    out: dict[Key, list[Scored]] = {}
    for one in scores:
        out.setdefault((one.model, one.score_kind), []).append(one)
    return out

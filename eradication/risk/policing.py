"""Places that patrols leave alone: rejected several times, and nothing new is known since.

People live where patrols look. A place that was rejected several times is not planned again **without new evidence
since the last rejection**:

- ``score``: a model that has seen later images of it gives it a clearly higher score than it had given it until then,
  see :mod:`eradication.risk.rising`. The same images scored again, or by another model, are no evidence, and neither is
  the first score of a model;
- ``tip``: a tip received since whose point lies within :data:`EVIDENCE_M`, or within the tip's own radius where that is
  larger. A tip too wide to propose a place speaks of none;
- ``reading``: somebody outlined poppy on a fine image of a later day, within :data:`EVIDENCE_M`;
- ``find``: poppy was found since within :data:`EVIDENCE_M`, by whomever.

A **place** is a plot, or a cell of 250 m. To a plot count its own rejections, whoever made them in whatever season, and
those within :data:`SAME_M` of it that were made before it was first seen: then it is an old place under a new name. To
a cell count all rejections in it. Several rejections on one day are one: a place is troubled once by a day's patrols.

Nothing here knows a person: what counts are places, days and units.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import hypot

import numpy as np
from scipy.spatial import cKDTree

from eradication.domain import TIMEZONE, Json
from eradication.risk import rising
from eradication.risk.rising import Key, Margin

SAME_M = 125.0
"""A plot first seen this near an earlier rejection is taken for the place that was rejected: a disc 250 m across."""
EVIDENCE_M = 250.0
"""A tip, a reading or a find this near a place is new evidence for it."""
CELL_M = 250.0
PLOT, CELL = "plot", "cell"
SCORE, TIP, READING, FIND = "score", "tip", "reading", "find"
"""Kinds of new evidence."""

type Point = tuple[float, float]
"""East and north in metres, EPSG:32648."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One visit that found no poppy where it was suspected."""

    plot: str
    """Id of the plot."""
    cell: str
    """Name of the cell in which it lies."""
    at_m: Point
    when: datetime
    """Aware."""
    unit: str
    season: str


@dataclass(frozen=True, slots=True)
class Known:
    """A plot as a place."""

    plot: str
    at_m: Point
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that may be new evidence."""

    kind: str
    """One of :data:`SCORE`, :data:`TIP`, :data:`READING`, :data:`FIND`."""
    at_m: Point
    when: datetime
    """When it was so: of a score the time of the run's newest image."""
    plot: str = ""
    cell: str = ""
    """Cell in which it lies."""
    score: float = 0.0
    score_kind: str = ""
    model: str = ""
    season: str = ""
    """Of the images that were scored."""
    looks: int = 0
    """Clear looks that a score rests on."""
    reach_m: float = EVIDENCE_M
    """How far it speaks; no matter for scores, which are those of their plot and cell."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A place that was rejected often enough, and what is new since."""

    name: str
    """Id of the plot, or name of the cell."""
    kind: str
    """:data:`PLOT` or :data:`CELL`."""
    days: tuple[str, ...]
    """Local days on which it was rejected, ISO."""
    units: tuple[str, ...]
    seasons: tuple[str, ...]
    last: datetime
    evidence: tuple[str, ...]
    """Kinds of new evidence, sorted; none = it is not planned again."""

    @property
    def is_capped(self) -> bool:
        """Tell whether it is not to be planned again."""
        return not self.evidence

    def told(self) -> dict[str, Json]:
        """Return it as answers hold it."""
        return {
            "place": self.name,
            "kind": self.kind,
            "reason": "rejected_without_new_evidence" if self.is_capped else "new_evidence",
            "times": len(self.days),
            "days": [*self.days],
            "units": [*self.units],
            "seasons": [*self.seasons],
            "evidence": [*self.evidence],
        }


def capped(
    plots: Iterable[Known], rejections: Sequence[Rejection], signs: Iterable[Sign], most_rejected: int
) -> list[Judged]:
    """Return every place that was rejected on ``most_rejected`` days or more, by kind and name.

    Those with :attr:`Judged.is_capped` are not to be planned again; the others were, but there is new evidence.
    """
    if not rejections:
        return []
    listed = list(signs)
    look = _Near(rejections, listed, margins(rejections, listed))
    out = []
    for known in plots:
        out.append(look.judged(known.plot, PLOT, known.at_m, look.of_plot(known)))
    cells: dict[str, list[Rejection]] = {}
    for one in rejections:
        cells.setdefault(one.cell, []).append(one)
    for name, mine in cells.items():
        out.append(look.judged(name, CELL, _middle(name), mine))
    enough = (one for one in out if one is not None and len(one.days) >= most_rejected)
    return sorted(enough, key=lambda one: (one.kind, one.name))


def margins(rejections: Sequence[Rejection], signs: Iterable[Sign]) -> dict[Key, Margin]:
    """Return how much the scores of each model have to rise, told by its scores of rejected plots."""
    scores: dict[str, list[Sign]] = {one.plot: [] for one in rejections}
    for sign in signs:
        if sign.kind == SCORE and sign.plot in scores:
            scores[sign.plot].append(sign)
    return rising.margins(scores.values())


def _middle(cell: str) -> Point:
    """Return the middle of a cell named by the east and north of its south-west corner, ``386250_2358500``."""
    east, _, north = cell.partition("_")
    return float(east) + CELL_M / 2, float(north) + CELL_M / 2


class _Near:
    """Rejections and signs by place."""

    def __init__(self, rejections: Sequence[Rejection], signs: Sequence[Sign], known: Mapping[Key, Margin]) -> None:
        self._rejections, self._margins = rejections, known
        self._tree = cKDTree(np.array([one.at_m for one in rejections]))
        self._own: dict[str, list[Rejection]] = {}
        for one in rejections:
            self._own.setdefault(one.plot, []).append(one)
        self._scores = [sign for sign in signs if sign.kind == SCORE]
        self._others = [sign for sign in signs if sign.kind != SCORE]

    def of_plot(self, known: Known) -> list[Rejection]:
        """Return the rejections that count for a plot."""
        near = (self._rejections[n] for n in self._tree.query_ball_point(known.at_m, SAME_M))
        renamed = [one for one in near if one.plot != known.plot and one.when < known.first_seen]
        return self._own.get(known.plot, []) + renamed

    def judged(self, name: str, kind: str, at_m: Point, rejected: Sequence[Rejection]) -> Judged | None:
        """Return what is to be said of a place, ``None`` if it was never rejected."""
        if not rejected:
            return None
        last = max(one.when for one in rejected)
        days = {one.when.astimezone(TIMEZONE).date().isoformat() for one in rejected}
        return Judged(
            name,
            kind,
            tuple(sorted(days)),
            tuple(sorted({one.unit for one in rejected})),
            tuple(sorted({one.season for one in rejected})),
            last,
            self._evidence(name, kind, at_m, last),
        )

    def _evidence(self, name: str, kind: str, at_m: Point, last: datetime) -> tuple[str, ...]:
        half = CELL_M / 2 if kind == CELL else 0.0
        found = {s.kind for s in self._others if _is_since(s, last) and _apart(s.at_m, at_m, half) <= s.reach_m}
        if kind == CELL:
            scores = [sign for sign in self._scores if sign.cell == name]
        else:
            scores = [sign for sign in self._scores if sign.plot == name or _apart(sign.at_m, at_m, 0.0) <= SAME_M]
        if rising.is_raised(scores, last, self._margins):
            found.add(SCORE)
        return tuple(sorted(found))


def _apart(a: Point, b: Point, half: float) -> float:
    """Return the distance of a point from another, or from a square ``half`` a side round it, in metres."""
    return hypot(max(abs(a[0] - b[0]) - half, 0.0), max(abs(a[1] - b[1]) - half, 0.0))


def _is_since(sign: Sign, last: datetime) -> bool:
    """Tell whether a sign came after a rejection; what an image shows has to be of a later day."""
    return rising.is_later(sign.when, last) if sign.kind == READING else sign.when > last

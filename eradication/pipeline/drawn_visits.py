"""What visits to candidates drawn at random say of scores: how many were poppy, and what a score then means."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from eradication.domain import (
    TIMEZONE,
    Candidate,
    EventKind,
    Json,
    Outcome,
    ScoreKind,
    Season,
    SelectionMode,
    Visit,
)
from eradication.domain.model import POSITIVE, Calibration
from eradication.history import History
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace

LEAST_DRAWN, LEAST_EACH = 50, 10
"""Visits drawn at random, and confirmed and rejected ones among them, from which a score may be called probability."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate that was drawn at random, and what its first visit afterwards found."""

    draw: str
    """Which list it stood on; each list is drawn from the candidates that were open then."""
    day: str
    """From which that list holds, in Vietnam, ISO."""
    plot_id: str
    season: str
    score: float
    """Priority when it was drawn."""
    model: str
    inclusion_prob: float
    found: bool | None
    """``None`` while nobody could decide."""


def drawn(workspace: Workspace, as_of: datetime | None = None, told: History | None = None) -> list[Drawn]:
    """Return every candidate drawn at random, as recorded until ``as_of``; one drawn twice counts by its first draw.

    ``told`` is the replay as of then, if it is at hand.

    A visit counts if it was made after its draw was. On real ground that is when the draw was put on record, whatever
    day was named for it; simulated seasons, which are never today, go by that day.
    """
    lists = workspace.store.events(as_of=as_of, kinds=[EventKind.VISITS_CHOSEN])
    if not lists:
        return []
    told, simulated = told or projection.replayed(workspace, as_of=as_of), projection.is_simulated(workspace)
    recorded: dict[tuple[str, str, str], datetime] = {}
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.VISIT_RECORDED]):
        recorded.setdefault(_key(event.payload["visit"]), event.recorded_at)
    aliases = {alias: plot.id for plot in told.plots for alias in plot.aliases}
    visits: dict[str, list[Visit]] = {}
    for visit in sorted(told.recorded, key=lambda visit: visit.visited_at):
        visits.setdefault(visit.plot_id, []).append(visit)
    out: dict[tuple[str, str], Drawn] = {}
    for event in sorted(lists, key=lambda e: e.recorded_at):
        season = str(event.payload["season"])
        since = event.happened_at if simulated else max(event.happened_at, event.recorded_at)
        for stop in event.payload["stops"]:
            name = aliases.get(stop["plot_id"], stop["plot_id"])
            if stop["selection_mode"] != SelectionMode.RANDOM or (name, season) in out:
                continue
            after = (
                v
                for v in visits.get(name, ())
                if Season.of(v.visited_at).label == season
                and v.visited_at >= since
                and recorded.get(v.key, event.recorded_at) >= event.recorded_at
                and (v.outcome in POSITIVE or v.outcome is Outcome.REJECTED)
            )
            first = next(after, None)
            found = None if first is None else first.outcome in POSITIVE
            odds, priority = float(stop["inclusion_prob"]), float(stop["score"])
            day = event.happened_at.astimezone(TIMEZONE).date().isoformat()
            model, draw = str(stop["model"]), str(event.payload["draw"])
            out[name, season] = Drawn(draw, day, name, season, priority, model, odds, found)
    return list(out.values())


def drawn_from(workspace: Workspace, season: Season, model: str) -> list[Drawn]:
    """Return what was drawn from a model's candidates of one season."""
    return [one for one in drawn(workspace) if (one.season, one.model) == (season.label, model)]


def _key(visit: dict[str, Any]) -> tuple[str, str, str]:
    return str(visit["unit"]), str(visit["visit_id"]), str(visit["outcome"])


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the scores of a model may be called probabilities."""

    confirmed: int
    rejected: int
    undecided: int
    calibration: Calibration | None
    """How a priority becomes a probability; ``None`` while too few visits were drawn."""

    @property
    def told(self) -> dict[str, Json]:
        """What an answer says of it."""
        return {
            "drawn_confirmed": self.confirmed,
            "drawn_rejected": self.rejected,
            "drawn_undecided": self.undecided,
            "least_drawn": LEAST_DRAWN,
            "least_of_each": LEAST_EACH,
            "enough": self.calibration is not None,
        }


def standing(workspace: Workspace, model: str) -> Standing:
    """Return how far visits drawn at random from a model's candidates reach, over all seasons."""
    from eradication.classify import scale  # brings what compiles loops, which takes a while to load

    mine = [one for one in drawn(workspace) if one.model == model]
    decided = [one for one in mine if one.found is not None]
    confirmed = sum(bool(one.found) for one in decided)
    rejected, calibration = len(decided) - confirmed, None
    if len(decided) >= LEAST_DRAWN and min(confirmed, rejected) >= LEAST_EACH:
        score, found = np.array([one.score for one in decided]), np.array([bool(one.found) for one in decided])
        calibration = scale.platt(score, found, 1 / np.array([one.inclusion_prob for one in decided]))
    return Standing(confirmed, rejected, len(mine) - len(decided), calibration)


def as_probabilities(found: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    """Return candidates whose score is the probability that a visit finds poppy; their order stays."""
    from eradication.classify import scale

    said = scale.calibrated(np.array([one.score for one in found]), calibration)
    by = f"{calibration.slope}|{calibration.offset}"
    return [
        replace(
            one,
            id=hashlib.sha256(f"{one.id}|{by}".encode()).hexdigest()[:16],
            score=float(p),
            score_kind=ScoreKind.PROBABILITY,
            priority=one.score,
        )
        for one, p in zip(found, said, strict=True)
    ]

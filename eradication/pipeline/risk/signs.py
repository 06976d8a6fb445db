"""What candidates, readings and tips of a season tell of cells, and since when they were known."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import TIMEZONE, Candidate, CandidateSource, EventKind, State
from eradication.history import History
from eradication.history.payload import candidate_from
from eradication.pipeline.risk import found, past
from eradication.pipeline.risk.past import Field, Places
from eradication.pipeline.workspace import Workspace

TIP_M = 125.0
"""Least standard deviation of the kernel round a tip: half a cell; assumed."""
REFUTED = frozenset({State.REJECTED, State.DISMISSED})

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sign:
    """A candidate, a reading or a tip of a season."""

    candidate: Candidate
    plot: str
    when: datetime
    """From when on anybody could know of it."""


def signs_of(workspace: Workspace, told: History, as_of: datetime | None) -> list[Sign]:
    """Return every candidate, reading and tip, from when on it could be known."""
    out = []
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.CANDIDATE_PROPOSED]):
        candidate = candidate_from(event.payload["candidate"])
        plot = told.plot(str(event.payload["plot_id"]))
        name = str(event.payload["plot_id"]) if plot is None else plot.id
        out.append(Sign(candidate, name, max(event.recorded_at, event.happened_at)))
    return out


def still(signs: Sequence[Sign], times: Mapping[object, datetime], told: History, *, simulated: bool) -> list[Sign]:
    """Return the signs that still say something of what is left.

    Neither were they rejected or dismissed, nor did they come after poppy had been found at their plot.
    """
    states = {(episode.plot.id, episode.season): episode.state for episode in told.episodes}
    return [
        sign
        for sign in signs
        if states.get((sign.plot, sign.candidate.season)) not in REFUTED
        and (simulated or sign.plot not in times or sign.when <= times[sign.plot])
    ]


def drawn(
    signs: Sequence[Sign], field: Field, cells: Ints, kinds: Collection[CandidateSource], until: Floats | None = None
) -> dict[str, Floats | None]:
    """Return ``tips_density`` and ``satellite`` of cells, ``None`` if the season has none of that kind at all.

    Args:
        signs: of the season.
        field: round the cells.
        cells: numbers.
        kinds: what the season has.
        until: a sign counts in a cell if it was known before this local day (``date.toordinal``), shape (cell,);
            ``None`` = all of them count.
    """
    out: dict[str, Floats | None] = {"tips_density": None, "satellite": None}
    limit = None if until is None else field.over(cells, until, np.inf)
    if CandidateSource.TIP in kinds:
        tips = list(_of(signs, CandidateSource.TIP))
        radius = np.array([(geo.area_m2(tip.candidate.geometry) / pi) ** 0.5 for tip in tips])
        out["tips_density"] = field.at(cells, past.density(field, _places(tips, radius), TIP_M, limit))
    if CandidateSource.SATELLITE in kinds:
        seen = list(_of(signs, CandidateSource.SATELLITE))
        scores = np.array([one.candidate.score for one in seen], float)
        out["satellite"] = field.at(cells, past.highest(field, _places(seen, scores * 0.0), scores, limit))
    return out


def _places(signs: Sequence[Sign], radius_m: Floats) -> Places:
    day = np.array([sign.when.astimezone(TIMEZONE).toordinal() for sign in signs], float)
    return Places(found.metres([(sign.candidate.lon, sign.candidate.lat) for sign in signs]), radius_m, day)


def _of(signs: Sequence[Sign], source: CandidateSource) -> Iterator[Sign]:
    return (sign for sign in signs if sign.candidate.source is source)

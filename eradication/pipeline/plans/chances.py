"""How likely a visit to a candidate confirms it: as visits of all seasons tell, else as assumed.

Scores that are probabilities are taken as they are. Else the chance is that of :mod:`eradication.risk.confirming`:
class, score, area, the risk of the ground without the satellite, its kind, and how many candidates such ground bears,
with weights that visits teach which found out whether poppy stood there. Each teaches what was known before it, so
visits chosen by score teach it too. What visits to candidates of other models say is the belief that a model's own
visits correct; scores are compared within a model. Which ground bears many candidates its list of all seasons tells,
visited or not.

Before visits teach it, a season's list is believed to hold no more plots than the risk surface expects in the whole
province (``[risk] plots``, and what finds have taught since): else a long list would promise more poppy than stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication.domain import Candidate, CandidateSource, Episode, ScoreKind, Season, Visit
from eradication.history import History
from eradication.pipeline import projection
from eradication.pipeline.risk import found, signs
from eradication.pipeline.risk.policing import result_of
from eradication.pipeline.workspace import Workspace
from eradication.risk import confirming, crowding, visited
from eradication.risk.confirming import ASSUMED, LEAST_VISITS, Ground, Looks
from eradication.risk.worth import OF_A_READING, OF_A_TIP

DECIDED = frozenset({visited.FOUND, visited.REJECTED})

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chances:
    """What is known of the candidates of a season."""

    by_model: Mapping[tuple[str, str], float]
    """Plot and model → chance."""
    visits: Mapping[str, tuple[int, int]]
    """Model → visits that teach it, and those that confirmed."""
    lists: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Model → ``candidates`` of the season, visited or not, and ``plots``: how many of them are believed to be some."""

    def of(self, episode: Episode) -> tuple[float, str]:
        """Return the chance that a visit confirms a candidate, and what it rests on.

        ``probability`` its score, ``visits`` (with the assumption where they are few), ``assumed`` while fewer than
        :data:`~eradication.risk.confirming.LEAST_VISITS` of the same model are decided, though what they teach counts.
        """
        if episode.score is None:
            return (OF_A_TIP if episode.plot.source is CandidateSource.TIP else OF_A_READING), "assumed"
        if episode.score_kind is ScoreKind.PROBABILITY:
            return float(episode.score), "probability"
        chance = self.by_model.get((episode.plot.id, episode.model), ASSUMED[episode.klass])
        return chance, "assumed" if self.is_assumed(episode.model) else "visits"

    def is_assumed(self, model: str) -> bool:
        """Tell whether too few visits to a model's own candidates are decided."""
        decided, _ = self.visits.get(model, (0, 0))
        return decided < LEAST_VISITS

    def told(self) -> dict[str, dict[str, int | bool]]:
        """Return the visits that were learned from, by model; of those with candidates also where there are none."""
        return {
            model: {"visits": decided, "confirmed": confirmed, "assumed": self.is_assumed(model)}
            for model, (decided, confirmed) in sorted(self.visits.items())
            if decided or model in self.lists
        }


@dataclass(slots=True)
class _Seen:
    """A candidate as it was known before its visit."""

    plot: str
    candidate: Candidate
    confirmed: bool | None = None
    """What the first visit that decided found; ``None`` while there is none, or it came before the candidate."""


type _Seasons = dict[tuple[str, Season], list[_Seen]]
"""Model and season → its candidates."""


def believed(surface: Any) -> float:
    """Return the plots that the risk surface expects in the province in its season, before the search of it."""
    return float(surface.expected.mean.sum())


def chances(workspace: Workspace, now: Season, surface: Any) -> Chances:
    """Return how likely the candidates of a season are confirmed.

    Args:
        workspace: whose candidates and visits, of all seasons until this one.
        now: the season.
        surface: the risk surface of the season.
    """
    known = _candidates(workspace, now)
    scores: dict[str, list[float]] = {}
    for (model, _), mine in known.items():
        scores.setdefault(model, []).extend(_score(one.candidate) for one in mine)
    usual = {model: confirming.usual(np.array(values)) for model, values in scores.items()}
    crowds = {model: _crowd(known, model, surface) for model in scores}
    looks = {key: _looks(mine, key[1], surface, usual[key[0]], crowds[key[0]]) for key, mine in known.items()}
    taught = {model: _taught(known, looks, [model]) for model in scores}
    by_model: dict[tuple[str, str], float] = {}
    lists: dict[str, dict[str, float]] = {}
    for model in scores:
        if (model, now) in known:
            mean = confirming.believed(looks[model, now], believed(surface))
            others = confirming.weights(*_taught(known, looks, [name for name in scores if name != model]), mean)
            own = confirming.weights(*taught[model], others)
            told = confirming.chance(looks[model, now], own).tolist()
            by_model |= {(one.plot, model): p for one, p in zip(known[model, now], told, strict=True)}
            lists[model] = {"candidates": len(told), "plots": round(sum(told), 2)}
    return Chances(by_model, {model: (len(hit), int(hit.sum())) for model, (_, hit) in taught.items()}, lists)


def _taught(
    known: _Seasons, looks: Mapping[tuple[str, Season], Looks], models: Iterable[str]
) -> tuple[Looks, npt.NDArray[np.bool_]]:
    """Return the visits that teach of some models, and whether each confirmed."""
    mine = sorted((key for key in known if key[0] in {*models}), key=lambda key: (key[0], key[1].start_year))
    decided = {key: np.array([one.confirmed is not None for one in known[key]], bool) for key in mine}
    hits = [bool(one.confirmed) for key in mine for one in known[key] if one.confirmed is not None]
    return Looks.joined([looks[key].only(decided[key]) for key in mine]), np.array(hits, bool)


def _looks(mine: Sequence[_Seen], of: Season, surface: Any, usual: float, crowd: Floats) -> Looks:
    """Describe the candidates of a model in a season; where no cell holds one, its ground is the usual one."""
    at, inside = _cells(mine, surface)
    by_cell = surface.by_ground.get(of)
    risk = np.ones(len(mine)) if by_cell is None else _of_ground(by_cell[at], inside)
    score = np.array([_score(one.candidate) for one in mine])
    area = np.array([max(one.candidate.area_m2, 1.0) for one in mine])
    kind = _of_ground(crowding.kind(surface.design.names, surface.design.x[at]), inside)
    return Looks.of(score, area, usual, Ground(risk, _of_ground(crowd[at], inside), kind))


def _crowd(known: _Seasons, model: str, surface: Any) -> Floats:
    """Return how many candidates of a model the ground of each cell bears, by its candidates of all seasons."""
    mine = [one for (name, _), seen in known.items() if name == model for one in seen]
    at, inside = _cells(mine, surface)
    return crowding.crowd(surface.design.names, surface.design.x, at[inside])


def _cells(mine: Sequence[_Seen], surface: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return where among the surface's cells that of each candidate stands, and whether there is one."""
    cells = found.cells_of([(one.candidate.lon, one.candidate.lat) for one in mine])
    at = np.minimum(np.searchsorted(surface.cells, cells), len(surface.cells) - 1)
    return at, surface.cells[at] == cells


def _of_ground(values: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """Return what is known of ground, for candidates in no cell that of the usual one, shape (candidate, …)."""
    out = values.copy()
    out[~inside] = np.median(values[inside], axis=0) if inside.any() else 1.0
    return out


def _score(candidate: Candidate) -> float:
    return float(candidate.score if candidate.priority is None else candidate.priority)


def _candidates(workspace: Workspace, last: Season) -> _Seasons:
    """Return every scored candidate until a season as the visit that decided on it found it."""
    told, simulated = projection.replayed(workspace), projection.is_simulated(workspace)
    first = _decided(told)
    out: dict[tuple[str, Season], dict[str, _Seen]] = {}
    for sign in sorted(signs.signs_of(workspace, told, None), key=lambda sign: (sign.when, sign.candidate.id)):
        one = sign.candidate
        if not one.is_scored or one.season.start_year > last.start_year:
            continue
        mine = out.setdefault((one.model, one.season), {})
        visit = first.get((sign.plot, one.season))
        # A simulated season is over when its images are looked at, so there every candidate came first.
        before = visit is None or simulated or sign.when <= visit.visited_at
        if before:
            confirmed = None if visit is None else result_of(visit) == visited.FOUND
            mine[sign.plot] = _Seen(sign.plot, one, confirmed)
        else:
            mine.setdefault(sign.plot, _Seen(sign.plot, one))
    return {key: list(mine.values()) for key, mine in out.items()}


def _decided(told: History) -> dict[tuple[str, Season], Visit]:
    """Return plot and season → the first visit that found out whether poppy stood there."""
    out: dict[tuple[str, Season], Visit] = {}
    for visit in _in_order(told.recorded):
        if result_of(visit) in DECIDED:
            out.setdefault((visit.plot_id, told.season_of(visit)), visit)
    return out


def _in_order(visits: Iterable[Visit]) -> Iterator[Visit]:
    def moment(visit: Visit) -> tuple[datetime, tuple[str, str, str]]:
        return visit.visited_at, visit.key

    return iter(sorted(visits, key=moment))

"""How likely a visit to a candidate confirms it: by visits drawn at random where there are some, else assumed.

Scores that are probabilities are taken as they are. Else the candidates of a model are put into bands of score; the
share that drawn visits of a band confirmed is shrunk to that of all bands, and that to what is assumed: with few visits
the assumption speaks, with many the visits do. Visits that were not drawn say nothing of this: they went where the
score is high.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from eradication.domain import CandidateSource, Detectability, Episode, ScoreKind
from eradication.pipeline import drawn_visits
from eradication.pipeline.drawn_visits import Drawn
from eradication.pipeline.workspace import Workspace

ASSUMED: Mapping[Detectability, float] = MappingProxyType(
    {Detectability.A: 0.20, Detectability.B: 0.10, Detectability.C: 0.05}
)
"""Share of a rule's candidates that a visit confirms, by class as estimated from the image; assumed, not measured."""
OF_A_TIP, OF_A_READING = 0.30, 0.50
"""The same of places that a person told of or saw on a fine image; assumed."""
WORTH_VISITS = 10.0
"""As many drawn visits as the assumption is worth."""
BANDS = (0.5, 0.7, 0.85)
"""Edges of the bands of score."""


@dataclass(frozen=True, slots=True)
class Chances:
    """What drawn visits of a model's candidates say."""

    by_band: Mapping[str, tuple[tuple[float, float], ...]]
    """Model → weighted confirmed and weighted decided visits of each band; weights have mean 1."""

    def of(self, episode: Episode) -> tuple[float, str]:
        """Return the chance that a visit confirms a candidate, and what it rests on.

        ``probability`` its score, ``drawn_visits`` (with the assumption where they are few), ``assumed``.
        """
        if episode.score is None:
            return (OF_A_TIP if episode.plot.source is CandidateSource.TIP else OF_A_READING), "assumed"
        if episode.score_kind is ScoreKind.PROBABILITY:
            return float(episode.score), "probability"
        prior, bands = ASSUMED[episode.klass], self.by_band.get(episode.model, ())
        decided = sum(of for _, of in bands)
        if not decided:
            return prior, "assumed"
        whole = (sum(hit for hit, _ in bands) + WORTH_VISITS * prior) / (decided + WORTH_VISITS)
        hit, of = bands[_band(float(episode.score if episode.priority is None else episode.priority))]
        return (hit + WORTH_VISITS * whole) / (of + WORTH_VISITS), "drawn_visits"


def chances(workspace: Workspace) -> Chances:
    """Return what drawn visits of all seasons say of each model's candidates."""
    by_model: dict[str, list[Drawn]] = {}
    for one in drawn_visits.drawn(workspace):
        if one.found is not None:
            by_model.setdefault(one.model, []).append(one)
    return Chances({model: _bands(decided) for model, decided in by_model.items()})


def _bands(decided: Sequence[Drawn]) -> tuple[tuple[float, float], ...]:
    """Return weighted confirmed and weighted decided visits of each band: what was unlikely to be drawn weighs more."""
    weight = np.array([1.0 / one.inclusion_prob for one in decided])
    weight /= weight.mean()
    band = np.array([_band(one.score) for one in decided])
    hit = np.array([bool(one.found) for one in decided], float)
    count = len(BANDS) + 1
    hits = np.bincount(band, weight * hit, count).tolist()
    return tuple(zip(hits, np.bincount(band, weight, count).tolist(), strict=True))


def _band(score: float) -> int:
    return int(np.searchsorted(BANDS, score, side="right"))

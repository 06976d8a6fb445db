"""How many candidates are poppy, by visits drawn at random alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from eradication.domain import Season
from eradication.history import History
from eradication.pipeline import drawn_visits
from eradication.pipeline.drawn_visits import LEAST_DRAWN, LEAST_EACH, Drawn
from eradication.pipeline.workspace import Workspace

OF_NO_UNIT: Mapping[str, Any] = MappingProxyType(
    {"value": None, "low": None, "high": None, "why": "told_of_province", "by_model": []}
)
"""What stands in the answer of one unit: candidates are drawn from the whole province's."""
NONE_DRAWN, NONE_DECIDED = "no_random_visits", "no_random_visit_decided"


def of_season(
    workspace: Workspace, season: Season, as_of: datetime | None = None, told: History | None = None
) -> dict[str, Any]:
    """Return the precision of a season's candidates: the share a visit confirms, by model, the one drawn last first.

    Args:
        workspace: whose draws and visits.
        season: the season.
        as_of: cut on ``recorded_at``; ``None`` = now.
        told: the replay as of then, if it is at hand.

    Returns:
        ``value, low, high`` (Hájek's ratio of the visits that were drawn, 95 %), ``n`` decided, ``confirmed``,
        ``rejected``, ``undecided``, ``score_kind`` (``probability`` from 50 decided visits with 10 of each on, else
        ``priority``), ``why``, of the model whose candidates were drawn last, and ``by_model``.
    """
    mine = [one for one in drawn_visits.drawn(workspace, as_of, told) if one.season == season.label]
    models = list(dict.fromkeys(one.model for one in reversed(mine)))
    by_model = [_of_model(model, [one for one in mine if one.model == model]) for model in models]
    return (by_model[0] if by_model else _of_model("", [])) | {"by_model": by_model}


def _of_model(model: str, mine: Sequence[Drawn]) -> dict[str, Any]:
    decided = [one for one in mine if one.found is not None]
    confirmed = sum(bool(one.found) for one in decided)
    rejected = len(decided) - confirmed
    enough = len(decided) >= LEAST_DRAWN and min(confirmed, rejected) >= LEAST_EACH
    figure: dict[str, Any] = {"value": None, "low": None, "high": None}
    if decided:
        from eradication.validation import design  # brings scipy.stats, which takes long to load

        hit, odds = np.array([bool(one.found) for one in decided]), np.array([one.inclusion_prob for one in decided])
        told = design.weighted_share("precision", hit, odds).told()
        figure = {name: told[name] for name in figure}
    return {
        **figure,
        "n": len(decided),
        "confirmed": confirmed,
        "rejected": rejected,
        "undecided": len(mine) - len(decided),
        "least_drawn": LEAST_DRAWN,
        "least_of_each": LEAST_EACH,
        "score_kind": "probability" if enough else "priority",
        "model": model,
        "draws": list(dict.fromkeys(one.draw for one in mine)),
        "why": "" if decided else (NONE_DECIDED if mine else NONE_DRAWN),
    }

"""What an evaluation says beyond single figures: curves, months, communes, and what the scores rest on."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import classify, features, validation
from eradication.domain import TIMEZONE, Json
from eradication.domain.model import RULES, LabelledPlace, Samples, TrainedModel
from eradication.pipeline.examining import Listed
from eradication.validation import Figure, Kind, curves, influence

SINGLE, DEPENDENT = 12, 6
"""Single features whose importance is told, and of those whose dependence is."""

type Float32 = npt.NDArray[np.float32]


def curves_of(listed: Listed, communes: Mapping[str, str], kind: Kind = Kind.SEASON_OUT) -> dict[str, Json]:
    """Return ``by_size, recall_by_visits, froc, by_month, by_commune`` of a list.

    Args:
        listed: what a model found.
        communes: name of each commune code.
        kind: of the figures.
    """
    seasons = [listed.searched]
    months = curves.precision_by(listed.checked, [_month(place) for place in listed.places], kind)
    return {
        "by_size": [
            {"low_m2": low, "high_m2": high if np.isfinite(high) else None, **figure.told()}
            for low, high, figure in validation.operating.by_size(seasons, kind)
        ],
        "recall_by_visits": [
            {"visits": visits} | _told(figure) for visits, figure in curves.recall_by_visits(seasons, kind)
        ],
        "froc": [
            {"false_per_1000_km2": round(false, 3), "recall": round(recall, 6)}
            for false, recall in curves.thin_froc(seasons)
        ],
        "by_month": [{"month": month, **months[month].told()} for month in sorted(months)],
        "by_commune": _by_commune(listed, communes),
    }


def _told(figure: Figure) -> dict[str, Json]:
    told = figure.told()
    return {name: told[name] for name in ("value", "low", "high", "n")}


def _month(place: LabelledPlace) -> str:
    """Return year and month in which a place was visited, in local time; empty where nobody said."""
    return place.visited_at.astimezone(TIMEZONE).strftime("%Y-%m") if place.visited_at else ""


def _by_commune(listed: Listed, communes: Mapping[str, str]) -> list[Json]:
    """Return visited candidates and those that were poppy; numbers are too small for shares."""
    pairs = zip(listed.checked.place, listed.checked.positive, strict=True)
    told = [(listed.places[place].commune, bool(positive)) for place, positive in pairs]
    visited, found = Counter(code for code, _ in told), Counter(code for code, positive in told if positive)
    return [
        {"commune_code": code, "commune": communes.get(code, ""), "visited": visited[code], "found": found[code]}
        for code in sorted(visited)
    ]


def score_of(model: TrainedModel | None, names: tuple[str, ...]) -> Callable[[Float32], Float32]:
    """Return the function that scores pixels with the features ``names``, by a model or by the rules."""
    if model is None:
        return lambda x: classify.rule_score(x, names)[0]
    return lambda x: classify.score_pixels(x, names, model)


def used(model: TrainedModel | None, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of ``names`` that a model, or the rules, look at, in their order."""
    asked = {ramp.feature for term in classify.TERMS for ramp in term.ramps}
    if model is not None and model.learner != RULES:
        asked = set(model.features)
    return tuple(name for name in names if name in asked)


def influence_of(model: TrainedModel | None, samples: Samples, kind: Kind = Kind.SEASON_OUT) -> dict[str, Json]:
    """Return ``importance`` and ``dependence``, asked of a season that the model did not learn from."""
    score, names = score_of(model, samples.names), used(model, samples.names)
    families = features.by_family(names)
    base, of_families = influence.permutation(score, samples, families)
    _, of_features = influence.permutation(score, samples, {name: (name,) for name in names}, repeats=2)
    best = of_features[:SINGLE]
    curves_told = [influence.dependence(score, samples, one.name) for one in best if one.drop > 0][:DEPENDENT]
    return {
        "importance": {
            "average_precision": _number(base),
            "plots": samples.count_plots(1),
            "rejected": samples.count_plots(0),
            "background": int((samples.y == -1).sum()),
            "kind": kind.value,
            "families": [_lost(one) | {"features": len(families[one.name])} for one in of_families],
            "features": [_lost(one) for one in best],
        },
        "dependence": [_depends(one) for one in curves_told if one is not None],
    }


def _lost(importance: influence.Importance) -> dict[str, Json]:
    return {
        "name": importance.name,
        "drop": _number(importance.drop),
        "low": _number(importance.low),
        "high": _number(importance.high),
    }


def _depends(told: influence.Dependence) -> dict[str, Json]:
    return {
        "name": told.name,
        "values": [_number(value) for value in told.values],
        "poppy": [_number(value) for value in told.poppy],
        "background": [_number(value) for value in told.background],
        "unknown": {"poppy": _number(told.unknown[0]), "background": _number(told.unknown[1])},
    }


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def figures_of(searched: Sequence[validation.Searched], more: Sequence[Figure] = ()) -> list[dict[str, Any]]:
    """Return the single figures of seasons that were searched, as answers hold them."""
    return [figure.told() for figure in [*validation.operating.figures(searched, Kind.SEASON_OUT), *more]]

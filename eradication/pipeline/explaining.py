"""Why this place: a candidate's season beside those of known classes, and which features its score rests on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from eradication import classify, features, plots
from eradication.domain import Candidate, EventKind, Json
from eradication.domain.model import TrainedModel
from eradication.errors import N_, UnusableInput
from eradication.history import payload
from eradication.pipeline import evaluating, judging, own_pixels, projection, retracing, scan
from eradication.pipeline.models import usable
from eradication.pipeline.own_pixels import Float32, Seen
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet

TOLD = 8
"""Single features told, those that matter most for this place."""

LEAST = 1e-4
"""Log-odds are of scores this far from 0 and 1 at least."""


def explain(workspace: Workspace, name: str, wanted: str, imagery: str = "", stage: Stage = quiet) -> dict[str, Any]:
    """Say what a model's score of one candidate rests on. Nothing is stored.

    Args:
        workspace: holds the candidate.
        name: of the model, or ``rules``.
        wanted: id of the candidate, or id or code of its plot.
        imagery: catalog of the season; empty = what the run read that proposed the candidate.
        stage: told how far it is.

    Raises:
        UnusableInput: ``no_such_candidate``, ``no_such_model``, ``imagery_gone``, ``candidate_not_seen``.
    """
    model, place = usable(workspace, name), _candidate(workspace, wanted)
    return _answer(workspace, model, place, own_pixels.seen(workspace, place[0], imagery, stage))


def explain_all(
    workspace: Workspace, name: str, wanted: Sequence[str], stage: Stage = quiet
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Say it of many candidates of one run: each block of its imagery is described once for all that lie in it.

    Gives the id that was asked by with what :func:`explain` answers; what lies in several blocks, or is not seen, is
    left out.
    """
    model, told = usable(workspace, name), {one: _candidate(workspace, one) for one in wanted}
    if not told:
        return
    first = next(iter(told.values()))[0]
    catalog, area = retracing.imagery_of(workspace, first.run)
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        planned = scan.prepared(workspace, scan.opened(workspace, catalog, first.season, area, stage))
        simulated = any(scene.simulated for scene in planned.archive.scenes)
        for part, inside in own_pixels.described(planned, {one: place[0] for one, place in told.items()}):
            for one, mine in inside.items():
                seen = Seen(part.names, part.x[mine], part.x[~mine], simulated)
                yield one, _answer(workspace, model, told[one], seen)


def _answer(
    workspace: Workspace, model: TrainedModel | None, place: tuple[Candidate, str, str], seen: Seen
) -> dict[str, Any]:
    candidate, plot_id, code = place
    envelopes = {} if model is None else model.envelopes
    curve = curve_of([seen.own], seen.names)
    limits = workspace.settings.candidates
    own_season = model is not None and candidate.season.label in model.seasons
    return judging.named(model) | {
        "candidate": candidate.id,
        "plot": plot_id,
        "code": code,
        "season": candidate.season.label,
        "area_m2": round(candidate.area_m2, 1),
        "listed_score": round(candidate.score, 4),
        "listed_by": candidate.model,
        "pixels": len(seen.own),
        "compared_with": len(seen.others),
        "months": list(features.MONTHS),
        "curve": curve,
        "envelopes": envelopes,
        "inside": _inside(curve, envelopes),
        **_contributions(model, seen, min(limits.grow, limits.seed)),
        "notes": ["learned_from_this_season"] * own_season + ["outside"] * candidate.outside,
        "simulated": seen.simulated or projection.is_simulated(workspace),
    }


def _candidate(workspace: Workspace, wanted: str) -> tuple[Candidate, str, str]:
    """Return a candidate with id and code of its plot; of a plot, the candidate proposed last."""
    told = projection.replayed(workspace)
    plot = told.plot(wanted)
    rows = {row["id"]: row["plot_id"] for row in told.candidates}
    ids = {key for key, of in rows.items() if key == wanted or (plot is not None and of == plot.id)}
    events = workspace.store.events(kinds=[EventKind.CANDIDATE_PROPOSED])
    by_runs = [e.payload["candidate"] for e in reversed(events) if "source" not in e.payload["candidate"]]
    last = next((candidate for candidate in by_runs if candidate["id"] in ids), None)
    if last is None:
        raise UnusableInput(
            "no_such_candidate",
            N_("No run proposed a candidate '{wanted}'."),
            hint=N_("`eradication plots list` shows ids and codes; places that only patrols found have no score."),
            values={"wanted": wanted},
        )
    candidate = payload.candidate_from(last)
    found = told.plot(rows[candidate.id])
    return candidate, rows[candidate.id], "" if found is None else found.code


def curve_of(parts: Sequence[Float32], names: tuple[str, ...]) -> dict[str, Any]:
    """Return index → mean of a candidate's pixels for each month, ``None`` where none of them was seen.

    Args:
        parts: described pixels, each of shape (pixel, feature).
        names: of the features.
    """
    told: dict[str, Any] = {}
    own = np.concatenate(list(parts))
    for index in classify.envelopes.INDICES:
        months = classify.envelopes.monthly(own, names, index)
        if months is not None:
            told[index] = [
                round(float(month[np.isfinite(month)].mean()), 4) if np.isfinite(month).any() else None
                for month in months.T
            ]
    return told


def _inside(curve: Mapping[str, Any], envelopes: Mapping[str, Any]) -> list[Json]:
    """Return, for each class, in how many of the months that are known the curves lie inside its envelope."""
    rows: list[tuple[float, dict[str, Json]]] = []
    for name, bands in envelopes.items():
        known = inside = 0
        for index in set(curve) & set(bands):
            for own, low, high in zip(curve[index], bands[index]["p10"], bands[index]["p90"], strict=False):
                if None not in (own, low, high):
                    known, inside = known + 1, inside + (low <= own <= high)
        if known:
            rows.append((inside / known, {"class": name, "plots": bands["plots"], "inside": inside, "known": known}))
    return [row for _, row in sorted(rows, key=lambda row: -row[0])]


def _contributions(model: TrainedModel | None, seen: Seen, grow: float) -> dict[str, Any]:
    """Return the score, and what it would be with the usual values around in place of some features.

    ``raises`` is the difference of the log-odds: scores near 1 hardly move although much speaks for them.
    """
    score = evaluating.score_of(model, seen.names)
    names = evaluating.used(model, seen.names)
    columns_of = [seen.names.index(name) for name in names]
    usual = _medians(seen.others, columns_of)
    whole = _joint(score(seen.own), grow)

    def without(of: tuple[str, ...]) -> dict[str, Any]:
        columns = [seen.names.index(name) for name in of]
        changed = seen.own.copy()
        changed[:, columns] = usual[columns]
        left = _joint(score(changed), grow)
        return {"score_without": round(left, 4), "raises": round(_log_odds(whole) - _log_odds(left), 3)}

    families = [{"name": family, "features": len(of)} | without(of) for family, of in features.by_family(names).items()]
    own = _medians(seen.own, columns_of)
    single: list[dict[str, Any]] = [
        {"name": name, "value": _plain(own[column]), "around": _plain(usual[column])} | without((name,))
        for name in names
        for column in [seen.names.index(name)]
    ]
    best = sorted(single, key=lambda row: -abs(row["raises"]))[:TOLD]
    return {"score": round(whole, 4), "families": families, "features": best}


def _joint(scores: Float32, grow: float) -> float:
    """Return the score of a candidate of such pixels, as it stands in the list; 0 if none can be scored."""
    known = scores[np.isfinite(scores)]
    return plots.score_of(known, grow) if len(known) else 0.0


def _log_odds(score: float) -> float:
    """Return the log-odds of a score, which is taken to be no nearer to 0 or 1 than :data:`LEAST`."""
    inside = min(max(score, LEAST), 1 - LEAST)
    return math.log(inside / (1 - inside))


def _medians(x: Float32, columns: Sequence[int]) -> Float32:
    """Return the median of some columns, skipping what is not known; NaN where nothing is, and of all others."""
    out = np.full(x.shape[1], np.nan, np.float32)
    for column in columns:
        known = x[np.isfinite(x[:, column]), column]
        if len(known):
            out[column] = np.median(known)
    return out


def _plain(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None

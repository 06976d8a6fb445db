"""Why this place: a candidate's season beside those of known classes, and which features its score rests on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import classify, features, geo, plots
from eradication.domain import Candidate, EventKind, Json, Season
from eradication.domain.model import TrainedModel
from eradication.errors import N_, UnusableInput
from eradication.history import payload
from eradication.ingest import geotiff
from eradication.pipeline import blocks, evaluating, fetching, judging, projection, retracing, scan
from eradication.pipeline.blocks import Scan
from eradication.pipeline.models import usable
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet
from eradication.raster import Index, Window

TOLD = 8
"""Single features told, those that matter most for this place."""

LEAST = 1e-4
"""Log-odds are of scores this far from 0 and 1 at least."""

type Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the season's images say of a candidate, and of the land around it."""

    names: tuple[str, ...]
    """Of the columns."""
    own: Float32
    """Its pixels, shape (pixel, feature)."""
    others: Float32
    """Pixels of the same blocks that could be poppy as well, shape (pixel, feature)."""
    simulated: bool


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
    model = usable(workspace, name)
    candidate, plot_id, code = _candidate(workspace, wanted)
    seen = _seen(workspace, candidate, imagery, stage)
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


def _seen(workspace: Workspace, candidate: Candidate, imagery: str, stage: Stage) -> Seen:
    """Describe a candidate's pixels and what lies around it; only its blocks are read, if they are read at all."""
    catalog, area = (
        fetching.prepared(workspace, imagery, candidate.season, None, stage)
        if imagery
        else retracing.imagery_of(workspace, candidate.run)
    )
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        planned = scan.prepared(workspace, scan.opened(workspace, catalog, candidate.season, area, stage))
        parts = list(_parts(planned, candidate))
    own = [part.x[mine] for part, mine in parts]
    if not sum(map(len, own)):
        raise _not_seen(candidate.season)
    return Seen(
        names=parts[0][0].names,
        own=np.concatenate(own),
        others=np.concatenate([part.x[~mine] for part, mine in parts]),
        simulated=any(scene.simulated for scene in planned.archive.scenes),
    )


def _parts(planned: Scan, candidate: Candidate) -> Iterator[tuple[Any, npt.NDArray[np.bool_]]]:
    """Give every block that the candidate lies in: its described pixels, and which of them are the candidate's."""
    outline = geo.project(candidate.geometry, geo.WGS84, geotiff.epsg_of(planned.archive.grid))
    for at, window in sorted(planned.windows.items()):
        wanted = pixels_in(planned, window, outline)
        if len(wanted):
            survey_around(planned, at)
            stack = blocks.describe_block(planned, at)
            yield stack, np.isin(stack.pixels, wanted)


def survey_around(planned: Scan, at: tuple[int, int]) -> None:
    """Survey a block and those beside it, which is what describing it needs."""
    for near in [at, *((at[0] + i, at[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1))]:
        if near in planned.windows:
            blocks.survey_block(planned, near)


def pixels_in(planned: Scan, window: Window, outline: BaseGeometry) -> Index:
    """Return flat indices into a window of the pixels whose centres lie in an outline of the grid's CRS."""
    affine = window.of(planned.archive.grid).affine
    left, bottom, right, top = outline.bounds
    columns = _between(left - affine.c, right - affine.c, affine.a, window.columns)
    rows = _between(top - affine.f, bottom - affine.f, affine.e, window.rows)
    row, column = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
    x, y = affine.c + affine.a * (column + 0.5), affine.f + affine.e * (row + 0.5)
    inside = shapely.contains_xy(outline, x, y)
    return np.asarray((row * window.columns + column)[inside], np.int64)


def _between(first: float, last: float, step: float, size: int) -> npt.NDArray[np.int64]:
    """Return the numbers of pixels along one side of a window that a range (metres from its corner) touches."""
    return np.arange(max(int(np.floor(first / step)), 0), min(int(np.ceil(last / step)), size))


def _not_seen(season: Season) -> UnusableInput:
    return UnusableInput(
        "candidate_not_seen",
        N_("The imagery of season {season} does not show this candidate, or rules it out."),
        hint=N_("Use the imagery of the run that proposed it; more images may have changed what can be poppy there."),
        values={"season": season.label},
    )


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
    usual = _medians(seen.others)
    whole = _joint(score(seen.own), grow)
    names = evaluating.used(model, seen.names)

    def without(of: tuple[str, ...]) -> dict[str, Any]:
        columns = [seen.names.index(name) for name in of]
        changed = seen.own.copy()
        changed[:, columns] = usual[columns]
        left = _joint(score(changed), grow)
        return {"score_without": round(left, 4), "raises": round(_log_odds(whole) - _log_odds(left), 3)}

    families = [{"name": family, "features": len(of)} | without(of) for family, of in features.by_family(names).items()]
    own = _medians(seen.own)
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


def _medians(x: Float32) -> Float32:
    """Return the median of each column, skipping what is not known; NaN where nothing is."""
    out = np.full(x.shape[1], np.nan, np.float32)
    known = np.isfinite(x).any(axis=0) if len(x) else np.zeros(x.shape[1], bool)
    out[known] = np.nanmedian(x[:, known], axis=0)
    return out


def _plain(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None

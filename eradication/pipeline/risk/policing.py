"""How often patrols went where, what they found, and which places are not to be planned again for now.

:func:`capped` is what plans ask; :func:`told` is the answer of ``risk visits``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from eradication import geo
from eradication.domain import Crop, EventKind, Json, Outcome, Season, Visit
from eradication.history import History
from eradication.pipeline import ahead, projection, remembered
from eradication.pipeline.workspace import Workspace
from eradication.risk import policing, rising, visited
from eradication.risk.policing import FIND, READING, SCORE, TIP, Judged, Known, Rejection, Sign
from eradication.risk.rising import Key, Margin
from eradication.risk.visited import Check, Visited

FINDS = frozenset({Outcome.DETECTED, Outcome.ERADICATED, Outcome.REGROWN})
"""Outcomes that say that poppy stood there."""
NO_POPPY = frozenset({Crop.FIBRE_HEMP, Crop.OTHER})
"""Where these grow somebody looked and it was not that: such a row is a rejection, whatever it is called."""


def capped(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, dict[str, Json]]:
    """Return the places that are not to be planned again in a season, each with its reason.

    Args:
        workspace: whose visits.
        season: what happened after it plays no part.
        as_of: cut on ``recorded_at``; ``None`` = now.

    Returns:
        Id of a plot, or name of a cell (:func:`eradication.pipeline.cells.name_of`), → reason as
        :meth:`eradication.risk.policing.Judged.told` writes it. Drawn stops and follow-up of what was found are duties
        of their own: whoever plans them does not ask here.
    """
    return {one.name: one.told() for one in judged(workspace, season, as_of) if one.is_capped}


def judged(workspace: Workspace, season: Season, as_of: datetime | None = None) -> list[Judged]:
    """Return every place rejected often enough until a season's end, with what is new since; see :func:`capped`."""
    return _judged(workspace, season, as_of)[0]


type _Judgement = tuple[list[Judged], Mapping[Key, Margin]]
"""Places, and how much scores of models have to rise to be new evidence."""


def _judged(workspace: Workspace, season: Season, as_of: datetime | None) -> _Judgement:
    told = projection.replayed(workspace, as_of=as_of)
    visits = [visit for visit in told.recorded if visit.visited_at < season.ends and visit.lon is not None]
    places = _metres([(visit.lon or 0.0, visit.lat or 0.0) for visit in visits])
    names = _cells(places)
    rejections, signs = [], []
    for visit, at_m, cell in zip(visits, places, names, strict=True):
        result = result_of(visit) if cell else visited.OTHER
        if result == visited.REJECTED:
            label = told.season_of(visit).label
            rejections.append(Rejection(visit.plot_id, cell, at_m, visit.visited_at, visit.unit, label))
        elif result == visited.FOUND:
            signs.append(Sign(FIND, at_m, visit.visited_at, visit.plot_id, cell))
    if not rejections:
        return [], {}
    signs += _told_since(workspace, told, season, as_of)
    most = workspace.settings.risk.most_rejected
    return policing.capped(_known(told, visits), rejections, signs, most), policing.margins(rejections, signs)


def told(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the answer of ``risk visits``: visits, rejections, hours and finds of each commune, side by side.

    Raises:
        UnusableInput: ``unknown_season``; the file of forests or the settings cannot be understood.
    """
    ahead.check_plannable(season)
    from eradication.pipeline import patrolled  # brings compiled code, which plans need not wait for

    known = projection.replayed(workspace, as_of=as_of)
    checks = {True: list[Check](), False: list[Check]()}
    for visit in known.recorded:
        own = known.season_of(visit)
        plot = known.by_id.get(visit.plot_id)
        if own.start_year <= season.start_year:
            commune = "" if plot is None else plot.commune_code
            checks[own == season].append(
                Check(commune, visit.unit, visit.visit_id, visit.plot_id, visit.visited_at, result_of(visit))
            )
    before = {check.plot for check in checks[False] if check.result == visited.REJECTED}
    rows, whole = visited.side_by_side(checks[True], before)
    effort, _ = patrolled.told(workspace, season, as_of)
    places, margins = _judged(workspace, season, as_of)
    return {
        "season": season.label,
        "communes": _communes(rows, whole, effort["communes"], projection.names(workspace, as_of=as_of)),
        "total": _figures(whole) | {name: effort["total"][name] for name in ("hours", "km")},
        "capped": [one.told() for one in places if one.is_capped],
        "with_new_evidence": [one.told() for one in places if not one.is_capped],
        "score_rise": _rise(margins),
        "same_m": policing.SAME_M,
        "most_rejected": workspace.settings.risk.most_rejected,
        "simulated": projection.is_simulated(workspace, as_of),
    }


def _rise(margins: Mapping[Key, Margin]) -> dict[str, Json]:
    """Return by how much a score has to rise to be new evidence, as answers hold it."""
    models: list[Json] = [
        {
            "model": model,
            "score_kind": kind,
            "margin": round(one.least, 4),
            "places": one.places,
            "basis": "measured" if one.is_measured else "assumed",
        }
        for (model, kind), one in sorted(margins.items())
    ]
    return {"assumed": rising.LEAST_RISE, "least_places": rising.LEAST_PLACES, "models": models}


def _communes(
    rows: Sequence[Visited], whole: Visited, walked: Sequence[Any], names: Mapping[str, str]
) -> list[dict[str, Json]]:
    """Return communes where anybody walked or visited, by code; nobody is ranked."""
    by_code, hours = {row.commune: row for row in rows}, {row["key"]: row for row in walked if row["touched"]}
    out = []
    for code in sorted({*by_code, *hours}):
        row = by_code.get(code, Visited(code, 0, 0, 0, 0, 0, 0))
        effort = {name: hours.get(code, {}).get(name) for name in ("hours", "km", "searched_p")}
        about: dict[str, Json] = {"commune_code": code, "commune": names.get(code, ""), **effort}
        out.append(about | _figures(row) | {"below_all": visited.is_below(row, whole)})
    return out


def _figures(row: Visited) -> dict[str, Json]:
    share = row.share()
    per_100 = dict.fromkeys(("per_100", "per_100_low", "per_100_high"))
    if share is not None:
        per_100 = dict(zip(per_100, (round(100.0 * value, 2) for value in share), strict=True))
    counts = {name: getattr(row, name) for name in ("visits", "rejected", "found", "not_reached", "other", "again")}
    return {**counts, **per_100}


def result_of(visit: Visit) -> str:
    """Return what a row of a visit came to, one of :data:`eradication.risk.visited.RESULTS`."""
    if visit.outcome is Outcome.REJECTED:
        return visited.REJECTED
    if visit.outcome is Outcome.NOT_REACHED:
        return visited.NOT_REACHED
    if visit.outcome in FINDS:
        return visited.REJECTED if visit.crop in NO_POPPY else visited.FOUND
    return visited.OTHER


def _metres(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(float(east), float(north)) for east, north in geo.transform(list(places), geo.WGS84, geo.UTM48)]


def _cells(places: Sequence[tuple[float, float]]) -> list[str]:
    """Return the names of the cells that hold places (EPSG:32648)."""
    side = int(policing.CELL_M)
    return [
        f"{int(east // side) * side}_{int(north // side) * side}" if isfinite(east + north) else ""
        for east, north in places
    ]


def _known(told: History, visits: Sequence[Visit]) -> list[Known]:
    """Return plots as places; one that was visited before any run proposed it was seen then."""
    seen: dict[str, datetime] = {}
    for visit in visits:
        seen[visit.plot_id] = min(visit.visited_at, seen.get(visit.plot_id, visit.visited_at))
    centres = _metres([geo.centre(plot.geometry) for plot in told.plots])
    placed = zip(told.plots, centres, strict=True)
    return [
        Known(plot.id, at_m, min(plot.first_seen, seen.get(plot.id, plot.first_seen)))
        for plot, at_m in placed
        if isfinite(sum(at_m))
    ]


def _told_since(workspace: Workspace, told: History, season: Season, as_of: datetime | None) -> list[Sign]:
    """Return scores of runs, tips with a place, and readings of fine images, until a season's end."""
    found = [*_proposed(workspace, told, season, as_of), *_tips(workspace, season, as_of)]
    places = _metres([(lon, lat) for lon, lat, _ in found])
    cells = _cells(places)
    told_of = zip(places, cells, found, strict=True)
    return [Sign(at_m=at_m, cell=cell, **words) for at_m, cell, (_, _, words) in told_of if cell]


type _Said = tuple[float, float, dict[str, Any]]
"""Longitude, latitude, and the other fields of a sign."""


def _proposed(workspace: Workspace, told: History, season: Season, as_of: datetime | None) -> Iterator[_Said]:
    now, known = as_of or datetime.now(UTC), workspace.store.units(as_of=as_of)
    settled = remembered.settled(workspace, now, known, projection.day_of(None, as_of))
    for fact in settled.said.facts.counted:
        candidate = fact.candidate
        if candidate is None or candidate.by_tip or fact.happened_at >= season.ends:
            continue
        plot = told.plot(fact.plot_id)
        words: dict[str, Any] = {"when": fact.happened_at, "plot": fact.plot_id if plot is None else plot.id}
        if candidate.is_scored:
            words |= {"kind": SCORE, "score": candidate.score, "score_kind": candidate.score_kind.value}
            words |= {"model": candidate.model, "season": candidate.season.label, "looks": candidate.clear_observations}
        else:
            words |= {"kind": READING}
        yield candidate.lon, candidate.lat, words


def _tips(workspace: Workspace, season: Season, as_of: datetime | None) -> Iterator[_Said]:
    most = workspace.settings.tips.candidate_m
    for event in workspace.store.events(as_of=as_of, kinds=[EventKind.TIP_RECORDED]):
        tip = event.payload["tip"]
        lon, lat, radius_m = tip.get("lon"), tip.get("lat"), tip.get("radius_m") or 0.0
        if event.happened_at >= season.ends or lon is None or lat is None or radius_m > most:
            continue
        if tip.get("crop") not in NO_POPPY:
            yield lon, lat, {"kind": TIP, "when": event.happened_at, "reach_m": max(policing.EVIDENCE_M, radius_m)}

"""All that is known of one candidate, for whoever decides whether somebody goes there."""

import math
from collections.abc import Sequence
from typing import Any

import shapely

from eradication import geo
from eradication.domain import Event, Season, State
from eradication.pipeline import clashes, covered, deciding, plot_answers
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import looks, patrol_views, people, reach, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.review import practice, second
from eradication.pipeline.review.queue import Laid
from eradication.store import Row

NEAR_M = 1000.0
"""Plots within this are told as neighbours."""
MOST_NEAR = 12
FOUND = frozenset(
    {State.DETECTED, State.ERADICATED, State.VERIFIED, State.HARVESTED, State.SELF_REMOVED, State.REGROWN}
)
"""States in which poppy was found on site."""
_DECIDED = frozenset(map(str, (*second.CHOICES, "decision_withdrawn", "candidate_judged_again")))


def case(place: Place, caller: Caller, plot_id: str, season: Season, laid: Laid, language: str) -> dict[str, Any]:
    """Return what the page of a candidate tells; that somebody saw it is kept.

    Args:
        place: where it is.
        caller: who looks.
        plot_id: id or code.
        season: of the candidate.
        laid: what lies before the caller in that season.
        language: of what checks say.

    Returns:
        What :func:`eradication.pipeline.reception.views.plot` does, and ``row`` (of the season), ``again``, ``uav``,
        ``seen`` (:mod:`eradication.pipeline.clashes`), ``neighbours``, ``past`` (how often the same source was right),
        ``patrolled``. Photos and checks of a visited place may be ``left_out``.

    Raises:
        UnusableInput: ``no_such_plot``.
    """
    rows, desk = laid.rows, laid.desk
    row = next((row for row in rows if plot_id in (row["plot_id"], row["code"])), None)
    if row is None:
        raise views.no_such_plot(plot_id)
    looks.note(place, caller, [row["plot_id"]], How.PAGE)
    again = row["plot_id"] in desk.again
    answer = plot_answers.plot(place.workspace, row["plot_id"], language, looks=False, at_once=True)
    names = {row["plot_id"], *answer["aliases"]}
    spoken = clashes.spoken(place.workspace.store, names)
    by = _by(place, spoken)
    events = [
        event | {"by": by.get((event["origin"], event["number"]), "")}
        for event in answer["events"]
        if not (again and event["kind"] in _DECIDED)
    ]
    (told,) = plot_answers.listed(place.workspace, [row])["plots"]
    return answer | {
        "row": told,
        "outline": shapely.geometry.mapping(row["geometry"]),
        "seasons": [one for one in answer["seasons"] if not again or one["season"] != season.label],
        "events": events,
        "again": again,
        "uav": row["plot_id"] in desk.uav,
        "seen": clashes.last_about(spoken, names),
        "practised": practice.is_over(place, season),
        "may_take_back": not again and _may_take_back(row, desk),
        "open": row["state"] in deciding.ASSIGNABLE,
        "neighbours": _neighbours(place, caller, row, rows),
        "past": _past(rows, row),
        "patrolled": _patrolled(place, caller, row, season),
    }


def _by(place: Place, spoken: Sequence[Event]) -> dict[tuple[str, int], str]:
    """Return who decided: key of an event → name to sign in with, or the code that the command was given."""
    names = people.names(place)
    said = {event.key: str(event.payload.get("by") or "") for event in spoken if str(event.kind) in _DECIDED}
    return {key: names.get(by, by) for key, by in said.items()}


def _may_take_back(row: Row, desk: second.Desk) -> bool:
    standing = row["state"] in (State.CANDIDATE, State.DISMISSED, State.ASSIGNED)
    return standing and row["plot_id"] in desk.first


def _neighbours(place: Place, caller: Caller, row: Row, laid: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the plots around, of whatever season, the nearest first; in the states in which they lie before one."""
    shown = {(one["plot_id"], one["season"]): one["state"] for one in laid}
    lon, lat = row["lon"], row["lat"]
    box = geo.around(lon, lat, NEAR_M)
    found = [
        other for other in views.seen(place, reach.of(caller), Wanted(bbox=box)) if other["plot_id"] != row["plot_id"]
    ]
    told = [
        {
            "id": other["plot_id"],
            "code": other["code"] or other["plot_id"],
            "season": other["season"],
            "state": shown.get((other["plot_id"], other["season"]), other["state"]),
            "area_m2": other["area_m2"],
            "metres": round(geo.GEOD.inv(lon, lat, other["lon"], other["lat"])[2]),
        }
        for other in found
    ]
    near = [one for one in told if one["metres"] <= NEAR_M]
    return sorted(near, key=lambda one: (one["metres"], one["season"], one["id"]))[:MOST_NEAR]


def _past(rows: Sequence[Row], row: Row) -> dict[str, Any]:
    """Return of how many visited candidates of the same source and model poppy was found, in this season.

    These are those somebody chose to visit, not a random sample: it says how this list has done, not how good it is.
    """
    alike = [one for one in rows if (one["source"], one["model"]) == (row["source"], row["model"])]
    found = sum(State(one["state"]) in FOUND for one in alike)
    not_it = sum(one["state"] == State.REJECTED for one in alike)
    return {"found": found, "visited": found + not_it, "source": row["source"], "model": row["model"] or ""}


def _patrolled(place: Place, caller: Caller, row: Row, season: Season) -> dict[str, Any]:
    """Return how patrols covered the ground around, as coarsely and as late as others' walks are told of.

    Returns:
        ``patrols`` through the cell that holds the place (``None`` = fewer than ``least``), ``side_km``, ``until``; and
        of the commune the shares ``optical``, ``patrol``, ``none`` (``None`` where not known).
    """
    told = patrol_views.cells(place, caller, season)
    x, y = geo.transform([(row["lon"], row["lat"])], geo.WGS84, geo.UTM48)[0]
    side = told["side_km"]
    name = f"{math.floor(x / 1000 / side) * side}_{math.floor(y / 1000 / side) * side}"
    counted = {cell["cell"]: cell["patrols"] for cell in told["cells"]}
    known = covered.by_area(place.workspace, season)
    commune = next((one for one in known if one["key"] == row["commune_code"]), {})
    shares = {part: commune.get(part) for part in ("optical", "patrol", "none")}
    return shares | {"patrols": counted.get(name), **{key: told[key] for key in ("side_km", "least", "until")}}

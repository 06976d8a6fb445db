"""What a unit's people take along: the stops of today's plan, and every place that waits for a visit of theirs.

Nothing of another unit is in it. It is meant to be forgotten after some hours, wherever it was taken to: it says where
people will be.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import shapely

from eradication.domain import TIMEZONE, Season, SelectionMode, State
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection
from eradication.pipeline.plans import record
from eradication.pipeline.reception import looks, receiving
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.workspace import Workspace
from eradication.store import Row

WAITING = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.DETECTED, State.REGROWN)
"""States in which a plot waits for somebody to go there."""
MOST = 500
"""Of a list; the best first."""


def of(place: Place, caller: Caller) -> dict[str, Any]:
    """Return today's list of the caller's unit, and what its forms are sealed to.

    Raises:
        UnusableInput: ``unit_missing``: the caller is of no unit.
    """
    unit, workspace, now = caller.person.unit, place.workspace, place.now()
    if not unit:
        raise UnusableInput(
            "unit_missing",
            N_("You belong to no unit, so there is no list for you."),
            hint=N_("Ask your administrator to note your unit."),
        )
    season = workspace.season_of(now)
    planned = _planned(workspace, unit, now)
    seasons = dict.fromkeys((season, Season.of(now)))  # on simulated ground they are two
    waiting = _waiting(workspace, unit, list(seasons), {str(stop["plot_id"]) for stop in planned})
    stops = [*planned, *waiting]
    looks.note(place, caller, {stop["plot_id"] for stop in stops[:MOST]} - {""}, How.PHONE)
    return {
        "person": caller.person.person_id,
        "officers": caller.person.officer_code,
        "unit": unit,
        "device": caller.device_id,
        "recipient": receiving.recipient(place),
        "issued_at": iso(now),
        "expires_at": iso(now + timedelta(hours=workspace.settings.web.today_hours)),
        "season": season.label,
        "simulated": projection.is_simulated(workspace),
        "stops": stops[:MOST],
        "left_out": max(len(stops) - MOST, 0),
    }


def _planned(workspace: Workspace, unit: str, now: datetime) -> list[dict[str, Any]]:
    """Return the stops of the unit's plans that hold and are for today, in their order, without those it refused."""
    today = now.astimezone(TIMEZONE).date().isoformat()
    refused = {(veto.plan, veto.name) for veto in record.vetoes(workspace)}
    told = []
    for made in record.plans(workspace):
        mine = made.body["day"] == today and record.is_of(workspace, made, unit)
        if not mine or made.is_superseded or made.is_expired(now):
            continue
        told += [_stop(stop, made.id) for stop in made.stops if (made.id, record.names_of(stop)[1]) not in refused]
    return told


def _stop(stop: Mapping[str, Any], plan: str) -> dict[str, Any]:
    kind, name = record.names_of(stop)
    return {
        "kind": kind,
        "plot_id": name if kind == "plot" else "",
        "cell": name if kind == "cell" else "",
        "code": stop["code"] or name,
        "lon": stop["lon"],
        "lat": stop["lat"],
        "area_m2": stop["area_m2"],
        "selection_mode": stop["selection_mode"],
        "plan": plan,
        "order": stop["order"],
        "outline": None,
    }


def _waiting(workspace: Workspace, unit: str, seasons: Sequence[Season], planned: set[str]) -> list[dict[str, Any]]:
    """Return the places that wait, of this unit and of nobody yet; the best first.

    On simulated ground the season is one that is over: what nobody visited is practised on, and what was found out in
    practice belongs to the season of today, which tells what became of a place.
    """
    states = {*WAITING, State.EXPIRED} if projection.is_simulated(workspace) else set(WAITING)
    latest: dict[str, Row] = {}
    for season in seasons:
        for row in workspace.store.seen_by(unit).layer("plots", only={"season": (season.label,)}):
            latest[row["plot_id"]] = row
    rows = [row for name, row in latest.items() if row["state"] in states and name not in planned]
    return [_place(row) for row in sorted(rows, key=_urgency)]


def _urgency(row: Row) -> tuple[bool, bool, float, str]:
    """Put what is assigned or was found first, then what scores best; what no model can judge comes last."""
    return row["state"] == State.CANDIDATE, bool(row["outside"]), -(row["score"] or 0.0), row["plot_id"]


def _place(row: Row) -> dict[str, Any]:
    found = row["state"] in (State.DETECTED, State.REGROWN)
    mode = SelectionMode.FOLLOW_UP if found else SelectionMode.TIP if row["source"] == "tip" else SelectionMode.SCORE
    outline = row["geometry"]
    return {
        "kind": "plot",
        "plot_id": row["plot_id"],
        "cell": "",
        "code": row["code"] or row["plot_id"],
        "lon": row["lon"],
        "lat": row["lat"],
        "area_m2": row["area_m2"],
        "class": row["class"],
        "state": row["state"],
        "score": row["score"],
        "commune": row["commune"],
        "selection_mode": mode.value,
        "plan": "",
        "order": None,
        "outline": None if outline is None else shapely.geometry.mapping(outline),
    }


def plots_csv(stops: Sequence[Mapping[str, Any]]) -> str:
    """Return the places of a list as the table that ODK offers for choosing: ``name,label``."""
    lines = ["name,label"]
    for stop in stops:
        if stop["plot_id"]:
            label = f"{stop['code']} {stop.get('commune') or ''}".strip()
            lines.append(",".join('"' + text.replace('"', '""') + '"' for text in (stop["plot_id"], label)))
    return "\n".join(lines) + "\n"

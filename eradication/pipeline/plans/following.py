"""What became of a plan: listed and shown to its unit, and what was walked beside what was planned."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shapely.geometry import Point

from eradication import effort, geo
from eradication.domain import Outcome, Season
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.effort import passed
from eradication.effort.lines import Lines, join
from eradication.history import History
from eradication.pipeline import projection, units
from eradication.pipeline.plans import record, shown
from eradication.pipeline.plans.record import PLOT, UNSAFE, Made
from eradication.pipeline.plans.searched import of_lines, patrols
from eradication.pipeline.walks import Walks, recorded, walks
from eradication.pipeline.workspace import Workspace

DAY = timedelta(days=1)


def listed(workspace: Workspace, unit: str = "", now: datetime | None = None) -> dict[str, Any]:
    """Return the plans of a unit, or of all, without a single place: who plans is no secret, where is.

    Raises:
        UnusableInput: ``unknown_unit``.
    """
    moment = now or datetime.now(UTC)
    code = units.on_record(workspace, unit)
    mine = [made for made in record.plans(workspace) if not code or record.is_of(workspace, made, code)]
    refused = record.vetoes(workspace)
    rows = [record.header(one, moment) | {"vetoed": sum(v.plan == one.id for v in refused)} for one in mine]
    return {"unit": code, "plans": rows, "simulated": projection.is_simulated(workspace)}


def show(workspace: Workspace, name: str, unit: str, now: datetime | None = None) -> dict[str, Any]:
    """Return a plan to its unit; after its hours without its places, unless it was walked.

    Raises:
        UnusableInput: ``unknown_unit``, ``unknown_plan``.
    """
    moment = now or datetime.now(UTC)
    made = record.asked_for(workspace, name, unit)
    was_walked = bool(patrols_of(workspace, made))
    answer = shown.shown(made, moment, was_walked=was_walked)
    refused = [veto for veto in record.vetoes(workspace) if veto.plan == made.id]
    rows: list[dict[str, Any]] = [{"order": v.order, "reason": UNSAFE} for v in refused]
    if not answer["hidden"]:
        rows = [{"order": v.order, "kind": v.kind, "stop": v.name, "reason": UNSAFE} for v in refused]
    about = {"walked": was_walked, "vetoed": rows, "about": NO_PERSONS, "caution": NO_ACCUSATION}
    return answer | about | {"simulated": projection.is_simulated(workspace)}


def walked(workspace: Workspace, name: str, unit: str, now: datetime | None = None) -> dict[str, Any]:
    """Return what a unit walked on the day of a plan beside what was planned.

    A plan that was never walked is told without its places once it has expired.

    What is walked to search the cells of the plan is its own number on both sides: ``search_km`` is planned as the
    metres that p rests on, and walked as those inside these cells. Planned, ``km`` is the way alone and ``all_km`` both
    together, to be compared with the ``km`` of the walk, which are all of it.

    Reached is a plot that the walk passed within the strip, or that the unit visited that day, and a cell that the walk
    searched. The rest was not reached; what was vetoed says so.

    Planned, ``planned_hours`` are those on foot and at the stops, and ``hours`` those that were granted. Where ``why``
    says that there is no track, the figures of the walk are nothing but 0, and nobody knows what was reached; a stop
    that a visit reached is known.

    Raises:
        UnusableInput: ``unknown_plan``, ``unknown_unit``.
    """
    made = record.asked_for(workspace, name, unit)
    season, begins = _season(made), made.event.happened_at
    taken = walks(workspace, season)
    mine = patrols(workspace, taken, {made.unit}, begins, begins + DAY)
    lines = join(taken.lines[str(one["id"])] for one in mine)
    summary = effort.summarise(mine, season=season)
    hidden = not mine and made.is_expired(now or datetime.now(UTC))
    stops = _reached(workspace, made, taken, lines)
    p = [stop["walked_p"] for stop in stops if stop["walked_p"] is not None]
    metres = [stop["walked_m"] for stop in stops if stop["walked_m"] is not None]
    return {
        "plan": made.id,
        "unit": made.unit,
        "day": made.body["day"],
        "planned": _planned(made),
        "walked": {
            "patrols": summary.patrols,
            "km": round(summary.km, 2),
            "search_km": round(sum(metres) / 1000, 2),
            "hours": round(summary.hours, 2),
            "stops": sum(stop["reached"] for stop in stops),
            "walked_p": round(sum(p), 4),
        },
        "stops": [] if hidden else stops,
        "why": "" if mine else "no_track",
        "hidden": hidden,
        "about": NO_PERSONS,
        "caution": NO_ACCUSATION,
        "simulated": projection.is_simulated(workspace),
    }


def _planned(made: Made) -> dict[str, Any]:
    body, search = made.body, made.search_m
    way = body["length_m"]
    told = {"km": round(way / 1000, 2), "search_km": None, "all_km": None, "hours": body["hours"]}
    if search is not None:
        told |= {"search_km": round(search / 1000, 2), "all_km": round((way + search) / 1000, 2)}
    minutes = body["walking_minutes"] + body["service_minutes"]
    told |= {"stops": len(made.stops), "minutes": round(minutes), "planned_hours": round(minutes / 60, 4)}
    return told | {name: body[name] for name in ("expected_m2", "planned_p")}


def patrols_of(workspace: Workspace, made: Made) -> list[str]:
    """Return the ids of the unit's patrols that began on the day of a plan and count as effort."""
    begins = made.event.happened_at
    found = patrols(workspace, recorded(workspace, _season(made)), {made.unit}, begins, begins + DAY)
    return [str(one["id"]) for one in found]


def _season(made: Made) -> Season:
    return Season.parse(str(made.body["season"]))


def _reached(workspace: Workspace, made: Made, taken: Walks, lines: Lines) -> list[dict[str, Any]]:
    """Return every stop of the plan, in its order, and whether it was reached."""
    history = projection.replayed(workspace)
    refused = {veto.name for veto in record.vetoes(workspace) if veto.plan == made.id}
    by_visit = _visited(workspace, made, history)
    names = [record.names_of(stop)[1] for stop in made.stops if stop["kind"] != PLOT]
    searched = of_lines(workspace, _season(made), taken, lines, names) if names else {}
    near = dict(zip(range(len(made.stops)), _passed(workspace, made, history, lines), strict=True))
    rows = []
    for number, stop in enumerate(made.stops):
        kind, name = record.names_of(stop)
        p, metres = searched.get(name, (None, None))
        reached = near[number] or name in by_visit if kind == PLOT else bool(p)
        rows.append(
            {
                "order": stop["order"],
                "kind": kind,
                kind: name,
                "code": stop["code"],
                "selection_mode": stop["selection_mode"],
                "reached": reached,
                "reason": "" if reached else UNSAFE if name in refused else "not_reached",
                "planned_p": stop["search_p"],
                "walked_p": None if p is None else round(p, 4),
                "planned_m": stop.get("search_m"),
                "walked_m": None if metres is None else round(metres),
            }
        )
    return rows


def _passed(workspace: Workspace, made: Made, history: History, lines: Lines) -> list[bool]:
    """Tell of each stop whether the walk passed it within the strip of open ground; cells are asked otherwise."""
    shapes = []
    for stop in made.stops:
        plot = history.plot(str(stop[PLOT])) if stop["kind"] == PLOT else None
        shape = Point(stop["lon"], stop["lat"]) if plot is None else plot.geometry
        shapes.append(geo.project(shape, geo.WGS84, geo.UTM48))
    within = workspace.settings.effort.strip_open_m
    hit: list[bool] = passed.passed(shapes, lines, within).tolist()
    return hit


def _visited(workspace: Workspace, made: Made, history: History) -> set[str]:
    """Return the plots that the unit visited on the day, by any id they bear."""
    table, begins = units.tables_of(workspace), made.event.happened_at
    found: set[str] = set()
    for visit in history.recorded:
        same = table.comparable(visit.unit) == table.comparable(made.unit)
        if same and begins <= visit.visited_at < begins + DAY and visit.outcome is not Outcome.NOT_REACHED:
            plot = history.plot(visit.plot_id)
            found |= {visit.plot_id, *((plot.id, *plot.aliases) if plot else ())}
    return found


def effort_planned(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Any]:
    """Return planned effort of a season, to stand beside what was walked: plans that were not replaced.

    Returns:
        ``total`` and by ``units``: ``plans, km, search_km, hours, stops, random, vetoed``; ``km`` are those of the way,
        ``search_km`` those inside cells to search them; hours are those a patrol is out, at its stops and under way.
    """
    mine = [made for made in record.plans(workspace, season, as_of) if not made.is_superseded]
    refused = [veto.plan for veto in record.vetoes(workspace, as_of)]
    by_unit: dict[str, list[Made]] = {}
    for made in mine:
        by_unit.setdefault(made.unit, []).append(made)
    rows = [{"unit": unit} | _sum(by_unit[unit], refused) for unit in sorted(by_unit)]
    return {"total": _sum(mine, refused), "units": rows}


def _sum(plans: Sequence[Made], refused: Sequence[str]) -> dict[str, Any]:
    bodies: list[Mapping[str, Any]] = [made.body for made in plans]
    minutes = sum(body["walking_minutes"] + body["service_minutes"] for body in bodies)
    ids = {made.id for made in plans}
    return {
        "plans": len(bodies),
        "km": round(sum(body["length_m"] for body in bodies) / 1000, 2),
        "search_km": round(sum(made.search_m or 0 for made in plans) / 1000, 2),
        "hours": round(minutes / 60, 2),
        "stops": sum(len(body["stops"]) for body in bodies),
        "random": sum(stop["selection_mode"] == "random" for body in bodies for stop in body["stops"]),
        "vetoed": sum(plan in ids for plan in refused),
    }

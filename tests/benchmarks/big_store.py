"""A store as ten seasons of a whole province would fill it, simulated: made for speed, never for what it says.

Per plot two seasons of five events each: proposed, assigned, detected, destroyed, verified; some stay candidates, some
are rejected. Everything is written by the store's own transactions, as the commands write it.
"""

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

import numpy as np
import shapely

from eradication.domain import (
    AreaMethod,
    Candidate,
    EventKind,
    Fixes,
    Json,
    Outcome,
    Patrol,
    ScoreKind,
    Season,
    Visit,
)
from eradication.geo import disc
from eradication.history import Followed
from eradication.history.naming import plot_id_of
from eradication.history.payload import visit_json
from eradication.pipeline import journal, main_path, projection
from eradication.pipeline.workspace import Workspace

PLOTS, EVENTS, FIXES, PATROLS = 50_000, 500_000, 1_000_000, 2_000
"""The whole size; every number is taken times the share asked for."""
FIRST_YEAR, SEASONS = 2016, 10
UNITS = [f"BP{n:02d}" for n in range(1, 7)] + [f"CA{n:02d}" for n in range(1, 7)]
WEST, SOUTH, EAST, NORTH = 103.3, 20.7, 104.9, 21.9
AT_ONCE = 20_000

type Said = tuple[EventKind, datetime, dict[str, Json]]


def fill(workspace: Workspace, share: float, seed: int = 0) -> dict[str, int]:
    """Fill a new workspace with ``share`` of the whole size, all but what is kept of a replay.

    Returns how many plots, events and fixes there are.
    """
    rng = np.random.default_rng(seed)
    main_path.found_workspace(workspace)
    communes = projection.units_on(workspace)
    with workspace.store.transaction() as transaction:
        transaction.add_units(_drawn(communes), [])
    plots, patrols = round(PLOTS * share), round(PATROLS * share)
    for some in batched(_histories(plots, rng), AT_ONCE):
        with workspace.store.transaction() as transaction:
            for kind, at, body in some:
                transaction.append(kind, at, body)
    each = round(FIXES * share / patrols)
    for some in batched(range(patrols), 200):
        with workspace.store.transaction() as transaction:
            for number in some:
                patrol = _patrol(number, each, rng)
                transaction.add_tracks(patrol)
                body: dict[str, Json] = {"patrol": journal.patrol_summary(patrol), "simulated": False, "facts": {}}
                transaction.append(EventKind.PATROL_RECORDED, patrol.start or datetime.now(), body)
    return {"plots": plots, "events": len(workspace.store.events(kinds=list(EventKind))), "fixes": each * patrols}


def _drawn(communes: list[Any]) -> Iterator[Any]:
    """Give communes outlines of 1 000 corners each, side by side."""
    columns = 15
    wide, high = (EAST - WEST) / columns, (NORTH - SOUTH) / -(-len(communes) // columns)
    for number, unit in enumerate(communes):
        west, south = WEST + number % columns * wide, SOUTH + number // columns * high
        outline = shapely.segmentize(shapely.box(west, south, west + wide, south + high), (wide + high) / 500)
        yield dataclasses.replace(
            unit, geometry=outline, approximate=False, source="simulated", valid_from=date(2015, 1, 1), valid_to=None
        )


def _histories(plots: int, rng: np.random.Generator) -> Iterator[Said]:
    lons, lats = rng.uniform(WEST, EAST, plots), rng.uniform(SOUTH, NORTH, plots)
    areas = np.clip(rng.lognormal(np.log(300.0), 0.9, plots), 15.0, 20_000.0)
    first = rng.integers(FIRST_YEAR, FIRST_YEAR + SEASONS - 1, plots)
    second = first + rng.integers(1, FIRST_YEAR + SEASONS - first)
    fates = rng.random((plots, 2))
    for number in range(plots):
        at = float(lons[number]), float(lats[number])
        for turn, year in enumerate((int(first[number]), int(second[number]))):
            yield from _season(number, Season(year), (at, float(areas[number])), float(fates[number, turn]), turn == 0)


def _season(
    number: int, season: Season, place: tuple[tuple[float, float], float], fate: float, founding: bool
) -> Iterator[Said]:
    at, area = place
    unit, other = UNITS[number % 12], UNITS[(number + 5) % 12]
    seen = datetime.combine(season.first_day, datetime.min.time()).astimezone() + timedelta(days=120)
    plot, code = plot_id_of(f"c{number}"), f"SL-{number:06d}"
    drawn = shapely.box(at[0], at[1], at[0] + 2e-4, at[1] + 2e-4)
    name = f"c{number}" if founding else f"c{number}-{season.start_year}"
    candidate = Candidate(
        name, season, drawn, at[0], at[1], round(0.3 + 0.7 * fate, 4), ScoreKind.RULE, area, season.label, "rules", 9
    )
    yield EventKind.CANDIDATE_PROPOSED, seen, journal.of_candidate(Followed(candidate, plot, founding), code)
    told = {"plot_id": plot, "season": season.label, "unit": unit, "by": "A1"}
    yield EventKind.PLOT_ASSIGNED, seen + timedelta(days=1), dict(told)
    if fate < 0.2:
        for days in (2, 3, 4):
            yield EventKind.PLOT_ASSIGNED, seen + timedelta(days=days), dict(told)
        return
    searched = [Outcome.NOT_REACHED, Outcome.NOT_REACHED, Outcome.REJECTED]
    outcomes = searched if fate < 0.3 else [Outcome.DETECTED, Outcome.ERADICATED, Outcome.VERIFIED]
    for turn, outcome in enumerate(outcomes):
        who = other if outcome is Outcome.VERIFIED else unit
        row = Visit(
            visit_id=f"{number}-{season.start_year}-{turn}",
            unit=who,
            officers=(f"{who}-1", f"{who}-2"),
            visited_at=seen + timedelta(days=5 + 7 * turn),
            outcome=outcome,
            lon=at[0],
            lat=at[1],
            plot_id=plot,
            area_m2=area if outcome is Outcome.DETECTED else None,
            area_method=AreaMethod.TAPE if outcome is Outcome.DETECTED else None,
            destroyed_fraction=1.0 if outcome in (Outcome.ERADICATED, Outcome.VERIFIED) else None,
        )
        body: dict[str, Json] = {"visit": visit_json(row), "plot_id": plot, "founding": False, "code": ""}
        if outcome is Outcome.DETECTED and number % 3 == 0:
            body["geometry"] = dict(shapely.geometry.mapping(disc(*at, area)))
        yield EventKind.VISIT_RECORDED, row.visited_at, body | {"ambiguous_with": [], "checks": [], "sha256": "0" * 64}


def _patrol(number: int, fixes: int, rng: np.random.Generator) -> Patrol:
    season = Season(FIRST_YEAR + number % SEASONS)
    start = datetime.combine(season.first_day, datetime.min.time()).astimezone() + timedelta(days=110 + number % 90)
    steps = rng.normal(0, 8e-5, (2, fixes)).cumsum(axis=1)
    lon, lat = rng.uniform(WEST, EAST) + steps[0], rng.uniform(SOUTH, NORTH) + steps[1]
    walked = Fixes(
        lon=lon,
        lat=lat,
        ele_m=np.full(fixes, 900.0, "f4"),
        time_s=start.timestamp() + 15.0 * np.arange(fixes),
        accuracy_m=np.full(fixes, 5.0, "f4"),
        hdop=np.full(fixes, 1.0, "f4"),
        mark=np.zeros(fixes, "u1"),
    )
    km = float(np.hypot(np.diff(lon), np.diff(lat)).sum() * 104.0)
    cells = {
        start.date().isoformat(): sorted({f"{int(x * 104)}_{int(y * 111)}" for x, y in zip(lon, lat, strict=True)})
    }
    end = start + timedelta(seconds=15 * fixes)
    unit = UNITS[number % 12]
    return Patrol(
        f"w{number}", unit, "", start, end, km, fixes / 240, {}, (walked,), (), cells, "track", (), f"w{number}"
    )


TABLE = """visit_id,unit,visited_at,outcome,lon,lat,area_m2,area_method,officers
{id},BP01,2026-01-20T09:00:00+07:00,detected,{lon},{lat},250,tape,S1;S2
"""


def one_visit(number: int) -> str:
    """Return a table with one visit that founds a plot."""
    return TABLE.format(id=f"new{number}", lon=103.5 + number / 1000, lat=21.0)

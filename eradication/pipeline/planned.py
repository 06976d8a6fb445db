"""Unflagged cells drawn at random for a patrol to walk: the draw is a record, asked again it is the same.

Loaded late: it brings rasterio.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eradication import geo, planning
from eradication.domain import TIMEZONE, Event, EventKind, Json, Season, SelectionMode
from eradication.domain.event import canonical
from eradication.effort.strips import SUBCELL_M
from eradication.errors import N_, UnusableInput
from eradication.pipeline import ahead, carrying, cells, projection
from eradication.pipeline.cells import Frame
from eradication.pipeline.workspace import Workspace, disk_errors_explained

NEAR_WEIGHT = 3.0
"""How many times as densely cells near earlier plots are drawn; what it does to the bound is accounted for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of ``plan``."""

    unit: str
    """Code of the unit that will walk."""
    day: datetime
    """First instant of the day from which the draw holds, aware."""
    cells: int
    """Cells to be drawn; 0 = none were asked for."""
    season: Season | None = None
    """``None`` = that of the day."""
    seed: int = 0
    communes: Sequence[str] = ()
    """Codes of the communes the unit answers for; empty = the whole province."""


def plan(workspace: Workspace, wish: Wish, out: Path | None = None) -> dict[str, Any]:
    """Draw unflagged cells and put the draw on record; the same wish gives the draw it gave before.

    Cells drawn earlier in the season are not drawn again.

    Args:
        workspace: its communes, plots and candidates.
        wish: for whom, from when, how many.
        out: .gpx, .csv or .gpkg file for the patrol to write as well.

    Raises:
        UnusableInput: ``cells_missing``, ``unit_missing``, ``other_season``, ``unknown_season``, ``unknown_commune``,
            ``no_cells``, and those of a file that cannot be written.
    """
    season = _checked(wish)
    ahead.check_plannable(season)
    if out is not None:
        from eradication.report import cells as files

        carrying.check_place(workspace, out, *files.WRITERS)
    asked = _asked(wish, season)
    body = _recorded(workspace, asked)
    if body is None:
        body = _drawn(workspace, wish, season, asked)
        with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
            transaction.append(EventKind.CELLS_DRAWN, wish.day, body)
    answer = told(body) | {"simulated": projection.is_simulated(workspace), "written": []}
    if out is not None:
        with disk_errors_explained(out):
            files.write(answer["routes"][0]["stops"], out, draw=answer["draw"], simulated=bool(answer["simulated"]))
        answer["written"] = [str(out)]
    return answer


def _checked(wish: Wish) -> Season:
    if wish.cells < 1:
        raise UnusableInput(
            "cells_missing",
            N_("How long the patrol is out, or how many cells are to be drawn, has to be said."),
            hint=N_("--hours 8 plans a day with its route; --cells 10 only draws cells for a patrol to walk."),
        )
    if not wish.unit.strip():
        raise UnusableInput("unit_missing", N_("A plan is made for one unit."), hint=N_("Name its code: --unit BP01"))
    season = wish.season or Season.of(wish.day)
    if Season.of(wish.day) != season:
        raise UnusableInput(
            "other_season",
            N_("{day} is not in season {season}."),
            hint=N_("Leave --season out, or name a day in it with --date."),
            values={"day": wish.day.astimezone(TIMEZONE).date().isoformat(), "season": season.label},
        )
    return season


def _asked(wish: Wish, season: Season) -> dict[str, Json]:
    return {
        "season": season.label,
        "unit": wish.unit.strip(),
        "day": wish.day.astimezone(TIMEZONE).date().isoformat(),
        "asked": wish.cells,
        "seed": wish.seed,
        "asked_communes": [*sorted(set(wish.communes))],
    }


def draws(workspace: Workspace, season: Season, as_of: datetime | None = None) -> list[Event]:
    """Return the draws of cells of a season recorded until ``as_of`` (default: now), in the order of recording."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.CELLS_DRAWN])
    mine = [event for event in events if event.payload["season"] == season.label]
    mine.sort(key=lambda event: (event.recorded_at, *event.key))
    # Recorded twice, on two laptops say, a draw is one draw: its name is that of its content.
    return list({event.payload["draw"]: event for event in reversed(mine)}.values())[::-1]


def _recorded(workspace: Workspace, asked: Mapping[str, Json]) -> dict[str, Json] | None:
    for event in draws(workspace, Season.parse(str(asked["season"]))):
        # What a plan of a day drew is another draw, though unit, day and seed may be the same.
        if "reach" not in event.payload and all(event.payload[name] == value for name, value in asked.items()):
            return dict(event.payload)
    return None


def _drawn(workspace: Workspace, wish: Wish, season: Season, asked: dict[str, Json]) -> dict[str, Json]:
    found = cells.frame(workspace, season, projection.replayed(workspace), wish.communes)
    before = [c["cell"] for event in draws(workspace, season) for c in event.payload["cells"]]
    free = ~np.isin(found.cells, [cells.number_of(name) for name in before])
    if not free.any():
        raise UnusableInput(
            "no_cells",
            N_("There is no cell left to draw from in season {season}."),
            hint=N_("Cells that candidates or plots touch, and those drawn before, are not drawn."),
            values={"season": season.label},
        )
    sizes = np.bincount(found.stratum[free], minlength=len(found.strata))
    counts = allocation(sizes.tolist(), [_weight(name) for name in found.strata], wish.cells)
    # Who asks for another day or unit gets other cells, without having to think of another seed.
    seed = int.from_bytes(hashlib.sha256(canonical(asked)).digest()[:8])
    rows: list[Json] = []
    for number, (name, count) in enumerate(zip(found.strata, counts, strict=True)):
        frame = np.flatnonzero(free & (found.stratum == number))
        if count:
            chosen, odds = planning.draw(np.ones(len(frame)), count, seed + number)
            rows += [_row(found, int(frame[k]), name, float(odds[k])) for k in chosen]
    strata: list[Json] = [
        {"name": name, "N": int(size), "n": count}
        for name, size, count in zip(found.strata, sizes, counts, strict=True)
        if size
    ]
    body: dict[str, Json] = {
        "frame": "cells",
        **asked,
        "communes": [unit.code for unit in found.units],
        "flagged": len(found.flagged),
        "N": int(free.sum()),
        "n": sum(counts),
        "strata": strata,
        "cells": rows,
    }
    return {"draw": hashlib.sha256(canonical(body)).hexdigest()[:16]} | body


def _weight(stratum: str) -> float:
    return NEAR_WEIGHT if stratum.startswith(cells.NEAR) else 1.0


def _row(found: Frame, at: int, stratum: str, odds: float) -> dict[str, Json]:
    unit = found.units[int(found.commune[at])]
    name = cells.name_of(int(found.cells[at]))
    return {"cell": name, "commune": unit.code, "stratum": stratum, "inclusion_prob": round(odds, 12)}


def allocation(sizes: Sequence[int], weights: Sequence[float], count: int) -> list[int]:
    """Return how many cells are drawn from each stratum: by size times weight, at least one, at most all of it.

    Args:
        sizes: cells in each stratum.
        weights: how densely each is drawn, relative to the others.
        count: cells to draw in all; at most all there are are drawn.
    """
    size = np.array(sizes, float)
    exact = planning.inclusion(size * np.array(weights), 1) * count
    given = np.minimum(np.maximum(np.floor(exact), size > 0), size)
    while given.sum() > min(count, size.sum()) and (given > 1).any():
        given[np.argmax(np.where(given > 1, given - exact, -np.inf))] -= 1
    while given.sum() < min(count, size.sum()):
        given[np.argmax(np.where(given < size, exact - given, -np.inf))] += 1
    if given.sum() > count:  # fewer cells than strata: the largest get one
        given = np.zeros(len(size))
        given[np.argsort(-exact, kind="stable")[:count]] = 1
    return [int(n) for n in given]


def told(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draw as ``plan`` answers it."""
    stops = []
    for row in body["cells"]:
        east, north = (float(part) for part in row["cell"].split("_"))
        half = SUBCELL_M / 2
        ((lon, lat),) = geo.transform([(east + half, north + half)], geo.UTM48, geo.WGS84)
        place = {"lon": round(lon, 6), "lat": round(lat, 6), "selection_mode": SelectionMode.RANDOM.value}
        stops.append(dict(row) | place)
    frame = {name: body[name] for name in ("season", "day", "seed", "communes", "flagged", "N", "n", "strata")}
    return {
        "draw": body["draw"],
        "routes": [{"unit": body["unit"], "hours": None, "stops": stops}],
        "frame": {"kind": body["frame"], **frame},
    }


def since(event: Event, *, simulated: bool) -> datetime:
    """Return from when walks and finds count for a draw.

    On real ground that is when the draw was put on record, whatever day was named for it; simulated seasons, which are
    never today, go by that day.
    """
    return event.happened_at if simulated else max(event.happened_at, event.recorded_at).astimezone(UTC)

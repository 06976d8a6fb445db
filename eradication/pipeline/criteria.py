"""The criterion "no drugs" of each commune and, where their places are known, of each village."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import shapely
from shapely.geometry import Point

from eradication import geo
from eradication.domain import AdminUnit, Season
from eradication.ledger import Entry, Side
from eradication.ledger.criterion import Place, judged
from eradication.ledger.rows import Line, lines
from eradication.pipeline import covered, facts, projection
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.workspace import Workspace

VILLAGES_SOURCE = "villages"


def told(
    workspace: Workspace,
    season: Season,
    as_of: datetime | None = None,
    vintage: date | None = None,
    teller: Teller | None = None,
) -> dict[str, Any]:
    """Return the verdict on every commune, and on every village whose place was entered with `facts import`.

    The ground of a village is what lies nearer to its point than to any other village's of the commune. A plot that
    lies in several communes speaks against each of them, and its area is divided as the ledger divides it; of villages
    the one that holds its centre has it whole. ``teller`` is whoever already tells of all units, if there is one.
    """
    teller = teller or Teller(workspace, Question(season, as_of=as_of, vintage=vintage))
    entries = teller.entries(teller.replay.episodes)
    mine = [entry for entry in entries if entry.season == season and entry.side is Side.INSIDE]
    places = {(e.plot.id, e.season): geo.centre(e.ground) for e in teller.replay.episodes}
    communes = projection.units_on(workspace, vintage, as_of)
    villages = village_grounds(workspace, communes, projection.day_of(vintage, as_of), as_of)
    seen = _seen(covered.by_area(workspace, season, communes, as_of))
    near = _seen(covered.by_area(workspace, season, villages, as_of)) if villages else {}
    least = workspace.settings.ledger.least_seen
    by_commune: dict[str, list[Line]] = {}
    for line in lines(mine, "commune", str):
        by_commune.setdefault(line.key, []).append(line)
    return {
        "season": season.label,
        "least_seen": least,
        "communes": [
            judged(
                Place(unit.code, unit.name, unit.code, seen.get(unit.code)),
                by_commune.get(unit.code, []),
                least,
            )
            for unit in communes
        ],
        "villages": [_village(unit, near, mine, places, least) for unit in villages],
        "simulated": projection.is_simulated(workspace, as_of),
    }


def _village(
    unit: AdminUnit,
    near: Mapping[str, float | None],
    mine: Sequence[Entry],
    places: Mapping[tuple[str, Season], tuple[float, float]],
    least: float,
) -> dict[str, Any]:
    inside = [entry for entry in mine if _holds(unit, places[entry.plot_id, entry.season])]
    commune = unit.code.partition("/")[0]
    return judged(Place(unit.code, unit.name, commune, near.get(unit.code)), lines(inside, "total", str), least)


def _holds(unit: AdminUnit, place: tuple[float, float]) -> bool:
    return unit.geometry is not None and bool(shapely.intersects(unit.geometry, Point(place)))


def _seen(rows: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    return {str(row["key"]): None if row["none"] is None else round(1.0 - row["none"], 4) for row in rows}


def village_grounds(
    workspace: Workspace, communes: Sequence[AdminUnit], day: date, as_of: datetime | None
) -> list[AdminUnit]:
    """Return the grounds of villages whose places are known, as units of their own."""
    known: dict[str, list[dict[str, Any]]] = {}
    for row in facts.villages_on(workspace, day, as_of):
        if row["lon"] is not None and row["of_vintage"]:
            known.setdefault(str(row["commune"]), []).append(row)
    outlines = {unit.code: unit for unit in communes if unit.geometry is not None}
    return [part for code, rows in sorted(known.items()) if code in outlines for part in _parts(outlines[code], rows)]


def _parts(commune: AdminUnit, rows: Sequence[dict[str, Any]]) -> list[AdminUnit]:
    assert commune.geometry is not None
    points = sorted({(float(row["lon"]), float(row["lat"])) for row in rows})
    ground = geo.project(commune.geometry, geo.WGS84, geo.UTM48)
    cells = [ground]
    if len(points) > 1:
        flat = shapely.MultiPoint(geo.transform(points, geo.WGS84, geo.UTM48))
        drawn = shapely.get_parts(shapely.voronoi_polygons(flat, extend_to=ground, ordered=True))
        cells = [shapely.intersection(cell, ground) for cell in drawn]
    by_point = {point: geo.project(cell, geo.UTM48, geo.WGS84) for point, cell in zip(points, cells, strict=True)}
    return [
        AdminUnit(
            code=f"{commune.code}/{row['village']}",
            name=str(row["village"]),
            valid_from=commune.valid_from,
            valid_to=commune.valid_to,
            geometry=by_point[float(row["lon"]), float(row["lat"])],
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            area_km2=None,
            approximate=True,
            source=VILLAGES_SOURCE,
        )
        for row in rows
    ]

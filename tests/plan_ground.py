"""Three kilometres of simulated ground for plans: one commune, heights, two posts, some candidates."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import worlds
from shapely.geometry import box

from eradication import geo, history
from eradication.config import Settings
from eradication.domain import TIMEZONE, AdminUnit, EventKind, NotReachedReason, Plot, Season
from eradication.history.payload import visit_json
from eradication.pipeline import main_path
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.journal import of_candidate
from eradication.pipeline.plans.wish import Patrol, Wish
from eradication.pipeline.workspace import Workspace, created, settings_for

WEST, SOUTH, SIDE_M = 470_000.0, 2_300_000.0, 3000.0
SEASON = Season(2025)
"""It is over: what was walked in it lies in the past."""
DAY = datetime(2026, 2, 10, tzinfo=TIMEZONE)
"""When poppy is in flower."""
NOW = datetime(2026, 2, 9, 1, 0, tzinfo=UTC)
"""The day before."""
UNITS = ("BP01", "BP02")


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return a place so many metres east and north of the south-west corner."""
    (found,) = geo.transform([(WEST + x, SOUTH + y)], geo.UTM48, geo.WGS84)
    return found


POSTS = {"BP01": lonlat(1000, 1500), "BP02": lonlat(2200, 1500)}
PLACES = [lonlat(400 + 240 * k, 800 + 300 * (k % 5)) for k in range(10)]
"""Of candidates."""


def heights(folder: Path, rise_m: float = 0.0) -> Path:
    """Write heights: a slope that rises to the north-east."""
    path, size = folder / "heights.tif", 50.0
    count = round(SIDE_M / size) + 20
    rows, columns = np.mgrid[0:count, 0:count]
    values = (600 + rise_m + 0.06 * size * (columns + (count - rows))).astype(np.float32)
    place = rasterio.Affine(size, 0, WEST - 10 * size, 0, -size, SOUTH + SIDE_M + 10 * size)
    kinds = {"crs": f"EPSG:{geo.UTM48}", "transform": place, "dtype": "float32"}
    with rasterio.open(path, "w", driver="GTiff", width=count, height=count, count=1, **kinds) as file:
        file.write(values, 1)
    return path


def settings(folder: Path, rise_m: float = 0.0, **plan: Any) -> Settings:
    """Settings with heights and posts; fewer plots are believed in, as the ground is small."""
    base = settings_for("Sơn La", language="en", season=SEASON)
    (folder / "posts.csv").write_text(
        "unit,lon,lat\n" + "".join(f"{unit},{lon:.6f},{lat:.6f}\n" for unit, (lon, lat) in POSTS.items())
    )
    return replace(
        base,
        terrain=replace(base.terrain, dem=str(heights(folder, rise_m))),
        plan=replace(base.plan, posts=str(folder / "posts.csv"), **plan),
        risk=replace(base.risk, plots=4.0),
    )


@contextmanager
def planned_ground(folder: Path, candidates: int = 10, **plan: Any) -> Iterator[Workspace]:
    """An open workspace of the ground, with candidates of a rule."""
    folder.mkdir(exist_ok=True)
    with created(folder / "office", settings(folder, **plan)) as workspace:
        outline = geo.project(box(WEST, SOUTH, WEST + SIDE_M, SOUTH + SIDE_M), geo.UTM48, geo.WGS84)
        commune = AdminUnit("04048", "Xã Vân Hồ", date(2025, 7, 1), None, outline, *POSTS["BP01"], None, False, "test")
        seen = datetime(2026, 1, 10, tzinfo=UTC)
        with workspace.store.transaction() as transaction:
            transaction.add_units([commune], [])
            run = {"run": "run-1", "season": SEASON.label, "model": "rules"}
            transaction.append(EventKind.RUN_FINISHED, seen, run)
            for body in proposals(candidates):
                transaction.append(EventKind.CANDIDATE_PROPOSED, seen, body)
            for unit in UNITS:  # they went out before, elsewhere: so they are on record
                transaction.append(EventKind.VISIT_RECORDED, seen, _visit(unit, seen))
        yield workspace


def proposals(count: int) -> Iterator[dict[str, Any]]:
    """Give what a run says of candidates of different size and score."""
    known: list[Plot] = []
    for number, place in enumerate(PLACES[:count]):
        found = worlds.candidate(f"c{number}", place, 500.0 + 40 * number, 0.62 + 0.03 * number)
        (followed,) = history.follow(known, [replace(found, season=SEASON)], worlds.SETTINGS)
        yield of_candidate(followed, f"VH-26-{number + 1:03}")


def _visit(unit: str, when: datetime) -> dict[str, Any]:
    why = NotReachedReason.WEATHER
    away = worlds.east(60_000.0, POSTS["BP01"])
    row = worlds.visit("not_reached", away, visit_id=f"v-{unit}", unit=unit, visited_at=when, not_reached_reason=why)
    placed = history.place_visit(row, [], worlds.SETTINGS)
    told = {"plot_id": placed.plot_id, "founding": placed.founding, "code": f"XX-26-{unit}", "ambiguous_with": []}
    return {"visit": visit_json(row), **told}


def wish(*units: str, hours: float = 3.0, day: datetime = DAY, **more: Any) -> Wish:
    """Ask for a plan of units, BP01 if none is named."""
    return Wish(tuple(Patrol(unit) for unit in units or ("BP01",)), day, hours, **more)


def later(days: float) -> datetime:
    """Return a moment after :data:`NOW`."""
    return NOW + timedelta(days=days)


def walk(office: Workspace, route: Mapping[str, Any], tmp_path: Path) -> None:
    """Walk the way of a plan at an even pace."""
    points = [row[:2] for row in route["way"]]
    metres = np.array(geo.transform([tuple(p) for p in points], geo.WGS84, geo.UTM48))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])
    at = np.arange(0, along[-1], 15.0)
    fine = np.column_stack([np.interp(at, along, metres[:, k]) for k in (0, 1)])
    began = datetime(2026, 2, 10, 0, 30, tzinfo=UTC)
    rows = ""
    for k, (lon, lat) in enumerate(geo.transform([tuple(p) for p in fine], geo.UTM48, geo.WGS84)):
        time = f"{began + timedelta(seconds=15 * k):%Y-%m-%dT%H:%M:%SZ}"
        rows += f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{time}</time></trkpt>'
    file = tmp_path / "walk.gpx"
    file.write_text(f'<gpx version="1.1"><trk><trkseg>{rows}</trkseg></trk></gpx>')
    main_path.record_patrols(office, [file], PatrolOptions(unit=route["unit"]))

"""A season that ended years ago, small and complete: walks with finds, drawn cells, a run, photos, a closed period."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import photo_factory
import rasterio
from shapely.geometry import box

from eradication import geo
from eradication.config import Settings
from eradication.domain import AdminUnit, EventKind, Period, Season
from eradication.i18n import translator
from eradication.pipeline import main_path, periods, photos, planned, settings_for
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.workspace import Workspace

SEASON = Season(2022)
PERIOD = Period(2023, 1)
HERE = (104.80, 20.85)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,photo_before\n"


def settings() -> Settings:
    """Simulated, so that draws count from their day; two finds tell how wide a strip is."""
    base = settings_for("Sơn La", language="en", simulated=True, season=SEASON)
    return dataclasses.replace(base, effort=dataclasses.replace(base.effort, least_finds=2))


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Return longitude and latitude of a point so many metres from the middle."""
    (x, y) = geo.transform([HERE], geo.WGS84, geo.UTM48)[0]
    return geo.transform([(x + east_m, y + north_m)], geo.UTM48, geo.WGS84)[0]


def walk(day: datetime, legs: Iterable[tuple[float, float]]) -> bytes:
    """Return a GPX of a walk along corners (metres from the middle), a fix every ten seconds at 0.9 m/s."""
    corners, points, when = list(legs), [], day
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = max(1, round(float(np.hypot(x1 - x0, y1 - y0)) / 9.0))
        points += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps)]
    points.append(corners[-1])
    rows = []
    for x, y in points:
        lon, lat = place(x, y)
        rows.append(f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}"><time>{when:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>')
        when += timedelta(seconds=10)
    lon, lat = place(*corners[0])
    way = f'<wpt lat="{lat:.8f}" lon="{lon:.8f}"><name>lán {day:%j}</name></wpt>'
    return f'<gpx version="1.1" creator="t">{way}<trk><trkseg>{"".join(rows)}</trkseg></trk></gpx>'.encode()


MOWN = [(side * (-1) ** ((row + 1) // 2), -900 + 60 * (row // 2)) for row in range(26) for side in (-800,)]
"""A walk to and fro over a square kilometre."""

WALKS = {
    "BP-1": [
        (datetime(2023, 1, 10, 1, tzinfo=UTC), [(0, 0), (600, 0), (600, 22), (600, 900)]),
        (datetime(2023, 2, 3, 1, tzinfo=UTC), [(-300, 400), (500, 410), (500, 440), (1400, 440)]),
    ],
    "CA-2": [
        (datetime(2023, 1, 11, 2, tzinfo=UTC), [(100, -200), (100, 500), (130, 500), (130, 1200)]),
        (datetime(2022, 11, 20, 2, tzinfo=UTC), [(-800, -800), (900, 700)]),
        (datetime(2023, 1, 20, 0, tzinfo=UTC), MOWN),
    ],
}
LATE = (datetime(2023, 3, 1, 1, tzinfo=UTC), [(-900, 300), (0, 900), (900, 300)])
"""Handed in after the period was closed."""

FINDS = [("BP-1", (600, 22), "2023-01-10"), ("BP-1", (500, 440), "2023-02-03"), ("CA-2", (130, 500), "2023-01-11")]


def hand_in(workspace: Workspace, folder: Path, unit: str, walks: Iterable[tuple[datetime, list]]) -> None:
    """Hand walks in, each a file of its own."""
    folder.mkdir(exist_ok=True)
    for day, legs in walks:
        file = folder / f"{unit}-{day:%Y%m%d}.gpx"
        file.write_bytes(walk(day, legs))
        (told,) = main_path.record_patrols(workspace, [file], PatrolOptions(unit=unit))
        assert told.status == "accepted", told


def fill(workspace: Workspace, folder: Path) -> None:
    """Enter the season."""
    folder.mkdir(exist_ok=True)
    with workspace.store.transaction() as transaction:
        transaction.add_units([commune("04048", "Xã Vân Hồ", 104.78), commune("04049", "Xã Tô Múa", 104.803)], [])
    for unit, walks in WALKS.items():
        hand_in(workspace, folder, unit, walks)
    planned.plan(workspace, planned.Wish("BP-1", datetime(2022, 12, 1, tzinfo=UTC), 40, SEASON, 3, ["04048", "04049"]))
    _take_photos(workspace, folder)
    rows = []
    for number, (unit, spot, day) in enumerate(FINDS):
        lon, lat = place(*spot)
        photo = "photo.jpg" if number == 0 else ""
        rows.append(f"{number},{lon},{lat},{day}T08:20+07:00,{unit},{unit}a;{unit}b,detected,300,tape,{photo}")
    (folder / "visits.csv").write_text(HEAD + "\n".join(rows))
    told = main_path.record_visits(workspace, folder / "visits.csv")["visits"]
    assert {row["status"] for row in told} == {"accepted"}, told
    _tip(workspace, folder)
    _run(workspace)
    periods.close(workspace, PERIOD, "TP-1")
    hand_in(workspace, folder, "BP-1", [LATE])


def commune(code: str, name: str, west: float) -> AdminUnit:
    outline = box(west, 20.83, west + 0.023, 20.87)
    return AdminUnit(code, name, date(2022, 1, 1), None, outline, west + 0.01, 20.85, None, False, "test")


def _take_photos(workspace: Workspace, folder: Path) -> None:
    """One photo without a place of its own, taken while a patrol walked; it lies on the track."""
    when = WALKS["BP-1"][0][0] + timedelta(minutes=5)
    (folder / "photo.jpg").write_bytes(photo_factory.jpeg(photo_factory.exif(when + timedelta(hours=7))))
    told = photos.record(workspace, [folder / "photo.jpg"], photos.PhotoOptions(unit="BP-1"), translator("en"))
    assert told["photos"][0]["status"] == "accepted", told


def _tip(workspace: Workspace, folder: Path) -> None:
    from eradication.pipeline import tips

    lon, lat = place(300, 0)
    file = folder / "tips.csv"
    file.write_text(f"tip_id,received_at,unit,lon,lat,radius_m\nT1,2023-01-02T08:00:00+07:00,BP-1,{lon},{lat},50\n")
    tips.record_tips(workspace, file)


def _run(workspace: Workspace) -> None:
    """A run that looked at the western half in the flowering window."""
    (x, y) = geo.transform([HERE], geo.WGS84, geo.UTM48)[0]
    layer = workspace.folder / "outputs" / "runs" / "r1" / "flowering.tif"
    layer.parent.mkdir(parents=True)
    west, north = np.floor(x / 10) * 10 - 1500, np.ceil(y / 10) * 10 + 1500
    looks = np.zeros((300, 300), np.uint8)
    looks[:, :170] = 2
    shape = {"width": 300, "height": 300, "count": 1, "dtype": "uint8", "crs": "EPSG:32648"}
    place = rasterio.Affine(10, 0, west, 0, -10, north)
    with rasterio.open(layer, "w", driver="GTiff", transform=place, **shape) as out:
        out.write(looks, 1)
    with workspace.store.transaction() as transaction:
        transaction.append(
            EventKind.RUN_FINISHED, datetime(2023, 4, 20, tzinfo=UTC), {"run": "r1", "season": SEASON.label}
        )

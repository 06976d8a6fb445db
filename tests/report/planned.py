"""A made-up plan on made-up ground for the tests of sheets, files and pages of plans. Everything in it is simulated."""

from datetime import datetime, timedelta
from functools import cache

import numpy as np
import shapely

from eradication import geo
from eradication.domain.codes import NotReachedReason
from eradication.report.plan_ground import SheetGround
from eradication.report.plan_walked import Outcome, Walked

WEST, NORTH = 386_000.0, 2_362_000.0
"""Corner of the ground, EPSG:32648."""
SIZE_M, SIDE = 50.0, 200
CANARIES = ("BP-OTHER-UNIT", "VH-27-999", "NGUOI-BAO-TIN", "Nguyễn Văn A")
"""Strings of other units, other places, tips and persons: none of them may be on anything a plan gives."""


@cache
def heights():
    """Ridges and valleys between 600 and 1500 m, shape (row, col)."""
    row, col = np.mgrid[0:SIDE, 0:SIDE] * SIZE_M
    ridge = 260 * np.sin(col / 1900 + 0.6 * np.sin(row / 2600)) + 180 * np.cos(row / 1500 + col / 5200)
    return (1000 + ridge + 60 * np.sin(col / 430) * np.cos(row / 510)).astype(np.float32)


def _height(east, north):
    col, row = (east - WEST) / SIZE_M - 0.5, (NORTH - north) / SIZE_M - 0.5
    return float(heights()[np.clip(round(row), 0, SIDE - 1), np.clip(round(col), 0, SIDE - 1)])


def _path(here, there):
    """Points every 50 m between two, swaying."""
    here, there = np.array(here), np.array(there)
    count = max(2, int(np.hypot(*(there - here)) / 50))
    t = np.linspace(0, 1, count)[:, None]
    across = np.array([here[1] - there[1], there[0] - here[0]]) * 0.13
    return here + t * (there - here) + np.sin(np.pi * t) ** 2 * across * np.sin(3 * np.pi * t)


def plan(count=12, seed=4, **changes):
    """The record of a plan of ``count`` stops, plots and cells, on a round from its post and back."""
    random = np.random.default_rng(seed)
    post = (WEST + 5000.0, NORTH - 8700.0)
    turn = np.linspace(0.25, 2 * np.pi - 0.25, count) - np.pi / 2
    away = 1.0 + random.normal(0, 0.12, count)
    places = [
        (WEST + 5000 + 2500 * a * np.cos(t), NORTH - 5900 + 2700 * a * np.sin(t))
        for t, a in zip(turn, away, strict=True)
    ]
    stops, way, minute = [], [np.array([post])], 0.0
    here = post
    for order, place in enumerate(places, start=1):
        cell = order % 3 == 0
        if cell:
            corner = (np.floor(np.array(place) / 250) * 250).astype(int)
            place = tuple(corner + 125.0)
        path = _path(here, place)
        way.append(path[1:])
        minute += float(np.hypot(*np.diff(path, axis=0).T).sum()) / 45
        ((lon, lat),) = geo.transform([place], geo.UTM48, geo.WGS84)
        stay = 45 if cell else 20
        named = {"cell": f"{corner[0]}_{corner[1]}"} if cell else {"plot": f"plot-{order:04d}"}
        mode = "random" if order % 4 == 0 else "tip" if order == 5 else "score"
        urgency = 1.0 + (order % 5) * 0.25
        prize = round(float(random.uniform(8, 190)) * urgency, 3)
        stops.append(
            {"kind": "cell" if cell else "plot", **named, "lon": round(lon, 7), "lat": round(lat, 7), "order": order}
            | {"selection_mode": mode, "inclusion_prob": round(float(random.uniform(0.02, 0.4)), 12)}
            | {"prize_m2": prize, "urgency": urgency, "arrive": round(minute, 1), "minutes": stay}
            | {"commune": "Xã Vân Hồ" if order % 2 else "Xã Chiềng Sơn Mường Lạn"}
            | ({"lancing": "2026-12-20"} if order == 2 else {})
        )
        minute += stay
        here = place
    back = _path(here, post)
    way.append(back[1:])
    minute += float(np.hypot(*np.diff(back, axis=0).T).sum()) / 45
    line = np.concatenate(way)
    lonlat = geo.transform([tuple(p) for p in line], geo.UTM48, geo.WGS84)
    service = sum(stop["minutes"] for stop in stops)
    ((lon, lat),) = geo.transform([post], geo.UTM48, geo.WGS84)
    rises = np.diff([_height(*p) for p in line])
    record = {
        "plan": "3f9a0c21d47be865",
        "unit": "BP01",
        "day": "2026-11-28",
        "hours": round(minute / 60 + 0.6, 1),
        "season": "2026-2027",
        "seed": 7,
        "draw": "77aa",
        "random_share": 0.15,
        "post": [lon, lat],
        "stops": stops,
        "open": [{"kind": "plot", "plot": "plot-9999", "code": CANARIES[1], "reason": "no round trip"}],
        "walking_minutes": round(minute - service, 1),
        "service_minutes": service,
        "length_m": round(float(np.hypot(*np.diff(line, axis=0).T).sum())),
        "climb_m": round(float(rises[rises > 0].sum())),
        "way": [[x, y, _height(*p)] for (x, y), p in zip(lonlat, line, strict=True)],
        "expires_at": "2026-11-29T17:00:00+00:00",
        "least_team": 3,
        "check_in_hours": 2.0,
        "hazards": ["Bãi mìn cũ", "Suối lũ"],
        "basis": "expert",
        "compared": {"nearest": 120.0, "by_score": 95.0},
        "expected_m2": 412.4,
        "planned_p": 0.31,
        "tips_source": CANARIES[2],
        "other_units": [{"unit": CANARIES[0], "holder": CANARIES[3]}],
    }
    return record | changes


def codes(record):
    """Code of each plot of a plan."""
    return {stop["plot"]: f"VH-27-{stop['order']:03d}" for stop in record["stops"] if stop["kind"] == "plot"}


def ground(record, **changes):
    """Ground with everything that can be drawn."""
    x = np.linspace(WEST, WEST + 10_000, 90)
    river = shapely.LineString(np.column_stack([x, NORTH - 6500 + 900 * np.sin(x / 1700)]))
    track = shapely.LineString(np.column_stack([x, NORTH - 8600 + 260 * np.sin(x / 800)]))
    border = shapely.LineString(
        [(WEST - 2000, NORTH - 3100), (WEST + 4000, NORTH - 2700), (WEST + 12_000, NORTH - 3500)]
    )
    road = shapely.LineString(
        [(WEST + 300, NORTH - 10_500), (WEST + 6000, NORTH - 9000), (WEST + 10_500, NORTH - 9300)]
    )
    told = {
        "heights_m": heights(),
        "transform": (SIZE_M, 0.0, WEST, 0.0, -SIZE_M, NORTH),
        "rivers": shapely.MultiLineString([river]),
        "tracks": track,
        "roads": road,
        "border": border,
        "communes": shapely.box(WEST - 500, NORTH - 12_000, WEST + 6200, NORTH),
        "hazards": (
            ("Bãi mìn cũ", shapely.Point(WEST + 5600, NORTH - 5900).buffer(420)),
            ("Suối lũ", shapely.box(WEST + 4300, NORTH - 6300, WEST + 4900, NORTH - 6000)),
        ),
        "codes": codes(record),
        "outlines": {
            stop["plot"]: geo.disc(stop["lon"], stop["lat"], 1800.0) for stop in record["stops"] if "plot" in stop
        },
        "simulated": True,
    }
    return SheetGround(**(told | changes))


def walked(record, reached=0.7, seed=2):
    """A walk along the plan that sways, breaks off at a share of the way, and has its outcomes."""
    random = np.random.default_rng(seed)
    way = np.array(record["way"], float)
    kept = way[: int(len(way) * reached)] + np.append(random.normal(0, 0.0002, 2), 0.0)
    kept[:, :2] += random.normal(0, 0.00012, (len(kept), 2))
    half = len(kept) // 2
    departs = datetime.fromisoformat(f"{record['day']}T06:00:00+07:00")
    count = len(record["stops"])
    outcomes = {}
    for stop in record["stops"]:
        order = stop["order"]
        at = departs + timedelta(minutes=stop["arrive"] + 9)
        if order == 3:
            outcomes[order] = Outcome("unsafe")
        elif order <= reached * count:
            outcomes[order] = Outcome("reached", at, 12.0 + order)
        elif order < count:
            outcomes[order] = Outcome("not_reached", None, 640.0, NotReachedReason.WEATHER)
    return Walked((kept[:half], kept[half + 3 :]), outcomes, 9.25)

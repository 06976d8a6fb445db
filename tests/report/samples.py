"""A small made-up season for the tests of map, page and plot files. Everything in it is simulated."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import shapely

from eradication import geo
from eradication.domain import (
    AdminUnit,
    AreaMethod,
    CandidateSource,
    Course,
    Episode,
    Plot,
    ScoreKind,
    Season,
    State,
    detectability,
)
from eradication.report.view import MapView, PatrolRow, PlotRow, ReportView, Track, WaypointMark

SEASON = Season(2025)
AS_OF = datetime(2026, 6, 1, 1, 30, tzinfo=UTC)
FOUND = (State.DETECTED, State.ERADICATED, State.VERIFIED, State.REGROWN, State.HARVESTED, State.SELF_REMOVED)


def episode(
    serial: int = 1, state: State = State.CANDIDATE, area_m2: float = 720.0, lon: float = 104.71, lat: float = 20.79
) -> Episode:
    """One plot of a season; found ones are measured, others estimated."""
    found = state in FOUND
    seen = datetime(2026, 2, 3, 3, 0, tzinfo=UTC) + timedelta(days=serial % 20)
    area = round(area_m2) if found else 0
    plot = Plot(
        id=f"plot-{serial:04d}",
        code=f"VH-25-{serial:03d}",
        geometry=geo.disc(lon, lat, area_m2),
        measured=found,
        source=CandidateSource.PATROL if serial % 5 == 0 else CandidateSource.SATELLITE,
        commune_code="04048",
        aliases=(),
        first_seen=seen,
    )
    detected_at = seen + timedelta(days=4) if found else None
    eradicated_at = seen + timedelta(days=5) if state in (State.ERADICATED, State.VERIFIED) else None
    return Episode(
        plot=plot,
        season=SEASON,
        state=state,
        klass=detectability(area_m2),
        score=None if serial % 5 == 0 else 0.5 + (serial % 40) / 100,
        score_kind=None if serial % 5 == 0 else ScoreKind.PRIORITY,
        run="run-7f3a9c21",
        model="sonla-demo 1",
        area_m2=area_m2,
        area_method=AreaMethod.TAPE if found else AreaMethod.ESTIMATE,
        area_se_m2=area_m2 * (0.05 if found else 0.5),
        detected_m2=area,
        claimed_m2=area if state in (State.ERADICATED, State.VERIFIED) else 0,
        verified_m2=area if state is State.VERIFIED else 0,
        plant_count=round(area_m2 * 15) if found else None,
        unit="BP-CK",
        first_seen=seen,
        detected_at=detected_at,
        eradicated_at=eradicated_at,
        verified_at=seen + timedelta(days=25) if state is State.VERIFIED else None,
        visits=2 if found else 0,
        look_alike="",
        out_of_place=(),
        course=Course(
            destroyed_at=eradicated_at,
            standing_since=detected_at if state in (State.DETECTED, State.REGROWN) else None,
        ),
    )


def plots(count: int = 40, seed: int = 3) -> tuple[PlotRow, ...]:
    """``count`` plots of all states round Vân Hồ."""
    random = np.random.default_rng(seed)
    states = list(State)
    rows = []
    for serial in range(1, count + 1):
        state = states[serial % len(states)]
        area = float(np.clip(np.exp(random.normal(6.3, 1.0)), 30, 9000))
        lon, lat = 104.74 + random.normal(0, 0.02), 20.79 + random.normal(0, 0.016)
        rows.append(PlotRow(episode(serial, state, area, lon, lat), "Xã Vân Hồ", simulated=True))
    return tuple(rows)


def commune(name: str = "Xã Vân Hồ", west: float = 104.66, approximate: bool = True) -> AdminUnit:
    """A square commune of about 15 km."""
    box = shapely.box(west, 20.72, west + 0.14, 20.86)
    return AdminUnit(
        "04048", name, date(2025, 7, 1), None, box, west + 0.07, 20.79, 220.0, approximate, "made up for a test"
    )


def track(unit: str = "BP-CK", seed: int = 5, name: str = "Tuần tra 12") -> Track:
    """A walk of 600 fixes."""
    random = np.random.default_rng(seed)
    turns = np.cumsum(random.normal(0, 0.25, 600))
    steps = 0.00012 * np.column_stack([np.cos(turns), np.sin(turns)])
    start = [104.74 + random.normal(0, 0.015), 20.79 + random.normal(0, 0.012)]
    return Track(unit, name, datetime(2026, 2, 10, 1, tzinfo=UTC), start + np.cumsum(steps, axis=0))


def map_view(count: int = 40, **changes: object) -> MapView:
    """The map of the made-up season, in English unless told otherwise."""
    view = MapView(
        province="Sơn La",
        season=SEASON,
        as_of=AS_OF,
        plots=plots(count),
        communes=(commune(), commune("Xã Song Khủa", 104.52), commune("Phường Mộc Châu", 104.38)),
        tracks=(track(), track("CA-VH", 6, "Chuyến 3"), track("BP-CK", 8, "Tuần tra 13")),
        waypoints=(WaypointMark(104.75, 20.80, "Lán", "CA-VH"),),
        simulated=True,
        language="en",
    )
    return replace(view, **changes)


def ledger() -> dict[str, object]:
    """The shape of the ``ledger`` answer."""
    row = {
        "key": "04048",
        "name": "Xã Vân Hồ",
        "suspected_m2": 5210,
        "detected_m2": 8340,
        "claimed_m2": 7900,
        "verified_m2": 6120,
        "remaining_m2": 2220,
        "plots": 14,
        "plants": 118000,
        "claimed_pct": 94.7,
        "verified_pct": 73.3,
    }
    other = {
        "key": "03982",
        "name": "Phường Mộc Châu",
        "suspected_m2": 900,
        "detected_m2": 0,
        "claimed_m2": 0,
        "verified_m2": 0,
        "remaining_m2": 0,
        "plots": 0,
        "plants": None,
        "claimed_pct": None,
        "verified_pct": None,
    }
    return {
        "season": SEASON.label,
        "as_of": AS_OF.isoformat(),
        "rows": [row, other],
        "total": {**row, "key": "total", "name": "total", "suspected_m2": 6110},
        "effort": {"km": 312.4, "hours": 148.2, "km2_visits": 402},
        "coverage": {"optical": 0.93, "patrol": 0.06, "none": 0.05},
        "undetected": {
            "upper": None,
            "expected": None,
            "lower": None,
            "why": {"upper": "no random cells searched", "expected": "no calibrated model", "lower": "m = 2"},
        },
        "unvisited": {"open": 9, "expired": 3, "dismissed_unvisited": 2, "oldest_days": 88},
        "baseline": {"year": 2022, "m2": None, "source": None, "change_pct": None},
    }


def full_ledger() -> dict[str, object]:
    """A ledger with something in every table of the report."""
    plot = {"plot": "P-1", "code": "VH-25-001", "unit": "Đồn Biên phòng cửa khẩu Lóng Sập", "commune": "04048"}
    since = "2026-02-01T02:00:00.000000Z"
    abroad = {
        "candidates": 2,
        "listed": [plot | {"state": "eradicated", "detected_m2": 4000}],
        "joint": [plot | {"claimed_m2": 4000}],
    }
    pair = {"plots": ["P-1", "P-2"], "codes": ["VH-25-001", "VH-25-002"], "units": [plot["unit"], "CA-VH"], "m2": 275.6}
    typed = {"unit": "UB-1", "period": "2026-Q1", "detected_m2": 5000, "claimed_m2": 4000, "reported_on": "2026-03-10"}
    target = {
        "unit": plot["unit"],
        "target_m2": 3000,
        "target_pct": 100.0,
        "detected_m2": 2309,
        "source": "KH 23/KH-UBND",
    }
    places = {"name": "Xã Vân Hồ", "villages": 12, "villages_reported": 11}
    signed = {"households": 1200, "signed": 1180, "signed_pct": 98.3}
    conversion = {"conversion_id": "C1", "crop": "mận", "converted_on": "2026-05-01", "commune_name": "Xã Vân Hồ"}
    return ledger() | {
        "timeliness": {
            "overdue": [plot | {"what": "not_revisited", "since": since, "days": 102}],
            "harvested": [plot | {"harvested_at": since, "detected_m2": 0, "estimated_m2": 300}],
            "limits": {"destroy_days": 3, "tip_days": 7, "revisit_days": 28},
        },
        "unvisited": {"by_unit": {"": {"open": 3, "oldest_days": 88}, "BP-CK": {"expired": 2, "estimated_m2": 900}}},
        "planting": {"new": {"plots": 3, "m2": 900}, "moved": [plot | {"from": "P-9"}], "destroyed_twice": 1},
        "overlaps": [pair],
        "abroad": {"outside": abroad},
        "targets": {"rows": [target]},
        "self_reported": {"rows": [typed]},
        "commitments": {"rows": [places | signed]} | signed,
        "mailboxes": {
            "rows": [places | {"with_mailbox": 9, "mailbox_pct": 75.0, "without": ["Bản Pa Cốp", "Bản Bó Nhàng"]}]
        },
        "conversions": {"rows": [conversion | {"area_m2": 3602, "check": "nobody_came"}]},
        "by_season": [{"season": "2025-2026", "detected_m2": 8340, "plots": 14, "km": 312.4, "km2_visits": 402}],
    }


def report_view(count: int = 40, **changes: object) -> ReportView:
    """The report of the made-up season, in English unless told otherwise."""
    shares = (("A", 3200, 2), ("B", 4300, 7), ("C", 840, 5))
    view = ReportView(
        province="Sơn La",
        season=SEASON,
        as_of=AS_OF,
        ledger=ledger(),
        by_class=tuple(
            {
                "key": key,
                "name": key,
                "suspected_m2": 1000,
                "detected_m2": m2,
                "claimed_m2": m2 - 100,
                "verified_m2": m2 // 2,
                "remaining_m2": m2 - m2 // 2,
                "plots": n,
                "plants": m2 * 15,
                "claimed_pct": 90.0,
                "verified_pct": 50.0,
            }
            for key, m2, n in shares
        ),
        plots=plots(count),
        patrols=(
            PatrolRow("BP-CK", "Tuần tra 12", datetime(2026, 2, 10, 1, tzinfo=UTC), 14.2, 6.5, 620, 600, {"spike": 20}),
        ),
        runs=(
            {
                "run": "run-7f3a9c21",
                "season": SEASON.label,
                "model": "rules",
                "pixels": 250000,
                "unobserved_share": 0.04,
                "scenes": {"used": 71, "failed": [{"id": "S2A_48QVH_20260112", "asset": "red", "reason": "missing"}]},
                "candidates": 38,
                "seconds": 12.5,
                "peak_rss_mb": 480,
            },
        ),
        warnings=("Xã Chiềng Sơn: the outline's area differs by 15 %.",),
        approximate_boundaries=True,
        simulated=True,
        language="en",
    )
    return replace(view, **changes)


def crowd(count: int) -> tuple[PlotRow, ...]:
    """``count`` places nobody visited, the last with the highest score."""
    rows = plots(count)
    expired = [replace(row.episode, state=State.EXPIRED, score=i / count) for i, row in enumerate(rows)]
    return tuple(replace(row, episode=episode) for row, episode in zip(rows, expired, strict=True))

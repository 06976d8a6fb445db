"""Made-up walks for the tests of files of patrols. Simulated."""

from datetime import UTC, datetime

import numpy as np

from eradication.domain import Fixes, Waypoint
from eradication.domain.patrol import MARKS
from eradication.report.tracks import Walk

BEGIN_S = datetime(2026, 2, 10, 1, tzinfo=UTC).timestamp()


def fixes(count: int = 60, marked: dict[int, str] | None = None, **changes: object) -> Fixes:
    """A straight walk of ``count`` fixes, one each 10 s, some of them marked."""
    mark = np.zeros(count, np.uint8)
    for at, name in (marked or {}).items():
        mark[at] = MARKS.index(name)
    columns = {
        "lon": 104.71 + 1.2e-4 * np.arange(count),
        "lat": np.full(count, 20.79) + 1e-5 * (np.arange(count) % 3),
        "ele_m": np.float32(900) + np.arange(count, dtype=np.float32) / 4,
        "time_s": BEGIN_S + 10.0 * np.arange(count),
        "accuracy_m": np.full(count, 4.5, np.float32),
        "hdop": np.full(count, 0.9, np.float32),
        "mark": mark,
    }
    return Fixes(**(columns | changes))


def walk(name: str = "Chuyến 7", unit: str = "BP01", **changes: object) -> Walk:
    """A patrol of two segments and a waypoint."""
    segments = (fixes(40, {12: "spike", 30: "stationary"}), fixes(20, time_s=BEGIN_S + 5000 + 10.0 * np.arange(20)))
    summary = {"start": "2026-02-10T01:00:00.000000Z", "end": "2026-02-10T02:00:00.000000Z"}
    summary |= {"length_km": 0.7, "hours": 0.2, "kept": 58, "total": 60}
    point = Waypoint(104.712, 20.791, datetime(2026, 2, 10, 1, 5, tzinfo=UTC), "Lán canh nương", "có người đi rừng")
    told = {"id": f"id-{name}", "unit": unit, "name": name, "kind": "track", "summary": summary}
    return Walk(**({"segments": segments, "waypoints": (point,)} | told | changes))

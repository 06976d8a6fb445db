"""Small worlds for tests of the store."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely

from eradication.domain import AdminUnit, EventKind, Fixes, Lineage, Patrol, Waypoint
from eradication.store.contract import Row, Store

NOON = datetime(2026, 2, 3, 5, 0, tzinfo=UTC)


class Clock:
    """A clock that moves on by itself, so that nothing depends on the machine's."""

    def __init__(self, start: datetime = NOON, step: timedelta = timedelta(seconds=1)) -> None:
        self.now, self.step = start, step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def fixes(lon: list[float], lat: list[float], mark: list[int] | None = None) -> Fixes:
    n = len(lon)
    return Fixes(
        lon=np.array(lon, "f8"),
        lat=np.array(lat, "f8"),
        ele_m=np.linspace(800, 900, n, dtype="f4"),
        time_s=NOON.timestamp() + np.arange(n, dtype="f8"),
        accuracy_m=np.full(n, np.nan, "f4"),
        hdop=np.full(n, 1.5, "f4"),
        mark=np.array(mark or [0] * n, "u1"),
    )


def patrol(name: str = "p1", *segments: Fixes, waypoints: tuple[Waypoint, ...] = ()) -> Patrol:
    walked = segments or (fixes([104.0, 104.1, 104.2], [21.0, 21.1, 21.2]),)
    return Patrol(name, "BP-01", "Tổ 1", NOON, NOON, 1.0, 0.5, {}, walked, waypoints)


def unit(
    code: str, *, source: str = "test", geometry: shapely.Geometry | None = None, name: str = "Xã Vân Hồ"
) -> AdminUnit:
    return AdminUnit(code, name, date(2025, 7, 1), None, geometry, 104.7, 20.8, 123.5, geometry is None, source)


def change(old: str = "03997", new: str = "04048", share: float | None = 0.4) -> Lineage:
    return Lineage(old, "Xã cũ", new, date(2025, 7, 1), share)


def candidate(name: str, lon: float, lat: float, size: float = 0.001, score: float = 0.7) -> Row:
    return {
        "id": name,
        "season": "2025-2026",
        "score": score,
        "geometry": shapely.box(lon, lat, lon + size, lat + size),
    }


def record(store: Store, *payloads: dict, kind: EventKind = EventKind.RUN_FINISHED, at: datetime = NOON) -> None:
    """Append one transaction."""
    with store.transaction() as transaction:
        for payload in payloads:
            transaction.append(kind, at, payload)


def file_with(folder: Path, content: bytes, name: str = "source.gpx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path

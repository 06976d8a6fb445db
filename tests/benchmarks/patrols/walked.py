"""Simulated walks in bulk, and the package's own work on them in a process of its own: ``walked.py JOB.json``.

The process prints its answer as JSON: seconds of each part, what came out, and the highest memory it ever held.
"""

import json
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

STEP_S = 5.0
SPEED_MS = 0.9
BEGAN_S = datetime(2026, 2, 10, tzinfo=UTC).timestamp()
DAYS = 60
SIDE_M = 100_000.0
NOISE_M = 1.0

type Floats = npt.NDArray[np.float64]


def ways(walks: int, fixes: int, seed: int = 1) -> dict[str, npt.NDArray[Any]]:
    """Return winding walks of several weeks all over a square of 100 km: ``walk, time_s, lon, lat``."""
    from eradication import geo

    rng = np.random.default_rng(seed)
    turning = rng.normal(0.0, 0.25, (walks, fixes)).cumsum(axis=1)
    steps = SPEED_MS * STEP_S * np.stack([np.cos(turning), np.sin(turning)], axis=2)
    places = steps.cumsum(axis=1) + rng.uniform(0.0, SIDE_M, (walks, 1, 2)) + (350_000.0, 2_300_000.0)
    places += NOISE_M * rng.standard_normal(places.shape)
    spikes = rng.random((walks, fixes)) < 0.003
    places[spikes] += rng.normal(0.0, 90.0, (int(spikes.sum()), 2))
    change = geo.transformer(geo.UTM48, geo.WGS84)
    lon, lat = change.transform(places[..., 0].ravel(), places[..., 1].ravel())
    began = BEGAN_S + 86_400.0 * rng.integers(0, DAYS, walks)
    time_s = began[:, None] + STEP_S * np.arange(fixes)
    return {"walk": np.repeat(np.arange(walks), fixes), "time_s": time_s.ravel(), "lon": lon, "lat": lat}


def gpx(points: int) -> str:
    """Return one track as a handheld writes it."""
    found = ways(1, points, seed=2)
    times = np.datetime_as_string((found["time_s"] * 1000).astype("datetime64[ms]"), unit="s")
    rows = (
        f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>{900 + k % 90}.4</ele>'
        f"<time>{when}Z</time><hdop>1.2</hdop></trkpt>\n"
        for k, (lon, lat, when) in enumerate(zip(found["lon"], found["lat"], times, strict=True))
    )
    return (
        f'<gpx version="1.1" creator="bench"><trk><name>simulated</name><trkseg>\n{"".join(rows)}</trkseg></trk></gpx>'
    )


def cleaned_and_searched(job: dict[str, Any]) -> dict[str, Any]:
    """Clean walks, smooth their lengths, and count searched ground and passed plots."""
    import shapely

    from eradication.config import Settings
    from eradication.domain import Fixes, Season
    from eradication.effort import passed, search
    from eradication.effort.ground import widths
    from eradication.effort.lines import join, walked
    from eradication.ingest import cleaning

    with np.load(job["walks"]) as file:
        found = {name: file[name] for name in ("walk", "time_s", "lon", "lat")}
    settings, now = Settings(), datetime(2026, 9, 1, tzinfo=UTC)
    bounds = np.searchsorted(found["walk"], np.arange(found["walk"][-1] + 2))

    def one(a: int, b: int) -> tuple[Any, Any]:
        none = np.full(b - a, np.nan, np.float32)
        place = (found[name][a:b] for name in ("lon", "lat"))
        fixes = Fixes(*place, none, found["time_s"][a:b], none, none, np.zeros(b - a, np.uint8))
        pieces = cleaning.clean(fixes, settings.cleaning, now)
        measured = cleaning.measure(pieces, settings.cleaning.agility)
        return measured, walked(pieces, measured.length_km * 1000.0)

    def work(most: int | None = None) -> tuple[list[Any], Any]:
        told = [one(int(a), int(b)) for a, b in list(pairwise(bounds))[:most]]
        lines = join(line for _, line in told)
        return told, (lines, search.of_season(lines, Season(2025), widths([], 30.0, 10.0), settings.effort))

    work(2)  # compiled code is read from its cache
    began = time.perf_counter()
    told, (lines, searched) = work()
    seconds, held_mb = time.perf_counter() - began, high_water_mb()
    rng = np.random.default_rng(5)
    at = lines.xy[rng.integers(len(lines.xy), size=job["plots"])] + rng.normal(0.0, 60.0, (job["plots"], 2))
    plots = shapely.buffer(shapely.points(at), 10.0)
    began = time.perf_counter()
    hit = passed.passed(list(plots), lines, 30.0)
    plots_s = time.perf_counter() - began
    return {
        "seconds": seconds,
        "fixes": len(found["walk"]),
        "length_m": 1000.0 * sum(m.length_km for m, _ in told),
        "marked": sum(sum(m.marked.values()) for m, _ in told),
        "area_m2": float(searched.seen_m2.sum()),
        "high_water_mb": held_mb,
        "plots_s": plots_s,
        "passed": int(hit.sum()),
        "plots_high_water_mb": high_water_mb(),
    }


def high_water_mb() -> float:
    """Return the most memory this process ever held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line)


def main(path: Path) -> None:
    """Run the job of a file."""
    print(json.dumps(cleaned_and_searched(json.loads(path.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

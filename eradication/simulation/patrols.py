"""Patrol tracks as handhelds record them: drift, spikes, gaps, and a poorer fix under canopy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import TIMEZONE
from eradication.simulation.landscape import ZONES
from eradication.simulation.recipe import LABEL
from eradication.simulation.terrain import PIXEL_M
from eradication.simulation.visits import UNITS
from eradication.simulation.world import World

type Floats = npt.NDArray[np.float64]

SPEED_MS = 0.9
STEPS_S = (10.0, 4.0)
"""Seconds between fixes, by device in turn."""
OPEN_NOISE_M, CANOPY_NOISE_M = 2.5, 7.0
MEMORY_S = 60.0
"""Errors of a receiver forget themselves in about this time."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One walk as recorded."""

    name: str
    unit: str
    times: tuple[datetime, ...]
    """UTC, one per fix."""
    xy: Floats
    """Recorded chip metres, shape (fix, 2)."""
    hdop: Floats | None
    """Shape (fix,), or ``None`` where the device writes none."""
    breaks: tuple[int, ...]
    """Fix numbers at which a new segment begins."""
    waypoints: tuple[tuple[float, float, str], ...]
    """Chip metres and name."""


def draw(
    world: World, *, count: int = 6, seed: int = 0, places: Sequence[tuple[float, float]] = ()
) -> tuple[Track, ...]:
    """Return the walks of several units in the search months.

    Args:
        world: where they walk.
        count: number of walks.
        seed: decides who walks where and when.
        places: longitude and latitude of goals; without any, some plots and some other fields.
    """
    rng = np.random.default_rng([world.recipe.seed, seed, 55])
    goals = np.array([world.to_chip(*place) for place in places]).reshape(-1, 2)
    return tuple(_walk(world, rng, number, goals) for number in range(count))


def _walk(world: World, rng: np.random.Generator, number: int, places: Floats) -> Track:
    unit = UNITS[number % len(UNITS)]
    goals = _goals(world, rng, places)
    step_s = STEPS_S[number % len(STEPS_S)]
    path = _path(rng, goals, step_s)
    day = world.date(float(rng.uniform(95, 205)))
    start = datetime.combine(day, time(6, 30), TIMEZONE) + timedelta(minutes=int(rng.integers(90)))
    times = [start.astimezone(UTC) + timedelta(seconds=step_s * k) for k in range(len(path))]
    canopy = _under_canopy(world, path)
    recorded = path + _drift(rng, canopy, step_s)
    spikes = rng.random(len(path)) < 0.003
    recorded[spikes] += rng.normal(0.0, 90.0, (int(spikes.sum()), 2))
    hdop = np.clip(rng.gamma(4.0, 0.3, len(path)) + 1.5 * canopy + 5.0 * (rng.random(len(path)) < 0.01), 0.6, 20.0)
    kept, breaks = _gaps(rng, len(path), step_s)
    return Track(
        f"{unit}-{day:%Y%m%d}-{number + 1:02d}",
        unit,
        tuple(times[k] for k in kept),
        recorded[kept],
        hdop[kept] if number % 3 else None,
        breaks,
        tuple((float(x), float(y), f"DIEM{k + 1:02d}") for k, (x, y) in enumerate(goals[1:-1])),
    )


def _goals(world: World, rng: np.random.Generator, wanted: Floats) -> Floats:
    """Home, a few plots or fields not too far from one another, home again."""
    side = world.recipe.size_px * PIXEL_M
    rows, cols = np.nonzero(world.fields.zone != ZONES.index("forest"))
    k = rng.integers(len(rows), size=8)
    places = [*(np.column_stack([cols[k], rows[k]]) + 0.5) * PIXEL_M]
    home = places[0]
    if len(wanted):
        return np.vstack([home, rng.permutation(wanted)[:4], home])
    places += [np.array(p.polygon.centroid.coords[0]) for p in world.plots]
    reach = max(0.3 * side, 200.0)
    near = [p for p in places[1:] if np.hypot(*(p - home)) < reach] or places[1:3]
    chosen = rng.permutation(len(near))[:4]
    return np.vstack([home, *(near[i] for i in chosen), home])


def _path(rng: np.random.Generator, goals: Floats, step_s: float) -> Floats:
    """Walk from goal to goal on a winding trail, pausing at each; one point every ``step_s``."""
    legs = []
    for a, b in pairwise(goals):
        n = max(3, int(np.hypot(*(b - a)) / (SPEED_MS * step_s)))
        t = np.linspace(0.0, 1.0, n)[:, None]
        sway = np.cumsum(rng.normal(0.0, 0.3 * step_s, (n, 2)), axis=0)
        legs += [
            a + t * (b - a) + (sway - t * sway[-1]),
            np.repeat(b[None], int(rng.uniform(30.0, 250.0) / step_s), axis=0),
        ]
    return np.vstack(legs)


def _under_canopy(world: World, path: Floats) -> npt.NDArray[np.bool_]:
    at = np.clip((path / PIXEL_M).astype(int), 0, world.recipe.size_px - 1)
    return np.asarray(world.fields.zone[at[:, 1], at[:, 0]] == ZONES.index("forest"), bool)


def _drift(rng: np.random.Generator, canopy: npt.NDArray[np.bool_], step_s: float) -> Floats:
    """Errors of a receiver: slow, larger under trees."""
    sigma = np.where(canopy, CANOPY_NOISE_M, OPEN_NOISE_M)[:, None]
    white = rng.standard_normal((len(canopy), 2))
    slow = np.zeros_like(white)
    memory = np.exp(-step_s / MEMORY_S)
    for k in range(1, len(white)):
        slow[k] = memory * slow[k - 1] + np.sqrt(1.0 - memory**2) * white[k]
    return np.asarray(sigma * (0.9 * slow + 0.25 * rng.standard_normal(white.shape)), float)


def _gaps(rng: np.random.Generator, count: int, step_s: float) -> tuple[npt.NDArray[np.int64], tuple[int, ...]]:
    kept = np.ones(count, bool)
    if count > 200:
        begin = int(rng.integers(60, count - 100))
        kept[begin : begin + int(rng.uniform(320.0, 600.0) / step_s)] = False
    numbers = np.nonzero(kept)[0]
    jump = np.nonzero(np.diff(numbers) > 1)[0] + 1
    # Half of all devices begin a new segment after a gap, the others just go on.
    return numbers, tuple(int(j) for j in jump) if rng.random() < 0.5 else ()


def write(world: World, tracks: Sequence[Track], folder: Path) -> tuple[Path, ...]:
    """Write one GPX 1.1 file per walk and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for track in tracks:
        path = folder / f"{track.name}.gpx"
        path.write_text(gpx(world, track), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def gpx(world: World, track: Track) -> str:
    """Return a walk as a GPX 1.1 document."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="eradication simulation" xmlns="http://www.topografix.com/GPX/1/1">',
        f"<metadata><name>{escape(track.name)}</name><desc>{escape(LABEL)}</desc>"
        f"<time>{_z(track.times[0])}</time></metadata>",
    ]
    for x, y, name in track.waypoints:
        lon, lat = world.to_lonlat(x, y)
        lines.append(f'<wpt lat="{lat:.7f}" lon="{lon:.7f}"><name>{name}</name><desc>{escape(LABEL)}</desc></wpt>')
    lines.append(f"<trk><name>{escape(track.name)}</name><desc>{escape(LABEL)}</desc><trkseg>")
    west, north = world.corner
    utm = [(west + float(x), north - float(y)) for x, y in track.xy]
    for k, (lon, lat) in enumerate(geo.transform(utm, geo.UTM48, geo.WGS84)):
        if k in track.breaks:
            lines.append("</trkseg><trkseg>")
        lines.append(_fix(world, track, k, lon, lat))
    return "\n".join([*lines, "</trkseg></trk>", "</gpx>", ""])


def _fix(world: World, track: Track, k: int, lon: float, lat: float) -> str:
    col, row = np.clip((track.xy[k] / PIXEL_M).astype(int), 0, world.recipe.size_px - 1)
    ele = world.terrain.elevation_m[row, col]
    hdop = "" if track.hdop is None else f"<hdop>{track.hdop[k]:.1f}</hdop>"
    return f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>{ele:.1f}</ele><time>{_z(track.times[k])}</time>{hdop}</trkpt>'


def _z(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")

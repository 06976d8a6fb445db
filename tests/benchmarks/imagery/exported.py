"""What libraries outside are given: arrays and tables in plain files, because they run in another environment."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.imagery import baselines, ours
from benchmarks.imagery.chips import SEASON
from benchmarks.imagery.series import Described

from eradication import geo, simulation
from eradication.domain import Fixes
from eradication.domain.model import TrainedModel
from eradication.features import MONTHS
from eradication.features.table import INDICES

LEARN = 2_000


def series(catalog: Path, model: TrainedModel, pixels: int, target: Path) -> None:
    """Write monthly series of some pixels: ``pixels`` (n, index, month), and ``learn`` with a ``label`` each.

    Labels are the package's own scores above their median: how fast is compared, not how well. Months without a look
    are filled along time, which the package itself never does.
    """
    season = baselines._passes(catalog)
    transform, shape = baselines._grid(season)
    window, inner = next(iter(baselines._windows(shape)))
    bands = baselines._read(season, window, transform, baselines.BOTTLENECK, ours.SETTINGS)
    times = np.array([p.when.replace(tzinfo=None) for p in season], "datetime64[s]")
    baselines.blank_missed_clouds(times, bands)
    described = Described(times, bands, baselines.BOTTLENECK)
    cube = np.stack([[described.plain(f"{i}_{m}")[inner] for m in MONTHS] for i in INDICES])
    flat = cube.reshape(*cube.shape[:2], -1)
    rows = np.random.default_rng(0).permutation(flat.shape[2])[: pixels + LEARN]
    chosen = _filled(np.ascontiguousarray(np.moveaxis(flat[:, :, rows], 2, 0)))
    layers, _ = baselines._layers(times, bands, model, baselines.BOTTLENECK, ours.SETTINGS)
    x = np.stack([layer[inner].ravel()[rows[:LEARN]] for layer in layers], axis=1)
    score = baselines._raw(x, model)
    np.savez(target, learn=chosen[:LEARN], label=(score > np.median(score)).astype(int), pixels=chosen[LEARN:])


def _filled(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Interpolate along the last axis; a series without any look becomes 0."""
    at = np.arange(values.shape[-1])
    for line in values.reshape(-1, values.shape[-1]):
        known = np.isfinite(line)
        line[~known] = np.interp(at[~known], at[known], line[known]) if known.any() else 0.0
    return values


def walks(count: int) -> list[tuple[str, Fixes]]:
    """Return simulated patrol walks as fixes."""
    world = simulation.build(simulation.Recipe(902, SEASON, size_px=256))
    west, north = world.corner
    told = []
    for number, track in enumerate(simulation.draw_patrols(world, count=count)):
        metres = [(west + x, north - y) for x, y in track.xy]
        lonlat = np.array(geo.transform(metres, geo.UTM48, geo.WGS84))
        seconds = np.array([t.timestamp() for t in track.times])
        empty = np.full(len(seconds), np.nan, np.float32)
        mark = np.zeros(len(seconds), np.uint8)
        told.append((f"{number:03d}", Fixes(lonlat[:, 0], lonlat[:, 1], empty, seconds, empty, empty, mark)))
    return told


def write_walks(told: list[tuple[str, Fixes]], target: Path) -> None:
    """Write walks as a table: walk, time (UTC), lon, lat."""
    lines = ["walk,time,lon,lat"]
    for name, fixes in told:
        for when, lon, lat in zip(fixes.time_s, fixes.lon, fixes.lat, strict=True):
            stamp = datetime.fromtimestamp(float(when), UTC).replace(tzinfo=None).isoformat()
            lines.append(f"{name},{stamp},{lon:.8f},{lat:.8f}")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")

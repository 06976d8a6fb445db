"""The cube, block by block, becomes features."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eradication.config import Settings
from eradication.features.indices import index
from eradication.features.season import season_features
from eradication.features.table import CONTEXT, FEATURES, INDICES, MONTHS, SEASONS
from eradication.features.windows import median_of_dates, ring_median
from eradication.progress import Tick, silent
from eradication.raster import Cube, FeatureStack

type Float32 = npt.NDArray[np.float32]

BLOCK_BYTES = 96 * 2**20
"""Reflectance held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What can be computed from the bands there are, and which dates belong to which month."""

    bands: tuple[str, ...]
    month: npt.NDArray[np.int64]
    """Months after August of the season's first year per date: May before it is -3, May after it 9."""
    wanted: tuple[str, ...]
    indices: tuple[str, ...]


def describe(cube: Cube, settings: Settings, tick: Tick = silent) -> FeatureStack:
    """Compute every feature the cube's bands allow.

    Args:
        cube: reflectance of shape (time, y, x); dask arrays are read block by block.
        settings: ``imagery.min_clear`` decides which pixels count as observed.
        tick: called with rows done and rows in all.

    Returns:
        Features on the cube's grid, in the order of :data:`FEATURES`; those whose bands are missing are named in
        ``missing`` and left out. No feature is the count of clear looks: a model must not learn where clouds were.
    """
    plan = _plan(cube)
    height, width = cube.geobox.shape
    values = {name: np.full((height, width), np.nan, np.float32) for name in plan.wanted}
    clear = np.zeros((height, width), np.int16)
    for top, bottom in _blocks(cube, plan.bands):
        bands = {b: np.asarray(cube.bands[b][:, top:bottom, :], np.float32) for b in plan.bands}
        clear[top:bottom] = _clear_looks(bands)
        for name, block in _block_features(plan, bands):
            values[name][top:bottom] = block
        tick(bottom, height)
    for name in plan.wanted:
        if name.endswith("_ring"):
            values[name] = _contrast(values[name.removesuffix("_ring")])
    observed = clear >= max(settings.imagery.min_clear, 1)
    return FeatureStack(
        season=cube.season,
        names=plan.wanted,
        values=_stacked(values, plan.wanted, (height, width)),
        geobox=cube.geobox,
        clear_observations=clear,
        observed=observed,
        missing=tuple(f.name for f in FEATURES if f.name not in plan.wanted),
    )


def _stacked(values: dict[str, Float32], names: tuple[str, ...], shape: tuple[int, int]) -> Float32:
    out = np.empty((len(names), *shape), np.float32)
    for i, name in enumerate(names):
        out[i] = values.pop(name)
    return out


def _plan(cube: Cube) -> _Plan:
    there = set(cube.bands)
    # Local time is UTC+7; a pass at 03:30 UTC never changes its day by it, but a pass near midnight UTC would.
    local = (cube.times + np.timedelta64(7, "h")).astype("datetime64[M]").astype(np.int64)
    august = np.datetime64(f"{cube.season.start_year}-08", "M").astype(np.int64)
    wanted = tuple(f.name for f in FEATURES if there.issuperset(f.bands))
    needed = {b for f in FEATURES if f.name in wanted for b in f.bands}
    indices = tuple(name for name, (_, bands, _) in INDICES.items() if there.issuperset(bands))
    return _Plan(tuple(b for b in cube.bands if b in needed), local - august, wanted, indices)


def _blocks(cube: Cube, bands: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    height, width = cube.geobox.shape
    row_bytes = max(len(bands), 1) * max(len(cube.times), 1) * width * 4
    rows = max(1, min(height, BLOCK_BYTES // row_bytes))
    tops = list(range(0, height, rows)) if bands else []
    for band in bands[:1]:
        chunks = getattr(cube.bands[band], "chunks", None)
        if chunks and chunks[1][0] <= rows:
            # Whole chunks only, so that no scene is read twice.
            step = chunks[1][0] * (rows // chunks[1][0])
            tops = list(range(0, height, step))
    yield from pairwise([*tops, height])


def _clear_looks(bands: dict[str, Float32]) -> npt.NDArray[np.int16]:
    """Count dates on which every 10 m band that exists was seen."""
    fine = [b for b in bands if b in ("blue", "green", "red", "nir")] or [*bands]
    seen = np.isfinite(bands[fine[0]])
    for name in fine[1:]:
        seen &= np.isfinite(bands[name])
    return seen.sum(axis=0).astype(np.int16)


def _block_features(plan: _Plan, bands: dict[str, Float32]) -> Iterator[tuple[str, Float32]]:
    dated = {name: index(name, bands) for name in plan.indices}
    monthly: dict[str, Float32] = {}
    for name, values in dated.items():
        for position, month in enumerate(MONTHS):
            monthly[f"{name}_{month}"] = median_of_dates(values[plan.month == position])
    yield from monthly.items()
    if "ndvi" in dated:
        for name, block in season_features(plan.month, bands, dated, monthly):
            if name in plan.wanted:
                yield name, block
    for name in CONTEXT:
        if f"{name}_autumn" not in plan.wanted:
            continue
        values = index(name, bands)
        for season, (first, end) in SEASONS.items():
            yield f"{name}_{season}", median_of_dates(values[(plan.month >= first) & (plan.month < end)])


def _contrast(values: Float32) -> Float32:
    return values - ring_median(values) if np.isfinite(values).any() else values

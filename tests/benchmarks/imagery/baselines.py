"""The scripts to beat: what a competent analyst writes with rasterio, scikit-learn, scipy and bottleneck or NumPy.

They take the same files, dates and fitted model as the package and compute the same features by the same definitions,
with means of their own: nothing here calls the package's reading, features, prediction or outlines. ``BOTTLENECK``
works on both cores (bottleneck and rasterio release the lock that Python threads share), ``NUMPY`` is the same with
NumPy's nan-functions in one thread; scikit-learn predicts on both cores in either.

Left out, to the scripts' advantage: the package's test of an item's offset against its pixels, its checks of files
against their items, the splitting of large candidates and everything that is stored.
"""

import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bottleneck
import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.features
from benchmarks.imagery.series import Described, blue_steps
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.windows import Window
from scipy import ndimage

from eradication.config import Settings
from eradication.domain.model import TrainedModel

BANDS = ("blue", "green", "red", "rededge1", "nir", "nir08", "swir16", "swir22")
"""Those that the features need."""
STEP_PX = 1024
"""Side of the windows worked on: one block of the files."""
MARGIN_PX = 6
"""Around a window: the ring of neighbours reaches 5 pixels; even, so that 20 m pixels are not cut."""
STRIP_ROWS = 512
"""Rows described at a time, one strip per thread."""
ROWS = 128
"""Rows predicted at a time."""

type Float32 = npt.NDArray[np.float32]
type Flags = npt.NDArray[np.bool_]
type Along = Callable[[Float32, int], Float32]


@dataclass(frozen=True, slots=True)
class Toolkit:
    """What the two scripts differ in."""

    nanmedian: Along
    nanmax: Along
    nanmin: Along
    threads: int


def _quiet(function: Callable[..., Any]) -> Along:
    def along(values: Float32, axis: int) -> Float32:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # pixels seen on no date
            result: Float32 = function(values, axis=axis)
        return result

    return along


BOTTLENECK = Toolkit(
    lambda values, axis: bottleneck.nanmedian(values, axis=axis),
    lambda values, axis: bottleneck.nanmax(values, axis=axis),
    lambda values, axis: bottleneck.nanmin(values, axis=axis),
    threads=2,
)
NUMPY = Toolkit(_quiet(np.nanmedian), _quiet(np.nanmax), _quiet(np.nanmin), threads=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What a script finds."""

    seconds: dict[str, float]
    score: Float32
    transform: Affine
    candidates: list[dict[str, Any]]
    """GeoJSON polygons in the raster's CRS, best first."""


@dataclass(slots=True)
class Watch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage."""
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class _Pass:
    """Files of one overflight."""

    when: datetime
    items: tuple[dict[str, Any], ...]
    folders: tuple[Path, ...]


def run(catalog: Path, model: TrainedModel, tools: Toolkit, settings: Settings) -> Found:
    """Do the whole path: read, describe, predict, outline."""
    watch = Watch()
    season = _passes(catalog)
    transform, shape = _grid(season)
    score = np.full(shape, np.nan, np.float32)
    times = np.array([p.when.replace(tzinfo=None) for p in season], "datetime64[s]")
    for window, inner in _windows(shape):
        with watch.stage("read"):
            bands = _read(season, window, transform, tools, settings)
            blank_missed_clouds(times, bands)
        with watch.stage("features"):
            layers, observed = _layers(times, bands, model, tools, settings)
            layers, observed = [layer[inner] for layer in layers], observed[inner]
        with watch.stage("predict"):
            top, left = int(window.row_off) + inner[0].start, int(window.col_off) + inner[1].start
            part = _predict(layers, observed, model)
            score[top : top + part.shape[0], left : left + part.shape[1]] = part
    with watch.stage("candidates"):
        candidates = outlines(score, transform, settings)
    return Found(watch.seconds, score, transform, candidates)


def _passes(catalog: Path) -> list[_Pass]:
    """Return the season's overflights in order; tiles within ten minutes belong together."""
    paths = sorted(catalog.parent.glob("*/*/*.json"))
    items = [(json.loads(path.read_text(encoding="utf-8")), path.parent) for path in paths]
    items.sort(key=lambda pair: pair[0]["properties"]["datetime"])
    groups: list[list[tuple[dict[str, Any], Path]]] = []
    for item, folder in items:
        if groups and _when(item) - _when(groups[-1][0][0]) < timedelta(minutes=10):
            groups[-1].append((item, folder))
        else:
            groups.append([(item, folder)])
    return [_Pass(_when(g[0][0]), tuple(i for i, _ in g), tuple(f for _, f in g)) for g in groups]


def _when(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["properties"]["datetime"])


def _grid(season: Sequence[_Pass]) -> tuple[Affine, tuple[int, int]]:
    """Return the 10 m grid that holds every tile."""
    reds = [item["assets"]["red"] for p in season for item in p.items]
    west = min(r["proj:transform"][2] for r in reds)
    north = max(r["proj:transform"][5] for r in reds)
    east = max(r["proj:transform"][2] + 10 * r["proj:shape"][1] for r in reds)
    south = min(r["proj:transform"][5] - 10 * r["proj:shape"][0] for r in reds)
    return Affine(10, 0, west, 0, -10, north), (round((north - south) / 10), round((east - west) / 10))


def _windows(shape: tuple[int, int]) -> Iterator[tuple[Window, tuple[slice, slice]]]:
    """Yield windows with their margin, and where the window without it lies inside."""
    for top in range(0, shape[0], STEP_PX):
        for left in range(0, shape[1], STEP_PX):
            row, column = max(top - MARGIN_PX, 0), max(left - MARGIN_PX, 0)
            bottom, right = min(top + STEP_PX, shape[0]), min(left + STEP_PX, shape[1])
            height = min(bottom + MARGIN_PX, shape[0]) - row
            width = min(right + MARGIN_PX, shape[1]) - column
            inner = slice(top - row, bottom - row), slice(left - column, right - column)
            yield Window(column, row, width, height), inner


def _read(
    season: Sequence[_Pass], window: Window, transform: Affine, tools: Toolkit, settings: Settings
) -> dict[str, Float32]:
    """Return reflectance by band, shape (date, y, x), NaN where cloudy or outside."""
    shape = (len(season), int(window.height), int(window.width))
    bands = {name: np.full(shape, np.nan, np.float32) for name in BANDS}

    def load(number: int) -> None:
        one = season[number]
        for item, folder in zip(one.items, one.folders, strict=True):
            masked = _cloud_mask(item, folder, window, transform, settings)
            if masked is None:
                continue
            offset = _offset(item)
            for name in BANDS:
                counts = _window(folder / item["assets"][name]["href"], window, transform)
                values = counts.astype(np.float32) * np.float32(1e-4) + np.float32(offset)
                values[masked | (counts == 0)] = np.nan
                target = bands[name][number]
                bands[name][number] = np.where(np.isnan(target), values, target) if len(one.items) > 1 else values

    with ThreadPoolExecutor(tools.threads) as pool:
        list(pool.map(load, range(len(season))))
    return bands


def _cloud_mask(
    item: dict[str, Any], folder: Path, window: Window, transform: Affine, settings: Settings
) -> Flags | None:
    """Return pixels not to be used, or ``None`` if the item lies elsewhere."""
    classes = _window(folder / item["assets"]["scl"]["href"], window, transform)
    if not classes.any():
        return None
    wanted = settings.imagery.mask_scl
    masked: Flags = np.isin(classes, wanted)
    clouds = np.isin(classes, [c for c in (3, 8, 9, 10) if c in wanted])
    if settings.imagery.dilate_px:
        masked |= ndimage.binary_dilation(clouds, np.ones((3, 3), bool), iterations=settings.imagery.dilate_px)
    return masked


def _window(path: Path, window: Window, transform: Affine) -> npt.NDArray[Any]:
    """Read a window of the common 10 m grid; 20 m files are brought to it by their nearest pixel."""
    with rasterio.open(path) as file:
        step = file.transform.a / 10
        west = transform.c + 10 * window.col_off
        north = transform.f - 10 * window.row_off
        own = Window(
            (west - file.transform.c) / (10 * step),
            (file.transform.f - north) / (10 * step),
            window.width / step,
            window.height / step,
        )
        inside = 0 <= own.col_off and 0 <= own.row_off
        inside &= own.col_off + own.width <= file.width and own.row_off + own.height <= file.height
        shape = (int(window.height), int(window.width))
        # "boundless" reads through a virtual file, much slower, so only where it is needed.
        return file.read(
            1, window=own, out_shape=shape, resampling=Resampling.nearest, boundless=not inside, fill_value=0
        )


def _offset(item: dict[str, Any]) -> float:
    """Return the reflectance to add: by the archive's flag, else what the bands state."""
    applied = item["properties"].get("earthsearch:boa_offset_applied")
    if applied is not None:
        return 0.0 if applied else -0.1
    return float(item["assets"]["red"]["raster:bands"][0]["offset"])


def blank_missed_clouds(times: npt.NDArray[np.datetime64], bands: dict[str, Float32]) -> None:
    """Blank, in place, looks whose blue is more than 0.08 above the looks before and after, 60 days away at most."""
    days = (times + np.timedelta64(7, "h")).astype("datetime64[D]").astype(float)
    blue = blue_steps(bands["blue"])
    before, after = _neighbour(days, blue), _neighbour(-days[::-1], blue[::-1])[::-1]
    missed = blue - np.fmax(before, after) > 40  # steps of 0.002
    for values in bands.values():
        values[missed] = np.nan


def _neighbour(days: npt.NDArray[np.float64], blue: Float32) -> Float32:
    out = np.full_like(blue, np.nan)
    last, seen = np.full(blue.shape[1:], np.nan, np.float32), np.full(blue.shape[1:], -np.inf)
    for number, day in enumerate(days):
        out[number] = np.where(day - seen <= 60, last, np.nan)
        good = np.isfinite(blue[number])
        np.copyto(last, blue[number], where=good)
        np.copyto(seen, day, where=good)
    return out


def _layers(
    times: npt.NDArray[np.datetime64],
    bands: dict[str, Float32],
    model: TrainedModel,
    tools: Toolkit,
    settings: Settings,
) -> tuple[list[Float32], Flags]:
    """Return the model's features, each of shape (y, x), and which pixels were seen often enough."""
    seen = np.isfinite(bands["blue"])
    for name in ("red", "nir"):
        seen &= np.isfinite(bands[name])
    observed = seen.sum(axis=0) >= max(settings.imagery.min_clear, 1)
    height = len(observed)
    tops = range(0, height, STRIP_ROWS)

    def strip(top: int) -> list[Float32]:
        low, high = max(top - MARGIN_PX, 0), min(top + STRIP_ROWS + MARGIN_PX, height)
        described = Described(times, {name: values[:, low:high] for name, values in bands.items()}, tools)
        inner = slice(top - low, min(top + STRIP_ROWS, height) - low)
        return [described.layer(name)[inner] for name in model.features]

    with ThreadPoolExecutor(tools.threads) as pool:
        strips = list(pool.map(strip, tops))
    return [np.concatenate(parts) for parts in zip(*strips, strict=True)], observed


def _predict(layers: Sequence[Float32], observed: Flags, model: TrainedModel) -> Float32:
    """Return scores by scikit-learn, NaN where not observed."""
    score = np.full(observed.shape, np.nan, np.float32)
    for estimator in model.estimators:
        if hasattr(estimator, "n_jobs"):
            estimator.set_params(n_jobs=2)
    for top in range(0, observed.shape[0], ROWS):
        rows = slice(top, top + ROWS)
        known = observed[rows]
        if known.any():
            x = np.stack([layer[rows][known] for layer in layers], axis=1)
            score[rows][known] = _priority(_raw(x, model), model)
    return score


def _raw(x: Float32, model: TrainedModel) -> npt.NDArray[np.float64]:
    """Put the estimators together as the model says: trees, half boosted and half randomised, and networks."""
    z = x
    if model.scaling:
        centre, spread = np.array(model.scaling, np.float32).T
        z = np.nan_to_num(np.clip((x - centre) / spread, -6, 6), nan=0.0)
    if len(model.estimators) == 1:
        return np.asarray(model.estimators[0].predict_proba(z)[:, 1], float)
    networks = [e for e in model.estimators if hasattr(e, "coefs_")]
    trees = [e.predict_proba(x)[:, 1] for e in model.estimators if e not in networks]
    odds = _log_odds(0.5 * np.mean(trees[:-1], axis=0) + 0.5 * trees[-1])
    if networks:
        odds = odds + np.mean([_log_odds(e.predict_proba(z)[:, 1]) for e in networks], axis=0)
    return np.asarray(1 / (1 + np.exp(-odds)), float)


def _log_odds(p: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    inside = np.clip(np.asarray(p, float), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)), float)


def _priority(raw: npt.NDArray[np.float64], model: TrainedModel) -> npt.NDArray[np.float64]:
    calibration = model.calibration
    return np.asarray(1 / (1 + np.exp(-(calibration.slope * _log_odds(raw) + calibration.offset))), float)


def outlines(score: Float32, transform: Affine, settings: Settings) -> list[dict[str, Any]]:
    """Return connected pixels above the lower threshold that reach the upper one, as polygons, best first."""
    limits = settings.candidates
    labels, count = ndimage.label(np.nan_to_num(score, nan=-1.0) >= limits.grow, np.ones((3, 3), bool))
    best = np.asarray(ndimage.maximum(np.nan_to_num(score, nan=-1.0), labels, np.arange(count + 1)))
    best[0] = -1.0
    kept = np.isin(labels, np.flatnonzero(best >= limits.seed))
    shapes = rasterio.features.shapes(labels.astype(np.int32), kept, 8, transform)
    polygons = sorted(((float(best[int(label)]), shape) for shape, label in shapes), key=lambda pair: -pair[0])
    return [shape for _, shape in polygons[: limits.most]]

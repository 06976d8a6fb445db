"""From scores to candidate outlines.

Plots are mostly smaller than three pixels, so there is no smoothing and no morphological opening: one pixel is enough
to start a candidate. A candidate grows over lower neighbours (hysteresis), and what grows too large is split where its
scores have separate summits. Outlines follow pixel edges.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Settings
from eradication.domain import Candidate
from eradication.raster import ScoreMap

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

EIGHT = np.ones((3, 3), bool)
DIGITS = 7
"""Decimals of a degree kept in outlines: about a centimetre."""


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """Pixels of one candidate, best first."""

    rows: Ints
    columns: Ints
    score: float


def outline(scores: ScoreMap, settings: Settings, *, run: str) -> list[Candidate]:
    """Outline candidates and sort them by score.

    Args:
        scores: map of scores; NaN never joins a candidate.
        settings: section ``candidates``: thresholds, largest size, longest list.
        run: id of the run, kept in each candidate; it does not enter the candidate's id.

    Returns:
        At most ``candidates.most`` candidates, best first, ties by place from north to south. The same scores give
        the same list and the same ids.
    """
    limits = settings.candidates
    patches = _patches(scores.score, limits.seed, min(limits.grow, limits.seed), max(limits.max_px, 1))
    patches.sort(key=lambda p: (-p.score, p.rows[0], p.columns[0]))
    return [_candidate(scores, patch, run) for patch in patches[: limits.most]]


def _patches(score: npt.NDArray[np.float32], seed: float, grow: float, max_px: int) -> list[_Patch]:
    """Grow from every pixel of at least ``seed`` over neighbours of at least ``grow``; split what is too large."""
    with np.errstate(invalid="ignore"):
        joined = score >= grow
    labels, count = ndimage.label(joined, EIGHT)
    out: list[_Patch] = []
    # Pixels by label, one sort instead of one search per label.
    flat = labels.ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(1, count + 2))
    values = score.ravel()
    for first, end in pairwise(starts):
        pixels = order[first:end]
        if values[pixels].max() >= seed:
            out += _split(score, pixels, seed, max_px)
    return out


def _split(score: npt.NDArray[np.float32], pixels: Ints, seed: float, max_px: int) -> list[_Patch]:
    """Cut a connected group at its summits into parts of at most ``max_px`` pixels, each connected.

    Every pixel belongs to the summit it reaches by always stepping to its highest neighbour. A single summit with more
    pixels keeps its best ones; the rest is taken up again if it holds a seed of its own.
    """
    width = score.shape[1]
    values = score.ravel()
    out: list[_Patch] = []
    waiting = [pixels]
    while waiting:
        group = waiting.pop()
        # Best first; equal scores from north to south, so that the order is the same everywhere.
        group = group[np.lexsort((group, -values[group]))]
        if len(group) <= max_px:
            out.append(_patch(group, values, width))
            continue
        rest: list[int] = []
        for part in _basins(group, width):
            if values[part[0]] >= seed:
                out.append(_patch(part[:max_px], values, width))
                rest += part[max_px:].tolist()
        waiting += [g for g in _connected(np.array(rest, np.int64), score.shape) if values[g].max() >= seed]
    return out


def _patch(group: Ints, values: npt.NDArray[np.float32], width: int) -> _Patch:
    return _Patch(group // width, group % width, float(values[group[0]]))


def _basins(ranked: Ints, width: int) -> list[Ints]:
    """Group ``ranked`` pixels (best first) by the summit they climb to; each group stays best first."""
    rank = {int(pixel): i for i, pixel in enumerate(ranked)}
    basin: dict[int, list[int]] = {}
    summit: dict[int, int] = {}
    for i, pixel in enumerate(rank):
        row, column = divmod(pixel, width)
        around = [
            (row + dr) * width + column + dc for dr in (-1, 0, 1) for dc in (-1, 0, 1) if 0 <= column + dc < width
        ]
        best = min(rank.get(n, i) for n in around)
        top = pixel if best == i else summit[int(ranked[best])]
        summit[pixel] = top
        basin.setdefault(top, []).append(pixel)
    return [np.array(p, np.int64) for p in basin.values()]


def _connected(pixels: Ints, shape: tuple[int, ...]) -> list[Ints]:
    if len(pixels) == 0:
        return []
    mask = np.zeros(shape, bool)
    mask.ravel()[pixels] = True
    labels, count = ndimage.label(mask, EIGHT)
    flat = labels.ravel()[pixels]
    return [pixels[flat == i] for i in range(1, count + 1)]


def _candidate(scores: ScoreMap, patch: _Patch, run: str) -> Candidate:
    shape = _outline(scores, patch)
    weight = scores.score[patch.rows, patch.columns].astype(float)
    weight = weight if weight.sum() > 0 else np.ones_like(weight)
    column, row = np.average(patch.columns + 0.5, weights=weight), np.average(patch.rows + 0.5, weights=weight)
    ((x, y),) = _place(np.array([[column, row]]), scores)
    ((lon, lat),) = geo.transform([(float(x), float(y))], _epsg(scores), geo.WGS84)
    looks = scores.clear_observations[patch.rows, patch.columns]
    return Candidate(
        id=_identity(scores, shape),
        season=scores.season,
        geometry=shape,
        lon=round(float(lon), DIGITS),
        lat=round(float(lat), DIGITS),
        score=patch.score,
        score_kind=scores.kind,
        area_m2=round(geo.area_m2(shape), 1),
        run=run,
        model=scores.model,
        clear_observations=int(np.median(looks)),
    )


def _outline(scores: ScoreMap, patch: _Patch) -> BaseGeometry:
    """Return the pixels' outline in WGS 84; pixels that meet only at a corner give a multipolygon."""
    r, c = patch.rows, patch.columns
    cells = shapely.union_all(shapely.box(c, r, c + 1, r + 1))
    # Straight edges in the raster's CRS bend in degrees by far less than a centimetre over 600 m.
    in_raster = shapely.transform(cells, lambda xy: _place(xy, scores))
    degrees = geo.project(in_raster, _epsg(scores), geo.WGS84)
    return shapely.normalize(shapely.transform(degrees, lambda xy: np.round(xy, DIGITS)))


def _place(column_row: Floats, scores: ScoreMap) -> Floats:
    """Return raster coordinates of pixel coordinates, shape (n, 2)."""
    at = scores.geobox.affine
    moved: Floats = column_row @ np.array([[at.a, at.d], [at.b, at.e]]) + (at.c, at.f)
    return moved


def _identity(scores: ScoreMap, shape: BaseGeometry) -> str:
    """Return an id that depends on season, model and outline alone."""
    corners = ";".join(f"{x:.{DIGITS}f},{y:.{DIGITS}f}" for x, y in shapely.get_coordinates(shape))
    return hashlib.sha256(f"{scores.season.label}|{scores.model}|{corners}".encode()).hexdigest()[:16]


def _epsg(scores: ScoreMap) -> int:
    """Return the EPSG code of the grid; rasters are made in the settings' ``raster_epsg``, so there is one."""
    crs = scores.geobox.crs
    code = crs.epsg if crs is not None else None
    return geo.UTM48 if code is None else int(code)

"""From scores to candidate outlines.

Plots are mostly smaller than three pixels, so there is no smoothing and no morphological opening: one pixel is enough
to start a candidate. A candidate grows over lower neighbours (hysteresis), and what grows too large is split where its
scores have separate summits. Outlines follow pixel edges.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Settings
from eradication.domain import Candidate
from eradication.raster import ScoreMap

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]
type Scores = npt.NDArray[np.float32]

DIGITS = 7
"""Decimals of a degree kept in outlines: about a centimetre."""


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Some pixels and their scores."""

    pixels: Ints
    score: Scores

    def at(self, positions: Ints) -> "_Group":
        """Return those at ``positions``."""
        return _Group(self.pixels[positions], self.score[positions])


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """Pixels of one candidate, best first."""

    rows: Ints
    columns: Ints
    score: Scores


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
    patches = _patches(scores, limits.seed, min(limits.grow, limits.seed), max(limits.max_px, 1))
    patches.sort(key=lambda p: (-p.score[0], p.rows[0], p.columns[0]))
    return [_candidate(scores, patch, run) for patch in patches[: limits.most]]


def _patches(scores: ScoreMap, seed: float, grow: float, max_px: int) -> list[_Patch]:
    """Grow from every pixel of at least ``seed`` over neighbours of at least ``grow``; split what is too large."""
    joined = scores.score >= grow
    pixels, values = scores.pixels[joined], scores.score[joined]
    width = int(scores.geobox.shape[1])
    out: list[_Patch] = []
    for members in _connected(pixels, width):
        if values[members].max() >= seed:
            out += _split(_Group(pixels[members], values[members]), width, seed, max_px)
    return out


def _connected(pixels: Ints, width: int) -> list[Ints]:
    """Return the positions of each 8-connected group of ``pixels`` (flat indices, ascending)."""
    if not len(pixels):
        return []
    column = pixels % width
    pairs = []
    for step, inside in (
        (1, column < width - 1),
        (width - 1, column > 0),
        (width, None),
        (width + 1, column < width - 1),
    ):
        begin = np.arange(len(pixels)) if inside is None else np.flatnonzero(inside)
        end = np.minimum(np.searchsorted(pixels, pixels[begin] + step), len(pixels) - 1)
        met = pixels[end] == pixels[begin] + step
        pairs.append(np.stack([begin[met], end[met]]))
    begin, end = np.concatenate(pairs, axis=1)
    graph = sparse.coo_array((np.ones(len(begin), np.int8), (begin, end)), shape=(len(pixels), len(pixels)))
    count, labels = csgraph.connected_components(graph, directed=False)
    # Positions by label, one sort instead of one search per label.
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _split(group: _Group, width: int, seed: float, max_px: int) -> list[_Patch]:
    """Cut a connected group at its summits into parts of at most ``max_px`` pixels, each connected.

    Every pixel belongs to the summit it reaches by always stepping to its highest neighbour. A single summit with more
    pixels keeps its best ones; the rest is taken up again if it holds a seed of its own.
    """
    out: list[_Patch] = []
    waiting = [group]
    while waiting:
        # Best first; equal scores from north to south, so that the order is the same everywhere.
        whole = waiting.pop()
        ranked = whole.at(np.lexsort((whole.pixels, -whole.score)))
        if len(ranked.pixels) <= max_px:
            out.append(_patch(ranked, width))
            continue
        rest: list[Ints] = [np.empty(0, np.int64)]
        for part in _basins(ranked.pixels, width):
            if ranked.score[part[0]] >= seed:
                out.append(_patch(ranked.at(part[:max_px]), width))
                rest.append(part[max_px:])
        left = ranked.at(np.concatenate(rest))
        left = left.at(np.argsort(left.pixels))
        waiting += [g for g in (left.at(m) for m in _connected(left.pixels, width)) if g.score.max() >= seed]
    return out


def _patch(group: _Group, width: int) -> _Patch:
    return _Patch(group.pixels // width, group.pixels % width, group.score)


def _basins(ranked: Ints, width: int) -> list[Ints]:
    """Group the positions of ``ranked`` pixels (best first) by the summit they climb to; each stays best first."""
    rank = {int(pixel): i for i, pixel in enumerate(ranked)}
    basin: dict[int, list[int]] = {}
    summit: dict[int, int] = {}
    for i, pixel in enumerate(rank):
        row, column = divmod(pixel, width)
        around = [
            (row + dr) * width + column + dc for dr in (-1, 0, 1) for dc in (-1, 0, 1) if 0 <= column + dc < width
        ]
        best = min(rank.get(n, i) for n in around)
        summit[i] = i if best == i else summit[best]
        basin.setdefault(summit[i], []).append(i)
    return [np.array(p, np.int64) for p in basin.values()]


def _candidate(scores: ScoreMap, patch: _Patch, run: str) -> Candidate:
    shape = _outline(scores, patch)
    weight = patch.score.astype(float)
    weight = weight if weight.sum() > 0 else np.ones_like(weight)
    column, row = np.average(patch.columns + 0.5, weights=weight), np.average(patch.rows + 0.5, weights=weight)
    ((x, y),) = _place(np.array([[column, row]]), scores)
    ((lon, lat),) = geo.transform([(float(x), float(y))], _epsg(scores), geo.WGS84)
    at = np.searchsorted(scores.pixels, np.sort(patch.rows * int(scores.geobox.shape[1]) + patch.columns))
    looks = scores.clear_observations[at]
    return Candidate(
        id=_identity(scores, shape),
        season=scores.season,
        geometry=shape,
        lon=round(float(lon), DIGITS),
        lat=round(float(lat), DIGITS),
        score=float(patch.score[0]),
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

"""From scores to candidate outlines.

Plots are mostly smaller than three pixels, so there is no smoothing and no morphological opening: one pixel is enough
to start a candidate. A candidate grows over lower neighbours (hysteresis), and what grows too large is split where its
scores have separate summits. Outlines follow pixel edges.

A candidate's score is that of its best pixel, raised by the second best: noise is rarely high twice side by side, and
a plot of class A or B covers more than one pixel. docs/accuracy.md says what that is worth.
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

SECOND_SHARE = 0.5
"""Power of the second pixel's odds beside those of the best."""
_EDGE = 1e-6
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
    evidence: float
    """See :func:`evidence`."""


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
    patches = _patches(scores, limits.seed, min(limits.grow, limits.seed), max(limits.max_px, 1), limits.most)
    patches.sort(key=lambda p: (-p.evidence, p.rows[0], p.columns[0]))
    patches = patches[: limits.most]
    shapes, points = _outlines(scores, patches), _points(scores, patches)
    return [
        _candidate(scores, patch, run, shape, point)
        for patch, shape, point in zip(patches, shapes, points, strict=True)
    ]


def _patches(scores: ScoreMap, seed: float, grow: float, max_px: int, most: int) -> list[_Patch]:
    """Grow from every pixel of at least ``seed`` over neighbours of at least ``grow``; split what is too large.

    Of the groups that need not be split only the best ``most`` are returned: a province has hundreds of thousands.
    """
    joined = scores.score >= grow
    every, width = _Group(scores.pixels[joined], scores.score[joined]), int(scores.geobox.shape[1])
    order, starts = _ranked(every, width)
    ends, best = np.append(starts[1:], len(order)), order[starts]
    grown = every.score[best] >= seed
    small, large = np.flatnonzero(grown & (ends - starts <= max_px)), np.flatnonzero(grown & (ends - starts > max_px))
    second = order[np.minimum(starts + 1, ends - 1)]
    joint = evidence(every.score[best], np.where(ends - starts > 1, every.score[second], grow), grow)
    first = np.lexsort((every.pixels[best[small]], -joint[small]))
    groups = [every.at(order[starts[n] : ends[n]]) for n in small[first[:most]]]
    for n in large:
        groups += _split(every.at(np.sort(order[starts[n] : ends[n]])), width, seed, max_px)
    return [_patch(group, width, grow) for group in groups]


def evidence(best: Floats | Scores, second: Floats | Scores, grow: float) -> Floats:
    """Return the scores of candidates: odds of the best pixel, times the root of the second's over those of ``grow``.

    Args:
        best: scores of the best pixels, 0…1.
        second: of the second best, at least ``grow``; ``grow`` where there is none: the score is the best pixel's then.
        grow: score from which a pixel joins.
    """
    top, next_, least = (np.clip(np.asarray(p, float), _EDGE, 1 - _EDGE) for p in (best, second, grow))
    odds = top / (1 - top) * (next_ / (1 - next_) / (least / (1 - least))) ** SECOND_SHARE
    joint: Floats = odds / (1 + odds)
    return joint


def _ranked(group: _Group, width: int) -> tuple[Ints, Ints]:
    """Return the positions of a group's pixels by connected part, best first in each, and where each part starts.

    Equal scores are ordered from north to south, so that the order is the same everywhere.
    """
    labels = _labels(group.pixels, width)
    order = np.lexsort((group.pixels, -group.score, labels))
    return order, np.flatnonzero(np.diff(labels[order], prepend=-1))


def _labels(pixels: Ints, width: int) -> npt.NDArray[np.int32]:
    """Return the number of the 8-connected part that each of ``pixels`` (flat indices, ascending) belongs to."""
    if not len(pixels):
        return np.zeros(0, np.int32)
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
    labels: npt.NDArray[np.int32] = csgraph.connected_components(graph, directed=False)[1]
    return labels


def _split(group: _Group, width: int, seed: float, max_px: int) -> list[_Group]:
    """Cut a connected group at its summits into parts of at most ``max_px`` pixels, each connected.

    Every pixel belongs to the summit it reaches by always stepping to its highest neighbour. A single summit with more
    pixels keeps its best ones; the rest is taken up again if it holds a seed of its own.
    """
    out: list[_Group] = []
    waiting = [group]
    while waiting:
        whole = waiting.pop()
        ranked = whole.at(np.lexsort((whole.pixels, -whole.score)))
        if len(ranked.pixels) <= max_px:
            out.append(ranked)
            continue
        rest: list[Ints] = [np.empty(0, np.int64)]
        for part in _basins(ranked.pixels, width):
            if ranked.score[part[0]] >= seed:
                out.append(ranked.at(part[:max_px]))
                rest.append(part[max_px:])
        left = ranked.at(np.concatenate(rest))
        left = left.at(np.argsort(left.pixels))
        order, starts = _ranked(left, width)
        parts = (left.at(np.sort(part)) for part in np.split(order, starts[1:]) if len(part))
        waiting += [part for part in parts if part.score.max() >= seed]
    return out


def _patch(group: _Group, width: int, grow: float) -> _Patch:
    return _Patch(group.pixels // width, group.pixels % width, group.score, score_of(group.score, grow))


def score_of(pixels: Scores, grow: float) -> float:
    """Return the score of one candidate from those of its pixels, in any order; see :func:`evidence`."""
    best = np.sort(pixels)[::-1]
    second = max(float(best[1]), grow) if len(best) > 1 else grow
    return float(evidence(best[:1], np.array([second]), grow)[0])


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


def _candidate(scores: ScoreMap, patch: _Patch, run: str, shape: BaseGeometry, point: tuple[float, float]) -> Candidate:
    width = int(scores.geobox.shape[1])
    at = np.searchsorted(scores.pixels, np.sort(patch.rows * width + patch.columns))
    return Candidate(
        id=_identity(scores, shape),
        season=scores.season,
        geometry=shape,
        lon=round(point[0], DIGITS),
        lat=round(point[1], DIGITS),
        score=patch.evidence,
        score_kind=scores.kind,
        area_m2=round(geo.area_m2(shape), 1),
        run=run,
        model=scores.model,
        clear_observations=int(np.median(scores.clear_observations[at])),
        outside=bool(scores.outside[np.searchsorted(scores.pixels, patch.rows[0] * width + patch.columns[0])]),
    )


def _points(scores: ScoreMap, patches: list[_Patch]) -> list[tuple[float, float]]:
    """Return longitude and latitude of each patch: the mean of its pixels' centres, weighted by score."""
    centres = np.zeros((len(patches), 2))
    for number, patch in enumerate(patches):
        weight = patch.score.astype(float)
        weight = weight if weight.sum() > 0 else np.ones_like(weight)
        centres[number] = weight @ np.column_stack([patch.columns + 0.5, patch.rows + 0.5]) / weight.sum()
    return geo.transform([(float(x), float(y)) for x, y in _place(centres, scores)], _epsg(scores), geo.WGS84)


def _outlines(scores: ScoreMap, patches: list[_Patch]) -> npt.NDArray[np.object_]:
    """Return the pixels' outlines in WGS 84; pixels that meet only at a corner give a multipolygon."""
    if not patches:
        return np.zeros(0, object)
    r, c = (np.concatenate([getattr(patch, side) for patch in patches]) for side in ("rows", "columns"))
    owner = np.repeat(np.arange(len(patches)), [len(patch.rows) for patch in patches])
    squares = np.asarray(shapely.geometrycollections(shapely.box(c, r, c + 1, r + 1), indices=owner))
    cells = shapely.union_all(squares[:, None], axis=1)
    change = geo.transformer(_epsg(scores), geo.WGS84)

    # Straight edges in the raster's CRS bend in degrees by far less than a centimetre over 600 m.
    def in_degrees(xy: Floats) -> Floats:
        placed = _place(xy, scores)
        return np.round(np.column_stack(change.transform(placed[:, 0], placed[:, 1])), DIGITS)

    outlines: npt.NDArray[np.object_] = np.asarray(shapely.normalize(shapely.transform(cells, in_degrees)))
    return outlines


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

"""How long people walk from place to place, and by which way: the quickest on the ground's directed graph.

Uphill takes longer than downhill, so seconds there and back differ. The steps and what each takes are in
:mod:`eradication.routing.steps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from eradication.errors import N_, UnusableInput
from eradication.routing.barriers import SNAP_M, anchored, middles, pieces
from eradication.routing.land import Covers, Land, land
from eradication.routing.shortest import between
from eradication.routing.steps import Graph, graph, speed_ms

__all__ = ["SNAP_M", "Covers", "Land", "Way", "joined", "land", "reached", "times", "ways"]

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way on foot, from point to point."""

    xy: Floats
    """Shape (vertex, 2), metres east and north (EPSG:32648)."""
    heights_m: Floats
    """Of each vertex."""
    distance_m: Floats
    """Walked by each vertex, on the map, from 0 on."""
    seconds: float

    @property
    def length_m(self) -> float:
        """Length on the map."""
        return float(self.distance_m[-1])

    @property
    def climb_m(self) -> float:
        """Sum of all rises."""
        return float(np.maximum(np.diff(self.heights_m), 0).sum())

    @property
    def descent_m(self) -> float:
        """Sum of all falls."""
        return float(np.maximum(-np.diff(self.heights_m), 0).sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Where points meet the graph."""

    cells: Ints
    """-1 = nowhere."""
    seconds: Floats
    """Between a point and the middle of its cell."""


def reached(land: Land, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell which points lie on ground that can be walked on, or within :data:`SNAP_M` of it with no barrier between.

    Args:
        land: the ground.
        points: shape (n, 2), metres east and north (EPSG:32648).
    """
    flags: npt.NDArray[np.bool_] = _ends(land, points).cells >= 0
    return flags


def joined(land: Land, points: npt.ArrayLike, posts: int = 1) -> npt.NDArray[np.bool_]:
    """Tell to which points there is some way from a post and back, however long.

    What is :func:`reached` but not joined lies behind a river, an area to keep out of or ground too steep.

    Args:
        land: the ground.
        points: shape (n, 2), metres east and north (EPSG:32648).
        posts: so many of the points, the first ones, are posts.
    """
    seconds, ends = graph(land).seconds, _ends(land, points)
    flags = np.zeros(len(ends.cells), bool)
    for cell in ends.cells[:posts][ends.cells[:posts] >= 0]:
        there = dijkstra(seconds, indices=int(cell))
        back = dijkstra(csr_array(seconds.T), indices=int(cell))
        flags |= (ends.cells >= 0) & np.isfinite(there + back)[ends.cells]
    return flags


def times(land: Land, points: npt.ArrayLike, limit_s: float, posts: int = 0) -> Floats:
    """Return the seconds on foot between all points, from row to column, shape (n, n).

    Args:
        land: the ground.
        points: shape (n, 2), metres east and north (EPSG:32648).
        limit_s: longer ways are not looked for.
        posts: if so many of the points, the first ones, are posts, only what a round trip from a post of at most
            ``limit_s`` can use is looked for: much faster. A way that none can use is then told as too long, or inf.

    Returns:
        Seconds; inf = not reached, not within ``limit_s`` or, with ``posts``, of no use to any round trip. 0 on the
        diagonal.
    """
    seconds, ends = graph(land).seconds, _ends(land, points)
    out = np.full((len(ends.cells), len(ends.cells)), np.inf)
    sources = np.flatnonzero(ends.cells >= 0)
    limits = np.full(len(out), float(limit_s))
    if posts:
        seconds, trips = _round_trips(seconds, ends, sources[sources < posts], limit_s)
        limits -= trips.out
        sources = sources[trips.useful[sources]]
    _search(seconds, ends, sources, limits, out)
    out[np.diag_indices_from(out)] = 0.0
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Trips:
    """What a round trip from a post can use."""

    useful: npt.NDArray[np.bool_]
    """Points within reach."""
    out: Floats
    """Seconds from the nearest post to each point, 0 where it is of no use."""


def _round_trips(
    seconds: csr_array, ends: _Ends, posts: npt.NDArray[np.int_], limit_s: float
) -> tuple[csr_array, _Trips]:
    """Leave of a graph the cells that lie on some round trip from a post within the limit."""
    there = np.full(seconds.shape[0], np.inf)
    useful = np.zeros(seconds.shape[0], bool)
    turned = csr_array(seconds.T)
    for post in posts:
        out = dijkstra(seconds, indices=int(ends.cells[post]), limit=limit_s) + ends.seconds[post]
        back = dijkstra(turned, indices=int(ends.cells[post]), limit=limit_s) + ends.seconds[post]
        useful |= out + back <= limit_s
        there = np.minimum(there, np.where(out + back <= limit_s, out, np.inf))
    begin = np.repeat(np.arange(seconds.shape[0], dtype=np.int32), np.diff(seconds.indptr))
    kept = useful[begin] & useful[seconds.indices]
    less = csr_array(coo_array((seconds.data[kept], (begin[kept], seconds.indices[kept])), shape=seconds.shape))
    near = (ends.cells >= 0) & useful[ends.cells]
    return less, _Trips(near, np.where(near, there[ends.cells], 0.0))


def _search(seconds: csr_array, ends: _Ends, sources: npt.NDArray[np.int_], limits: Floats, out: Floats) -> None:
    """Fill the rows of ``out`` of the points to start from, each as far as its limit."""
    targets = np.flatnonzero(ends.cells >= 0)
    found = between(seconds, ends.cells[sources], ends.cells[targets], limits[sources])
    found += ends.seconds[sources, None] + ends.seconds[None, targets]
    found[found > limits[sources, None]] = np.inf
    out[np.ix_(sources, targets)] = found


def ways(land: Land, points: npt.ArrayLike, pairs: Sequence[tuple[int, int]]) -> list[Way]:
    """Return the quickest way of each pair of points.

    Args:
        land: the ground.
        points: shape (n, 2), metres east and north (EPSG:32648).
        pairs: numbers of the points to go from and to.

    Raises:
        UnusableInput: ``no_way``.
    """
    network, ends, xy = graph(land), _ends(land, points), np.asarray(points, float)
    found: dict[tuple[int, int], Way] = {}
    for source in sorted({a for a, _ in pairs}):
        if ends.cells[source] < 0:
            continue
        seconds, before = dijkstra(network.seconds, indices=int(ends.cells[source]), return_predecessors=True)
        for a, b in set(pairs):
            if a == source and ends.cells[b] >= 0 and np.isfinite(seconds[ends.cells[b]]):
                lasts = float(seconds[ends.cells[b]] + ends.seconds[a] + ends.seconds[b])
                cells = _cells(before, int(ends.cells[a]), int(ends.cells[b]))
                found[a, b] = _way(land, network, cells, xy[[a, b]], lasts)
    missing = [pair for pair in pairs if pair not in found]
    if missing:
        raise UnusableInput(
            "no_way",
            N_("There is no way on foot from {a} to {b}."),
            hint=N_(
                "A river, an area to keep out of or ground that is too steep lies between them, or heights are missing."
            ),
            where=" → ".join(f"{x:.0f} {y:.0f}" for x, y in xy[list(missing[0])].tolist()),
            values={"a": missing[0][0], "b": missing[0][1]},
        )
    return [found[pair] for pair in pairs]


def _ends(land: Land, points: npt.ArrayLike) -> _Ends:
    xy = np.asarray(points, float).reshape(-1, 2)
    cells, away = anchored(land, xy, graph(land).walked, pieces(land.barrier))
    return _Ends(cells, away / speed_ms(0.0, land.pace.ravel()[cells]))


def _cells(before: Ints, source: int, target: int) -> list[int]:
    cells = [target]
    while cells[-1] != source:
        cells.append(int(before[cells[-1]]))
    return cells[::-1]


def _way(land: Land, network: Graph, cells: list[int], ends: Floats, seconds: float) -> Way:
    parts, known = [ends[:1]], []
    for cell, after in zip(cells, [*cells[1:], -1], strict=True):
        known.append(sum(len(part) for part in parts))
        parts.append(middles(land, np.array([cell])))
        if (cell, after) in network.bridges:
            parts.append(network.bridges[cell, after])
    line = np.vstack([*parts, ends[1:]])
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    # Heights are known in the middles of cells; over a bridge and at the ends they are drawn on from there.
    heights = np.interp(walked, walked[known], land.heights_m.ravel()[cells].astype(float))
    return Way(line, heights, walked, seconds)

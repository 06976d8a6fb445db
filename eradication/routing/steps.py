"""Steps from cell to cell and the seconds each takes: Tobler's hiking function on a directed graph.

Tobler (1993, Three presentations on geographical analysis and modeling, NCGIA 93-1): a walker makes
``6·exp(−3.5·|s + 0.05|)`` km/h on a path of slope ``s`` (rise over run, positive uphill), fastest on 5 % down; off the
path 0.6 of it. Lengths are those on the map. From a cell people step to its 8 neighbours and by knight's moves to 8
more, which keeps a way over even ground within 3 % of the straight line. A step that touches a river, an area to keep
out of or passes a cell that is not walked on does not exist: ways cannot leak through thin lines.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array

from eradication.routing.barriers import anchored, middles, near_barrier, pieces, touching
from eradication.routing.land import ON_PATH, Land

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int32]
type Flags = npt.NDArray[np.bool_]

FLAT_KMH = 6.0
SLOWEST_KMH = 0.2
"""Nobody who goes on at all is slower, also where the function says so for steep forest; assumed."""

KING = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps to neighbours as (rows, columns); the other way round they are steps too."""
KNIGHT = ((1, 2), (2, 1), (1, -2), (2, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Cells that can be walked on and the steps between them."""

    seconds: csr_array
    """Directed: from row to column; cells are numbered row by row from the north-west."""
    bridges: dict[tuple[int, int], Floats]
    """Way of the steps that cross a river, shape (vertex, 2), from bank to bank."""
    walked: Flags
    """Cells that have a step, flat."""


def speed_ms(slope: npt.ArrayLike, pace: npt.ArrayLike) -> Floats:
    """Return metres on the map per second, uphill ``slope`` > 0."""
    kmh = FLAT_KMH * np.exp(-3.5 * np.abs(np.asarray(slope, float) + 0.05)) * np.asarray(pace, float)
    return np.asarray(np.maximum(kmh, SLOWEST_KMH) / 3.6)


@lru_cache(maxsize=2)
def graph(land: Land, moves: tuple[tuple[int, int], ...] = KING + KNIGHT) -> Graph:
    """Return the steps of a land; kept for the two lands asked for last."""
    begins, ends, there, back = [], [], [], []
    near = near_barrier(land)
    tree = pieces(land.barrier)
    for move in moves:
        begin, end, up, down = _steps(land, move)
        free = _free(land, begin, end, near, tree)
        begins.append(begin[free])
        ends.append(end[free])
        there.append(up[free])
        back.append(down[free])
    a, b = np.concatenate(begins), np.concatenate(ends)
    bridged = _bridge_steps(land, tree)
    pairs = np.array(list(bridged), np.int32).reshape(-1, 2)
    over = np.array([_bridge_seconds(land, pair, way) for pair, way in bridged.items()])
    cells = land.pace.size
    seconds = coo_array(
        (
            np.concatenate([*there, *back, over]),
            (np.concatenate([a, b, pairs[:, 0]]), np.concatenate([b, a, pairs[:, 1]])),
        ),
        shape=(cells, cells),
    )
    walked = np.zeros(cells, bool)
    walked[seconds.coords[0]] = True
    return Graph(_least(seconds), bridged, walked)


def _least(seconds: coo_array) -> csr_array:
    """Return the graph with the quickest of steps between the same cells (a bridge beside a step)."""
    row, column = seconds.coords
    order = np.lexsort((seconds.data, column, row))
    row, column, data = row[order], column[order], seconds.data[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_array((data[first], (row[first], column[first])), shape=seconds.shape)


def _steps(land: Land, move: tuple[int, int]) -> tuple[Ints, Ints, Floats, Floats]:
    """Return begin and end cell of the steps of one kind, and the seconds there and back."""
    rows, columns = land.pace.shape
    cell = np.arange(land.pace.size, dtype=np.int32).reshape(rows, columns)

    def at(values: npt.NDArray[np.generic], down: int, right: int) -> npt.NDArray[np.generic]:
        """Values of the cell so far from where the step begins, for all steps that stay on the grid."""
        top, left = max(0, -move[0]) + down, max(0, -move[1]) + right
        return values[top : top + rows - abs(move[0]), left : left + columns - abs(move[1])]

    passed = _passed(move)
    height = np.stack([at(land.heights_m, *one) for one in passed]).astype(float)
    pace = np.stack([at(land.pace, *one) for one in passed]).astype(float)
    # A profile of two halves; the middle of a step lies between two cells, but for a step to a neighbour.
    knight = abs(move[0]) + abs(move[1]) == 3
    middle = (height[1] + height[2]) / 2 if knight else (height[0] + height[-1]) / 2
    run = land.size_m * float(np.hypot(*move)) / 2
    rises = np.stack([middle - height[0], height[-1] - middle]) / run
    on_path = np.minimum(pace[0], pace[-1]) >= ON_PATH
    open_ = (pace > 0).all(axis=0) & ((np.abs(rises).max(axis=0) <= land.steepest) | on_path)
    halves = _halves(pace, knight)
    with np.errstate(divide="ignore", invalid="ignore"):
        there = sum(run / speed_ms(rise, half) for rise, half in zip(rises, halves, strict=True))
        back = sum(run / speed_ms(-rise, half) for rise, half in zip(rises, halves, strict=True))
    begin, end = at(cell, 0, 0)[open_], at(cell, *move)[open_]
    return begin, end, np.asarray(there)[open_], np.asarray(back)[open_]


def _passed(move: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the cells that a step touches, the first and the last included."""
    down, right = move
    if abs(down) + abs(right) == 1:
        return [(0, 0), move]
    if abs(down) == abs(right):
        # It passes the corner of two more: where either is not walked on the corner is not cut.
        return [(0, 0), (down, 0), (0, right), move]
    one = (int(np.sign(down)), 0) if abs(down) == 2 else (0, int(np.sign(right)))
    return [(0, 0), one, (down - one[0], right - one[1]), move]


def _halves(pace: Floats, knight: bool) -> tuple[Floats, Floats]:
    """Return the pace of both halves of a step: seconds add up, so that it is a harmonic mean."""
    if not knight:
        return pace[0], pace[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 / (1 / pace[0] + 1 / pace[1]), 2 / (1 / pace[2] + 1 / pace[3])


def _free(land: Land, begin: Ints, end: Ints, near: Flags, tree: shapely.STRtree) -> Flags:
    """Tell which steps touch no barrier."""
    free = np.ones(len(begin), bool)
    doubtful = np.flatnonzero(near[begin] | near[end])
    if len(doubtful) and len(tree):
        ways = np.stack([middles(land, begin[doubtful]), middles(land, end[doubtful])], axis=1)
        free[doubtful[touching(ways, tree)]] = False
    return free


def _bridge_steps(land: Land, tree: shapely.STRtree) -> dict[tuple[int, int], Floats]:
    """Return the steps over bridges, both ways: from the cell on one bank along the road to that on the other."""
    if not land.bridges:
        return {}
    ends = np.array([(way[0], way[-1]) for way in land.bridges]).reshape(-1, 2)
    cells, _ = anchored(land, ends, land.pace.ravel() > 0, tree)
    steps: dict[tuple[int, int], Floats] = {}
    for (one, other), way in zip(cells.reshape(-1, 2).tolist(), land.bridges, strict=True):
        if one >= 0 and other >= 0 and one != other:
            ways = {(one, other): way, (other, one): way[::-1]}
            steps |= {pair: ways[pair] for pair in ways if pair not in steps or _length(steps[pair]) > _length(way)}
    return steps


def _bridge_seconds(land: Land, pair: tuple[int, int], way: Floats) -> float:
    """Return the seconds over a bridge, from the middle of the cell on one bank to that on the other."""
    ends = middles(land, np.array(pair))
    length = _length(np.vstack([ends[:1], way, ends[1:]]))
    heights = land.heights_m.ravel()
    rise = float(heights[pair[1]] - heights[pair[0]]) / length
    return length / float(speed_ms(rise, ON_PATH))


def _length(xy: Floats) -> float:
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())

"""Shortest times from one cell to chosen others: Dijkstra's algorithm with buckets, compiled.

Cells wait in buckets as wide as the shortest step, so that within a bucket none can become nearer through another
(Denardo and Fox 1979, Operations Research 27:161): no heap is needed, and results are exact. Buckets are used round and
round; only as many are needed as the longest step spans. It ends where the last target is reached. SciPy's Dijkstra,
beside which the tests hold it, knows no targets and holds Python's lock.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from eradication.compiled import loop, part

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int32]

MOST_THREADS = 4


def between(
    seconds: csr_array, sources: Sequence[int] | Ints, targets: Ints, limits: Sequence[float] | Floats
) -> Floats:
    """Return the shortest times from each source to each target, shape (source, target).

    Args:
        seconds: directed graph, no step takes 0 s.
        sources: cells to start from.
        targets: cells to be reached; may hold a cell twice.
        limits: of each source; longer times are inf.
    """
    out = np.full((len(sources), len(targets)), np.inf)
    if not len(sources) or not len(targets):
        return out
    where = np.unique(targets)
    place = np.searchsorted(where, targets)
    first = seconds.indptr.astype(np.int64)
    graph = (first, seconds.indices.astype(np.int32, copy=False), seconds.data.astype(np.float64, copy=False))
    width = float(seconds.data.min(initial=np.inf))
    buckets = int(np.ceil(seconds.data.max(initial=0.0) / width)) + 2 if np.isfinite(width) else 2

    def one(number: int) -> None:
        found = _from(graph, int(sources[number]), where.astype(np.int64), float(limits[number]), width, buckets)
        out[number] = found[place]

    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads:
        list(threads.map(one, range(len(sources))))
    return out


AFTER, BEFORE, BUCKET = 0, 1, 2
"""Rows of the links: the next and the previous cell in the same bucket, and the bucket; -1 = none."""


@part
def _put(cell: int, bucket: int, links: Ints, head: Ints) -> bool:
    """Put a cell first into a bucket, out of the one it waits in; tell whether it waited in none."""
    old, later, earlier = links[BUCKET, cell], links[AFTER, cell], links[BEFORE, cell]
    if old >= 0:
        if earlier >= 0:
            links[AFTER, earlier] = later
        else:
            head[old] = later
        if later >= 0:
            links[BEFORE, later] = earlier
    first = head[bucket]
    links[AFTER, cell], links[BEFORE, cell], links[BUCKET, cell] = first, -1, bucket
    if first >= 0:
        links[BEFORE, first] = cell
    head[bucket] = cell
    return bool(old < 0)


@part
def _taken(bucket: int, links: Ints, head: Ints) -> int:
    """Take the first cell out of a bucket."""
    cell = head[bucket]
    head[bucket] = links[AFTER, cell]
    if links[AFTER, cell] >= 0:
        links[BEFORE, links[AFTER, cell]] = -1
    return int(cell)


@loop
def _from(
    graph: tuple[npt.NDArray[np.int64], Ints, Floats],
    source: int,
    targets: npt.NDArray[np.int64],
    limit: float,
    width: float,
    buckets: int,
) -> Floats:
    first, ends, seconds = graph
    cells = len(first) - 1
    best, wanted = np.full(cells, np.inf), np.zeros(cells, np.bool_)
    links, head = np.full((3, cells), -1, np.int32), np.full(buckets, -1, np.int32)
    wanted[targets] = True
    left, waiting, bucket = len(targets), 1, 0
    best[source] = 0.0
    _put(source, 0, links, head)
    while waiting > 0 and left > 0:
        while head[bucket] >= 0:
            cell = _taken(bucket, links, head)
            waiting -= 1
            if wanted[cell]:
                left -= 1
            for step in range(first[cell], first[cell + 1]):
                time, end = best[cell] + seconds[step], ends[step]
                if time < best[end] and time <= limit:
                    best[end] = time
                    if _put(end, int(time / width) % buckets, links, head):
                        waiting += 1
        bucket = (bucket + 1) % buckets
    return best[targets]

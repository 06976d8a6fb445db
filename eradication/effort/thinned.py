"""A season's search as it is kept when the tracks it rests on are thinned out: sub-cells, and no line in them.

Of each sub-cell of 250 m p, areas, metres, seconds and days stay to the last figure. Which of its squares of 5 m were
seen does not: they would draw the trail. Where squares are asked for, as many are set as were, spread evenly.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from eradication.effort.search import Floats, Ints, Search, area_m2
from eradication.effort.strips import ROWS, SQUARE_M2, Bits

COLUMNS = ("cell", "p", "seen_m2", "in_flower_m2", "walked_m", "moving_s", "days", "last_day")
_WHOLE = frozenset({"cell", "days", "last_day"})


def plain(found: Search) -> dict[str, Any]:
    """Return a search as plain JSON, column by column; numbers keep every digit."""
    columns = {
        "cell": found.cell,
        "p": found.p,
        "seen_m2": found.seen_m2,
        "in_flower_m2": area_m2(found.in_flower),
        "walked_m": found.walked_m,
        "moving_s": found.moving_s,
        "days": found.days,
        "last_day": found.last_day,
    }
    return {name: columns[name].tolist() for name in COLUMNS}


def read(kept: Mapping[str, Any]) -> Search:
    """Read what :func:`plain` wrote.

    Raises:
        ValueError: it is not that.
    """
    try:
        columns = {name: np.asarray(kept[name], np.int64 if name in _WHOLE else float) for name in COLUMNS}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"a kept search is damaged: {error}") from error
    if any(column.shape != columns["cell"].shape for column in columns.values()):
        raise ValueError("a kept search is damaged: its columns differ in length")
    return Search(
        columns["cell"],
        columns["p"],
        spread(columns["seen_m2"]),
        spread(columns["in_flower_m2"]),
        columns["walked_m"],
        columns["moving_s"],
        columns["days"],
        columns["last_day"],
    )


def spread(area: Floats) -> Bits:
    """Return squares of each sub-cell that together have ``area`` (m², shape (cell,)), evenly spread: (cell, ROWS)."""
    count = np.rint(area / SQUARE_M2).astype(np.int64)
    chosen = _order() < count[:, None]
    flags = chosen.reshape(len(count), ROWS, ROWS).astype(np.uint64)
    bits: Bits = (flags << np.arange(ROWS, dtype=np.uint64)).sum(axis=2, dtype=np.uint64)
    return bits


@cache
def _order() -> Ints:
    """Return a rank for each square of a sub-cell such that the first n, of any n, lie all over it."""
    # Additive recurrence of the plastic number (Roberts 2018): the order in which its points fill the square.
    plastic = 1.32471795724474602596
    n = np.arange(1, 40 * ROWS * ROWS + 1)
    column, row = ((0.5 + n / plastic**k) % 1.0 * ROWS for k in (1, 2))
    square = row.astype(np.int64) * ROWS + column.astype(np.int64)
    first = np.full(ROWS * ROWS, len(n), np.int64)
    np.minimum.at(first, square, n)
    rank = np.empty(ROWS * ROWS, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(ROWS * ROWS)
    return rank


def least(one: Search, other: Search) -> Search:
    """Return what two searches show at least together, without counting twice what both may hold."""
    cell = np.union1d(one.cell, other.cell)
    parts = []
    for found in (one, other):
        at = np.searchsorted(cell, found.cell)
        columns = (found.p, found.seen_m2, area_m2(found.in_flower), found.walked_m, found.moving_s)
        wide = [np.zeros(len(cell)) for _ in columns]
        for column, into in zip(columns, wide, strict=True):
            into[at] = column
        days, last = np.zeros(len(cell), np.int64), np.zeros(len(cell), np.int64)
        days[at], last[at] = found.days, found.last_day
        parts.append((*wide, days, last))
    p, seen, flower, walked, moving, days, last = (np.maximum(a, b) for a, b in zip(*parts, strict=True))
    return Search(cell, p, spread(seen), spread(flower), walked, moving, days, last)

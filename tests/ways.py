"""Walked ways for tests of effort, in metres of EPSG:32648."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from eradication.domain import Season
from eradication.effort.lines import Lines, join
from eradication.effort.strips import Widths

SEASON = Season(2025)
CORNER = (386_000.0, 2_358_000.0)
"""South-west corner of a sub-cell."""
BLOOM = date(2026, 3, 10)


def widths(half_m: float) -> Widths:
    """The same half-width everywhere."""
    return Widths(half_m, np.empty(0, np.int64), np.empty(0))


def way(points: Sequence[tuple[float, float]], day: date = BLOOM, step_m: float = 5.0, speed: float = 1.0) -> Lines:
    """Walk from point to point (metres from :data:`CORNER`), a fix every few metres."""
    parts = []
    for a, b in pairwise(points):
        count = max(1, round(float(np.hypot(b[0] - a[0], b[1] - a[1])) / step_m))
        share = np.arange(count)[:, None] / count
        parts.append(np.array(a) + share * (np.array(b) - np.array(a)))
    xy = np.vstack([*parts, [points[-1]]]) + CORNER
    return line(xy, day, speed)


def line(xy: np.ndarray, day: date = BLOOM, speed: float = 1.0) -> Lines:
    """One unbroken line of fixes."""
    joined = np.ones(len(xy), bool)
    joined[:1] = False
    steps = np.concatenate([[0.0], np.hypot(*np.diff(xy, axis=0).T)])[: len(xy)]
    return Lines(
        xy,
        steps.astype(np.float32),
        (steps / speed).astype(np.float32),
        joined,
        np.full(len(xy), day.toordinal(), np.int32),
    )


def trail(days: Iterable[date]) -> Lines:
    """Walk the same straight 250 m through the middle of a sub-cell on several days."""
    return join(way([(0.0, 125.0), (249.9, 125.0)], day) for day in days)

"""Which events have to be replayed together, so that a few new ones need not wake all the others.

Two events concern one another if a replay could ever look at both at once: they name one plot, one candidate, one code
or one row of a unit's visits, one corrects the other, a decision joins or parts their plots, or their places lie so
near that two plots could be one, overlap, or one have moved to the other. Whatever is reached so from the new events is
replayed, with all that is reached from there; nothing outside has anything to do with it. Tables of units concern every
plot: a new one asks for a replay of everything, the others go along. What is too much is better replayed as a whole.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
import numpy.typing as npt
import shapely

from eradication.config import Settings
from eradication.domain import Event, EventKind
from eradication.domain.concerning import METRES_PER_DEGREE, SLACK, boxes, words


@dataclass(frozen=True, slots=True)
class Concerned:
    """Events that have nothing to do with any other."""

    events: list[Event]
    plot_ids: frozenset[str]
    """Every id of a plot that they name."""


def concerned(
    events: Sequence[Event], fresh: Collection[tuple[str, int]], settings: Settings, most: int
) -> Concerned | None:
    """Return what has to be replayed if the events ``fresh`` are new; ``None`` if it is more than ``most``.

    Args:
        events: all there are of the kinds that a replay reads, each once.
        fresh: keys of the new ones among them.
        settings: reaches in ``settings.identity``.
        most: number of events above which replaying everything is no worse.
    """
    tables = {number for number, event in enumerate(events) if event.kind is EventKind.UNITS_RECORDED}
    if any(events[number].key in fresh for number in tables):
        return None
    by_word: dict[Hashable, list[int]] = {}
    for number, event in enumerate(events):
        for word in words(event):
            by_word.setdefault(word, []).append(number)
    around = _Around(events, settings)
    reached = {number for number, event in enumerate(events) if event.key in fresh}
    edge, plot_ids = reached, set()
    while edge:
        named = {word for number in edge for word in words(events[number])}
        plot_ids |= {word[1] for word in named if word[0] == "plot"}
        near = {other for word in named for other in by_word.pop(word, ())} | around.of(edge)
        edge = near - reached
        reached = reached | edge
        if len(reached) > most:
            return None
    return Concerned([events[number] for number in sorted(reached | tables)], frozenset(plot_ids))


def reach_m(settings: Settings) -> float:
    """Return how far from one another places may lie that a replay could take for one, in metres."""
    own = settings.identity
    sigma = max(own.satellite_sigma_m, own.patrol_sigma_m)
    return SLACK * max(own.moved_m, own.min_distance_m, 2.0 * hypot(sigma, sigma))


class _Around:
    """Finds events by place."""

    def __init__(self, events: Sequence[Event], settings: Settings) -> None:
        self._reach_m = reach_m(settings)
        placed = [(number, box) for number, event in enumerate(events) for box in boxes(event)]
        self._numbers = np.array([number for number, _ in placed], dtype=np.int64)
        self._boxes = np.array([box for _, box in placed], dtype=float).reshape(-1, 4)
        self._of: dict[int, list[int]] = {}
        for row, (number, _) in enumerate(placed):
            self._of.setdefault(number, []).append(row)
        self._tree = shapely.STRtree(shapely.box(*self._boxes.T))

    def of(self, edge: Collection[int]) -> set[int]:
        """Return the numbers of the events whose places lie within reach of those of ``edge``, they included."""
        rows = [row for number in edge for row in self._of.get(number, ())]
        if not rows:
            return set()
        found = self._tree.query(shapely.box(*widened(self._boxes[rows], self._reach_m).T))[1]
        return set(self._numbers[found].tolist())


def widened(boxes: npt.NDArray[np.float64], metres: float) -> npt.NDArray[np.float64]:
    """Return rectangles, shape (n, 4) as west, south, east, north in degrees, wider by so much on each side."""
    high = metres / METRES_PER_DEGREE
    wide = high / np.maximum(0.01, np.cos(np.radians(np.abs(boxes[:, [1, 3]]).max(axis=1))))
    return boxes + np.stack([-wide, np.full_like(wide, -high), wide, np.full_like(wide, high)], axis=1)

"""Events that hang together with some others, fetched by what they name: as of all there are, without reading them all.

A replay of everything would look at some of them beside the others (:mod:`eradication.history.concerned`). Whatever is
found leads to names of its own, until nothing new comes.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from eradication import history
from eradication.config import Settings
from eradication.domain import Event, EventKind
from eradication.domain.concerning import Box, boxes
from eradication.history.concerned import reach_m, widened
from eradication.store import naming

_MOST_PER_EVENT = 20
"""Where squares are so full that much more is fetched than hangs together, it is better to read everything."""


class Finding(Protocol):
    """What finds events: a store, or a transaction with those it appended."""

    def events(self, *, kinds: Collection[EventKind] = ()) -> list[Event]:
        """Return events."""

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """Return events by their names."""


def with_all(finding: Finding, some: Iterable[Event], settings: Settings, most: int) -> history.Concerned | None:
    """Return what has to be replayed with some events; ``None`` if it is more than ``most``, or may be.

    Args:
        finding: where the others are.
        some: of the kinds that a replay reads.
        settings: reaches in ``settings.identity``.
        most: number of events above which replaying everything is no worse.
    """
    begun = {event.key: event for event in some}
    known = begun | {event.key: event for event in finding.events(kinds=[EventKind.UNITS_RECORDED])}
    asked: set[str] = set()
    while True:
        found = history.concerned(_in_order(known.values()), begun, settings, most)
        sought = None if found is None else _sought(found.events, reach_m(settings))
        if found is None or sought is None:
            return None
        if sought <= asked:
            return found
        known |= {event.key: event for event in finding.naming(sought - asked, history.KINDS)}
        asked |= sought
        if len(known) > _MOST_PER_EVENT * most:
            return None


def _in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.order)


def _sought(events: Sequence[Event], metres: float) -> set[str] | None:
    """Return the names that events bear which concern some others, or may; ``None`` = too many."""
    told = {name for event in events if event.kind is not EventKind.UNITS_RECORDED for name in naming.told_by(event)}
    squares = [near(box, metres) for event in events for box in boxes(event)]
    return None if None in squares else told.union(*filter(None, squares))


def near(box: Box, metres: float) -> list[str] | None:
    """Return the names of which all events bear one that lie within reach of a place; ``None`` = too many."""
    west, south, east, north = map(float, widened(np.array([box]), metres)[0])
    return naming.near((west, south, east, north))


def naming_plots(finding: Finding, ids: Collection[str]) -> Iterator[Event]:
    """Give the events of every kind that name plots; looks and exports are not looked for."""
    yield from finding.naming(ids, list(EventKind))

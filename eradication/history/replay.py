"""The replay: a set of events and a time in, everything the shells show out."""

from collections.abc import Iterable
from datetime import datetime

from eradication.config import Settings
from eradication.domain import Event, EventKind, Season
from eradication.history import decisions as _decisions
from eradication.history import facts as _facts
from eradication.history.facts import Fact
from eradication.history.plot_facts import Locate
from eradication.history.settled import Settled, read
from eradication.history.told import History

KINDS: frozenset[EventKind] = frozenset(
    (*_facts.KINDS, *_decisions.KINDS, EventKind.IMAGE_READ, EventKind.UNITS_RECORDED)
)
"""Events of other kinds play no part in a replay: whoever keeps what it told need not ask for them."""


def replay(
    events: Iterable[Event],
    *,
    as_of: datetime,
    locate: Locate,
    settings: Settings,
    happened_until: datetime | None = None,
    earliest: Season | None = None,
) -> History:
    """Tell the history of all plots. Pure: depends on the set of events, not on their order.

    Whoever asks for several moments reads the events once (:mod:`eradication.history.settled`).

    Args:
        events: any kinds, any order; an event given twice counts once.
        as_of: aware; only what was recorded until then counts, and seasons that ended before it are over.
        locate: longitude, latitude (WGS 84) → commune code, empty outside every commune.
        settings: thresholds in ``settings.identity``.
        happened_until: aware; what happened after it plays no part in episodes, visits and candidates, although it is
            recorded: the state of things at an earlier moment as known today. Which ids are one place, and where it
            lies, is still told by everything recorded.
        earliest: the first season on record where only some events are given (:mod:`eradication.history.concerned`).
    """
    return Settled(read(_known(events, as_of), as_of), locate, settings).at(as_of, happened_until, earliest)


def counted(events: Iterable[Event], as_of: datetime) -> list[Fact]:
    """Return what counts as of ``as_of``, in the order of replay; parts of divided plots have what is theirs."""
    return read(_known(events, as_of), as_of).facts.counted


def _known(events: Iterable[Event], as_of: datetime) -> list[Event]:
    return [event for event in events if event.recorded_at <= as_of and event.kind in KINDS]

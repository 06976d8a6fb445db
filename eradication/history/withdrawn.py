"""Decisions at a desk that were taken back: a later event names them, and they count no more."""

from collections.abc import Mapping

from eradication.domain import Event, EventKind
from eradication.history.findings import Key

KINDS = (EventKind.DECISION_WITHDRAWN,)
DECIDING = (EventKind.PLOT_DISMISSED, EventKind.PLOT_ASSIGNED)
"""What can be taken back: a visit is corrected instead, for somebody was there."""


def without(events: Mapping[Key, Event]) -> dict[Key, Event]:
    """Return events without the decisions that were taken back; taking back what has not arrived does nothing yet."""
    gone = {target(event) for event in events.values() if event.kind in KINDS}
    return {key: event for key, event in events.items() if event.kind not in DECIDING or key not in gone}


def target(event: Event) -> Key | None:
    """Return which event is taken back, ``None`` if that cannot be read."""
    named = event.payload.get("withdraws")
    if not (isinstance(named, list) and len(named) == 2 and isinstance(named[1], int)):
        return None
    return str(named[0]), named[1]

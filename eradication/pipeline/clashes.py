"""Two people with one place before them: whoever decides second is told, and nothing is recorded.

A page bears the name of the event that somebody recorded last about its place (:func:`last_about`). Whoever decides
sends it along; where another came meanwhile, that person is to look again.
"""

from collections.abc import Collection, Mapping, Sequence

from eradication.domain import Event, EventKind
from eradication.errors import N_, CheckFailed
from eradication.pipeline import journal
from eradication.store import Reading

SPEAKING = (
    EventKind.PLOT_DISMISSED,
    EventKind.PLOT_ASSIGNED,
    EventKind.UAV_ASKED,
    EventKind.DECISION_WITHDRAWN,
    EventKind.VISIT_RECORDED,
    EventKind.VISIT_CORRECTED,
)
"""What a person said of a place. Runs that propose it once more are no reason to look again."""
_SAID: Mapping[EventKind, str] = {
    EventKind.PLOT_DISMISSED: N_("{by} has dismissed this candidate meanwhile."),
    EventKind.PLOT_ASSIGNED: N_("{by} has given this candidate to a unit meanwhile."),
    EventKind.UAV_ASKED: N_("{by} has asked for a drone here meanwhile."),
    EventKind.DECISION_WITHDRAWN: N_("{by} has taken a decision about this place back meanwhile."),
}
_VISITED = N_("A visit of this place was entered meanwhile ({by}).")


def last_about(events: Sequence[Event], names: Collection[str]) -> str:
    """Return the name ``origin/number`` of the last event of :data:`SPEAKING` about a place, empty if there is none.

    Args:
        events: of these kinds at least.
        names: all ids of the place.
    """
    event = _last(events, names)
    return "" if event is None else f"{event.origin}/{event.number}"


def spoken(store: Reading, names: Collection[str]) -> list[Event]:
    """Return the events of :data:`SPEAKING` that mention a place."""
    return store.naming(names, SPEAKING)


def _last(events: Sequence[Event], names: Collection[str]) -> Event | None:
    wanted = set(names)
    spoken = [event for event in events if event.kind in SPEAKING and wanted & journal.plots_named(event)]
    return max(spoken, key=lambda event: (event.recorded_at, *event.key), default=None)


def check(events: Sequence[Event], names: Collection[str], seen: str) -> None:
    """Make sure that nobody has spoken of a place since ``seen`` was the last event about it.

    Raises:
        CheckFailed: ``decided_meanwhile``: somebody has; it is said what and when.
    """
    event = _last(events, names)
    if event is None or f"{event.origin}/{event.number}" == seen:
        return
    raise CheckFailed(
        "decided_meanwhile",
        _SAID.get(event.kind, _VISITED),
        hint=N_("Nothing of yours was recorded. Look at the place again; if you still see it otherwise, decide anew."),
        values={"by": str(event.payload.get("by") or journal.of_event(event)["unit"] or "?")},
    )

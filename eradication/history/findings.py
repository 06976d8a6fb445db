"""What in the records a person should look at."""

from collections.abc import Iterable
from dataclasses import dataclass

type Key = tuple[str, int]
"""Origin and number of an event."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the records that a person should look at."""

    kind: str
    """``out_of_place``, ``conflict``, ``ambiguous_place``, ``code_taken_twice``, ``correction_without_target``,
    ``unknown_plot``, ``unreadable_event``, ``readers_disagree``, ``forced`` or ``doubtful`` (the last two count)."""
    reason: str
    """Reason code, for example ``verified_before_eradicated``."""
    plot_id: str
    season: str
    event: Key
    """Origin and number of the event it is about."""
    what: str = ""
    """The row or the other plots it concerns, readable."""
    code: str = ""
    """Of the plot, as it is called now; empty where it is not known."""


def listed(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they are told."""
    return sorted(findings, key=lambda f: (f.event, f.kind, f.reason, f.plot_id, f.what))

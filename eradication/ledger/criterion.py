"""The criterion "no drugs" (không có ma túy) as far as planting goes: found, not found, or not enough to say.

"Nothing was found" says something only of ground that was looked at. So where satellite and patrols together saw less
than ``least_seen`` of it in the flowering window, or a candidate is left that nobody went to see, the answer is *không
đủ căn cứ*, whatever was not found there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eradication.domain import State
from eradication.ledger.entries import UNVISITED
from eradication.ledger.rows import Line

_UNSEEN = (*UNVISITED, State.EXPIRED, State.DISMISSED)


class Verdict(StrEnum):
    """What may be said of a commune or a village."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Place:
    """A commune or a village."""

    key: str
    name: str
    commune: str
    """Code of its commune."""
    seen_share: float | None
    """Share of its ground that satellite or patrols saw in the flowering window; ``None`` = not computed."""


def judged(place: Place, lines: Sequence[Line], least_seen: float) -> dict[str, Any]:
    """Return the verdict on a place with what it rests on.

    A plot that lies in several communes speaks against each of them; its area is divided, and one of them counts it.

    Args:
        place: commune or village.
        lines: what the entries of the season that lie in it add to its row.
        least_seen: share that must have been seen before "not found" may be said.
    """
    found = [line for line in lines if line.entry.detected_at is not None]
    unvisited = [line for line in lines if line.entry.state in _UNSEEN]
    why = ""
    if found:
        verdict = Verdict.FOUND
    elif place.seen_share is None or place.seen_share < least_seen:
        verdict, why = Verdict.NOT_ENOUGH, "coverage_too_low" if place.seen_share is not None else "coverage_unknown"
    elif unvisited:
        verdict, why = Verdict.NOT_ENOUGH, "candidates_unvisited"
    else:
        verdict = Verdict.NOT_FOUND
    return {
        "key": place.key,
        "name": place.name,
        "commune": place.commune,
        "verdict": verdict.value,
        "why": why,
        "seen_share": place.seen_share,
        "plots": sum(line.main for line in found),
        "detected_m2": sum(line.detected_m2 for line in found),
        "unvisited": len(unvisited),
    }

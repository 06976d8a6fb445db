"""Draws of cells on record: which are of one ground, and what each could be drawn from.

A draw of a plan is of what is in reach of a post within half of the hours. From day to day that ground differs, and
with it the communes it touches: by its name it is one ground all the same, and how far it is one is told by the cells
(:mod:`eradication.undetected.pooling`). A draw of whole communes keeps the number of its cells alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eradication.domain import Event
from eradication.pipeline import cells

WITHIN_WIDER, OTHER_GROUND = "within_wider", "other_ground"
"""Why a draw is not used: its communes touch those of draws from a wider ground; of the cells that others of its ground
were drawn from, too many could not have been drawn by it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Draws from one ground."""

    reach: str
    """From within which reach of a post; empty = from whole communes."""
    communes: frozenset[str]
    """Codes of those it touches."""
    draws: tuple[Event, ...]
    """In the order of recording."""


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """A stratum of a draw."""

    name: str
    cells: int
    members: frozenset[int] | None
    """Cells it could be drawn from; ``None`` = only their number is on record."""
    drawn: tuple[int, ...]


def grounds(drawn: Sequence[Event]) -> tuple[list[Ground], list[Event]]:
    """Return grounds that have no commune in common with their draws, and the draws that are of no such ground.

    Whole communes come first, for beside draws from the whole of a commune those from what is in reach of a post tell
    nothing more; then what touches most communes, then what was drawn first.

    Args:
        drawn: draws of cells, in the order of recording.
    """
    named: dict[tuple[str, frozenset[str]], list[Event]] = {}
    for event in drawn:
        reach = str(event.payload.get("reach", ""))
        named.setdefault((reach, frozenset() if reach else frozenset(event.payload["communes"])), []).append(event)
    found = [
        Ground(reach, frozenset(code for event in mine for code in event.payload["communes"]), tuple(mine))
        for (reach, _), mine in named.items()
    ]
    used: list[Ground] = []
    for one in sorted(found, key=lambda g: (g.reach != "", -len(g.communes), g.draws[0].recorded_at, *g.draws[0].key)):
        if not any(one.communes & other.communes for other in used):
            used.append(one)
    kept = {event.key for one in used for event in one.draws}
    used.sort(key=lambda one: drawn.index(one.draws[0]))
    return used, [event for event in drawn if event.key not in kept]


def strata(event: Event) -> list[DrawnFrom]:
    """Return the strata of a draw."""
    told = event.payload["strata"]
    runs = event.payload.get("members")
    members = frozenset(cells.cells_of(runs)) if runs is not None and len(told) == 1 else None
    rows = [(str(row["stratum"]), cells.number_of(str(row["cell"]))) for row in event.payload["cells"]]
    return [
        DrawnFrom(name, int(one["N"]), members, tuple(cell for stratum, cell in rows if stratum == name))
        for one in told
        for name in [str(one["name"])]
    ]

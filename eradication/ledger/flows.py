"""What happened in a span of time: what was carried in, detected, destroyed, verified, and carried out.

A flow is the difference of two states of the same books, row by row, so ``carried_out = carried_in + detected −
verified`` holds exactly, whatever regrew or was corrected in between. No percentage is made of flows: a target is
judged on what has become of all that was detected.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eradication.domain import State
from eradication.ledger.account import Wording
from eradication.ledger.entries import UNVISITED, Entry
from eradication.ledger.rows import Line, lines, name_of
from eradication.ledger.scope import inside

QUANTITIES = ("detected_m2", "claimed_m2", "verified_m2")


def flows(
    before: Sequence[Entry], after: Sequence[Entry], span: tuple[datetime, datetime], wording: Wording
) -> dict[str, Any]:
    """Return rows and total of what happened in ``span``.

    Args:
        before: everything as the span found it.
        after: everything as the span left it.
        span: first and last instant.
        wording: how rows are grouped and named.
    """
    first, last = (lines(inside(stock), wording.by, wording.answering) for stock in (before, after))
    keys = sorted({line.key for line in (*first, *last)}, key=lambda key: (key == "", key))
    rows = [
        _flow(
            key,
            name_of(key, wording.by, wording.names),
            [line for line in first if line.key == key],
            [line for line in last if line.key == key],
            span,
        )
        for key in keys
    ]
    return {
        "by": wording.by,
        "rows": [row for row in rows if _speaks(row)],
        "total": _flow("total", "", first, last, span),
    }


def _speaks(row: dict[str, Any]) -> bool:
    return any(value for name, value in row.items() if name not in ("key", "name"))


def _flow(
    key: str, name: str, first: Sequence[Line], last: Sequence[Line], span: tuple[datetime, datetime]
) -> dict[str, Any]:
    began, ended = span
    told = {q: _sum(last, q) - _sum(first, q) for q in QUANTITIES}
    mine = [line.entry for line in last if line.main]

    def within(moment: datetime | None) -> bool:
        return moment is not None and began <= moment <= ended

    return {
        "key": key,
        "name": name,
        "carried_in_m2": _sum(first, "detected_m2") - _sum(first, "verified_m2"),
        **told,
        "carried_out_m2": _sum(last, "detected_m2") - _sum(last, "verified_m2"),
        "plots_detected": sum(within(entry.detected_at) for entry in mine),
        # Wholly: what is destroyed in part is told in m².
        "plots_destroyed": sum(within(entry.course.destroyed_at) for entry in mine),
        "plots_verified": sum(within(entry.verified_at) for entry in mine),
        "candidates_new": sum(within(entry.course.suspected_at) for entry in mine),
        "candidates_dismissed": sum(within(entry.course.dismissed_at) for entry in mine),
        "candidates_open": sum(entry.state in UNVISITED for entry in mine),
        "harvested": sum(entry.state is State.HARVESTED and within(entry.course.harvested_at) for entry in mine),
    }


def _sum(some: Sequence[Line], quantity: str) -> int:
    total: int = sum(getattr(line, quantity) for line in some)
    return total

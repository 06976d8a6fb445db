"""The ledger: what was suspected, detected, destroyed and verified, with what nobody looked at beside it.

"100 % of what was detected" can be met by detecting less. So effort, coverage, the bounds on what is undetected and
the candidates nobody visited always stand beside the ratio, and 100.0 appears only when nothing is open.

All sums are whole m²; percentages are exact decimals floored to 0.1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from eradication.domain import Detectability
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.ledger.entries import Entry
from eradication.ledger.rows import lines, name_of, row
from eradication.ledger.scope import Scope, inside
from eradication.ledger.sections import abroad, overlapping, planted, unvisited
from eradication.ledger.signs import Context, signs
from eradication.ledger.timeliness import Limits, OpenTip, timeliness

GROUPINGS = ("commune", "unit", "class")
NO_BASELINE: Mapping[str, Any] = MappingProxyType({"year": None, "m2": None, "source": None, "change_pct": None})
NO_BOUNDS: Mapping[str, Any] = MappingProxyType(
    {
        "upper": None,
        "expected": None,
        "lower": None,
        "why": {"upper": "told_by_season", "expected": "told_by_season", "lower": "told_by_season"},
    }
)


_NO_CONTEXT = Context()


def _same(code: str) -> str:
    return code


@dataclass(frozen=True, slots=True)
class Beside:
    """What always stands beside the five quantities; each is plain JSON."""

    effort: Mapping[str, Any] = field(default_factory=dict)
    """``km``, ``hours``, ``km2_visits``, and whatever else is known."""
    coverage: Mapping[str, Any] = field(default_factory=dict)
    """Shares ``optical``, ``patrol``, ``none``; ``None`` where not computed."""
    undetected: Mapping[str, Any] = NO_BOUNDS
    baseline: Mapping[str, Any] = NO_BASELINE
    tips: Sequence[OpenTip] = ()
    """Tips without a place that nobody has answered."""
    context: Context = _NO_CONTEXT
    """What the signs look at besides entries."""
    elsewhere: Sequence[Entry] = ()
    """In the account of one unit, entries that others answer for: what it did there is its own all the same."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How rows are grouped and named."""

    by: str = "commune"
    """``commune``, ``unit`` or ``class``. A plot stands in the row of one unit with all its areas: the unit that
    detected it first, before a detection the unit it is assigned to, else nobody; whoever verified it is not credited
    with it. Among communes its area is divided as its outline lies in them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Key → name shown for a row."""
    answering: Callable[[str], str] = _same
    """Unit → the unit that answers for what it did on the day of the report."""


def account(
    entries: Iterable[Entry],
    scope: Scope,
    *,
    as_of: datetime,
    before: Iterable[Entry] = (),
    wording: Wording | None = None,
    beside: Beside | None = None,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """Return the ledger of a season or of a span of time as plain JSON.

    A year is the cohort of the plots detected in it (local time), with the candidates first seen in it or still open
    when it began, in the state in which the year left them: what was destroyed or verified after 31 December is no part
    of it. Its rows also have ``carried_in_m2``, the remaining area of plots detected in earlier years when it began,
    and ``carried_out_m2``, the remaining area of all plots when it ended; one year's is the next year's
    ``carried_in_m2``.

    Args:
        entries: of a replay; for a span, replayed with ``happened_until`` its last instant.
        scope: what is asked about.
        as_of: the cut of the replay on recording.
        before: for a span, the entries replayed with ``happened_until`` just before it began.
        wording: how rows are grouped and named.
        beside: what stands beside the quantities.
        limits: in days, for what is overdue.

    Raises:
        UnusableInput: ``unknown_grouping``, ``unknown_year``.
    """
    wording, beside = wording or Wording(), beside or Beside()
    if wording.by not in GROUPINGS:
        raise UnusableInput(
            "unknown_grouping",
            N_("The ledger cannot be grouped by '{by}'."),
            hint=N_("Use one of: {accepted}."),
            values={"by": wording.by, "accepted": ", ".join(GROUPINGS)},
        )
    limits = limits or Limits()
    told, earlier, until = list(entries), list(before), scope.until(as_of)
    chosen = scope.chosen(told, earlier)
    mine = inside(chosen)
    stocks = None if scope.span is None else (inside(earlier), inside(told))
    return {
        **scope.told(as_of),
        "as_of": iso(as_of),
        "by": wording.by,
        "rows": _rows(mine, stocks, wording),
        "total": _grouped("total", mine, stocks, wording)["total"],
        "by_class": _by_class(mine, stocks, wording),
        "effort": {"km": None, "hours": None, "km2_visits": None, **beside.effort},
        "coverage": {"optical": None, "patrol": None, "none": None, **beside.coverage},
        "undetected": dict(beside.undetected),
        "unvisited": unvisited(mine, until, wording.answering, limits.late_days),
        "timeliness": timeliness(mine, until, limits, beside.tips),
        "planting": planted(mine),
        "signs": signs(chosen, beside.context, scope.chosen(beside.elsewhere, ())),
        "overlaps": overlapping(mine),
        "abroad": abroad(chosen),
        "baseline": dict(beside.baseline),
    }


type Stocks = tuple[Sequence[Entry], Sequence[Entry]] | None
"""Everything when a span began, and when it ended."""


def rows_by(entries: Iterable[Entry], scope: Scope, wording: Wording) -> list[dict[str, Any]]:
    """Return the rows of a ledger alone, grouped as ``wording`` says."""
    return _rows(inside(scope.chosen(list(entries), [])), None, wording)


def _rows(mine: Sequence[Entry], stocks: Stocks, wording: Wording) -> list[dict[str, Any]]:
    grouped = _grouped(wording.by, mine, stocks, wording)
    return [grouped[key] for key in sorted(grouped, key=lambda key: (key == "", key))]


def _by_class(mine: Sequence[Entry], stocks: Stocks, wording: Wording) -> dict[str, dict[str, Any]]:
    grouped = _grouped("class", mine, stocks, wording)
    carried = {} if stocks is None else {"carried_in_m2": 0, "carried_out_m2": 0}
    return {k.value: grouped.get(k.value) or row(k.value, k.value, []) | carried for k in Detectability}


def _grouped(by: str, mine: Sequence[Entry], stocks: Stocks, wording: Wording) -> dict[str, dict[str, Any]]:
    by_key: dict[str, list[Any]] = {"total": []} if by == "total" else {}
    for line in lines(mine, by, wording.answering):
        by_key.setdefault(line.key, []).append(line)
    sums = None if stocks is None else [_remaining(stock, by, wording) for stock in stocks]
    for key in {key for stock in sums or () for key in stock}:
        by_key.setdefault(key, [])
    names = {} if by == "total" else wording.names
    told = {key: row(key, "" if by == "total" else name_of(key, by, names), group) for key, group in by_key.items()}
    if sums is None:
        return told
    first, last = sums
    return {
        key: one | {"carried_in_m2": first.get(key, 0), "carried_out_m2": last.get(key, 0)} for key, one in told.items()
    }


def _remaining(stock: Sequence[Entry], by: str, wording: Wording) -> dict[str, int]:
    left: dict[str, int] = {}
    for line in lines([entry for entry in stock if entry.remaining_m2], by, wording.answering):
        left[line.key] = left.get(line.key, 0) + line.detected_m2 - line.verified_m2
    return left

"""What the report of one unit keeps silent about others: who else was at its plots, when, and under which number.

That a plot was destroyed or verified, and on which day, is a fact of the plot and is told; who did it is not (T14).
Of a plot that another unit answers for, a unit is told its own rows and the plot's code, and nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eradication.domain import Event
from eradication.pipeline import journal
from eradication.report.view import EventRow

type IsOwn = Callable[[str], bool]
"""Tells whether a unit is the one that is reported on."""

_NAMES_A_VISIT = frozenset({"photo_reused", "outline_crosses_itself"})
"""Checks whose words name another visit, or a walk."""
_NAMES_PLOTS = frozenset({"ambiguous_place", "forced_merge", "readers_disagree", "part_without_record"})
"""Kinds of findings whose words name no visit."""


def units_of(event: Event, corrected: Event | None = None) -> set[str]:
    """Return the units that an event tells something of: whose visit, walk, tip, assignment or reading it is."""
    payload = event.payload
    parts = [payload, *(payload.get(name) for name in ("visit", "patrol", "tip"))]
    named = {str(part["unit"]) for part in parts if isinstance(part, Mapping) and part.get("unit")}
    answered = payload.get("visit")  # of a tip's answer: unit, number and outcome
    named |= {str(answered[0])} if isinstance(answered, list | tuple) and answered else set()
    return named | (units_of(corrected) if corrected is not None else set())


def of_events(rows: Iterable[EventRow], others: frozenset[str]) -> tuple[EventRow, ...]:
    """Return rows of events, those whose hash is among ``others`` without who, when and by which number.

    They come last, by their hash: among the others, which are in order of time, their place would tell the day.
    """
    told = list(rows)
    hidden = [_unnamed(row) for row in told if row.hash in others]
    return (*(row for row in told if row.hash not in others), *sorted(hidden, key=lambda row: row.hash))


def _unnamed(row: EventRow) -> EventRow:
    named = replace(row, unit="", visit="", minutes_no="", officers=())
    return replace(named, happened_at=None, recorded_at=None, origin="", number=None)


def of_checks(rows: Iterable[Mapping[str, Any]], is_own: IsOwn, mine: Collection[str]) -> list[dict[str, Any]]:
    """Return the checks of what the unit destroyed, and of what was destroyed at its plots, whose ids are ``mine``.

    Of what another unit did, and of what it did itself at another's plot, they tell how they ended and no more: the
    figures tell of measurements and days of both.
    """
    told = [(row, is_own(str(row["unit"])), row["plot"] in mine) for row in rows]
    return [_check(row, own, own and at_own, is_own) for row, own, at_own in told if own or at_own]


def _check(row: Mapping[str, Any], own: bool, whole: bool, is_own: IsOwn) -> dict[str, Any]:
    checks = [_result(one, whole, is_own) for one in row["checks"]]
    return {**row, "checks": checks} | ({} if own else {"visit": "", "unit": "", "eradicated_at": ""})


def _result(one: Mapping[str, Any], whole: bool, is_own: IsOwn) -> dict[str, Any]:
    if not whole:
        return {**one, "value": None, "what": ""}
    role, _, visit = str(one["what"] or "").rpartition(": ")
    unit, slash, _ = visit.partition("/")
    names_another = one["code"] in _NAMES_A_VISIT and not (slash and is_own(unit))
    return {**one, "what": role} if names_another else dict(one)


def of_ledger(ledger: Mapping[str, Any], events: Iterable[Event], is_own: IsOwn) -> dict[str, Any]:
    """Return a ledger whose findings, signs and overlaps name no other unit, nor a visit of one."""
    known = list(events)
    by_key = {event.key: event for event in known}
    mine = {event.key for event in known if _all_own(event, by_key, is_own)}
    findings = [
        row if row["kind"] in _NAMES_PLOTS or tuple(row["event"]) in mine else row | {"what": ""}
        for row in ledger["findings"]
    ]
    overlaps = [row | {"units": [unit if is_own(unit) else "" for unit in row["units"]]} for row in ledger["overlaps"]]
    signs = [row | {"who": _who(row, is_own)} for row in ledger["signs"]]
    return {**ledger, "findings": findings, "overlaps": overlaps, "signs": signs}


def _all_own(event: Event, by_key: Mapping[tuple[str, int], Event], is_own: IsOwn) -> bool:
    return all(is_own(unit) for unit in units_of(event, journal.corrected_by(event, by_key)))


def _who(sign: Mapping[str, Any], is_own: IsOwn) -> list[str]:
    who = [str(name) for name in sign["who"]]
    # Behind the plot stands which unit verified it, or why somebody insisted.
    return [name.partition(": ")[0] for name in who] if sign["code"] == "forced_verification" else who


def of_period(period: Mapping[str, Any], ledger: Mapping[str, Any], is_own: IsOwn) -> dict[str, Any]:
    """Return a period whose restatements name no visit of another unit, with the ledger of :func:`of_ledger`."""
    told = {"cumulative": ledger, "restatements": [_restated(one, is_own) for one in period["restatements"]]}
    return {**period, **told, "restated": _restated(period["restated"], is_own) if period["restated"] else None}


_BLANK = dict.fromkeys(("unit", "visit_id", "happened_at", "recorded_at", "reason"), "")


def _restated(restated: Mapping[str, Any], is_own: IsOwn) -> dict[str, Any]:
    because: Sequence[Mapping[str, Any]] = restated["because"]
    told = [{**row, **({} if not row["unit"] or is_own(row["unit"]) else _BLANK)} for row in because]
    # Among the others, which are in order of time, the place of a row would tell the day.
    return {**restated, "because": sorted(told, key=lambda row: (not row["happened_at"], row["happened_at"]))}

"""How soon what was detected was destroyed, what was destroyed was checked again, and what is overdue.

I4: median days from detection until the whole plot was destroyed, and the share of these plots destroyed before the
capsules were lanced; what is destroyed only in part is counted beside it. I5: of the plots with a destruction, whole or
in part, that was due to be checked, the share where each of these was checked in time. Overdue: found and not wholly
destroyed within the days of the plan, what is left and what regrew too; told of and not visited (a tip without a place
stands by its number); destroyed and not checked again since. And what was harvested before anybody came is listed,
place by place, with its area: estimated where nothing was detected, so that it is seen and never counted as found.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from eradication.domain import Round, State
from eradication.domain.event import iso
from eradication.ledger.arithmetic import percent, whole
from eradication.ledger.entries import UNVISITED, Entry

_LANCED = ("lanced", "dry")


@dataclass(frozen=True, slots=True)
class Limits:
    """Days within which things ought to be done."""

    destroy_days: int = 3
    """After a detection, or regrowth on what was destroyed."""
    tip_days: int = 7
    """After a tip, for the visit."""
    revisit_days: int = 28
    """After a destruction, for the check that nothing lives."""
    late_days: float = 7.0
    """After a visit, for its entry."""


@dataclass(frozen=True, slots=True)
class OpenTip:
    """A tip that proposed no plot and that no visit has answered."""

    name: str
    """Unit and number."""
    unit: str
    """That received it, or empty."""
    commune: str
    """Code, or empty where the tip does not say."""
    received_at: datetime


def timeliness(
    entries: Sequence[Entry], until: datetime, limits: Limits, tips: Sequence[OpenTip] = ()
) -> dict[str, Any]:
    """Return I4, I5 and the list of what is overdue at ``until``, the longest overdue first."""
    begun = [entry for entry in entries if entry.detected_at and entry.course.destructions]
    destroyed = [entry for entry in begun if entry.course.destroyed_at]
    days = [_days(e.detected_at, e.course.destroyed_at) for e in destroyed if e.detected_at and e.course.destroyed_at]
    staged = [entry for entry in destroyed if entry.course.stage]
    before = sum(entry.course.stage not in _LANCED for entry in staged)
    due = {entry.key: rounds for entry in begun if (rounds := _due(entry, until, limits))}
    in_time = sum(all(_is_in_time(one, limits) for one in rounds) for rounds in due.values())
    return {
        "median_days_to_destruction": round(median(days), 1) if days else None,
        "destroyed": len(destroyed),
        "destroyed_in_part": len(begun) - len(destroyed),
        "before_lancing_pct": percent(before, len(staged)),
        "stage_known": len(staged),
        "revisit_due": len(due),
        "revisited_in_time_pct": percent(in_time, len(due)),
        "harvested_before_arrival": sum(entry.state is State.HARVESTED for entry in entries),
        "harvested": [_harvested(entry) for entry in entries if entry.state is State.HARVESTED],
        "limits": asdict(limits),
        "overdue": sorted(
            [*_overdue(entries, until, limits), *_unanswered(tips, until, limits)],
            key=lambda row: (-row["days"], row["plot"], row["tip"]),
        ),
    }


def _harvested(entry: Entry) -> dict[str, Any]:
    return {
        "plot": entry.plot_id,
        "code": entry.code,
        "unit": entry.unit,
        "commune": entry.commune,
        "harvested_at": iso(entry.course.harvested_at) if entry.course.harvested_at else None,
        "detected_m2": entry.detected_m2,
        "estimated_m2": whole(entry.area_m2) if entry.is_lost else None,
    }


def _days(first: datetime, then: datetime) -> float:
    return (then - first).total_seconds() / 86400.0


def _due(entry: Entry, until: datetime, limits: Limits) -> list[Round]:
    """Return the destructions that were checked, or should have been: a later one makes no late check good."""
    allowed = timedelta(days=limits.revisit_days)
    return [one for one in entry.course.rounds if one.checked_at is not None or until >= one.destroyed_at + allowed]


def _is_in_time(one: Round, limits: Limits) -> bool:
    return one.checked_at is not None and one.checked_at <= one.destroyed_at + timedelta(days=limits.revisit_days)


def _overdue(entries: Sequence[Entry], until: datetime, limits: Limits) -> list[dict[str, Any]]:
    kinds: list[tuple[str, int, Callable[[Entry], datetime | None]]] = [
        ("not_destroyed", limits.destroy_days, _since_found),
        ("tip_not_visited", limits.tip_days, _since_tip),
        ("not_revisited", limits.revisit_days, _since_destruction),
    ]
    rows = []
    for what, allowed, since in kinds:
        for entry in entries:
            began = since(entry)
            if began is not None and until > began + timedelta(days=allowed):
                days = int(_days(began, until)) - allowed
                told = {"what": what, "plot": entry.plot_id, "code": entry.code, "tip": "", "unit": entry.unit}
                rows.append(told | {"commune": entry.commune, "since": iso(began), "days": days})
    return rows


def _unanswered(tips: Sequence[OpenTip], until: datetime, limits: Limits) -> list[dict[str, Any]]:
    rows = []
    for tip in tips:
        if until > tip.received_at + timedelta(days=limits.tip_days):
            days = int(_days(tip.received_at, until)) - limits.tip_days
            told = {"what": "tip_not_visited", "plot": "", "code": "", "tip": tip.name, "unit": tip.unit}
            rows.append(told | {"commune": tip.commune, "since": iso(tip.received_at), "days": days})
    return rows


def _since_found(entry: Entry) -> datetime | None:
    return entry.course.standing_since


def _since_tip(entry: Entry) -> datetime | None:
    return entry.course.tipped_at if entry.state in UNVISITED else None


def _since_destruction(entry: Entry) -> datetime | None:
    """Class C is checked again by a sample, see the draws of re-checks; A and B all of them.

    What is destroyed only in part is first to be destroyed wholly, and listed as that.
    """
    course = entry.course
    unchecked = entry.state is State.ERADICATED and course.revisited_at is None and course.standing_since is None
    return course.rounds[-1].destroyed_at if unchecked and entry.klass != "C" else None

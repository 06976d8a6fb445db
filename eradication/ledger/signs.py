"""Twelve ways in which a target of 100 % can be met without the work, each with its figure on a report's first page.

None of them is an accusation: to find and to destroy on one day is what a patrol hours into the forest does. But a
percentage says nothing to a reader who does not see beside it how it came about, and whoever games one of these figures
moves another. So all twelve always print; those that ask for a second look are marked.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from eradication.domain import TIMEZONE, Destruction, State
from eradication.ledger.arithmetic import percent
from eradication.ledger.entries import Entry, Side
from eradication.ledger.scope import inside

LEAST_COUNT = 5
"""Fewer of a kind show no habit."""
LEAST_WHOLE = 10
"""Destructions of one unit that were all said to be whole before that is marked."""
MOST_REPEATED_PCT, MOST_SAME_DAY_PCT = 75.0, 50.0
MASS = 10
"""Candidates that one person dismissed on one day."""
SAME_VISIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Context:
    """What the signs look at besides entries."""

    effort: Mapping[str, Any] = field(default_factory=dict)
    """``km2`` and ``km2_visits`` of everybody."""
    effort_by_unit: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    of_unit: bool = False
    """True of one unit: how much of the ground was seen is told of the province, and nothing of it is marked."""
    least_seen: float = 0.5
    """Share that must have been seen before one may speak of the rest."""
    reused_photos: Sequence[str] = ()
    """Visits whose photos show another place, season, or before as after."""
    redated_photos: Sequence[str] = ()
    """Ids of plots whose photos were taken on the other side of a period's cut."""
    cuts: Sequence[datetime] = ()
    """Last instants of reporting periods, UTC."""
    late_days: float = 7.0


def signs(chosen: Sequence[Entry], context: Context) -> list[dict[str, Any]]:
    """Return the twelve signs: ``code``, ``marked``, ``value``, ``of``, ``m2``, ``pct``, ``who``; ``None`` = not known.

    Args:
        chosen: what the ledger speaks of, abroad included.
        context: what is known besides.
    """
    mine = inside(chosen)
    found = [entry for entry in mine if entry.detected_at is not None]
    return [
        _repeat_trail(context),
        _follows_list(found),
        _same_visit(found),
        _mass_dismissal(mine),
        _expired(mine),
        _over_the_cut(mine, context),
        _sign("reused_photo", bool(context.reused_photos), len(context.reused_photos), who=context.reused_photos),
        _always_whole(found),
        _inflated(found),
        _forced(found),
        _abroad(chosen),
        _low_coverage(context),
    ]


def _sign(
    code: str,
    marked: bool,
    value: float | None,
    *,
    of: float | None = None,
    m2: int | None = None,
    pct: float | None = None,
    who: Sequence[str] = (),
) -> dict[str, Any]:
    return {"code": code, "marked": marked, "value": value, "of": of, "m2": m2, "pct": pct, "who": list(who)}


def _repeat_trail(context: Context) -> dict[str, Any]:
    """Square kilometres walked in that were no new ones, in per cent of all cell-days; and of which unit most."""

    def repeated(effort: Mapping[str, Any]) -> float | None:
        visits = effort.get("km2_visits") or 0
        return percent(visits - (effort.get("km2") or 0), visits)

    shares = {unit: repeated(one) for unit, one in context.effort_by_unit.items()}
    habits = [u for u, one in context.effort_by_unit.items() if (one.get("km2_visits") or 0) >= LEAST_COUNT]
    who = sorted(unit for unit in habits if (shares[unit] or 0.0) >= MOST_REPEATED_PCT)
    visits = context.effort.get("km2_visits")
    return _sign("repeat_trail", bool(who), visits, pct=repeated(context.effort), of=visits, who=who)


def _follows_list(found: Sequence[Entry]) -> dict[str, Any]:
    """Finds at places that were candidates before; a unit that finds nothing else only follows the list."""
    listed = [entry for entry in found if entry.course.suspected_at and entry.course.suspected_at < _detected(entry)]
    by_unit = Counter(entry.unit for entry in found)
    on_list = Counter(entry.unit for entry in listed)
    who = sorted(unit for unit, count in by_unit.items() if count >= LEAST_COUNT and on_list[unit] == count)
    pct = percent(len(listed), len(found))
    return _sign("follows_list", bool(who), len(listed), of=len(found), pct=pct, who=who)


def _detected(entry: Entry) -> datetime:
    assert entry.detected_at is not None
    return entry.detected_at


def _same_visit(found: Sequence[Entry]) -> dict[str, Any]:
    """Area found and wholly destroyed within a day by the unit that found it: 100 % by construction."""
    pairs = [entry for entry in found if _is_pair(entry)]
    m2, everything = (sum(entry.detected_m2 for entry in some) for some in (pairs, found))
    pct = percent(m2, everything)
    marked = len(pairs) >= LEAST_COUNT and (pct or 0.0) >= MOST_SAME_DAY_PCT
    return _sign("same_day_pair", marked, len(pairs), of=len(found), m2=m2, pct=pct, who=_most(pairs))


def _is_pair(entry: Entry) -> bool:
    destroyed = entry.course.destroyed_at
    return destroyed is not None and destroyed - _detected(entry) < SAME_VISIT and entry.unit in entry.course.wholly_by


def _most(entries: Sequence[Entry]) -> list[str]:
    return [unit for unit, _ in Counter(entry.unit for entry in entries).most_common(3)]


def _mass_dismissal(mine: Sequence[Entry]) -> dict[str, Any]:
    """Candidates dismissed unvisited, and who dismissed many of them on one day."""
    dismissed = [entry for entry in mine if entry.state is State.DISMISSED]
    days = Counter(
        (entry.course.dismissed_by, entry.course.dismissed_at.astimezone(TIMEZONE).date())
        for entry in dismissed
        if entry.course.dismissed_at
    )
    many = [(person, day, count) for (person, day), count in days.most_common() if count >= MASS]
    who = [f"{person or '?'} {day.isoformat()}: {count}" for person, day, count in many]
    suspected = _candidates(mine)
    pct = percent(len(dismissed), suspected)
    return _sign("mass_dismissal", bool(who), len(dismissed), of=suspected, m2=_estimated(dismissed), pct=pct, who=who)


def _estimated(entries: Sequence[Entry]) -> int:
    return sum(round(entry.area_m2) for entry in entries)


def _candidates(mine: Sequence[Entry]) -> int:
    """Count what was proposed, and what a row out of place made a candidate of its patrol."""
    never_found = (State.DISMISSED, State.EXPIRED)
    return sum(entry.course.suspected_at is not None or entry.state in never_found for entry in mine)


def _expired(mine: Sequence[Entry]) -> dict[str, Any]:
    """Candidates that nobody visited until the season ended."""
    expired = [entry for entry in mine if entry.state is State.EXPIRED]
    suspected = _candidates(mine)
    pct = percent(len(expired), suspected)
    return _sign("expired", bool(expired), len(expired), of=suspected, m2=_estimated(expired), pct=pct)


def _over_the_cut(mine: Sequence[Entry], context: Context) -> dict[str, Any]:
    """Plots of which a correction, or photos, place a visit on the other side of a period's cut; and late entries."""
    cuts = sorted(context.cuts)

    def crosses(first: datetime | None, then: datetime | None) -> bool:
        if first is None or then is None:
            return False
        early, late = min(first, then), max(first, then)
        following = bisect_left(cuts, early)
        return following < len(cuts) and cuts[following] < late

    redated = set(context.redated_photos)
    moved = [e for e in mine if e.plot_id in redated or crosses(e.course.redated_from, e.course.redated_to)]
    late = [
        entry
        for entry in mine
        if entry.course.latest_entry_days >= context.late_days
        and crosses(entry.detected_at, entry.course.detection_recorded_at)
    ]
    told = {entry.key: entry for entry in (*moved, *late)}
    m2 = sum(entry.detected_m2 for entry in told.values())
    who = sorted({entry.code or entry.plot_id for entry in moved})
    return _sign("over_the_cut", bool(told), len(told), of=len(late), m2=m2, who=who)


def _always_whole(found: Sequence[Entry]) -> dict[str, Any]:
    """Destructions said to leave nothing, of all that any unit made; a unit of whose own none ever was partial.

    Each visit that destroyed counts by itself: a part today and the rest a week later are two, the first of them
    partial.
    """
    made: list[Destruction] = [one for entry in found for one in entry.course.destructions]
    by_unit = Counter(one.unit for one in made)
    wholly = Counter(one.unit for one in made if one.is_whole)
    who = sorted(unit for unit, count in by_unit.items() if count >= LEAST_WHOLE and wholly[unit] == count)
    whole = wholly.total()
    return _sign("always_whole", bool(who), whole, of=len(made), pct=percent(whole, len(made)), who=who)


def _inflated(found: Sequence[Entry]) -> dict[str, Any]:
    """Stated areas larger than the walked outline by more than two standard errors; and how much was only guessed.

    An area that was walked but typed as a number has no outline on record, and nothing to be compared with.
    """
    walked = [(entry, entry.course.outline_m2) for entry in found if entry.course.outline_m2]
    larger = [entry for entry, m2 in walked if entry.area_m2 > (m2 or 0.0) + 2.0 * entry.area_se_m2]
    guessed = sum(entry.detected_m2 for entry in found if entry.area_method in ("estimate", "pace"))
    over = round(sum(entry.area_m2 - (entry.course.outline_m2 or 0.0) for entry in larger))
    pct = percent(guessed, sum(entry.detected_m2 for entry in found))
    who = sorted(entry.code or entry.plot_id for entry in larger)
    return _sign("inflated_area", bool(larger), len(larger), of=len(walked), m2=over, pct=pct, who=who)


def _forced(found: Sequence[Entry]) -> dict[str, Any]:
    """Verifications that stand although the verifier was not independent, or nobody can say whose unit it is."""
    forced = [entry for entry in found if entry.forced or entry.unknown_verifier]
    m2 = sum(entry.verified_m2 for entry in forced)
    pct = percent(m2, sum(entry.verified_m2 for entry in found))
    who = sorted(f"{entry.code or entry.plot_id}: {entry.forced or entry.unknown_verifier}" for entry in forced)
    return _sign("forced_verification", bool(forced), len(forced), m2=m2, pct=pct, who=who)


def _abroad(chosen: Sequence[Entry]) -> dict[str, Any]:
    """Detected area beyond the border, or so near it that nobody can say; it enters no total."""
    beyond = [entry for entry in chosen if entry.side is not Side.INSIDE and entry.detected_at is not None]
    unclear = sum(entry.side is Side.UNCLEAR for entry in beyond)
    m2 = sum(entry.detected_m2 for entry in beyond)
    who = sorted(entry.code or entry.plot_id for entry in beyond)
    return _sign("abroad", bool(beyond), len(beyond), of=unclear, m2=m2, who=who)


def _low_coverage(context: Context) -> dict[str, Any]:
    """Share of the ground that neither satellite nor patrols saw; not known is no better than not seen."""
    none = context.coverage.get("none")
    pct = None if none is None else float(int(none * 1000 + 1e-9) / 10)
    marked = not context.of_unit and (none is None or none > 1.0 - context.least_seen)
    return _sign("low_coverage", marked, pct, pct=pct)

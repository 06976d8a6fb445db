"""Twelve ways in which a target of 100 % can be met without the work, each with its figure on a report's first page.

None of them is an accusation: to find and to destroy on one day is what a patrol hours into the forest does. But a
percentage says nothing to a reader who does not see beside it how it came about, and whoever games one of these figures
moves another. So all twelve always print; those that ask for a second look are marked.

Some tell what became of plots, and stand with the unit that answers for the plot. What a unit did (destroyed, verified,
walked, photographed) is its own wherever the plot belongs. So whoever is named for a mark in the province's account is
marked in its own.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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


def _as_written(unit: str) -> str:
    return unit


@dataclass(frozen=True, slots=True)
class Context:
    """What the signs look at besides entries."""

    effort: Mapping[str, Any] = field(default_factory=dict)
    """``km2`` and ``km2_visits`` of everybody."""
    effort_by_unit: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    coverage: Mapping[str, Any] = field(default_factory=dict)
    unit: str = ""
    """Unit that is told of, empty = all. How much of the ground was seen is told of the province alone: of a unit
    nothing of it is marked."""
    answering: Callable[[str], str] = _as_written
    """Unit → the unit that answers for what it did."""
    least_seen: float = 0.5
    """Share that must have been seen before one may speak of the rest."""
    reused_photos: Sequence[str] = ()
    """Visits whose photos show another place, season, or before as after; of a unit its own, at any plot."""
    redated_photos: Sequence[str] = ()
    """Ids of plots whose photos were taken on the other side of a period's cut."""
    cuts: Sequence[datetime] = ()
    """Last instants of reporting periods, UTC."""
    late_days: float = 7.0

    def is_own(self, unit: str) -> bool:
        """Tell whether what a unit did is told of: of all units, what any of them did."""
        return not self.unit or self.answering(unit) == self.unit


def signs(chosen: Sequence[Entry], context: Context, elsewhere: Sequence[Entry] = ()) -> list[dict[str, Any]]:
    """Return the twelve signs: ``code``, ``marked``, ``value``, ``of``, ``m2``, ``pct``, ``who``; ``None`` = not known.

    Args:
        chosen: what the ledger speaks of, abroad included.
        context: what is known besides.
        elsewhere: of one unit, what others answer for: what it did there is its own all the same.
    """
    mine = inside(chosen)
    found, theirs = ([entry for entry in some if entry.detected_at is not None] for some in (mine, inside(elsewhere)))
    return [
        _repeat_trail(context),
        _follows_list(found, context),
        _same_visit(found, context),
        _mass_dismissal(mine),
        _expired(mine),
        _over_the_cut(mine, context),
        _sign("reused_photo", bool(context.reused_photos), len(context.reused_photos), who=context.reused_photos),
        _always_whole([*found, *theirs], context),
        _inflated(found),
        _forced([*found, *(entry for entry in theirs if context.is_own(entry.verifier))]),
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


def _follows_list(found: Sequence[Entry], context: Context) -> dict[str, Any]:
    """Finds at places that were candidates before; a unit that finds nothing else only follows the list."""
    listed = [entry for entry in found if entry.course.suspected_at and entry.course.suspected_at < _detected(entry)]
    by_unit, on_list = (Counter(context.answering(entry.unit) for entry in some) for some in (found, listed))
    who = sorted(unit for unit, count in by_unit.items() if count >= LEAST_COUNT and on_list[unit] == count)
    pct = percent(len(listed), len(found))
    return _sign("follows_list", bool(who), len(listed), of=len(found), pct=pct, who=who)


def _detected(entry: Entry) -> datetime:
    assert entry.detected_at is not None
    return entry.detected_at


def _same_visit(found: Sequence[Entry], context: Context) -> dict[str, Any]:
    """Area found and wholly destroyed within a day by the unit that found it: 100 % by construction.

    Named are the units of whose own finds that holds, whatever holds of all.
    """
    by_unit: dict[str, list[Entry]] = {}
    for entry in found:
        by_unit.setdefault(context.answering(entry.unit), []).append(entry)
    who = sorted(unit for unit, own in by_unit.items() if _is_habit(own))
    pairs, (m2, pct) = [entry for entry in found if _is_pair(entry)], _paired(found)
    return _sign("same_day_pair", _is_habit(found), len(pairs), of=len(found), m2=m2, pct=pct, who=who)


def _is_habit(found: Sequence[Entry]) -> bool:
    return sum(map(_is_pair, found)) >= LEAST_COUNT and (_paired(found)[1] or 0.0) >= MOST_SAME_DAY_PCT


def _paired(found: Sequence[Entry]) -> tuple[int, float | None]:
    """Return the area of the pairs, m², and its share of all that was found, per cent."""
    m2 = sum(entry.detected_m2 for entry in found if _is_pair(entry))
    return m2, percent(m2, sum(entry.detected_m2 for entry in found))


def _is_pair(entry: Entry) -> bool:
    destroyed = entry.course.destroyed_at
    return destroyed is not None and destroyed - _detected(entry) < SAME_VISIT and entry.unit in entry.course.wholly_by


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


def _always_whole(found: Sequence[Entry], context: Context) -> dict[str, Any]:
    """Destructions said to leave nothing, of all that were made; a unit of whose own none ever was partial.

    Each visit that destroyed counts by itself: a part today and the rest a week later are two, the first of them
    partial.
    """
    every: list[Destruction] = [one for entry in found for one in entry.course.destructions]
    made = [one for one in every if context.is_own(one.unit)]
    by_unit = Counter(context.answering(one.unit) for one in made)
    wholly = Counter(context.answering(one.unit) for one in made if one.is_whole)
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
    marked = not context.unit and (none is None or none > 1.0 - context.least_seen)
    return _sign("low_coverage", marked, pct, pct=pct)

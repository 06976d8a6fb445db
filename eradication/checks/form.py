"""Form: is everything there that minutes of a destruction need, and do the times follow one another?"""

from collections.abc import Iterator
from datetime import datetime

from eradication.checks.facts import Eradication
from eradication.checks.result import Check, Result, failed, ok
from eradication.domain import TIMEZONE, MinutesType, Visit

_FORM = Check.FORM

OFFICERS = 2


def check(row: Eradication, now: datetime) -> list[Result]:
    """Check the fields and times of a row.

    Args:
        row: the destruction.
        now: aware; what happened after it lies in the future.
    """
    faults = [failed(_FORM, code) for code in _missing(row)]
    faults += _times(row, now)
    if row.minutes_elsewhere:
        what = f"{row.visit.minutes_no}: {', '.join(row.minutes_elsewhere)}"
        faults.append(failed(_FORM, "minutes_used_elsewhere", len(row.minutes_elsewhere), what))
    return faults or [ok(_FORM, "form_complete")]


def _missing(row: Eradication) -> list[str]:
    visit = row.visit
    wanted = {
        "area_missing": visit.area_m2 is None and row.area_m2 <= 0,
        "area_method_missing": visit.area_m2 is not None and visit.area_method is None,
        "destroyed_fraction_missing": visit.destroyed_fraction is None,
        "destruction_method_missing": visit.method is None,
        "destroyed_by_missing": visit.destroyed_by is None,
        "minutes_type_not_destruction": visit.minutes_type is not MinutesType.DESTRUCTION,
        "minutes_no_missing": not visit.minutes_no.strip(),
        "two_officers_missing": _officers(visit) < OFFICERS,
        "photo_before_missing": not visit.photo_before.strip(),
        "photo_after_missing": not visit.photo_after.strip(),
    }
    return [code for code, is_missing in wanted.items() if is_missing]


def _officers(visit: Visit) -> int:
    """Return how many different officers a row names; one code written twice is one person."""
    return len({officer.strip().casefold() for officer in visit.officers if officer.strip()})


def _times(row: Eradication, now: datetime) -> Iterator[Result]:
    when = row.visit.visited_at
    if row.detected_at is None or row.detected_at > when:
        yield failed(_FORM, "eradicated_before_detection", what=_day(row.detected_at))
    if row.verified_at is not None and row.verified_at < when:
        yield failed(_FORM, "eradicated_after_verification", what=_day(row.verified_at))
    if when > now:
        yield failed(_FORM, "time_in_future", what=_day(when))
    elif when > row.recorded_at:
        yield failed(_FORM, "recorded_before_happening", what=_day(row.recorded_at))
    yield from _photo_times(row)


def _photo_times(row: Eradication) -> Iterator[Result]:
    """Yield photos taken before the day of the detection, or after the verification."""
    first = min(row.photos.before, default=None)
    last = max(row.photos.after, default=None)
    if first is not None and row.detected_at is not None and _local(first) < _local(row.detected_at):
        yield failed(_FORM, "photo_before_detection", what=_day(first))
    if last is not None and row.verified_at is not None and last > row.verified_at:
        yield failed(_FORM, "photo_after_verification", what=_day(last))


def _local(when: datetime) -> str:
    return when.astimezone(TIMEZONE).date().isoformat()


def _day(when: datetime | None) -> str:
    return "" if when is None else f"{when.astimezone(TIMEZONE):%Y-%m-%d %H:%M}"

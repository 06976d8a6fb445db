"""A season by periods of ten days: what is there, what is missing, how old the newest look is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean

from eradication.archive.items import Window
from eradication.domain import TIMEZONE

LATE_FACTOR = 2.0
"""The alarm rings when the newest look is older than this many times the expected revisit."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One item, as far as a table of periods goes."""

    time: datetime
    cloud_percent: float | None
    baseline: str
    """Processing baseline, ``05.11``; empty = not stated."""
    offset_rule: str
    """What decides about the offset; empty = nothing does."""
    cached: bool = False
    cached_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Ten days: 1–10, 11–20, 21–end of a month, local time."""

    start: date
    end: date
    """Last day."""
    items: int
    cloud_percent: float | None
    """Mean of what the items state."""
    baselines: dict[str, int]
    offset_rules: dict[str, int]
    cached: int
    cached_bytes: int


def decade(day: date) -> date:
    """Return the first day of the ten-day period a day lies in."""
    return day.replace(day=(1, 11, 21)[min((day.day - 1) // 10, 2)])


def after(start: date) -> date:
    """Return the first day of the next period."""
    return decade(start + timedelta(days=11 if start.day == 21 else 10))


def by_period(sights: Sequence[Sight], window: Window, now: datetime) -> list[Period]:
    """Return every period of a window that has begun, those without a look included."""
    last = min(window[1] - timedelta(seconds=1), now).astimezone(TIMEZONE).date()
    start = decade(window[0].astimezone(TIMEZONE).date())
    groups: dict[date, list[Sight]] = {}
    for sight in sights:
        groups.setdefault(decade(sight.time.astimezone(TIMEZONE).date()), []).append(sight)
    periods = []
    while start <= last:
        periods.append(_period(start, groups.get(start, [])))
        start = after(start)
    return periods


def _period(start: date, sights: Sequence[Sight]) -> Period:
    clouds = [sight.cloud_percent for sight in sights if sight.cloud_percent is not None]
    return Period(
        start,
        after(start) - timedelta(days=1),
        len(sights),
        round(fmean(clouds), 1) if clouds else None,
        dict(sorted(Counter(sight.baseline or "?" for sight in sights).items())),
        dict(sorted(Counter(sight.offset_rule or "?" for sight in sights).items())),
        sum(sight.cached for sight in sights),
        sum(sight.cached_bytes for sight in sights),
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without any look."""

    after: datetime
    before: datetime
    days: float


def gaps(times: Sequence[datetime], window: Window, now: datetime, revisit_days: float) -> list[Gap]:
    """Return the stretches longer than twice the expected revisit, those at both ends of the window included."""
    if revisit_days <= 0:
        return []
    edges = [window[0], *sorted(t for t in times if window[0] <= t < window[1]), min(window[1], now)]
    days = [(a, b, (b - a) / timedelta(days=1)) for a, b in pairwise(edges)]
    return [Gap(a, b, round(length, 1)) for a, b, length in days if length > LATE_FACTOR * revisit_days]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the newest look is."""

    newest: datetime | None
    days: float | None
    """Since the newest look; for a season that is over, to its end."""
    expected_days: float
    late: bool
    """True: a look was to be expected and there is none."""


def freshness(times: Sequence[datetime], window: Window, now: datetime, revisit_days: float) -> Freshness:
    """Judge the age of the newest look. A season that is over, or has not begun, is never late."""
    inside = [t for t in times if window[0] <= t < window[1]]
    until = min(window[1], now)
    newest = max(inside, default=None)
    since = newest if newest is not None else window[0]
    days = (until - since) / timedelta(days=1)
    running = window[0] <= now < window[1]
    late = running and revisit_days > 0 and days > LATE_FACTOR * revisit_days
    return Freshness(newest, None if newest is None else round(days, 1), revisit_days, late)


def utc_now() -> datetime:
    """Return the time, the one place where this package's archives ask for it."""
    return datetime.now(UTC)

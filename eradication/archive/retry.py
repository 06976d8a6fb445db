"""When to ask again: exponential back-off with jitter, and what the server itself asks for."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_S = 60.0
"""No pause is longer, and no ``Retry-After`` beyond it is waited for: the next run asks again."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which asking again may help."""


def pause_s(attempt: int, first_s: float) -> float:
    """Return how long to wait after a failed attempt (0 = the first): doubled each time, half of it random."""
    longest = min(first_s * 2.0**attempt, LONGEST_PAUSE_S)
    return longest * (0.5 + 0.5 * random.random())


def asked_s(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for, ``None`` if there is none that can be read."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip())
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())

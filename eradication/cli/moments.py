"""Days and times as people type them."""

from datetime import UTC, date, datetime, timedelta

from eradication.domain import TIMEZONE
from eradication.errors import N_, UnusableInput


def day(given: str, option: str) -> date:
    """Read a day.

    Raises:
        UnusableInput: ``bad_date``.
    """
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UnusableInput(
            "bad_date",
            N_("'{given}' is not a day."),
            where=option,
            hint=N_("Write it as YYYY-MM-DD."),
            values={"given": given},
        ) from None


def time(given: str, *, end_of_day: bool = False) -> datetime:
    """Read a time; a day alone means its first instant, or its last where things are told as of that day.

    Raises:
        UnusableInput: ``bad_time``.
    """
    try:
        when = datetime.fromisoformat(given)
        if end_of_day and len(given.strip()) == len("2026-03-01"):
            when += timedelta(days=1, microseconds=-1)
    except ValueError:
        raise UnusableInput(
            "bad_time",
            N_("'{given}' is not a time."),
            hint=N_("Write it as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS+07:00."),
            values={"given": given},
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=TIMEZONE)).astimezone(UTC)

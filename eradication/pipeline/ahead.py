"""Seasons ahead of today: a ledger has nothing of one that has not begun, a plan is made for the coming one at most."""

from datetime import UTC, datetime

from eradication.domain import Season
from eradication.errors import N_, UnusableInput


def not_begun(season: Season, now: datetime | None = None) -> UnusableInput:
    """Return the refusal of a season of which there is nothing yet."""
    return UnusableInput(
        "unknown_season",
        N_("Season {season} has not begun."),
        where="--season",
        hint=N_("The running season is {now}."),
        values={"season": season.label, "now": Season.of(now or datetime.now(UTC)).label},
    )


def check_plannable(season: Season, now: datetime | None = None) -> None:
    """Refuse a season later than the one that comes next: what would be told of it rests on nothing.

    Args:
        season: that is asked for.
        now: ``None`` = by the clock.

    Raises:
        UnusableInput: ``unknown_season``.
    """
    if season.start_year > Season.of(now or datetime.now(UTC)).start_year + 1:
        raise not_begun(season, now)

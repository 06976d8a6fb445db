"""Whether anything stands on the day of a plan that a patrol could confirm.

A plan is for confirming plants that stand. Before the early sowing emerges there is nothing to be recognised; from its
last lancing on a place is worth nothing; what nobody visited expires with the season. Whether plants come up again
where they were destroyed is the matter of re-checks, and dry stalks confirm nothing: neither is a stop of a plan.
"""

from datetime import date

from eradication import harvest
from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline.plans.wish import Wish


def check_day(wish: Wish, settings: Settings) -> None:
    """Refuse a day before the first sowing emerges, or after the season.

    Between the calendar's last lancing and the end of the season each candidate has its own clock: height and sowing
    may move it.

    Raises:
        UnusableInput: ``nothing_stands``; ``bad_settings``.
    """
    first, _ = span(wish.season, settings)
    if not first <= wish.date <= wish.season.last_day:
        raise refused(wish, settings)


def span(season: Season, settings: Settings) -> tuple[date, date]:
    """Return the first and the last day of a season on which poppy stands that can be confirmed, by the calendar.

    From the emergence of the early sowing to the last lancing of the late one.
    """
    last = harvest.window(season, settings).last  # refuses days that are none, those of [effort] as well
    return min(season.day(own[0]) for own in (settings.effort.early, settings.effort.late)), last


def refused(wish: Wish, settings: Settings) -> UnusableInput:
    """Return the refusal of a plan for a day on which nothing stands, with the days that can be planned for."""
    season = wish.season
    first, last = span(season, settings)
    coming = first if wish.date < first else span(Season(season.start_year + 1), settings)[0]
    days = {"day": wish.date, "first": first, "last": last, "coming": coming}
    return UnusableInput(
        "nothing_stands",
        N_("Nothing that a patrol could confirm stands on {day}: poppy of {season} stands from {first} to {last}."),
        where="--date",
        hint=N_(
            "Name a day of these (by [effort] early and [harvest] lancing_late), or one from {coming} on. "
            "Whether plants came up again where they were destroyed is told by: eradication rechecks show"
        ),
        values={name: day.isoformat() for name, day in days.items()} | {"season": season.label},
    )

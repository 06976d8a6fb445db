"""Whether a plan can be meant for a day: the day is to come, and something stands then that a patrol could confirm.

A plan is for confirming plants that stand. Before the early sowing emerges there is nothing to be recognised; after the
calendar's last lancing only places whose own clock says so stand, be it for their height, their day of sowing or the
stage that was seen; what nobody visited expires with the season. Whether plants come up again where they were destroyed
is the matter of re-checks, and dry stalks confirm nothing: neither is a stop of a plan.

The window that a refusal tells is the window that is accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from eradication import harvest
from eradication.config import Settings
from eradication.domain import TIMEZONE, Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection
from eradication.pipeline.plans.looks import last_lancing
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Standing:
    """Days of a season on which something stands that a patrol could confirm, all included."""

    first: date
    calendar: date
    """The last day by the calendar."""
    last: date
    """The last by the clock of single places too; never before that of the calendar, never after the season."""


def check_day(workspace: Workspace, wish: Wish, now: datetime) -> None:
    """Refuse a day on which nothing stands anywhere, and one beyond the coming season.

    Raises:
        UnusableInput: ``day_is_past`` (out of season, on real ground), ``day_too_far``, ``nothing_stands``;
            ``bad_settings``.
    """
    coming = Season(Season.of(now).start_year + 1)
    if wish.season > coming:
        raise _too_far(wish, span(coming, workspace.settings)[1])
    first, calendar = span(wish.season, workspace.settings)
    if first <= wish.date <= calendar:
        return
    told = standing(workspace, wish)
    if not told.first <= wish.date <= told.last:
        check_coming(workspace, wish, now)  # otherwise the days to choose from would be past
        raise _nothing(wish, told, coming, workspace.settings)


def check_coming(workspace: Workspace, wish: Wish, now: datetime) -> None:
    """Refuse a day that is over; simulated ground is looked back upon, and nobody goes there.

    Raises:
        UnusableInput: ``day_is_past``.
    """
    if not is_past(wish, now) or projection.is_simulated(workspace):
        return
    raise UnusableInput(
        "day_is_past",
        N_("{day} is past, and a plan is for a day to come."),
        where="--date",
        hint=N_("Name today, {today}, or a later day. What became of a plan is told by: eradication plans walked"),
        values={"day": wish.date.isoformat(), "today": now.astimezone(TIMEZONE).date().isoformat()},
    )


def is_past(wish: Wish, now: datetime) -> bool:
    """Tell whether the day of a wish lies before today, in local time."""
    return wish.date < now.astimezone(TIMEZONE).date()


def span(season: Season, settings: Settings) -> tuple[date, date]:
    """Return the first and the last day of a season on which poppy stands that can be confirmed, by the calendar.

    From the emergence of the early sowing to the last lancing of the late one.
    """
    last = harvest.window(season, settings).last  # refuses days that are none, those of [effort] as well
    return min(season.day(own[0]) for own in (settings.effort.early, settings.effort.late)), last


def standing(workspace: Workspace, wish: Wish) -> Standing:
    """Return the days of a season for which plans are made: by the calendar, and by the clocks of what is on record."""
    first, calendar = span(wish.season, workspace.settings)
    own = last_lancing(workspace, projection.replayed(workspace), wish) or calendar
    return Standing(first, calendar, max(calendar, min(own, wish.season.last_day)))


def _nothing(wish: Wish, told: Standing, limit: Season, settings: Settings) -> UnusableInput:
    """Return the refusal of a day on which nothing stands, with the days that can be planned for."""
    later = Season(wish.season.start_year + 1)
    hint = N_(
        "Name a day of these (by [effort] early and [harvest] lancing_late). "
        "Whether plants came up again where they were destroyed is told by: eradication rechecks show"
    )
    values = _values(wish, told)
    if wish.date > told.last and later <= limit:
        values["coming"] = span(later, settings)[0].isoformat()
        hint = N_(
            "Name a day of these (by [effort] early and [harvest] lancing_late), or one from {coming} on. "
            "Whether plants came up again where they were destroyed is told by: eradication rechecks show"
        )
    said = N_("Nothing that a patrol could confirm stands on {day}: poppy of {season} stands from {first} to {last}.")
    if told.last > told.calendar:
        said = N_(
            "Nothing that a patrol could confirm stands on {day}: poppy of {season} stands from {first} to {calendar} "
            "by the calendar, and to {last} by the clock of single places."
        )
    return UnusableInput("nothing_stands", said, where="--date", hint=hint, values=values)


def nothing_here(workspace: Workspace, wish: Wish, units: Sequence[str]) -> UnusableInput:
    """Return the refusal of a day on which nothing stands where units go, though elsewhere it may."""
    return UnusableInput(
        "nothing_stands",
        N_("On {day} nothing that a patrol could confirm stands round the posts of {units}."),
        where="--date",
        hint=N_(
            "By the calendar poppy of {season} stands from {first} to {calendar}; after that only single places do, "
            "the last until {last}. Name a day of the calendar."
        ),
        values=_values(wish, standing(workspace, wish)) | {"units": ", ".join(units)},
    )


def _values(wish: Wish, told: Standing) -> dict[str, str]:
    days = {"day": wish.date, "first": told.first, "calendar": told.calendar, "last": told.last}
    return {name: day.isoformat() for name, day in days.items()} | {"season": wish.season.label}


def _too_far(wish: Wish, last: date) -> UnusableInput:
    return UnusableInput(
        "day_too_far",
        N_("{day} is further ahead than the coming season: nobody knows what will stand then."),
        where="--date",
        hint=N_("Name a day until {last}; a plan is made a day or two before it is walked."),
        values={"day": wish.date.isoformat(), "last": last.isoformat()},
    )

"""What is asked of a plan, and whether it can be meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

from eradication.domain import TIMEZONE, Json, Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import units
from eradication.pipeline.workspace import Workspace
from eradication.planning import LEAST_RANDOM_SHARE

LONGITUDES, LATITUDES = (95.0, 115.0), (5.0, 30.0)
"""Degrees in which a post of this country can lie: a post typed as latitude, longitude does not."""


@dataclass(frozen=True, slots=True)
class Patrol:
    """One unit that goes out."""

    unit: str
    """Code or name, however it is typed; on record it is the code."""
    post: tuple[float, float] | None = None
    """Longitude, latitude (WGS 84) from which it leaves and to which it returns; ``None`` = as the settings say."""


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom, when, how long."""

    patrols: tuple[Patrol, ...]
    day: datetime
    """First instant of the day, aware."""
    hours: float
    """From leaving the post to being back."""
    random_share: float = LEAST_RANDOM_SHARE
    seed: int = 0

    @property
    def date(self) -> date:
        """The local day."""
        return self.day.astimezone(TIMEZONE).date()

    @property
    def season(self) -> Season:
        """The season of the day."""
        return Season.of(self.day)

    def told(self) -> dict[str, Json]:
        """Return it as plain JSON: what makes two wishes the same."""
        rows: list[Json] = [[one.unit, [*one.post] if one.post else None] for one in self.patrols]
        return {
            "patrols": rows,
            "day": self.date.isoformat(),
            "hours": self.hours,
            "random_share": self.random_share,
            "seed": self.seed,
        }


def checked(workspace: Workspace, wish: Wish) -> Wish:
    """Return a wish with its units by their codes on record, in the order of codes.

    Raises:
        UnusableInput: ``bad_hours``, ``hours_too_long``, ``bad_share``, ``unit_missing``, ``unit_twice``,
            ``unknown_unit``.
    """
    check_number(wish.random_share, "bad_share", "--random-share", f"--random-share {LEAST_RANDOM_SHARE:g}")
    _check_hours(wish.hours, workspace.settings.plan.longest_hours)
    if not LEAST_RANDOM_SHARE <= wish.random_share <= 1:
        raise UnusableInput(
            "bad_share",
            N_("{share} % of the stops cannot be drawn at random."),
            where="--random-share",
            hint=N_("At least {least} % and at most 100 % of the stops are drawn: figures rest on these alone."),
            values={"share": round(100 * wish.random_share, 2), "least": round(100 * LEAST_RANDOM_SHARE)},
        )
    patrols = sorted((_on_record(workspace, one) for one in wish.patrols), key=lambda one: one.unit)
    if not patrols:
        raise UnusableInput("unit_missing", N_("A plan is made for one unit or several."), hint=_NAME_IT)
    codes = [one.unit for one in patrols]
    twice = next((code for code in codes if codes.count(code) > 1), "")
    if twice:
        raise UnusableInput(
            "unit_twice",
            N_("The unit {unit} is named twice."),
            hint=N_("One unit has one plan a day; two teams of a unit need names of their own."),
            values={"unit": twice},
        )
    return Wish(tuple(patrols), wish.day, float(wish.hours), float(wish.random_share), wish.seed)


def check_number(value: float, kind: str, where: str, example: str) -> None:
    """Refuse what is no number at all, or without end.

    Raises:
        UnusableInput: of this ``kind``.
    """
    if not isfinite(value):
        raise UnusableInput(
            kind,
            N_("'{given}' is not a number."),
            where=where,
            hint=N_("Give a number, for example {example}"),
            values={"given": str(value), "example": example},
        )


def _check_hours(hours: float, longest: float) -> None:
    check_number(hours, "bad_hours", "--hours", "--hours 8")
    if hours <= 0:
        raise UnusableInput(
            "bad_hours",
            N_("A patrol cannot be out for {hours} hours."),
            where="--hours",
            hint=N_("Give the hours from leaving the post to being back, for example --hours 8."),
            values={"hours": float(hours)},
        )
    if hours > longest:
        raise UnusableInput(
            "hours_too_long",
            N_("{hours} hours are longer than the longest plan of {longest} hours."),
            where="--hours",
            hint=N_("Divide it into days; longest_hours under [plan] in eradication.toml says what is allowed."),
            values={"hours": float(hours), "longest": float(longest)},
        )


def _on_record(workspace: Workspace, patrol: Patrol) -> Patrol:
    if not patrol.unit.strip():
        raise UnusableInput("unit_missing", N_("A plan is made for one unit or several."), hint=_NAME_IT)
    if patrol.post is not None:
        check_degrees(patrol.post)
    return Patrol(units.on_record(workspace, patrol.unit), patrol.post)


_NAME_IT = N_("Name its code: --unit BP01")


def check_degrees(post: Sequence[float], where: str = "--post") -> None:
    """Refuse longitude and latitude that are not in this part of the world.

    Raises:
        UnusableInput: ``bad_post``.
    """
    lon, lat = post
    if LONGITUDES[0] <= lon <= LONGITUDES[1] and LATITUDES[0] <= lat <= LATITUDES[1]:
        return
    raise UnusableInput(
        "bad_post",
        N_("{lon}, {lat} is no place in this country."),
        where=where,
        hint=N_("Longitude first, in degrees (WGS 84), for example --post 104.75,20.82"),
        values={"lon": f"{lon:g}", "lat": f"{lat:g}"},
    )


def post_of(text: str, where: str = "--post") -> tuple[float, float]:
    """Read ``LON,LAT``.

    Raises:
        UnusableInput: ``bad_post``.
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
        if not (isfinite(lon) and isfinite(lat)):
            raise ValueError
    except ValueError:
        raise UnusableInput(
            "bad_post",
            N_("'{given}' is not a place."),
            where=where,
            hint=N_("Longitude first, in degrees (WGS 84), for example --post 104.75,20.82"),
            values={"given": text},
        ) from None
    return lon, lat

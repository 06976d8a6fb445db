"""The clock of the harvest: between which days the capsules of a place are lanced, and how many days are left.

What is lanced is lost to the target and is opium to the grower, so of two open candidates the one that will be lanced
first is visited first. The days come from a calendar of finds and press reports, not from measurement. They are meant
for planning a week, and the answer always names what they rest on: :class:`Basis`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from eradication.config import Settings
from eradication.domain import Season, Stage, State
from eradication.errors import N_, UnusableInput

WAITING = frozenset({State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED})
CLOCKED = frozenset({*WAITING, State.DETECTED, State.REGROWN})
"""States in which live poppy may still stand: only they have a clock."""

_DRY_DAYS = 30
"""After the last capsules, dry stalks stand about a month (calendar of stages: Mar-Apr, Apr-May)."""

_SEEN: Mapping[Stage, tuple[int, int]] = {
    Stage.SEEDLING: (0, 2),
    Stage.ROSETTE: (0, 2),
    Stage.BUD: (1, 3),
    Stage.FLOWER: (2, 4),
    Stage.CAPSULE: (3, 4),
    Stage.LANCED: (3, 4),
    Stage.DRY: (3, 5),
}
"""Stage → between which of a sowing's days it is seen, see :func:`_days`. A stage goes on while the next has begun, for
a sowing is not sown on one day but over weeks."""


class Basis(StrEnum):
    """What a window rests on, the best first."""

    SOWING = "sowing"
    """The day of sowing that images tell."""
    STAGE = "stage"
    """A stage that a person saw on a day fits one of the two sowings."""
    CALENDAR = "calendar"
    """Nothing is known of the place: from the first lancing of early sowing to the last of late sowing."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which a place is expected to be lanced."""

    first: date
    last: date
    basis: Basis
    shift_days: int = 0
    """Days by which its height moved it; negative = earlier."""


def window(
    season: Season,
    settings: Settings,
    *,
    elevation_m: float | None = None,
    sown_on: date | None = None,
    stage: Stage | None = None,
    seen_on: date | None = None,
) -> Window:
    """Return the days on which the capsules of a place are expected to be lanced.

    *Sowing.* The calendar's rows, read as the course of one crop, give the days from sowing to lancing: the early row
    (15 Jan-31 Mar) and the late row (1 Mar-30 Apr) both begin 105 days after a sowing that fits their row of emergence
    (2 Oct for Oct-Nov; 16 Nov, a fortnight before Dec-Feb), and the late row ends 165 days after it, as the early one
    does for fields that were sown a fortnight later (17 Oct). So a field sown on a day is lanced 105 to 165 days later.
    Its height is in that day already and moves it no more.

    *Stage.* The sowing in whose days (``[effort] early, late``; lancing from ``[harvest]``) the stage is seen then;
    both where both fit, the whole calendar where none does.

    *Height.* Hopkins' bioclimatic law: an event of spring comes 4 days later for each 400 feet (122 m) of height
    (A. D. Hopkins, The bioclimatic law, J. Wash. Acad. Sci. 10, 1920: 34-40; for deciduous trees borne out by
    Richardson et al., Appl. Plant Sci. 7, 2019: e1228). It was found in temperate North America. That it holds for a
    winter crop at 21° N is an assumption, as is the height the calendar is meant for.

    Whatever the basis, what a person saw cannot be denied: where capsules stood or were lanced the window has begun,
    where all was dry it is over.

    Args:
        season: whose calendar.
        settings: sections ``harvest`` and ``effort``.
        elevation_m: of the place above the sea; ``None`` or NaN = not known, and nothing is moved.
        sown_on: as images tell.
        stage: as a person saw it last.
        seen_on: the day of that; without it ``stage`` says nothing.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    own = settings.harvest
    if sown_on is not None:
        if own.lanced_until_days < own.lanced_after_days:
            raise _bad("lanced_until_days", N_("It must not be less than lanced_after_days."))
        told = Window(_after(sown_on, own.lanced_after_days), _after(sown_on, own.lanced_until_days), Basis.SOWING)
    else:
        told = _by_calendar(season, settings, _shift(elevation_m, settings), stage, seen_on)
    return _as_seen(told, stage, seen_on)


def clock(told: Window, day: date) -> int:
    """Return the days left on ``day`` until the window begins; 0 = today, negative = it has begun or is over."""
    return (told.first - day).days


def due(rows: Iterable[Mapping[str, Any]], day: date, soon_days: int = 14) -> dict[str, int]:
    """Count open candidates by what is left of their time on ``day``, to stand beside those nobody visited.

    Args:
        rows: ``state, area_m2, lancing_from, lancing_to`` (ISO days), as ``plots list`` gives them.
        day: local.
        soon_days: what counts as near.

    Returns:
        Counts ``soon`` (begins within ``soon_days``, today included), ``begun``, ``over``, ``later``, and the estimated
        whole m² of the first three as ``soon_m2, begun_m2, over_m2``. Only candidates nobody has reached are counted.
    """
    told = dict.fromkeys(("soon", "begun", "over", "later", "soon_m2", "begun_m2", "over_m2", "later_m2"), 0)
    for row in rows:
        if row["state"] not in WAITING or not row.get("lancing_from"):
            continue
        first, last = date.fromisoformat(row["lancing_from"]), date.fromisoformat(row["lancing_to"])
        left = (first - day).days
        kind = "over" if last < day else "begun" if left < 0 else "soon" if left <= soon_days else "later"
        told[kind] += 1
        told[f"{kind}_m2"] += round(row["area_m2"])
    del told["later_m2"]
    return told


def _by_calendar(season: Season, settings: Settings, shift: int, stage: Stage | None, seen_on: date | None) -> Window:
    """Return the window of the sowings that a stage fits, of both where it fits none or nothing was seen."""
    sowings = [_days(season, settings, name) for name in ("early", "late")]
    fitting = []
    if stage is not None and seen_on is not None:
        begin, end = _SEEN[stage]
        fitting = [days for days in sowings if days[begin] <= _after(seen_on, -shift) < days[end]]
    chosen = fitting or sowings
    first, last = min(days[3] for days in chosen), max(days[4] for days in chosen)
    basis = Basis.STAGE if fitting else Basis.CALENDAR
    return Window(_after(first, shift), _after(last, shift - 1), basis, shift)


def _days(season: Season, settings: Settings, name: str) -> list[date]:
    """Return the first days of emergence, elongation, flowering, lancing, of what follows, and of nothing at all."""
    lancing: tuple[str, ...] = getattr(settings.harvest, f"lancing_{name}")
    stages: tuple[str, ...] = getattr(settings.effort, name)
    try:
        found = [season.day(day) for day in (*stages[:3], *lancing)]
        if len(found) != 5 or found[3] > found[4]:
            raise ValueError
    except ValueError:
        raise _bad(f"lancing_{name}", N_('Two days as MM-DD in order, e.g. ["01-15", "03-31"].')) from None
    return [*found[:4], _after(found[4], 1), _after(found[4], 1 + _DRY_DAYS)]


def _as_seen(told: Window, stage: Stage | None, seen_on: date | None) -> Window:
    if seen_on is None:
        return told
    if stage in (Stage.CAPSULE, Stage.LANCED):
        return replace(told, first=min(told.first, seen_on), last=max(told.last, seen_on))
    if stage is Stage.DRY:
        return replace(told, first=min(told.first, seen_on), last=min(told.last, seen_on))
    return told


def _shift(elevation_m: float | None, settings: Settings) -> int:
    own = settings.harvest
    if elevation_m is None or elevation_m != elevation_m:
        return 0
    return round(own.days_per_100_m * (elevation_m - own.reference_m) / 100.0)


def _after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _bad(name: str, hint: str) -> UnusableInput:
    message = N_("The days of the harvest cannot be understood.")
    return UnusableInput("bad_settings", message, where=f"harvest.{name}", hint=hint)

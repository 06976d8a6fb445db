"""The ledger: what was suspected, detected, destroyed and verified, with what nobody looked at beside it.

"100 % of what was detected" can be met by detecting less. So effort, coverage, the bounds on what is undetected and
the candidates nobody visited always stand beside the ratio, and 100.0 appears only when nothing is open.

All sums are whole m²; percentages are exact decimals floored to 0.1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import sqrt
from types import MappingProxyType
from typing import Any

from eradication.domain import TIMEZONE, Detectability, Episode, Season, State
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput

OUTSIDE = N_("outside every commune")
NOBODY = N_("no unit yet")

_UNVISITED = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
_OPEN = (*_UNVISITED, State.DETECTED, State.REGROWN)
_DESTROYED = (State.ERADICATED, State.VERIFIED)

_BASES: Mapping[str, Callable[[Episode], str]] = MappingProxyType(
    {
        "commune": lambda episode: episode.plot.commune_code,
        "unit": lambda episode: episode.unit,
        "class": lambda episode: episode.klass.value,
    }
)

FIRST_YEAR, LAST_YEAR = 1990, 2200

CHAPMAN_MIN_RECAPTURES = 7
"""With fewer plots in both lists a recapture estimate says nothing."""


def account(
    episodes: Iterable[Episode],
    *,
    season: Season | None = None,
    year: int | None = None,
    as_of: datetime,
    before: Iterable[Episode] = (),
    by: str = "commune",
    names: Mapping[str, str] = MappingProxyType({}),
    effort: Mapping[str, Any] = MappingProxyType({}),
    coverage: Mapping[str, Any] = MappingProxyType({}),
    recaptures: tuple[int, int, int] | None = None,
) -> dict[str, Any]:
    """Return the ledger of one season, or of one calendar year, as plain JSON.

    A year is the cohort of the plots detected in it (local time), with the candidates first seen in it or still open
    when it began, in the state in which the year left them: what was destroyed or verified after 31 December is no part
    of it. Its rows also have ``carried_in_m2``, the remaining area of plots detected in earlier years when it began,
    and ``carried_out_m2``, the remaining area of all plots when it ended; one year's is the next year's
    ``carried_in_m2``. With neither season nor year, everything counts.

    Args:
        episodes: the replayed episodes; for a year, replayed with ``happened_until`` the last instant of
            :func:`year_span`.
        season: the season, or ``None``.
        year: the calendar year, or ``None``.
        as_of: the cut of the replay on recording.
        before: for a year, the episodes replayed with ``happened_until`` just before it began.
        by: ``commune``, ``unit`` or ``class``. A plot stands in the row of one unit with all its areas: the unit that
            detected it first, before a detection the unit it is assigned to, else nobody; whoever verified it is not
            credited with it.
        names: key → name shown for a row.
        effort: ``km``, ``hours``, ``km2_visits``, and whatever else is known.
        coverage: shares ``optical``, ``patrol``, ``none``; ``None`` where not computed.
        recaptures: plots of classes A and B in list 1 (satellite), list 2 (patrols that had not seen the candidate)
            and in both, if two independent lists exist.

    Raises:
        UnusableInput: ``unknown_grouping``, ``unknown_year``.
    """
    if by not in _BASES:
        raise UnusableInput(
            "unknown_grouping",
            N_("The ledger cannot be grouped by '{by}'."),
            hint=N_("Use one of: {accepted}."),
            values={"by": by, "accepted": ", ".join(_BASES)},
        )
    told, earlier = list(episodes), list(before)
    span: dict[str, Any] = {"season": season.label if season else None}
    until = as_of
    chosen = [e for e in told if season is None or e.season == season]
    if year is not None:
        until = min(as_of, year_span(year)[1])
        span = {"year": year, "until": iso(until)}
        chosen = _of_year(told, earlier, year)
    table = _Table(chosen, None if year is None else earlier, told)
    key_of = _BASES[by]
    keys = sorted({key_of(e) for e in table.speaking()}, key=lambda key: (key == "", key))
    return {
        **span,
        "as_of": iso(as_of),
        "by": by,
        "rows": [table.row(key, _name(key, by, names), key_of) for key in keys],
        "total": table.row("total", "", lambda _: "total"),
        "by_class": {k.value: table.row(k.value, k.value, _BASES["class"]) for k in Detectability},
        "effort": {"km": None, "hours": None, "km2_visits": None, **effort},
        "coverage": {"optical": None, "patrol": None, "none": None, **coverage},
        "undetected": _undetected(recaptures),
        "unvisited": _unvisited(chosen, until),
        # Nobody has entered one; the fields are there for those who read them.
        "baseline": {"year": None, "m2": None, "source": None, "change_pct": None},
    }


def year_span(year: int) -> tuple[datetime, datetime]:
    """Return the first and the last microsecond of a calendar year in local time, as UTC.

    Raises:
        UnusableInput: ``unknown_year``.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UnusableInput(
            "unknown_year",
            N_("There is no ledger of the year {year}."),
            hint=N_("Give a year from {first} to {last}."),
            values={"year": year, "first": FIRST_YEAR, "last": LAST_YEAR},
        )
    first, following = (datetime(y, 1, 1, tzinfo=TIMEZONE).astimezone(UTC) for y in (year, year + 1))
    return first, following - timedelta(microseconds=1)


def _of_year(told: Sequence[Episode], earlier: Sequence[Episode], year: int) -> list[Episode]:
    waiting = {(e.plot.id, e.season) for e in earlier if e.state in _UNVISITED}

    def belongs(episode: Episode) -> bool:
        began = (episode.detected_at or episode.first_seen).astimezone(TIMEZONE).year
        still_open = episode.detected_at is None and (episode.plot.id, episode.season) in waiting
        return began == year or still_open

    return [episode for episode in told if belongs(episode)]


@dataclass(frozen=True, slots=True)
class _Table:
    """What the rows of a ledger are made of."""

    chosen: Sequence[Episode]
    before: Sequence[Episode] | None
    """For a year, everything as it stood when the year began."""
    after: Sequence[Episode]
    """Everything as it stands in the end."""

    def speaking(self) -> list[Episode]:
        """Return the episodes that need a row."""
        carried = [] if self.before is None else [e for e in (*self.before, *self.after) if e.remaining_m2]
        return [*self.chosen, *carried]

    def row(self, key: str, name: str, key_of: Callable[[Episode], str]) -> dict[str, Any]:
        """Return the row of the episodes whose ``key_of`` is ``key``."""
        row = _row(key, name, [e for e in self.chosen if key_of(e) == key])
        if self.before is None:
            return row
        carried_in = sum(e.remaining_m2 for e in self.before if key_of(e) == key)
        carried_out = sum(e.remaining_m2 for e in self.after if key_of(e) == key)
        return row | {"carried_in_m2": carried_in, "carried_out_m2": carried_out}


def _name(key: str, by: str, names: Mapping[str, str]) -> str:
    if key:
        return names.get(key, key)
    return names.get("", OUTSIDE if by == "commune" else NOBODY)


def _row(key: str, name: str, episodes: Sequence[Episode]) -> dict[str, Any]:
    detected = sum(e.detected_m2 for e in episodes)
    claimed = sum(e.claimed_m2 for e in episodes)
    verified = sum(e.verified_m2 for e in episodes)
    found = [e for e in episodes if e.detected_at is not None]
    is_open = any(e.state in _OPEN for e in episodes)
    counts = {state.value: sum(e.state is state for e in episodes) for state in _OPEN}
    return {
        "key": key,
        "name": name,
        "suspected_m2": sum(_whole(e.area_m2) for e in episodes if e.state in _UNVISITED),
        "detected_m2": detected,
        "claimed_m2": claimed,
        "verified_m2": verified,
        "remaining_m2": detected - verified,
        "plots": len(found),
        "plants": _plants(found),
        # A plot below half a square metre leaves no trace in whole m², but must be finished like any other.
        "claimed_pct": percent(claimed, detected, is_open or any(e.state not in _DESTROYED for e in found)),
        "verified_pct": percent(verified, detected, is_open or any(e.state is not State.VERIFIED for e in found)),
        "detected_se_m2": round(sqrt(sum(e.area_se_m2**2 for e in found)), 1),
        "plots_verified": sum(e.state is State.VERIFIED for e in found),
        "plots_without_count": sum(e.plant_count is None for e in found),
        "open": counts,
    }


def _plants(found: Sequence[Episode]) -> int | None:
    """Return the sum of the counts there are; plots of which none was counted have no number of plants, not 0."""
    counts = [e.plant_count for e in found if e.plant_count is not None]
    return sum(counts) if counts or not found else None


def percent(part: int, whole: int, is_open: bool) -> float | None:
    """Return ``part / whole`` floored to 0.1 %; ``None`` if ``whole`` is 0, 99.9 if only something open is left."""
    if whole == 0:
        return None
    if part >= whole:
        return 99.9 if is_open else 100.0
    return float((Decimal(1000 * part) / Decimal(whole)).to_integral_value(ROUND_FLOOR) / 10)


def _whole(area_m2: float) -> int:
    return int(Decimal(repr(float(area_m2))) + Decimal("0.5"))


def _unvisited(episodes: Sequence[Episode], as_of: datetime) -> dict[str, Any]:
    waiting = [e for e in episodes if e.state in _UNVISITED]
    expired = [e for e in episodes if e.state is State.EXPIRED]
    dismissed = [e for e in episodes if e.state is State.DISMISSED]
    days = [max(0, (as_of - e.first_seen).days) for e in waiting]
    return {
        "open": len(waiting),
        "expired": len(expired),
        "dismissed_unvisited": len(dismissed),
        "oldest_days": max(days, default=None),
        "estimated_m2": sum(_whole(e.area_m2) for e in (*waiting, *expired, *dismissed)),
    }


def _undetected(recaptures: tuple[int, int, int] | None) -> dict[str, Any]:
    why = {"upper": "no_random_sample", "expected": "no_risk_model", "lower": "no_independent_second_list"}
    lower: dict[str, float] | None = None
    if recaptures is not None:
        lower = chapman(*recaptures)
        why["lower"] = "" if lower else "too_few_recaptures"
    answer: dict[str, Any] = {"upper": None, "expected": None, "lower": lower, "why": why}
    return answer if recaptures is None else answer | {"recaptures": recaptures[2]}


def chapman(first: int, second: int, both: int) -> dict[str, float] | None:
    """Return Chapman's estimate of the number of plots from two independent lists, or ``None`` if ``both`` < 7.

    N̂ = (n₁+1)(n₂+1)/(m+1) − 1 with variance (n₁+1)(n₂+1)(n₁−m)(n₂−m)/((m+1)²(m+2)) (Seber 1970).
    """
    if both < CHAPMAN_MIN_RECAPTURES:
        return None
    product = (first + 1) * (second + 1)
    variance = product * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return {"plots": round(product / (both + 1) - 1, 1), "se": round(sqrt(variance), 1)}

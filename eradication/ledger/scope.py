"""What a ledger is asked about: a season, a calendar year, or the part of a reporting year up to a period's end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from eradication.domain import TIMEZONE, Period, Season
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.ledger.entries import UNVISITED, Entry, Side

FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True)
class Scope:
    """One season, or a span of time: the cohort of the plots detected in it. With neither, everything counts."""

    season: Season | None = None
    year: int | None = None
    period: Period | None = None

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last instant of the cohort, UTC; ``None`` for a season and for everything."""
        if self.period is not None:
            return self.period.year_first, self.period.last
        return None if self.year is None else year_span(self.year)

    def told(self, as_of: datetime) -> dict[str, Any]:
        """Return how an answer names it."""
        if self.period is not None:
            return {"period": self.period.id, "since": iso(self.period.year_first), "until": iso(self.until(as_of))}
        if self.year is not None:
            return {"year": self.year, "until": iso(self.until(as_of))}
        return {"season": self.season.label if self.season else None}

    def until(self, as_of: datetime) -> datetime:
        """Return the moment up to which things are told."""
        return as_of if self.span is None else min(as_of, self.span[1])

    def chosen(self, entries: Sequence[Entry], before: Sequence[Entry]) -> list[Entry]:
        """Return what the ledger speaks of, on this side of the border and elsewhere.

        A span speaks of the plots detected in it, and of candidates first seen in it or still open when it began.

        Args:
            entries: as the span left them.
            before: as the span found them; not used for a season.
        """
        if self.span is None:
            return [entry for entry in entries if self.season in (None, entry.season)]
        first, last = self.span
        waiting = {entry.key for entry in before if entry.state in UNVISITED}
        return [
            entry
            for entry in entries
            if first <= (entry.detected_at or entry.first_seen) <= last
            or (entry.detected_at is None and entry.key in waiting)
        ]


def inside(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that enter totals."""
    return [entry for entry in entries if entry.side is Side.INSIDE]


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

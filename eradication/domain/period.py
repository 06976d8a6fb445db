"""Reporting periods (kỳ báo cáo): four a year, each cut the day before its deadline.

A reporting year runs from the day after the last cut of the year before to its own last cut: 15 December to
14 December. Each period is told twice: what happened *in* it, and cumulatively since the reporting year began.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from eradication.domain.season import TIMEZONE, Season
from eradication.errors import N_, UnusableInput

NAMES = ("Q1", "H1", "Q3", "Y")
CUTS = ("03-14", "06-14", "09-14", "12-14")
"""Last days of the four periods, month-day."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One reporting period."""

    year: int
    number: int
    """0 … 3: first quarter, half-year, nine months, year."""
    cuts: tuple[str, ...] = CUTS

    @classmethod
    def parse(cls, text: str, cuts: tuple[str, ...] = CUTS) -> "Period":
        """Read ``2027-Q1``, ``2027-H1``, ``2027-Q3`` or ``2027-Y``.

        Raises:
            UnusableInput: ``unknown_period``.
        """
        year, dash, name = text.strip().upper().partition("-")
        if dash and year.isdecimal() and len(year) == 4 and 1990 <= int(year) <= 2200 and name in NAMES:
            return cls(int(year), NAMES.index(name), cuts)
        raise UnusableInput(
            "unknown_period",
            N_("'{text}' is not a reporting period."),
            hint=N_("Write a year and Q1, H1, Q3 or Y, for example 2027-H1."),
            values={"text": text},
        )

    @property
    def id(self) -> str:
        """``2027-Q1``."""
        return f"{self.year}-{NAMES[self.number]}"

    @property
    def last_day(self) -> date:
        """The day before the deadline."""
        return self._cut(self.year, self.number)

    @property
    def deadline(self) -> date:
        """Day on which reports are due."""
        return self.last_day + timedelta(days=1)

    @property
    def first_day(self) -> date:
        """The day after the period before it."""
        before = self._cut(self.year, self.number - 1) if self.number else self._cut(self.year - 1, len(NAMES) - 1)
        return before + timedelta(days=1)

    @property
    def year_began(self) -> date:
        """First day of the reporting year."""
        return self._cut(self.year - 1, len(NAMES) - 1) + timedelta(days=1)

    @property
    def first(self) -> datetime:
        """First instant of the period, UTC."""
        return _midnight(self.first_day)

    @property
    def last(self) -> datetime:
        """Last microsecond of the period, UTC."""
        return _midnight(self.deadline) - timedelta(microseconds=1)

    @property
    def year_first(self) -> datetime:
        """First instant of the reporting year, UTC."""
        return _midnight(self.year_began)

    @property
    def season(self) -> Season:
        """Season that flowers in the reporting year, also of a period that ends when the next one has begun."""
        return Season.flowering_in(self.year)

    @property
    def before(self) -> "Period":
        """The period before this one."""
        if self.number:
            return Period(self.year, self.number - 1, self.cuts)
        return Period(self.year - 1, len(NAMES) - 1, self.cuts)

    def _cut(self, year: int, number: int) -> date:
        month, _, day = self.cuts[number].partition("-")
        return date(year, int(month), int(day))

    def __str__(self) -> str:
        """Return the id."""
        return self.id


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TIMEZONE).astimezone(UTC)

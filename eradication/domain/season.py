"""The season (niên vụ): sowing and flowering straddle the new year, so the season does too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from eradication.errors import N_, UnusableInput

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Local time of the province; seasons and periods are cut in it."""


@dataclass(frozen=True, slots=True, order=True)
class Season:
    """One season, 1 September of ``start_year`` to 31 May of the next year."""

    start_year: int
    """Year in which the season begins."""

    @classmethod
    def parse(cls, label: str) -> "Season":
        """Read ``"2025-2026"``.

        Raises:
            UnusableInput: ``unknown_season``.
        """
        first, dash, second = label.strip().partition("-")
        if dash and first.isdecimal() and second.isdecimal() and len(first) == 4 and int(second) == int(first) + 1:
            if 1990 <= int(first) <= 2200:
                return cls(int(first))
        raise UnusableInput(
            "unknown_season",
            N_("'{label}' is not a season."),
            hint=N_("Write two consecutive years, for example 2025-2026 (1 September to 31 May)."),
            values={"label": label},
        )

    @classmethod
    def of(cls, when: datetime) -> "Season":
        """Return the season an event at ``when`` (aware) belongs to; June to August belong to the one just ended."""
        local = when.astimezone(TIMEZONE)
        return cls(local.year if local.month >= 9 else local.year - 1)

    @classmethod
    def flowering_in(cls, year: int) -> "Season":
        """Return the season whose poppy flowers in a calendar or reporting year: it began in the year before."""
        return cls(year - 1)

    @property
    def label(self) -> str:
        """``"2025-2026"``."""
        return f"{self.start_year}-{self.start_year + 1}"

    @property
    def first_day(self) -> date:
        """1 September."""
        return date(self.start_year, 9, 1)

    @property
    def last_day(self) -> date:
        """31 May; candidates nobody visited expire when it ends."""
        return date(self.start_year + 1, 5, 31)

    @property
    def flowering(self) -> tuple[date, date]:
        """First and last day on which poppy may stand in flower: 15 December to 15 April, both included."""
        return date(self.start_year, 12, 15), date(self.start_year + 1, 4, 15)

    def day(self, text: str) -> date:
        """Return the day of this season that ``MM-DD`` names; 29 February is 1 March in a year without one.

        Raises:
            ValueError: it names no day.
        """
        month, _, number = text.partition("-")
        year = self.start_year if int(month) >= 9 else self.start_year + 1
        try:
            return date(year, int(month), int(number))
        except ValueError:
            if (int(month), int(number)) == (2, 29):
                return date(year, 3, 1)
            raise

    @property
    def ends(self) -> datetime:
        """First instant after the season, UTC."""
        return _ends(self.last_day)

    @property
    def imagery_window(self) -> tuple[datetime, datetime]:
        """Half-open UTC interval of imagery read for this season: 1 May before it to 31 May after it."""
        begin = datetime(self.start_year, 5, 1, tzinfo=TIMEZONE)
        return begin.astimezone(UTC), self.ends

    def __str__(self) -> str:
        """Return the label."""
        return self.label


@cache
def _ends(last_day: date) -> datetime:
    return datetime.combine(last_day + timedelta(days=1), time(), TIMEZONE).astimezone(UTC)

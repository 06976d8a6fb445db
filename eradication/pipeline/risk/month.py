"""Which share of a season's plots stands in a month, and which share one who passes sees, by the height of the place.

The days are those of ``[effort] early, late``; what is higher comes later by ``[harvest] days_per_100_m``
(Hopkins' law, an assumption here, as is the calendar: see :mod:`eradication.harvest`).
"""

import re
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from eradication.config import Settings
from eradication.domain import Season
from eradication.effort import sowing
from eradication.errors import N_, UnusableInput

SHIFT_DAYS = 120
"""No height moves the calendar further."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a season."""

    year: int
    month: int

    @property
    def label(self) -> str:
        """``2026-02``."""
        return f"{self.year}-{self.month:02d}"

    @property
    def days(self) -> npt.NDArray[np.int64]:
        """Its days as ordinals."""
        after = date(self.year + self.month // 12, self.month % 12 + 1, 1)
        return np.arange(date(self.year, self.month, 1).toordinal(), after.toordinal())


def parse(text: str, season: Season) -> Month:
    """Read ``YYYY-MM``.

    Raises:
        UnusableInput: ``bad_month``; ``month_outside_season``.
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if found is None or not 1 <= int(found[2]) <= 12:
        raise UnusableInput(
            "bad_month",
            N_("'{text}' is not a month."),
            hint=N_("Write year and month, for example 2026-02."),
            values={"text": text},
        )
    month = Month(int(found[1]), int(found[2]))
    if not season.first_day <= date(month.year, month.month, 1) <= season.last_day:
        raise UnusableInput(
            "month_outside_season",
            N_("{month} is no month of the season {season}."),
            hint=N_("The season runs from {first} to {last}."),
            values={
                "month": month.label,
                "season": season.label,
                "first": f"{season.start_year}-09",
                "last": f"{season.start_year + 1}-05",
            },
        )
    return month


def shares(
    month: Month, season: Season, settings: Settings, heights_m: Floats | None, size: int
) -> tuple[Floats, Floats]:
    """Return of the plots of a season the share that stands in a month, and the share that would be seen, by cell.

    Args:
        month: mean over its days.
        season: whose calendar.
        settings: sections ``effort`` and ``harvest``.
        heights_m: of the cells, NaN unknown: nothing is moved there; ``None`` = of none.
        size: number of cells.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    own = settings.harvest
    shift = np.zeros(size, np.int64)
    if heights_m is not None:
        days = own.days_per_100_m * (heights_m - own.reference_m) / 100.0
        shift = np.clip(np.rint(np.where(np.isfinite(days), days, 0.0)), -SHIFT_DAYS, SHIFT_DAYS).astype(np.int64)
    whole = replace(settings.effort, seen_rosette=1.0, seen_elongation=1.0, seen_bloom=1.0)
    wide = np.arange(month.days[0] - SHIFT_DAYS, month.days[-1] + SHIFT_DAYS + 1)
    out = []
    for told in (whole, settings.effort):
        sums = np.concatenate([[0.0], np.cumsum(sowing.chance(wide, season, told))])
        first = SHIFT_DAYS - np.arange(-SHIFT_DAYS, SHIFT_DAYS + 1)
        means = (sums[first + len(month.days)] - sums[first]) / len(month.days)
        out.append(means[shift + SHIFT_DAYS])
    return out[0], out[1]

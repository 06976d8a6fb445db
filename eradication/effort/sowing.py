"""How likely a patrol sees a plot that it passes: it depends on how tall the poppy stands on that day.

Some plots are sown early, some late, and on one day they stand in different stages. The chance on a day is the mean
over both, by the share that is sown early. The stages' first days are settings; those shipped come from finds and press
reports of the region (design calendar), not from measurement.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.config import Effort
from eradication.domain import Season
from eradication.errors import N_, UnusableInput

_BEGINS = 4
"""Days named for each sowing: emergence, elongation, flowering, and the last day with capsules."""


@dataclass(frozen=True, slots=True)
class Sowing:
    """The stages of one sowing in one season, as ordinals of days."""

    emergence: int
    elongation: int
    flowering: int
    end: int
    """Last day on which capsules stand."""

    def seen(self, day: npt.NDArray[np.int64], chances: tuple[float, float, float]) -> npt.NDArray[np.float64]:
        """Return the chance to see a plot of this sowing on each day, 0 before it emerges and after it is cut."""
        stage = np.searchsorted([self.emergence, self.elongation, self.flowering, self.end + 1], day, side="right")
        seen: npt.NDArray[np.float64] = np.array([0.0, *chances, 0.0])[stage]
        return seen


def chance(
    day: npt.NDArray[np.int64], season: Season, settings: Effort, *, early: bool | None = None
) -> npt.NDArray[np.float64]:
    """Return the chance g that someone who passes a plot sees it, on each day (``date.toordinal``).

    Args:
        day: shape (day,).
        season: whose calendar.
        settings: stages, chances, share of early sowing.
        early: whether it was sown early; ``None`` = not known.

    Raises:
        UnusableInput: ``bad_settings``.
    """
    chances = settings.seen_rosette, settings.seen_elongation, settings.seen_bloom
    first, second = (_sowing(getattr(settings, name), season, name) for name in ("early", "late"))
    share = min(max(settings.early_share, 0.0), 1.0) if early is None else float(early)
    return share * first.seen(day, chances) + (1.0 - share) * second.seen(day, chances)


def _sowing(days: tuple[str, ...], season: Season, name: str) -> Sowing:
    try:
        found = [season.day(day).toordinal() for day in days]
        if len(found) != _BEGINS or found != sorted(found):
            raise ValueError
    except ValueError:
        hint = N_('Four days as MM-DD in order, e.g. ["10-01", "11-15", "12-15", "03-31"].')
        message = N_("The days of a sowing cannot be understood.")
        raise UnusableInput("bad_settings", message, where=f"effort.{name}", hint=hint) from None
    return Sowing(*found)

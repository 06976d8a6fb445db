"""The day on which each pixel seems to have been sown, with what says how far to trust it."""

from dataclasses import dataclass

import numpy as np

from eradication.features.looks import Dates
from eradication.features.series import Series, describe_series
from eradication.features.table import COMPUTED
from eradication.raster import Float32

_ROWS = {feature.name: row for row, feature in enumerate(COMPUTED)}


@dataclass(frozen=True, slots=True, eq=False)
class SownDays:
    """What :mod:`eradication.features.phases` fits to some pixels; each of shape (pixel,), NaN where nothing fits."""

    day: Float32
    """Days from 1 September, in steps of 5."""
    rise: Float32
    """Height of the curve in NDVI."""
    misfit_share: Float32
    """Root mean square distance from the curve, as a share of the rise."""
    last_look: Float32
    """Day of the last clear look, from 1 September: what was sown shortly before it was not seen to grow."""


def sown_days(series: Series, dates: Dates) -> SownDays:
    """Return the sowing days of pixels from their looks; a day is told of anything green, whatever grows there."""
    # Calendar, series and phase stand first in COMPUTED, in the order in which they are described.
    x = describe_series(series, dates)
    day, rise, misfit = (x[_ROWS[name]] for name in ("sown_day", "sown_rise", "sown_misfit_share"))
    when = (dates.days - dates.september).astype(np.float32)
    last = np.where(series.ndvi != 0, when[:, None], np.float32(-np.inf)).max(axis=0, initial=-np.inf)
    return SownDays(day, rise, misfit, last.astype(np.float32))

"""What cannot be poppy: rules on the first look that need no labels and lose no time.

Each rule is a proof of impossibility over a part of the season that is over, given enough clear looks in it; where
there were too few, nothing is proved and the pixel goes on. So more images can only rule out more.
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from eradication.features.pixel import APR, AUG, DEC, EARLIEST, NOV, Float32, Ints


@dataclass(frozen=True, slots=True)
class Gate:
    """Thresholds of the rules."""

    bare_ndvi: float = 0.55
    """Land that is never below this from August to December was not cleared: forest, orchard, coffee."""
    green_ndvi: float = 0.30
    """Land that is never above this from November to April carries no crop: water, rock, roofs."""
    least: int = 3
    """10-day periods with a clear look that a proof needs."""
    newest_month: int = 10
    """Months after August of the newest image: rules over later months are not applied. 10 = all are."""

    @property
    def numbers(self) -> npt.NDArray[np.float32]:
        """The thresholds as the compiled code takes them."""
        return np.array([self.bare_ndvi, self.green_ndvi, self.least, self.newest_month], np.float32)


OPEN = Gate(bare_ndvi=2.0, green_ndvi=-2.0)
"""A gate that rules nothing out."""


@numba.njit(nogil=True, cache=True)
def possible(ndvi: Float32, season: Float32, begin: Ints, gate: Float32) -> bool:
    """Tell whether a pixel could be poppy.

    Args:
        ndvi: 10-day composites, shape (period,).
        season: its calendar features.
        begin: first period of each month.
        gate: from :attr:`Gate.numbers`.
    """
    early, low = 0, np.float32(9)
    late, high = 0, np.float32(-9)
    for p in range(begin[AUG + EARLIEST], begin[DEC + EARLIEST + 1]):
        if not np.isnan(ndvi[p]):
            early += 1
            low = min(low, ndvi[p])
    for p in range(begin[NOV + EARLIEST], begin[APR + EARLIEST + 1]):
        if not np.isnan(ndvi[p]):
            late += 1
            high = max(high, ndvi[p])
    if gate[3] > 4 and early >= gate[2] and low > gate[0]:
        return False
    return not (gate[3] > 8 and late >= gate[2] and high < gate[1])

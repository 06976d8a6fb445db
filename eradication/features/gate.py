"""What cannot be poppy: rules on the first look that need no labels and lose no time.

A poppy field was sown on some day. Each of thirteen days, ten apart, is a *hypothesis* with windows relative to it:
bare ground around sowing, a green canopy two to four months later, a fall after five, in bloom no darker than before.
What was seen in a window that is over, and says the contrary, ends the hypothesis; a pixel without any left is ruled
out. What was not seen proves nothing. So more images can only rule out more, and fields sown late or early are kept.
"""

from dataclasses import dataclass, field

import numba
import numpy as np

from eradication.features.pixel import BLUE_STEP, NDVI_LOW, NDVI_STEP, Bytes, Flags, Float32, Ints

SOWN = tuple(range(10, 140, 10))
"""Days after 1 September on which a hypothesis says the field was sown: 11 September to 9 January."""

WINDOWS: dict[str, tuple[int, int]] = {
    "bare": (-38, 16),
    "green": (62, 128),
    "fallen": (160, 200),
    "before_bloom": (55, 88),
    "bloom": (96, 124),
}
"""First and last day of each window, after sowing."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What ends a hypothesis."""

    rise: float = 0.15
    """NDVI gained from bare to green, at least."""
    bare: float = 0.45
    """Median NDVI around sowing, at most."""
    green: float = 0.45
    """Upper quartile of NDVI of the canopy, at least."""
    fall: float = 0.10
    """NDVI lost from green to fallen, at least, if the fall was seen twice."""
    paling: float = -0.01
    """Gain of blue at bloom over the canopy before, at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """The rules for the dates of one season."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    spans: Ints = field(default_factory=lambda: np.zeros((0, len(WINDOWS), 2), np.int64))
    """First look and the look after the last of each hypothesis and window; both 0 where the window is not over. No
    hypotheses at all: nothing is ruled out."""

    @classmethod
    def of(cls, days: Ints, start_year: int, thresholds: Thresholds | None = None) -> "Gate":
        """Return the gate for looks on ``days`` (since 1970, ascending) of the season that begins in ``start_year``."""
        september = np.datetime64(f"{start_year}-09-01", "D").astype(np.int64)
        newest = days.max() if len(days) else september - 365
        edges = np.array([[[sown + first, sown + last] for first, last in WINDOWS.values()] for sown in SOWN])
        edges += september
        spans = np.stack([np.searchsorted(days, edges[..., 0]), np.searchsorted(days, edges[..., 1], "right")], axis=-1)
        spans[edges[..., 1] > newest] = 0
        return cls(thresholds or Thresholds(), spans)

    @property
    def numbers(self) -> Float32:
        """The thresholds as the compiled code takes them."""
        limits = self.thresholds
        return np.array([limits.rise, limits.bare, limits.green, limits.fall, limits.paling], np.float32)

    @property
    def key(self) -> str:
        """What the gate is, as text."""
        return f"{self.thresholds} {self.spans.tolist()}"


OPEN = Gate()
"""A gate that rules nothing out."""


@numba.njit(nogil=True, cache=True)
def possible(looks: tuple[Bytes, Bytes], keep: Flags, gate: tuple[Float32, Ints], scratch: Float32) -> bool:
    """Tell whether a pixel could be poppy: whether any hypothesis is left.

    Args:
        looks: bytes of NDVI and blue, shape (time,).
        keep: looks worth keeping.
        gate: :attr:`Gate.numbers` and :attr:`Gate.spans`.
        scratch: shape (time,).
    """
    limits, spans = gate
    if spans.shape[0] == 0:
        return True
    for h in range(spans.shape[0]):
        if _survives(looks, keep, limits, spans[h], scratch):
            return True
    return False


@numba.njit(nogil=True, cache=True)
def _survives(looks: tuple[Bytes, Bytes], keep: Flags, limits: Float32, spans: Ints, scratch: Float32) -> bool:
    # Every comparison with NaN is false: what was not seen ends nothing.
    ndvi, blue = looks
    bare, _ = _quantile(ndvi, keep, spans[0], 0.5, scratch)
    if bare > _byte(limits[1]):
        return False
    green, _ = _quantile(ndvi, keep, spans[1], 0.75, scratch)
    if green < _byte(limits[2]) or green - bare < limits[0] / NDVI_STEP:
        return False
    fallen, seen = _quantile(ndvi, keep, spans[2], 0.5, scratch)
    if seen >= 2 and green - fallen < limits[3] / NDVI_STEP:
        return False
    before, _ = _quantile(blue, keep, spans[3], 0.5, scratch)
    bloom, _ = _quantile(blue, keep, spans[4], 1.0, scratch)
    return not bloom - before < limits[4] / BLUE_STEP


@numba.njit(nogil=True, cache=True)
def _byte(ndvi: float) -> float:
    return (ndvi - NDVI_LOW) / NDVI_STEP + 1.0


@numba.njit(nogil=True, cache=True)
def _quantile(values: Bytes, keep: Flags, span: Ints, share: float, scratch: Float32) -> tuple[float, int]:
    """Return a quantile (linear between ranks) of a window's kept looks, NaN if there is none, and their number."""
    count = 0
    for t in range(span[0], span[1]):
        if keep[t] and values[t] != 0:
            value, k = np.float32(values[t]), count - 1
            while k >= 0 and scratch[k] > value:
                scratch[k + 1] = scratch[k]
                k -= 1
            scratch[k + 1] = value
            count += 1
    if count == 0:
        return np.nan, 0
    place = share * (count - 1)
    low = int(place)
    high = min(low + 1, count - 1)
    return scratch[low] + (place - low) * (scratch[high] - scratch[low]), count

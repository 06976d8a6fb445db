"""What cannot be poppy: rules on the first look that need no labels and lose no time.

A poppy field was sown on some day. Each of twelve days, ten apart, is a *hypothesis* with windows relative to it: bare
ground around sowing, a green canopy two to four months later, a fall after five, in bloom no darker than before. What
was seen in a window that is over, and says the contrary, ends the hypothesis; a pixel without any left is ruled out.
What was not seen proves nothing. So more images can only rule out more, and fields sown late or early are kept.
"""

from dataclasses import dataclass, field

import numba
import numpy as np

from eradication.errors import N_, UnusableInput
from eradication.features.pixel import BLUE_STEP, NDVI_LOW, NDVI_STEP, Bytes, Flags, Float32, Ints

SOWN = tuple(range(10, 130, 10))
"""Days after 1 September on which a hypothesis says the field was sown: 11 September to 30 December."""

WINDOWS: dict[str, tuple[int, int]] = {
    "bare": (-38, 16),
    "green": (62, 128),
    "fallen": (160, 200),
    "canopy": (55, 88),
    "bloom": (96, 124),
}
"""First and last day of each window, after sowing."""

BLOOM_LOOKS = 3
"""Looks in bloom from which its colour is judged."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What ends a hypothesis: means over windows."""

    bare: float
    """NDVI around sowing, at most."""
    green: float
    """NDVI of the canopy, at least."""
    rise: float
    """NDVI gained from bare to green, at least."""
    fall: float
    """NDVI lost from green to fallen, at least."""
    paling: float
    """Reflectance in blue gained from canopy to bloom, at least."""


RULES: dict[str, Thresholds] = {
    "close": Thresholds(bare=0.40, green=0.45, rise=-9.0, fall=0.10, paling=-9.0),
    "wide": Thresholds(bare=0.60, green=0.35, rise=0.05, fall=0.10, paling=0.0),
}
"""Two gates by name, chosen on twelve simulated seasons; docs/performance.md says what they pass and lose."""


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """The rules for the dates of one season."""

    thresholds: Thresholds = RULES["close"]
    spans: Ints = field(default_factory=lambda: np.zeros((0, len(WINDOWS), 2), np.int64))
    """First look and the look after the last of each hypothesis and window; both 0 where the window is not over. No
    hypotheses at all: nothing is ruled out."""

    @classmethod
    def of(cls, days: Ints, start_year: int, name: str = "close") -> "Gate":
        """Return the gate for looks on ``days`` (since 1970, ascending) of the season that begins in ``start_year``.

        Raises:
            UnusableInput: ``no_gate`` if there is none of that name.
        """
        if name == "open":
            return OPEN
        if name not in RULES:
            raise UnusableInput(
                "no_gate",
                N_("There is no gate '{name}'."),
                where="imagery.gate",
                hint=N_("Known are: {known}."),
                values={"name": name, "known": ", ".join([*RULES, "open"])},
            )
        september = np.datetime64(f"{start_year}-09-01", "D").astype(np.int64)
        newest = days.max() if len(days) else september - 365
        edges = np.array([[[sown + first, sown + last] for first, last in WINDOWS.values()] for sown in SOWN])
        edges += september
        spans = np.stack([np.searchsorted(days, edges[..., 0]), np.searchsorted(days, edges[..., 1], "right")], axis=-1)
        spans[edges[..., 1] > newest] = 0
        return cls(RULES[name], spans)

    @property
    def numbers(self) -> Float32:
        """The thresholds as the compiled code takes them: in steps of the looks' bytes."""
        limits = self.thresholds
        lowest = [(v - NDVI_LOW) / NDVI_STEP + 1 for v in (limits.bare, limits.green)]
        return np.array(
            [*lowest, limits.rise / NDVI_STEP, limits.fall / NDVI_STEP, limits.paling / BLUE_STEP], np.float32
        )

    @property
    def key(self) -> str:
        """What the gate is, as text."""
        return f"{self.thresholds} {self.spans.tolist()}"


OPEN = Gate()
"""A gate that rules nothing out."""


@numba.njit(nogil=True, cache=True)
def possible(looks: tuple[Bytes, Bytes], keep: Flags, gate: tuple[Float32, Ints], sums: Float32) -> bool:
    """Tell whether a pixel could be poppy: whether any hypothesis is left.

    Args:
        looks: bytes of NDVI and blue, shape (time,).
        keep: looks worth keeping.
        gate: :attr:`Gate.numbers` and :attr:`Gate.spans`.
        sums: scratch, shape (4, time + 1).
    """
    limits, spans = gate
    if spans.shape[0] == 0:
        return True
    for number in range(2):
        _add_up(looks[number], keep, sums[2 * number], sums[2 * number + 1])
    for h in range(spans.shape[0]):
        if _survives(limits, spans[h], sums):
            return True
    return False


@numba.njit(nogil=True, cache=True)
def _add_up(values: Bytes, keep: Flags, count: Float32, total: Float32) -> None:
    count[0] = total[0] = 0
    for t in range(values.size):
        seen = keep[t] and values[t] != 0
        count[t + 1] = count[t] + (1 if seen else 0)
        total[t + 1] = total[t] + (values[t] if seen else 0)


@numba.njit(nogil=True, cache=True)
def _survives(limits: Float32, spans: Ints, sums: Float32) -> bool:
    # Every comparison with NaN is false: what was not seen ends nothing.
    bare, _ = _mean(sums[0], sums[1], spans[0])
    if bare > limits[0]:
        return False
    green, _ = _mean(sums[0], sums[1], spans[1])
    if green < limits[1] or green - bare < limits[2]:
        return False
    fallen, _ = _mean(sums[0], sums[1], spans[2])
    if green - fallen < limits[3]:
        return False
    canopy, _ = _mean(sums[2], sums[3], spans[3])
    bloom, looks = _mean(sums[2], sums[3], spans[4])
    return not (looks >= BLOOM_LOOKS and bloom - canopy < limits[4])


@numba.njit(nogil=True, cache=True)
def _mean(count: Float32, total: Float32, span: Ints) -> tuple[float, float]:
    looks = count[span[1]] - count[span[0]]
    if looks == 0:
        return np.nan, 0.0
    return (total[span[1]] - total[span[0]]) / looks, looks

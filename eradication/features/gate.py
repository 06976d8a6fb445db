"""What cannot be poppy: rules on the first look that need no labels and lose no time.

A poppy field was sown on some day. Each of twelve days, ten apart, is a *hypothesis* with windows relative to it: bare
ground before and around sowing, a canopy from the second month to the fourth, a fall after five. What was seen in a
window that is over, and says the contrary, ends the hypothesis; a pixel without any left is ruled out. What was not
seen proves nothing. So more images can only rule out more, and fields sown late or early are kept.
"""

from dataclasses import dataclass, field

import numba
import numpy as np

from eradication.errors import N_, UnusableInput
from eradication.features.pixel import NDVI_LOW, NDVI_STEP, Bytes, Flags, Float32, Ints

SOWN = tuple(range(20, 140, 10))
"""Days after 1 September on which a hypothesis says the field was sown: 21 September to 9 January."""

WINDOWS: dict[str, tuple[int, int]] = {
    "cleared": (-35, -10),
    "sown": (-10, 18),
    "canopy": (60, 92),
    "bloom": (92, 125),
    "fallen": (160, 205),
}
"""First and last day of each window, after sowing."""

BLOOM_NDVI = 0.30
"""In bloom petals pull NDVI down, but not below this."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What ends a hypothesis: mean NDVI over windows."""

    bare: float
    """Cleared and sown ground, at most."""
    green: float
    """The canopy, at least."""
    fallen: float
    """After the harvest, at most; and never above the canopy."""


RULES: dict[str, Thresholds] = {
    "close": Thresholds(bare=0.45, green=0.40, fallen=0.55),
    "wide": Thresholds(bare=0.50, green=0.35, fallen=0.60),
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
        values = (limits.bare, limits.green, BLOOM_NDVI, limits.fallen)
        return np.array([(value - NDVI_LOW) / NDVI_STEP + 1 for value in values], np.float32)

    @property
    def key(self) -> str:
        """What the gate is, as text."""
        return f"{self.thresholds} {self.spans.tolist()}"


OPEN = Gate()
"""A gate that rules nothing out."""


@numba.njit(nogil=True, cache=True)
def possible(ndvi: Bytes, keep: Flags, gate: tuple[Float32, Ints], sums: Float32) -> bool:
    """Tell whether a pixel could be poppy: whether any hypothesis is left.

    Args:
        ndvi: bytes of its looks, shape (time,).
        keep: looks worth keeping.
        gate: :attr:`Gate.numbers` and :attr:`Gate.spans`.
        sums: scratch, shape (2, time + 1).
    """
    limits, spans = gate
    if spans.shape[0] == 0:
        return True
    sums[0, 0] = sums[1, 0] = 0
    for t in range(ndvi.size):
        seen = keep[t] and ndvi[t] != 0
        sums[0, t + 1] = sums[0, t] + (1 if seen else 0)
        sums[1, t + 1] = sums[1, t] + (ndvi[t] if seen else 0)
    for h in range(spans.shape[0]):
        if _survives(limits, spans[h], sums):
            return True
    return False


@numba.njit(nogil=True, cache=True)
def _survives(limits: Float32, spans: Ints, sums: Float32) -> bool:
    # Every comparison with NaN is false: what was not seen ends nothing.
    if _mean(sums, spans[0]) > limits[0] or _mean(sums, spans[1]) > limits[0]:
        return False
    canopy = _mean(sums, spans[2])
    if canopy < limits[1] or _mean(sums, spans[3]) < limits[2]:
        return False
    fallen = _mean(sums, spans[4])
    return not (fallen > limits[3] or canopy < fallen)


@numba.njit(nogil=True, cache=True)
def _mean(sums: Float32, span: Ints) -> float:
    looks = sums[0, span[1]] - sums[0, span[0]]
    return np.nan if looks == 0 else (sums[1, span[1]] - sums[1, span[0]]) / looks

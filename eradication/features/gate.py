"""What cannot be poppy: rules on the first look that need no labels and lose no time.

A poppy field was sown on some day. Each of twelve days, ten apart, is a *hypothesis* with windows relative to it: bare
ground before and around sowing, a canopy from the second month to the fourth, a fall after five. It counts from the
day on which its canopy could be seen. What was seen in a window that is over, and says the contrary, ends the
hypothesis; a pixel without any left is ruled out. What was not seen proves nothing, and fields sown late or early are
kept.

A window is over when the pixel was seen again after it: then the looks in it cannot change any more, not even by the
test for missed clouds, which needs the look that follows. So a hypothesis that has ended stays ended, and next week's
image only brings back a pixel if a later day of sowing comes into sight.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eradication.compiled import part
from eradication.errors import N_, UnusableInput
from eradication.features.lanes import NDVI_LOW, NDVI_STEP, TILE, Bytes, Ints, fill

type Whole = npt.NDArray[np.int32]

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
    """First look and the look after the last of each hypothesis and window. No hypotheses at all: nothing is ruled
    out."""

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
        begun = edges[:, list(WINDOWS).index("canopy"), 0] <= newest
        # Before any canopy can be seen nothing can be told apart, and nothing is ruled out.
        return cls(RULES[name], np.ascontiguousarray(spans[begun]))

    @property
    def limits(self) -> Whole:
        """The thresholds as the compiled code takes them: in steps of the looks' bytes."""
        limits = self.thresholds
        values = (limits.bare, limits.green, BLOOM_NDVI, limits.fallen)
        return np.array([round((value - NDVI_LOW) / NDVI_STEP) + 1 for value in values], np.int32)

    @property
    def key(self) -> str:
        """What the gate is, as text."""
        return f"{self.thresholds} {self.spans.tolist()}"


OPEN = Gate()
"""A gate that rules nothing out."""


@part
def possible(looks: tuple[Bytes, Bytes], keep: Bytes, gate: tuple[Whole, Ints], out: Bytes) -> None:
    """Set ``out`` to 1 where a pixel could be poppy: where any hypothesis is left; else to 0.

    Means are compared by their sums, so nothing is rounded; and where nothing was seen, both sides are 0: that
    contradicts nothing.

    Args:
        looks: NDVI and blue, shape (time, TILE).
        keep: looks worth keeping, likewise.
        gate: :attr:`Gate.limits` and :attr:`Gate.spans`.
        out: shape (TILE,).
    """
    (ndvi, blue), (limits, spans) = looks, gate
    fill(out, np.uint8(1) if spans.shape[0] == 0 else np.uint8(0))
    times = len(ndvi)
    count, total = np.zeros((times + 1, TILE), np.int32), np.zeros((times + 1, TILE), np.int32)
    for t in range(times):
        _add_look(ndvi, keep, t, count, total)
    seen_from = np.zeros((times + 1, TILE), np.uint8)
    for t in range(times - 1, -1, -1):
        _see(blue, t, seen_from)
    seen, summed, ended = np.empty((5, TILE), np.int32), np.empty((5, TILE), np.int32), np.empty(TILE, np.uint8)
    for h in range(spans.shape[0]):
        for w in range(5):
            over = seen_from[spans[h, w, 1]]
            _within(count[spans[h, w, 0]], count[spans[h, w, 1]], over, seen[w])
            _within(total[spans[h, w, 0]], total[spans[h, w, 1]], over, summed[w])
        fill(ended, np.uint8(0))
        _end_above(summed[0], seen[0], limits[0], ended)
        _end_above(summed[1], seen[1], limits[0], ended)
        _end_below(summed[2], seen[2], limits[1], ended)
        _end_below(summed[3], seen[3], limits[2], ended)
        _end_above(summed[4], seen[4], limits[3], ended)
        _end_risen(summed[2], seen[2], summed[4], seen[4], ended)
        for lane in range(TILE):
            out[lane] |= np.uint8(1) ^ ended[lane]


@part
def _add_look(ndvi: Bytes, keep: Bytes, t: int, count: Whole, total: Whole) -> None:
    """Set row ``t + 1`` to the number of looks until date ``t``, and to the sum of their bytes."""
    for lane in range(TILE):
        byte = np.int32(ndvi[t, lane])
        byte = byte if keep[t, lane] != 0 else np.int32(0)
        count[t + 1, lane] = np.int32(count[t, lane] + (np.int32(1) if byte != 0 else np.int32(0)))
        total[t + 1, lane] = np.int32(total[t, lane] + byte)


@part
def _see(blue: Bytes, t: int, seen_from: Bytes) -> None:
    """Set row ``t`` to 1 where that date or a later one is clear."""
    for lane in range(TILE):
        seen_from[t, lane] = seen_from[t + 1, lane] | (np.uint8(1) if blue[t, lane] != 0 else np.uint8(0))


@part
def _within(before: Whole, until: Whole, over: Bytes, out: Whole) -> None:
    """Set ``out`` to what came between, or to 0 where the window is not over."""
    for lane in range(TILE):
        between = np.int32(until[lane] - before[lane])
        out[lane] = between if over[lane] != 0 else np.int32(0)


@part
def _end_above(summed: Whole, seen: Whole, limit: np.int32, ended: Bytes) -> None:
    for lane in range(TILE):
        ended[lane] |= np.uint8(1) if summed[lane] > np.int32(limit * seen[lane]) else np.uint8(0)


@part
def _end_below(summed: Whole, seen: Whole, limit: np.int32, ended: Bytes) -> None:
    for lane in range(TILE):
        ended[lane] |= np.uint8(1) if summed[lane] < np.int32(limit * seen[lane]) else np.uint8(0)


@part
def _end_risen(canopy: Whole, canopy_seen: Whole, fallen: Whole, fallen_seen: Whole, ended: Bytes) -> None:
    for lane in range(TILE):
        before, after = np.int32(canopy[lane] * fallen_seen[lane]), np.int32(fallen[lane] * canopy_seen[lane])
        ended[lane] |= np.uint8(1) if before < after else np.uint8(0)

"""What a chart is, and how bars look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.report.drawing import BLUE, GREEN, GREY, INK, ORANGE, RED, SKY

SMALL_IN, WIDE_IN = 3.5, 6.2
"""Width in inches of a chart that shares a line with another, and of one that has it for itself."""
LETTERS = 7.5
"""Points, at the size a chart is drawn in."""

LOOKS = {
    "proposed": (ORANGE, ""),
    "visited": (SKY, "---"),
    "detected": (RED, ""),
    "claimed": (BLUE, "////"),
    "verified": (GREEN, "xxx"),
    "open": (GREY, ""),
}
"""Step → colour and pattern, the same in every chart and, as far as they are there, of the figures' cards."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One chart."""

    key: str
    """Name that never changes: ``seasons``, ``funnel``, ``classes``, ``days``, ``coverage``."""
    title: str
    description: str
    """All its values in sentences."""
    size_in: tuple[float, float]
    """Width and height in inches."""
    draw: Callable[[Figure], None]
    note: str = ""
    """What is said below it."""

    @property
    def is_wide(self) -> bool:
        """Tell whether it has a line for itself."""
        return self.size_in[0] > SMALL_IN


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its label."""

    label: str
    value: float
    text: str
    """The value in the user's language."""
    look: str
    """One of :data:`LOOKS`."""


def height_in(bars: int) -> float:
    """Return the height of a chart of lying bars, in inches."""
    return 0.25 + 0.27 * max(bars, 1)


def lying(axes: Axes, bars: Sequence[Bar]) -> None:
    """Draw bars from top to bottom, each with its value behind it; no axis is needed then."""
    longest = max((bar.value for bar in bars), default=0.0) or 1.0
    for number, bar in enumerate(bars):
        colour, pattern = LOOKS[bar.look]
        # A bar of nothing is a line, so that it is seen to be there.
        axes.barh(
            number, max(bar.value, longest / 400), 0.72, color=colour, hatch=pattern, edgecolor="white", linewidth=0
        )
        axes.text(bar.value + longest * 0.02, number, bar.text, va="center", fontsize=LETTERS, color=INK)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars], fontsize=LETTERS)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.22)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def sentence(bars: Sequence[Bar]) -> str:
    """Return bars in a sentence."""
    return "; ".join(f"{bar.label}: {bar.text}" for bar in bars) + "."

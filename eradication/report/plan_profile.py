"""How a planned way rises and falls, with its stops and the hours until each; on paper and on a page."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from eradication.i18n import Translate, number
from eradication.report.drawing import GREY, INK
from eradication.report.plan_facts import PatrolPlan

type Floats = npt.NDArray[np.float64]

_LEAST_SHARE = 0.034
"""Share of the width that lies at least between two hours that are written."""
_ROWS = 2


def draw(axes: Axes, plan: PatrolPlan, language: str, translate: Translate, size: float = 6.0) -> bool:
    """Draw heights over kilometres, a line at each stop with its number above and the hours below.

    Returns:
        Whether there was anything to draw: a way with at least two known heights.
    """
    km, heights = plan.along_m / 1000, plan.way[:, 2]
    known = np.isfinite(heights)
    if known.sum() < 2:
        axes.axis("off")
        return False
    low, high = float(heights[known].min()), float(heights[known].max())
    room = max(high - low, 50.0)
    floor, ceiling = low - 0.26 * room, high + 0.30 * room
    axes.fill_between(km, np.where(known, heights, np.nan), floor, color="#d9d6cc", linewidth=0)
    axes.plot(km, heights, color=INK, linewidth=1.1)
    axes.set(xlim=(0, max(float(km[-1]), 0.1)), ylim=(floor, ceiling))
    _stops(axes, plan, (low, high, room), (language, size), translate)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=bool(km[-1] > 4)))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, language, 0 if km[-1] > 4 else 1))
    axes.yaxis.set_major_formatter(lambda value, _: number(value, language))
    axes.locator_params(axis="y", nbins=5)
    axes.tick_params(labelsize=size, length=2, pad=1.5)
    axes.grid(axis="y", color="#cccccc", linewidth=0.4)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(translate("km along the way; below each stop the hours since departure"), fontsize=size, labelpad=1)
    axes.set_ylabel(translate("height (m)"), fontsize=size, labelpad=1)
    return True


def _stops(
    axes: Axes, plan: PatrolPlan, span: tuple[float, float, float], letters: tuple[str, float], translate: Translate
) -> None:
    (low, high, room), (language, size) = span, letters
    least = _LEAST_SHARE * float(plan.along_m[-1]) / 1000
    last_hour, rows = -np.inf, [-np.inf] * _ROWS
    for stop, metres in zip(plan.stops, plan.metres_to(), strict=False):
        at = metres / 1000
        axes.plot([at, at], [low - 0.04 * room, high + 0.10 * room], color=GREY, linewidth=0.5, linestyle=(0, (2, 1.5)))
        row = next((r for r in range(_ROWS) if at - rows[r] >= 0.55 * least), _ROWS - 1)
        rows[row] = at
        up = high + (0.12 + 0.09 * row) * room
        axes.text(at, up, str(stop.order), ha="center", va="bottom", fontsize=size, weight="bold", color=INK)
        if stop.arrive_min is not None and at - last_hour >= least:
            hours = number(stop.arrive_min / 60, language, 1)
            axes.text(at, low - 0.07 * room, hours, ha="center", va="top", fontsize=size - 0.6, color=INK)
            last_hour = at

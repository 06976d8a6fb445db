"""Seasons of known classes as bands: a class a row, an index a column; the season of one place may lie in each."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eradication.errors import N_
from eradication.i18n import Translate, number
from eradication.report import feature_words
from eradication.report.drawing import BLUE, GREY, ORANGE, RED, numbers
from eradication.report.evaluation_figures import folded

MOST_CLASSES = 7
"""Rows of curves that fit on a sheet: poppy, background and the look-alikes with most plots."""
_MONTHS = {"aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5}
_FIRST, _LAST = "poppy", "background"
_COLOURS = {_FIRST: RED, _LAST: GREY}


class SeasonCurves:
    """What is drawn; :meth:`draw` draws it."""

    def __init__(
        self,
        envelopes: Mapping[str, Any],
        months: Sequence[str],
        curve: Mapping[str, Sequence[float | None]],
        language: str,
        translate: Translate,
    ) -> None:
        """Choose the classes that fit on a sheet.

        Args:
            envelopes: see :func:`eradication.classify.envelopes.of_classes`.
            months: of the values.
            curve: index → values of one place, nothing drawn where it is empty; its keys are the columns.
            language: of numbers and codes.
            translate: of texts.
        """
        self._envelopes, self._months, self._curve = envelopes, months, curve
        self._language, self.translate = language, translate
        alike = sorted(set(envelopes) - {_FIRST, _LAST}, key=lambda name: (-envelopes[name]["plots"], name))
        held = [name for name in (_FIRST, _LAST) if name in envelopes]
        chosen = alike[: MOST_CLASSES - len(held)]
        self.classes = [*held[:1], *chosen, *held[1:]] if len(held) == 2 else [*held, *chosen]

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.3, 0.5 + 0.85 * max(1, len(self.classes))

    def draw(self, figure: Figure) -> None:
        """Draw a row of axes for each class, a column for each index."""
        indices, rows = list(self._curve), self.classes or [""]
        grid = figure.subplots(len(rows), len(indices), sharex=True, sharey="col", squeeze=False)
        for row, name in enumerate(rows):
            for column, index in enumerate(indices):
                self._cell(grid[row, column], name, index)
            if not name:  # a model of rules learnt from no plot: what is missing is said, not left to be guessed
                grid[row, 0].set_ylabel(folded(self.translate(N_("no known class to compare with")), 17), fontsize=7)
            else:
                land = feature_words.land(name, self._language, self.translate)
                plots = f"n={number(self._envelopes[name]['plots'], self._language)}"
                grid[row, 0].set_ylabel(f"{folded(land, 17)}\n{plots}", fontsize=7)
        for column, index in enumerate(indices):
            grid[0, column].set_title(feature_words.index(index, self.translate), fontsize=8)
            grid[-1, column].set_xlabel(self.translate("month"), fontsize=7)

    def _cell(self, axes: Axes, name: str, index: str) -> None:
        band = self._envelopes.get(name, {}).get(index)
        at = np.arange(len(self._months))
        if band is not None:
            colour = _COLOURS.get(name, ORANGE)
            low, middle, high = (_floats(band[part], len(at)) for part in ("p10", "p50", "p90"))
            axes.fill_between(at, low, high, color=colour, alpha=0.22, linewidth=0)
            axes.plot(at, middle, color=colour, linewidth=1.1)
        if len(self._curve[index]):
            own = _floats(self._curve[index], len(at))
            axes.plot(at, own, "o-", color=BLUE, markersize=2.8, linewidth=1.4)
        axes.set_xticks(at, [str(_MONTHS.get(month, "")) for month in self._months])
        axes.tick_params(labelsize=6.5)
        axes.locator_params(axis="y", nbins=3)
        numbers(axes.yaxis, self._language, 2)


def _floats(values: Sequence[float | None], length: int) -> list[float]:
    """Return numbers to draw, NaN where nothing is known."""
    return [np.nan if value is None else float(value) for value in [*values, *[None] * length][:length]]

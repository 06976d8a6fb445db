"""Pictures before and after in the popups of the map, as plain data; ``map.js`` draws outline, north and scale."""

from collections.abc import Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.report import chips
from eradication.report.chips import Chip, Side
from eradication.report.ranking import split
from eradication.report.view import MapView, PlotRow

MOST_PLACES = 300
"""Places of which the map holds pictures, the most important first: about 3 MB. The others say that they were left
out."""


def most_important(rows: Sequence[PlotRow], past: Sequence[PlotRow]) -> list[PlotRow]:
    """Return the places of which the map shows pictures: those drawn in full, of the newest season first."""
    chosen, _ = split(rows)
    for label in sorted({row.episode.season.label for row in past}, reverse=True):
        chosen += split(row for row in past if row.episode.season.label == label)[0]
    return chosen[:MOST_PLACES]


def of_plot(row: PlotRow, view: MapView) -> dict[str, Any]:
    """Return what the popup of a place shows, nothing if no pictures were asked for."""
    if view.chips is None:
        return {}
    _ = view.translate
    pair = view.chips.get((row.episode.plot.id, row.episode.season.label))
    if pair is None:
        return {"chips": {"why": chips.reason("left_out", _, MOST_PLACES)}}
    if pair.why:
        return {"chips": {"why": chips.reason(pair.why, _)}}
    return {"chips": {"sides": [_side(side, row.episode.ground, view) for side in pair.sides]}}


def _side(side: Side, outline: BaseGeometry, view: MapView) -> dict[str, Any]:
    _, language = view.translate, view.language
    told = {"heading": chips.heading(side, _), "caption": chips.caption(side, language, _)}
    return told if side.chip is None else told | _picture(side.chip, outline)


def _picture(chip: Chip, outline: BaseGeometry) -> dict[str, Any]:
    rings = [[[round(100 * x, 1), round(100 * y, 1)] for x, y in ring] for ring in chip.rings(outline)]
    return {
        "png": chip.address,
        "rings": rings,
        "bar": [round(100 * chip.bar_m / chip.side_m, 1), f"{chip.bar_m} m"],
        "simulated": chip.simulated,
    }


def note(view: MapView) -> str:
    """Return whose pictures they are and how they are drawn, empty where there are none."""
    known = {"-".join(key): pair for key, pair in (view.chips or {}).items()}
    return chips.credit(known, view.translate)

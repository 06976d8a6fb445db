"""The picture of planned against walked: both lines, every stop by what became of it, and the heights of both."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.report import drawing, plan_profile
from eradication.report.drawing import BLUE, GREEN, GREY, INK, ORANGE, RED
from eradication.report.plan_facts import CELL, Floats, PatrolPlan
from eradication.report.plan_ground import SheetGround
from eradication.report.plan_map import flat
from eradication.report.plan_walked import NOT_REACHED, REACHED, STATUS, UNKNOWN, UNSAFE, Walked

_SIZE_IN = (7.0, 8.2)
_LOOKS = {REACHED: GREEN, NOT_REACHED: ORANGE, UNSAFE: RED, UNKNOWN: "#ffffff"}
_MARKS = {REACHED: "✓", NOT_REACHED: "–", UNSAFE: "!", UNKNOWN: "?"}
"""Signs beside the numbers, for those who do not see the colours."""
_MOST_FIXES = 3000


def svg(plan: PatrolPlan, walked: Walked, ground: SheetGround, language: str, translate: Translate) -> str:
    """Return the picture as one SVG element for a page."""
    reached = sum(walked.outcome(stop).status == REACHED for stop in plan.stops)
    said = translate(N_("Planned against walked: {reached} of {count} stops reached"))
    label = said.format(reached=reached, count=len(plan.stops))
    return drawing.svg(lambda f: _draw(f, plan, walked, ground, (language, translate)), _SIZE_IN, "walked", label)


def png(
    plan: PatrolPlan, walked: Walked, ground: SheetGround, language: str, translate: Translate, dpi: int = 110
) -> bytes:
    """Return the picture as PNG, on white."""
    return drawing.png(lambda f: _draw(f, plan, walked, ground, (language, translate)), _SIZE_IN, dpi)


def _draw(figure: Figure, plan: PatrolPlan, walked: Walked, ground: SheetGround, how: tuple[str, Translate]) -> None:
    language, translate = how
    upper, lower = figure.subplots(2, 1, gridspec_kw={"height_ratios": (4, 1)})
    _map(upper, plan, walked, ground, translate)
    if plan_profile.draw(lower, plan, language, translate):
        _heights(lower, walked, translate)


def _map(axes: Axes, plan: PatrolPlan, walked: Walked, ground: SheetGround, translate: Translate) -> None:
    axes.set_aspect("equal")
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    planned = _metres(plan.way[:, :2])
    axes.plot(*planned.T, color=GREY, linewidth=3.6, alpha=0.65, label=translate(N_("planned")), zorder=2)
    for number, track in enumerate(walked.tracks):
        thin = track[:: max(1, len(track) // _MOST_FIXES)]
        label = translate(N_("walked")) if number == 0 else None
        axes.plot(*_metres(thin[:, :2]).T, color=BLUE, linewidth=1.4, label=label, zorder=3)
    _stops(axes, plan, walked, translate)
    # Limits are those of plan and walk: what lies around is cut off at them.
    axes.autoscale_view()
    west, east, south, north = *axes.get_xlim(), *axes.get_ylim()
    box = shapely.box(west, south, east, north)
    for shape, colour, dashes in (
        *((ground.rivers, "#3f7fb0", "-"), (ground.tracks, "#8a887f", "--"), (ground.border, INK, "-.")),
        *((area, RED, ":") for _, area in ground.hazards),
    ):
        for line in _lines(shape, ground.epsg, box) if shape is not None else ():
            axes.plot(*line.T, color=colour, linewidth=0.9, linestyle=dashes, zorder=1)
    axes.set(xlim=(west, east), ylim=(south, north))
    _scale(axes, west, south, east - west)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4)


def _stops(axes: Axes, plan: PatrolPlan, walked: Walked, translate: Translate) -> None:
    [post] = _metres(np.array([plan.post])).tolist()
    label = translate(N_("post"))
    axes.plot(*post, marker="*", markersize=13, color=INK, linestyle="none", label=label, zorder=5)
    named: set[str] = set()
    for stop in plan.stops:
        [place] = _metres(np.array([[stop.lon, stop.lat]])).tolist()
        status = walked.outcome(stop).status
        said = None if status in named else f"{_MARKS[status]} {translate(STATUS[status])}"
        named.add(status)
        axes.plot(
            *place, marker="s" if stop.kind == CELL else "o", markersize=8, color=_LOOKS[status], markeredgecolor=INK,
            markeredgewidth=1.6 if stop.is_random else 0.7, linestyle="none", label=said, zorder=6,
        )  # fmt: skip
        axes.annotate(
            f"{stop.order}{_MARKS[status]}", place, (5, 4), textcoords="offset points", fontsize=7, weight="bold",
            color=INK, zorder=7,
        )  # fmt: skip


def _heights(axes: Axes, walked: Walked, translate: Translate) -> None:
    """Draw heights of the walk over its own kilometres, stretch after stretch."""
    begun, label = 0.0, translate(N_("walked"))
    for track in walked.tracks:
        along = begun + np.concatenate([[0.0], np.cumsum(geo.steps_m(track[:, 0], track[:, 1]))]) / 1000
        begun = float(along[-1]) if len(along) else begun
        if track.shape[1] > 2 and np.isfinite(track[:, 2]).any():
            axes.plot(along, track[:, 2], color=BLUE, linewidth=1.1, label=label)
            label = "_"
    axes.set_xlim(0, max(begun, axes.get_xlim()[1]))


def _metres(lonlat: Floats) -> Floats:
    return np.column_stack(geo.transformer(geo.WGS84, geo.UTM48).transform(lonlat[:, 0], lonlat[:, 1]))


def _lines(shape: BaseGeometry, epsg: int, box: BaseGeometry) -> list[Floats]:
    here = shapely.intersection(geo.project(shape, epsg, geo.UTM48) if epsg != geo.UTM48 else shape, box)
    parts = [shapely.boundary(part) if part.geom_type == "Polygon" else part for part in flat(here)]
    lines = [line for part in parts for line in flat(part) if line.geom_type == "LineString"]
    return [np.asarray(line.coords)[:, :2] for line in lines]


def _scale(axes: Axes, west: float, south: float, width: float) -> None:
    """Draw a bar of a round length; the picture has no coordinates."""
    power = 10.0 ** np.floor(np.log10(width / 3))
    metres = float(max(step * power for step in (1, 2, 5) if step * power <= width / 3))
    x, y = west + 0.03 * width, south + 0.03 * width
    axes.plot([x, x + metres], [y, y], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=6)
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    axes.text(x, y + 0.012 * width, said, fontsize=7, zorder=6)

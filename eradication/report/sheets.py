"""Sheets of paper for units without a phone: a page for each place, its map above and the form to return below.

A sheet says what is known and no more: until someone was there, a place is to be checked and nothing is concluded.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from eradication.domain import AdminUnit, Season
from eradication.domain.event import SIMULATED
from eradication.i18n import number
from eradication.report import feature_words, field_form, field_package, grid_lines, harvest_words, paper, words
from eradication.report.drawing import INK
from eradication.report.paper import Paper
from eradication.report.sheet_form import LEFT, RIGHT, ReturnForm
from eradication.report.sheet_map import COMMUNE, NEIGHBOUR, MapPanel, fitting_scale
from eradication.report.view import PlotRow

DEFAULT_SCALE = 5000
MAP_MM = (113.0, 102.0)
"""Width and height of the map."""
TABLE = (
    *("visit_id", "plot_id", "x", "y", "crs"),
    *(name for name in field_form.ALIASES if name not in ("visit_id", "plot_id")),
)
"""Columns of the table for the typist."""

_MAP_LEFT, _MAP_TOP, _SIDE, _FORM_TOP = LEFT + 3.5, 36.0, 138.0, 152.0
_MONTHS = (8, 9, 10, 11, 12, 1, 2, 3, 4, 5)


type Curve = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class PlotSheet:
    """One page."""

    row: PlotRow
    number: str
    """Number of its form."""
    neighbours: Sequence[PlotRow] = ()
    curve: Curve | None = None
    """Index → value for each month of the season's imagery; empty = none is here, ``None`` = not asked for."""


@dataclass(frozen=True, slots=True)
class SheetsView:
    """Everything the pages of one printing show."""

    unit: str
    """Code of the unit they are for, or empty."""
    season: Season
    printed: date
    sheets: Sequence[PlotSheet]
    communes: Sequence[AdminUnit]
    scale: int
    simulated: bool
    language: str
    translate: Callable[[str], str]


def render(view: SheetsView) -> bytes:
    """Return the pages as a PDF, one for each place; the same view gives the same bytes."""
    pages = [partial(_page, view, at) for at in range(len(view.sheets))]
    title = f"{view.translate('Field sheets')} {view.unit} {view.season.label}"
    about = {"Title": title, "Subject": view.translate(field_package.CAPTION)}
    return paper.pdf(pages, about | ({"Keywords": SIMULATED} if view.simulated else {}))


def table(view: SheetsView) -> str:
    """Return the table of the same forms as CSV: numbers filled in, the rest for the typist."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, TABLE, lineterminator="\r\n")
    writer.writeheader()
    for sheet in view.sheets:
        filled = {"visit_id": sheet.number, "plot_id": sheet.row.episode.plot.id, "unit": view.unit}
        filled |= {"crs": f"EPSG:{sheet.row.official_epsg}"}
        writer.writerow(words.tabled(filled | ({"note": SIMULATED} if view.simulated else {})))
    return stream.getvalue()


def _page(view: SheetsView, at: int, page: Paper) -> None:
    sheet = view.sheets[at]
    _head(page, view, at)
    scale = fitting_scale(sheet.row, view.scale, *MAP_MM)
    panel = MapPanel(sheet.row, sheet.neighbours, view.communes, scale, _MAP_LEFT, _MAP_TOP, *MAP_MM)
    panel.draw(page, view.translate)
    _below_map(page, view, scale, sheet.row.official_epsg)
    y = _facts(page, view, sheet.row)
    if sheet.curve is not None:
        _season_curve(page, view, sheet.curve, y + 2)
    ReturnForm(sheet.number, view.language, view.translate).draw(page, _FORM_TOP)
    _foot(page, view, sheet)


def _head(page: Paper, view: SheetsView, at: int) -> None:
    _, sheet = view.translate, view.sheets[at]
    plot = sheet.row.episode.plot
    page.text(LEFT, 14, _("CHECK SHEET"), 12, bold=True)
    page.text(RIGHT, 14, f"{_('Form')} {sheet.number}", 10, bold=True, align="right")
    day = f"{view.printed:%d/%m/%Y}" if view.language == "vi" else view.printed.isoformat()
    told = [f"{_('Unit')}: {words.clean(view.unit) or '……………'}", f"{_('Season')}: {view.season.label}"]
    told += [f"{_('Printed on')}: {day}", f"{_('Page')} {at + 1}/{len(view.sheets)}"]
    page.text(LEFT, 19.2, "     ".join(told), 8, width=RIGHT - LEFT)
    page.text(LEFT, 30, words.clean(plot.code), 20, bold=True, width=66)
    said = field_package.caption(sheet.row, _)
    if said:
        page.box(_SIDE - 52, 23, RIGHT - _SIDE + 52, 8.6, 1.0)
        middle = (_SIDE - 52 + RIGHT) / 2
        page.text(middle, 28.7, said, 11, bold=True, align="center", width=RIGHT - _SIDE + 48)
    if view.simulated:
        page.box(LEFT + 46, 10, 62, 5.4, 0.6, INK)
        page.text(LEFT + 77, 13.8, SIMULATED.upper(), 8.5, bold=True, align="center", white=True)


def _below_map(page: Paper, view: SheetsView, scale: int, epsg: int) -> None:
    _, y = view.translate, _MAP_TOP + MAP_MM[1] + 8
    said = _("Scale 1:{scale} if printed at 100 % on A4; grid VN-2000 (EPSG:{epsg}) every {step} m")
    step = grid_lines.step_of(scale)
    page.text(LEFT, y, said.format(scale=grid_lines.label(scale), epsg=epsg, step=step), 6.8, width=MAP_MM[0] + 4)
    y += 3.6
    approximate = any(unit.approximate for unit in view.communes)
    names = [_("other place"), _("commune boundary (approximate)") if approximate else _("commune boundary")]
    x = LEFT
    for pen, name in zip((NEIGHBOUR, COMMUNE), names, strict=True):
        page.axes.plot([x, x + 10], [y - 0.9, y - 0.9], color=pen.colour, linewidth=pen.width, linestyle=pen.dashes)
        page.text(x + 11.5, y, name, 6.8)
        x += 14 + paper.width_mm(name, 6.8) + 4


def _facts(page: Paper, view: SheetsView, row: PlotRow) -> float:
    """Write what is known of a place beside its map; return where the next thing may stand."""
    _, episode = view.translate, row.episode
    (lon, lat), (east, north) = row.lonlat, row.vn2000
    kind = words.word(episode.score_kind, view.language) if episode.score_kind else _("Score")
    area = words.measured_area(episode.area_m2, episode.area_se_m2, view.language)
    known = [
        (_("State"), words.state(episode, view.language)),
        (_("Class (estimate)") if row.class_estimated else _("Class"), row.klass),
        (_("Area"), f"{area}, {words.word(episode.area_method, view.language)}"),
        (kind, number(episode.score, view.language, 2)),
        (_("Commune"), words.clean(row.commune) or "–"),
        (_("First seen"), words.day(episode.first_seen, view.language)),
        *harvest_words.lines(row.harvest, view.language, _),
    ]
    y = _list(page, _MAP_TOP + 2.5, known)
    page.text(_SIDE, y + 2.0, f"VN-2000 (EPSG:{row.official_epsg})", 7.6, bold=True)
    y = _list(page, y + 6.2, [(_("east (Y)"), f"{_metres(east)} m"), (_("north (X)"), f"{_metres(north)} m")])
    page.text(_SIDE, y + 2.0, "WGS 84", 7.6, bold=True)
    north_word, east_word = (_("N"), _("S")), (_("E"), _("W"))
    degrees = [
        (_("latitude"), f"{lat:.6f}", grid_lines.degrees_minutes(lat, north_word)),
        (_("longitude"), f"{lon:.6f}", grid_lines.degrees_minutes(lon, east_word)),
    ]
    return _list(page, y + 6.2, [(name, f"{plain}°   {minutes}") for name, plain, minutes in degrees])


def _metres(value: float) -> str:
    return f"{value:,.1f}".replace(",", " ")


def _list(page: Paper, y: float, rows: Sequence[tuple[str, str]]) -> float:
    for name, value in rows:
        page.text(_SIDE, y, name, 7, grey=True, width=22)
        page.text(_SIDE + 23, y, value, 7.6, width=RIGHT - _SIDE - 23)
        y += 4.1
    return y


def _season_curve(page: Paper, view: SheetsView, curve: Curve, top: float) -> None:
    """Draw how green the place was month by month, if the imagery is here."""
    _ = view.translate
    page.text(_SIDE, top + 3, _("The season in images"), 7.6, bold=True)
    index = next((name for name in ("ndvi", *curve) if curve.get(name)), "")
    values = [np.nan if v is None else float(v) for v in curve.get(index, ())]
    if not np.isfinite(values).any():
        page.wrapped(_SIDE, top + 7.5, _("None: no imagery of this place is on this computer."), RIGHT - _SIDE, 7)
        return
    page.text(RIGHT, top + 3, feature_words.index(index, _), 6.5, align="right", grey=True, width=30)
    axes = page.inset(_SIDE + 6, top + 5, RIGHT - _SIDE - 7, 138 - top - 9)
    _curve(axes, values, view.language)
    page.text((_SIDE + RIGHT) / 2, 138 + 3.2, _("month"), 6, align="center")


def _curve(axes: Axes, values: Sequence[float], language: str) -> None:
    axes.plot(range(len(values)), values, "o-", color=INK, markersize=2.6, linewidth=1.0)
    axes.set_xticks(range(len(values)), [str(month) for month in _MONTHS[: len(values)]])
    axes.set_xlim(-0.5, len(values) - 0.5)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: number(value, language, 1))
    axes.tick_params(labelsize=6, length=2, pad=1.5)
    axes.grid(axis="y", color="#cccccc", linewidth=0.4)
    axes.spines[["top", "right"]].set_visible(False)


def _foot(page: Paper, view: SheetsView, sheet: PlotSheet) -> None:
    said = view.translate("To be typed in under visit_id {number}, plot_id {plot}; one row for each outcome ticked.")
    told = said.format(number=sheet.number, plot=sheet.row.episode.plot.id)
    page.text(LEFT, 286.5, told, 6.2, grey=True, width=RIGHT - LEFT - 2)

"""The package a unit takes along on phones and tablets: what to look at, and empty layers to fill (QField, QGIS).

Layers: ``candidates`` (outlines to be checked), ``visits`` (points with the form of a visit), ``tracks`` (lines whose
measures are times) and ``communes``. ``visits`` and ``tracks`` of a package that comes back are taken in as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import geopandas

from eradication.domain import AdminUnit, Season
from eradication.domain.event import SIMULATED
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.report import commune_layer, exchange, field_form, field_stops, geopackage, packing, qml
from eradication.report.field_stops import FieldPlan
from eradication.report.view import PlotRow
from eradication.report.words import clean, state

CAPTION = N_("to be checked, not a finding")
"""Stands at every candidate, wherever it is shown."""


@dataclass(frozen=True, slots=True)
class PackageView:
    """Everything a field package holds."""

    unit: str
    season: Season
    plots: Sequence[PlotRow]
    communes: Sequence[AdminUnit]
    simulated: bool
    language: str
    translate: Translate
    planned: FieldPlan | None = None
    """The plan it is made for: its stops come in order, and the form fills in why each is visited."""


def pack(view: PackageView) -> bytes:
    """Return the package as the bytes of a GeoPackage.

    Raises:
        OSError: if a driver refuses.
    """
    _ = view.translate
    about = f"{view.unit}, {view.season.label}" + (f", {SIMULATED}" if view.simulated else "")
    stops = view.planned.plan.kept if view.planned else ()
    form = field_form.VisitForm(view.unit, _choices(view), view.language, _, view.simulated, stops)
    layers = [
        packing.Layer("candidates", candidates(view), "MultiPolygon", f"{_(CAPTION)} ({about})", geopackage.qml()),
        packing.Layer(field_form.LAYER, _empty_visits(), "Point", f"{_('Visits')} ({about})", form.qml()),
        packing.Layer(
            "tracks", _empty_tracks(), "LineString", f"{_('Tracks')} ({about})", _track_style(view), measured=True
        ),
        packing.Layer(
            "communes", commune_layer.frame(view.communes), "MultiPolygon", _outlines_said(view), _commune_style()
        ),
    ]
    if view.planned is not None:
        layers += field_stops.layers(view.planned, view.language, _)
    return packing.pack(layers)


def _choices(view: PackageView) -> list[tuple[str, str]]:
    """Return what a plot is chosen by in the form, and its id: the stops of a plan with their numbers, then others."""
    planned = view.planned.plan.kept if view.planned else ()
    first = [(f"{stop.order}. {stop.code}", stop.place) for stop in planned if stop.square is None]
    known = {place for _, place in first}
    plots = [(clean(row.episode.plot.code), row.episode.plot.id) for row in view.plots]
    return [*first, *sorted(plot for plot in plots if plot[1] not in known)]


def candidates(view: PackageView) -> geopandas.GeoDataFrame:
    """Return the places to be checked as a table with their outlines, WGS 84."""
    rows = [
        {
            "plot_id": row.episode.plot.id,
            "code": clean(row.episode.plot.code),
            "season": row.episode.season.label,
            "state": row.episode.state.value,
            "state_vi": state(row.episode, "vi"),
            "class": row.klass,
            "score": None if row.episode.score is None else round(row.episode.score, 4),
            "score_kind": row.episode.score_kind.value if row.episode.score_kind else "",
            "area_m2": round(row.episode.area_m2),
            "area_method": row.episode.area_method.value,
            "unit": clean(row.episode.unit),
            "commune": clean(row.commune),
            "first_seen": row.episode.first_seen.date().isoformat(),
            "x_vn2000": round(row.vn2000[0], 1),
            "y_vn2000": round(row.vn2000[1], 1),
            "caption": caption(row, view.translate),
            "simulated": SIMULATED if view.simulated else "",
        }
        for row in view.plots
    ]
    numbers = {"score": "float64", "area_m2": "int64", "x_vn2000": "float64", "y_vn2000": "float64"}
    names = (
        *("plot_id", "code", "season", "state", "state_vi", "class", "score", "score_kind", "area_m2", "area_method"),
        *("unit", "commune", "first_seen", "x_vn2000", "y_vn2000", "caption", "simulated"),
    )
    return packing.frame(
        rows, [exchange.outline(row) for row in view.plots], {n: numbers.get(n, "string") for n in names}
    )


def caption(row: PlotRow, translate: Translate) -> str:
    """Return what may be said of a place: until someone was there, that it is to be checked."""
    return translate(CAPTION) if row.class_estimated else ""


def _empty_visits() -> geopandas.GeoDataFrame:
    return packing.frame([], [], {name: field_form.KINDS.get(name, "string") for name in field_form.ALIASES})


def _empty_tracks() -> geopandas.GeoDataFrame:
    return packing.frame([], [], {"name": "string", "unit": "string", "started_at": "string"})


def _outlines_said(view: PackageView) -> str:
    approximate = any(unit.approximate for unit in view.communes)
    return view.translate("Commune outlines are approximate: import official boundaries.") if approximate else ""


def _track_style(view: PackageView) -> str:
    """Return the style of tracks; one begins with name, unit and time filled in."""
    root = ElementTree.Element("qgis", {"version": "3.28", "styleCategories": "Symbology|Fields|Forms"})
    qml.single(root, "line", "SimpleLine", {"line_color": "51,34,136,255", "line_width": "0.8"})
    defaults = ElementTree.SubElement(root, "defaults")
    filled = {
        "name": qml.quoted(SIMULATED) if view.simulated else "format_date(now(), 'yyyy-MM-dd HH:mm')",
        "unit": qml.quoted(view.unit),
        "started_at": "format_date(now(), 'yyyy-MM-ddTHH:mm:ss')",
    }
    for name, expression in filled.items():
        told = {"field": name, "expression": expression, "applyOnUpdate": "0"}
        ElementTree.SubElement(defaults, "default", told)
    return ElementTree.tostring(root, encoding="unicode")


def _commune_style() -> str:
    kinds = {"version": "3.28", "styleCategories": "Symbology|Labeling", "labelsEnabled": "1"}
    root = ElementTree.Element("qgis", kinds)
    look = {"style": "no", "outline_color": "90,90,90,255", "outline_width": "0.5", "outline_style": "dash dot"}
    qml.single(root, "fill", "SimpleFill", look)
    labels = ElementTree.SubElement(root, "labeling", {"type": "simple"})
    settings = ElementTree.SubElement(labels, "settings")
    ElementTree.SubElement(settings, "text-style", {"fieldName": "name", "fontSize": "9", "textColor": "90,90,90,255"})
    return ElementTree.tostring(root, encoding="unicode")

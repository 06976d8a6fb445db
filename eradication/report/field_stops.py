"""The stops of a patrol plan in a field package: layers to follow, and what the form fills in where a stop is visited.

All of it is areas: in a package that comes back, a line would be taken for a walk and a point for something that the
patrol marked. Plots and cells stand in one layer, in the order in which they are walked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import geopandas
import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION
from eradication.domain.event import SIMULATED
from eradication.errors import N_
from eradication.i18n import Translate
from eradication.report import packing, plan_words, qml
from eradication.report.plan_facts import PatrolPlan, Stop
from eradication.report.plan_ground import SheetGround
from eradication.report.words import clean

WAY_WIDTH_M, SPOT_M2 = 8.0, 900.0
"""How wide the ribbon of the way is; how large the disc of a stop without an outline."""

_TEXTS = (
    *("kind", "code", "plot_id", "cell", "selection_mode", "arrive", "commune", "caption", "plan", "unit"),
    *("expires_at", "simulated"),
)
_NUMBERS = {"order": "int64", "minutes": "int64", "inclusion_prob": "float64", "x_vn2000": "float64"}
_NUMBERS |= {"y_vn2000": "float64"}
COLUMNS = (
    *("order", "kind", "code", "plot_id", "cell", "selection_mode", "inclusion_prob", "carried"),
    *("arrive", "minutes"),
    *("x_vn2000", "y_vn2000", "commune", "caption", "plan", "unit", "expires_at", "simulated"),
)


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """A plan that a package is made for."""

    plan: PatrolPlan
    ground: SheetGround


def layers(field: FieldPlan, language: str, translate: Translate) -> list[packing.Layer]:
    """Return the layers of a plan: its stops in order, its way, and what is dangerous."""
    said = plan_words.stamp(field.plan, language, translate)
    said += f", {SIMULATED}" if field.ground.simulated else ""
    gaps = " ".join(["", *plan_words.not_known(field.plan, translate)])
    found = [
        packing.Layer(
            "stops", stops(field, translate), "MultiPolygon", f"{translate('Stops')} ({said}){gaps}", _stop_style()
        ),
        packing.Layer(
            "way",
            _way(field.plan, gaps.strip()),
            "MultiPolygon",
            f"{translate('Way')} ({said}){gaps}",
            _area("29,29,27,255"),
        ),
    ]
    if field.ground.hazards:
        title = f"{translate('dangerous')} ({said})"
        found.append(packing.Layer("hazards", _hazards(field.ground), "MultiPolygon", title, _area("176,42,28,150")))
    return found


def stops(field: FieldPlan, translate: Translate) -> geopandas.GeoDataFrame:
    """Return the stops as a table with their areas, WGS 84, in the order of the way."""
    plan, ground = field.plan, field.ground
    rows, shapes = [], []
    for stop in plan.kept:
        [(east, north)] = geo.transform([(stop.lon, stop.lat)], geo.WGS84, ground.official_epsg)
        square = stop.square
        rows.append(
            {
                "order": stop.order,
                "kind": stop.kind,
                "code": stop.code,
                "plot_id": "" if square else stop.place,
                "cell": stop.place if square else "",
                "selection_mode": stop.selection_mode,
                "inclusion_prob": stop.inclusion_prob,
                "carried": translate(N_("carried over")) if stop.is_carried else "",
                "arrive": plan_words.clock(plan.arrives(stop)),
                "minutes": round(stop.minutes),
                "x_vn2000": round(east, 1),
                "y_vn2000": round(north, 1),
                "commune": stop.commune,
                "caption": f"{plan_words.kind(stop, translate)}. {translate(NO_ACCUSATION)}",
                "plan": plan.id,
                "unit": plan.unit,
                "expires_at": plan.expires_at.isoformat(),
                "simulated": SIMULATED if ground.simulated else "",
            }
        )
        shapes.append(_shape(stop, ground.outlines))
    return packing.frame(rows, shapes, {name: _NUMBERS.get(name, "string") for name in COLUMNS})


def filled(found: Sequence[Stop], field: str, value: Callable[[Stop], str]) -> str:
    """Return a QGIS expression that fills a field in from the stop that is visited, and else leaves it as it is.

    A plot is known by the plot chosen in the form, a cell by the position where no plot is chosen.

    Args:
        found: the stops.
        field: name of the field.
        value: what it is at a stop, as an expression; empty = not filled in there.
    """
    cases = []
    for stop in found:
        told, square = value(stop), stop.square
        if not told:
            continue
        if square is None:
            cases.append(f'when "plot_id" = {qml.quoted(stop.place)} then {told}')
        else:
            wkt = shapely.to_wkt(geo.project(square, geo.UTM48, geo.WGS84), rounding_precision=7)
            there = f"intersects($geometry, geom_from_wkt('{wkt}'))"
            cases.append(f'when "plot_id" is null and {there} then {told}')
    return f'case {" ".join(cases)} else "{field}" end' if cases else ""


def defaults(found: Sequence[Stop]) -> dict[str, str]:
    """Return the expressions of ``selection_mode`` and ``inclusion_prob``."""

    def odds(stop: Stop) -> str:
        return "" if stop.inclusion_prob is None else f"{stop.inclusion_prob:.12f}".rstrip("0").rstrip(".")

    told = {
        "selection_mode": filled(
            found, "selection_mode", lambda s: qml.quoted(s.selection_mode) * bool(s.selection_mode)
        ),
        "inclusion_prob": filled(found, "inclusion_prob", odds),
    }
    return {name: expression for name, expression in told.items() if expression}


def _shape(stop: Stop, outlines: Mapping[str, BaseGeometry]) -> MultiPolygon:
    square = stop.square
    if square is not None:
        return _areas(geo.project(square, geo.UTM48, geo.WGS84))
    shape = outlines.get(stop.place)
    return _areas(shape if shape is not None and shape.area else geo.disc(stop.lon, stop.lat, SPOT_M2))


def _way(plan: PatrolPlan, gaps: str) -> geopandas.GeoDataFrame:
    """Return the way as a ribbon, with what was not known when it was sought."""
    kinds = {"plan": "string", "length_m": "float64", "not_known": "string"}
    parts = plan.parts()
    if not parts:
        return packing.frame([], [], kinds)
    turn = geo.transformer(geo.WGS84, geo.UTM48).transform
    lines = [np.column_stack(turn(part[:, 0], part[:, 1])) for part in parts]
    ribbon = shapely.MultiLineString(lines).buffer(WAY_WIDTH_M / 2, quad_segs=2)
    row = {"plan": plan.id, "length_m": round(plan.length_m), "not_known": gaps}
    return packing.frame([row], [_areas(geo.project(ribbon, geo.UTM48, geo.WGS84))], kinds)


def _hazards(ground: SheetGround) -> geopandas.GeoDataFrame:
    rows = [{"name": clean(name)} for name, _ in ground.hazards]
    shapes = [_areas(geo.project(area, ground.epsg, geo.WGS84)) for _, area in ground.hazards]
    return packing.frame(rows, shapes, {"name": "string"})


def _areas(shape: BaseGeometry) -> MultiPolygon:
    return MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _stop_style() -> str:
    """Return the style of stops: an outline with the number of the stop."""
    kinds = {"version": "3.28", "styleCategories": "Symbology|Labeling", "labelsEnabled": "1"}
    root = ElementTree.Element("qgis", kinds)
    look = {"style": "solid", "color": "213,94,0,50", "outline_color": "213,94,0,255", "outline_width": "0.6"}
    qml.single(root, "fill", "SimpleFill", look)
    labels = ElementTree.SubElement(root, "labeling", {"type": "simple"})
    settings = ElementTree.SubElement(labels, "settings")
    text = {"fieldName": "order", "fontSize": "12", "textColor": "29,29,27,255"}
    ElementTree.SubElement(settings, "text-style", text)
    return ElementTree.tostring(root, encoding="unicode")


def _area(colour: str) -> str:
    root = ElementTree.Element("qgis", {"version": "3.28", "styleCategories": "Symbology"})
    qml.single(root, "fill", "SimpleFill", {"style": "solid", "color": colour, "outline_style": "no"})
    return ElementTree.tostring(root, encoding="unicode")

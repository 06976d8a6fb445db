"""A patrol plan for handhelds and telephones: GPX with route, way and waypoints, and the package for QField.

Handhelds of patrols are old ones: names have at most ten plain letters, a route has at most 50 points, a saved track at
most 500; more is cut off without a word. So names are made short here, and the way is thinned where it is too long.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.domain.event import SIMULATED
from eradication.errors import N_
from eradication.i18n import Translate, translator
from eradication.report import field_package, plan_facts, plan_words
from eradication.report.field_package import PackageView
from eradication.report.field_stops import FieldPlan
from eradication.report.plan_facts import CELL, Floats, PatrolPlan, Stop
from eradication.report.plan_ground import SheetGround
from eradication.report.tracks import GPX
from eradication.report.words import ascii_text, clean

LONGEST_NAME, LONGEST_COMMENT = 10, 30
"""Letters of a name and of a comment that Garmin's older receivers keep."""
MOST_ROUTE, MOST_TRACK = 50, 500
"""Points of a route and of a saved track that they keep."""
POST = "POST"
SYMBOLS = {"post": "Building", "plot": "Flag, Red", "cell": "Flag, Blue", "hazard": "Danger Area"}
"""Names of symbols as Garmin spells them."""
PLANNED = "planned"
"""``type`` of the track: it was not walked."""


def gpx(
    plan: Mapping[str, Any], ground: SheetGround | None = None, *, language: str = "vi",
    translate: Translate | None = None, vetoed: Collection[int | str] = (),
) -> bytes:  # fmt: skip
    """Return a plan as GPX 1.1: waypoints, a route from stop to stop, the way as a track without times.

    What a receiver shows (names, comments) is plain ASCII; whose it is and until when stands in the metadata.

    Args:
        plan: the payload of ``plan_made``; see :mod:`eradication.report.plan_facts`.
        ground: hazards become waypoints, codes and simulation are taken from it.
        language: of the metadata and descriptions.
        translate: instead of the language's own catalog.
        vetoed: stops left out as unsafe since, by their numbers or names: they are no waypoints, the route passes them
            by, and the track has a gap where it led to them.
    """
    _, ground = translate or translator(language), ground or SheetGround()
    told = plan_facts.of(plan, ground.codes, ground.commune_names, vetoed)
    root = ElementTree.Element("gpx", {"version": "1.1", "creator": "eradication", "xmlns": GPX})
    said = [plan_words.stamp(told, language, _), *([SIMULATED] if ground.simulated else [])]
    said += [*plan_words.not_known(told, _), _(NO_ACCUSATION), _(NO_PERSONS)]
    title = f"{_('PATROL PLAN')} {told.unit} {told.departs:%Y-%m-%d} {told.id}"
    _texts(
        ElementTree.SubElement(root, "metadata"), {"name": title, "desc": ". ".join(part.rstrip(".") for part in said)}
    )
    marked = list(_waypoints(told, ground, language, _))
    for place, texts in marked:
        _texts(ElementTree.SubElement(root, "wpt", place), texts)
    mark = ascii_text(", ".join(said[: 1 + ground.simulated]))
    _route(root, told, mark)
    _track(root, told, mark)
    ElementTree.indent(root, " ")
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def names(plan: PatrolPlan) -> list[str]:
    """Return the name of each stop for a receiver, at most ten letters: ``01 VH27014``, ``03 O`` for a cell (ô).

    Stops that were left out have none.
    """
    return [f"{stop.order:02d} {_short(stop)}".strip()[:LONGEST_NAME] for stop in plan.kept]


def _short(stop: Stop) -> str:
    if stop.kind == CELL:
        return "O"
    plain = "".join(letter for letter in ascii_text(stop.code).upper() if letter.isalnum())
    return plain[-(LONGEST_NAME - 3) :]


def _waypoints(
    plan: PatrolPlan, ground: SheetGround, language: str, _: Translate
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    lon, lat = plan.post
    back = f"{plan_words.clock(plan.departs)}-{plan_words.clock(plan.returns)}"
    yield _place(lon, lat), {"name": POST, "cmt": back, "desc": _comment(_(N_("post"))), "sym": SYMBOLS["post"]}
    for stop, name in zip(plan.kept, names(plan), strict=True):
        [(east, north)] = geo.transform([(stop.lon, stop.lat)], geo.WGS84, ground.official_epsg)
        comment = f"{plan_words.clock(plan.arrives(stop))} {stop.minutes:.0f}min X{north:.0f} Y{east:.0f}"
        told = [plan_words.kind(stop, _), stop.code]
        told += [_(N_("carried over"))] * stop.is_carried + [SIMULATED] * ground.simulated
        texts = {"name": name, "cmt": comment[:LONGEST_COMMENT], "desc": ascii_text(", ".join(told))}
        yield _place(stop.lon, stop.lat), texts | {"sym": SYMBOLS[CELL if stop.kind == CELL else "plot"]}
    for number, (name, area) in enumerate(ground.hazards, start=1):
        lon, lat = _middle(area, ground.epsg)
        texts = {"name": f"!! {number:02d}", "cmt": _comment(name), "desc": ascii_text(f"{_(N_('dangerous'))}: {name}")}
        yield _place(lon, lat), texts | {"sym": SYMBOLS["hazard"]}


def _comment(text: str) -> str:
    return ascii_text(text)[:LONGEST_COMMENT]


def _middle(area: BaseGeometry, epsg: int) -> tuple[float, float]:
    point = geo.project(area, epsg, geo.WGS84).representative_point()
    return float(point.x), float(point.y)


def _route(root: ElementTree.Element, plan: PatrolPlan, mark: str) -> None:
    route = ElementTree.SubElement(root, "rte")
    _texts(route, {"name": _title(plan), "desc": mark, "type": PLANNED})
    stops = [(stop.lon, stop.lat, name) for stop, name in zip(plan.kept, names(plan), strict=True)]
    ends = (*plan.post, POST)
    for lon, lat, name in (ends, *stops[: MOST_ROUTE - 2], ends):
        _texts(ElementTree.SubElement(route, "rtept", _place(lon, lat)), {"name": name})


def _track(root: ElementTree.Element, plan: PatrolPlan, mark: str) -> None:
    parts = plan.parts()
    if not parts:
        return
    track = ElementTree.SubElement(root, "trk")
    _texts(track, {"name": _title(plan), "desc": mark, "type": PLANNED})
    whole = sum(map(len, parts))
    for part in parts:
        segment = ElementTree.SubElement(track, "trkseg")
        for lon, lat, height in thinned(part, max(2, MOST_TRACK * len(part) // whole)).tolist():
            height_text = {"ele": f"{height:.1f}"} if np.isfinite(height) else {}
            _texts(ElementTree.SubElement(segment, "trkpt", _place(lon, lat)), height_text)


def thinned(way: Floats, most: int) -> Floats:
    """Return a way of at most so many points, bends kept as long as there is room; shape (vertex, 3)."""
    tolerance, kept = 2e-5, way  # about 2 m
    while len(kept) > most:
        line = shapely.LineString(np.column_stack([way[:, :2], np.arange(len(way))]))
        bent = shapely.get_coordinates(shapely.simplify(line, tolerance, preserve_topology=False), include_z=True)
        kept, tolerance = way[bent[:, 2].astype(int)], 1.5 * tolerance
    return kept


def _title(plan: PatrolPlan) -> str:
    """Return unit and day for a receiver: ``BP01 2811``."""
    unit = "".join(letter for letter in ascii_text(plan.unit).upper() if letter.isalnum())
    return f"{unit[:5]} {plan.departs:%d%m}".strip()


def _place(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}


def _texts(parent: ElementTree.Element, texts: Mapping[str, str]) -> None:
    for tag, text in texts.items():
        if text:
            ElementTree.SubElement(parent, tag).text = clean(text)


def package(
    plan: Mapping[str, Any], view: PackageView, ground: SheetGround, *, vetoed: Collection[int | str] = ()
) -> bytes:
    """Return the field package of a plan, a GeoPackage for QField and QGIS.

    Args:
        plan: the payload of ``plan_made``.
        view: unit, language and so on; its ``plots`` are those among the stops.
        ground: outlines, codes and hazards.
        vetoed: stops left out as unsafe since, by their numbers or names: they are in no layer and no choice.

    Raises:
        OSError: if a driver refuses.
    """
    told = plan_facts.of(plan, ground.codes, ground.commune_names, vetoed)
    gone = {stop.place for stop in told.stops if stop.is_vetoed}
    plots = [row for row in view.plots if row.episode.plot.id not in gone]
    return field_package.pack(replace(view, plots=plots, planned=FieldPlan(told, ground)))

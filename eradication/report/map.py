"""``map.html``: one file that opens without any network and shows a season's places, walks and outlines.

Nothing is written into HTML here: :func:`render` lays out plain data and labels, :mod:`eradication.report.safe` carries
them to the page, and ``assets/map.js`` shows them as text.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication.domain import AdminUnit, Detectability, State
from eradication.domain.codes import Code
from eradication.report import map_chips, map_seasons, safe, words
from eradication.report.popup import plot_popup, track_popup, waypoint_popup
from eradication.report.ranking import FULL, split
from eradication.report.seen import STEPS, Step
from eradication.report.symbols import CLASS_PIXELS, PATHS, STATES, UNIT_COLOURS
from eradication.report.view import MapView, PlotRow, Track

COMMUNE_TOLERANCE_DEG = 0.0002
"""Outlines are simplified by this much for display, about 20 m."""
TRACK_TOLERANCE_DEG = 0.00003
"""Tracks are simplified by this much for display, about 3 m; measured lengths are of the full track."""

type Pairs = list[list[float]]


def render(view: MapView) -> str:
    """Return the map as one HTML page without any outside reference.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    title = map_seasons.title(view, view.season.label)
    return safe.render(_data(view), title=title, language=view.language)


def _data(view: MapView) -> dict[str, Any]:
    own = map_seasons.labels_of(view)
    units = sorted({track.unit for track in view.tracks} | {mark.unit for mark in view.waypoints})
    return {
        "language": view.language,
        "bounds": _bounds(view),
        "heading": _heading(view),
        "labels": _labels(view),
        "paths": dict(PATHS),
        "states": _states(view),
        "classes": _classes(view),
        "units": [_unit(view, unit, i) for i, unit in enumerate(units)],
        "communes": [_commune(unit, view) for unit in view.communes],
        "tracks": [_track(view, track, units) for track in view.tracks],
        "waypoints": [
            {"at": _at(m.lon, m.lat), "unit": units.index(m.unit), "popup": waypoint_popup(m, view)}
            for m in view.waypoints
        ],
        "plots": [plot | {"season": len(own) - 1} for plot in _plots(view.plots, view)],
        "past": [
            plot | {"season": n}
            for n, label in enumerate(own[:-1])
            for plot in _plots([row for row in view.past if row.episode.season.label == label], view)
        ],
        "seasons": map_seasons.seasons(view),
        "shading": map_seasons.shading(view),
        "seen": _seen(view),
        "overlays": [],
    }


def _plots(rows: Sequence[PlotRow], view: MapView) -> list[dict[str, Any]]:
    """Return the places of one season, the crowd small."""
    full, crowd = split(rows)
    return [_plot(row, view) for row in full] + [_plot(row, view) | {"small": True} for row in crowd]


def _seen(view: MapView) -> dict[str, Any] | None:
    """Return the picture of clear looks with its legend, ``None`` if no run left one."""
    if view.seen is None:
        return None
    west, south, east, north = view.seen.bounds
    steps = [{"label": _looks(view, step), "colour": step.css, "alpha": step.colour[3] / 255} for step in STEPS]
    return {"png": view.seen.png, "bounds": [[south, west], [north, east]], "steps": steps}


def _looks(view: MapView, step: Step) -> str:
    _ = view.translate
    if step.most == 0:
        return _("never: nothing is known there, or it was not searched")
    if step.most == 255:
        return _("{least} or more: left as it is").format(least=step.least)
    return f"{step.least}–{step.most}"


def _heading(view: MapView) -> dict[str, Any]:
    _ = view.translate
    notes = [_("Candidates are to be checked; they are not findings and accuse nobody.")]
    if any(unit.approximate for unit in view.communes):
        notes.append(_("Commune outlines are approximate (dashed)."))
    if not view.scene_classification:
        notes.append(_("No scene classification was available: clouds and shadows were not masked."))
    return {
        "as_of": f"{_('as of')} {words.moment(view.as_of, view.language)}",
        "banner": _("SIMULATED – no real place, person or finding") if view.simulated else "",
        "notes": notes,
    }


def _labels(view: MapView) -> dict[str, str]:
    _ = view.translate
    return {
        "legend": _("Layers and legend"),
        "states": _("State"),
        "classes": _("Class by area (? = estimated)"),
        "tracks": _("Patrol tracks by unit"),
        "other": _("Other"),
        "communes": _("Commune outlines"),
        "approximate": _("approximate boundary"),
        "waypoints": _("Waypoints"),
        "pictures": map_chips.note(view),
        "small": _("Small symbols: lower scores, not visited (beyond the first {n})").format(n=FULL),
        "outside": _("Striped: unlike what the model has learned, so ranked lower"),
        "grid": _("Grid, degrees WGS 84"),
        "north": _("N"),
        "empty": _("No plot or candidate in this season."),
        "seen": _("How often the satellite saw the ground"),
        "beyond": _("beyond the dashed frame: no image of this run"),
    }


def _states(view: MapView) -> list[dict[str, Any]]:
    counts = Counter(row.episode.state for row in view.plots)
    drawn = {row.episode.state for row in (*view.plots, *view.past)}
    return [
        {
            "key": state.value,
            "label": words.word(state, view.language),
            "shape": symbol.shape,
            "colour": symbol.colour,
            "filled": symbol.filled,
            "count": counts[state],
        }
        for state, symbol in STATES.items()
        if state in drawn or state in _ALWAYS_EXPLAINED
    ]


_ALWAYS_EXPLAINED = (State.CANDIDATE, State.DETECTED, State.ERADICATED, State.VERIFIED)


def _classes(view: MapView) -> list[dict[str, Any]]:
    counts = Counter(row.episode.klass for row in view.plots)
    return [
        {"key": c.value, "label": _class_label(c, view), "pixels": CLASS_PIXELS[c.value], "count": counts[c]}
        for c in Detectability
    ]


def _class_label(klass: Code, view: MapView) -> str:
    _ = view.translate
    return {
        Detectability.A: _("from 2 000 m²: satellites can detect and follow it"),
        Detectability.B: _("350–2 000 m²: satellites may only suggest it"),
        Detectability.C: _("below 350 m²: satellites cannot see it"),
    }[Detectability(klass)]


def _unit(view: MapView, unit: str, index: int) -> dict[str, Any]:
    _ = view.translate
    return {
        "label": words.clean(unit) or _("unit not stated"),
        "colour": UNIT_COLOURS[index % len(UNIT_COLOURS)],
        "count": sum(track.unit == unit for track in view.tracks),
    }


def _commune(unit: AdminUnit, view: MapView) -> dict[str, Any]:
    name = words.clean(unit.name)
    drawn = rings(unit.geometry, COMMUNE_TOLERANCE_DEG, 5) if unit.geometry is not None else []
    told = {"code": unit.code, "name": name}
    return told | {"approximate": unit.approximate, "at": _at(unit.lon, unit.lat), "rings": drawn}


def _track(view: MapView, track: Track, units: list[str]) -> dict[str, Any]:
    line = shapely.simplify(shapely.LineString(track.lonlat), TRACK_TOLERANCE_DEG)
    return {
        "unit": units.index(track.unit),
        "line": _latlon(line.coords, 5),
        "popup": track_popup(track, view),
    }


def _plot(row: PlotRow, view: MapView) -> dict[str, Any]:
    return {
        "id": words.clean(row.episode.plot.id),
        "state": row.episode.state.value,
        "class": row.episode.klass.value,
        "letter": row.klass,
        "at": _at(*row.lonlat),
        "rings": rings(row.episode.plot.geometry, 0.0, 6),
        "popup": plot_popup(row, view),
        **({"outside": True} if row.is_outside else {}),
        **map_chips.of_plot(row, view),
    }


def rings(geometry: BaseGeometry, tolerance_deg: float, digits: int) -> list[list[Pairs]]:
    """Return polygons as lists of rings of [latitude, longitude]; anything that is no polygon gives none."""
    simple = shapely.simplify(geometry, tolerance_deg) if tolerance_deg else geometry
    polygons = [part for part in shapely.get_parts(simple) if part.geom_type == "Polygon" and not part.is_empty]
    return [[_latlon(ring.coords, digits) for ring in (p.exterior, *p.interiors)] for p in polygons]


def _latlon(coords: Any, digits: int) -> Pairs:
    return [[round(float(c[1]), digits), round(float(c[0]), digits)] for c in coords]


def _at(lon: float, lat: float) -> list[float]:
    return [round(lat, 6), round(lon, 6)]


def _bounds(view: MapView) -> Pairs:
    """Return what to show first, [[south, west], [north, east]]: plots and walks, else communes, else the province."""
    shown = [row.episode.plot.geometry for row in view.plots]
    shown += [shapely.LineString(track.lonlat) for track in view.tracks]
    shown = shown or [row.episode.plot.geometry for row in view.past]
    shown = shown or [unit.geometry for unit in view.communes if unit.geometry is not None]
    west, south, east, north = shapely.total_bounds(shown) if shown else safe.WHOLE_PROVINCE
    return [[float(south), float(west)], [float(north), float(east)]]

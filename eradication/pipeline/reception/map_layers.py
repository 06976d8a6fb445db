"""What lies on the ground of a map, from the files that the settings name; what cannot be had is said, never hidden."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import shapely
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit, dangers
from eradication.errors import EradicationError
from eradication.i18n import translator
from eradication.ingest import dem
from eradication.pipeline import set_layers
from eradication.pipeline.plans import ground
from eradication.pipeline.workspace import Workspace
from eradication.report.map_pack import hillshade, mercator
from eradication.report.map_pack.mercator import Bounds
from eradication.report.map_pack.view import Feature, Remark, Value
from eradication.report.plan_ground import Heights
from eradication.routing.hazards import Hazard

AHEAD_DAYS = 2
"""Dangers of so many days to come are shown too: a map is carried as long as a plan holds."""
FILES = (
    ("border", "distances", "border"),
    ("rivers", "plan", "rivers"),
    ("roads", "distances", "road"),
    ("tracks", "plan", "tracks"),
)
"""Layer → section and name of the setting that names its file."""
WHOLE = 0.995
"""A share of known heights above this is all of the ground."""


@dataclass(slots=True)
class Gathered:
    """What was found, and what is missing."""

    heights: Heights | None = None
    layers: dict[str, Sequence[Feature]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)


def gathered(workspace: Workspace, bounds: Bounds, communes: Sequence[AdminUnit], day: date) -> Gathered:
    """Return what lies on the ground within ``bounds`` (WGS 84) on a day; no file that fails stops the others."""
    found = Gathered()
    _try(found, "contours", lambda: _heights(workspace, bounds, found))
    for layer, section, name in FILES:
        _try(found, layer, lambda at=(layer, section, name): _lines(workspace, bounds, at, found))  # type: ignore[misc]
    _try(found, "hazards", lambda: _hazards(workspace, bounds, day, found))
    _communes(bounds, communes, found)
    return found


def _try(found: Gathered, part: str, read: Callable[[], None]) -> None:
    try:
        read()
    except EradicationError as error:
        found.remarks.append(of_error(part, error))


def of_error(part: str, error: EradicationError) -> Remark:
    """Return what is said of a file that failed; where it lies on the server is no phone's matter."""
    told = {name: Path(str(value)).name if "/" in str(value) else value for name, value in error.values.items()}
    return Remark(part, error.kind, error.message, told)


def _heights(workspace: Workspace, bounds: Bounds, found: Gathered) -> None:
    model = set_layers.heights(workspace.settings, workspace.folder)
    if model is None:
        found.remarks.append(Remark.of("contours", "not_set"))
        return
    window = hillshade.window(bounds)
    values = dem.read(model, GeoBox(window.shape, window.transform, f"EPSG:{mercator.EPSG}"))
    share = float(np.isfinite(values).mean())
    if share == 0.0:
        found.remarks.append(Remark.of("contours", "elsewhere"))
        return
    if share < WHOLE:
        found.remarks.append(Remark.of("contours", "partly", percent=max(int(100 * share), 1)))
    found.heights = Heights(values, tuple(window.transform)[:6], mercator.EPSG)


def _lines(workspace: Workspace, bounds: Bounds, at: tuple[str, str, str], found: Gathered) -> None:
    layer, section, name = at
    shapes = set_layers.shapes(workspace.settings, workspace.folder, section, name, bounds=bounds)
    if shapes is None:
        found.remarks.append(Remark.of(layer, "not_set"))
        return
    drawn = [part for shape in shapes for part in _drawn(shape, bounds)]
    if not drawn:
        found.remarks.append(Remark.of(layer, "none_here"))
    found.layers[layer] = [Feature(part) for part in drawn]


def _drawn(shape: BaseGeometry, bounds: Bounds) -> list[BaseGeometry]:
    """Return lines of what a file draws, areas by their outline; points are no lines."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    lines = [part.boundary if part.area > 0 else part for part in shapely.get_parts(valid)]
    cut = [shapely.intersection(line, shapely.box(*bounds)) for line in lines]
    return [part for part in shapely.get_parts(cut) if part.length > 0]


def _hazards(workspace: Workspace, bounds: Bounds, day: date, found: Gathered) -> None:
    known = ground.dangers_within(workspace, day, day + timedelta(days=AHEAD_DAYS))
    if known is None:
        found.remarks.append(Remark.of("hazards", "not_set"))
        return
    area = shapely.box(*bounds)
    placed = [(one, geo.project(one.shape, geo.UTM48, geo.WGS84)) for one in known]
    shown = [Feature(shape, _told(one)) for one, shape in placed if shape.intersects(area)]
    if not shown:
        found.remarks.append(Remark.of("hazards", "none_here"))
    found.layers["hazards"] = shown


def _told(one: Hazard) -> Mapping[str, str]:
    said = {f"label_{code}": dangers.said(one.kind.value, one.name, translator(code)) for code in ("vi", "en")}
    days = {"valid_from": one.valid_from, "valid_to": one.valid_to}
    dated = {name: day.isoformat() if day else "" for name, day in days.items()}
    return {"kind": one.kind.value, "name": one.name, **said, **dated}


def _communes(bounds: Bounds, communes: Sequence[AdminUnit], found: Gathered) -> None:
    area = shapely.box(*bounds)
    outlines: list[Feature] = []
    names: list[Feature] = []
    for one in communes:
        inside = area & one.geometry if one.geometry is not None else area & shapely.Polygon()
        if inside.is_empty or one.geometry is None:
            continue
        told: dict[str, Value] = {"code": one.code, "name": one.name, "approximate": int(one.approximate)}
        outlines += [Feature(part, told) for part in _drawn(one.geometry, bounds)]
        names.append(Feature(inside.representative_point(), told))
    if not names:
        found.remarks.append(Remark.of("communes", "none_here"))
    elif any(one.told["approximate"] for one in names):
        found.remarks.append(Remark.of("communes", "approximate"))
    found.layers |= {"communes": outlines, "commune_names": names}

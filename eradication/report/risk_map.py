"""``risk.html``: the risk surface on a map that opens without any network; communes with their sums, three layers.

The page goes through the same door as the map of plots (:mod:`eradication.report.safe`) and shows no place of a plot.
"""

import base64
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.enums import Resampling
from rasterio.warp import calculate_default_transform, reproject, transform_bounds

from eradication import geo
from eradication.domain.caution import NO_ACCUSATION, NO_PERSONS
from eradication.errors import N_
from eradication.i18n import number
from eradication.report import risk_files, safe, words
from eradication.report.map import COMMUNE_TOLERANCE_DEG, rings
from eradication.report.risk_files import NODATA, UNTOLD
from eradication.report.risk_view import CommuneSum, RiskView
from eradication.report.seen import WEB_MERCATOR, png
from eradication.report.symbols import PATHS

ALPHA = 205
LEVEL_ONLY = -1.0
"""Stands for cells of which nothing is known but the level: below every figure."""
SEARCHED: tuple[tuple[float, str], ...] = ((0.5, "#08306b"), (0.2, "#2171b5"), (0.05, "#6baed6"), (0.0, "#c6dbef"))
"""p above which a cell has a colour."""
FINER = 2
"""Pixels of the picture along a side of a cell: cells stay squares when the picture is turned into the map's CRS."""

type Image = npt.NDArray[np.float32]


def render(view: RiskView) -> str:
    """Return the page.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    title = f"{view.translate('Risk surface')} · {view.title} · {words.clean(view.province)}"
    return safe.render(_data(view), title=title, language=view.language)


def _data(view: RiskView) -> dict[str, Any]:
    _ = view.translate
    heading = f"{words.clean(view.province)} · {_('Risk surface')} · {view.title}"
    outlines = [one.unit.geometry for one in view.communes if one.unit.geometry is not None]
    west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object)).tolist()
    nothing: dict[str, Any] = {
        name: [] for name in ("states", "classes", "units", "tracks", "waypoints", "plots", "past")
    }
    return nothing | {
        "language": view.language,
        "bounds": [[south, west], [north, east]],
        "heading": {
            "as_of": f"{_('as of')} {view.as_of}",
            "banner": _("SIMULATED – no real place, person or finding") if view.simulated else "",
            "notes": [_(NO_PERSONS), _(NO_ACCUSATION), *view.notes],
        },
        "labels": _labels(view),
        "paths": dict(PATHS),
        "communes": [_commune(view, one) for one in view.communes],
        "seasons": {
            "labels": [view.title],
            "headings": [heading],
            "titles": [heading],
            "title": "",
            "said": "#",
            "faded": "",
        },
        "shading": None,
        "seen": None,
        "overlays": _overlays(view),
    }


def _labels(view: RiskView) -> dict[str, str]:
    _ = view.translate
    names = _("Number beside a commune: plots left, 95 % interval")
    return {
        "legend": _("Layers and legend"),
        "communes": _("Commune outlines"),
        "approximate": _("approximate boundary"),
        "other": _("Layers"),
        "grid": _("Grid, degrees WGS 84"),
        "north": _("N"),
        "empty": "",
        "pictures": names,
        **dict.fromkeys(("states", "classes", "tracks", "waypoints", "small", "outside", "seen", "beyond"), ""),
    }


def _commune(view: RiskView, one: CommuneSum) -> dict[str, Any]:
    unit = one.unit
    few, many = (number(round(value), view.language) for value in (one.low, one.high))
    drawn = rings(unit.geometry, COMMUNE_TOLERANCE_DEG, 5) if unit.geometry is not None else []
    at = [round(unit.lat, 6), round(unit.lon, 6)]
    name = f"{words.clean(unit.name)} · {few}–{many}{'' if one.is_known else ' *'}"
    return {"code": unit.code, "name": name, "approximate": unit.approximate, "at": at, "rings": drawn}


def _overlays(view: RiskView) -> list[dict[str, Any]]:
    _ = view.translate
    left, expected = (_ranked(view, view.figures[name]) for name in ("left", "expected"))
    searched = _steps(
        view,
        view.figures["searched_p"],
        [(least, colour, f"p > {number(least, view.language, 2) if least else 0}") for least, colour in SEARCHED],
        strictly=True,
    )
    labels = (N_("Plots left after search (estimated)"), N_("Plots expected before search"), N_("Searched with p"))
    told = zip(labels, (left, expected, searched), strict=True)
    return [layer | {"label": _(label), "on": index == 0} for index, (label, layer) in enumerate(told)]


def _ranked(view: RiskView, values: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return a picture of values by the share of cells that are as high."""
    values = values.astype(np.float32)  # as they are drawn: what is equal there is equal
    steps = []
    for one in risk_files.classes(values):
        said = (
            view.translate(N_("highest {share} of cells: from {least} per km²"))
            if one.share < 1
            else view.translate(N_("the rest"))
        )
        told = said.format(share=f"{round(one.share * 100)} %", least=_per_km2(view, one.least))
        steps.append((one.least, one.colour, told))
    if view.told is None or view.told.all():
        return _steps(view, values, steps)
    values = np.where(view.told, values, np.float32(LEVEL_ONLY))
    unknown = view.translate(N_("nothing known but the level: no safer and no riskier than elsewhere"))
    return _steps(view, values, [*steps, (LEVEL_ONLY, UNTOLD, unknown)])


def _per_km2(view: RiskView, least: float) -> str:
    density = least * 16.0
    digits = max(0, min(6, 1 - math.floor(math.log10(density)))) if density > 0 else 0
    return number(density, view.language, digits)


def _steps(
    view: RiskView, values: npt.NDArray[np.float64], steps: Sequence[tuple[float, str, str]], *, strictly: bool = False
) -> dict[str, Any]:
    """Return a picture in the colours of steps (least value, colour, words), highest first, and its legend."""
    image = risk_files.grid(view, values).repeat(FINER, axis=0).repeat(FINER, axis=1)
    turned, bounds = _turned(view, image)
    pixels = np.zeros((*turned.shape, 4), np.uint8)
    known = turned != NODATA
    for least, colour, _ in reversed(steps):
        own = known & ((turned > np.float32(least)) if strictly else (turned >= np.float32(least)))
        pixels[own] = [*(int(colour[n : n + 2], 16) for n in (1, 3, 5)), ALPHA]
    west, south, east, north = bounds
    return {
        "png": f"data:image/png;base64,{base64.b64encode(png(pixels)).decode()}",
        "bounds": [[south, west], [north, east]],
        "steps": [{"label": said, "colour": colour, "alpha": ALPHA / 255} for _, colour, said in steps],
    }


def _turned(view: RiskView, image: Image) -> tuple[Image, tuple[float, float, float, float]]:
    """Return an image of the cells in the CRS in which Leaflet stretches pictures, and its bounds in degrees."""
    here, there = f"EPSG:{geo.UTM48}", WEB_MERCATOR
    at = risk_files.place(view) @ Affine.scale(1 / FINER)
    rows, columns = image.shape
    west, north = at @ (0, 0)
    east, south = at @ (columns, rows)
    to, width, height = calculate_default_transform(here, there, columns, rows, west, south, east, north)
    out = np.full((height, width), NODATA, np.float32)
    fill = {"src_nodata": NODATA, "dst_nodata": NODATA, "resampling": Resampling.nearest}
    reproject(image, out, src_transform=at, src_crs=here, dst_transform=to, dst_crs=there, **fill)
    edges = to @ (0, height), to @ (width, 0)
    bounds = transform_bounds(there, f"EPSG:{geo.WGS84}", *edges[0], *edges[1])
    return out, bounds

"""Plots, visits and communes as one GeoPackage, for QGIS."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas
from shapely.geometry import Point

from eradication.domain import AdminUnit
from eradication.report import commune_layer, exchange, geopackage, packing
from eradication.report.view import PlotRow
from eradication.report.words import clean

VISIT = {"visit_id": "string", "plot_id": "string", "unit": "string", "outcome": "string", "season": "string",
         "area_m2": "float64", "visited_at": "string", "simulated": "int64", "mark": "string"}  # fmt: skip
"""Columns of the layer of visits and what they are; who was there is not among them."""


def pack(
    plots: Sequence[PlotRow],
    visits: Sequence[Mapping[str, Any]],
    communes: Sequence[AdminUnit],
    mark: str,
    *,
    simulated: bool,
) -> bytes:
    """Return the file.

    Raises:
        OSError: a driver refuses.
    """
    title = f"Plots by state · {mark}"
    return packing.pack(
        [
            packing.Layer(geopackage.LAYER, exchange.frame(plots), "MultiPolygon", title, geopackage.qml(), "states"),
            packing.Layer("visits", _visits(visits, mark, simulated=simulated), "Point", f"Visits · {mark}"),
            packing.Layer("communes", commune_layer.frame(communes), "MultiPolygon", "Communes"),
        ]
    )


def _visits(visits: Sequence[Mapping[str, Any]], mark: str, *, simulated: bool) -> geopandas.GeoDataFrame:
    common = {"mark": mark, "simulated": int(simulated)}
    rows = [{name: one[name] for name in VISIT if name not in common} | common for one in visits]
    for row in rows:
        row |= {name: clean(str(row[name] or "")) for name, kind in VISIT.items() if kind == "string"}
    return packing.frame(rows, [one["geometry"] or Point() for one in visits], VISIT)

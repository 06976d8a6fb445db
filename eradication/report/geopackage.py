"""A GeoPackage that opens in QGIS with the map's own colours and shapes: the style travels in ``layer_styles``."""

from pathlib import Path
from xml.etree import ElementTree

import geopandas

from eradication.report import packing
from eradication.report.symbols import STATES, Symbol

LAYER = "plots"


def write(plots: geopandas.GeoDataFrame, path: Path, mark: str = "") -> None:
    """Write ``plots`` (multipolygons, WGS 84) as layer ``plots`` with its style; ``mark`` stands in its description.

    Raises:
        OSError: if the disk or a driver refuses.
    """
    title = f"Plots by state · {mark}" if mark else "Plots by state"
    layer = packing.Layer(LAYER, plots, "MultiPolygon", title, qml(), "states")
    path.write_bytes(packing.pack([layer]))


def qml() -> str:
    """Return the QGIS style: plots filled by state, a marker of the state's shape at the centre, code as label."""
    root = ElementTree.Element(
        "qgis", {"version": "3.28", "styleCategories": "Symbology|Labeling", "labelsEnabled": "1"}
    )
    renderer = ElementTree.SubElement(root, "renderer-v2", {"type": "categorizedSymbol", "attr": "state"})
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for i, (state, symbol) in enumerate(STATES.items()):
        facts = {"symbol": str(i), "value": state.value, "label": f"{state.vietnamese[0]} / {state.value}"}
        ElementTree.SubElement(categories, "category", facts | {"render": "true", "type": "string"})
        _symbol(ElementTree.SubElement(symbols, "symbol", {"name": str(i), "type": "fill", "alpha": "1"}), i, symbol)
    labels = ElementTree.SubElement(root, "labeling", {"type": "simple"})
    settings = ElementTree.SubElement(labels, "settings")
    ElementTree.SubElement(settings, "text-style", {"fieldName": "code", "fontSize": "8", "textColor": "29,29,27,255"})
    return ElementTree.tostring(root, encoding="unicode")


def _symbol(parent: ElementTree.Element, number: int, symbol: Symbol) -> None:
    strong, faint = _rgba(symbol.colour, 255), _rgba(symbol.colour, 70)
    _layer(parent, "SimpleFill", {"color": faint, "outline_color": strong, "outline_width": "0.4", "style": "solid"})
    centroid = _layer(parent, "CentroidFill", {"point_on_surface": "1"})
    marker = ElementTree.SubElement(centroid, "symbol", {"name": f"@{number}@1", "type": "marker", "alpha": "1"})
    fill = strong if symbol.filled else "255,255,255,255"
    outline = "34,34,34,255" if symbol.filled else strong
    angle = "180" if symbol.shape == "inverted" else "0"
    look = {"name": symbol.qgis, "color": fill, "outline_color": outline, "size": "4", "angle": angle}
    _layer(marker, "SimpleMarker", look)


def _layer(parent: ElementTree.Element, kind: str, options: dict[str, str]) -> ElementTree.Element:
    layer = ElementTree.SubElement(parent, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
    table = ElementTree.SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        ElementTree.SubElement(table, "Option", {"name": name, "type": "QString", "value": value})
    return layer


def _rgba(colour: str, alpha: int) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"

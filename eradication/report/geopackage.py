"""A GeoPackage that opens in QGIS with the map's own colours and shapes: the style travels in ``layer_styles``."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import geopandas

from eradication.report.symbols import STATES, Symbol

LAYER = "plots"

_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_REGISTER = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', ?)"
_ADD_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
                          styleSLD, useAsDefault, description, owner)
VALUES ('', '', ?, 'geom', 'states', ?, '', 1, 'Plots by state', '')
"""


def write(plots: geopandas.GeoDataFrame, path: Path) -> None:
    """Write ``plots`` (multipolygons, WGS 84) as layer ``plots`` with its style.

    The file is made in memory: on a full disk GDAL and SQLite say only which statement failed, and have tidied up by
    then, whereas writing bytes fails with the system's own reason.

    Raises:
        OSError: if the disk or a driver refuses.
    """
    whole = io.BytesIO()
    try:
        plots.to_file(whole, layer=LAYER, driver="GPKG", engine="pyogrio", geometry_type="MultiPolygon")
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(whole.getvalue())
            with connection:
                connection.execute(_STYLE_TABLE)
                connection.execute(_REGISTER, ("layer_styles",))
                connection.execute(_ADD_STYLE, (LAYER, qml()))
            content = connection.serialize()
    except (sqlite3.Error, RuntimeError) as error:
        raise OSError(str(error)) from error
    path.write_bytes(content)


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

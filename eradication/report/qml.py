"""Pieces of QGIS's styles (QML) that several layers share."""

from collections.abc import Mapping
from xml.etree import ElementTree

type Options = dict[str, bool | int | str]


def quoted(text: str) -> str:
    """Return text as a constant of a QGIS expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def point(root: ElementTree.Element, shape: str, colour: str) -> None:
    """Let all features of a layer of points be drawn as one marker."""
    single(root, "marker", "SimpleMarker", {"name": shape, "color": colour, "outline_color": "0,0,0,255", "size": "4"})


def single(root: ElementTree.Element, kind: str, drawn: str, look: Mapping[str, str]) -> None:
    """Let all features of a layer be drawn alike."""
    renderer = ElementTree.SubElement(root, "renderer-v2", {"type": "singleSymbol"})
    symbols = ElementTree.SubElement(renderer, "symbols")
    symbol = ElementTree.SubElement(symbols, "symbol", {"name": "0", "type": kind, "alpha": "1"})
    layer = ElementTree.SubElement(symbol, "layer", {"class": drawn, "enabled": "1", "pass": "0", "locked": "0"})
    options(layer, dict(look))


def options(parent: ElementTree.Element, values: Mapping[str, bool | int | str]) -> ElementTree.Element:
    """Add options as QGIS writes them, and return the element that holds them."""
    table = ElementTree.SubElement(parent, "Option", {"type": "Map"})
    for name, value in values.items():
        kind = {bool: "bool", int: "int"}.get(type(value), "QString")
        written = str(value).lower() if isinstance(value, bool) else str(value)
        ElementTree.SubElement(table, "Option", {"name": name, "type": kind, "value": written})
    return table

"""One look for every output: a shape and a colour per state, so that neither is needed to tell states apart.

Colours are those of Okabe & Ito (2008), told apart with any common colour vision; shapes differ as well, for prints in
black and white.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eradication.domain import State


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a state is drawn."""

    shape: str
    """Key of :data:`PATHS`."""
    colour: str
    """``#rrggbb``."""
    filled: bool = True
    qgis: str = "circle"
    """Name of the nearest simple marker of QGIS."""


PATHS: Mapping[str, str] = MappingProxyType(
    {
        "circle": "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19z",
        "diamond": "M12 1L23 12L12 23L1 12z",
        "triangle": "M12 1.5L23 21.5H1z",
        "inverted": "M12 22.5L1 2.5H23z",
        "square": "M3 3H21V21H3z",
        "hexagon": "M6.5 2H17.5L23 12L17.5 22H6.5L1 12z",
        "pentagon": "M12 1.5L23 9.7L18.8 22H5.2L1 9.7z",
        "octagon": "M7.9 2H16.1L22 7.9V16.1L16.1 22H7.9L2 16.1V7.9z",
    }
)
"""Outlines as SVG path data in a box of 24 × 24."""

STATES: Mapping[State, Symbol] = MappingProxyType(
    {
        State.CANDIDATE: Symbol("circle", "#e69f00"),
        State.ASSIGNED: Symbol("diamond", "#56b4e9", qgis="diamond"),
        State.NOT_REACHED: Symbol("diamond", "#56b4e9", filled=False, qgis="diamond"),
        State.DETECTED: Symbol("triangle", "#d55e00", qgis="triangle"),
        State.REGROWN: Symbol("inverted", "#cc79a7", qgis="equilateral_triangle"),
        State.ERADICATED: Symbol("square", "#0072b2", qgis="square"),
        State.VERIFIED: Symbol("hexagon", "#009e73", qgis="hexagon"),
        State.HARVESTED: Symbol("pentagon", "#333333", qgis="pentagon"),
        State.SELF_REMOVED: Symbol("pentagon", "#f0e442", qgis="pentagon"),
        State.REJECTED: Symbol("octagon", "#8a8a8a", qgis="octagon"),
        State.DISMISSED: Symbol("octagon", "#8a8a8a", filled=False, qgis="octagon"),
        State.EXPIRED: Symbol("circle", "#8a8a8a", filled=False),
    }
)
"""In the order of the legend."""

UNIT_COLOURS = ("#882255", "#117733", "#332288", "#999933", "#44aa99", "#aa4499", "#661100", "#6699cc")
"""Colours of patrol tracks by unit (Tol's muted scheme), none of them a state's."""

CLASS_PIXELS: Mapping[str, int] = MappingProxyType({"A": 32, "B": 27, "C": 22})
"""Width of a symbol on the map by detectability class."""

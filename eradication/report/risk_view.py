"""What files and the page of a risk surface show: cells as arrays, communes with their sums, words for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from eradication.domain import AdminUnit
from eradication.errors import N_

__all__ = ["FIGURES", "MISSING_WHY", "SIDE_M", "CommuneSum", "Figure", "RiskView"]

SIDE_M = 250.0
SIGNIFICANT = 7
"""Digits of a figure: as many as the raster's 32-bit numbers hold."""

MISSING_WHY: Mapping[str, str] = MappingProxyType(
    {
        "no_run": N_("Old swidden is not known: there is no run of monitor of this season or before."),
        "no_map": N_(
            "Old swidden is not known: no map of it by a run of monitor is on this computer. Run monitor here, with "
            "earlier years in the catalog."
        ),
        "no_earlier_years": N_("Old swidden is not known: the catalogs that monitor read hold no earlier years."),
        "map_damaged": N_("Old swidden is not known: the map bare_share.tif of a run is damaged. Run monitor again."),
        "elsewhere": N_("Old swidden is not known: in earlier years the runs saw no ground of the communes."),
    }
)
"""Why a factor is missing that no file is needed for → what to say."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a cell: a band of the raster and a column of the GeoPackage."""

    name: str
    words: str
    """For people, a template to translate."""
    unit: str
    digits: int
    """Of the GeoPackage: significant ones, so that cells add up to the totals told however little each holds; 0 = whole
    numbers."""


FIGURES: tuple[Figure, ...] = (
    Figure("expected", N_("Plots expected before this season's search"), "plots", SIGNIFICANT),
    Figure("expected_low", N_("The same, lower end of the 95 % interval"), "plots", SIGNIFICANT),
    Figure("expected_high", N_("The same, upper end of the 95 % interval"), "plots", SIGNIFICANT),
    Figure("left", N_("Plots left after this season's search, estimated"), "plots", SIGNIFICANT),
    Figure("left_none", N_("Chance that no plot is left"), "1", SIGNIFICANT),
    Figure("m2", N_("Area of plots expected before this season's search"), "m2", SIGNIFICANT),
    Figure("m2_low", N_("The same, lower end of the 95 % interval"), "m2", SIGNIFICANT),
    Figure("m2_high", N_("The same, upper end of the 95 % interval"), "m2", SIGNIFICANT),
    Figure("left_m2", N_("Area of plots left after this season's search, estimated"), "m2", SIGNIFICANT),
    Figure(
        "searched_p",
        N_("Searched with p: the share of plots lying there that patrols would have seen"),
        "1",
        SIGNIFICANT,
    ),
    Figure("found", N_("Plots that searches found in this season"), "plots", 0),
    Figure("found_foretold", N_("Plots found where an image, a tip or a plan had led to"), "plots", 0),
)


@dataclass(frozen=True, slots=True)
class CommuneSum:
    """What a commune's cells come to."""

    unit: AdminUnit
    left: float
    low: float
    high: float
    is_known: bool = True
    """Anything is known of the ground of one of its cells."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskView:
    """A risk surface to be shown."""

    title: str
    """Season, and month if one was asked for."""
    province: str
    as_of: str
    """When it was told, as people read it."""
    column: Ints
    """Of the south-west corner of each cell, whole 250 m east (EPSG:32648)."""
    row: Ints
    names: Sequence[str]
    """Of the cells."""
    commune: Ints
    """Of each cell, index in ``communes``."""
    communes: Sequence[CommuneSum]
    figures: Mapping[str, Floats]
    """By the names of :data:`FIGURES`, each shape (cell,)."""
    notes: Sequence[str]
    """Sentences in the language of the page."""
    simulated: bool
    language: str
    translate: Callable[[str], str]
    told: npt.NDArray[np.bool_] | None = None
    """Cells of which more is known than the level, shape (cell,); ``None`` = all."""

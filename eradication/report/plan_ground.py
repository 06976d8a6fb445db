"""What lies below and around a plan: heights, rivers, tracks, borders, dangers; given by whoever has them on file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from eradication import geo


@dataclass(frozen=True, slots=True, eq=False)
class Heights:
    """A north-up grid of heights in metres."""

    values: npt.NDArray[np.floating]
    """Shape (row, col), NaN unknown."""
    transform: Sequence[float]
    """Affine: pixel width, 0, west edge, 0, minus pixel height, north edge; more numbers may follow."""
    epsg: int = geo.UTM48


@dataclass(frozen=True, slots=True, eq=False)
class SheetGround:
    """What is drawn below a plan; all of it may be left out. Coordinates are those of ``epsg`` unless said otherwise.

    The shapes may reach beyond the map. Heights and shapes of :mod:`eradication.routing` fit as they are.
    """

    heights_m: npt.NDArray[np.floating] | None = None
    """Shape (row, col), north-up, NaN unknown."""
    transform: Sequence[float] = ()
    """Affine of the heights: pixel width, 0, west edge, 0, minus pixel height, north edge; more numbers may follow."""
    epsg: int = geo.UTM48
    rivers: BaseGeometry | None = None
    tracks: BaseGeometry | None = None
    roads: BaseGeometry | None = None
    border: BaseGeometry | None = None
    """Line of the border, or the province's outline."""
    communes: BaseGeometry | None = None
    hazards: Sequence[tuple[str, BaseGeometry]] = ()
    """What is kept out of, with what makes it dangerous, in the language of the sheet; and its area."""
    outlines: Mapping[str, BaseGeometry] = field(default_factory=dict)
    """Outline of each plot that is a stop, by its id, WGS 84."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Code of each plot that is a stop, by its id."""
    commune_names: Mapping[str, str] = field(default_factory=dict)
    """Name of each commune by its code."""
    official_epsg: int = geo.VN2000_SON_LA
    """CRS of the grid and of the coordinates in the table."""
    simulated: bool = False

    @property
    def heights(self) -> Heights | None:
        """The heights with their place."""
        if self.heights_m is None or len(self.transform) < 6:
            return None
        return Heights(self.heights_m, self.transform, self.epsg)

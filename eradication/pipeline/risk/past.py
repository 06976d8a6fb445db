"""What is known round about a cell before a season is walked: plots of earlier seasons, tips and candidates.

All distances are from the nearest part of a cell, 0 if the place lies in it. Fields are filled place by place within a
window, so their cost goes with the number of places and not with the size of the province.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.effort.strips import SUBCELL_M, corner
from eradication.risk.reuse import fading

FURTHEST_M = 12_800.0
"""A plot of an earlier season further away than this is as good as none."""
KERNEL_M = 500.0
"""Standard deviation of the kernel round a plot of an earlier season; assumed."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Points with a reach and a height."""

    xy: Floats
    """EPSG:32648, shape (place, 2)."""
    radius_m: Floats
    """How far from the point it may be, shape (place,)."""
    day: Floats | None = None
    """Local day (``date.toordinal``) since when they are known, shape (place,); ``None`` = always were."""


@dataclass(frozen=True, slots=True)
class Field:
    """The rectangle round the cells, on which places are drawn."""

    column: int
    row: int
    shape: tuple[int, int]

    @classmethod
    def of(cls, cells: Ints) -> "Field":
        """Return the smallest one that holds cells."""
        column, row = corner(cells)
        west, south = int(column.min()), int(row.min())
        return cls(west, south, (int(row.max()) - south + 1, int(column.max()) - west + 1))

    def at(self, cells: Ints, values: Floats) -> Floats:
        """Return the values of cells."""
        column, row = corner(cells)
        out: Floats = values[row - self.row, column - self.column]
        return out

    def over(self, cells: Ints, values: Floats, else_: float) -> Floats:
        """Return the values of cells on the field, ``else_`` where there is no cell."""
        out = np.full(self.shape, else_)
        column, row = corner(cells)
        out[row - self.row, column - self.column] = values
        return out

    def window(self, x: float, y: float, reach_m: float) -> tuple[slice, slice, Floats] | None:
        """Return rows and columns within reach of a point and the distance from their nearest parts."""
        rows, near_y = self._axis(y, reach_m, self.row, self.shape[0])
        columns, near_x = self._axis(x, reach_m, self.column, self.shape[1])
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        return rows, columns, np.hypot(near_x[None, :], near_y[:, None])

    @staticmethod
    def _axis(value: float, reach_m: float, origin: int, size: int) -> tuple[slice, Floats]:
        first = max(int((value - reach_m) // SUBCELL_M) - origin, 0)
        last = min(int((value + reach_m) // SUBCELL_M) - origin + 1, size)
        middle = (np.arange(first, max(last, first)) + origin + 0.5) * SUBCELL_M
        return slice(first, last), np.maximum(np.abs(middle - value) - SUBCELL_M / 2, 0.0)


def near(field: Field, xy: Floats) -> Floats:
    """Return the distance to the nearest of some points, at most :data:`FURTHEST_M`, shape of the field."""
    out = np.full(field.shape, FURTHEST_M)
    for x, y in xy.tolist():
        found = field.window(x, y, FURTHEST_M)
        if found is not None:
            rows, columns, far = found
            np.minimum(out[rows, columns], far, out=out[rows, columns])
    return out


def density(field: Field, places: Places, spread_m: float, until: Floats | None = None) -> Floats:
    """Return the sum of bell-shaped kernels round places, each 1 in the cell that holds it, shape of the field.

    A place that is known only to within a radius is spread over it: as wide, and as much lower as its disc is larger
    than a cell.

    Args:
        field: to draw on.
        places: with a day each if ``until`` is given.
        spread_m: least standard deviation of a kernel.
        until: a place counts in a cell if it was known before this day, shape of the field; ``None`` = it always does.
    """
    out = np.zeros(field.shape)
    days = np.full(len(places.xy), -np.inf) if places.day is None else places.day
    for (x, y), radius, day in zip(places.xy.tolist(), places.radius_m.tolist(), days.tolist(), strict=True):
        wide = max(spread_m, radius)
        high = min(SUBCELL_M**2 / (np.pi * max(radius, 1.0) ** 2), 1.0)
        found = field.window(x, y, 4 * wide)
        if found is not None:
            rows, columns, far = found
            drawn = high * np.exp(-0.5 * (far / wide) ** 2)
            out[rows, columns] += drawn if until is None else np.where(day < until[rows, columns], drawn, 0.0)
    return out


def highest(field: Field, places: Places, scores: Floats, until: Floats | None = None) -> Floats:
    """Return the highest score of the points in each cell, 0 where there is none, shape of the field.

    The highest, not a combination: false alarms of one field of vegetables come together. ``until`` as in
    :func:`density`.
    """
    out = np.zeros(field.shape)
    column, row = (np.floor(places.xy[:, n] / SUBCELL_M).astype(np.int64) for n in (0, 1))
    column, row = column - field.column, row - field.row
    inside = (row >= 0) & (row < field.shape[0]) & (column >= 0) & (column < field.shape[1])
    if until is not None and places.day is not None:
        inside[inside] = places.day[inside] < until[row[inside], column[inside]]
    np.maximum.at(out, (row[inside], column[inside]), scores[inside])
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Plots by the season in which they were found, drawn once for each."""

    field: Field
    places: Mapping[int, Floats]
    """First year of a season → where they are (EPSG:32648), shape (plot, 2)."""
    finders: Mapping[int, tuple[str, ...]]
    """First year of a season → the unit that found each first in it, empty = nobody knows."""
    by_year: Mapping[int, tuple[Floats, Floats]]
    """First year of a season → distance to its plots, kernel of its plots."""

    @classmethod
    def of(
        cls,
        field: Field,
        plots: Mapping[int, Sequence[tuple[float, float]]],
        finders: Mapping[int, Sequence[str]] | None = None,
    ) -> "Past":
        """Draw plots (EPSG:32648), by the first year of the season in which poppy was found there."""
        places = {year: np.array(mine, float).reshape(-1, 2) for year, mine in plots.items()}
        told = {year: tuple((finders or {}).get(year, [""] * len(xy))) for year, xy in places.items()}
        return cls(field, places, told, {year: _drawn(field, xy) for year, xy in places.items()})

    def only(self, chosen: Mapping[int, npt.NDArray[np.bool_]]) -> "Past":
        """Return some of the plots: first year of a season → which of its own, shape (plot,); of others all."""
        places, finders, drawn = dict(self.places), dict(self.finders), dict(self.by_year)
        for year, mine in chosen.items():
            if year in places and not mine.all():
                places[year] = places[year][mine]
                finders[year] = tuple(name for name, own in zip(finders[year], mine, strict=True) if own)
                drawn[year] = _drawn(self.field, places[year])
        for year in [year for year, xy in places.items() if not len(xy)]:
            del places[year], finders[year], drawn[year]
        return Past(self.field, places, finders, drawn)

    def before(self, year: int, cells: Ints) -> dict[str, Floats | None]:
        """Return ``past_near_m`` and ``past_density`` of cells before a season, ``None`` without a plot."""
        earlier = [one for one in self.by_year if one < year]
        if not earlier:
            return {"past_near_m": None, "past_density": None}
        nearest = np.minimum.reduce([self.by_year[one][0] for one in earlier])
        kernel = sum((weight(year - one) * self.by_year[one][1] for one in earlier), np.zeros(self.field.shape))
        return {"past_near_m": self.field.at(cells, nearest), "past_density": self.field.at(cells, kernel)}


def _drawn(field: Field, xy: Floats) -> tuple[Floats, Floats]:
    return near(field, xy), density(field, Places(xy, np.zeros(len(xy))), KERNEL_M)


def weight(age: int) -> float:
    """Return how much a plot counts that was found ``age`` seasons ago; 1 for last season's."""
    return float(fading(np.array(age)))

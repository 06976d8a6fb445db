"""Tracks on a small sheet: metres round their middle, no more bends in a line than the eye sees, no piles of dots.

Coordinates of the sheet are units of the drawing, x to the right and y downwards; north is up. What is dropped here is
dropped from the picture only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from eradication.domain import Fixes
from eradication.geo import is_on_earth

type Points = npt.NDArray[np.float64]

_METRES_PER_DEGREE = 111_195.0
_LEAST_M = 60.0
"""A sheet shows at least this much ground, so that a stop does not look like a walk."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A square of ground and where it lies on the drawing."""

    lon: float
    """Middle, degrees WGS 84."""
    lat: float
    metres: float
    """Side of the square on the ground."""
    left: float
    top: float
    side: float
    """Its place and side on the drawing."""

    @classmethod
    def round(cls, lon: Points, lat: Points, place: tuple[float, float, float]) -> "Sheet":
        """Return the sheet that shows all of some points on earth; there must be one.

        Args:
            lon: degrees.
            lat: degrees.
            place: left, top and side on the drawing.
        """
        middle_lon, middle_lat = (float(v.min() + v.max()) / 2 for v in (lon, lat))
        east = np.ptp(lon) * _METRES_PER_DEGREE * np.cos(np.radians(middle_lat))
        metres = 1.12 * max(float(east), float(np.ptp(lat)) * _METRES_PER_DEGREE, _LEAST_M)
        return cls(middle_lon, middle_lat, metres, *place)

    def place(self, lon: Points, lat: Points) -> Points:
        """Return where points lie on the drawing, shape ``(n, 2)``; those off the sheet too."""
        unit = self.side / self.metres * _METRES_PER_DEGREE
        x = self.left + self.side / 2 + (lon - self.lon) * np.cos(np.radians(self.lat)) * unit
        y = self.top + self.side / 2 - (lat - self.lat) * unit
        return np.column_stack([x, y])

    def shows(self, points: Points) -> npt.NDArray[np.bool_]:
        """Tell which points of the drawing lie on the sheet."""
        low, high = np.array([self.left, self.top]), np.array([self.left + self.side, self.top + self.side])
        return np.asarray(np.all((points >= low) & (points <= high), axis=1))

    def bar(self) -> tuple[float, float]:
        """Return metres and length on the drawing of a scale bar: 1, 2 or 5 times a power of ten, at most a third."""
        most = self.metres / 3
        power = 10.0 ** np.floor(np.log10(most))
        metres = float(max(step * power for step in (1, 2, 5) if step * power <= most))
        return metres, metres * self.side / self.metres


def on_earth(fixes: Fixes) -> Fixes:
    """Return the fixes that are somewhere."""
    good = is_on_earth(fixes.lon, fixes.lat) & ~((fixes.lon == 0.0) & (fixes.lat == 0.0))
    return fixes.piece(good)


def simplified(lines: Sequence[Points], most: int) -> list[Points]:
    """Return lines with at most ``most`` points together: fewer bends first, then without the shortest lines."""
    drawn = [line for line in lines if len(line) > 1]
    if not drawn:
        return []
    row = np.repeat(np.arange(len(drawn)), [len(line) for line in drawn])
    whole = shapely.linestrings(np.concatenate(drawn), indices=row)
    tolerance = 0.3
    while True:
        bent = shapely.simplify(whole, tolerance, preserve_topology=False)
        counts = np.asarray(shapely.get_num_coordinates(bent))
        if counts.sum() <= most or tolerance > 8:
            break
        tolerance *= 1.6
    west, south, east, north = shapely.bounds(whole).T
    order = np.argsort(-((east - west) + (north - south)), kind="stable")
    kept = order[np.cumsum(counts[order]) <= most]
    return [shapely.get_coordinates(line) for line in np.asarray(bent)[np.sort(kept)]]


def thinned(points: Points, most: int) -> Points:
    """Return points of which no two share a cell of a grid, so coarse that at most ``most`` are left."""
    cell = 1.5
    while len(points):
        _, first = np.unique(np.floor(points / cell).astype(np.int64), axis=0, return_index=True)
        if len(first) <= most:
            return points[np.sort(first)]
        cell *= 1.4
    return points


def way(line: Points) -> str:
    """Return a line as the data of an SVG path: a start, then steps, a tenth of a unit fine."""
    steps = np.rint(line * 10).astype(int)
    first, moves = steps[0], np.diff(steps, axis=0)
    told = "".join(f"l{_tenth(x)} {_tenth(y)}" for x, y in moves.tolist())
    return f"M{_tenth(first[0])} {_tenth(first[1])}{told}"


def dots(points: Points) -> str:
    """Return points as the data of an SVG path; with round line ends each is a dot."""
    return "".join(f"M{_tenth(x)} {_tenth(y)}h0" for x, y in np.rint(points * 10).astype(int).tolist())


def _tenth(value: int) -> str:
    whole, rest = divmod(abs(int(value)), 10)
    return f"{'-' if value < 0 else ''}{whole}{f'.{rest}' if rest else ''}"

"""A boundary that was walked: its area with its error, whether it closes and crosses itself; two walks compared.

The error of a receiver moves the boundary, and the area with it. Of errors that wander while one walks, the worst give

    SE(A) = 0.42 · σ · P

with the perimeter P and the standard deviation σ of a position in one direction (CV_A = 0.42·σ·P/A). Elongated plots
have more perimeter for their area, and so more error. σ comes from what the device says of its accuracy (the radius
that holds 68 % of positions is 1.51 σ), and is never taken for less than a floor: receivers are optimists.

A walk twice round is two measurements: their mean counts, and if they differ by more than a fifth someone must walk
again.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.config import Perimeters
from eradication.domain import MARKS, Fixes, Perimeter

CV_FACTOR = 0.42
RADIUS_68 = 1.51
"""Radius that holds 68 % of two-dimensional normal errors, in σ of one direction: √(−2·ln 0.32)."""

LEAST_FIXES = 6
MOST_LAPS = 10
"""Nobody walks round a plot more often."""
_STATIONARY = MARKS.index("stationary")

type Floats = npt.NDArray[np.float64]


def measure(segment: Fixes, settings: Perimeters, *, canopy: bool = False) -> Perimeter | None:
    """Measure a piece of a track as a boundary, ``None`` if it is none.

    A boundary comes back to where it began (within ``close_m``, or a tenth of its length), is not longer than
    ``longest_m``, and encloses something: an out-and-back walk does not. Stops on the way belong to it.

    Args:
        segment: one unbroken piece.
        settings: the limits and the floors of σ.
        canopy: under trees, where the floor is higher.
    """
    present = segment.kept | (segment.mark == _STATIONARY)
    lon, lat = segment.lon[present], segment.lat[present]
    if len(lon) < LEAST_FIXES:
        return None
    gap = geo.distance_m(lon[0], lat[0], lon[-1], lat[-1])
    if gap > max(settings.close_m, 0.1 * MOST_LAPS * settings.longest_m):
        return None  # most walks do not come back, and need not be measured
    length = geo.length_m(lon, lat)
    if gap > max(settings.close_m, 0.1 * length):
        return None
    rings = [ring for ring in _laps(lon, lat) if len(ring) >= LEAST_FIXES]
    if not rings or (length + gap) / len(rings) > settings.longest_m:
        return None
    areas, around = [_enclosed_m2(ring) for ring in rings], (length + gap) / len(rings)
    area = float(np.mean(areas))
    # A circle has 4π·A/P² = 1, a strip of 1 : 50 has 0.06; a way walked out and back has next to nothing.
    if area < settings.least_m2 or 4.0 * np.pi * area / around**2 < settings.least_roundness:
        return None
    sigma = _sigma(segment.accuracy_m[present], settings.canopy_sigma_m if canopy else settings.open_sigma_m)
    # A second lap is walked under the same sky minutes later: its error is taken for the same, not for another.
    return Perimeter(
        polygon=shapely.Polygon(rings[0]),
        laps=len(rings),
        area_m2=area,
        area_se_m2=CV_FACTOR * sigma * around,
        perimeter_m=around,
        sigma_m=sigma,
        gap_m=gap,
        crossings=_crossings(rings[0]),
        laps_differ_pct=None if len(rings) < 2 else 100.0 * (max(areas) - min(areas)) / area,
    )


def _sigma(accuracy_m: npt.NDArray[np.float32], floor_m: float) -> float:
    stated = accuracy_m[np.isfinite(accuracy_m)]
    return max(floor_m, float(np.median(stated)) / RADIUS_68 if stated.size else 0.0)


def _laps(lon: Floats, lat: Floats) -> list[Floats]:
    """Cut a walk where it has gone round its middle once more; a last part of less than half a round is dropped."""
    xy = np.column_stack([(lon - lon.mean()) * np.cos(np.radians(lat.mean())), lat - lat.mean()])
    turned = np.abs(np.unwrap(np.arctan2(xy[:, 1], xy[:, 0])) - np.arctan2(xy[0, 1], xy[0, 0]))
    rounds = max(1, round(float(turned[-1]) / (2.0 * np.pi)))
    cuts = [0, *(int(np.argmax(turned >= 2.0 * np.pi * k)) for k in range(1, rounds)), len(lon)]
    ring = np.column_stack([lon, lat])
    return [ring[a:b] for a, b in pairwise(cuts)]


def _enclosed_m2(ring: Floats) -> float:
    return sum(geo.area_m2(part) for part in _parts(ring))


def _parts(ring: Floats) -> list[BaseGeometry]:
    """Return what a ring encloses, as simple polygons; loops where it crosses itself count once."""
    whole = shapely.make_valid(shapely.Polygon(ring))
    return [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]


def _crossings(ring: Floats) -> int:
    """Return at how many points the closed ring crosses itself."""
    line = shapely.LineString(np.vstack([ring, ring[:1]]))
    if line.is_simple:
        return 0
    return max(1, len(shapely.get_parts(shapely.node(line))) - 1) // 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two walks round one plot."""

    area_m2: float
    """Mean of the two."""
    area_se_m2: float
    differ_pct: float
    """Difference, in per cent of the mean."""
    walk_again: bool
    overlap: float
    """Intersection over union of the two outlines, 0…1: 0 = they lie apart."""


def compare(one: Perimeter, other: Perimeter, most_pct: float) -> Comparison:
    """Compare two walks.

    Args:
        one: a walk.
        other: another walk, on another day or with another device: its error is taken for independent.
        most_pct: larger differences want a third walk.
    """
    mean = (one.area_m2 + other.area_m2) / 2.0
    differ = 100.0 * abs(one.area_m2 - other.area_m2) / mean
    a, b = (shapely.make_valid(walk.polygon) for walk in (one, other))
    union = geo.area_m2(_polygons(a | b))
    overlap = geo.area_m2(_polygons(a & b)) / union if union else 0.0
    spread = sqrt(one.area_se_m2**2 + other.area_se_m2**2) / 2.0
    return Comparison(mean, spread, differ, differ > most_pct or overlap == 0.0, overlap)


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])

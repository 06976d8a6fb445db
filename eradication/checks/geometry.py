"""Geometry: does the measured outline lie on another plot, cross itself, or hold another area than the row states?"""

from collections.abc import Iterator
from math import hypot

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.checks.facts import Eradication, Walked
from eradication.checks.result import Check, Result, cannot_tell, failed, ok

_GEOMETRY = Check.GEOMETRY

FAR_ABOVE = 3.0
"""An area so many times the candidate's estimate is told: for information, for estimates of small plots are poor."""


def check(row: Eradication) -> list[Result]:
    """Check the outline and the stated area of a row."""
    found = list(_estimate(row))
    if row.walked is None:
        return [cannot_tell(_GEOMETRY, "no_walked_outline"), *found]
    outline = _sound(row.walked.outline)
    crossings = row.walked.crossings or int(not row.walked.outline.is_valid)
    if crossings:
        found.append(failed(_GEOMETRY, "outline_crosses_itself", crossings, row.walked.what))
    found += _overlaps(row, row.walked, outline)
    found += _area(row, row.walked)
    return found


def _sound(outline: BaseGeometry) -> BaseGeometry:
    """Return what an outline encloses once or more."""
    return outline if outline.is_valid else shapely.make_valid(outline, method="structure", keep_collapsed=False)


def _overlaps(row: Eradication, walked: Walked, outline: BaseGeometry) -> Iterator[Result]:
    """Yield the outlines of other plots that share more ground with this one than the errors of both explain."""
    own = geo.area_m2(outline)
    for other in row.neighbours:
        common = _sound(other.outline).intersection(outline)
        shared = geo.area_m2(common) if common.area > 0 else 0.0
        if shared > 2.0 * hypot(walked.se_m2, other.se_m2):
            share = f"{other.name}, {100.0 * shared / own:.0f} %"
            yield failed(_GEOMETRY, "outline_overlaps", round(shared), share)


def _area(row: Eradication, walked: Walked) -> Iterator[Result]:
    """Yield how the stated area fits the walked one: within two standard errors, those of both if measured apart."""
    stated = row.visit.area_m2 if row.visit.area_m2 is not None else row.area_m2
    error = 2.0 * hypot(walked.se_m2, row.area_se_m2)
    what = f"{stated:.0f} / {walked.area_m2:.0f} ± {error:.0f} m²"
    fits = abs(stated - walked.area_m2) <= error
    tell = ok if fits else failed
    yield tell(_GEOMETRY, "area_fits_walk" if fits else "area_off_walk", round(stated - walked.area_m2), what)


def _estimate(row: Eradication) -> Iterator[Result]:
    if row.estimate_m2 and row.area_m2 > FAR_ABOVE * row.estimate_m2:
        what = f"{row.area_m2:.0f} / {row.estimate_m2:.0f} m²"
        yield ok(_GEOMETRY, "area_far_above_estimate", round(row.area_m2 / row.estimate_m2, 1), what)

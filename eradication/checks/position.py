"""Position: is the row inside the plot it speaks of, in the plot's commune, and in the province at all?"""

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.checks.facts import Eradication
from eradication.checks.result import Check, Result, cannot_tell, failed, ok

_POSITION = Check.POSITION


def check(row: Eradication) -> list[Result]:
    """Check where a row lies. Metres are of the plane of EPSG:32648, whose scale error is below 0.1 % here."""
    place = _place(row)
    if place is None:
        return [cannot_tell(_POSITION, "position_missing")]
    plot = geo.project(row.plot.geometry, geo.WGS84, geo.UTM48)
    distance = float(shapely.distance(plot, geo.project(place, geo.WGS84, geo.UTM48)))
    away = distance > row.error_m
    found = [_of_distance(distance, away=away)]
    if not row.ground.commune:
        return [*found, failed(_POSITION, "position_outside_province")]
    if row.ground.commune != row.plot.commune_code:
        what = f"{row.ground.commune} ≠ {row.plot.commune_code or '–'}"
        # Near a border, or with outlines that are approximate, two communes for one place are no contradiction.
        sure = away and not row.ground.approximate
        tell = failed if sure else cannot_tell
        found.append(tell(_POSITION, "position_other_commune" if sure else "position_commune_unsure", what=what))
    return found


def _place(row: Eradication) -> BaseGeometry | None:
    """Return the position that the row states, else the boundary walked round the plot."""
    if row.visit.lon is not None and row.visit.lat is not None:
        return shapely.Point(row.visit.lon, row.visit.lat)
    return row.walked.outline if row.walked is not None else None


def _of_distance(distance: float, *, away: bool) -> Result:
    if away:
        return failed(_POSITION, "position_away", round(distance))
    return ok(_POSITION, "position_near" if distance > 0 else "position_inside", round(distance, 1))

"""Which square kilometres a patrol walked through, day by day.

The grid is that of WGS 84 / UTM 48N (EPSG:32648) in whole kilometres: cell ``"386_2358"`` reaches from E 386 000,
N 2 358 000 one kilometre east and north. A cell counts if a kept fix lies in it or the straight line between two
consecutive kept fixes crosses it. Only ground near the zone (:func:`eradication.geo.is_near_utm48`) has cells:
further out UTM coordinates are stretched beyond use.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Fixes

CELL_M = 1000.0
_QUARTER_S = 900.0

type Floats = npt.NDArray[np.float64]


def visited(segments: Iterable[Fixes], zone: ZoneInfo) -> tuple[dict[str, list[str]], int]:
    """Return ISO day (in ``zone``) → sorted cells, and how many kept fixes lie outside the grid.

    Fixes without times belong to no day and count for nothing.
    """
    found: dict[str, set[str]] = defaultdict(set)
    outside = 0
    for segment in segments:
        timed = segment.kept & np.isfinite(segment.time_s)
        lon, lat, time_s = segment.lon[timed], segment.lat[timed], segment.time_s[timed]
        near = geo.is_near_utm48(lon, lat)
        outside += int((~near).sum())
        if near.all() and near.size:
            _walk(lon, lat, _days(time_s, zone), found)
    return {day: sorted(cells) for day, cells in sorted(found.items())}, outside


def _days(time_s: Floats, zone: ZoneInfo) -> list[date]:
    # No zone changes its day within a quarter of an hour, and a track has few of those.
    quarters, which = np.unique(np.floor(time_s / _QUARTER_S), return_inverse=True)
    days = [datetime.fromtimestamp(quarter * _QUARTER_S, zone).date() for quarter in quarters.tolist()]
    return [days[n] for n in which.tolist()]


def _walk(lon: Floats, lat: Floats, days: list[date], found: dict[str, set[str]]) -> None:
    east, north = geo.transformer(geo.WGS84, geo.UTM48).transform(lon, lat)
    place = np.column_stack([east, north]) / CELL_M
    cell = np.floor(place).astype(int)
    for (e, n), day in dict.fromkeys(zip(map(tuple, cell.tolist()), days, strict=True)):
        found[day.isoformat()].add(f"{e}_{n}")
    for k in np.flatnonzero(np.any(cell[1:] != cell[:-1], axis=1)).tolist():
        for e, n in crossed(place[k], place[k + 1]):
            found[days[k].isoformat()].add(f"{e}_{n}")


def crossed(begin: Floats, end: Floats) -> set[tuple[int, int]]:
    """Return the unit cells that the straight line between two points passes through."""
    cuts = [np.array([0.0, 1.0])]
    for a, b in zip(begin, end, strict=True):
        lines = np.arange(np.floor(min(a, b)) + 1.0, np.ceil(max(a, b)))
        if a != b:
            cuts.append((lines - a) / (b - a))
    at = np.unique(np.concatenate(cuts))
    middles = begin + np.outer((at[:-1] + at[1:]) / 2.0, end - begin)
    return {(int(e), int(n)) for e, n in np.floor(middles)}

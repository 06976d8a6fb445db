"""Plots as vector tiles: counts in squares where the map shows much, places one by one where it shows little.

Where the plots of a season lie is kept in memory as long as nothing was recorded since, so that a tile costs little.
Squares tell of no single place, so only whoever looks closer has looked at plots, and that is kept.

To a person who looks at the pages a place has the state that the list of candidates tells (:mod:`..review.queue`): what
another decided first stays hidden from whoever is to judge again, and simulated ground can be practised on. To other
programs, and to patrols, it has the one that is on record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from eradication.domain import Season
from eradication.domain.person import Role
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import features, looks, reach, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.reach import Reach
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.review import queue, second
from eradication.store import BBox, Row, Slice
from eradication.store.where import Compare

SINGLE_FROM = 12
"""From this zoom on places are shown one by one."""
OUTLINES_FROM = 15
SQUARES = 16
"""Squares along the side of a tile, where counts are shown; at zoom 11 one is about 1.1 km wide."""
_MARGIN = 0.02
"""What lies beside a tile by this share of its side is in it too: circles and lines reach over its edge."""
MOST_KEPT = 24
EXTENT = 4096
LAYER = "plots"

type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Where plots lie, and what their lists say of them."""

    x: npt.NDArray[np.float64]
    """Web Mercator, as a share of the world's side from the west."""
    y: npt.NDArray[np.float64]
    """The same from the north."""
    rows: list[Row]


MOST_SQUARES = 2000
"""Tiles of counts that are kept: a few kilobytes each, the same for all who see the same plots."""
_KEPT: dict[Key, Spots] = {}
_SQUARES: dict[Key, bytes] = {}
_SHOWN: dict[Key, Mapping[str, str]] = {}


def tile(place: Place, caller: Caller, season: Season, z: int, x: int, y: int) -> bytes:
    """Return a Mapbox vector tile; of what the caller may not see nothing is in it.

    Raises:
        UnusableInput: ``no_such_tile``.
    """
    if z < SINGLE_FROM:
        about = season.label, reach.of(caller), z, x, y
        return _kept(_SQUARES, place, about, lambda: _encoded(_counted(place, caller, season, z, x, y)), MOST_SQUARES)
    side = 2.0**-z
    west, north = x * side, y * side
    spots = _spots(place, caller, season)
    near = _near(spots, west, north, side)
    looks.note(place, caller, [spots.rows[n]["plot_id"] for n in near], How.MAP)
    layers = [
        {"name": LAYER, "features": _points(spots, near, west, north, side, _shown(place, caller, season, spots))}
    ]
    if z >= OUTLINES_FROM:
        layers.append({"name": "outlines", "features": _outlines(place, spots, season, west, north, side)})
    return _encoded(layers)


def _counted(place: Place, caller: Caller, season: Season, z: int, x: int, y: int) -> list[dict[str, Any]]:
    side = 2.0**-z
    spots = _spots(place, caller, season)
    near = _near(spots, x * side, y * side, side)
    return [{"name": LAYER, "features": _squares(spots, near, x * side, y * side, side)}]


def _encoded(layers: list[dict[str, Any]]) -> bytes:
    import mapbox_vector_tile

    made: bytes = mapbox_vector_tile.encode(layers, default_options={"extents": EXTENT, "y_coord_down": True})
    return made


def _near(spots: Spots, west: float, north: float, side: float) -> npt.NDArray[np.int64]:
    """Return the numbers of the spots in a tile and just beside it."""
    margin = side * _MARGIN
    across = (spots.x >= west - margin) & (spots.x < west + side + margin)
    return np.flatnonzero(across & (spots.y >= north - margin) & (spots.y < north + side + margin))


def _kept[T](kept: dict[Key, T], place: Place, about: Key, read: Callable[[], T], most: int = MOST_KEPT) -> T:
    """Return what was read since something was recorded last, or read it."""
    heads = tuple((head.origin, head.events) for head in place.workspace.store.origins())
    key: Key = (str(place.workspace.folder), heads, *about)
    if key not in kept:
        while len(kept) >= most:
            kept.pop(next(iter(kept)))
        kept[key] = read()
    return kept[key]


def _spots(place: Place, caller: Caller, season: Season) -> Spots:
    """Return where plots lie."""
    sees = reach.of(caller)
    return _kept(_KEPT, place, (season.label, sees), lambda: _read(place, sees, season))


def _shown(place: Place, caller: Caller, season: Season, spots: Spots) -> Mapping[str, str]:
    """Return plot → state, of those that a reviewer at the pages is shown in another state than the one on record."""
    if caller.device_id or Role.REVIEWER not in caller.person.roles or not reach.of(caller).every_plot:
        return {}

    def read() -> Mapping[str, str]:
        rows = queue.seen_as(place, spots.rows, second.desk(place, caller, season))
        pairs = zip(rows, spots.rows, strict=True)
        return {row["plot_id"]: row["state"] for row, kept in pairs if row["state"] != kept["state"]}

    return _kept(_SHOWN, place, (season.label, reach.of(caller), caller.person.person_id), read)


def _read(place: Place, sees: Reach, season: Season) -> Spots:
    rows = [
        {name: row[name] for name in ("plot_id", "code", "state", "class", "score", "lon", "lat")}
        for row in views.seen(place, sees, Wanted(season))
    ]
    lon = np.array([row["lon"] for row in rows], dtype=float)
    lat = np.radians(np.array([row["lat"] for row in rows], dtype=float))
    return Spots((lon + 180) / 360, (1 - np.arcsinh(np.tan(lat)) / np.pi) / 2, rows)


def _squares(spots: Spots, near: npt.NDArray[np.int64], west: float, north: float, side: float) -> list[dict[str, Any]]:
    """Return a count for each square that holds a plot, at its middle."""
    column = ((spots.x[near] - west) / side * SQUARES).astype(int)
    row = ((spots.y[near] - north) / side * SQUARES).astype(int)
    inside = (column >= 0) & (column < SQUARES) & (row >= 0) & (row < SQUARES)
    cells, counts = np.unique(column[inside] + SQUARES * row[inside], return_counts=True)
    step = EXTENT // SQUARES
    middles = _drawn(cells % SQUARES * step + step // 2, cells // SQUARES * step + step // 2)
    return [
        {"geometry": middle, "properties": {"count": count}}
        for middle, count in zip(middles, counts.tolist(), strict=True)
    ]


def _drawn(across: npt.NDArray[Any], down: npt.NDArray[Any]) -> list[shapely.Point]:
    """Return points, made all at once: one by one they take longer than the rest of a tile."""
    return list(np.asarray(shapely.points(across, down)))


def _points(
    spots: Spots, near: npt.NDArray[np.int64], west: float, north: float, side: float, shown: Mapping[str, str]
) -> list[dict[str, Any]]:
    across, down = (spots.x[near] - west) / side * EXTENT, (spots.y[near] - north) / side * EXTENT
    places = _drawn(np.rint(across), np.rint(down))
    return [
        {"geometry": at, "properties": _told(spots.rows[n], shown)} for at, n in zip(places, near.tolist(), strict=True)
    ]


def _told(row: Row, shown: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {name: row[name] for name in ("plot_id", "code", "state", "class") if row[name]}
    told["state"] = shown.get(row["plot_id"], row["state"])
    if row["score"] is not None:
        told["score"] = round(float(row["score"]), 3)
    return told


def _outlines(
    place: Place, spots: Spots, season: Season, west: float, north: float, side: float
) -> list[dict[str, Any]]:
    """Return the outlines that reach into a tile, of places beside it too, as far as the caller sees them."""
    visible = {row["plot_id"] for row in spots.rows}
    box = _degrees(west - side * _MARGIN, north - side * _MARGIN, side * (1 + 2 * _MARGIN))
    wanted = Slice(features.PLOTS, Compare("season", "=", season.label), box, limit=features.MOST)

    def drawn(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lat = np.radians(xy[:, 1])
        across = ((xy[:, 0] + 180) / 360 - west) / side * EXTENT
        down = ((1 - np.arcsinh(np.tan(lat)) / np.pi) / 2 - north) / side * EXTENT
        return np.column_stack([across, down])

    told = []
    for row in place.workspace.store.page(wanted).rows:
        if row["plot_id"] in visible and row["geometry"] is not None and not row["geometry"].is_empty:
            shape = shapely.transform(row["geometry"], drawn)
            told.append({"geometry": shape, "properties": {"plot_id": row["plot_id"]}})
    return told


def _degrees(west: float, north: float, side: float) -> BBox:
    """Return west, south, east, north in degrees of a square of the world's map, given as shares of its side."""

    def lat(share: float) -> float:
        return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share)))))

    return west * 360 - 180, lat(north + side), (west + side) * 360 - 180, lat(north)

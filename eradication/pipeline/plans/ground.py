"""The ground round the posts of a plan: heights, what people walk on, and where they do not go."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import boundaries, dem
from eradication.pipeline import projection, set_layers
from eradication.pipeline.plans.wish import Patrol, Wish
from eradication.pipeline.workspace import Workspace
from eradication.routing import hazards, walking
from eradication.routing.hazards import Hazard

FASTEST_KMH = 5.0
"""Nobody is faster over hours: half of the hours at this pace is as far as anybody goes."""
EMPTY = shapely.GeometryCollection()

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The ground round posts."""

    land: walking.Land
    posts: Floats
    """Metres east and north (EPSG:32648), shape (post, 2)."""
    inside: BaseGeometry
    """The communes of the province in the window, EPSG:32648."""
    keep_out: BaseGeometry
    """Areas of danger on the day and the border, EPSG:32648."""
    dangers: tuple[Hazard, ...]
    """Areas of danger in the window on the day."""
    layers: Mapping[str, BaseGeometry]
    """``forest, tracks, road, rivers, border`` in the window, EPSG:32648; what the settings do not name is absent."""
    forest: BaseGeometry | None
    """``None`` = nobody has said where forest is."""
    simulated: bool
    approximate: bool
    """The outlines of communes are stand-ins: how far the province reaches is not known exactly."""
    not_known: tuple[str, ...]
    """Layers of the settings that are not named: tracks, rivers, hazards …"""

    @property
    def fingerprint(self) -> str:
        """Name all that a way rests on: what is told otherwise makes another."""
        said = hashlib.sha256(self.land.heights_m.tobytes() + repr(tuple(self.land.transform)).encode())
        shapes = {"inside": self.inside, "keep_out": self.keep_out, **self.layers}
        for name in sorted(shapes):
            said.update(name.encode() + shapely.to_wkb(shapes[name]))
        said.update("\n".join([*map(": ".join, self.hazards), *self.not_known, str(self.approximate)]).encode())
        return said.hexdigest()[:16]

    @property
    def hazards(self) -> list[tuple[str, str]]:
        """Kind and name of the areas of danger, sorted by name."""
        return sorted({(one.kind.value, one.name) for one in self.dangers}, key=lambda one: one[::-1])

    def allows(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Tell which points (EPSG:32648), shape (point, 2), lie in the province and in no area of danger."""
        dots = shapely.points(points)
        shapely.prepare(self.inside)
        return np.asarray(shapely.intersects(self.inside, dots) & ~shapely.intersects(self.keep_out, dots))

    def in_danger(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Tell which points (EPSG:32648) lie in an area to keep out of."""
        return np.asarray(shapely.intersects(self.keep_out, shapely.points(points)))


def groups(patrols: Sequence[Patrol], hours: float) -> list[list[Patrol]]:
    """Return patrols in groups whose ground has something in common, each in the order given."""
    reach = 2 * reach_m(hours)
    places = np.array(geo.transform([one.post or (0.0, 0.0) for one in patrols], geo.WGS84, geo.UTM48))
    near = np.hypot(*np.moveaxis(places[:, None] - places[None], 2, 0)) <= reach
    left, found = set(range(len(patrols))), []
    while left:
        edge, group = {min(left)}, set[int]()
        while edge:
            group |= edge
            edge = {int(n) for one in edge for n in np.flatnonzero(near[one])} - group
        left -= group
        found.append([patrols[n] for n in sorted(group)])
    return found


def reach_m(hours: float) -> float:
    """Return how far from the post anybody gets within the hours, there and back."""
    return hours / 2 * FASTEST_KMH * 1000.0


def around(workspace: Workspace, wish: Wish, patrols: Sequence[Patrol]) -> Ground:
    """Return the ground round the posts of patrols whose ground has something in common.

    Raises:
        UnusableInput: ``no_dem``, ``dem_elsewhere``, ``post_outside``, ``post_on_hazard``, ``no_outlines``, or a file
            of the settings cannot be read.
    """
    settings = workspace.settings
    posts = np.array(geo.transform([one.post or (0.0, 0.0) for one in patrols], geo.WGS84, geo.UTM48))
    inside, approximate = _communes(workspace, wish)
    _check_inside(patrols, posts, inside)
    heights, place, simulated = _heights(workspace, posts, reach_m(wish.hours))
    west, north = place.c, place.f
    window = shapely.box(west, north - heights.shape[0] * place.a, west + heights.shape[1] * place.a, north)
    layers = {name: _layer(workspace, section, name) for section, name in _LAYERS}
    found = dangers_within(workspace, wish.date, wish.date) or []
    border = layers["border"]
    line = EMPTY if border is None else shapely.buffer(border, settings.plan.grid_m)
    near = [one for one in found if one.shape.intersects(window)]
    keep_out = shapely.union_all([*(one.shape for one in near), line & window])
    _check_safe(patrols, posts, keep_out)
    named = {name: shape & window for name, shape in layers.items() if shape is not None}
    covers = walking.Covers(
        forest=named.get("forest", EMPTY),
        tracks=named.get("tracks", EMPTY),
        roads=named.get("road", EMPTY),
        rivers=named.get("rivers", EMPTY),
        keep_out=(keep_out, window - inside),
    )
    land = walking.land(heights, place, covers, settings.plan)
    absent = [name for name, shape in layers.items() if shape is None] + ([] if settings.plan.hazards else ["hazards"])
    known = inside & window, keep_out, tuple(near), named, layers["forest"]
    return Ground(land, posts, *known, simulated, approximate, tuple(sorted(absent)))


_LAYERS = (
    ("effort", "forest"),
    ("plan", "tracks"),
    ("distances", "road"),
    ("plan", "rivers"),
    ("distances", "border"),
)


def _layer(workspace: Workspace, section: str, name: str) -> BaseGeometry | None:
    """Return what a file of the settings draws (EPSG:32648) as one shape, ``None`` where none is named."""
    found = set_layers.shapes(workspace.settings, workspace.folder, section, name)
    if found is None:
        return None
    shape: BaseGeometry = shapely.union_all([shapely.make_valid(geo.project(s, geo.WGS84, geo.UTM48)) for s in found])
    return shape


def _communes(workspace: Workspace, wish: Wish) -> tuple[BaseGeometry, bool]:
    """Return the ground of the province's communes on the day (EPSG:32648), and whether outlines are stand-ins."""
    known = [unit for unit in projection.units_on(workspace, wish.date) if unit.geometry is not None]
    if not known:
        raise UnusableInput(
            "no_outlines",
            N_("No outline of a commune is known: where a patrol may walk cannot be said."),
            hint=N_("Take the outlines in with: eradication boundaries import FILE --valid-from DATE"),
        )
    shapes = [geo.project(unit.geometry, geo.WGS84, geo.UTM48) for unit in known if unit.geometry is not None]
    whole: BaseGeometry = shapely.union_all(shapes)
    return whole, any(unit.approximate for unit in known)


def _check_inside(patrols: Sequence[Patrol], posts: Floats, inside: BaseGeometry) -> None:
    for one, (east, north) in zip(patrols, posts, strict=True):
        away = inside.distance(shapely.Point(east, north))
        if away > 0:
            raise UnusableInput(
                "post_outside",
                N_("The post of {unit} lies {km} km outside the communes of the province."),
                where="--post",
                hint=N_("Longitude first, in degrees (WGS 84): --post 104.75,20.82. VN-2000: eradication convert"),
                values={"unit": one.unit, "km": round(away / 1000, 1)},
            )


def _check_safe(patrols: Sequence[Patrol], posts: Floats, keep_out: BaseGeometry) -> None:
    for one, (east, north) in zip(patrols, posts, strict=True):
        if keep_out.intersects(shapely.Point(east, north)):
            raise UnusableInput(
                "post_on_hazard",
                N_("The post of {unit} lies in an area of danger or on the border line: no way leads out of it."),
                where="--post",
                hint=N_("Check the place, and the areas in the file that hazards under [plan] names for that day."),
                values={"unit": one.unit},
            )


def _heights(workspace: Workspace, posts: Floats, reach: float) -> tuple[npt.NDArray[np.float32], Affine, bool]:
    """Return heights of the window round posts, northern row first, where it lies, and whether they are simulated."""
    settings = workspace.settings
    model = set_layers.heights(settings, workspace.folder)
    if model is None:
        raise UnusableInput(
            "no_dem",
            N_("No height model is set: how long people walk there cannot be told."),
            where="[terrain] dem",
            hint=N_("Name one under [terrain] in eradication.toml, for example Copernicus GLO-30 tiles."),
        )
    size = settings.plan.grid_m
    west, south = np.floor((posts.min(axis=0) - reach) / size) * size
    east, north = np.ceil((posts.max(axis=0) + reach) / size) * size
    place = Affine(size, 0.0, float(west), 0.0, -size, float(north))
    shape = round((north - south) / size), round((east - west) / size)
    heights = dem.read(model, GeoBox(shape, place, f"EPSG:{geo.UTM48}"))
    rows, columns = ((north - posts[:, 1]) // size).astype(int), ((posts[:, 0] - west) // size).astype(int)
    if not np.isfinite(heights[rows, columns]).all():
        raise UnusableInput(
            "dem_elsewhere",
            N_("The height model does not reach the post."),
            where=f"[terrain] dem: {workspace.folder / settings.terrain.dem}",
            hint=N_("Add the tile that holds the post, or check the place: longitude first, WGS 84."),
        )
    return _cut(heights, place, model.simulated)


def _cut(
    heights: npt.NDArray[np.float32], place: Affine, simulated: bool
) -> tuple[npt.NDArray[np.float32], Affine, bool]:
    """Leave out rows and columns at the edges of which no height is known."""
    known = np.isfinite(heights)
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    cut = heights[top : rows[-1] + 1, left : columns[-1] + 1]
    west, north = place.c + left * place.a, place.f + top * place.e
    return cut, Affine(place.a, 0.0, west, 0.0, place.e, north), simulated


def dangers_within(workspace: Workspace, first: date, last: date) -> list[Hazard] | None:
    """Return the areas of danger (EPSG:32648) that hold on any day from ``first`` to ``last``; ``None`` = none are set.

    Raises:
        UnusableInput: the file cannot be read, or one of its areas is not understood: no plan is made before.
    """
    file = set_layers.path(workspace.settings, workspace.folder, "plan", "hazards")
    if file is None:
        return None
    where = f"[plan] hazards: {file}"
    try:
        columns, shapes = boundaries.layer(file, workspace.settings, [*_FIELDS])
        metres = [shapely.Point() if one is None else geo.project(one, geo.WGS84, geo.UTM48) for one in shapes]
        told = {_FIELDS.get(boundaries.folded(name), name): values for name, values in columns.items()}
        fields = [{name: values[n] for name, values in told.items()} for n in range(len(metres))]
        known = hazards.read(metres, fields, str(file))
    except (UnusableInput, RefusedInput) as error:
        hint = error.hint or N_("Correct {setting} under [{section}] in eradication.toml, or leave it empty.")
        values = {**error.values, "setting": "hazards", "section": "plan"}
        raise UnusableInput(error.kind, error.message, where=where, hint=hint, values=values) from None
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [one for one in known if any(one.holds_on(day) for day in days)]


_FIELDS = {boundaries.folded(name): name for name in ("kind", "valid_from", "valid_to", "buffer_m", "name")}
"""Names as files spell them, without case and signs → as they are read."""

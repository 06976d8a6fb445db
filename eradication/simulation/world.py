"""The truth in memory: land, plots and the season's acquisitions, all decided by the recipe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import shapely
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine
from scipy import sparse

from eradication import geo
from eradication.simulation import landscape, plots, terrain
from eradication.simulation.acquisitions import Acquisition
from eradication.simulation.acquisitions import draw as draw_acquisitions
from eradication.simulation.landscape import Fields, Units
from eradication.simulation.phenology import CROPS, Calendar, poppy_calendar
from eradication.simulation.plots import TruePlot
from eradication.simulation.recipe import Recipe
from eradication.simulation.reflectance import table
from eradication.simulation.terrain import PIXEL_M, Terrain

type Floats = npt.NDArray[np.float64]

WILTING_GREEN, WILTING_DAYS = 0.5, 7.0
"""Pulled-out plants cover half of their plot and are dry after a week: **assumed**."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One simulated season of one chip."""

    recipe: Recipe
    geobox: GeoBox
    """10 m grid, EPSG:32648."""
    terrain: Terrain
    fields: Fields
    plots: tuple[TruePlot, ...]
    calendars: tuple[Calendar, ...]
    units: Units
    """Fields first, then the parts of plots."""
    weights: sparse.csr_array
    """Share of each unit in each pixel, shape (pixel, unit), rows sum to 1."""
    texture: Floats
    """Brightness within fields, shape (y, x)."""
    acquisitions: tuple[Acquisition, ...]
    poppy_units: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Plot → numbers of the units that are its poppy; what grows between is none of it."""
    destroyed: Mapping[str, float] = field(default_factory=dict)
    """Plot → day on which its poppy was pulled out. Usually none: patrols go where images, made before, send them."""

    def outline(self, plot: TruePlot) -> shapely.Polygon:
        """Return a plot's polygon in EPSG:4326."""
        polygon: shapely.Polygon = geo.project(self.to_utm(plot.polygon), geo.UTM48, geo.WGS84)  # type: ignore[assignment]
        return polygon

    def to_utm(self, polygon: shapely.Polygon) -> shapely.Polygon:
        """Return chip metres (y south) as EPSG:32648."""
        west, north = self.corner
        return shapely.transform(polygon, lambda xy: np.column_stack([west + xy[:, 0], north - xy[:, 1]]))

    @property
    def corner(self) -> tuple[float, float]:
        """East and north (EPSG:32648) of the chip's upper left corner."""
        return self.geobox.affine.c, self.geobox.affine.f

    def to_chip(self, lon: float, lat: float) -> tuple[float, float]:
        """Return chip metres (x east, y south) of a WGS 84 point."""
        west, north = self.corner
        ((x, y),) = geo.transform([(lon, lat)], geo.WGS84, geo.UTM48)
        return x - west, north - y

    def to_lonlat(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of chip metres."""
        west, north = self.corner
        ((lon, lat),) = geo.transform([(west + x, north - y)], geo.UTM48, geo.WGS84)
        return lon, lat

    def day(self, when: date) -> int:
        """Return the day number from 1 September."""
        return (when - self.recipe.season.first_day).days

    def date(self, day: float) -> date:
        """Return the date of a day number."""
        return self.recipe.season.first_day + timedelta(days=round(day))

    def cover_at(self, x: float, y: float) -> str:
        """Return the land cover (crop name) at chip metres, poppy left aside."""
        side = self.fields.label.shape[0]
        step = PIXEL_M / landscape.SUB
        row, col = (int(np.clip(v / step, 0, side - 1)) for v in (y, x))
        return self.fields.crop[int(self.fields.label[row, col])]


def build(recipe: Recipe) -> World:
    """Return the world of a recipe; the same recipe always gives the same one."""
    rng = np.random.default_rng([recipe.seed, recipe.season.start_year, recipe.size_px])
    season = rng if recipe.weather is None else np.random.default_rng([recipe.weather, recipe.season.start_year, 91])
    late = {crop: float(season.normal(0.0, 7.0)) for crop in CROPS}
    hills = terrain.build(rng, recipe.size_px)
    fields = landscape.build(rng, hills, late)
    found = plots.draw(rng, recipe, fields.zone, float(season.normal(0.0, 8.0)))
    calendars, parts, part_of = _parts(rng, found)
    units = _join(fields.units, parts)
    weights = _weights(recipe.size_px, fields, found, part_of)
    texture = np.exp(0.05 * terrain.smooth_noise(rng, recipe.size_px, 1.2))
    base = len(fields.crop)
    return World(
        recipe,
        _geobox(recipe),
        hills,
        fields,
        found,
        calendars,
        units,
        weights,
        texture,
        draw_acquisitions(season, recipe, patterns=rng),
        {
            plot.id: tuple(base + number for number, _ in parts[: len(plot.sowings)])
            for plot, parts in zip(found, part_of, strict=True)
        },
    )


def destroyed(world: World, days: Mapping[str, float]) -> World:
    """Return the same world with the poppy of some plots pulled out, everything else byte for byte as it was.

    Args:
        world: the truth.
        days: plot id → day from 1 September.
    """
    return replace(world, destroyed=dict(days))


def _geobox(recipe: Recipe) -> GeoBox:
    ((x, y),) = geo.transform([(recipe.lon, recipe.lat)], geo.WGS84, geo.UTM48)
    half = recipe.size_px * PIXEL_M / 2
    west, north = round((x - half) / 20.0) * 20.0, round((y + half) / 20.0) * 20.0
    affine = Affine(PIXEL_M, 0.0, west, 0.0, -PIXEL_M, north)
    return GeoBox((recipe.size_px, recipe.size_px), affine, f"EPSG:{geo.UTM48}")


def _parts(
    rng: np.random.Generator, found: Sequence[TruePlot]
) -> tuple[tuple[Calendar, ...], Units, list[list[tuple[int, float]]]]:
    """Return all calendars, the units of plot parts, and per plot its (part number, share)."""
    calendars = [CROPS[crop][k] for crop, k in landscape.all_calendars()]
    index = {key: i for i, key in enumerate(landscape.all_calendars())}
    calendar: list[int] = []
    start: list[float] = []
    part_of: list[list[tuple[int, float]]] = []
    for plot in found:
        calendars.append(poppy_calendar(plots.BEFORE[plot.zone], plot.colour))
        parts = [(len(calendars) - 1, sowing, share) for sowing, share in zip(plot.sowings, plot.shares, strict=True)]
        rest = 1.0 - plot.poppy_share
        if plot.mix == "with_mustard":
            parts.append((index["mustard_greens", 2], plot.sowings[0] + float(rng.normal(0, 12)), rest))
        elif plot.mix == "with_maize":
            parts.append((index["maize", 0], float(rng.normal(0, 12)), rest))
        part_of.append([(len(calendar) + i, share) for i, (_, _, share) in enumerate(parts)])
        calendar += [c for c, _, _ in parts]
        start += [s for _, s, _ in parts]
    units = landscape.vary(rng, np.array(calendar, np.int64), np.array(start, float), 0.05)
    return tuple(calendars), units, part_of


def _join(a: Units, b: Units) -> Units:
    return Units(
        np.concatenate([a.calendar, b.calendar]),
        np.concatenate([a.start, b.start]),
        np.concatenate([a.pace, b.pace]),
        np.concatenate([a.vigour, b.vigour]),
        np.concatenate([a.gain, b.gain]),
    )


def _weights(
    size: int, fields: Fields, found: Sequence[TruePlot], part_of: list[list[tuple[int, float]]]
) -> sparse.csr_array:
    base = len(fields.crop)
    total = base + sum(len(p) for p in part_of)
    covered = np.zeros(size * size)
    rows, cols, data = [], [], []
    for plot, parts in zip(found, part_of, strict=True):
        pixel, share = plots.pixel_fractions(plot.polygon, size)
        np.add.at(covered, pixel, share)
        for number, part in parts:
            rows.append(pixel)
            cols.append(np.full(len(pixel), base + number))
            data.append(share * part)
    background = landscape.fractions(fields.label, total)
    background = sparse.diags_array(1.0 - np.minimum(covered, 1.0)) @ background
    if not rows:
        return sparse.csr_array(background)
    ours = (np.concatenate(data), (np.concatenate(rows), np.concatenate(cols)))
    return sparse.csr_array(background + sparse.csr_array(ours, shape=(size * size, total)))


def unit_spectra(world: World, day: float) -> Floats:
    """Return the reflectance of every unit on a day (from 1 September), shape (unit, band), flat ground, clear sky."""
    spectra = table()
    units = world.units
    result = np.empty((len(units.calendar), spectra.values.shape[1]))
    relative = (day - units.start) / units.pace
    for number in np.unique(units.calendar):
        mine = units.calendar == number
        frames = world.calendars[number].frames
        states = spectra.values[[spectra.row(name) for _, name in frames]]
        at = np.interp(relative[mine], [d for d, _ in frames], np.arange(len(frames)))
        low = np.minimum(at.astype(int), max(len(frames) - 2, 0))
        high = np.minimum(low + 1, len(frames) - 1)
        part = (at - low)[:, None]
        result[mine] = (1.0 - part) * states[low] + part * states[high]
    soil = spectra.spectrum("bare_moist")
    vigour = units.vigour[:, None]
    grown = vigour * result + (1.0 - vigour) * soil
    for plot, pulled in world.destroyed.items():
        if day > pulled:
            mine = list(world.poppy_units[plot])
            # What was pulled out wilts where it lies.
            green = WILTING_GREEN * max(0.0, 1.0 - (day - pulled) / WILTING_DAYS)
            grown[mine] = green * grown[mine] + (1.0 - green) * spectra.spectrum("bare_dry")
    return np.asarray(grown * units.gain, float)

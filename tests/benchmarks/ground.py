"""What stands still while seasons pass: heights of the simulated ground, and what earlier years saw of it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from eradication import features, simulation, terrain
from eradication.domain import Season
from eradication.features.permanence import permanence
from eradication.raster import FeatureStack
from eradication.simulation import acquisitions, landscape
from eradication.sun import Sun
from eradication.terrain import Relief

YEARS = 2
"""How many earlier seasons are simulated."""


def relief(world: simulation.World, *, coarse: bool = False) -> Relief:
    """Return the relief from the true heights, or from heights at 30 m with an error of 1 m, as a public model has."""
    heights = np.pad(world.terrain.elevation_m, 3, mode="reflect", reflect_type="odd")
    if coarse:
        random = np.random.default_rng([world.recipe.seed, 7])
        side = len(heights) // 3
        cells = heights.reshape(side, 3, side, 3).mean(axis=(1, 3)) + random.standard_normal((side, side))
        at = (np.arange(len(heights)) + 0.5) / 3 - 0.5
        heights = ndimage.map_coordinates(cells, np.meshgrid(at, at, indexing="ij"), order=1, mode="nearest")
    return terrain.relief(heights[2:-2, 2:-2].astype(np.float32), 10.0)


def suns(world: simulation.World) -> list[Sun]:
    """Return where the sun stood at each pass that is used."""
    return [Sun(a.sun_zenith, a.sun_azimuth) for a in world.acquisitions if not a.is_lying]


def with_terrain(stack: FeatureStack, world: simulation.World, relief: Relief) -> FeatureStack:
    """Add the features of the ground itself."""
    january = terrain.january_sun(world.recipe.season.start_year + 1, world.recipe.lon, world.recipe.lat)
    more = terrain.features(relief, january, suns(world))
    x = np.column_stack([stack.x, *(values.ravel()[stack.pixels] for values in more.values())])
    return replace(stack, names=(*stack.names, *more), x=x)


def before(world: simulation.World, years: int) -> simulation.World:
    """Return the same land in an earlier season of other weather: every plot of ``world`` is new, none was there then.

    The land's own crops stay in their fields and keep their dates; so of what earlier years tell only the bare ground
    of fields is true, and no field that was given up since.
    """
    recipe = replace(world.recipe, season=Season(world.recipe.season.start_year - years))
    weather = np.random.default_rng([recipe.seed, recipe.season.start_year, 57])
    return replace(
        world,
        recipe=recipe,
        weights=landscape.fractions(world.fields.label, len(world.units.start)),
        acquisitions=acquisitions.draw(weather, recipe),
    )


def informed(world: simulation.World, *stacks: FeatureStack) -> list[FeatureStack]:
    """Return stacks that know the heights of the ground, and in which of the earlier years it was never bare."""
    years = []
    for back in range(1, YEARS + 1):
        cube = simulation.cube(before(world, back))
        years.append(features.never_bare(features.look(cube), features.Dates.of(cube.times, cube.season.start_year)))
    return [with_terrain(_with_permanence(stack, years), world, relief(world)) for stack in stacks]


def _with_permanence(stack: FeatureStack, years: list[npt.NDArray[np.uint8]]) -> FeatureStack:
    x = stack.x.copy()
    x[:, stack.names.index("permanence")] = permanence(years, stack.pixels)
    return replace(stack, x=x)

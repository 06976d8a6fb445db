"""A simulated season over a real commune: land, poppy, satellite, patrols, visits and the truth behind them.

No poppy-labelled imagery exists in the open, so nothing here says how well real poppy would be found; it shows that
the path runs, and lets two methods be compared on the same made-up ground. Everything it makes says
*mô phỏng / simulated*, and the same recipe gives the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path

from eradication.progress import Tick, silent
from eradication.simulation import heights, stac, truth
from eradication.simulation.cubes import cube
from eradication.simulation.declared import write_parcels
from eradication.simulation.patrols import Track
from eradication.simulation.patrols import draw as draw_patrols
from eradication.simulation.patrols import write as write_patrols
from eradication.simulation.photos import write_photos
from eradication.simulation.plots import TruePlot
from eradication.simulation.recipe import LABEL, Recipe
from eradication.simulation.training import places_for_training, training_visits
from eradication.simulation.units import write_posts, write_units
from eradication.simulation.visits import COLUMNS, Shares, chance_finds, visits_for, write_table
from eradication.simulation.world import World, build, destroyed

__all__ = [
    "COLUMNS",
    "LABEL",
    "Recipe",
    "Shares",
    "Track",
    "TruePlot",
    "World",
    "WorldFiles",
    "build",
    "chance_finds",
    "cube",
    "destroyed",
    "draw_patrols",
    "places_for_training",
    "simulate",
    "training_visits",
    "visits_for",
    "write",
    "write_parcels",
    "write_patrols",
    "write_photos",
    "write_posts",
    "write_table",
    "write_units",
]


@dataclass(frozen=True, slots=True)
class WorldFiles:
    """Where everything was written."""

    catalog: Path
    """``imagery/catalog.json``, the root of a static STAC catalog."""
    truth: Path
    """``truth.geojson``: every plot with its area, class and calendar."""
    visits: Path
    """``visits.csv``: visits to plots and look-alikes, to train a model for another season."""
    patrols: tuple[Path, ...]
    """``patrols/*.gpx``."""
    dem: Path | None = None
    """``dem/dem.json``, the STAC item of ``dem/dem.tif``, if it was asked for."""


def simulate(recipe: Recipe, folder: Path, *, tick: Tick = silent) -> WorldFiles:
    """Simulate a season and write it under ``folder``; see :func:`write`."""
    return write(build(recipe), folder, tick=tick)


def write(world: World, folder: Path, *, dem: bool = False, tick: Tick = silent) -> WorldFiles:
    """Write imagery, truth, training visits and patrol tracks under ``folder``.

    Args:
        world: from :func:`build`.
        folder: created if absent.
        dem: write the heights of the ground too; the other files stay the same, byte for byte.
        tick: called after every image.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return WorldFiles(
        catalog=stac.write(world, folder / "imagery", tick=tick),
        truth=truth.write(world, folder / "truth.geojson"),
        visits=write_table(training_visits(world), folder / "visits.csv"),
        patrols=write_patrols(world, draw_patrols(world), folder / "patrols"),
        dem=heights.write(world, folder / "dem") if dem else None,
    )

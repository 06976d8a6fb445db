"""The visits of a whole season, to train a model that is then tried on another season."""

import numpy as np

from eradication.simulation.landscape import SUB, ZONES
from eradication.simulation.phenology import LOOK_ALIKES
from eradication.simulation.terrain import PIXEL_M
from eradication.simulation.visits import Row, visits_for
from eradication.simulation.world import World

REJECTED_PER_FIND = 6
RANDOM_SHARE = 0.2
MOST_VISITS_PER_KM2 = 40.0


def places_for_training(world: World, *, seed: int = 0, found_share: float = 0.85) -> list[dict[str, object]]:
    """Return the places that a season's patrols went to: most plots, many look-alikes, some at random.

    Args:
        world: the truth.
        seed: decides which.
        found_share: share of plots that any patrol came to.
    """
    rng = np.random.default_rng([world.recipe.seed, seed, 33])
    places: list[dict[str, object]] = []
    for plot in world.plots:
        if rng.random() < found_share:
            x, y = plot.polygon.centroid.coords[0]
            mode = str(rng.choice(["tip", "routine", "score"], p=[0.4, 0.3, 0.3]))
            places.append(_place(world, x, y, max(5.0, 0.3 * np.sqrt(plot.area_m2)), mode))
    aimed = max(10, REJECTED_PER_FIND * len(places))
    drawn = max(4, int(np.ceil(RANDOM_SHARE / (1.0 - RANDOM_SHARE) * (len(places) + aimed))))
    alike = np.array([crop in LOOK_ALIKES for crop in world.fields.crop])[world.fields.label]
    anywhere = (world.fields.zone != ZONES.index("forest")).repeat(SUB, 0).repeat(SUB, 1)
    for mask, count, mode in ((alike, aimed, "score"), (anywhere, drawn, "random")):
        rows, cols = np.nonzero(mask)
        for k in rng.integers(len(rows), size=count if len(rows) else 0):
            x, y = ((v[k] + 0.5) * PIXEL_M / SUB for v in (cols, rows))
            places.append(_place(world, x, y, 10.0, mode))
    return [places[k] for k in rng.permutation(len(places))]


def training_visits(world: World, *, seed: int = 0) -> list[Row]:
    """Return the visit table of a season: finds and rejected look-alikes, at least 15 % of places drawn at random."""
    return visits_for(world, places_for_training(world, seed=seed), seed=1000 + seed)


def _place(world: World, x: float, y: float, radius_m: float, mode: str) -> dict[str, object]:
    lon, lat = world.to_lonlat(float(x), float(y))
    return {"lon": lon, "lat": lat, "radius_m": float(radius_m), "selection_mode": mode}

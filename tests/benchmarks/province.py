"""A province-size simulated season, chip by chip: one season for all, ground and clouds of its own for each chip.

What a chip gives (its candidates and its truth) is kept in a file, so that an interrupted run goes on where it was.
"""

import hashlib
import itertools
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

import eradication
from eradication import classify, features, geo, plots, simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.domain.model import Samples, TrainedModel, join, places
from eradication.ingest import visits
from eradication.raster import PIXEL_M, FeatureStack
from eradication.validation import Searched, match

MOST_PER_CHIP = 1000
"""Longest list of one chip. Patrols visit 300 candidates in the whole province; the rest draws the curve further."""
SETTINGS = Settings()
SETTINGS = replace(SETTINGS, candidates=replace(SETTINGS.candidates, most=MOST_PER_CHIP))
CENTRE = (103.905, 21.327)
"""Longitude and latitude of the middle, Sơn La city."""
CHIPS_A_CHILD = 12
"""Child processes begin anew after so many chips each and give their memory back."""
type Floats = npt.NDArray[np.float64]
type Methods = dict[str, TrainedModel | None]
"""What searches, by name; ``None`` = the rules."""


@dataclass(frozen=True, slots=True)
class Province:
    """A mosaic of square chips of one season, with so many plots in all, each on a chip drawn at random."""

    weather: int
    """Seed of the season; chip k has ground of seed 1 000 · weather + k."""
    season: Season
    columns: int
    rows: int
    chip_px: int
    plots: int

    @property
    def size_px(self) -> tuple[int, int]:
        """Pixels from west to east and from north to south."""
        return self.columns * self.chip_px, self.rows * self.chip_px

    def recipes(self) -> list[simulation.Recipe]:
        """Return the chips row by row; they touch and do not overlap."""
        count = self.columns * self.rows
        drawn = np.random.default_rng([self.weather, 17]).multinomial(self.plots, np.full(count, 1.0 / count))
        side = self.chip_px * PIXEL_M
        ((x, y),) = geo.transform([CENTRE], geo.WGS84, geo.UTM48)
        # Corners on multiples of 20 m stay where they are when the simulator lays its grid.
        west, north = round((x - side * self.columns / 2) / 20) * 20, round((y + side * self.rows / 2) / 20) * 20
        at = [(column, row) for row in range(self.rows) for column in range(self.columns)]
        middle = [(west + (column + 0.5) * side, north - (row + 0.5) * side) for column, row in at]
        return [
            simulation.Recipe(
                1000 * self.weather + k,
                self.season,
                size_px=self.chip_px,
                lon=lon,
                lat=lat,
                plots=int(drawn[k]),
                weather=self.weather,
            )
            for k, (lon, lat) in enumerate(geo.transform(middle, geo.UTM48, geo.WGS84))
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """What was found on a chip and what there was, in metres of EPSG:32648."""

    listed: dict[str, Floats]
    """Candidates of each method, best first, shape (candidate, 3): east, north, score."""
    plots_xy: Floats
    area_m2: Floats
    km2: Floats
    """Area that was observed."""
    seconds: Floats
    memory_gb: Floats
    """Most memory the process ever held."""

    def keep(self, path: Path) -> None:
        """Write the file whole or not at all."""
        part = path.with_suffix(".part.npz")
        lists = {f"{LIST}{name}": rows for name, rows in self.listed.items()}
        np.savez(part, **lists, **{name: getattr(self, name) for name in FACTS})
        os.replace(part, path)


LIST = "listed: "
FACTS = ("plots_xy", "area_m2", "km2", "seconds", "memory_gb")


def kept(path: Path) -> Chip:
    """Read what :meth:`Chip.keep` wrote."""
    with np.load(path) as file:
        lists = {name.removeprefix(LIST): file[name] for name in file if name.startswith(LIST)}
        return Chip(lists, **{name: file[name] for name in FACTS})


def taught(recipes: Sequence[simulation.Recipe], folder: Path, counts: Sequence[int]) -> list[TrainedModel]:
    """Train on the visit tables of the first so many seasons, for each of ``counts``."""
    samples = [_samples(recipe, folder) for recipe in recipes]
    return [classify.train(join(samples[:count]), name=f"seasons_{count}") for count in counts]


def _samples(recipe: simulation.Recipe, folder: Path) -> Samples:
    """Return what one season's visits teach; their numbers begin anew in every season, so the seed tells them apart."""
    world = simulation.build(recipe)
    table = simulation.write_table(simulation.training_visits(world), folder / f"{recipe.seed}.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    cube = simulation.cube(world)
    stack = features.describe(cube, SETTINGS, wanted=np.ones(cube.clear.shape[1:], bool))
    samples = features.sample(stack, features.choose(stack.geobox, told, seed=recipe.seed))
    return replace(samples, group=np.char.add(f"{recipe.seed}/", samples.group))


def search(recipe: simulation.Recipe, methods: Methods) -> Chip:
    """Simulate a chip and search it; nothing but candidates and truth stays."""
    began = time.perf_counter()
    world = simulation.build(recipe)
    stack = features.describe(simulation.cube(world), SETTINGS)
    listed = {name: _outlined(stack, model) for name, model in methods.items()}
    west, north = world.corner
    middle = np.array([plot.polygon.centroid.coords[0] for plot in world.plots]).reshape(-1, 2)
    return Chip(
        listed=listed,
        plots_xy=np.column_stack([west + middle[:, 0], north - middle[:, 1]]),
        area_m2=np.array([plot.area_m2 for plot in world.plots]),
        km2=np.array(stack.observed.sum() * (PIXEL_M / 1000.0) ** 2),
        seconds=np.array(time.perf_counter() - began),
        memory_gb=np.array(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2),
    )


def _outlined(stack: FeatureStack, model: TrainedModel | None) -> Floats:
    found = plots.outline(classify.predict(stack, model), SETTINGS, run="bench")
    xy = np.array(geo.transform([(c.lon, c.lat) for c in found], geo.WGS84, geo.UTM48)).reshape(-1, 2)
    return np.column_stack([xy, [c.score for c in found]])


def code_hash() -> str:
    """Return a hash of the code that decides what a chip gives: results of other code are not taken up."""
    root = Path(eradication.__file__).parent
    parts = ("simulation", "features", "classify", "plots.py", "raster.py", "config")
    files = [
        f for part in parts for f in ([root / part] if part.endswith(".py") else sorted((root / part).glob("*.py")))
    ]
    return hashlib.sha256(b"".join(f.read_bytes() for f in [*files, Path(__file__)])).hexdigest()


def searched(province: Province, methods: Methods, folder: Path, processes: int) -> Iterator[tuple[int, Chip, bool]]:
    """Search all chips that ``folder`` does not hold yet.

    Args:
        province: what to search.
        methods: what to search with.
        folder: keeps a file a chip.
        processes: that work side by side.

    Yields:
        Number of the chip, what it gave, and whether it was there already.
    """
    code = code_hash()
    recipes = province.recipes()
    paths = [folder / f"{_key(recipe, methods, code)}.npz" for recipe in recipes]
    waiting = [k for k, path in enumerate(paths) if not path.exists()]
    for k in sorted(set(range(len(paths))) - set(waiting)):
        yield k, kept(paths[k]), True
    fresh = multiprocessing.get_context("spawn")
    # One pool for all that renews its children (max_tasks_per_child) was seen to hang under Python 3.13.
    for some in itertools.batched(waiting, CHIPS_A_CHILD * processes):
        with ProcessPoolExecutor(processes, fresh, _begin, (methods,)) as pool:
            tasks = {pool.submit(_work, recipes[k], paths[k]): k for k in some}
            for task in as_completed(tasks):
                task.result()
                yield tasks[task], kept(paths[tasks[task]]), False


_methods: Methods = {}


def _begin(methods: Methods) -> None:
    """Hold the models, once a process."""
    global _methods
    _methods = methods


def _work(recipe: simulation.Recipe, path: Path) -> None:
    search(recipe, _methods).keep(path)


def _key(recipe: simulation.Recipe, methods: Methods, code: str) -> str:
    by = [f"{name}={model.model_hash if model else ''}" for name, model in methods.items()]
    return hashlib.sha256(f"{recipe!r}|{by}|{code}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """All chips together: one list of candidates, matched with the truth of the whole province."""

    season: Searched
    score: Floats
    """Of the whole list, best first."""
    cut: int
    """Chips with more candidates than are kept: the list ends where the first of them ends."""


def together(chips: Sequence[Chip], method: str, visits: int) -> Listed:
    """Rank the candidates of all chips by score alone; equal scores in an order drawn at random, not by place."""
    lists = [chip.listed[method] for chip in chips]
    rows = np.concatenate(lists)
    xy, score = rows[:, :2], rows[:, 2]
    full = [listed[-1, 2] for listed in lists if len(listed) == MOST_PER_CHIP]
    # The rules give thousands of places their full score.
    order = np.lexsort((np.random.default_rng(0).random(len(score)), -score))
    # Below the end of a list that was cut there may be candidates nobody knows of.
    order = order[score[order] >= max(full, default=-np.inf)]
    area = np.concatenate([chip.area_m2 for chip in chips])
    hits = match(xy[order], np.concatenate([chip.plots_xy for chip in chips]), area)
    km2 = float(sum(chip.km2 for chip in chips))
    return Listed(Searched(tuple(map(str, range(len(area)))), area, hits, visits, km2), score[order], len(full))

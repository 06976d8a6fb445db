"""Simulated chips: a season of one square of land, kept as plain arrays from which any number of files is made."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eradication import simulation
from eradication.domain import Season
from eradication.raster import BANDS
from eradication.simulation import acquisitions, render
from eradication.simulation.acquisitions import Acquisition

SEASON = Season(2024)
FINE = tuple(b for b in BANDS if b in render.BANDS_10M)
COARSE = tuple(b for b in BANDS if b not in render.BANDS_10M)
PLOTS_PER_MPX = 4.0
"""About 500 in a province: more than the 10 to 50 that are thought to be there, few enough to be rare."""
ROUND_FINE, ROUND_COARSE = 16, 8
"""Counts are rounded to these, half the simulated noise and less. Unrounded, simulated land packs by 1.3 with deflate;
rounded it packs by about 1.9, as real scenes do, and costs as much to read."""
PLACES = ((104.8532, 20.7933), (103.90, 21.33), (104.35, 21.05), (103.45, 21.60), (104.60, 21.25), (103.70, 20.95))
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Chips:
    """Where the arrays lie."""

    folder: Path
    count: int
    size_px: int
    dates: int

    def load(self, number: int, date: int) -> dict[str, npt.NDArray[np.uint16] | npt.NDArray[np.uint8]]:
        """Return band → counts of one chip and date: 10 m bands (y, x), others and ``scl`` (y/2, x/2)."""
        at = self.folder / f"{number}"
        fine, coarse = (np.load(at / f"{part}.npy", mmap_mode="r") for part in ("fine", "coarse"))
        bands = {name: np.array(fine[date, k]) for k, name in enumerate(FINE)}
        bands |= {name: np.array(coarse[date, k]) for k, name in enumerate(COARSE)}
        return bands | {"scl": np.array(np.load(at / "scl.npy", mmap_mode="r")[date])}


@lru_cache(maxsize=4)
def passes(dates: int) -> tuple[Acquisition, ...]:
    """Return the season's passes, the same for every chip; none lies about its offset."""
    recipe = simulation.Recipe(900, SEASON, most_items=dates, lying_items=0)
    return acquisitions.draw(np.random.default_rng(900), recipe)


def make(folder: Path, count: int, size_px: int, dates: int) -> Chips:
    """Simulate what is not there yet."""
    chips = Chips(folder / f"chips-{size_px}px-{dates}dates", count, size_px, dates)
    absent = [number for number in range(count) if not (chips.folder / f"{number}").is_dir()]
    if len(absent) <= 1:
        for number in absent:
            _simulate(chips, number)
    else:
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
            list(pool.map(_simulate, [chips] * len(absent), absent))
    return chips


def _simulate(chips: Chips, number: int) -> None:
    lon, lat = PLACES[number % len(PLACES)]
    plots = max(1, round(PLOTS_PER_MPX * chips.size_px**2 / 1e6))
    recipe = simulation.Recipe(910 + number, SEASON, size_px=chips.size_px, lon=lon, lat=lat, plots=plots)
    world = simulation.build(recipe)
    half, unfinished = chips.size_px // 2, chips.folder / f"{number}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    shape = (chips.dates, len(FINE), chips.size_px, chips.size_px)
    fine = np.lib.format.open_memmap(unfinished / "fine.npy", "w+", np.uint16, shape)
    coarse = np.lib.format.open_memmap(
        unfinished / "coarse.npy", "w+", np.uint16, (chips.dates, len(COARSE), half, half)
    )
    scl = np.lib.format.open_memmap(unfinished / "scl.npy", "w+", np.uint8, (chips.dates, half, half))
    for date, acquisition in enumerate(passes(chips.dates)):
        shot = render.scene(world, replace(acquisition, seed=acquisition.seed ^ (number << 8)))
        fine[date] = _rounded([shot.bands[b] for b in FINE], ROUND_FINE)
        coarse[date] = _rounded([shot.bands[b] for b in COARSE], ROUND_COARSE)
        scl[date] = shot.scl
    for array in (fine, coarse, scl):
        array.flush()
    unfinished.rename(chips.folder / f"{number}")


def _rounded(bands: Sequence[npt.NDArray[np.uint16]], step: int) -> npt.NDArray[np.uint16]:
    counts = (np.stack(bands) + np.uint16(step // 2)) // step * step
    return np.maximum(counts, step).astype(np.uint16)  # 0 means nodata

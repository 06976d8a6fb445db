"""A small season of images on disk, written once; catalogs then list as many of its dates as a test wants."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from imagery_factory import S2_20M, Item, Place, write_links
from scenes import EVERGREEN, FALLOW, GREEN, MUSTARD, ORCHARD, PALE, POPPY, SOIL, Calendar

from eradication.features import NEEDED

LATE: Calendar = {"2025-05": GREEN, "2025-10": SOIL, "2026-01": GREEN, "2026-03": PALE, "2026-04": SOIL}
GROUND: tuple[tuple[Calendar, float], ...] = (
    (FALLOW, 0.40),
    (POPPY, 0.15),
    (LATE, 0.05),
    (MUSTARD, 0.10),
    (EVERGREEN, 0.2),
    (ORCHARD, 0.1),
)
"""What grows on the 20 m cells of the ground, and its share."""

DAYS = {"2025-06": 7, "2025-08": 5, "2025-09": 28, "2025-10": 16, "2025-11": 22, "2025-12": 9}
DAYS |= {"2026-01": 3, "2026-02": 14, "2026-03": 12, "2026-04": 25, "2026-05": 8}
MONTHLY = tuple(f"{month}-{day:02d}T03:40:00Z" for month, day in DAYS.items())
"""One date a month, on different days of it."""


@dataclass(frozen=True)
class Written:
    """A season's files."""

    folder: Path
    items: tuple[Item, ...]

    def catalog(self, numbers: Iterable[int] | None = None) -> Path:
        """A catalog of some of the dates; the files of the others stay where they are, unlisted."""
        chosen = sorted(range(len(self.items)) if numbers is None else numbers)
        links = [{"rel": "item", "href": f"./{self.items[n].id}/{self.items[n].id}.json"} for n in chosen]
        name = "-".join(map(str, chosen)) if numbers is not None else "all"
        return write_links(self.folder / f"catalog-{name}.json", links)

    def file(self, number: int, band: str) -> Path:
        """The file of one band of one date."""
        item = self.items[number]
        return self.folder / item.id / f"{item.id}_{band}.tif"


def place(rows: int, columns: int) -> Place:
    """Where a season of this size lies."""
    return Place(rows=rows, columns=columns)


def write(
    folder: Path, rows: int, columns: int, seed: int, *, when: Iterable[str] = MONTHLY, years: int = 0
) -> Written:
    """Write a season of even size; ``years`` moves its dates and its ground back by as many years."""
    where = place(rows, columns)
    random = np.random.default_rng(seed)
    shares = np.array([share for _, share in GROUND])
    kinds = np.random.default_rng(77).choice(len(GROUND), (rows // 2, columns // 2), p=shares)
    items = []
    for number, moment in enumerate(when):
        bands = bands_of(kinds.repeat(2, 0).repeat(2, 1), moment[:7], random)
        date = f"{int(moment[:4]) - years}{moment[4:]}"
        item = Item(f"d{years}-{number:02d}", date, bands, where)
        item.pixel_m = dict.fromkeys(S2_20M, 20.0)
        path = folder / item.id
        document = item.write(path)
        (path / f"{item.id}.json").write_text(json.dumps(document))
        items.append(item)
    return Written(folder, tuple(items))


def bands_of(kinds: npt.NDArray[np.int64], month: str, random: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Counts of one date: each pixel looks a little different, some are clouded, some clouds are missed."""
    covers = [calendar[max(m for m in calendar if m <= month)] for calendar, _ in GROUND]
    gain = random.normal(1, 0.06, kinds.shape)
    missed = random.random(kinds.shape) < 0.01
    bands: dict[str, npt.NDArray[Any]] = {}
    for name in NEEDED:
        values = np.array([cover[name] for cover in covers])[kinds] * gain * random.normal(1, 0.03, kinds.shape)
        counts = np.clip(np.rint((values + 0.4 * missed) * 10_000), 1, 65_535).astype(np.uint16)
        counts[random.random(kinds.shape) < 0.004] = 0
        bands[name] = counts[::2, ::2] if name in S2_20M else counts
    scl = np.full((kinds.shape[0] // 2, kinds.shape[1] // 2), 4, np.uint8)
    scl[random.random(scl.shape) < 0.06] = 9
    scl[random.random(scl.shape) < 0.05] = 7
    return bands | {"scl": scl}

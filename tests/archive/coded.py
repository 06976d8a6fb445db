"""Products whose every number names its item, its band and its place, and random archives of them.

Numbers stay below reflectance 0.62, and near infrared exceeds red by less than 0.15, so that the pixel test of the
offset, which looks at leaves, has nothing to judge.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from archive.files import ARCHIVES, PLANETARY_COMPUTER, Convention, Product, Tile
from archive.ground import pixel_m
from hypothesis import assume
from hypothesis import strategies as st
from imagery_factory import Item, Place

BANDS = ("red", "nir", "rededge1", "swir16")
"""Two of 10 m, two of 20 m."""
MOST_PIXELS = 256
"""Of one tile."""
MOST_TILES = 6
BORDER = {32648: (190_000, 2_358_800), 32647: (812_500, 2_358_840)}
"""Nearly one place, at 102.0° E, in both zones."""

type Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Coded(Product):
    """A product whose counts are codes; what is in the way of them is drawn."""

    number: int = 0
    overflight: int = 0
    gaps: tuple[tuple[int, int, int, int, str], ...] = ()
    """Row, column, rows, columns (in 20 m pixels) without data, and the band, or ``*`` for all."""
    classes: tuple[tuple[int, int, int, int, int], ...] = ()
    """Row, column, rows, columns (20 m) and the scene class there; elsewhere it is vegetation."""
    headless: bool = False
    """The files do not say that 0 is no data."""
    lost: tuple[str, ...] = ()
    """Bands whose files are missing although the item names them."""

    def codes(self, band: str) -> Codes:
        """Return what each pixel of a band must say, 0 where there are no data."""
        step = pixel_m(band)
        rows, columns = round(self.tile.place.rows * 10 / step), round(self.tile.place.columns * 10 / step)
        slot = (self.number * len(BANDS) + BANDS.index(band)) * MOST_PIXELS
        codes = 1 + slot + np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
        for top, left, height, width, which in self.gaps:
            if which in (band, "*"):
                codes[_window(top, left, height, width, step)] = 0
        return codes

    def counts(self, band: str) -> npt.NDArray[Any]:
        if band == "scl":
            return self.scene_classes()
        codes = self.codes(band)
        return np.where(codes == 0, 0, codes + round(self.stored_offset * 10_000)).astype(np.uint16)

    def scene_classes(self) -> npt.NDArray[np.uint8]:
        place = self.tile.place
        classes = np.full((place.rows // 2, place.columns // 2), 4, np.uint8)
        for top, left, height, width, value in self.classes:
            classes[top : top + height, left : left + width] = value
        return classes

    def item(self) -> Item:
        return dataclasses.replace(super().item(), cog=False, block=16, nodata=None if self.headless else 0)

    @property
    def usable(self) -> bool:
        """Without scene classes that it promised, or without any band, an item is not used."""
        return "scl" not in self.lost and bool(set(self.bands) - {"scl", *self.lost})

    @property
    def order(self) -> tuple[Any, ...]:
        """Place of the item in its overflight: newest processing first, then by time and name."""
        return (tuple(-int(part) for part in self.baseline.split(".")), self.time, self.id)


def _window(top: int, left: int, height: int, width: int, step: float) -> tuple[slice, slice]:
    factor = round(20 / step)
    return slice(top * factor, (top + height) * factor), slice(left * factor, (left + width) * factor)


def name_of(code: int) -> str:
    """Say in words what a code stands for."""
    if code == 0:
        return "nothing"
    slot, position = divmod(code - 1, MOST_PIXELS)
    return f"pixel {position} of {BANDS[slot % len(BANDS)]} of item {slot // len(BANDS)}"


@st.composite
def places(draw: st.DrawFn) -> Place:
    rows = 2 * draw(st.integers(1, 20))
    columns = 2 * draw(st.integers(1, max(1, min(20, MOST_PIXELS // rows // 2))))
    epsg = draw(st.sampled_from([32648, 32648, 32648, 32647]))
    east, north = BORDER[epsg]
    apart = st.integers(-4, 4) | st.integers(-15, 15)
    right, down = draw(apart), draw(apart)
    return Place(east + 20 * right, north - 20 * down, rows, columns, epsg)


def _rectangles(place: Place, last: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rows, columns = place.rows // 2, place.columns // 2
    corner = st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1))
    size = st.tuples(st.integers(1, rows), st.integers(1, columns))
    return st.tuples(corner, size, last).map(lambda drawn: (*drawn[0], *drawn[1], drawn[2]))


@st.composite
def offsets(draw: st.DrawFn, archive: Convention) -> dict[str, Any]:
    """Draw a way to store the offset and to speak of it truly; silence is true where the baseline says it all."""
    kind = draw(st.sampled_from(["old", "raw", "shifted"] if archive is not PLANETARY_COMPUTER else ["old", "raw"]))
    if kind == "old":
        return {
            "baseline": draw(st.sampled_from(["02.14", "03.01"])),
            "says": draw(st.sampled_from(["truth", "nothing"])),
        }
    if kind == "shifted":
        return {"baseline": draw(st.sampled_from(["04.00", "05.11"])), "shifted": True, "says": "truth"}
    says = draw(st.sampled_from(["truth", "nothing"]))
    return {"baseline": draw(st.sampled_from(["04.00", "05.09", "05.11"])), "says": says}


@st.composite
def tiles(draw: st.DrawFn, number: int, overflight: int) -> Coded:
    place = draw(places())
    archive = ARCHIVES[draw(st.sampled_from(sorted(ARCHIVES)))]
    bands = draw(st.lists(st.sampled_from(BANDS), min_size=1, max_size=len(BANDS), unique=True))
    held = tuple(band for band in (*BANDS, "scl") if band in bands) + (("scl",) if draw(st.integers(0, 3)) else ())
    lost = draw(st.lists(st.sampled_from(held), max_size=2, unique=True)) if draw(st.integers(0, 2)) == 0 else ()
    # Two satellites a minute apart, told apart by odd seconds, and one of them half a year later.
    start = datetime.fromisoformat(("2025-11-05T03:40:00Z", "2025-11-05T03:41:01Z", "2026-04-05T03:40:00Z")[overflight])
    time = start + timedelta(seconds=2 * draw(st.integers(0, 250)))
    return Coded(
        when=f"{time:%Y-%m-%dT%H:%M:%SZ}",
        tile=Tile(f"{place.epsg - 32600}QU{'ABCDEF'[number]}", place),
        archive=archive,
        platform=("sentinel-2a", "sentinel-2b", "sentinel-2a")[overflight],
        bands=held,
        number=number,
        overflight=overflight,
        gaps=tuple(draw(st.lists(_rectangles(place, st.sampled_from(("*", *BANDS))), max_size=2))),
        classes=tuple(draw(st.lists(_rectangles(place, st.sampled_from(range(12))), max_size=3))),
        headless=draw(st.booleans()),
        lost=tuple(lost),
        **draw(offsets(archive)),
    )


@dataclass(frozen=True)
class Task:
    """An archive and what is asked of it."""

    products: tuple[Coded, ...]
    dilate_px: int
    area: tuple[tuple[float, float], ...] | None
    """Corners in EPSG:32648: a rectangle or a triangle."""
    cut: int | None = None
    """Pixels a side of the windows in which it is read, even; ``None`` = at once."""


@st.composite
def areas(draw: st.DrawFn, near: Place) -> tuple[tuple[float, float], ...]:
    """Draw a rectangle, or half of it, of which ``near`` probably has a part; its sides lie inside pixels."""
    (east, north), (other_east, other_north) = BORDER[32648], BORDER[near.epsg]
    into, reach, edge = st.integers(-20, max(near.rows, near.columns) - 1), st.integers(1, 50), st.integers(3, 7)
    left = east + near.east - other_east + 10 * draw(into) + draw(edge)
    top = north + near.north - other_north - 10 * draw(into) + draw(edge)
    right, bottom = left + 10 * draw(reach), top - 10 * draw(reach)
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if left_out := draw(st.integers(0, 4)):
        corners.pop(left_out - 1)
    return tuple(corners)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    days = st.sampled_from(draw(st.sampled_from([(0,), (1,), (0, 1), (0, 2), (0, 1, 2)])))
    flights = sorted(draw(st.lists(days, min_size=1, max_size=MOST_TILES)))
    products = tuple(draw(tiles(number, overflight)) for number, overflight in enumerate(flights))
    assume(any(product.usable for product in products))
    area = draw(areas(draw(st.sampled_from(products)).tile.place)) if draw(st.integers(0, 2)) == 0 else None
    return Task(products, draw(st.integers(0, 2)), area, draw(st.sampled_from([None, 14, 32])))

"""What must come out of an archive of :mod:`archive.coded`, pixel by pixel.

It is worked out from the meaning of the numbers alone: pyproj says where the centre of a pixel lies in each tile;
nothing of the package's own reading is used.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from archive.coded import BANDS, BORDER, Coded, Codes, Task, name_of
from archive.ground import pixel_m
from imagery_factory import Place
from pyproj import Transformer

MASKED, CLOUDS = (0, 1, 3, 8, 9, 10, 11), (3, 8, 9, 10)
"""Scene classes that are not used, and those whose mask is widened."""
EDGE_M = 0.2
"""A pixel whose centre lies nearer than this to the edge of a pixel of the other zone is not judged: a reader that
interpolates the transformation of coordinates may rightly take the neighbour."""

type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Corner, shape and CRS of the answer."""

    west: float
    north: float
    rows: int
    columns: int
    epsg: int

    @lru_cache(maxsize=32)  # noqa: B019 - few grids, and the same again and again
    def centres(self, margin: int, epsg: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return east and north of pixel centres in ``epsg``, ``margin`` pixels around included."""
        x = self.west + 10 * (np.arange(-margin, self.columns + margin) + 0.5)
        y = self.north - 10 * (np.arange(-margin, self.rows + margin) + 0.5)
        east, north = np.meshgrid(x, y)
        return (east, north) if epsg == self.epsg else transformer(self.epsg, epsg).transform(east, north)


@lru_cache
def transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _look_up(values: npt.NDArray[Any], place: Place, step: float, east: Any, north: Any) -> npt.NDArray[Any]:
    """Return the value under each position, 0 outside."""
    row = np.floor((place.north - north) / step).astype(np.int64)
    column = np.floor((east - place.east) / step).astype(np.int64)
    inside = (row >= 0) & (row < values.shape[0]) & (column >= 0) & (column < values.shape[1])
    return np.where(inside, values[np.where(inside, row, 0), np.where(inside, column, 0)], 0)


def _widened(mask: Mask, by: int) -> Mask:
    """Return which pixels have a true one within ``by`` rows and columns; the answer is smaller by as much."""
    rows, columns = mask.shape[0] - 2 * by, mask.shape[1] - 2 * by
    out = np.zeros((rows, columns), bool)
    for down in range(2 * by + 1):
        for right in range(2 * by + 1):
            out |= mask[down : down + rows, right : right + columns]
    return out


def _partly(codes: Codes) -> Mask:
    """Return the pixels of those 20 m squares that are seen in part."""
    seen = codes.reshape(codes.shape[0] // 2, 2, codes.shape[1] // 2, 2) > 0
    partly: Mask = (seen.any(axis=(1, 3)) & ~seen.all(axis=(1, 3))).repeat(2, axis=0).repeat(2, axis=1)
    return partly


def _seen(product: Coded, band: str, grid: Grid, dilate_px: int, nudge: tuple[float, float]) -> Codes:
    """Return the codes of one band of one item on the grid, 0 where hidden or absent."""
    place = product.tile.place

    def under(values: npt.NDArray[Any], step: float, margin: int) -> npt.NDArray[Any]:
        east, north = grid.centres(margin, place.epsg)
        return _look_up(values, place, step, east + nudge[0], north + nudge[1])

    codes: Codes = under(product.codes(band), pixel_m(band), 0)
    if "scl" in product.bands:
        classes = under(product.scene_classes(), 20.0, dilate_px)
        trimmed = classes[dilate_px : classes.shape[0] - dilate_px, dilate_px : classes.shape[1] - dilate_px]
        codes = np.where(np.isin(trimmed, MASKED) | _widened(np.isin(classes, CLOUDS), dilate_px), 0, codes)
    return codes


def expected(products: list[Coded], band: str, grid: Grid, dilate_px: int) -> tuple[Codes, Mask]:
    """Return the codes of one overflight, 0 where nothing is known, and which pixels can be judged."""
    fused, certain = np.zeros((grid.rows, grid.columns), np.int64), np.ones((grid.rows, grid.columns), bool)
    holders = [p for p in products if p.usable and band in p.bands and band not in p.lost]
    for product in sorted(holders, key=lambda p: p.order):
        codes = _seen(product, band, grid, dilate_px, (0, 0))
        if product.tile.place.epsg != grid.epsg:
            for nudge in itertools.product((-EDGE_M, EDGE_M), repeat=2):
                certain &= _seen(product, band, grid, dilate_px, nudge) == codes
        if pixel_m(band) == 20.0 and len(products) > 1:
            # A reader may keep 20 m bands at 20 m: where a mask widened by 10 m cuts such a pixel, either item may win,
            # and what another item calls clear, though without this band, may show the rest of it.
            certain &= ~_partly(codes)
        fused = np.where(fused == 0, codes, fused)
    return fused, certain


# Its 20 m squares are those of the lattice.
WORLD = Grid(BORDER[32648][0] - 400, BORDER[32648][1] + 400, 120, 120, 32648)
"""Holds every tile that :func:`archive.coded.tasks` draws."""


@dataclass(frozen=True)
class Answer:
    """What a reader made of an archive."""

    times: list[datetime]
    grid: Grid
    bands: dict[str, npt.NDArray[np.float64]]
    """Reflectance of shape (time, y, x), NaN where unknown."""


type Truth = dict[tuple[int, str], tuple[Codes, Mask]]
"""Overflight and band → the codes on :data:`WORLD`, 0 where nothing is known, and which pixels can be judged."""


def truth(task: Task) -> Truth:
    """Return what must come out."""
    reach = None if task.area is None else _reach(shapely.Polygon(task.area))
    return {(flight, band): _truth(task, flight, band, reach) for flight in range(3) for band in BANDS}


def _truth(task: Task, overflight: int, band: str, reach: tuple[Mask, Mask, Mask] | None) -> tuple[Codes, Mask]:
    group = [product for product in task.products if product.overflight == overflight]
    codes, certain = expected(group, band, WORLD, task.dilate_px)
    if reach is not None:
        touched, sure, inner = reach
        codes = np.where(touched, codes, 0)
        certain &= sure
        if any(product.tile.place.epsg != WORLD.epsg for product in group):
            # A tile may end between the area and the centre of a pixel at its edge.
            certain &= ~touched | inner
    return codes, certain


def _reach(area: shapely.Polygon) -> tuple[Mask, Mask, Mask]:
    """Return which pixels of the world an area touches, for which that is beyond doubt, and which lie well inside."""
    less, more = (shapely.intersects(area, pixels) for pixels in _pixels())
    return more, less == more, shapely.intersects(area.buffer(-15), _pixels()[1])


@lru_cache
def _pixels() -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return the pixels of the world, a little too small and a little too large."""
    x, y = WORLD.centres(0, WORLD.epsg)
    smaller, larger = (shapely.box(x - r, y - r, x + r, y + r) for r in (5 - EDGE_M, 5 + EDGE_M))
    return smaller, larger


def faults(answer: Answer, task: Task, true: Truth) -> Iterator[str]:
    """Compare every pixel of every band of every overflight; say what is wrong."""
    grid, times = answer.grid, answer.times
    if (grid.epsg, grid.west % 10, grid.north % 10) != (WORLD.epsg, 0, 0):
        yield f"not on the lattice: {grid}"
        return
    if sorted(set(times)) != times:
        yield f"times out of order or twice: {times}"
    for overflight in range(3):
        made = {product.time for product in task.products if product.overflight == overflight}
        looks = [number for number, time in enumerate(times) if time in made]
        if len(looks) > 1:
            yield f"overflight {overflight} counts as {len(looks)}"
        for band in BANDS:
            codes, certain = true[overflight, band]
            found = np.full((WORLD.rows, WORLD.columns), np.nan)
            if looks and band in answer.bands and not _pasted(found, answer.bands[band][looks[0]], grid):
                yield f"overflight {overflight}, {band}: values outside of every tile"
            yield from _differences(found, codes, certain, f"overflight {overflight}, {band}")
    if strange := set(times) - {product.time for product in task.products}:
        yield f"overflights that nobody made: {strange}"


def _pasted(world: npt.NDArray[np.float64], values: npt.NDArray[np.float64], grid: Grid) -> bool:
    """Lay an answer where it belongs in the world; is all that it knows inside?"""
    top, left = round((WORLD.north - grid.north) / 10), round((grid.west - WORLD.west) / 10)
    rows, columns = np.nonzero(np.isfinite(values))
    y, x = rows + top, columns + left
    inside = (y >= 0) & (y < WORLD.rows) & (x >= 0) & (x < WORLD.columns)
    world[y[inside], x[inside]] = values[rows[inside], columns[inside]]
    return bool(inside.all())


def _differences(found: npt.NDArray[np.float64], codes: Codes, certain: Mask, where: str) -> Iterator[str]:
    decoded = np.nan_to_num(np.rint(found * 10_000)).astype(np.int64)
    off = np.isfinite(found) & (np.abs(found * 10_000 - decoded) > 0.05)
    if off.any():
        yield f"{where}: {int(off.sum())} values are not codes, for example {found[off][0]!r}"
    # What is known and says "nothing" is wrong too.
    wrong = certain & ((decoded != codes) | (np.isfinite(found) & (codes == 0)))
    for row, column in np.argwhere(wrong)[:3]:
        must, holds = name_of(int(codes[row, column])), name_of(int(decoded[row, column]))
        yield f"{where}, row {row}, column {column} must hold {must} and holds {holds} ({int(wrong.sum())} such pixels)"

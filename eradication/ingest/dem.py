"""Heights of the ground on a window of the imagery's grid, from a GeoTIFF or from STAC items of one.

Height models come in tiles, in degrees, at 30 m (Copernicus GLO-30). Tiles that share one lattice of pixels are first
joined on it and then interpolated, so that no step appears where they meet. Every pixel is computed from its place
alone: windows cut anywhere join without a seam.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pystac
from affine import Affine
from odc.geo.geobox import GeoBox

from eradication import geo
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import geotiff, nearest, stac
from eradication.ingest.geotiff import Raster
from eradication.raster import SceneFailure

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Other heights are fill values that the header forgot to name."""

KEYS = ("elevation", "dem", "data", "height", "dsm", "dtm")
"""Names of assets that hold heights; the Copernicus collections say ``data``."""

NODE_M = 160.0
"""Between points this far apart the change of CRS is interpolated: it bends by less than 1 mm."""

STRIP_PX = 2**24
"""Pixels of a finer model held at a time."""

TOGETHER_PX = 256
"""Points in one square of so many pixels a side are read at once."""

type Float32 = npt.NDArray[np.float32]
type Floats = npt.NDArray[np.float64]
type Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dem:
    """A height model: its tiles, and what of it could not be used."""

    tiles: tuple[Raster, ...]
    simulated: bool
    failed: tuple[SceneFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class _Lattice:
    """One grid of pixels that tiles share."""

    epsg: int
    step: tuple[float, float]
    """Width and height of a pixel in units of the CRS, after averaging; the height is negative as a rule."""
    origin: tuple[float, float]
    """A corner of pixel 0, 0."""
    finer: int
    """Pixels of the files on one of the lattice, along an axis: finer models are averaged."""


def find(source: str, *, max_bytes: int) -> Dem:
    """Open a height model.

    Args:
        source: path of a GeoTIFF, or of a STAC item, item collection, collection or catalog on disk.
        max_bytes: largest JSON file read.

    Raises:
        UnusableInput: ``no_dem`` if no file of it can be used; what :func:`eradication.ingest.stac.read` raises.
    """
    path = Path(source)
    if path.suffix.lower() not in (".json", ".geojson") and not path.is_dir():
        try:
            return Dem((geotiff.inspect(path),), simulated=False)
        except RefusedInput as error:
            raise _no_dem(source, error.kind) from None
    found, failed = stac.read(source, max_bytes=max_bytes)
    tiles = []
    for one in found:
        try:
            tiles.append(_tile(one))
        except RefusedInput as error:
            failed.append(SceneFailure(one.item.id, "*", error.kind, str(error)))
        except stac.RemotePath as error:
            failed.append(SceneFailure(one.item.id, "*", "remote_asset", str(error)))
    if not tiles:
        raise _no_dem(source, ", ".join(sorted({f.reason for f in failed})) or "no_items")
    said = (v for one in found for k, v in one.item.properties.items() if k.rpartition(":")[2] == "simulated")
    return Dem(tuple(tiles), any(said), tuple(failed))


def _no_dem(source: str, reasons: str) -> UnusableInput:
    return UnusableInput(
        "no_dem",
        N_("No height model can be read: {reasons}."),
        where=source,
        hint=N_("Give a GeoTIFF of heights in metres, or a STAC item or collection of such files on this computer."),
        values={"reasons": reasons},
    )


def _tile(found: stac.Found) -> Raster:
    ranked = sorted((_rank(key, asset), order, key) for order, (key, asset) in enumerate(found.item.assets.items()))
    if not ranked or ranked[0][0] > len(KEYS):
        raise RefusedInput("missing_asset", N_("The item names no heights."), where=found.item.id)
    asset = found.item.assets[ranked[0][2]]
    return geotiff.inspect(stac.local_path(asset.href, found.folder))


def _rank(key: str, asset: pystac.Asset) -> int:
    """Return 0 for the asset with the role of heights, then the known names, then any other data; last the rest."""
    roles = set(asset.roles or ())
    if "elevation" in roles:
        return 0
    if key.lower() in KEYS:
        return 1 + KEYS.index(key.lower())
    return len(KEYS) + (0 if "data" in roles else 1)


def read(dem: Dem, grid: GeoBox) -> Float32:
    """Return heights in metres at the pixel centres of a north-up grid, shape ``grid.shape``, NaN where unknown.

    Heights are interpolated linearly between the four nearest pixels of the model; where one of them is unknown, or the
    place lies outside the outermost pixel centres, so is the height. Models much finer than the grid are averaged
    first. For :func:`eradication.terrain.relief` ask for a grid one pixel wider on each side.
    """
    out = np.full(grid.shape, np.nan, np.float32)
    for lattice, tiles in _lattices(dem.tiles, abs(float(grid.affine.a))):
        open_still = np.isnan(out)
        if not open_still.any():
            break
        out = np.where(open_still, _interpolated(lattice, tiles, grid), out)
    return out


def at(dem: Dem, points: npt.ArrayLike, cell_m: float = 10.0) -> Float32:
    """Return heights in metres at points, shape (point,), NaN where unknown; interpolated as :func:`read` does.

    Args:
        dem: the height model; only the parts that hold points are read.
        points: longitude and latitude (WGS 84), shape (point, 2).
        cell_m: models much finer than this are averaged first.
    """
    lonlat = np.asarray(points, np.float64).reshape(-1, 2)
    out = np.full(len(lonlat), np.nan, np.float32)
    for lattice, tiles in _lattices(dem.tiles, cell_m):
        u, v = geo.transformer(geo.WGS84, lattice.epsg).transform(lonlat[:, 0], lonlat[:, 1])
        column, row = ((p - o) / s - 0.5 for p, o, s in zip((u, v), lattice.origin, lattice.step, strict=True))
        inside = _extent(lattice, tiles)
        for part in _near_together(column, row, np.isnan(out)):
            left, right = _span(column[part], inside[0], inside[2])
            top, bottom = _span(row[part], inside[1], inside[3])
            if left < right and top < bottom:
                heights = _heights(lattice, tiles, (left, top, right, bottom))
                out[part] = _bilinear(heights, column[part] - left, row[part] - top)
    return out


def _near_together(column: Floats, row: Floats, wanted: npt.NDArray[np.bool_]) -> list[Index]:
    """Group the positions of points so that no group spans more than a few hundred pixels."""
    with np.errstate(invalid="ignore"):
        known = np.flatnonzero(wanted & np.isfinite(column) & np.isfinite(row))
    squares = np.column_stack([column[known] // TOGETHER_PX, row[known] // TOGETHER_PX])
    _, which = np.unique(squares, axis=0, return_inverse=True)
    return [known[which.ravel() == number] for number in range(which.max(initial=-1) + 1)]


def _lattices(tiles: Sequence[Raster], cell_m: float) -> Iterator[tuple[_Lattice, list[Raster]]]:
    """Group the tiles whose pixels continue one another."""
    left = list(tiles)
    while left:
        first = left[0]
        mine = [tile for tile in left if _continues(first, tile)]
        left = [tile for tile in left if tile not in mine]
        a, _, c, _, e, f = first.transform
        finer = max(1, round(cell_m / _metres(first)))
        yield _Lattice(first.epsg, (a * finer, e * finer), (c, f), finer), mine


def _metres(raster: Raster) -> float:
    degree_m = 111_320.0 if geo.is_geographic(raster.epsg) else 1.0
    return abs(raster.transform[4]) * degree_m


def _continues(first: Raster, other: Raster) -> bool:
    (a, _, c, _, e, f), (oa, _, oc, _, oe, of) = first.transform, other.transform
    if other.epsg != first.epsg or not (math.isclose(a, oa, rel_tol=1e-6) and math.isclose(e, oe, rel_tol=1e-6)):
        return False
    return all(abs(step - round(step)) < 0.01 for step in ((oc - c) / a, (of - f) / e))


def _interpolated(lattice: _Lattice, tiles: list[Raster], grid: GeoBox) -> Float32:
    column, row = _positions(lattice, grid)
    inside = _extent(lattice, tiles)
    left, right = _span(column, inside[0], inside[2])
    top, bottom = _span(row, inside[1], inside[3])
    if left >= right or top >= bottom:
        return np.full(grid.shape, np.nan, np.float32)
    return _bilinear(_heights(lattice, tiles, (left, top, right, bottom)), column - left, row - top)


def _positions(lattice: _Lattice, grid: GeoBox) -> tuple[Floats, Floats]:
    """Return column and row on the lattice of every pixel centre of the grid; whole numbers are pixel centres."""
    a, _, c, _, e, f = tuple(grid.affine)[:6]
    x, y = c + a * (np.arange(grid.shape[1]) + 0.5), f + e * (np.arange(grid.shape[0]) + 0.5)
    nodes_x, at_x, part_x = _nodes(x)
    nodes_y, at_y, part_y = _nodes(y)
    u, v = np.meshgrid(nodes_x, nodes_y)
    if geotiff.epsg_of(grid) != lattice.epsg:
        u, v = geo.transformer(geotiff.epsg_of(grid), lattice.epsg).transform(u, v)
    moved = []
    for values, start, step in zip((u, v), lattice.origin, lattice.step, strict=True):
        across = values[:, at_x] * (1 - part_x) + values[:, at_x + 1] * part_x
        place = across[at_y] * (1 - part_y)[:, None] + across[at_y + 1] * part_y[:, None]
        # Rounded: a grid that coincides with the model must take its pixels as they are.
        moved.append(np.round((place - start) / step - 0.5, 6))
    return moved[0], moved[1]


def _nodes(values: Floats) -> tuple[Floats, Index, Floats]:
    """Return fixed points round ``values`` and, for each value, the point before it and its part of the way on."""
    whole = np.floor(values / NODE_M).astype(np.int64)
    first = int(whole.min())
    nodes = np.arange(first, int(whole.max()) + 2, dtype=np.float64) * NODE_M
    return nodes, whole - first, values / NODE_M - whole


def _extent(lattice: _Lattice, tiles: list[Raster]) -> tuple[int, int, int, int]:
    """Return first column and row, end column and row of all tiles on the lattice."""
    edges = []
    for tile in tiles:
        _, _, c, _, _, f = tile.transform
        left, top = (c - lattice.origin[0]) / lattice.step[0], (f - lattice.origin[1]) / lattice.step[1]
        edges.append((left, top, left + tile.shape[1] / lattice.finer, top + tile.shape[0] / lattice.finer))
    low, high = np.min(edges, axis=0), np.max(edges, axis=0)
    return math.floor(low[0]), math.floor(low[1]), math.ceil(high[2]), math.ceil(high[3])


def _span(position: Floats, first: int, end: int) -> tuple[int, int]:
    finite = position[np.isfinite(position)]
    if not finite.size:
        return 0, 0
    return max(first, math.floor(finite.min())), min(end, math.floor(finite.max()) + 2)


def _heights(lattice: _Lattice, tiles: list[Raster], window: tuple[int, int, int, int]) -> Float32:
    """Return the lattice's pixels of a window (left, top, right, bottom), NaN where no tile knows them."""
    left, top, right, bottom = window
    rows = max(1, STRIP_PX // ((right - left) * lattice.finer**2))
    strips = [
        _strip(lattice, tiles, (left, start, right, min(start + rows, bottom))) for start in range(top, bottom, rows)
    ]
    return np.concatenate(strips)


def _strip(lattice: _Lattice, tiles: list[Raster], window: tuple[int, int, int, int]) -> Float32:
    left, top, right, bottom = window
    finer = lattice.finer
    (dx, dy), (x0, y0) = lattice.step, lattice.origin
    corner = Affine(dx / finer, 0, x0 + dx * left, 0, dy / finer, y0 + dy * top)
    native = GeoBox(((bottom - top) * finer, (right - left) * finer), corner, f"EPSG:{lattice.epsg}")
    out = np.full(native.shape, np.nan, np.float32)
    for tile in tiles:
        raw, known, _ = nearest.sample(tile, native)
        values = raw.astype(np.float32)
        with np.errstate(invalid="ignore"):
            inside = (values != 0) if known is None else known
            taken = inside & np.isnan(out) & (values > LOWEST_M) & (values < HIGHEST_M)
        out[taken] = values[taken]
    if finer == 1:
        return out
    cells = out.reshape(bottom - top, finer, right - left, finer)
    return cells.mean(axis=(1, 3), dtype=np.float32)


def _bilinear(values: Float32, column: Floats, row: Floats) -> Float32:
    with np.errstate(invalid="ignore"):
        x, y = np.floor(column), np.floor(row)
    right, down = (column - x).astype(np.float32), (row - y).astype(np.float32)

    def at(j: Floats, i: Floats) -> Float32:
        good = (j >= 0) & (j < values.shape[1]) & (i >= 0) & (i < values.shape[0])
        taken = values[np.where(good, i, 0).astype(np.int64), np.where(good, j, 0).astype(np.int64)]
        return np.where(good, taken, np.float32(np.nan))

    upper = _between(at(x, y), at(x + 1, y), right)
    lower = _between(at(x, y + 1), at(x + 1, y + 1), right)
    return _between(upper, lower, down)


def _between(one: Float32, other: Float32, part: Float32) -> Float32:
    # What has no weight may be unknown.
    return np.where(part == 0, one, one + part * (other - one)).astype(np.float32)

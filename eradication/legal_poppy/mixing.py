"""Legal poppy degraded to plots of the size that is looked for: virtual plots, mixed into the land around them.

A declared field measures hectares, an illicit plot a few hundred square metres: a model trained on the middle of
fields would learn pure poppy, which is hardly ever seen. A *virtual plot* is an outline of the wanted area on land that
bears no poppy. In each of its pixels, of which it covers the share f, the reflectance of every band and date becomes

    f · (a pure pixel of a declared poppy parcel, same date) + (1 - f) · (what is there),

the linear mixture of areal fractions (Keshava and Mustard 2002, doi:10.1109/79.974727). Bands of 20 m are mixed with
the share of their own, larger pixels. A date counts where both are clear. Not modelled: blur between pixels, the
shadow and moisture of a small clearing, plants grown poorly or between others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain.model import LabelledPlace
from eradication.errors import N_, UnusableInput
from eradication.legal_poppy import outlines
from eradication.legal_poppy.parcels import CELL_M, MARGIN_M, Declared, Parcel
from eradication.raster import PIXEL_M, UNKNOWN, Bytes, Cube, Index, Packed

PIXEL_M2 = PIXEL_M**2
APART_PX = 6
"""Plots keep this away from each other, from declared poppy and from the border: more than neighbourhoods reach."""
_TRIES = 50
_CELL = round(CELL_M / PIXEL_M)

type Floats = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class VirtualPlot:
    """One plot that was mixed in."""

    outline: BaseGeometry
    """WGS 84."""
    pixels: Index
    """Flat indices of the pixels it touches."""
    share: Floats
    """Share of each that it covers."""
    lender: str
    """Key of the parcel whose poppy it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Imagery with virtual plots, and what there is to learn from it."""

    cube: Cube
    """Declared poppy that does not teach is hidden (never clear), so that it is not drawn as background."""
    plots: tuple[VirtualPlot, ...]
    places: tuple[LabelledPlace, ...]
    """Virtual plots, patches of look-alike parcels of the same sizes, then the lenders' fields if wanted. All that
    comes from one parcel has one key: what a model learned from a parcel is never judged by the same parcel."""
    lenders: int
    """Parcels with at least one pure piece of 20 m on this grid."""
    unplaced: int
    """Plots for which there was no room."""


def areas(count: int, seed: int, least_m2: float = 100.0, most_m2: float = 3000.0) -> Floats:
    """Return areas in m² drawn evenly over their logarithm: as many plots from 100 to 550 m² as above."""
    drawn: Floats = np.exp(np.random.default_rng([seed, 7]).uniform(np.log(least_m2), np.log(most_m2), count))
    return drawn


def plant(
    cube: Cube, parcels: Declared, areas_m2: Sequence[float] | Floats, *, seed: int = 0, fields: bool = False
) -> Planted:
    """Mix one virtual plot of each area into a cube, and choose one patch of a look-alike parcel of each area.

    Args:
        cube: imagery of the parcels' own place and year; it is not changed.
        parcels: declared poppy, look-alikes, and what to keep away from.
        areas_m2: of the plots.
        seed: decides places, outlines and lenders; the same seed gives the same cube.
        fields: the lenders' own fields teach too; else they are hidden like other declared poppy.

    Raises:
        UnusableInput: ``no_legal_poppy`` if no parcel has a pure pixel in the imagery, ``no_room`` if no plot fits.
    """
    rng = np.random.default_rng(seed)
    shape = cube.clear.shape[1:]
    cells = _lenders(cube, parcels)
    taught = [parcel for parcel in parcels.poppy if fields and parcel.key in cells]
    placed = _placed(rng, ~_near(_covered(cube, parcels.avoid)), np.asarray(areas_m2) / PIXEL_M2)
    if not placed:
        raise UnusableInput(
            "no_room",
            N_("There is no room for a virtual plot beside the declared poppy."),
            hint=N_("Give images of a larger area."),
        )
    clear, bands = cube.clear.copy(), {name: values.copy() for name, values in cube.bands.items()}
    plots = []
    for outline in placed:
        pixels, share = outlines.shares(outline, shape)
        lender = str(rng.choice(list(cells)))
        _mix(cube, (pixels, share), _lent(rng, pixels, cells[lender], shape), clear, bands)
        plots.append(VirtualPlot(outlines.off_grid(outline, cube.geobox), pixels, share, lender))
    shown = {parcel.geometry.wkb for parcel in taught}
    clear[:, _covered(cube, [outline for outline in parcels.avoid if outline.wkb not in shown])] = 0
    facts = {**cube.facts, "virtual_plots": len(plots)}
    return Planted(
        cube=replace(cube, clear=clear, bands=bands, facts=facts),
        plots=tuple(plots),
        places=(
            *(_positive(plot.lender, plot.outline) for plot in plots),
            *_patches(rng, cube, parcels.look_alikes, np.asarray(areas_m2)),
            *(_positive(parcel.key, parcel.geometry) for parcel in taught),
        ),
        lenders=len(cells),
        unplaced=len(areas_m2) - len(placed),
    )


def _lenders(cube: Cube, parcels: Declared) -> dict[str, Index]:
    """Return key → pure pieces of every parcel that has any."""
    cells = {parcel.key: found for parcel in parcels.poppy if len(found := pure_cells(parcel, cube))}
    if not cells:
        raise UnusableInput(
            "no_legal_poppy",
            N_("None of the {count} parcels of declared poppy has a pure pixel in these images."),
            hint=N_("Fetch images of the place and year of the parcels; parcels below half a hectare have few."),
            values={"count": len(parcels.poppy)},
        )
    return cells


def _covered(cube: Cube, geometries: Sequence[BaseGeometry]) -> Mask:
    """Return which pixels any of the WGS 84 geometries touches."""
    return outlines.covered([outlines.on_grid(g, cube.geobox) for g in geometries], cube.clear.shape[1:])


def pure_cells(parcel: Parcel, cube: Cube) -> Index:
    """Return row and column of the 20 m pixels wholly inside a parcel less its margin, shape (cell, 2)."""
    inner = outlines.on_grid(parcel.geometry, cube.geobox).buffer(-MARGIN_M / PIXEL_M)
    rows, columns = (size // _CELL for size in cube.clear.shape[1:])
    if inner.is_empty:
        return np.empty((0, 2), np.int64)
    left, top, right, bottom = np.array(inner.bounds) / _CELL
    across = np.arange(max(int(np.floor(left)), 0), min(int(np.ceil(right)), columns))
    down = np.arange(max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), rows))
    y, x = (grid.ravel() for grid in np.meshgrid(down, across, indexing="ij"))
    shapely.prepare(inner)
    inside = shapely.covers(inner, shapely.box(x * _CELL, y * _CELL, (x + 1) * _CELL, (y + 1) * _CELL))
    return np.column_stack([y, x])[inside].astype(np.int64)


def _near(mask: Mask) -> Mask:
    """Return what lies within :data:`APART_PX` of a mask or of the border."""
    wide = np.pad(mask, 1, constant_values=True)
    near: Mask = ndimage.distance_transform_cdt(~wide, "chessboard")[1:-1, 1:-1] <= APART_PX
    return near


def _placed(rng: np.random.Generator, free: Mask, areas_px: Floats) -> list[BaseGeometry]:
    """Return outlines (in pixels) at random places and offsets, apart from each other; the large ones choose first."""
    free = free.copy()
    found: list[BaseGeometry] = []
    for area in sorted(areas_px, reverse=True):
        rows, columns = np.nonzero(free)
        for _ in range(_TRIES if len(rows) else 0):
            k = rng.integers(len(rows))
            outline = affinity.translate(outlines.draw(rng, area), *(np.array([columns[k], rows[k]]) + rng.random(2)))
            touched, _ = outlines.shares(outline, free.shape)
            if free.ravel()[touched].all():
                found.append(outline)
                y, x = np.divmod(touched, free.shape[1])
                # Nothing is free near the border, so these windows never begin outside.
                free[y.min() - APART_PX : y.max() + APART_PX + 1, x.min() - APART_PX : x.max() + APART_PX + 1] = False
                break
    return found


def _lent(rng: np.random.Generator, pixels: Index, cells: Index, shape: tuple[int, ...]) -> Index:
    """Return the flat index of the pixel that each pixel borrows from.

    Each 20 m pixel of the plot borrows one of the parcel, so that 10 m and 20 m bands speak of the same plants and a
    plot varies as a field does.
    """
    row, column = pixels // shape[1], pixels % shape[1]
    _, cell = np.unique(row // _CELL * shape[1] + column // _CELL, return_inverse=True)
    chosen = cells[rng.integers(len(cells), size=int(cell.max()) + 1)][cell]
    lent: Index = (chosen[:, 0] * _CELL + row % _CELL) * shape[1] + chosen[:, 1] * _CELL + column % _CELL
    return lent


def _mix(cube: Cube, plot: tuple[Index, Floats], lent: Index, clear: Bytes, bands: dict[str, Packed]) -> None:
    """Set the pixels of a plot in ``clear`` and ``bands``, both copies of the cube's."""
    (pixels, share), (height, width) = plot, cube.clear.shape[1:]
    (y, x), (from_y, from_x) = np.divmod(pixels, width), np.divmod(lent, width)
    # A 20 m pixel that a cloud touches is spoilt for all four; so the whole cell must be clear where it is lent.
    corner_y, corner_x = from_y // _CELL * _CELL, from_x // _CELL * _CELL
    four = [cube.clear[:, corner_y + i, corner_x + j] for i in range(_CELL) for j in range(_CELL)]
    usable = np.min(four, axis=0) > 0
    own, borrowed = cube.clear[:, y, x], cube.clear[:, from_y, from_x]
    clear[:, y, x] = np.where(usable & (own > 0), np.maximum(own, borrowed), 0)
    cell, first, of = np.unique(y // _CELL * width + x // _CELL, return_index=True, return_inverse=True)
    coarse = np.bincount(of, share) / _CELL**2
    for name, values in cube.bands.items():
        if values.shape[1:] == (height, width):
            bands[name][:, y, x] = _mixed(values[:, y, x], values[:, from_y, from_x], share, usable)
        else:
            there = (cell // width, cell % width)
            lender = (from_y[first] // _CELL, from_x[first] // _CELL)
            there_values, lent_values = (values[:, rows, columns] for rows, columns in (there, lender))
            bands[name][:, *there] = _mixed(there_values, lent_values, coarse, usable[:, first])


def _mixed(own: Packed, poppy: Packed, share: Floats, usable: Mask) -> Packed:
    """Return the mixture; packed numbers are linear in reflectance, so they are mixed as they are."""
    known = usable & (own != UNKNOWN) & (poppy != UNKNOWN)
    mixture = np.rint(share * poppy + (1.0 - share) * own)
    packed: Packed = np.where(known, mixture, UNKNOWN).astype(np.uint16)
    return packed


def _positive(lender: str, outline: BaseGeometry) -> LabelledPlace:
    lon, lat = geo.centre(outline)
    return LabelledPlace(f"legal-poppy/{lender}", True, lon, lat, geo.area_m2(outline), outline)


def _patches(rng: np.random.Generator, cube: Cube, parcels: Sequence[Parcel], areas_m2: Floats) -> list[LabelledPlace]:
    """Return patches of look-alike parcels inside the imagery, every group as often as any other."""
    frame = shapely.box(0, 0, cube.clear.shape[2], cube.clear.shape[1])
    groups: dict[str, list[tuple[Parcel, BaseGeometry]]] = {}
    for parcel in parcels:
        outline = outlines.on_grid(parcel.geometry, cube.geobox)
        if parcel.group is not None and frame.contains(outline):
            groups.setdefault(parcel.group.name, []).append((parcel, outline))
    names = sorted(groups)
    found = []
    for number, area in enumerate(areas_m2 if names else ()):
        members = groups[names[number % len(names)]]
        parcel, outline = members[rng.integers(len(members))]
        patch = _patch(rng, outline, area / PIXEL_M2)
        if patch is not None and parcel.group is not None:
            shape = outlines.off_grid(patch, cube.geobox)
            alike = parcel.group.look_alike.value
            lon, lat = geo.centre(shape)
            found.append(LabelledPlace(f"declared/{parcel.key}", False, lon, lat, geo.area_m2(shape), shape, alike))
    return found


def _patch(rng: np.random.Generator, outline: BaseGeometry, area_px: float) -> BaseGeometry | None:
    """Return an outline of about ``area_px`` inside a parcel; what a small parcel cuts off is lost."""
    left, top, right, bottom = outline.bounds
    for _ in range(_TRIES):
        x, y = rng.uniform(left, right), rng.uniform(top, bottom)
        if outline.contains(shapely.Point(x, y)):
            cut = affinity.translate(outlines.draw(rng, area_px), x, y).intersection(outline)
            parts = [part for part in shapely.get_parts(cut) if part.geom_type == "Polygon"]
            return max(parts, key=lambda part: part.area, default=None)
    return None

"""What lies under a season: whether its scenes lie on one another, its relief, and how the sun lit the slopes.

Judged once, on some windows of the grid, before blocks are read; blocks then only apply it. So every block is treated
alike, and the same image is treated the same in every run it is part of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from eradication import coregistration, geo, terrain
from eradication.config import Settings, Terrain
from eradication.coregistration import Shift
from eradication.domain import Json
from eradication.features import distance_m
from eradication.features.blocks import key_of
from eradication.ingest import dem, geotiff, imagery
from eradication.ingest.dem import Dem
from eradication.ingest.imagery import Archive
from eradication.pipeline import set_layers
from eradication.raster import PIXEL_M, Cube, Float32, Index, Window
from eradication.sun import Sun
from eradication.terrain import Correction, Relief

WINDOW_PX = 256
WINDOWS = 2
"""Large grids are judged by WINDOWS² windows of WINDOW_PX pixels a side."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What was found, for all blocks; it can be sent to another process."""

    settings: Terrain
    heights: Dem | None = None
    suns: tuple[Sun, ...] = ()
    """Of each pass."""
    corrections: tuple[tuple[Correction, ...], ...] = ()
    """Of each pass; empty where none is wanted."""
    near: dict[str, tuple[BaseGeometry, ...]] = field(default_factory=dict)
    """What distances are taken to, by feature, in the grid's CRS."""

    def key(self, number: int) -> object:
        """Return what changes the pixels of a pass."""
        applied = [(c.band, c.c) for c in (self.corrections[number] if self.corrections else ()) if c.applied]
        return (applied, self.settings.min_cos_i, self.heights) if applied else None

    def features_key(self) -> str:
        """Name what :meth:`features` depends on."""
        near = [(name, [shape.wkb for shape in shapes]) for name, shapes in sorted(self.near.items())]
        return key_of([near, (self.heights, self.suns) if self.heights else None])

    def told(self) -> dict[str, Json]:
        """Return what was done about the light on slopes: passes by the reason of their red band."""
        reasons = [next((c.reason for c in found if c.band == "red"), "no_red") for found in self.corrections]
        return {reason: reasons.count(reason) for reason in sorted(set(reasons))}

    def relief(self, archive: Archive, window: Window) -> Relief | None:
        """Return the relief of a window, ``None`` without a height model."""
        if self.heights is None:
            return None
        halo = terrain.HALO_PX
        wide = Window(window.top - halo, window.left - halo, window.rows + 2 * halo, window.columns + 2 * halo)
        return terrain.relief(dem.read(self.heights, wide.of(archive.grid)), PIXEL_M)

    def correct(self, cube: Cube, passes: Sequence[int], relief: Relief | None) -> None:
        """Take the light of slopes out of a window in place, and mask what got too little of it.

        Args:
            cube: of some passes.
            passes: their numbers in the season.
            relief: of the window.
        """
        for place, number in enumerate(passes):
            found = self.corrections[number] if self.corrections else ()
            if relief is None or not any(c.applied for c in found):
                continue
            sun, least = self.suns[number], self.settings.min_cos_i
            bands = {name: values[place] for name, values in cube.bands.items()}
            terrain.correct_scene(bands, relief, found, sun, min_cos_i=least)
            cube.clear[place][terrain.shaded(terrain.cos_incidence(relief, sun), least)] = 0

    def features(self, archive: Archive, window: Window, pixels: Index) -> dict[str, Float32]:
        """Return terrain and distances of chosen pixels of a window, each of shape (pixel,), as far as known."""
        part = window.of(archive.grid)
        x = np.asarray(part.affine.c + part.affine.a * (pixels % window.columns + 0.5), np.float64)
        y = np.asarray(part.affine.f + part.affine.e * (pixels // window.columns + 0.5), np.float64)
        return self._terrain(archive, window, pixels) | {n: distance_m(p, x, y) for n, p in self.near.items()}

    def _terrain(self, archive: Archive, window: Window, pixels: Index) -> dict[str, Float32]:
        relief = self.relief(archive, window)
        if relief is None:
            return {}
        west, south, east, north = archive.grid.boundingbox
        middle = ((west + east) / 2, (south + north) / 2)
        ((lon, lat),) = geo.transform([middle], geotiff.epsg_of(archive.grid), geo.WGS84)
        january = terrain.january_sun(archive.season.start_year + 1, lon, lat)
        return {n: v.ravel()[pixels] for n, v in terrain.features(relief, january, self.suns).items()}


def aligned(archive: Archive) -> Archive:
    """Compare every pass with the season's median, and move those that lie elsewhere by whole pixels.

    Returns:
        The archive with moved scenes; its ``facts["shifts"]`` say what was measured of each pass.
    """
    offsets: list[list[coregistration.Offset]] = [[] for _ in archive.groups]
    if len(archive.groups) >= coregistration.LEAST_LOOKS and "red" in archive.steps:
        for window in _windows(archive):
            looks = imagery.read(archive, window, ["red"]).reflectance("red")
            middle = coregistration.reference(looks)
            for number, look in enumerate(looks):
                if np.isfinite(look).any():
                    offsets[number] += coregistration.offsets(middle, look)
    shifts = tuple(
        coregistration.judge(group[0].id, found) for group, found in zip(archive.groups, offsets, strict=True)
    )
    moves = [tuple(round(move / PIXEL_M) * PIXEL_M for move in shift.move_m(PIXEL_M)) for shift in shifts]
    groups = tuple(
        group if move == (0, 0) else tuple(scene.moved(*move) for scene in group)
        for group, move in zip(archive.groups, moves, strict=True)
    )
    told = [_told(shift, (float(east), float(north))) for shift, (east, north) in zip(shifts, moves, strict=True)]
    return replace(archive, groups=groups, facts=archive.facts | {"shifts": told})


def _told(shift: Shift, moved: tuple[float, float]) -> dict[str, Json]:
    known = shift.windows > 0
    return {
        "id": shift.scene,
        "dx_px": round(shift.dx_px, 2) if known else None,
        "dy_px": round(shift.dy_px, 2) if known else None,
        "spread_px": round(shift.spread_px, 2) if known and np.isfinite(shift.spread_px) else None,
        "windows": shift.windows,
        "stable": shift.stable,
        "moved_m": list(moved),
    }


def of_season(
    archive: Archive, settings: Settings, past_plots: Sequence[BaseGeometry] = (), folder: Path = Path()
) -> Ground:
    """Open the height model, fit the light of each pass and read what distances are taken to, as the settings want it.

    Args:
        archive: the season.
        settings: sections ``terrain``, ``distances`` and ``limits`` are used.
        past_plots: WGS 84; used if the settings want them.
        folder: of the workspace, from which relative paths of heights, roads, villages and border lead.

    Raises:
        UnusableInput: ``no_dem``, ``no_such_file``; a file of roads, villages or border cannot be read.
    """
    wanted, near = settings.terrain, _near(archive, settings, past_plots, folder)
    heights = set_layers.heights(settings, folder)
    if heights is None:
        return Ground(wanted, near=near)
    ground = Ground(wanted, heights, tuple(group[0].sun for group in archive.groups), near=near)
    if wanted.correction == "off":
        return ground
    samples: list[list[terrain.Sample]] = [[] for _ in archive.groups]
    for window in _windows(archive):
        cube, relief = imagery.read(archive, window), ground.relief(archive, window)
        for number, sun in enumerate(ground.suns):
            if relief is not None and cube.clear[number].any():
                bands = {name: _masked(values[number], cube.clear[number]) for name, values in cube.bands.items()}
                samples[number].append(terrain.sample(relief, sun, bands))
    fits = [
        terrain.fit_scene(group[0].id, found, sun, check=wanted.correction == "auto")
        for group, found, sun in zip(archive.groups, samples, ground.suns, strict=True)
    ]
    return replace(ground, corrections=tuple(fits))


def _near(
    archive: Archive, settings: Settings, past_plots: Sequence[BaseGeometry], folder: Path
) -> dict[str, tuple[BaseGeometry, ...]]:
    told = {name: set_layers.shapes(settings, folder, "distances", name) for name in ("road", "village", "border")}
    found = {name: shapes for name, shapes in told.items() if shapes is not None}
    if settings.distances.past_plots:
        found["past_plots"] = list(past_plots)
    epsg = geotiff.epsg_of(archive.grid)
    return {f"distance_{n}": tuple(geo.project(g, geo.WGS84, epsg) for g in shapes) for n, shapes in found.items()}


def _masked(packed: npt.NDArray[np.uint16], clear: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    step = round(clear.shape[0] / packed.shape[0])
    return np.where(clear[::step, ::step] == 1, packed, 0).astype(np.uint16)


def _windows(archive: Archive) -> list[Window]:
    """Return windows to judge by: all of a small grid, a regular sample of a large one."""
    rows, columns = (int(n) for n in archive.grid.shape)
    height, width = min(WINDOW_PX, rows), min(WINDOW_PX, columns)
    share = (np.arange(WINDOWS) + 0.5) / WINDOWS
    tops = np.unique((share * (rows - height)).astype(int) // 2 * 2)
    lefts = np.unique((share * (columns - width)).astype(int) // 2 * 2)
    return [Window(int(top), int(left), height, width) for top in tops for left in lefts]

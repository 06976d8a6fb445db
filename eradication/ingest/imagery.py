"""A season of satellite images: the only way imagery comes in.

:func:`find` opens the items of a static STAC catalog and judges them, so that all that cannot be used is named before a
pixel is computed; :func:`read` then gives surface reflectance of any window of the 10 m grid, with clouds masked and
the offset of Sentinel-2 applied exactly once. Sources differ only in metadata: see :mod:`eradication.ingest.bands` for
band names and :mod:`eradication.ingest.boa` for the offset.
"""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from odc.geo.geobox import GeoBox
from rasterio.errors import NotGeoreferencedWarning
from shapely.geometry.base import BaseGeometry

from eradication import config, geo
from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.ingest import cloudmask, cube, geotiff, stac
from eradication.ingest.boa import PixelTest
from eradication.ingest.cube import Group, Reader
from eradication.ingest.memory import Memory
from eradication.ingest.scene import Scene, judge, prepare
from eradication.ingest.wanted import Dated, in_area, in_season
from eradication.progress import Tick, silent
from eradication.raster import BANDS, PIXEL_M, Cube, SceneFailure, Window, whole


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """What can be read of a season: items opened and judged, the grid known. It can be sent to another process."""

    season: Season
    groups: tuple[Group, ...]
    """Scenes by pass, in order of time."""
    grid: GeoBox
    """10 m grid of everything."""
    steps: dict[str, int]
    """Bands that exist → grid pixels per side of their own pixels, 1 or 2."""
    area: BaseGeometry | None
    """Wanted area in the grid's CRS; ``None`` = everything."""
    settings: config.Imagery
    failed: tuple[SceneFailure, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    """Baselines, offsets applied and their rule, per item."""

    @property
    def times(self) -> npt.NDArray[np.datetime64]:
        """UTC acquisition times, shape (time,), ascending, one per pass."""
        return np.array([min(s.time for s in group).replace(tzinfo=None) for group in self.groups], "datetime64[ns]")

    @property
    def masked(self) -> bool:
        """False if clouds of some scene are known neither from its archive nor from a detector."""
        wanted = self.settings.cloud_mask != cloudmask.SCENE_CLASSES
        able = (wanted and scene.bands.keys() >= set(cloudmask.BANDS) for scene in self.scenes)
        return all(scene.scl is not None or can for scene, can in zip(self.scenes, able, strict=True))

    @property
    def scenes(self) -> list[Scene]:
        """All scenes, pass by pass."""
        return [scene for group in self.groups for scene in group]


def load(
    catalog: str,
    season: Season,
    *,
    area: BaseGeometry | None = None,
    settings: config.Settings,
    tick: Tick = silent,
) -> Cube:
    """Read the imagery of a season at once: :func:`find`, then :func:`read` of all there is.

    Raises:
        UnusableInput: as :func:`find`, and ``too_much_imagery`` if it does not fit into memory.
    """
    archive = find(catalog, season, area=area, settings=settings, tick=tick)
    _require_memory(archive)
    return read(archive)


def find(
    catalog: str,
    season: Season,
    *,
    area: BaseGeometry | None = None,
    settings: config.Settings,
    grid: GeoBox | None = None,
    memory: Memory | None = None,
    tick: Tick = silent,
) -> Archive:
    """Open and judge the items of a season.

    Args:
        catalog: path of a STAC catalog, collection, item collection, item, or of a folder with ``catalog.json``.
        season: items from 1 May before it to 31 May at its end are used.
        area: WGS 84; looks at pixels it does not touch are not clear. ``None``: everything the items cover.
        settings: sections ``imagery``, ``limits`` and ``workspace`` are used.
        grid: the 10 m grid to read on; ``None`` = that of the items in the area.
        memory: what earlier runs learned of the same files; ``None`` = nothing.
        tick: told about items opened.

    Raises:
        UnusableInput: ``unsupported_catalog``, ``no_such_catalog``, ``not_stac``, ``no_imagery``,
            ``no_usable_imagery``, ``no_cloud_mask``.
    """
    cloudmask.detector(settings.imagery.cloud_mask)
    found, failed = stac.read(catalog, max_bytes=settings.limits.file_mb * 1024 * 1024)
    wanted = in_area(in_season(found, season, catalog, failed), area, catalog)
    memory = memory or Memory()
    scenes, lost = _open(wanted, memory, tick)
    failed += lost
    _require(scenes, failed, catalog)
    grid = grid or cube.common_grid(scenes, area, settings.workspace.raster_epsg)
    scenes, lost = _quarantine(scenes, grid, settings.imagery, memory)
    failed += lost
    memory.keep()
    _require(scenes, failed, catalog)
    groups = tuple(cube.passes(scenes))
    held = {band for scene in scenes for band in scene.bands}
    return Archive(
        season=season,
        groups=groups,
        grid=grid,
        steps=cube.steps(groups, [band for band in BANDS if band in held], grid),
        area=None if area is None else geo.project(area.segmentize(0.01), geo.WGS84, geotiff.epsg_of(grid)),
        settings=settings.imagery,
        failed=tuple(failed),
        facts=_facts(found, groups) | _asked(area),
    )


def earlier(
    archive: Archive,
    catalog: str,
    *,
    area: BaseGeometry | None,
    settings: config.Settings,
    memory: Memory | None = None,
) -> tuple[Archive, ...]:
    """Return what the catalog holds of the seasons before, on the archive's grid; often it holds none."""
    found = []
    for back in range(1, settings.imagery.earlier_years + 1):
        season = Season(archive.season.start_year - back)
        try:
            before = find(catalog, season, area=area, settings=settings, grid=archive.grid, memory=memory)
        except UnusableInput as error:
            if error.kind not in ("no_imagery", "no_usable_imagery"):
                raise
        else:
            # The wet months before this season are also the end of the season before: alone they say nothing of it.
            if (before.times < np.datetime64(f"{season.start_year + 1}-05-01")).any():
                found.append(before)
    return tuple(found)


def read(archive: Archive, window: Window | None = None, bands: Sequence[str] | None = None) -> Cube:
    """Read a window of all passes.

    Args:
        archive: from :func:`find`.
        window: of the archive's grid, with even ``top`` and ``left``; ``None`` = all of it.
        bands: names; those that do not exist are left out; ``None`` = all.
    """
    window = window or whole(archive.grid)
    part = window.of(archive.grid)
    reader = Reader(archive.groups, part, archive.settings, cube.inside(archive.area, part))
    clear, own = reader.clear()
    values, failed = {}, list(archive.failed)
    for name in archive.steps:
        if bands is None or name in bands:
            values[name], lost = reader.band(name, archive.steps[name], own)
            failed += lost
    scenes = archive.scenes
    return Cube(
        season=archive.season,
        times=archive.times,
        bands=values,
        clear=clear,
        geobox=part,
        scl_masked=archive.masked,
        used=tuple(scene.id for scene in scenes),
        failed=tuple(failed),
        simulated=any(scene.simulated for scene in scenes),
        facts=archive.facts,
    )


def _open(wanted: list[Dated], memory: Memory, tick: Tick) -> tuple[list[Scene], list[SceneFailure]]:
    scenes: list[Scene] = []
    failed: list[SceneFailure] = []
    # Files without a position are refused by name; GDAL's warning about them adds nothing.
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=_threads()) as pool:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        for done, (scene, lost) in enumerate(pool.map(lambda pair: prepare(pair[0], pair[1], memory), wanted), start=1):
            scenes += [scene] if scene else []
            failed += lost
            tick(done, len(wanted))
    return scenes, failed


def _threads() -> int:
    return min(8, (os.cpu_count() or 1) + 1)


def _quarantine(
    scenes: list[Scene], grid: GeoBox, settings: config.Imagery, memory: Memory
) -> tuple[list[Scene], list[SceneFailure]]:
    """Leave out items whose pixels contradict the offset their metadata state."""
    kept: list[Scene] = []
    failed: list[SceneFailure] = []

    def test_of(scene: Scene) -> PixelTest:
        said = (scene.facts["offset"], scene.facts["scale"], scene.facts["rule"], tuple(grid.affine), grid.shape)
        return memory.verdict(scene.rasters, said, settings, lambda: judge(scene, grid, settings))

    with ThreadPoolExecutor(max_workers=_threads()) as pool:
        for scene, test in zip(scenes, pool.map(test_of, scenes), strict=True):
            if test.contradicts:
                detail = f"{test.verdict}: {test.detail} (offset {scene.facts['offset']} by {scene.facts['rule']})"
                reason = test.verdict if test.verdict == "not_reflectance" else "offset_contradicted"
                failed.append(SceneFailure(scene.id, "*", reason, detail))
            else:
                kept.append(replace(scene, facts={**scene.facts, "pixels": test.verdict}))
    return kept, failed


def _require(scenes: Sequence[Scene], failed: Sequence[SceneFailure], catalog: str) -> None:
    if scenes:
        return
    reasons = Counter(f.reason for f in failed)
    raise UnusableInput(
        "no_usable_imagery",
        N_("No image of the season can be used: {reasons}."),
        where=catalog,
        hint=N_("Look at the reasons; missing or damaged files must be fetched again."),
        values={"reasons": ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())},
    )


def _require_memory(archive: Archive) -> None:
    """Refuse what would not fit rather than be ended by the system half-way."""
    pixels = archive.grid.shape[0] * archive.grid.shape[1]
    needed = len(archive.groups) * pixels * (1 + sum(2 / step**2 for step in archive.steps.values()))
    free = psutil.virtual_memory().available
    if needed > free:
        raise UnusableInput(
            "too_much_imagery",
            N_("The images need {needed_gb:.1f} GB of memory, {free_gb:.1f} GB are free."),
            hint=N_("Give a smaller area."),
            values={"needed_gb": needed / 1e9, "free_gb": free / 1e9},
        )


def _asked(area: BaseGeometry | None) -> dict[str, Any]:
    """Return how many pixels the wanted area has, those outside every image included: they are unobserved too."""
    return {} if area is None else {"area_pixels": max(1, round(geo.area_m2(area) / PIXEL_M**2))}


def _facts(found: list[stac.Found], groups: Sequence[Group]) -> dict[str, Any]:
    scenes = [scene for group in groups for scene in group]
    held = {band for scene in scenes for band in scene.bands}
    return {
        "items": {scene.id: scene.facts for scene in scenes},
        "items_in_catalog": len(found),
        "passes": len(groups),
        "missing_bands": [band for band in BANDS if band not in held],
    }

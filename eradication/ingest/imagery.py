"""A season of satellite images as one cube: the only way imagery comes in.

:func:`load` reads a static STAC catalog and returns surface reflectance on a 10 m grid, with clouds masked, the
offset of Sentinel-2 applied exactly once and everything that could not be used named. Sources differ only in metadata:
see :mod:`eradication.ingest.bands` for band names and :mod:`eradication.ingest.boa` for the offset.
"""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import psutil
from odc.geo.geobox import GeoBox
from rasterio.errors import NotGeoreferencedWarning
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication import config, geo
from eradication.domain import TIMEZONE, Season
from eradication.errors import N_, UnusableInput
from eradication.ingest import cube, stac
from eradication.ingest.scene import Scene, judge, moment, prepare
from eradication.progress import Tick, silent
from eradication.raster import BANDS, Cube, SceneFailure

type Dated = tuple[stac.Found, datetime]


def load(
    catalog: str,
    season: Season,
    *,
    area: BaseGeometry | None = None,
    settings: config.Settings,
    chunks: dict[str, int] | None = None,
    drop_missed_clouds: bool = True,
    tick: Tick = silent,
) -> Cube:
    """Read the imagery of a season.

    Args:
        catalog: path of a STAC catalog, collection, item collection, item, or of a folder with ``catalog.json``.
        season: items from 1 May before it to 31 May at its end are read.
        area: WGS 84; pixels it does not touch are NaN. ``None``: everything the items cover.
        settings: sections ``imagery``, ``limits`` and ``workspace`` are used.
        chunks: ``{"y": 512, "x": 512}`` gives Dask arrays that read when computed; ``None`` reads now.
        drop_missed_clouds: blank single dates much brighter than those before and after (needs ``blue``).
        tick: told about items opened, then about passes read.

    Raises:
        UnusableInput: ``unsupported_catalog``, ``no_such_catalog``, ``not_stac``, ``no_imagery``,
            ``no_usable_imagery``, ``too_much_imagery``.
    """
    found, failed = stac.read(catalog, max_bytes=settings.limits.file_mb * 1024 * 1024)
    wanted = _in_area(_in_season(found, season, catalog, failed), area, catalog)
    scenes, lost = _open(wanted, tick)
    failed += lost
    _require(scenes, failed, catalog)
    grid = cube.common_grid(scenes, area, settings.workspace.raster_epsg)
    scenes, lost = _quarantine(scenes, grid, settings.imagery)
    failed += lost
    _require(scenes, failed, catalog)
    groups = cube.passes(scenes)
    _require_memory(groups, grid, chunks)
    times = np.array([min(s.time for s in group).replace(tzinfo=None) for group in groups], "datetime64[ns]")
    stack = cube.assemble(groups, grid, cube.inside(area, grid), settings.imagery, chunks, tick)
    facts = _facts(found, groups)
    if drop_missed_clouds:
        stack, facts["missed_clouds_share"] = cube.without_missed_clouds(stack, times)
    return Cube(
        season=season,
        times=times,
        bands=stack.bands,
        geobox=grid,
        scl_masked=all(scene.scl is not None for scene in scenes),
        used=tuple(scene.id for group in groups for scene in group),
        failed=(*failed, *stack.failed),
        simulated=any(scene.simulated for scene in scenes),
        suspect=stack.suspect,
        facts=facts | _asked(area),
    )


def _in_season(found: list[stac.Found], season: Season, catalog: str, failed: list[SceneFailure]) -> list[Dated]:
    dated: list[Dated] = []
    for one in found:
        time = moment(one.item)
        if time is None:
            failed.append(SceneFailure(one.item.id, "*", "no_date"))
        else:
            dated.append((one, time))
    begin, end = season.imagery_window
    wanted = [(one, time) for one, time in dated if begin <= time < end]
    if wanted:
        return wanted
    if not dated:
        raise UnusableInput("no_imagery", N_("The catalog holds no images."), where=catalog)
    raise UnusableInput(
        "no_imagery",
        N_("No image lies in season {season} ({begin} to {end}); the catalog holds {first} to {last}."),
        where=catalog,
        hint=N_("Choose the season of these images, or another catalog."),
        values={
            "season": season.label,
            "begin": begin.astimezone(TIMEZONE).date(),
            "end": season.last_day,
            "first": min(time for _, time in dated).date(),
            "last": max(time for _, time in dated).date(),
        },
    )


def _in_area(wanted: list[Dated], area: BaseGeometry | None, catalog: str) -> list[Dated]:
    if area is None:
        return wanted
    near = [(one, time) for one, time in wanted if _touches(one, area)]
    if not near:
        raise UnusableInput(
            "no_imagery",
            N_("No image of the season lies in the wanted area."),
            where=catalog,
            hint=N_("Check the area, or leave it out to use everything the catalog covers."),
        )
    return near


def _touches(found: stac.Found, area: BaseGeometry) -> bool:
    if not found.item.geometry:
        return True
    try:
        return bool(shape(found.item.geometry).intersects(area))
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError):
        return True  # a broken footprint is no reason to leave an image out


def _open(wanted: list[Dated], tick: Tick) -> tuple[list[Scene], list[SceneFailure]]:
    scenes: list[Scene] = []
    failed: list[SceneFailure] = []
    # Files without a position are refused by name; GDAL's warning about them adds nothing.
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=_threads()) as pool:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        for done, (scene, lost) in enumerate(pool.map(lambda pair: prepare(*pair), wanted), start=1):
            scenes += [scene] if scene else []
            failed += lost
            tick(done, len(wanted))
    return scenes, failed


def _threads() -> int:
    return min(8, (os.cpu_count() or 1) + 1)


def _quarantine(scenes: list[Scene], grid: GeoBox, settings: config.Imagery) -> tuple[list[Scene], list[SceneFailure]]:
    """Leave out items whose pixels contradict the offset their metadata state."""
    kept: list[Scene] = []
    failed: list[SceneFailure] = []
    with ThreadPoolExecutor(max_workers=_threads()) as pool:
        for scene, test in zip(scenes, pool.map(lambda s: judge(s, grid, settings), scenes), strict=True):
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


def _require_memory(groups: list[list[Scene]], grid: GeoBox, chunks: dict[str, int] | None) -> None:
    """Refuse what would not fit rather than be ended by the system half-way."""
    bands = {band for group in groups for scene in group for band in scene.bands}
    needed = len(groups) * len(bands) * grid.shape[0] * grid.shape[1] * 4
    free = psutil.virtual_memory().available
    if chunks is None and needed > free:
        raise UnusableInput(
            "too_much_imagery",
            N_("The images need {needed_gb:.1f} GB of memory, {free_gb:.1f} GB are free."),
            hint=N_("Give a smaller area."),
            values={"needed_gb": needed / 1e9, "free_gb": free / 1e9},
        )


def _asked(area: BaseGeometry | None) -> dict[str, Any]:
    """Return how many pixels the wanted area has, those outside every image included: they are unobserved too."""
    return {} if area is None else {"area_pixels": max(1, round(geo.area_m2(area) / cube.PIXEL_M**2))}


def _facts(found: list[stac.Found], groups: list[list[Scene]]) -> dict[str, Any]:
    scenes = [scene for group in groups for scene in group]
    held = {band for scene in scenes for band in scene.bands}
    return {
        "items": {scene.id: scene.facts for scene in scenes},
        "items_in_catalog": len(found),
        "passes": len(groups),
        "missing_bands": [band for band in BANDS if band not in held],
    }

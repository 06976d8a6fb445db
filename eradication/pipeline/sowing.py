"""The sowing signal of candidates: on which day their strongest pixels seem to have been sown.

Blocks keep the looks of every pixel that was scored, so nothing is read from the archive again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np
import shapely

from eradication import features, geo
from eradication.config import Harvest
from eradication.domain import Candidate
from eradication.errors import N_
from eradication.features import SownDays
from eradication.ingest import geotiff
from eradication.pipeline import blocks
from eradication.pipeline.blocks import Scan
from eradication.pipeline.cluster import At, Run
from eradication.progress import Stage
from eradication.raster import Index, ScoreMap

_BANDS = frozenset({"red", "nir"})


def with_days(scan: Scan, scores: ScoreMap, found: Sequence[Candidate], run: Run, stage: Stage) -> list[Candidate]:
    """Return candidates with the day of sowing of their strongest pixel, where it is clear enough to be told.

    Args:
        scan: all of its blocks are surveyed.
        scores: from which ``found`` were outlined.
        found: candidates of the scan.
        run: from :func:`eradication.pipeline.scan.workers`.
        stage: told how far it is.

    Raises:
        StorageFailed: ``scan_damaged`` if a file was damaged since the survey.
    """
    if not found or not _BANDS.issubset(scan.archive.steps):
        return list(found)
    pixels = strongest(scores, found)
    wanted = _by_block(scan, pixels)
    days: dict[int, date] = {}
    for _, part in run(partial(_days_of_block, scan, wanted), sorted(wanted), stage(N_("Reading sowing days"))):
        days |= part
    return [replace(one, sown_on=days.get(int(pixel))) for one, pixel in zip(found, pixels, strict=True)]


def strongest(scores: ScoreMap, found: Sequence[Candidate]) -> Index:
    """Return the flat index of the best-scored pixel of each candidate, the northernmost of equals; -1 = none."""
    place, width = scores.geobox.affine, int(scores.geobox.shape[1])
    epsg = geotiff.epsg_of(scores.geobox)
    best = np.full(len(found), -1, np.int64)
    for number, candidate in enumerate(found):
        shape = geo.project(candidate.geometry, geo.WGS84, epsg)
        west, south, east, north = shape.bounds
        # A north-up grid; outlines run along pixel edges, but for the centimetre that degrees are rounded to.
        left, right = (round((edge - place.c) / place.a) for edge in (west, east))
        top, bottom = (round((edge - place.f) / place.e) for edge in (north, south))
        rows, columns = np.mgrid[top:bottom, max(left, 0) : min(right, width)]
        flat = (rows * width + columns).ravel()
        at = np.minimum(np.searchsorted(scores.pixels, flat), len(scores.pixels) - 1)
        x, y = place.c + place.a * (columns.ravel() + 0.5), place.f + place.e * (rows.ravel() + 0.5)
        mine = at[(scores.pixels[at] == flat) & shapely.contains_xy(shape, x, y)]
        if len(mine):
            best[number] = scores.pixels[mine[np.argmax(scores.score[mine])]]
    return best


def _by_block(scan: Scan, pixels: Index) -> dict[At, Index]:
    """Return the pixels of each block that holds any, as flat indices into the grid, ascending."""
    width = int(scan.archive.grid.shape[1])
    chosen = np.unique(pixels[pixels >= 0])
    rows, columns = chosen // width, chosen % width
    held = {at: chosen[window.holds(rows, columns)] for at, window in scan.windows.items()}
    return {at: mine for at, mine in held.items() if len(mine)}


@blocks.damage_told()
def _days_of_block(scan: Scan, wanted: dict[At, Index], at: At) -> dict[int, date]:
    window, width, mine = scan.windows[at], int(scan.archive.grid.shape[1]), wanted[at]
    inside = (mine // width - window.top) * window.columns + mine % width - window.left
    series = scan.block(at).series(scan.keys, inside)
    told = days_of(features.sown_days(series, scan.dates), scan.archive.season.first_day, scan.settings.harvest)
    return {int(pixel): day for pixel, day in zip(mine, told, strict=True) if day is not None}


def days_of(sown: SownDays, first_day: date, limits: Harvest) -> list[date | None]:
    """Return the day of sowing of each pixel, ``None`` where looks rise too little, fit badly or end too soon."""
    with np.errstate(invalid="ignore"):
        clear = (sown.rise >= limits.least_rise) & (sown.misfit_share <= limits.most_misfit)
        clear &= sown.last_look - sown.day >= limits.least_growth_days
    return [
        first_day + timedelta(days=int(day)) if good else None
        for day, good in zip(sown.day.tolist(), clear.tolist(), strict=True)
    ]

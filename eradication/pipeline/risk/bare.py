"""Old swidden from imagery: how often the ground was bare in earlier years, as runs of ``monitor`` saw it.

A season is told by runs of that season or before, and each of them by years that were over when it began: no image of
the season itself plays a part. Runs of other areas fill what the newest one did not see.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from eradication import geo
from eradication.domain import EventKind, Season
from eradication.effort import ground as sub
from eradication.effort.strips import SUBCELL_M, corner
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.ingest import geotiff
from eradication.pipeline.risk import keeping
from eradication.pipeline.workspace import Workspace

LAYER = "bare_share.tif"
FORMAT, KIND = 1, "bare"
FINER = 5
"""Means are taken of 5 × 5 parts of a cell first, so that it is known how much of it was seen."""
LEAST_SEEN = 0.25
"""Share of a cell."""

NO_RUN, NO_MAP, NO_EARLIER_YEARS, DAMAGED, ELSEWHERE = (
    "no_run",
    "no_map",
    "no_earlier_years",
    "map_damaged",
    "elsewhere",
)
"""Why nothing is known of old swidden, see :data:`eradication.report.risk_view.MISSING_WHY`."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bare:
    """What is known of old swidden."""

    share: Floats | None
    """Of earlier years in which the ground was bare, in each cell, NaN unknown; ``None`` = nothing is known."""
    why: str
    """Where nothing is known, else empty."""


def of_season(workspace: Workspace, season: Season, cells: Ints, as_of: datetime | None = None) -> Bare:
    """Return what runs of a season or before tell of cells.

    Args:
        workspace: whose runs, recorded here or elsewhere; maps are those on this computer.
        season: newer ones tell nothing.
        cells: numbers, see :func:`eradication.effort.strips.number`.
        as_of: cut on ``recorded_at``; ``None`` = now.
    """
    paths, why = _maps(workspace, season, as_of)
    share = np.full(len(cells), np.nan)
    for path in paths:
        if np.isfinite(share).all():
            break
        found = _of_map(workspace, path, cells)
        if found is None:
            why = DAMAGED
        else:
            share = np.where(np.isnan(share), found, share)
            why = ELSEWHERE
    return Bare(share, "") if np.isfinite(share).any() else Bare(None, why)


def contents(workspace: Workspace, season: Season, as_of: datetime | None = None) -> tuple[str, ...]:
    """Name the maps that may tell of a season or one before by what is in them."""
    years = {year for year, _ in _runs(workspace, as_of) if year <= season.start_year}
    paths = {path for year in years for path in _maps(workspace, Season(year), as_of)[0]}
    return tuple(sorted({keeping.content(path) for path in paths}))


def _runs(workspace: Workspace, as_of: datetime | None) -> list[tuple[int, str]]:
    """Return the first years of runs' seasons and their names, the newest first."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    runs = [(Season.parse(str(e.payload["season"])).start_year, str(e.payload["run"])) for e in events][::-1]
    return sorted(runs, key=lambda run: -run[0])


def _maps(workspace: Workspace, season: Season, as_of: datetime | None) -> tuple[list[Path], str]:
    """Return the newest map of each area that runs of a season or before looked at, and why there may be none."""
    # A name comes out of an event, which may be another computer's.
    folder = workspace.folder / "outputs" / "runs"
    folders = [folder / Path(run).name for year, run in _runs(workspace, as_of) if year <= season.start_year]
    if not folders:
        return [], NO_RUN
    maps: dict[object, Path] = {}
    for path in (one / LAYER for one in folders if (one / LAYER).is_file()):
        maps.setdefault(_grid(path), path)
    return list(maps.values()), "" if maps else _why_none(folders)


def _why_none(folders: Sequence[Path]) -> str:
    """Tell whether runs found no earlier years, or whether there is no telling."""
    return NO_EARLIER_YEARS if any(_said_none(folder / "item.json") for folder in folders) else NO_MAP


def _said_none(item: Path) -> bool:
    try:
        told = json.loads(item.read_bytes())
        return bool(told["properties"]["eradication:earlier_years"] == [])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _grid(path: Path) -> object:
    """Name the pixels of a map; of a damaged one, itself."""
    try:
        with geotiff.open_file(str(path)) as source:
            return str(source.crs), tuple(source.transform), source.shape
    except (RasterioError, OSError, ValueError):
        return path


def _of_map(workspace: Workspace, path: Path, cells: Ints) -> Floats | None:
    """Return the means of a run's map over cells, as kept or read anew; ``None`` if it is damaged."""
    try:
        name = keeping.named((FORMAT, keeping.content(path), hashlib.sha256(cells.tobytes()).hexdigest()))
        kept = keeping.read(workspace, KIND, name)
        if kept is None or "share" not in kept:
            column, row = corner(cells)
            west, south = int(column.min()), int(row.min())
            box = sub.Box(west, south, int(column.max()) + 1 - west, int(row.max()) + 1 - south)
            kept = {"share": averaged(path, box)[row - south, column - west].astype(np.float32)}
            keeping.write(workspace, KIND, name, kept)
    except (UnusableInput, OSError):
        return None
    return kept["share"].astype(np.float64)


def averaged(path: Path, box: sub.Box) -> Floats:
    """Return the means of a raster of shares over the cells of a box, southern row first, NaN where it says nothing.

    It says nothing of cells of which it shows less than :data:`LEAST_SEEN`: the edge of a map touches its neighbours.

    Raises:
        UnusableInput: ``bad_swidden``.
    """
    north = (box.row + box.rows) * SUBCELL_M
    place = Affine(SUBCELL_M / FINER, 0.0, box.column * SUBCELL_M, 0.0, -SUBCELL_M / FINER, north)
    try:
        geotiff.inspect(path)
        with (
            geotiff.open_file(str(path)) as source,
            WarpedVRT(
                source,
                crs=f"EPSG:{geo.UTM48}",
                transform=place,
                width=box.columns * FINER,
                height=box.rows * FINER,
                resampling=Resampling.average,
                nodata=np.nan,
                dtype="float32",
            ) as warped,
        ):
            values = _means(warped.read(1)[::-1], box) * source.scales[0] + source.offsets[0]
    except (RefusedInput, RasterioError, rasterio.errors.CRSError, OSError, ValueError) as error:
        raise UnusableInput(
            "bad_swidden",
            N_("The map of old swidden cannot be read: {error}"),
            where=f"[risk] swidden: {path}",
            hint=N_("Give a GeoTIFF of shares from 0 to 1 with its coordinate system, or leave it empty."),
            values={"error": str(error)},
        ) from None
    known = np.isfinite(values)
    if known.any() and not (0.0 <= values[known].min() and values[known].max() <= 1.0 + 1e-6):
        raise UnusableInput(
            "bad_swidden",
            N_("The map of old swidden has values outside 0 to 1."),
            where=f"[risk] swidden: {path}",
            hint=N_("Give a GeoTIFF of shares from 0 to 1 with its coordinate system, or leave it empty."),
        )
    out: Floats = values.clip(0.0, 1.0)
    return out


def _means(parts: npt.NDArray[np.float32], box: sub.Box) -> Floats:
    """Return the means of the known ones of each cell's parts, NaN where too few are known."""
    cut = parts.reshape(box.rows, FINER, box.columns, FINER).astype(np.float64)
    known = np.isfinite(cut).sum(axis=(1, 3))
    out: Floats = np.nansum(cut, axis=(1, 3)) / np.where(known >= LEAST_SEEN * FINER**2, known, np.nan)
    return out

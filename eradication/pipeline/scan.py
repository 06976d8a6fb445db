"""A season over a whole province: blocks surveyed, then scored, by threads here or by a cluster."""

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from eradication import features
from eradication.domain import Season
from eradication.domain.model import TrainedModel
from eradication.errors import N_
from eradication.features import Choice
from eradication.ingest import imagery
from eradication.ingest.imagery import Archive
from eradication.ingest.memory import Memory
from eradication.pipeline import blocks, cluster, ground, keeping, projection, scoring
from eradication.pipeline.blocks import Scan
from eradication.pipeline.cluster import At, Run
from eradication.pipeline.workspace import Workspace
from eradication.progress import Stage, Tick
from eradication.raster import FeatureStack, Index, SceneFailure, ScoreMap, Window
from eradication.report import rasters


def opened(
    workspace: Workspace, catalog: str, season: Season, area: BaseGeometry | None, stage: Stage
) -> tuple[Archive, ...]:
    """Open a season of a local catalog, then what it holds of earlier years; known files are not examined again."""
    settings, memory = workspace.settings, Memory(workspace.scans / "files.json")
    tick = stage(N_("Opening images"))
    archive = imagery.find(catalog, season, area=area, settings=settings, memory=memory, tick=tick)
    if settings.imagery.align:
        archive = ground.aligned(archive)
    return archive, *imagery.earlier(archive, catalog, area=area, settings=settings, memory=memory)


@contextmanager
def workers(dask: str = "") -> Iterator[Run]:
    """Give what does the work: threads of this computer, or the workers of a Dask scheduler.

    Args:
        dask: address of a scheduler, ``tcp://host:port``; its workers must see the same folders. Empty = threads here.

    Raises:
        UnusableInput: ``no_dask`` if the package is not installed.
        StorageFailed: ``no_cluster`` if nobody answers, or scheduler or workers are lost for good.
    """
    if dask:
        with cluster.opened(dask) as run:
            yield run
        return
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:

        def run_here(work: Callable[[At], Any], todo: list[At], tick: Tick) -> Iterator[tuple[At, Any]]:
            waiting = {pool.submit(_tidily, work, at): at for at in todo}
            try:
                for done, future in enumerate(as_completed(waiting), start=1):
                    yield waiting[future], future.result()
                    tick(done, len(todo))
            finally:
                for future in waiting:
                    future.cancel()

        yield run_here


def _tidily(work: Callable[[At], Any], at: At) -> Any:
    """Do a block's work and give its memory back: the C library would keep gigabytes of pieces for later."""
    try:
        return work(at)
    finally:
        if _trim is not None:
            _trim(0)


_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """A season that was scanned."""

    scan: Scan
    scores: ScoreMap
    failed: tuple[SceneFailure, ...]
    """Everything that could not be used, found when items were opened or when they were read."""

    @property
    def earlier_years(self) -> tuple[str, ...]:
        """Seasons before that the catalog holds images of, the last first."""
        return tuple(other.archive.season.label for other in self.scan.earlier)


def prepared(workspace: Workspace, archives: Sequence[Archive]) -> Scan:
    """Cut the archives' grid into blocks and judge what lies under the season.

    Args:
        workspace: its settings go into the work, and blocks keep their files in it between runs.
        archives: from :func:`opened`.
    """
    settings = workspace.settings
    past = projection.past_finds(workspace, archives[0].season) if settings.distances.past_plots else []
    under = ground.of_season(archives[0], settings, past, workspace.folder)
    planned = blocks.plan(archives, settings, workspace.scans, ground=under)
    keeping.tidy(workspace.scans, [each.folder for each in (planned, *planned.earlier)])
    return planned


def scan(planned: Scan, model: TrainedModel | None, run: Run, stage: Stage) -> Scanned:
    """Score a season block by block.

    Args:
        planned: from :func:`prepared`.
        model: ``None`` = the rules.
        run: from :func:`workers`.
        stage: told how far it is.
    """
    todo = sorted(planned.windows)
    failed = {f for archive in (planned.archive, *(e.archive for e in planned.earlier)) for f in archive.failed}
    for _, lost in run(partial(blocks.survey_block, planned), todo, stage(N_("Reading imagery"))):
        failed.update(lost)
    parts = dict(run(partial(scoring.score_block, planned, model=model), todo, stage(N_("Scoring pixels"))))
    return Scanned(
        planned,
        _together([parts[at] for at in todo]),
        tuple(sorted(failed, key=lambda f: (f.id, f.asset, f.reason))),
    )


def layers(scanned: Scanned) -> Iterator[tuple[Window, dict[str, Any]]]:
    """Give the maps of a scan block by block, as :func:`eradication.report.rasters.write` takes them."""
    planned = scanned.scan
    limits = planned.settings.candidates
    for at, window in sorted(planned.windows.items()):
        block = planned.block(at)
        clear, possible, holes = block.found()
        maps = rasters.layers_of(block.scores(), clear, possible, (min(limits.grow, limits.seed), limits.seed))
        maps |= {"holes": holes, "flowering": block.map("flowering")}
        if planned.earlier:
            maps["bare_share"] = rasters.packed_share(features.bare_share(blocks.looked_back(planned, at)))
        yield window, maps


def _together(parts: list[ScoreMap]) -> ScoreMap:
    pixels = np.concatenate([part.pixels for part in parts])
    order = np.argsort(pixels)
    return replace(
        parts[0],
        pixels=pixels[order],
        score=np.concatenate([part.score for part in parts])[order],
        clear_observations=np.concatenate([part.clear_observations for part in parts])[order],
        outside=np.concatenate([part.outside for part in parts])[order],
        observed=sum(part.observed for part in parts),
    )


def describe(planned: Scan, choice: Choice, run: Run, stage: Stage) -> FeatureStack:
    """Return the features of chosen pixels, wherever they lie: background only where the gate lets it through."""
    wanted, todo = _wanted(planned, choice.labelled), sorted(planned.windows)
    for _ in run(partial(_survey, planned, wanted), todo, stage(N_("Reading imagery"))):
        pass
    choice = choice.among(_possible(planned, choice.free))
    return _described(planned, _wanted(planned, choice.pixels), run, stage)


def _possible(planned: Scan, pixels: Index) -> npt.NDArray[np.bool_]:
    """Tell which surveyed pixels (flat indices, in any order) were observed and may be poppy."""
    width, out = int(planned.archive.grid.shape[1]), np.zeros(len(pixels), bool)
    rows, columns = pixels // width, pixels % width
    for at, window in planned.windows.items():
        clear, possible, _ = planned.block(at).found()
        mine = window.holds(rows, columns)
        passing = features.observed_in(clear, planned.settings) & possible
        out[mine] = passing[rows[mine] - window.top, columns[mine] - window.left]
    return out


def describe_shifted(planned: Scan, pixels: Index, days: int, run: Run, stage: Stage) -> FeatureStack:
    """Return the features that surveyed pixels would have if all of the season had come so many days later.

    What a pixel is compared with around it stays as it was.
    """
    archive = planned.archive
    dates = features.Dates.of(archive.times + np.timedelta64(days, "D"), archive.season.start_year)
    return _described(replace(planned, dates=dates), _wanted(planned, pixels), run, stage)


def _wanted(planned: Scan, pixels: Index) -> dict[At, Index]:
    """Return which pixels of each block are wanted, as flat indices into the block."""
    width = int(planned.archive.grid.shape[1])
    rows, columns = pixels // width, pixels % width
    wanted = {}
    for at, window in planned.windows.items():
        inside = window.holds(rows, columns)
        wanted[at] = (rows[inside] - window.top) * window.columns + columns[inside] - window.left
    return wanted


def _described(planned: Scan, wanted: dict[At, Index], run: Run, stage: Stage) -> FeatureStack:
    todo = sorted(planned.windows)
    chosen = [at for at in todo if len(wanted[at])] or todo[:1]
    parts = dict(run(partial(_describe, planned, wanted), chosen, stage(N_("Describing pixels"))))
    return _joined(planned, [(at, parts[at]) for at in chosen])


def _survey(planned: Scan, wanted: dict[At, Index], at: At) -> None:
    blocks.survey_block(planned, at, wanted[at])


def _describe(planned: Scan, wanted: dict[At, Index], at: At) -> FeatureStack:
    return blocks.describe_block(planned, at, wanted[at])


def _joined(planned: Scan, parts: list[tuple[At, FeatureStack]]) -> FeatureStack:
    """Put described pixels of blocks together; maps of the whole grid are not made."""
    width = int(planned.archive.grid.shape[1])
    found = []
    for at, part in parts:
        window = planned.windows[at]
        rows, columns = part.pixels // window.columns, part.pixels % window.columns
        found.append((rows + window.top) * width + columns + window.left)
    pixels = np.concatenate(found)
    order = np.argsort(pixels)
    none = np.zeros((0, 0), bool)
    return replace(
        parts[0][1],
        pixels=pixels[order],
        x=np.concatenate([part.x for _, part in parts])[order],
        geobox=planned.archive.grid,
        clear_observations=none.astype(np.uint8),
        observed=none,
        ruled_out=none,
    )

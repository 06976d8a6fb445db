"""The pixels of a candidate in the season's images, described; and those of the land around it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import Candidate, Season
from eradication.errors import N_, UnusableInput
from eradication.ingest import geotiff
from eradication.pipeline import blocks, fetching, retracing, scan
from eradication.pipeline.blocks import Scan
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage
from eradication.raster import Index, Window

type Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the season's images say of a candidate, and of the land around it."""

    names: tuple[str, ...]
    """Of the columns."""
    own: Float32
    """Its pixels, shape (pixel, feature)."""
    others: Float32
    """Pixels of the same blocks that could be poppy as well, shape (pixel, feature)."""
    simulated: bool


def seen(workspace: Workspace, candidate: Candidate, imagery: str, stage: Stage) -> Seen:
    """Describe a candidate's pixels and what lies around it; only its blocks are read, if they are read at all."""
    catalog, area = (
        fetching.prepared(workspace, imagery, candidate.season, None, stage)
        if imagery
        else retracing.imagery_of(workspace, candidate.run)
    )
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        planned = scan.prepared(workspace, scan.opened(workspace, catalog, candidate.season, area, stage))
        parts = list(_parts(planned, candidate))
    own = [part.x[mine] for part, mine in parts]
    if not sum(map(len, own)):
        raise _not_seen(candidate.season)
    return Seen(
        names=parts[0][0].names,
        own=np.concatenate(own),
        others=np.concatenate([part.x[~mine] for part, mine in parts]),
        simulated=any(scene.simulated for scene in planned.archive.scenes),
    )


def _parts(planned: Scan, candidate: Candidate) -> Iterator[tuple[Any, npt.NDArray[np.bool_]]]:
    """Give every block that the candidate lies in: its described pixels, and which of them are the candidate's."""
    outline = geo.project(candidate.geometry, geo.WGS84, geotiff.epsg_of(planned.archive.grid))
    for at, window in sorted(planned.windows.items()):
        wanted = pixels_in(planned, window, outline)
        if len(wanted):
            survey_around(planned, at)
            stack = blocks.describe_block(planned, at)
            yield stack, np.isin(stack.pixels, wanted)


def survey_around(planned: Scan, at: tuple[int, int]) -> None:
    """Survey a block and those beside it, which is what describing it needs."""
    for near in [at, *((at[0] + i, at[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1))]:
        if near in planned.windows:
            blocks.survey_block(planned, near)


def pixels_in(planned: Scan, window: Window, outline: BaseGeometry) -> Index:
    """Return flat indices into a window of the pixels whose centres lie in an outline of the grid's CRS."""
    affine = window.of(planned.archive.grid).affine
    left, bottom, right, top = outline.bounds
    columns = _between(left - affine.c, right - affine.c, affine.a, window.columns)
    rows = _between(top - affine.f, bottom - affine.f, affine.e, window.rows)
    row, column = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
    x, y = affine.c + affine.a * (column + 0.5), affine.f + affine.e * (row + 0.5)
    inside = shapely.contains_xy(outline, x, y)
    return np.asarray((row * window.columns + column)[inside], np.int64)


def _between(first: float, last: float, step: float, size: int) -> npt.NDArray[np.int64]:
    """Return the numbers of pixels along one side of a window that a range (metres from its corner) touches."""
    return np.arange(max(int(np.floor(first / step)), 0), min(int(np.ceil(last / step)), size))


def _not_seen(season: Season) -> UnusableInput:
    return UnusableInput(
        "candidate_not_seen",
        N_("The imagery of season {season} does not show this candidate, or rules it out."),
        hint=N_("Use the imagery of the run that proposed it; more images may have changed what can be poppy there."),
        values={"season": season.label},
    )


def described(planned: Scan, wanted: Mapping[str, Candidate]) -> Iterator[tuple[Any, dict[str, npt.NDArray[np.bool_]]]]:
    """Give every block that holds whole candidates, described, with which of its pixels are whose."""
    epsg = geotiff.epsg_of(planned.archive.grid)
    outlines = {one: geo.project(candidate.geometry, geo.WGS84, epsg) for one, candidate in wanted.items()}
    held: dict[str, list[tuple[int, int]]] = {one: [] for one in wanted}
    pixels: dict[tuple[tuple[int, int], str], Index] = {}
    for at, window in sorted(planned.windows.items()):
        for one, outline in outlines.items():
            found = pixels_in(planned, window, outline)
            if len(found):
                held[one].append(at)
                pixels[at, one] = found
    for at in sorted(planned.windows):
        whole = [one for one, blocks_of in held.items() if blocks_of == [at]]
        if whole:
            survey_around(planned, at)
            part = blocks.describe_block(planned, at)
            inside = {one: np.isin(part.pixels, pixels[at, one]) for one in whole}
            yield part, {one: mine for one, mine in inside.items() if mine.any()}

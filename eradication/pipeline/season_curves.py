"""How places looked month by month in the images of the run that proposed them, as far as these are on this computer.

A block of imagery is described once for all places in it: describing costs seconds, and places lie in clusters.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eradication import geo
from eradication.domain import Candidate, Episode, EventKind
from eradication.errors import N_, EradicationError
from eradication.history import payload
from eradication.pipeline import projection, retracing
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage, quiet

if TYPE_CHECKING:
    from eradication.pipeline.blocks import Scan

type Curve = Mapping[str, Sequence[float | None]]


def of_plots(workspace: Workspace, episodes: Sequence[Episode], stage: Stage = quiet) -> dict[str, Curve]:
    """Return plot id → index → value of each month; a place whose imagery is not here is left out."""
    proposed = _candidates(workspace, episodes)
    by_run: dict[str, dict[str, Candidate]] = {}
    for plot_id, candidate in proposed.items():
        by_run.setdefault(candidate.run, {})[plot_id] = candidate
    told: dict[str, Curve] = {}
    for run, wanted in sorted(by_run.items()):
        try:
            told |= _of_run(workspace, run, wanted, stage)
        except EradicationError:
            continue  # gone, moved, damaged or in use: a sheet is printed without a curve, and says so
    return told


def _candidates(workspace: Workspace, episodes: Sequence[Episode]) -> dict[str, Candidate]:
    """Return plot id → the candidate that was proposed there last in the season asked of."""
    names = {e.plot.id: e.season for e in episodes}
    rows = {row["id"]: row["plot_id"] for row in projection.replayed(workspace).candidates}
    found = {}
    for event in workspace.store.events(kinds=[EventKind.CANDIDATE_PROPOSED]):
        candidate = payload.candidate_from(event.payload["candidate"])
        plot_id = rows.get(candidate.id, "")
        if names.get(plot_id) == candidate.season:
            found[plot_id] = candidate
    return found


def _of_run(workspace: Workspace, run: str, wanted: Mapping[str, Candidate], stage: Stage) -> dict[str, Curve]:
    catalog, area = retracing.imagery_of(workspace, run)
    # What describes imagery takes seconds to load: only once it is known that there is some.
    from eradication.pipeline import explaining, scan

    season = next(iter(wanted.values())).season
    own: dict[str, list[Any]] = {}
    names: tuple[str, ...] = ()
    with disk_errors_explained(workspace.folder), scans_locked(workspace):
        planned = scan.prepared(workspace, scan.opened(workspace, catalog, season, area, stage))
        tick = stage(N_("Seasons of the places"))
        for stack, pixels in _described(planned, wanted, tick):
            names = stack.names
            for plot_id, x in pixels.items():
                own.setdefault(plot_id, []).append(x)
    curves = {plot_id: explaining.curve_of(parts, names) for plot_id, parts in own.items()}
    return {plot_id: curve for plot_id, curve in curves.items() if curve}


def _described(planned: "Scan", wanted: Mapping[str, Candidate], tick: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give each block that holds a place, described, with the pixels of the places in it."""
    import numpy as np

    from eradication.ingest import geotiff
    from eradication.pipeline import blocks, own_pixels

    epsg = geotiff.epsg_of(planned.archive.grid)
    outlines = {name: geo.project(candidate.geometry, geo.WGS84, epsg) for name, candidate in wanted.items()}
    holding = []
    for at, window in sorted(planned.windows.items()):
        inside = {name: own_pixels.pixels_in(planned, window, outline) for name, outline in outlines.items()}
        inside = {name: pixels for name, pixels in inside.items() if len(pixels)}
        holding += [(at, inside)] if inside else []
    for done, (at, inside) in enumerate(holding, start=1):
        own_pixels.survey_around(planned, at)
        stack = blocks.describe_block(planned, at)
        yield stack, {name: stack.x[np.isin(stack.pixels, pixels)] for name, pixels in inside.items()}
        tick(done, len(holding))

"""Coverage of a season: how much of each commune satellite and patrols saw while poppy could be in flower.

What was computed is kept beside the outputs under the name of all it rests on, so the ledger need not compute it anew.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window as RasterWindow
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.domain import AdminUnit, EventKind, Json, Season, State
from eradication.domain.event import iso
from eradication.effort import coverage, ground, passed
from eradication.effort.coverage import BOTH, NONE, OPTICAL, PATROL, PIXEL_M, Block
from eradication.effort.lines import Lines
from eradication.effort.strips import SUBCELL_M, corner
from eradication.errors import N_
from eradication.pipeline import projection, thinned
from eradication.pipeline.basis import outlines
from eradication.pipeline.kept import Find
from eradication.pipeline.walks import Ground, Walks, finds_of, ground_of, recorded, searched, walks, with_lines
from eradication.pipeline.workspace import Workspace, write_whole

LAYER = "flowering.tif"
BLOCK_SUBCELLS = 8
"""Rows of sub-cells taken at once."""

FORMAT = 3
"""To be raised when the figures are computed otherwise: kept ones are then not taken for the same."""

NO_OUTLINES = N_("No outline of a commune is known, so no share of the ground can be told.")
DAMAGED = N_("The map of looks of the newest run is damaged: run monitor again.")
NO_MAP = N_("The run of this season was made on another computer, and its maps are not here: run monitor here as well.")
NO_RUN = N_("No run of this season has looked at images of the flowering window.")

_UNVISITED = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.EXPIRED, State.DISMISSED)


def of_season(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the answer of ``coverage``.

    Args:
        workspace: whose patrols, runs and communes.
        season: the season.
        as_of: cut on ``recorded_at``; ``None`` = now.
    """
    taken = walks(workspace, season, as_of)
    return _shares(workspace, season, taken, as_of) | {
        "season": season.label,
        "window": [day.isoformat() for day in season.flowering],
        "candidates": _candidates(workspace, season, taken, as_of),
        "thinned": thinned.said(taken.kept),
        "simulated": projection.is_simulated(workspace),
    }


def total(workspace: Workspace, season: Season, as_of: datetime | None = None) -> dict[str, Any]:
    """Return what the ledger says of coverage: shares of the whole province, and why where there are none."""
    answer = _shares(workspace, season, recorded(workspace, season, as_of), as_of)
    return {name: answer["total"][name] for name in ("optical", "patrol", "both", "none")} | {"why": answer["why"]}


def by_area(
    workspace: Workspace, season: Season, areas: Sequence[AdminUnit] | None = None, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    """Return the rows of ``coverage``, also for other areas than communes, e.g. villages; kept ones if nothing came."""
    rows: list[dict[str, Any]] = _shares(workspace, season, recorded(workspace, season, as_of), as_of, areas)["rows"]
    return rows


def _shares(
    workspace: Workspace,
    season: Season,
    known: Walks,
    as_of: datetime | None,
    areas: Sequence[AdminUnit] | None = None,
) -> dict[str, Any]:
    """Return rows, total and run, computed or as kept: then no track is read; ``areas`` = communes if not given."""
    run, layer = _newest_layer(workspace, season, as_of)
    places = projection.units_on(workspace, as_of=as_of) if areas is None else areas
    name = _name(workspace, known, run, finds_of(workspace, season, as_of), places)
    kept = workspace.folder / "outputs" / "coverage" / f"{season.label}-{name}.json"
    answer = _read(kept) if name else None
    if answer is None:
        taken = known if known.lines else with_lines(workspace, known, season, as_of)
        where = ground_of(workspace, season, taken, as_of, areas)
        try:
            answer = _frozen(taken, where, run, layer) or _computed(workspace, season, taken, where, layer)
        except RasterioError:
            return _computed(workspace, season, taken, where, None) | {"why": DAMAGED, "run": None}
        if name:
            write_whole(kept, json.dumps(answer, ensure_ascii=False))
    if layer is None and run:
        answer = _without_optics(answer)
    return answer | {"run": run or None}


def _frozen(taken: Walks, where: Ground, run: str, layer: Path | None) -> dict[str, Any] | None:
    """Return the shares that were kept when the tracks were thinned, if they are of the same ground and run."""
    if taken.kept is None or not taken.kept.whole:
        return None
    return taken.kept.coverage.get(thinned.frozen_name(where.units, run, layer))


def to_freeze(
    workspace: Workspace, season: Season, taken: Walks, as_of: datetime | None, areas: Sequence[AdminUnit] | None
) -> dict[str, dict[str, Any]]:
    """Return name → shares of communes, or of other areas, to be kept when the tracks are thinned."""
    run, layer = _newest_layer(workspace, season, as_of)
    where = ground_of(workspace, season, taken, as_of, areas)
    try:
        answer = _frozen(taken, where, run, layer) or _computed(workspace, season, taken, where, layer)
    except RasterioError:
        return {}
    return {thinned.frozen_name(where.units, run, layer): answer}


def _without_optics(answer: dict[str, Any]) -> dict[str, Any]:
    """Take back what is said of satellites: a run looked, but what it saw is on another computer."""
    unknown = dict.fromkeys(f"{part}{unit}" for part in ("optical", "both", "none") for unit in ("", "_m2"))
    rows = [row | unknown for row in answer["rows"]]
    return answer | {"rows": rows, "total": answer["total"] | unknown, "why": NO_MAP}


def _newest_layer(workspace: Workspace, season: Season, as_of: datetime | None) -> tuple[str, Path | None]:
    """Return the newest run of the season whose map of looks in the flowering window is there, and the map.

    Of runs without maps, which other computers made, the newest alone is named.
    """
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.RUN_FINISHED])
    runs = [str(event.payload["run"]) for event in events if event.payload["season"] == season.label][::-1]
    layers = {run: workspace.folder / "outputs" / "runs" / run / LAYER for run in runs}
    found = next((run for run in runs if layers[run].is_file()), None)
    return (found, layers[found]) if found else (runs[0] if runs else "", None)


def _name(workspace: Workspace, known: Walks, run: str, finds: Mapping[str, Find], areas: Sequence[AdminUnit]) -> str:
    """Name everything the figures rest on; empty if there is no telling, because the file of forests is not there."""
    forest = workspace.settings.effort.forest
    try:
        trees = hashlib.sha256((workspace.folder / Path(forest)).read_bytes()).hexdigest() if forest else ""
    except OSError:
        return ""
    ids = sorted(str(patrol["id"]) for patrol in known.summaries)
    settings = workspace.settings.effort, workspace.settings.limits
    ground_asked = outlines(unit for unit in areas if unit.geometry is not None)
    told = sorted((plot, find.unit, find.lon, find.lat, iso(find.at)) for plot, find in finds.items())
    parts = (FORMAT, ids, known.events, run, repr(settings), trees, told, ground_asked)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found


def _computed(workspace: Workspace, season: Season, taken: Walks, where: Ground, layer: Path | None) -> dict[str, Any]:
    """Return rows and total; areas are shares of the pixels times the geodesic area of the commune.

    Raises:
        RasterioError: the map of looks is damaged.
    """
    if not where.units:
        return {"rows": [], "total": _row("total", "", 0.0, np.zeros(4)), "why": NO_OUTLINES}
    found = searched(workspace, season, taken, where)
    pixels = np.zeros((len(where.units), 4))
    for block, clear in _blocks(_frame(where.outlines, found.cell[found.in_flower.any(axis=1)], layer), layer):
        quarters = coverage.patrolled(block, found.cell, found.in_flower)
        if clear.any() or quarters.any():
            pixels += coverage.count(_drawn(block, where.outlines), clear, quarters, len(where.units))
    rows = []
    for unit, outline, counts in zip(where.units, where.outlines, pixels, strict=True):
        area = geo.area_m2(unit.geometry) if unit.geometry is not None else 0.0
        parts = counts * PIXEL_M**2 * (area / outline.area if outline.area else 0.0)
        # Ground that nobody looked at is not drawn: it is what is left.
        parts[NONE] = max(area - parts[[OPTICAL, PATROL, BOTH]].sum(), 0.0)
        rows.append((unit, area, parts))
    total = np.sum([parts for _, _, parts in rows], axis=0)
    return {
        "rows": [_row(unit.code, unit.name, area, parts) for unit, area, parts in rows],
        "total": _row("total", "", sum(area for _, area, _ in rows), total),
        "why": "" if layer else NO_RUN,
    }


def _row(key: str, name: str, area: float, parts: npt.NDArray[np.float64]) -> dict[str, Json]:
    """Return a row: m² seen by satellite, by patrol, by both and by none, and shares; ``optical`` holds ``both``."""
    whole = float(parts.sum())
    optical, patrol = float(parts[OPTICAL] + parts[BOTH]), float(parts[PATROL] + parts[BOTH])
    areas = {"optical": optical, "patrol": patrol, "both": float(parts[BOTH]), "none": float(parts[NONE])}
    row: dict[str, Json] = {"key": key, "name": name, "area_m2": round(area)}
    row |= {f"{part}_m2": round(value) for part, value in areas.items()}
    # What was seen is floored and what was not is rounded up: no share says more than is so.
    floored = {part: math.floor(areas[part] / whole * 1e4 + 1e-6) / 1e4 if whole else None for part in areas}
    floored["none"] = math.ceil(areas["none"] / whole * 1e4 - 1e-6) / 1e4 if whole else None
    return row | floored


def _frame(outlines: Sequence[BaseGeometry], cells: npt.NDArray[np.int64], layer: Path | None) -> ground.Box:
    """Return the box of sub-cells in which communes lie and something was seen."""
    seen: list[BaseGeometry] = []
    if len(cells):
        column, row = corner(cells)
        west, south, east, north = column.min(), row.min(), column.max() + 1, row.max() + 1
        edges = [float(v) * SUBCELL_M for v in (west, south, east, north)]
        seen.append(shapely.box(edges[0], edges[1], edges[2], edges[3]))
    if layer is not None:
        with rasterio.open(layer, driver="GTiff") as source:
            seen.append(shapely.box(*transform_bounds(source.crs, f"EPSG:{geo.UTM48}", *source.bounds)))
    communes = shapely.box(*shapely.total_bounds(np.array(outlines, dtype=object)))
    return ground.Box.of([part & communes for part in seen])


def _blocks(frame: ground.Box, layer: Path | None) -> Iterator[tuple[Block, npt.NDArray[np.bool_]]]:
    """Give the ground of a box from north to south, with the pixels that were seen clearly."""
    per = round(SUBCELL_M / PIXEL_M)
    west, north = frame.column * SUBCELL_M, (frame.row + frame.rows) * SUBCELL_M
    with _Looks(layer, frame) as looks:
        for top in range(0, frame.rows, BLOCK_SUBCELLS):
            rows = min(BLOCK_SUBCELLS, frame.rows - top) * per
            block = Block(west, north - top * SUBCELL_M, (rows, frame.columns * per))
            yield block, looks.clear(top * per, block.shape)


class _Looks:
    """Clear looks in the flowering window on the frame; without a map nothing was seen."""

    def __init__(self, layer: Path | None, frame: ground.Box) -> None:
        self._layer, self._frame = layer, frame
        self._open: list[Any] = []

    def __enter__(self) -> "_Looks":
        frame, per = self._frame, round(SUBCELL_M / PIXEL_M)
        if self._layer is not None and frame.rows:
            source = rasterio.open(self._layer, driver="GTiff")
            west, north = frame.column * SUBCELL_M, (frame.row + frame.rows) * SUBCELL_M
            place = rasterio.Affine(PIXEL_M, 0.0, west, 0.0, -PIXEL_M, north)
            size = {"width": frame.columns * per, "height": frame.rows * per}
            self._open = [WarpedVRT(source, crs=f"EPSG:{geo.UTM48}", transform=place, **size), source]
        return self

    def __exit__(self, *_: object) -> None:
        for opened in self._open:
            opened.close()

    def clear(self, top: int, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Return which pixels were seen, from row ``top`` on.

        Raises:
            RasterioError: the map is damaged.
        """
        if not self._open:
            return np.zeros(shape, bool)
        window = RasterWindow(0, top, shape[1], shape[0])
        seen: npt.NDArray[np.bool_] = self._open[0].read(1, window=window) > 0
        return seen


def _drawn(block: Block, outlines: Sequence[BaseGeometry]) -> npt.NDArray[np.int32]:
    """Return the number of the commune of each pixel of a block, northern row first."""
    per = round(SUBCELL_M / PIXEL_M)
    rows, columns = (n // per for n in block.shape)
    box = ground.Box(round(block.west_m / SUBCELL_M), round(block.north_m / SUBCELL_M) - rows, columns, rows)
    return box.drawn(outlines, per)[::-1]


def _candidates(workspace: Workspace, season: Season, taken: Walks, as_of: datetime | None) -> dict[str, Json]:
    """Return how many candidates nobody visited, and how many of them a patrol passed within sight."""
    waiting, hit = passed_by(workspace, season, taken, as_of)
    return {"unvisited": waiting, "passed": len(hit)}


def passed_by(workspace: Workspace, season: Season, taken: Walks, as_of: datetime | None) -> tuple[int, list[str]]:
    """Return how many candidates nobody visited, and the plots of those that a patrol passed within sight."""
    told = projection.replayed(workspace, as_of=as_of)
    waiting = [e for e in told.episodes if e.season == season and e.state in _UNVISITED]
    places = [geo.project(e.plot.geometry, geo.WGS84, geo.UTM48) for e in waiting]
    lines: Lines = taken.all
    hit = passed.passed(places, lines, workspace.settings.effort.strip_open_m)
    before = taken.kept.passed if taken.kept else frozenset()
    return len(waiting), [e.plot.id for e, near in zip(waiting, hit, strict=True) if near or e.plot.id in before]

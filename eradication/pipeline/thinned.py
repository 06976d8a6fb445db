"""What is kept of a season whose tracks were thinned to effort, read again wherever those tracks were read.

The record is an original, named by hash in its event ``tracks_thinned``: figures of sub-cells, at the settings of then,
for every set of walks that a question may be about (:mod:`.thinning_record`). A question about just those walks gets
the figures it had before; about others, what is sure of those that are in it.
"""

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from eradication.domain import AdminUnit, Event, EventKind, Json, Season
from eradication.domain.event import iso
from eradication.effort import distances, search
from eradication.effort import thinned as effort
from eradication.errors import N_, StorageFailed, UnusableInput
from eradication.pipeline import set_layers
from eradication.pipeline.basis import outlines
from eradication.pipeline.kept import Find
from eradication.pipeline.workspace import Workspace
from eradication.store import blobs, thinning

FORMAT, VERSION = "eradication-effort", 1


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of a season's walks rest on."""

    patrols: tuple[str, ...]
    """Ids, sorted, of those that count."""
    finds: str
    """Hash of the finds that may tell how wide a strip is."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What stands for tracks that are gone."""

    search: search.Search
    width: distances.Width
    drawn: Mapping[str, Mapping[str, float]]
    """Draw of cells → cell → p."""
    passed: frozenset[str]
    """Plots that somebody passed within sight."""
    coverage: Mapping[str, dict[str, Any]]
    """Name of ground and run → shares."""
    on: datetime
    """When the tracks were thinned."""
    whole: bool
    """Whether it is of just the walks asked for."""
    exact: bool
    """Whether finds and settings are those of then as well."""


def basis(workspace: Workspace, ids: Iterable[str], finds: Mapping[str, Find]) -> Basis:
    """Return what figures of walks rest on."""
    told = sorted((plot, find.unit, find.lon, find.lat, iso(find.at)) for plot, find in finds.items())
    return Basis(tuple(sorted(ids)), hashlib.sha256(repr(told).encode()).hexdigest())


def settings_of(workspace: Workspace) -> dict[str, Json]:
    """Return the settings that decide about strips and chances, and the hash of the file of forests."""
    path = set_layers.path(workspace.settings, workspace.folder, "effort", "forest")
    trees = blobs.sha256_of(path) if path is not None and path.is_file() else ""
    plain: dict[str, Json] = json.loads(json.dumps(dataclasses.asdict(workspace.settings.effort)))
    return plain | {"forest": trees}


def gone(workspace: Workspace, ids: Collection[str]) -> bool:
    """Tell whether any of these patrols, which have no track here, had one that was thinned."""
    return bool(ids) and not thinning.in_force(workspace.store).keys().isdisjoint(ids)


def since(workspace: Workspace, ids: Collection[str] = ()) -> dict[str, str]:
    """Return patrol id → when it was thinned (ISO, UTC), of those whose track is gone here; of ``ids`` if given."""
    named = thinning.in_force(workspace.store)
    here = workspace.store.tracked() if named else frozenset()
    asked = [name for name in named if name not in here and (not ids or name in ids)]
    return {name: iso(named[name].recorded_at) for name in asked}


def refusal(when: str) -> UnusableInput:
    """Return the refusal of what needs a track that is gone."""
    return UnusableInput(
        "tracks_thinned",
        N_("The track was thinned to effort on {day}: where the patrol walked is no longer kept."),
        hint=N_("Kilometres, hours and square kilometres of the patrol stay: eradication patrols show ID"),
        values={"day": when[:10]},
    )


def said(kept: Kept | None) -> dict[str, Json] | None:
    """Return what answers say of thinned tracks, ``None`` where there are none."""
    return None if kept is None else {"on": iso(kept.on), "whole": kept.whole, "exact": kept.exact}


def kept(workspace: Workspace, season: Season, wanted: Basis) -> Kept:
    """Return what stands for the walks of a season.

    Raises:
        StorageFailed: ``record_missing``.
    """
    found = [(cut, event, record) for event, record in records(workspace, season) for cut in record["cuts"]]
    same = [part for part in found if tuple(part[0]["patrols"]) == wanted.patrols]
    alike = [part for part in same if part[0]["finds"] == wanted.finds]
    if same:
        cut, event, record = (alike or same)[-1]
        as_set = _as_set(workspace, record)
        return _read(cut, event, whole=True, exact=bool(alike) and as_set)
    part_of = [part for part in found if set(part[0]["patrols"]) <= set(wanted.patrols)]
    read = [_read(cut, event, whole=False, exact=False) for cut, event, _ in part_of]
    return reduce(_together, read, _nothing(found[-1][1]))


def holds_whole(workspace: Workspace, season: Season, wanted: Basis) -> bool:
    """Tell whether a record is here of just these walks."""
    try:
        cuts = [cut for _, record in records(workspace, season) for cut in record["cuts"]]
    except StorageFailed:
        return False
    return any(tuple(cut["patrols"]) == wanted.patrols and cut["finds"] == wanted.finds for cut in cuts)


def _as_set(workspace: Workspace, record: Mapping[str, Any]) -> bool:
    """Tell whether the settings are those of then; one that did not exist then says nothing."""
    now = settings_of(workspace)
    return all(now.get(name) == value for name, value in record["settings"].items())


def _read(cut: Mapping[str, Any], event: Event, *, whole: bool, exact: bool) -> Kept:
    width = distances.Width(**{**cut["width"], "histogram": tuple(cut["width"]["histogram"])})
    return Kept(
        effort.read(cut["cells"]),
        width,
        cut["drawn"],
        frozenset(cut["passed"]),
        cut["coverage"],
        event.recorded_at,
        whole,
        exact,
    )


def _nothing(event: Event) -> Kept:
    empty = search.of_cells(np.empty(0, np.int64), np.empty(0))
    return Kept(empty, distances.width((), 1), {}, frozenset(), {}, event.recorded_at, whole=False, exact=False)


def _together(one: Kept, other: Kept) -> Kept:
    drawn = {
        draw: {
            cell: max(one.drawn.get(draw, {}).get(cell, 0.0), other.drawn.get(draw, {}).get(cell, 0.0))
            for cell in {**one.drawn.get(draw, {}), **other.drawn.get(draw, {})}
        }
        for draw in {**one.drawn, **other.drawn}
    }
    together = effort.least(one.search, other.search)
    return dataclasses.replace(other, search=together, drawn=drawn, passed=one.passed | other.passed, coverage={})


def records(workspace: Workspace, season: Season | None = None) -> list[tuple[Event, dict[str, Any]]]:
    """Return the events that thinned tracks of a season (``None`` = of any), each with its record; own ones last.

    Raises:
        StorageFailed: ``record_missing``: none of them is here and whole.
    """
    events = [
        event
        for event in workspace.store.events(kinds=[EventKind.TRACKS_THINNED])
        if season is None or event.payload["season"] == season.label
    ]
    # What this office wrote itself comes last, and is believed first.
    events.sort(key=lambda event: (event.origin == workspace.store.origin, event.recorded_at, *event.key))
    found = [(event, record) for event in events if (record := _record(workspace, event)) is not None]
    if events and not found:
        raise StorageFailed(
            "record_missing",
            N_("Tracks of {season} were thinned to effort, and the record of that effort is missing or damaged."),
            where=str(workspace.folder),
            hint=N_("See `eradication audit verify`; import a bundle of the office that thinned them, or a backup."),
            values={"season": str(events[-1].payload["season"])},
        )
    return found


def _record(workspace: Workspace, event: Event) -> dict[str, Any] | None:
    sha256 = str(event.payload["record"]["sha256"])
    path = workspace.store.original(sha256)
    if path is None or not blobs.is_whole(path, sha256):
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        is_one = (record["format"], record["version"]) == (FORMAT, VERSION)
        for cut in record["cuts"] if is_one else ():
            _read(cut, event, whole=False, exact=False)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # of a stranger, perhaps
    return record if is_one else None


def photos(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return photo → patrol and place that a track gave it before it was thinned."""
    told: dict[str, dict[str, Any]] = {}
    if workspace.store.events(kinds=[EventKind.TRACKS_THINNED]):
        for _, record in records(workspace):
            told |= record["photos"]
    return told


def frozen_name(units: Sequence[AdminUnit], run: str, layer: Path | None) -> str:
    """Name what shares of the ground rest on besides walks: outlines, the run that looked, and its map being here."""
    parts = outlines(unit for unit in units if unit.geometry is not None), run if layer else ""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

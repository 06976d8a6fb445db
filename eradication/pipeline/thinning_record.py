"""Writes down what a season's tracks gave, before they are thinned out; :mod:`.thinned` reads it again.

One cut for each set of walks that a question may still be about: those known now, and those known when a reporting
period was closed. A period that was closed goes on saying what it said.

Loaded late: it reads maps and walks on the grid.
"""

import dataclasses
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from eradication.domain import AdminUnit, EventKind, Json, Season
from eradication.domain.event import iso
from eradication.effort import thinned as effort
from eradication.pipeline import covered, criteria, foreseen, photo_desk, photo_placing, projection, thinned, undetected
from eradication.pipeline.walks import finds_of, ground_of, searched, walks
from eradication.pipeline.workspace import Workspace

_PLACED = ("patrol", "lon", "lat", "position_source", "error_m", "track_m")


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and under which boundaries, something was or will be told."""

    as_of: datetime | None = None
    vintage: date | None = None


def of_season(workspace: Workspace, season: Season, ids: Collection[str], moments: Sequence[Moment]) -> dict[str, Json]:
    """Return the record of a season.

    Args:
        workspace: with the tracks still in it, or with what is kept of those that went before.
        season: the season.
        ids: patrols that are to be thinned.
        moments: the first is now.
    """
    cuts: dict[thinned.Basis, dict[str, Any]] = {}
    for moment in moments:
        _add(cuts, workspace, season, moment)
    record: dict[str, Any] = {
        "format": thinned.FORMAT,
        "version": thinned.VERSION,
        "season": season.label,
        "settings": thinned.settings_of(workspace),
        "patrols": sorted(ids),
        "cuts": list(cuts.values()),
        "photos": _photos(workspace, ids),
    }
    plain: dict[str, Json] = json.loads(json.dumps(record, allow_nan=False))
    return plain


def basis(workspace: Workspace, season: Season, as_of: datetime | None = None) -> thinned.Basis:
    """Return what the figures of a season's walks rest on."""
    from eradication.pipeline.walks import recorded

    known = recorded(workspace, season, as_of)
    ids = [str(patrol["id"]) for patrol in known.summaries]
    return thinned.basis(workspace, ids, finds_of(workspace, season, as_of))


def _add(cuts: dict[thinned.Basis, dict[str, Any]], workspace: Workspace, season: Season, moment: Moment) -> None:
    taken = walks(workspace, season, moment.as_of)
    where = ground_of(workspace, season, taken, moment.as_of)
    name = basis(workspace, season, moment.as_of)
    cut = cuts.get(name)
    if cut is None:
        found = searched(workspace, season, taken, where)
        cut = cuts[name] = {
            "as_of": iso(moment.as_of) if moment.as_of else None,
            "patrols": list(name.patrols),
            "finds": name.finds,
            "width": dataclasses.asdict(where.width),
            "cells": effort.plain(found),
            "drawn": {},
            "passed": [],
            "coverage": {},
        }
    known = foreseen.of_season(workspace, season, moment.as_of)
    cut["drawn"] = undetected.to_freeze(workspace, known, taken, where) | cut["drawn"]
    near = covered.passed_by(workspace, season, taken, moment.as_of)[1]
    cut["passed"] = sorted({*cut["passed"], *near})
    for areas in _areas(workspace, moment):
        cut["coverage"] |= covered.to_freeze(workspace, season, taken, moment.as_of, areas)


def _areas(workspace: Workspace, moment: Moment) -> list[Sequence[AdminUnit] | None]:
    """Return what shares of the ground are asked of: communes, those of another day, and villages."""
    communes = projection.units_on(workspace, moment.vintage, moment.as_of)
    day = projection.day_of(moment.vintage, moment.as_of)
    villages = criteria.village_grounds(workspace, communes, day, moment.as_of)
    return [None, communes, *([villages] if villages else [])]


def _photos(workspace: Workspace, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return photo → patrol and place, of photos that stand where the track of one of these patrols puts them."""
    kept = photo_desk.kept(workspace.store.events(kinds=[EventKind.PHOTO_RECORDED]))
    before = {name: one.photo for name, one in kept.items()}
    told = {photo.sha256: photo for photo in photo_placing.settled(workspace, list(before.values()))}
    changed = [photo for name, photo in told.items() if photo != before[name]]
    mine = [photo for photo in changed if photo.patrol in ids or (not photo.patrol and photo.track_m is not None)]
    return {photo.sha256: {name: getattr(photo, name) for name in _PLACED} for photo in mine}

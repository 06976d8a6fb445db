"""The order of cells by risk on a season's first day, kept for the coverage of patrols by decile of risk (I6).

On its first day nobody had walked in the season: what orders the cells is the ground, access to it, and what earlier
seasons searched and found; tips and candidates of the season itself play no part. So the figure asks whether patrols
went where plots were to be expected, and no walk moves the deciles it is counted in.

It takes a fit to tell, so the ledger does not compute it: :func:`keep` is called where a surface is asked for, and
:func:`coverage` reads what it kept, as long as it holds: no event of an earlier season has come since, and settings,
files and communes are the same. Otherwise there is no figure, and why is said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from eradication import history
from eradication.domain import TIMEZONE, Event, EventKind, Json, Season
from eradication.domain.event import iso, parse_iso
from eradication.effort.search import Search
from eradication.pipeline import foreseen, projection, set_layers
from eradication.pipeline.basis import outlines
from eradication.pipeline.risk import bare, keeping
from eradication.pipeline.workspace import Workspace
from eradication.risk import deciles
from eradication.risk.surface import Fit

KIND, FORMAT = "deciles", 3
KINDS = (*sorted((history.KINDS | {*foreseen.SHOWING}) - {EventKind.UNITS_RECORDED}), EventKind.PATROL_RECORDED)
"""What was shown to patrols tells which of their finds were foretold. Outlines of communes are compared themselves, and
tables of units move no cell."""
UNDATED = frozenset({EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART, EventKind.PLOT_SPLIT})
"""What people decide about plots concerns every season of them."""
FILES = (
    ("distances", "village"),
    ("distances", "road"),
    ("distances", "border"),
    ("plan", "tracks"),
    ("plan", "rivers"),
    ("effort", "forest"),
    ("risk", "karst"),
    ("risk", "swidden"),
    ("terrain", "dem"),
)

NO_SURFACE, OUTDATED, KNOWN_LATER = "no_surface", "surface_outdated", "surface_known_later"
"""Why there is no coverage by decile of risk."""

type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Cells in their order on a season's first day."""

    cell: Ints
    """Numbers, ascending."""
    decile: Ints
    """1 = the riskiest, shape (cell,)."""
    told: Mapping[str, Any]
    """What it rests on, and ``basis`` and ``learned_seasons``."""


class Course(Protocol):
    """What is known of seasons, see :class:`eradication.pipeline.risk.evaluating.Course`."""

    @property
    def cells(self) -> Ints:
        """Numbers of the cells, ascending."""

    @property
    def seasons(self) -> tuple[Season, ...]:
        """In their order."""

    def first_day(self, season: int) -> tuple[npt.NDArray[np.float64], Fit]:
        """Return the plots of each cell as expected on a season's first day, and the fit that tells them."""


def keep(workspace: Workspace, over: Course, heads: Mapping[str, int]) -> None:
    """Keep the order of cells on the first day of the last season of a course, unless what is kept holds.

    Args:
        workspace: keeps it.
        over: what is known now.
        heads: how far each origin's chain went before that was read.
    """
    season = over.seasons[-1]
    if kept(workspace, season, None)[0] is not None:
        return
    risk, fit = over.first_day(len(over.seasons) - 1)
    order = np.argsort(-risk, kind="stable")
    decile = np.empty(len(risk), np.int64)
    decile[order] = np.arange(len(risk)) * deciles.DECILES // max(len(risk), 1) + 1
    events = workspace.store.events(kinds=KINDS)
    newest = max((e.recorded_at for e in events if _concerns(e, season)), default=datetime.min.replace(tzinfo=UTC))
    told: dict[str, Any] = {
        "format": FORMAT,
        "heads": dict(heads),
        "newest": iso(newest),
        "rests_on": _rests_on(workspace, season),
        "basis": fit.basis,
        "learned_seasons": [one.label for one in over.seasons[:-1]],
        "computed_at": iso(datetime.now(UTC)),
    }
    keeping.write(workspace, KIND, season.label, {"cell": over.cells, "decile": decile, "told": _text(told)})


def _text(told: Mapping[str, Any]) -> npt.NDArray[np.generic]:
    return np.array([json.dumps(told)])


def kept(workspace: Workspace, season: Season, as_of: datetime | None) -> tuple[Kept | None, str]:
    """Return what was kept if it holds, else ``None`` and why."""
    found = keeping.read(workspace, KIND, season.label)
    if found is None or not {"cell", "decile", "told"} <= found.keys():
        return None, NO_SURFACE
    told = json.loads(str(found["told"][0]))
    if told.get("format") != FORMAT or told["rests_on"] != _rests_on(workspace, season, as_of):
        return None, OUTDATED
    if any(_concerns(event, season) for event in workspace.store.later(told["heads"], KINDS)):
        return None, OUTDATED
    if as_of is not None and as_of < parse_iso(told["newest"]):
        return None, KNOWN_LATER
    return Kept(found["cell"].astype(np.int64), found["decile"].astype(np.int64), told), ""


def coverage(
    workspace: Workspace, season: Season, found: Search, as_of: datetime | None = None
) -> tuple[dict[str, Json] | None, str]:
    """Return how well patrols searched each decile of risk, riskiest first, or ``None`` and why.

    Args:
        workspace: whose surface.
        season: the season.
        found: its search.
        as_of: cut on ``recorded_at`` that the search has; ``None`` = now.
    """
    known, why = kept(workspace, season, as_of)
    if known is None:
        return None, why
    at = np.searchsorted(known.cell, found.cell).clip(max=max(len(known.cell) - 1, 0))
    inside = known.cell[at] == found.cell if len(known.cell) else np.zeros(len(found.cell), bool)
    decile, length = known.decile[at[inside]], deciles.DECILES + 1
    cells = np.bincount(known.decile, minlength=length)
    touched = np.bincount(decile, found.walked_m[inside] > 0, minlength=length)
    p = np.bincount(decile, found.p[inside], minlength=length)
    rows: list[Json] = [
        {
            "decile": n,
            "cells": int(cells[n]),
            "touched": int(touched[n]),
            "touched_share": _share(float(touched[n]), int(cells[n])),
            "searched_p": round(float(p[n]) / int(cells[n]), 6) if cells[n] else None,
        }
        for n in range(1, length)
    ]
    about: dict[str, Json] = {name: known.told[name] for name in ("basis", "learned_seasons", "computed_at")}
    return {"deciles": rows, **about}, ""


def _share(part: float, whole: int) -> float | None:
    return int(part / whole * 10_000 + 1e-9) / 10_000 if whole else None


def _concerns(event: Event, season: Season) -> bool:
    """Tell whether an event may change what was known of the seasons before one."""
    if event.kind in UNDATED:
        return True
    begins = datetime.combine(season.first_day, time(), TIMEZONE)
    visit = event.payload.get("visit")
    said = visit.get("visited_at") if isinstance(visit, Mapping) else None
    return event.happened_at < begins or (isinstance(said, str) and parse_iso(said) < begins)


def _rests_on(workspace: Workspace, season: Season, as_of: datetime | None = None) -> str:
    """Name settings, files and communes: a file by its size and time, which the ledger need not read it for.

    A run's map of old swidden counts by what is in it: each week's run writes that of the same earlier years again.
    """
    settings = workspace.settings
    told: list[object] = [FORMAT, settings.risk, settings.effort, settings.identity]
    for section, name in FILES:
        path = set_layers.path(settings, workspace.folder, section, name)
        if path is not None:
            stat = path.stat() if path.exists() else None
            told.append((section, name, str(path), stat and (stat.st_size, stat.st_mtime_ns)))
    if not settings.risk.swidden:
        told.append(bare.contents(workspace, season, as_of))
    return keeping.named([*told, outlines(projection.units_on(workspace))])

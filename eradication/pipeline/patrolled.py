"""Effort of a season: what patrols walked, by unit and commune, and how well the ground was searched.

Loaded late: the strips are stamped by compiled code.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from eradication import effort, geo
from eradication.config import Effort
from eradication.domain import TIMEZONE, Json, Season
from eradication.effort import distances, ground, search, strips
from eradication.effort.strips import SUBCELL_M2
from eradication.pipeline import projection, thinned
from eradication.pipeline.plans import following
from eradication.pipeline.risk import first_day
from eradication.pipeline.walks import Ground, Walks, ground_of, half_widths, searched, walks
from eradication.pipeline.workspace import Workspace, check_output

CELL_SIDE = 4
"""Sub-cells along one side of a square kilometre."""


def effort_of(workspace: Workspace, season: Season, out: Path | None) -> dict[str, Any]:
    """Return the answer of ``effort``; with ``out``, write the sub-cells as a GeoPackage as well.

    Raises:
        UnusableInput: ``unknown_format``, ``protected_path``; the file of forests or the settings cannot be understood.
        StorageFailed: the file cannot be written.
    """
    if out is not None:
        check_output(workspace, out)
    answer, found = told(workspace, season)
    if out is not None:
        from eradication.report import searched

        searched.write(layer(found), out, simulated=bool(answer["simulated"]))
    return answer | {"written": [str(out)] if out else []}


def told(workspace: Workspace, season: Season, as_of: datetime | None = None) -> tuple[dict[str, Any], search.Search]:
    """Return the answer of ``effort``, and the search it rests on.

    Args:
        workspace: whose patrols.
        season: in which they began.
        as_of: cut on ``recorded_at``; ``None`` = now.
    """
    taken = walks(workspace, season, as_of)
    where = ground_of(workspace, season, taken, as_of)
    found = searched(workspace, season, taken, where)
    by_risk, why_not = first_day.coverage(workspace, season, found, as_of)
    today = min((as_of or datetime.now(UTC)).astimezone(TIMEZONE).date(), season.last_day)
    box = ground.Box.of(where.outlines)
    commune = box.drawn(where.outlines)
    answer: dict[str, Any] = {
        "season": season.label,
        "as_of_day": today.isoformat(),
        "total": _total(taken, season, found),
        "units": _units(taken, season),
        "communes": _communes(where, box, commune, found, today),
        "cells": _cells(where, _commune_of(box, commune, found), found, _days(taken), today),
        "strip": strip(workspace.settings.effort, where),
        "planned": following.effort_planned(workspace, season, as_of),
        "risk_deciles": by_risk,
        "risk_deciles_why": why_not,
        "thinned": thinned.said(taken.kept),
        "simulated": projection.is_simulated(workspace),
    }
    return answer, found


def strip(settings: Effort, where: Ground) -> dict[str, Json]:
    """Return what is said of the strip's width: what it is, and whether settings or finds decided."""
    open_m, forest_m = half_widths(settings, where.width)
    told = dataclasses.asdict(where.width)
    told["histogram"] = list(where.width.histogram)
    return {
        "open_m": round(open_m, 1),
        "forest_m": round(forest_m, 1),
        "forest_known": where.forest_known,
        "from": "settings" if where.width.half_width_m is None else "finds",
        "finds": told | {"bin_m": distances.BIN_M, "needed": settings.least_finds},
    }


def _total(taken: Walks, season: Season, found: search.Search) -> dict[str, Json]:
    summary = effort.summarise(taken.summaries, season=season)
    return _figures(summary, taken.summaries, season) | {
        "subcells": int((found.walked_m > 0).sum()),
        "seen_m2": round(float(found.seen_m2.sum())),
    }


def _units(taken: Walks, season: Season) -> list[dict[str, Json]]:
    return [
        {"unit": unit, **_figures(summary, [p for p in taken.summaries if p["unit"] == unit], season)}
        for unit, summary in effort.by_unit(taken.summaries, season=season).items()
    ]


def _figures(summary: effort.Effort, patrols: Sequence[Mapping[str, Any]], season: Season) -> dict[str, Json]:
    days = sorted({day for patrol in patrols for day in patrol["cells"] if effort.is_in(day, season)})
    return {
        "patrols": summary.patrols,
        "km": round(summary.km, 2),
        "hours": round(summary.hours, 2),
        "days": len(days),
        "last_day": days[-1] if days else None,
        "km2": summary.km2,
        "km2_visits": summary.km2_visits,
    }


def _communes(where: Ground, box: ground.Box, commune: Any, found: search.Search, today: date) -> list[dict[str, Json]]:
    own = _commune_of(box, commune, found)
    whole = np.bincount(commune[commune >= 0], minlength=len(where.units)).tolist()
    return [
        {"key": unit.code, "name": unit.name, "subcells": whole[n], **_walked(found, own == n, whole[n], today)}
        for n, unit in enumerate(where.units)
    ]


def _commune_of(box: ground.Box, commune: Any, found: search.Search) -> Any:
    """Return the number of the commune of each sub-cell, ``OUTSIDE`` where there is none."""
    column, row = strips.corner(found.cell)
    x, y = column - box.column, row - box.row
    inside = (x >= 0) & (x < box.columns) & (y >= 0) & (y < box.rows)
    own = np.full(len(found.cell), ground.OUTSIDE)
    own[inside] = commune[y[inside], x[inside]]
    return own


def _walked(found: search.Search, mine: Any, whole: int, today: date) -> dict[str, Json]:
    """Return the figures of some of the sub-cells that were come near, out of ``whole`` there are."""
    last, touched = int(found.last_day[mine].max(initial=0)), int((found.walked_m[mine] > 0).sum())
    return {
        "touched": touched,
        "touched_share": _share(touched, whole),
        # Ground nobody came near was searched with p = 0, and belongs to the mean.
        "searched_p": _share(float(found.p[mine].sum()), whole),
        "km": round(float(found.walked_m[mine].sum()) / 1000.0, 2),
        "hours": round(float(found.moving_s[mine].sum()) / 3600.0, 2),
        "seen_m2": round(float(found.seen_m2[mine].sum())),
        "last_day": date.fromordinal(last).isoformat() if last else None,
        "days_since": max(today.toordinal() - last, 0) if last else None,
    }


def _days(taken: Walks) -> dict[str, set[str]]:
    """Return on which days each square kilometre was walked in."""
    found: dict[str, set[str]] = {}
    for patrol in taken.summaries:
        for day, cells in patrol["cells"].items():
            for cell in cells:
                found.setdefault(cell, set()).add(day)
    return found


def _cells(
    where: Ground, own: Any, found: search.Search, days: Mapping[str, set[str]], today: date
) -> list[dict[str, Json]]:
    """Return the square kilometres that were walked in, by their names."""
    column, row = strips.corner(found.cell)
    pairs, which = np.unique(np.stack([column // CELL_SIDE, row // CELL_SIDE]), axis=1, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(which.ravel()[order])) + 1) if len(order) else []
    rows: list[dict[str, Json]] = []
    for (east, north), mine in zip(pairs.T.tolist(), groups, strict=True):
        name, codes = f"{east}_{north}", [where.units[n].code for n in np.unique(own[mine]) if n >= 0]
        figures = _walked(found, mine, CELL_SIDE**2, today)
        if figures["touched"]:
            rows.append({"cell": name, "communes": [*codes], "days": len(days.get(name, ())), **figures})
    return rows


def _share(part: float, whole: float) -> float | None:
    """Return a share floored to 0.0001, ``None`` of nothing."""
    return int(part / whole * 10_000 + 1e-9) / 10_000 if whole else None


def layer(found: search.Search) -> list[dict[str, Any]]:
    """Return the sub-cells as rows for a map: a square (WGS 84), p, what was walked and when last."""
    column, row = strips.corner(found.cell)
    west, south = column * strips.SUBCELL_M, row * strips.SUBCELL_M
    squares = shapely.box(west, south, west + strips.SUBCELL_M, south + strips.SUBCELL_M)
    return [
        {
            "geometry": geo.project(square, geo.UTM48, geo.WGS84),
            "searched_p": round(float(p), 4),
            "seen_share": round(float(seen) / SUBCELL_M2, 4),
            "walked_m": round(float(metres), 1),
            "days": int(days),
            "last_day": date.fromordinal(int(last)).isoformat() if last else None,
        }
        for square, p, seen, metres, days, last in zip(
            squares, found.p, found.seen_m2, found.walked_m, found.days, found.last_day, strict=True
        )
    ]

"""What is answered of plots: lists of them, and one with its seasons, its events and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import shapely

from eradication.domain import Episode, Season
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import checking, harvesting, journal, kept, photos, projection
from eradication.pipeline.harvesting import Growing
from eradication.pipeline.workspace import Workspace
from eradication.store import BBox, Row


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which plots are asked for."""

    season: Season | None = None
    state: str = ""
    """Empty = in any."""
    bbox: BBox | None = None
    """Only plots whose outline meets it; west, south, east, north in degrees (WGS 84)."""


def plots(
    workspace: Workspace, wanted: Wanted | None = None, *, urgent: bool = False, day: date | None = None
) -> dict[str, Any]:
    """Return every plot and season, best score first within a season; ``urgent`` = by the days left until the harvest.

    ``day`` is the local day from which they are counted; ``None`` = today.
    """
    wanted, day = wanted or Wanted(), day or harvesting.today()
    rows = kept.plots(workspace, wanted.season, wanted.state, wanted.bbox, datetime.now(UTC))
    if rows is None:
        rows = _replayed_plots(workspace, wanted)
    said = {"simulated": projection.is_simulated(workspace)}
    clocks = harvesting.rows(workspace, list(map(Growing.of_row, rows)), day)
    told = [_listed(row) | clock | said for row, clock in zip(rows, clocks, strict=True)]
    told.sort(key=lambda row: (row["season"], -(row["score"] or 0.0), row["id"]))
    if urgent:
        told.sort(key=lambda row: harvesting.urgency(row, day))
    return {"plots": told, "day": day.isoformat(), "urgent": urgent}


def _replayed_plots(workspace: Workspace, wanted: Wanted) -> list[Row]:
    told, communes = projection.replayed(workspace), projection.names(workspace)
    mine = projection.in_season(told.episodes, wanted.season)
    chosen = [e for e in mine if not wanted.state or str(e.state) == wanted.state]
    if wanted.bbox is not None:
        window = shapely.box(*wanted.bbox)
        chosen = [e for e in chosen if shapely.intersects(e.plot.geometry, window)]
    return [projection.layer_row(episode, communes) for episode in chosen]


def _plot(episode: Episode, communes: Mapping[str, str]) -> dict[str, Any]:
    return _listed(projection.layer_row(episode, communes))


UNLISTED = ("geometry", "plot_id", "first_seen_utc", "sown_on", "stage", "stage_at")
"""Columns of the layer that answers tell otherwise."""


def _listed(row: Row) -> dict[str, Any]:
    """Return a row of the layer ``plots`` as it is answered."""
    told = {name: value for name, value in row.items() if name not in UNLISTED}
    # The layer's own time has milliseconds only.
    first_seen, estimated = row["first_seen_utc"], bool(row["class_estimated"])
    return told | {"id": row["plot_id"], "first_seen": first_seen, "class_estimated": estimated}


def plot(workspace: Workspace, wanted: str, language: str = "vi") -> dict[str, Any]:
    """Return one plot with its seasons, its visits, the events that tell of it and the checks of its destructions.

    Raises:
        UnusableInput: ``no_such_plot``.
    """
    told = projection.replayed(workspace)
    communes = projection.names(workspace)
    episodes = [e for e in told.episodes if wanted in (e.plot.id, e.plot.code, *e.plot.aliases)]
    if not episodes:
        raise UnusableInput(
            "no_such_plot",
            N_("There is no plot '{wanted}'."),
            hint=N_("`eradication plots list` shows ids and codes."),
            values={"wanted": wanted},
        )
    day = harvesting.today()
    clocks = harvesting.rows(workspace, list(map(Growing.of, episodes)), day)
    ids = {episodes[0].plot.id, *episodes[0].plot.aliases}
    events = [event for event in workspace.store.events() if ids & journal.plots_named(event)]
    return {
        "day": day.isoformat(),
        "plot": episodes[0].plot.id,
        "code": episodes[0].plot.code,
        "seasons": [
            _plot(e, communes) | clock | {"out_of_place": list(e.out_of_place)}
            for e, clock in zip(episodes, clocks, strict=True)
        ],
        "events": [_event(event) for event in events],
        **photos.of_plot(workspace, told, episodes[0].plot.id),
        "checks": checking.in_words(checking.of_plot(workspace, episodes[0].plot.id, told=told), language),
        "simulated": projection.is_simulated(workspace),
    }


def _event(event: Any) -> dict[str, Any]:
    visit = event.payload.get("visit") or {}
    return {
        "origin": event.origin,
        "number": event.number,
        "kind": str(event.kind),
        "happened_at": iso(event.happened_at),
        "recorded_at": iso(event.recorded_at),
        "unit": visit.get("unit", ""),
        "outcome": visit.get("outcome", ""),
        "visit_id": visit.get("visit_id", ""),
        "hash": event.hash,
    }

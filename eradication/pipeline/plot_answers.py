"""What is answered of plots: lists of them, and one with its seasons, its events and what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import shapely

from eradication.domain import Episode, Event, EventKind
from eradication.errors import N_, UnusableInput
from eradication.history import History
from eradication.pipeline import checking, harvesting, journal, kept, not_yet, one_plot, photos, projection, units
from eradication.pipeline.harvesting import Growing
from eradication.pipeline.kept import Wanted
from eradication.pipeline.workspace import Workspace
from eradication.store import Row, owning


def plots(
    workspace: Workspace, wanted: Wanted | None = None, *, urgent: bool = False, day: date | None = None
) -> dict[str, Any]:
    """Return every plot and season, best score first within a season; ``urgent`` = by the days left until the harvest.

    ``day`` is the local day from which they are counted; ``None`` = today.
    """
    return listed(workspace, standing(workspace, wanted or Wanted()), urgent=urgent, day=day)


def standing(workspace: Workspace, wanted: Wanted, unit: str = "") -> list[Row]:
    """Return plots and seasons as rows of the layer; with ``unit`` only those that its people may see."""
    seen = workspace.store.seen_by(unit) if unit else None
    rows = kept.plots(workspace, wanted, datetime.now(UTC), seen)
    if rows is not None:
        return rows
    rows = _replayed_plots(workspace, wanted)
    if not unit:
        return rows
    names = {name for row in rows for name in row["units"].split(",")}
    mine = owning.read_by(unit, names, units.tables_of(workspace), projection.day_of(None, None))
    return [row for row in rows if owning.concerns(row["units"], mine)]


def listed(
    workspace: Workspace, rows: Sequence[Row], *, urgent: bool = False, day: date | None = None
) -> dict[str, Any]:
    """Return the answer that tells of rows; see :func:`plots`."""
    day = day or harvesting.today()
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
    chosen = [e for e in mine if wanted.state in ("", str(e.state)) and wanted.plot_id in ("", e.plot.id)]
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


def plot(
    workspace: Workspace, wanted: str, language: str = "vi", *, looks: bool = True, at_once: bool = False
) -> dict[str, Any]:
    """Return one plot with its seasons, its visits, the events that tell of it and the checks of its destructions.

    ``looks`` = with who saw it in the web application. ``at_once`` = without photos and checks, which ``left_out`` then
    says, where these are to be compared with those of a great many other places.

    Raises:
        UnusableInput: ``no_such_plot``.
    """
    found = one_plot.part(workspace, wanted)
    events = workspace.store.events() if found is None else found.events
    told = projection.replayed(workspace, events=events) if found is None else found.told
    communes = projection.names(workspace)
    known = told.plot(wanted)
    if known is None:
        raise UnusableInput(
            "no_such_plot",
            N_("There is no plot '{wanted}'."),
            hint=N_("`eradication plots list` shows ids and codes."),
            values={"wanted": wanted},
        )
    # A part of a divided plot of which nothing is recorded yet has no season.
    episodes = [episode for episode in told.episodes if episode.plot.id == known.id]
    by_key = {event.key: event for event in events}
    visited = found is not None and any(visit.plot_id == known.id for visit in told.recorded)
    left_out = at_once and visited and not not_yet.is_little(workspace)
    day, ids = harvesting.today(), {known.id, *known.aliases}
    clocks = harvesting.rows(workspace, list(map(Growing.of, episodes)), day)
    return {
        "day": day.isoformat(),
        "plot": known.id,
        "code": known.code,
        "aliases": list(known.aliases),
        "seasons": [
            _plot(e, communes) | clock | {"out_of_place": list(e.out_of_place)}
            for e, clock in zip(episodes, clocks, strict=True)
        ],
        "findings": [asdict(finding) for finding in told.findings if finding.plot_id == known.id],
        "events": [journal.of_event(event, journal.corrected_by(event, by_key)) for event in events_about(events, ids)],
        **(_UNCHECKED if left_out else _checked(workspace, known.id, None if visited else told, language)),
        "views": _looks(workspace, ids) if looks else [],
        "simulated": projection.is_simulated(workspace),
        **({"left_out": left_out} if at_once else {}),
    }


_UNCHECKED: Mapping[str, Sequence[Any]] = {"photos": (), "photo_checks": (), "checks": ()}


def _checked(workspace: Workspace, plot_id: str, told: History | None, language: str) -> dict[str, Any]:
    """Return photos and checks of a plot; without ``told`` photos and minutes are looked for at all other places."""
    told = told or projection.replayed(workspace)
    checks = checking.in_words(checking.of_plot(workspace, plot_id, told=told), language)
    return {**photos.of_plot(workspace, told, plot_id), "checks": checks}


def _looks(workspace: Workspace, ids: Collection[str]) -> list[dict[str, Any]]:
    return views_of(workspace.store.events(kinds=[EventKind.PLOTS_VIEWED]), ids)


def views_of(events: Sequence[Event], names: Collection[str]) -> list[dict[str, Any]]:
    """Return who saw a plot when in the web application, by any of its ids, as events tell it."""
    return [
        {**view, "event": [event.origin, event.number]}
        for event in events
        if event.kind is EventKind.PLOTS_VIEWED
        for view in event.payload.get("views", ())
        if view["plot"] in names
    ]


def events_about(events: Sequence[Event], names: set[str]) -> list[Event]:
    """Return the events about a plot by its ids; of a part of a divided one also those before it was divided."""
    spans: list[tuple[set[str], datetime | None]] = [(names, None)]
    splits = [event for event in events if event.kind is EventKind.PLOT_SPLIT]
    for split in sorted(splits, key=lambda event: event.recorded_at, reverse=True):
        parts = {str(part["plot_id"]) for part in split.payload["parts"]}
        if any(parts & known for known, _ in spans):
            spans.append((set(map(str, split.payload["names"])), split.recorded_at))
    return [
        event
        for event in events
        if any(
            known & journal.plots_named(event) and (until is None or event.recorded_at <= until)
            for known, until in spans
        )
    ]

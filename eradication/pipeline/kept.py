"""What the replay told last, kept in the store: questions about now are answered without replaying every event.

Nothing is known only here. It is written in the transaction that appended events, with a note of what it rests on: how
far each origin's chain went and what else (:mod:`.basis`), and with sums of the rows (:mod:`.sums`). Whoever reads
compares all of it; where anything differs there is no answer, and the caller replays. The one thing that time itself
changes, candidates that expire with the season, is told at reading by the replay's own rule.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from eradication import history, ledger
from eradication.domain import CandidateSource, Event, EventKind, Outcome, Plot, Season, State, Visit
from eradication.domain.event import SIMULATED, iso, parse_iso
from eradication.ledger import Entry
from eradication.pipeline.basis import Ground, basis_of, program, rests_on
from eradication.pipeline.sums import Sealer
from eradication.pipeline.workspace import Workspace
from eradication.store import BBox, Reading, Row

TABLE = "replayed"
MARKER, ENTRY, FINDING, FIND, PLACE = "marker", "entry", "finding", "find", "place"
"""Parts of the table: what all of it rests on, entries of the ledger, findings, first finds, plots as places."""

WITH_ORIGIN_STATED = (
    EventKind.RUN_FINISHED,
    EventKind.PATROL_RECORDED,
    EventKind.PHOTO_RECORDED,
    EventKind.VISIT_RECORDED,
    EventKind.VISIT_CORRECTED,
    EventKind.TIP_RECORDED,
    EventKind.UNITS_RECORDED,
    EventKind.FACTS_RECORDED,
)
"""Events that say of themselves whether they are simulated."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger needs of a replay."""

    findings: list[history.Finding]
    """Of the season asked for and of none."""
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Find:
    """The first detection of a plot in a season that has a place."""

    unit: str
    lon: float
    lat: float
    at: datetime


def first_finds(recorded: Iterable[Visit]) -> dict[tuple[str, str], Find]:
    """Return season and plot → its first find with a place, of visits in the order of replay.

    That is the first detection, and where nobody detected it the first destruction that states an area.
    """
    first: dict[tuple[str, str], Find] = {}
    destroyed: dict[tuple[str, str], Find] = {}
    for visit in recorded:
        if visit.lon is not None:
            key = Season.of(visit.visited_at).label, visit.plot_id
            find = Find(visit.unit, visit.lon, visit.lat or 0.0, visit.visited_at)
            if visit.outcome is Outcome.DETECTED:
                first.setdefault(key, find)
            elif visit.outcome is Outcome.ERADICATED and visit.area_m2:
                destroyed.setdefault(key, find)
    return destroyed | first


def _unsaid() -> None:
    """Say nothing where rows were changed beside the program."""


def told(
    workspace: Workspace, season: Season | None, now: datetime, altered: Callable[[], None] = _unsaid
) -> Told | None:
    """Return findings and entries of ``season`` (``None`` = of all) as they stand ``now``; ``None`` = replay.

    ``altered`` is called where that is because somebody changed rows beside the program.
    """
    parts: dict[str, Sequence[str]] = {"part": (ENTRY, FINDING)}
    rows = _read(workspace, parts if season is None else parts | {"season": ("", season.label)}, now, altered)
    if rows is None:
        return None
    entries = map(ledger.from_json, map(json.loads, rows.get(ENTRY, ())))
    findings = (finding_from(*json.loads(body)) for body in rows.get(FINDING, ()))
    return Told(
        history.listed(findings),
        sorted((_standing(entry, now) for entry in entries), key=lambda e: (e.plot_id, e.season)),
    )


def finding_from(kind: str, reason: str, plot_id: str, season: str, event: list[Any], *told: str) -> history.Finding:
    """Return the finding whose values were kept in their order."""
    return history.Finding(kind, reason, plot_id, season, (event[0], event[1]), *told)


def _standing(entry: Entry, now: datetime) -> Entry:
    state = history.standing(entry.state, entry.season, now)
    return entry if state is entry.state else replace(entry, state=state)


def _read(
    workspace: Workspace, only: Mapping[str, Sequence[str]], now: datetime, altered: Callable[[], None] = _unsaid
) -> dict[str, list[str]] | None:
    """Return part → bodies of rows, in the order of keys, if they are what was kept and that holds ``now``."""
    rows = workspace.store.layer(TABLE, only={**only, "part": (MARKER, *only["part"])})
    by_part: dict[str, list[str]] = {}
    for row in rows:
        by_part.setdefault(row["part"], []).append(row["body"])
    marker = _marker(workspace, by_part.get(MARKER, ()), altered)
    if marker is None or not holds(workspace, marker, now):
        return None
    if not Sealer(workspace).agree(marker, rows, only):
        altered()
        return None
    return by_part


def finds(workspace: Workspace, season: Season, now: datetime) -> dict[str, Find] | None:
    """Return plot → its first find of ``season``, by plot; ``None`` = replay."""
    rows = _read(workspace, {"part": (FIND,), "season": ("", season.label)}, now)
    if rows is None:
        return None
    kept = map(json.loads, rows.get(FIND, ()))
    return {plot: Find(unit, lon, lat, parse_iso(at)) for plot, unit, lon, lat, at in kept}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which plots are asked for."""

    season: Season | None = None
    state: str = ""
    """Empty = in any."""
    bbox: BBox | None = None
    """Only plots whose outline meets it; west, south, east, north in degrees (WGS 84)."""
    plot_id: str = ""
    """Only this one; empty = any."""


def plots(workspace: Workspace, wanted: Wanted, now: datetime, seen: Reading | None = None) -> list[Row] | None:
    """Return rows of the layer ``plots`` as they stand ``now``; ``None`` = replay.

    Args:
        workspace: whose plots.
        wanted: which of them; those of a rectangle are found by the database's index.
        now: a moment after the last write.
        seen: what may be read of the layer; ``None`` = everything.

    The marker is checked, the rows of this layer are not: only the audit compares them with the events.
    """
    state, only = wanted.state, dict[str, Sequence[str]]()
    if wanted.season is not None:
        only["season"] = (wanted.season.label,)
    if wanted.plot_id:
        only["plot_id"] = (wanted.plot_id,)
    if state:
        only["state"] = (state, State.CANDIDATE, State.ASSIGNED) if state == State.EXPIRED else (state,)
    marker = marker_of(workspace)
    rows = (seen or workspace.store).layer("plots", bbox=wanted.bbox, only=only) if marker else []
    if marker is None or not holds(workspace, marker, now):
        return None
    told = [standing(row, now) for row in rows]
    return [row for row in told if not state or row["state"] == state]


def standing(row: Row, now: datetime) -> Row:
    """Return a row of the layer ``plots`` as it stands ``now``: open candidates expire with their season."""
    return row | {"state": str(history.standing(State(row["state"]), Season.parse(row["season"]), now))}


def marker_of(workspace: Workspace, altered: Callable[[], None] = _unsaid) -> dict[str, Any] | None:
    """Return the note of what all that is kept rests on, ``None`` if nothing is kept, or if it is not as written."""
    rows = workspace.store.layer(TABLE, only={"part": (MARKER,)})
    return _marker(workspace, [row["body"] for row in rows], altered)


def _marker(workspace: Workspace, bodies: Sequence[object], altered: Callable[[], None]) -> dict[str, Any] | None:
    """Read a marker. Nothing of it may be used before its seal was looked at: anybody could have written it."""
    if not bodies:
        return None
    try:
        marker = json.loads(str(bodies[0]))
    except ValueError:
        marker = None
    if isinstance(marker, dict) and len(bodies) == 1:
        if Sealer(workspace).is_sealed(marker):
            return marker
        by = marker.get("program"), marker.get("origin")
        if all(by) and by != (program(), workspace.store.origin):
            return None  # another version of the program wrote it, or it bears the seal of a key that was replaced
    altered()
    return None


def agrees(workspace: Workspace, marker: Mapping[str, Any]) -> bool:
    """Tell whether every row that is kept is in the sums of a marker."""
    only = {"part": (ENTRY, FINDING, FIND, PLACE)}
    return Sealer(workspace).agree(marker, workspace.store.layer(TABLE, only=only), only)


def places(workspace: Workspace, events: Sequence[Event], now: datetime) -> list[Plot] | None:
    """Return every plot, by id, as ``events`` tell of them ``now``; ``None`` = replay.

    Args:
        workspace: whose plots.
        events: those that a transaction sees.
        now: a moment after the last write.
    """
    rows = _read(workspace, {"part": (PLACE,)}, now)
    if rows is None:
        return None
    heads: Mapping[str, int] = json.loads(rows[MARKER][0])["heads"]
    if any(e.number > heads.get(e.origin, 0) for e in events if e.kind in history.KINDS):
        return None
    return [place_from(json.loads(body)) for body in rows.get(PLACE, ())]


def place_json(plot: Plot) -> list[Any]:
    """Return a plot as plain JSON."""
    told = plot.id, plot.code, plot.geometry.wkb_hex, plot.measured, plot.source.value, plot.commune_code
    return [*told, list(plot.aliases), iso(plot.first_seen)]


def place_from(values: list[Any]) -> Plot:
    """Read what :func:`place_json` wrote."""
    plot_id, code, outline, measured, source, commune, aliases, first_seen = values
    shape: BaseGeometry = shapely.from_wkb(outline)
    seen = parse_iso(first_seen)
    return Plot(plot_id, code, shape, measured, CandidateSource(source), commune, tuple(aliases), seen)


def simulated(workspace: Workspace) -> bool | None:
    """Tell whether any event says that it is simulated; ``None`` = nothing is kept of that, all of them must be read.

    Those looked at before the last write are not read again.
    """
    marker = marker_of(workspace)
    if marker is None or marker["program"] != program():
        return None
    since = workspace.store.later(marker["heads"], WITH_ORIGIN_STATED)
    return bool(marker["simulated"]) or any(map(says_simulated, since))


def says_simulated(event: Event) -> bool:
    """Tell whether an event says that what it tells is simulated."""
    if event.kind not in WITH_ORIGIN_STATED:
        return False
    visit = event.payload.get("visit") or {}
    return bool(event.payload.get("simulated")) or SIMULATED in str(visit.get("note", ""))


def holds(workspace: Workspace, marker: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a replay ``now`` would tell what was kept with a marker, which is as it was written.

    Ask after reading what it speaks of, and read the marker no later than that: what somebody wrote in between is then
    found among the later events.
    """
    if not rests_on(marker, basis_of(workspace, Ground(now, workspace.store.units())), now):
        return False
    return not workspace.store.later(marker["heads"], history.KINDS)

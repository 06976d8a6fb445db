"""What is carried out of the office, and that it was: every file of places or walks is an event with its hash."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import Event, EventKind, Fixes, Json, Waypoint
from eradication.domain.event import SIMULATED
from eradication.errors import N_, UnusableInput
from eradication.pipeline import projection, thinned, units
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained


def recorded(
    workspace: Workspace, out: Path, kind: EventKind, body: Mapping[str, Json], made: bytes | Callable[[Path], None],
    *, private: bool = False,
) -> str:  # fmt: skip
    """Make the file, put it on record with its SHA-256, then put it in place; return the hash.

    In this order there may be a record of a file that was never seen, and never a file without its record.

    Args:
        workspace: keeps the record.
        out: the file.
        kind: of the event.
        body: of the event; name and hash of the file are added.
        made: content of the file, or what writes it.
        private: it says where people will be or were: its owner alone may read it (0600), from its first moment.

    Raises:
        StorageFailed: the disk or the store refused; a file that was there before is then as it was.
    """
    from eradication.report.whole import write_whole

    digests: list[str] = []

    def fill(temporary: Path) -> None:
        if isinstance(made, bytes):
            temporary.write_bytes(made)
        else:
            made(temporary)
        if private:
            temporary.chmod(0o600)
        digests.append(hashlib.sha256(temporary.read_bytes()).hexdigest())
        with workspace.store.transaction() as transaction:
            told = {"file": out.name, "written_sha256": digests[0], **body}
            transaction.append(kind, datetime.now(UTC), told)

    with disk_errors_explained(out):
        write_whole(out, fill)
    return digests[0]


def check_place(workspace: Workspace, out: Path, *endings: str) -> None:
    """Make sure a file can be written where it is wanted and is named as what it holds, before the work that makes it.

    Raises:
        UnusableInput: ``protected_path``, ``is_a_directory``, ``unknown_format``, ``no_such_folder``.
    """
    from eradication.report import whole

    check_output(workspace, out)
    whole.ending(out, endings)
    whole.check_folder(out)


def export_patrols(
    workspace: Workspace, out: Path, ids: Sequence[str] = (), unit: str = "", form: str = "", *, notes: bool = False
) -> dict[str, Any]:
    """Write recorded patrols, marked fixes with their reasons, and put on record which.

    Args:
        workspace: holds the patrols.
        out: file to write.
        ids: only these patrols; empty = all.
        unit: only those of the unit with this code, however it is spelt.
        form: ``gpx``, ``gpkg``, ``kml`` or ``geojson``; empty = by the file's ending.
        notes: with what patrols wrote beside their waypoints; free text may name people and stays here by default.

    Raises:
        UnusableInput: ``no_such_patrol``, ``unknown_unit``, ``no_patrols``, ``unknown_format``, ``no_such_folder``,
            ``protected_path``; ``tracks_thinned``: no track is left of any of them.
    """
    from eradication.report import tracks, whole

    check_output(workspace, out)
    whole.ending(out, tracks.WRITERS, form)
    unit = units.on_record(workspace, unit)
    chosen = _chosen(workspace, ids, unit)
    gone = thinned.since(workspace, list(chosen))
    if len(gone) == len(chosen):
        raise thinned.refusal(max(gone.values()))
    chosen = {name: event for name, event in chosen.items() if name not in gone}
    walks = _walks(workspace, chosen, notes=notes)
    body: dict[str, Json] = {"patrols": [walk.id for walk in walks], "unit": unit, "all": not (ids or unit)}
    body["notes"] = notes
    sha256 = recorded(
        workspace, out, EventKind.PATROLS_EXPORTED, body, lambda path: tracks.export(walks, path, form or out.suffix)
    )
    return {
        "written": [str(out)],
        "sha256": sha256,
        "patrols": len(walks),
        "fixes": sum(len(s) for walk in walks for s in walk.placed),
        "left_out": sum(walk.placeless for walk in walks),
        "thinned": sorted(gone),
        "simulated": any(walk.simulated for walk in walks),
    }


def _chosen(workspace: Workspace, ids: Sequence[str], unit: str) -> dict[str, Event]:
    events = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    known = {str(event.payload["patrol"]["id"]): event for event in events}
    for wanted in ids:
        if wanted not in known:
            raise UnusableInput(
                "no_such_patrol",
                N_("There is no patrol '{wanted}'."),
                hint=N_("`eradication patrols list` shows the ids."),
                values={"wanted": wanted},
            )
    code = units.tables_of(workspace).code
    written = {name: str(event.payload["patrol"]["unit"]) for name, event in known.items()}
    chosen = {
        name: event
        for name, event in known.items()
        if (not ids or name in ids) and unit in ("", code(written[name]) or written[name])
    }
    if not chosen:
        raise UnusableInput(
            "no_patrols",
            N_("There is no patrol to write."),
            hint=N_("`eradication patrols list` shows the patrols and the codes of their units."),
        )
    return chosen


def _walks(workspace: Workspace, chosen: Mapping[str, Event], *, notes: bool) -> "list[Any]":
    from eradication.report.tracks import Walk

    segments: dict[str, list[Fixes]] = {}
    for name, fixes in workspace.store.tracks(list(chosen)):
        segments.setdefault(name, []).append(fixes)
    waypoints: dict[str, list[Waypoint]] = {}
    for name, point in workspace.store.waypoints(list(chosen)):
        waypoints.setdefault(name, []).append(point if notes else replace(point, note=""))
    simulated = projection.is_simulated(workspace)
    return [
        Walk(
            id=name,
            unit=str(event.payload["patrol"]["unit"]),
            name=_named(str(event.payload["patrol"]["name"]), simulated=simulated),
            kind=str(event.payload["patrol"]["kind"]),
            summary=event.payload["patrol"],
            segments=tuple(segments.get(name, ())),
            waypoints=tuple(waypoints.get(name, ())),
            simulated=simulated,
        )
        for name, event in chosen.items()
    ]


def _named(name: str, *, simulated: bool) -> str:
    """Return the name of a walk; where it is simulated the name says so, for it is what other programs keep."""
    return f"{name} ({SIMULATED})".strip() if simulated and SIMULATED not in name else name

"""Receipts of files that patrols handed in: made of what was taken in, written beside it, never part of the store."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eradication.domain import Fixes, Patrol, PatrolFile, Waypoint
from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.ingest import track_shape
from eradication.pipeline import journal, thinned
from eradication.pipeline.handing_in import Desk, PatrolOptions, Recorded
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained, write_whole
from eradication.report.receipt import Receipt, TrackAccount, Writer
from eradication.report.track_picture import Walk, draw

_NOT_TOLD = ("refusal", "on_record")


def of_file(
    file: PatrolFile, workspace: Workspace, language: str, *, known: Recorded | None = None, number: str = ""
) -> Receipt:
    """Return the receipt of a file as it was taken in.

    Args:
        file: what became of it.
        workspace: where it was handed in.
        language: of the receipt.
        known: what the store says of it, once it is recorded.
        number: of the receipt.
    """
    _ = translator(language)
    refusal = file.facts.get("refusal", {"template": file.message, "values": {}, "hint": ""})
    return Receipt(
        name=file.path.rsplit("/", 1)[-1],
        sha256=file.sha256,
        format=file.format,
        status=file.status,
        message=_(refusal["template"]).format(**refusal["values"]) if refusal["template"] else "",
        hint=_(refusal["hint"]).format(**refusal["values"]) if refusal["hint"] else "",
        recorded_at=known.at if known else None,
        number=number,
        facts={
            name: journal.plain(value) for name, value in file.facts.items() if name not in ("refusal", "on_record")
        },
        tracks=tuple(
            _account(patrol, known.unit if known else patrol.unit, workspace, language) for patrol in file.patrols
        ),
        simulated=workspace.simulated or any(journal.is_simulated(patrol) for patrol in file.patrols),
    )


def _account(patrol: Patrol, unit: str, workspace: Workspace, language: str) -> TrackAccount:
    gaps, drives = track_shape.gaps(patrol.segments), track_shape.drives(patrol.segments)
    walk = Walk(patrol.segments, patrol.waypoints, journal.is_simulated(patrol))
    return TrackAccount(
        id=patrol.id,
        name=patrol.name,
        kind=patrol.kind,
        unit=unit,
        start=patrol.start,
        end=patrol.end,
        length_km=patrol.length_km,
        hours=patrol.hours,
        total=patrol.total,
        kept=patrol.kept,
        marked=patrol.marked,
        waypoints=len(patrol.waypoints),
        gaps=gaps.count,
        longest_gap_s=gaps.longest_s,
        drives=drives.count,
        driven_km=drives.km,
        perimeters=patrol.perimeters,
        differ_pct=workspace.settings.perimeters.differ_pct,
        picture=draw(walk, language, translator(language)),
    )


def write(workspace: Workspace, files: Iterable[PatrolFile], folder: Path, language: str) -> list[dict[str, str]]:
    """Write a page for each file into ``folder``; return path and text of each, in order.

    Raises:
        UnusableInput: ``protected_path``, ``not_a_folder``.
        StorageFailed: the folder cannot be written.
    """
    check_output(workspace, folder / "receipt.html")
    if folder.exists() and not folder.is_dir():
        hint = N_("Name a folder; it is made if it is not there.")
        raise UnusableInput("not_a_folder", N_("This is not a folder."), where=str(folder), hint=hint)
    with disk_errors_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    writer, known, written = Writer(language, translator(language)), Desk(workspace, PatrolOptions()).recorded, []
    for number, file in enumerate(files, start=1):
        receipt = of_file(file, workspace, language, known=known.get(file.sha256))
        out = folder / f"{number:03}-{file.sha256[:16] or 'unread'}.html"
        write_whole(out, writer.page((receipt,)))
        written.append({"path": str(out), "text": writer.text((receipt,))})
    return written


def picture(workspace: Workspace, patrol: Mapping[str, Any], out: Path, language: str) -> None:
    """Write the picture of a recorded patrol as an SVG file.

    Args:
        workspace: where it is recorded.
        patrol: the answer on it, with ``id`` and ``simulated``.
        out: a name ending in ``.svg``.
        language: of its legend.

    Raises:
        UnusableInput: ``unknown_ending``, ``protected_path``, ``is_a_directory``, ``tracks_thinned``.
    """
    if out.suffix.lower() != ".svg":
        message, hint = N_("Pictures of tracks are written as SVG."), N_("Give the file a name that ends in .svg.")
        raise UnusableInput("unknown_ending", message, where=str(out), hint=hint)
    check_output(workspace, out)
    if patrol.get("thinned_at"):
        raise thinned.refusal(str(patrol["thinned_at"]))
    segments, waypoints = kept(workspace, str(patrol["id"]))
    write_whole(out, draw(Walk(segments, waypoints, bool(patrol["simulated"])), language, translator(language)) + "\n")


def kept(workspace: Workspace, patrol_id: str) -> tuple[list[Fixes], list[Waypoint]]:
    """Return segments and waypoints of a recorded patrol."""
    segments = [fixes for _, fixes in workspace.store.tracks([patrol_id])]
    return segments, [waypoint for _, waypoint in workspace.store.waypoints([patrol_id])]

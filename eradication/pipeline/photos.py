"""Photos of patrols: handed in, listed, joined to visits, and their copies handed out."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import evidence, history
from eradication.domain import TIMEZONE, EventKind, Photo
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.i18n import Translate
from eradication.ingest import photos as reading
from eradication.ingest import unpacking
from eradication.ingest.photo_clock import Clock
from eradication.pipeline import photo_desk, photo_placing, projection
from eradication.pipeline.photo_desk import Kept, Taken
from eradication.pipeline.photo_placing import Said
from eradication.pipeline.workspace import Workspace, check_output, disk_errors_explained
from eradication.progress import Stage, quiet


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """What the user says about handed-in photos."""

    unit: str = ""
    timezone: str = ""
    """Of clocks that state none; empty = the workspace's."""
    offset_s: float | None = None
    """Seconds by which the clocks of all cameras are ahead."""
    clock_photo: Path | None = None
    """Photo of a clock that is right, say of the screen of a receiver …"""
    clock_time: datetime | None = None
    """… and the time it shows, aware."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Photos beside the visits they show."""

    kept: Mapping[str, Kept]
    links: Sequence[evidence.Link]
    checks: Sequence[evidence.Check]
    codes: Mapping[str, str]
    """Plot id → its short code."""

    def of(self, sha256: str) -> list[dict[str, Any]]:
        """Return the rows that a photo shows."""
        names = ("visit", "role", "distance_m", "minutes")
        return [
            {name: getattr(link, name) for name in names} | {"plot": self.codes.get(link.plot_id, link.plot_id)}
            for link in self.links
            if link.photo == sha256
        ]


def record(
    workspace: Workspace, paths: Sequence[Path], options: PhotoOptions, translate: Translate, stage: Stage = quiet
) -> dict[str, Any]:
    """Take photos in: originals sealed, copies without EXIF, clocks checked, refusals listed.

    Raises:
        UnusableInput: ``no_such_file``, ``no_files``, ``unknown_timezone``, ``clock_told_twice``, ``clock_half_told``,
            ``clock_photo_without_time``.
        RefusedInput: the photo of a clock cannot be read.
    """
    zone = reading.zone(options.timezone or workspace.settings.workspace.timezone)
    said = _said(workspace, options, zone)
    desk = photo_desk.Desk(workspace, options.unit, zone, bool(options.timezone))
    tick = stage(N_("Photos"))
    for done, handed in enumerate(unpacking.spread(paths, workspace.settings.limits), start=1):
        desk.take(handed)
        tick(done, max(done, len(paths)))
    if not desk.taken:
        where = ", ".join(map(str, paths))
        hint = N_("Name at least one file, or a folder that holds some.")
        raise UnusableInput("no_files", N_("There is no file to take in."), where=where, hint=hint)
    if len(desk.problems) == len(desk.taken):
        raise desk.problems[0]
    clocks = desk.record(said)
    seen = shown(workspace)
    return {
        "photos": [_answer(one, seen, translate) for one in desk.taken],
        "clock": [_clock(camera, desk.models.get(camera, ""), clock) for camera, clock in clocks.items()],
        "simulated": projection.is_simulated(workspace),
    }


def _said(workspace: Workspace, options: PhotoOptions, zone: Any) -> Said:
    told = options.clock_photo, options.clock_time
    if options.offset_s is not None and any(told):
        hint = N_("Give either --offset, or --clock-photo with --clock-time.")
        raise UnusableInput("clock_told_twice", N_("The clock is told in two ways."), where="--offset", hint=hint)
    if options.clock_photo is None or options.clock_time is None:
        if any(told):
            hint = N_("Give --clock-photo with --clock-time, the time that the photographed clock shows.")
            where = "--clock-photo"
            raise UnusableInput("clock_half_told", N_("One of the two is missing."), where=where, hint=hint)
        return Said(offset_s=options.offset_s)
    facts, _ = reading.read(options.clock_photo, timezone=zone, settings=workspace.settings, now=datetime.now(UTC))
    if facts.stated_at is None:
        raise UnusableInput(
            "clock_photo_without_time",
            N_("The photo of a clock does not say when its camera thinks it was taken."),
            where=str(options.clock_photo),
            hint=N_("Take the photo from the camera itself; messengers strip the time. Or give --offset."),
        )
    return Said(camera=facts.camera, camera_offset_s=(facts.stated_at - options.clock_time).total_seconds())


def shown(workspace: Workspace, told: history.History | None = None, as_of: datetime | None = None) -> Shown:
    """Return all photos beside the visits they show, as the events tell it now, or those recorded until ``as_of``."""
    kept = photo_desk.kept(workspace.store.events(as_of=as_of, kinds=[EventKind.PHOTO_RECORDED]))
    if not kept and told is None:
        return Shown({}, (), (), {})
    told = told or projection.replayed(workspace)
    settled = photo_placing.settled(workspace, [one.photo for one in kept.values()])
    kept = {photo.sha256: dataclasses.replace(kept[photo.sha256], photo=photo) for photo in settled}
    shots = [_shot(one) for one in kept.values()]
    plots, settings = {plot.id: plot for plot in told.plots}, workspace.settings.photos
    links = evidence.links(shots, told.recorded, plots, settings)
    checks = evidence.checks(shots, told.recorded, links, plots, settings)
    return Shown(kept, links, checks, {plot.id: plot.code or plot.id for plot in told.plots})


def _shot(one: Kept) -> evidence.Shot:
    p = one.photo
    return evidence.Shot(p.sha256, one.names, p.unit, p.taken_at, p.lon, p.lat, p.error_m, p.phash, p.track_m)


def listed(workspace: Workspace) -> dict[str, Any]:
    """Return every photo, oldest first, and what is missing or odd about the photos of destructions."""
    seen = shown(workspace, projection.replayed(workspace))
    return {
        "photos": [_facts(one.photo, seen) | _record(one) for one in seen.kept.values()],
        "checks": [_check(check, seen) for check in seen.checks],
        "simulated": projection.is_simulated(workspace),
    }


def of_plot(workspace: Workspace, told: history.History, plot_id: str) -> dict[str, Any]:
    """Return the photos of one plot: who is shown what, before, after or near, and what is missing or odd."""
    seen = shown(workspace, told)
    rows = []
    for link in seen.links:
        if link.plot_id == plot_id:
            photo = seen.kept[link.photo].photo
            said = {name: getattr(link, name) for name in ("visit", "role", "distance_m", "minutes")}
            rows.append({"copy": photo.copy_sha256, "sha256": photo.sha256, "taken_at": _iso(photo.taken_at), **said})
    checks = [_check(check, seen) for check in seen.checks if check.plot_id == plot_id]
    return {"photos": rows, "photo_checks": checks}


def export(workspace: Workspace, folder: Path) -> dict[str, Any]:
    """Write the copies without EXIF, named by plot, time and role; never an original.

    Raises:
        UnusableInput: ``protected_path``, ``not_a_folder``.
    """
    seen = shown(workspace)
    written, missing = [], []
    check_output(workspace, folder / "photo.jpg")
    with disk_errors_explained(folder):
        _make(folder)
        for name, one in _named(seen):
            source = workspace.store.original(one.photo.copy_sha256)
            if source is None:
                missing.append(one.photo.copy_sha256)
                continue
            part = folder / f".{name}.part"
            part.write_bytes(source.read_bytes())
            part.replace(folder / name)
            written.append(str(folder / name))
    return {"written": written, "missing": missing, "simulated": projection.is_simulated(workspace)}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        hint = N_("Name a folder; it is made if it is not there.")
        raise UnusableInput("not_a_folder", N_("This is a file, not a folder."), where=str(folder), hint=hint) from None


def _named(seen: Shown) -> Iterable[tuple[str, Kept]]:
    """Yield the name of each copy: of the plot it shows for sure, else of the nearest one it may show."""
    for sha256, one in seen.kept.items():
        links = sorted(
            (k for k in seen.links if k.photo == sha256), key=lambda k: (k.role == "near", abs(k.minutes or 0))
        )
        plot, role = (seen.codes.get(links[0].plot_id, ""), links[0].role) if links else ("", "")
        when = one.photo.taken_at
        time = f"{when.astimezone(TIMEZONE):%Y%m%d-%H%M%S}" if when else ""
        code = re.sub(r"[^\w-]", "-", plot or "photo")  # codes of other laptops may hold anything
        yield "_".join(part for part in (code, time, role, sha256[:8]) if part) + ".jpg", one


def _answer(one: Taken, seen: Shown, translate: Translate) -> dict[str, Any]:
    told: dict[str, Any] = {"path": one.path, "sha256": one.sha256, "status": one.status, "reason": one.reason}
    error = one.error
    words = {"message": "", "where": "", "hint": ""}
    if error is not None:
        said = (translate(text).format(**error.values) if text else "" for text in (error.message, error.hint))
        words = {"message": next(said), "where": one.path, "hint": next(said)}
    told |= words | {"notes": list(one.facts.notes) if one.facts else []}
    return told | (_facts(seen.kept[one.photo.sha256].photo, seen) if one.photo else {"visits": []})


def _facts(photo: Photo, seen: Shown) -> dict[str, Any]:
    return {
        "sha256": photo.sha256,
        "copy": photo.copy_sha256,
        "taken_at": _iso(photo.taken_at),
        "time_source": photo.time_source,
        "offset_s": photo.offset_s,
        "clock": photo.clock,
        "lon": photo.lon,
        "lat": photo.lat,
        "position_source": photo.position_source,
        "error_m": photo.error_m,
        "track_m": photo.track_m,
        "camera": photo.camera,
        "unit": photo.unit,
        "patrol": photo.patrol,
        "width": photo.width,
        "height": photo.height,
        "phash": photo.phash,
        "visits": seen.of(photo.sha256),
    }


def _record(one: Kept) -> dict[str, Any]:
    return {"file": one.photo.name, "files": list(one.names), "recorded_at": iso(one.recorded_at)}


def _check(check: evidence.Check, seen: Shown) -> dict[str, Any]:
    return dataclasses.asdict(check) | {"plot": seen.codes.get(check.plot_id, check.plot_id)}


def _clock(camera: str, model: str, clock: Clock) -> dict[str, Any]:
    return {"camera": camera, "model": model, **dataclasses.asdict(clock), "settled": clock.settled}


def _iso(when: datetime | None) -> str | None:
    return iso(when) if when else None

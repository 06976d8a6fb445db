"""Checks of the clock: against what was recorded, against the files on the disk, and whether anything sets it."""

import ctypes
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eradication import config
from eradication.errors import N_
from eradication.pipeline import evidence_desk
from eradication.pipeline.health.finding import Finding, fail, ok, warn
from eradication.pipeline.workspace import Workspace
from eradication.store import clock

_UNSYNCHRONISED, _STATUS_AT, _TIMEX_BYTES = 0x40, 40, 256
"""STA_UNSYNC and the place of ``status`` in Linux's ``struct timex`` (adjtimex(2), 64 bits)."""


def against_records(workspace: Workspace, now: datetime) -> Finding:
    """Does the clock agree with the newest event, with files, and with what it showed before?"""
    events = workspace.store.events()
    newest = max((event.recorded_at for event in events), default=now)
    tolerance = timedelta(seconds=workspace.settings.store.clock_tolerance_s)
    flags = evidence_desk.flagged(workspace)
    if newest - now > tolerance and not _is_told(workspace, flags, now + tolerance):
        found = N_("The clock stands {minutes} minutes behind the newest record.")
        advice = N_("The clock of this computer is behind its own records; set it before recording anything.")
        return fail(found, {"minutes": int((newest - now).total_seconds() // 60)}, advice)
    if later := later_files(workspace.folder, now + tolerance):
        found = N_("Files here are from the future by this clock: {file}, {minutes} minutes.")
        advice = N_("The clock of this computer was set back; set it before recording anything.")
        return fail(found, {"file": later[0], "minutes": int((later[1] - now).total_seconds() // 60)}, advice)
    most = timedelta(days=workspace.settings.store.clock_jump_days)
    if now - newest > most:
        found = N_("The newest record is {days} days old by this clock.")
        advice = N_("If work did not rest that long, the clock runs ahead: set it before recording anything.")
        return warn(found, {"days": (now - newest).days}, advice)
    if flags:
        # What was recorded stays as it was; there is nothing to mend, only to know.
        found = N_("The clock agrees with the records; {count} times in doubt, see `eradication audit verify`.")
        return ok(found, {"count": len(flags)})
    return ok(N_("The clock agrees with the records."))


def _is_told(workspace: Workspace, flags: list[dict[str, Any]], now: datetime) -> bool:
    """Tell whether this device's records lie ahead only because its clock stepped back, which is on record already."""
    own = any(f["origin"] == workspace.store.origin and f["why"] == clock.STEPPED_BACK for f in flags)
    shown = workspace.store.noted().clock
    return own and shown is not None and shown <= now


def later_files(folder: Path, now: datetime) -> tuple[str, datetime] | None:
    """Return name and time of the newest of the workspace's own files that was written after ``now``, if any was."""
    names = (config.FILE_NAME, "store.gpkg", "store.gpkg-wal", "keys/origin.signed", "backups.jsonl")
    written = {name: _written(folder / name) for name in names}
    late = {name: at for name, at in written.items() if at is not None and at > now}
    return max(late.items(), key=lambda one: one[1]) if late else None


def _written(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def synchronised(status: int | None) -> Finding:
    """Does anything set the clock by others?

    Args:
        status: of the kernel's clock, see :func:`kernel_status`; ``None`` = not known.
    """
    if status is None:
        advice = N_("Compare the clock with a telephone's; set it to be kept by the network, or by hand each week.")
        return warn(N_("Whether anything sets the clock is not known here."), {}, advice)
    if status & _UNSYNCHRONISED:
        advice = N_(
            "With a network: timedatectl set-ntp true. Without one: compare with a telephone's clock each week; the "
            "times of records rest on it."
        )
        return warn(N_("Nothing sets this computer's clock."), {}, advice)
    return ok(N_("The clock is set by others (NTP)."))


def kernel_status() -> int | None:
    """Return the status word of Linux's clock, ``None`` where it does not tell."""
    if os.name != "posix":
        return None
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if adjtimex is None or ctypes.sizeof(ctypes.c_long) != 8:
        return None
    answer = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zero: nothing is set, only told
    if adjtimex(answer) < 0:
        return None
    return int.from_bytes(answer.raw[_STATUS_AT : _STATUS_AT + 4], "little")

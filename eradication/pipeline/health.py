"""Checks: is the chain whole, is this computer fit for the job, and what to do if not."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eradication import config, geo
from eradication.errors import N_, EradicationError, UnusableInput
from eradication.i18n import Translate, explain
from eradication.ingest import sandbox
from eradication.pipeline import evidence_desk, key_desk, projection
from eradication.pipeline.workspace import Workspace, opened
from eradication.report.assets.install import installed, wanted
from eradication.store import audit as chain
from eradication.store import clock
from eradication.store.sealed import Sealed

MIN_FREE_GB = 2.0
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs"})

type Finding = tuple[bool, str, dict[str, object], str]
"""Is it well; what was found (template); its values; what to do."""


def doctor(folder: Path, translate: Translate) -> dict[str, Any]:
    """Check this computer, and the workspace in ``folder`` if there is one."""
    if not folder.is_dir():
        raise UnusableInput(
            "no_workspace", N_("There is no such folder."), where=str(folder), hint=N_("Check the name.")
        )
    checks = [_run(name, check, translate) for name, check in _MACHINE.items()]
    if (folder / config.FILE_NAME).is_file():
        checks.append(_run("tips", lambda: _tip_sources(folder), translate))
        checks += [_run("disk", lambda: _disk(folder), translate), _run("share", lambda: _share(folder), translate)]
        checks += _workspace_checks(folder, translate)
    else:
        found = translate(N_("No workspace in this folder: only the computer was checked."))
        checks.append({"check": "workspace", "ok": True, "found": found, "advice": ""})
    return {"ok": all(check["ok"] for check in checks), "checks": checks}


def _run(name: str, check: Callable[[], Finding], translate: Translate) -> dict[str, Any]:
    try:
        ok, found, values, advice = check()
    except EradicationError as error:
        told = explain(error, translate)
        return {"check": name, "ok": False, "found": told["message"], "advice": told["hint"]}
    text = translate(found).format(**values)
    return {"check": name, "ok": ok, "found": text, "advice": "" if ok else translate(advice)}


def _workspace_checks(folder: Path, translate: Translate) -> list[dict[str, Any]]:
    try:
        with opened(folder) as workspace:
            parts: dict[str, Callable[[], Finding]] = {
                "chain": lambda: _chain(workspace),
                "clock": lambda: _clock(workspace),
                "keys": lambda: key_desk.finding(workspace),
                "boundaries": lambda: _boundaries(workspace),
            }
            return [_run(name, check, translate) for name, check in parts.items()]
    except EradicationError as error:
        told = explain(error, translate)
        return [{"check": "store", "ok": False, "found": told["message"], "advice": told["hint"]}]


def _sqlite() -> Finding:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    ok = "ENABLE_RTREE" in options
    values: dict[str, object] = {"version": sqlite3.sqlite_version}
    return ok, N_("SQLite {version} with R-tree."), values, N_("Use a Python whose SQLite was built with R-tree.")


def _projections() -> Finding:
    east, north = geo.transform([(103.905, 21.327)], geo.WGS84, geo.VN2000_SON_LA)[0]
    off_m = ((east - 489949.46) ** 2 + (north - 2359155.77) ** 2) ** 0.5
    advice = N_("PROJ is not the one that was installed with this program; install it anew with `make setup`.")
    return off_m < 0.05, N_("VN-2000 check point is met within {off} m."), {"off": f"{off_m:.3f}"}, advice


def _sandbox() -> Finding:
    held = sandbox.isolation(config.Limits())
    advice = N_("Files of others would be parsed with network access; run on a Linux kernel with seccomp.")
    ok = bool({"network_namespace", "seccomp"} & set(held))
    return ok, N_("Files are parsed apart: {held}."), {"held": ", ".join(held).replace("_", " ")}, advice


def _assets() -> Finding:
    ok = installed() == wanted()
    return ok, N_("Map assets."), {}, N_("Run `make setup`: maps need their scripts and styles on this computer.")


_MACHINE: dict[str, Callable[[], Finding]] = {
    "sqlite": _sqlite,
    "projections": _projections,
    "sandbox": _sandbox,
    "assets": _assets,
}


def _disk(folder: Path) -> Finding:
    free_gb = shutil.disk_usage(folder).free / 1e9
    advice = N_("Free some space: a season of imagery takes tens of gigabytes.")
    return free_gb >= MIN_FREE_GB, N_("{free} GB free."), {"free": f"{free_gb:.1f}"}, advice


def _share(folder: Path) -> Finding:
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return True, N_("File system not known here."), {}, ""
    rows = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    home = str(folder.resolve())
    below = [(row[1], row[2]) for row in rows if home == row[1] or home.startswith(row[1].rstrip("/") + "/")]
    kind = max(below, key=lambda pair: len(pair[0]), default=("", "?"))[1]
    advice = N_("Move the workspace to a local disk: a store on a network share can be damaged. Share exports instead.")
    return kind not in NETWORK_FILE_SYSTEMS, N_("File system {kind}."), {"kind": kind}, advice


def _tip_sources(folder: Path) -> Finding:
    found = len(Sealed(folder).open_to_others())
    advice = N_("Take the rights of others away from the folder tip_sources: chmod -R go= tip_sources")
    said = N_("Sources of tips: {count} files or folders that others may read.")
    return found == 0, said, {"count": found}, advice


def _chain(workspace: Workspace) -> Finding:
    checks = chain.verify(workspace.store)
    ok = all(check.ok for check in checks)
    values: dict[str, object] = {"events": sum(check.events for check in checks), "origins": len(checks)}
    advice = N_("Do not use this store for reports; see `eradication audit verify` and restore a backup.")
    return ok, N_("{events} events of {origins} origins."), values, advice


def _clock(workspace: Workspace) -> Finding:
    events = workspace.store.events()
    newest = max((event.recorded_at for event in events), default=datetime.now(UTC))
    ahead = newest - datetime.now(UTC)
    tolerance = timedelta(seconds=workspace.settings.store.clock_tolerance_s)
    flags = evidence_desk.flagged(workspace)
    if ahead > tolerance and not _is_told(workspace, flags, datetime.now(UTC) + tolerance):
        found = N_("The clock stands {minutes} minutes behind the newest record.")
        advice = N_("The clock of this computer is behind its own records; set it before recording anything.")
        return False, found, {"minutes": int(ahead.total_seconds() // 60)}, advice
    if flags:
        # What was recorded stays as it was; there is nothing to mend, only to know.
        found = N_("The clock agrees with the records; {count} times in doubt, see `eradication audit verify`.")
        return True, found, {"count": len(flags)}, ""
    return True, N_("The clock agrees with the records."), {}, ""


def _is_told(workspace: Workspace, flags: list[dict[str, Any]], now: datetime) -> bool:
    """Tell whether this device's records lie ahead only because its clock stepped back, which is on record already."""
    own = any(f["origin"] == workspace.store.origin and f["why"] == clock.STEPPED_BACK for f in flags)
    shown = workspace.store.noted().clock
    return own and shown is not None and shown <= now


def _boundaries(workspace: Workspace) -> Finding:
    units = projection.units_on(workspace)
    official = sum(not unit.approximate for unit in units)
    values: dict[str, object] = {"official": official, "total": len(units)}
    # Stand-ins are a known, stated shortcoming, not a fault of this computer.
    return True, N_("{official} of {total} communes have official outlines."), values, ""

"""Checks: is the chain whole, is this computer fit for the job, and what to do if not."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication import config
from eradication.domain import TIMEZONE
from eradication.errors import N_, EradicationError, UnusableInput
from eradication.i18n import Translate, explain
from eradication.pipeline import backups, mounts
from eradication.pipeline.health import clocks, coordinates, files, lasting, machine, place, reception, records
from eradication.pipeline.health.finding import Finding, ok, warn
from eradication.pipeline.reception.place import reception_of
from eradication.pipeline.workspace import Workspace, opened
from eradication.store.reception import is_there

type Checks = Mapping[str, Callable[[], Finding]]

_MACHINE: Checks = {
    "sqlite": machine.sqlite,
    "projections": coordinates.projections,
    "sandbox": machine.isolation,
    "assets": machine.assets,
    "ntp": lambda: clocks.synchronised(clocks.kernel_status()),
}


def doctor(folder: Path, translate: Translate, phone_assets: Callable[[], bool] | None = None) -> dict[str, Any]:
    """Check this computer, and the workspace in ``folder`` if there is one.

    Args:
        folder: of the workspace.
        translate: into the user's language.
        phone_assets: tells whether what telephones are sent is installed; ``None`` = that is not looked at.

    Returns:
        ``{"ok", "checks": [{"check", "ok", "level", "found", "advice"}]}``; ``level`` is ``ok``, ``warn`` or ``fail``,
        and ``ok`` is false of a failure only.

    Raises:
        UnusableInput: ``no_workspace``: there is no such folder.
    """
    if not folder.is_dir():
        raise UnusableInput(
            "no_workspace", N_("There is no such folder."), where=str(folder), hint=N_("Check the name.")
        )
    told = _run(_MACHINE, translate)
    if phone_assets is not None:
        told += _run({"phone_assets": lambda: reception.phone_assets(installed=phone_assets())}, translate)
    if (folder / config.FILE_NAME).is_file():
        told += _of_folder(folder, translate) + _of_workspace(folder, translate)
    else:
        advice = N_("Go to the folder of the workspace, or name it: eradication --workspace FOLDER doctor")
        found = warn(N_("No workspace in this folder: only the computer was checked."), {}, advice)
        told.append(found.told("workspace", translate))
    return {"ok": all(check["ok"] for check in told), "checks": told}


def _run(checks: Checks, translate: Translate) -> list[dict[str, Any]]:
    told = []
    for name, check in checks.items():
        try:
            told.append(check().told(name, translate))
        except EradicationError as error:
            told.append(_broken(name, error, translate))
    return told


def _broken(name: str, error: EradicationError, translate: Translate) -> dict[str, Any]:
    told = explain(error, translate)
    return {"check": name, "ok": False, "level": "fail", "found": told["message"], "advice": told["hint"]}


def _of_folder(folder: Path, translate: Translate) -> list[dict[str, Any]]:
    """Check what can be seen without the store."""
    try:
        settings = config.load(folder / config.FILE_NAME)
    except EradicationError as error:
        return [_broken("settings", error, translate)]
    url, today = settings.store.url, datetime.now(UTC).astimezone(TIMEZONE).date()
    checks: Checks = {
        "tips": lambda: files.tips(folder),
        "key_files": lambda: files.keys(folder, url=url),
        "disk": lambda: place.room(folder, on_server=bool(url)),
        "share": lambda: place.share(folder, in_file=not url),
        "encryption": lambda: place.encryption(folder),
        "certificate": lambda: reception.certificate(folder, datetime.now(UTC)),
        "legal_bases": lambda: lasting.legal_bases(settings.report.legal_bases, today),
    }
    return _run(checks, translate)


def _of_workspace(folder: Path, translate: Translate) -> list[dict[str, Any]]:
    try:
        with opened(folder) as workspace:
            return _run(_of_store(workspace), translate) + _of_reception(workspace, translate)
    except EradicationError as error:
        return [_broken("store", error, translate)]


def _of_reception(workspace: Workspace, translate: Translate) -> list[dict[str, Any]]:
    """Check the web application's part, if this workspace ever had one: looking makes none."""
    try:
        if not is_there(workspace.folder, workspace.settings.store):
            nobody = ok(N_("Nobody ever used the web application of this workspace."))
            return [nobody.told("reception", translate)]
        with reception_of(workspace) as found:
            return _run(reception.checks(found), translate)
    except EradicationError as error:
        return [_broken("reception", error, translate)]


def _of_store(workspace: Workspace) -> Checks:
    return {
        "moved": lambda: records.moved(workspace),
        "chain": lambda: records.chain(workspace),
        "clock": lambda: clocks.against_records(workspace, datetime.now(UTC)),
        "keys": lambda: records.escrow(workspace),
        "backup": lambda: _backup(workspace),
        "backup_keys": lambda: records.backup_keys(workspace),
        "rights": lambda: records.rights(workspace),
        "boundaries": lambda: records.boundaries(workspace),
    }


def _backup(workspace: Workspace) -> Finding:
    last, most_days = backups.last_backup(workspace), workspace.settings.backup.most_days
    if last is None:
        return lasting.backup(None, most_days, datetime.now(UTC))
    file = Path(last.file)
    same_disk = file.exists() and mounts.is_same_disk(file, workspace.folder)
    return lasting.backup(last.at, most_days, datetime.now(UTC), same_disk=same_disk)

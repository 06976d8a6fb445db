"""Checks of what was recorded: chains, a move, keys of escrow and of backups, outlines of communes, rights to read."""

from collections.abc import Iterator
from pathlib import Path

from eradication.errors import N_, UnusableInput
from eradication.pipeline import backing_up, backups, key_desk, projection
from eradication.pipeline.health import files
from eradication.pipeline.health.finding import Finding, Level, fail, ok, warn
from eradication.pipeline.workspace import Workspace
from eradication.store import audit, grants
from eradication.store.relational import RelationalStore


def chain(workspace: Workspace) -> Finding:
    """Is every chain of events whole?"""
    checks = audit.verify(workspace.store)
    values: dict[str, object] = {"events": sum(check.events for check in checks), "origins": len(checks)}
    found = N_("{events} events of {origins} origins.")
    if all(check.ok for check in checks) and (waiting := len(workspace.store.pending())):
        found = N_("{events} events of {origins} origins; {waiting} more wait for bundles that did not come.")
        advice = N_("Ask those who sent the last bundles for the earlier ones: eradication bundle import FILE")
        return warn(found, values | {"waiting": waiting}, advice)
    if all(check.ok for check in checks):
        return ok(found, values)
    advice = N_("Do not use this store for reports; see `eradication audit verify` and restore a backup.")
    return fail(found, values, advice)


def escrow(workspace: Workspace) -> Finding:
    """Can lost keys be brought back?"""
    level, found, values, advice = key_desk.finding(workspace)
    return Finding(Level(level), found, values, advice)


def boundaries(workspace: Workspace) -> Finding:
    """Have all communes official outlines? Stand-ins are a shortcoming that every report states, not a fault."""
    units = projection.units_on(workspace)
    official = sum(not unit.approximate for unit in units)
    values: dict[str, object] = {"official": official, "total": len(units)}
    found = N_("{official} of {total} communes have official outlines.")
    if units and official == len(units):
        return ok(found, values)
    advice = N_(
        "Until then communes are told by approximate outlines, and every report says so. Ask for the official file: "
        "eradication boundaries import FILE --valid-from DATE"
    )
    return warn(found, values, advice)


def moved(workspace: Workspace) -> Finding:
    """Was the store moved away, while people still come here with their work?"""
    to = workspace.store.moved_to() if isinstance(workspace.store, RelationalStore) else ""
    if not to:
        return ok(N_("The workspace is here."))
    values: dict[str, object] = {"to": to, "count": sum(path.is_file() for path in _laid_in(workspace.inbox))}
    advice = N_(
        "Work in the folder it was moved to: eradication --workspace FOLDER …; take the files of this inbox there. "
        "Once the new one is checked and backed up, delete this folder: the same key lies in both."
    )
    found = N_("The store was moved to {to}; here it can only be read, and {count} files wait in the inbox.")
    return fail(found, values, advice)


def _laid_in(inbox: Path) -> Iterator[Path]:
    for path in sorted(inbox.iterdir()) if inbox.is_dir() else ():
        if not path.name.startswith("."):
            yield from path.rglob("*") if path.is_dir() else (path,)


def backup_keys(workspace: Workspace) -> Finding:
    """Is anybody named who could open a backup when this computer is lost?"""
    last = backups.last_backup(workspace)
    try:
        lock, warnings = backing_up.locked_to(workspace, "")
    except UnusableInput as error:
        if error.kind != "no_recipients":
            raise
        if last is not None and last.is_under_passphrase:
            return ok(N_("The last backup opens with its passphrase; keep that away from this computer."))
        return warn(
            N_("Nobody is named who could open a backup: none is written without a passphrase."), {}, error.hint
        )
    if warnings:
        advice = N_("Put the keys into escrow: eradication keys escrow DIR --officer A --officer B")
        return warn(N_("The only key that opens backups lies on this computer."), {}, advice)
    return ok(N_("{count} keys open backups."), {"count": len(lock.recipients)})


def rights(workspace: Workspace) -> Finding:
    """Do the rules of the server's database bind the program's own user?"""
    store = workspace.store
    if not isinstance(store, RelationalStore) or not store.schema:
        return files.store(workspace.folder)
    values: dict[str, object] = {"roles": len(grants.listed(store))}
    if not grants.is_bound(store):
        advice = N_(
            "Let the server's administrator make a user for the program that is no superuser and owns the schema; "
            "views of a unit then rest on the database's rules too."
        )
        return warn(N_("The program's user on the server is bound by no rule; {roles} roles may read."), values, advice)
    return ok(N_("Rows on the server are shown by unit; {roles} roles may read."), values)

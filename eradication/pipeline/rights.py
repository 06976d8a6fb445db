"""Who may read the store on a server with other programs than this one: roles of the database, each for one unit."""

from typing import Any

from eradication.errors import N_, UnusableInput
from eradication.pipeline import units
from eradication.pipeline.workspace import Workspace
from eradication.store import grants
from eradication.store.owning import EVERYBODY


def grant(workspace: Workspace, role: str, unit: str | None, *, everything: bool, run: bool = True) -> dict[str, Any]:
    """Let a role of the database read what a unit's people may see, or everything.

    Args:
        workspace: whose store is on a server.
        role: of the database.
        unit: code or name of a unit on record.
        everything: the province's program, instead of a unit.
        run: ``False`` only tells the statements, for an administrator to run.

    Raises:
        UnusableInput: ``no_server``, ``no_role``, ``role_sees_all``, ``unknown_unit``, ``unit_or_everything``.
        StorageFailed: ``store_unwritable`` …
    """
    store = grants.server_of(workspace.store)
    if (unit is None) != everything:
        raise UnusableInput(
            "unit_or_everything",
            N_("Say what the role may read: one unit's rows, or everything."),
            hint=N_("Give either --unit CODE or --all."),
        )
    code = "" if everything else units.on_record(workspace, units.asked(unit))
    who = EVERYBODY if everything else units.tables_of(workspace).comparable(code)
    said = grants.give(store, role, who) if run else grants.giving(store.schema, role, who)
    return {"role": role, "unit": code, "everything": everything, "done": run, "sql": said} | _seen(workspace, code)


def _seen(workspace: Workspace, code: str) -> dict[str, Any]:
    """Return how much a unit sees now, for whoever gives the right to judge whether it is meant."""
    if not code:
        return {}
    view = workspace.store.seen_by(code)
    return {
        "sees": {
            "patrols": len(view.records().patrols),
            **{name: len(view.layer(name)) for name in ("visits", "candidates", "plots")},
            "events": len(view.events()),
        }
    }


def revoke(workspace: Workspace, role: str, *, run: bool = True) -> dict[str, Any]:
    """Let a role of the database read nothing any more.

    Raises:
        UnusableInput: ``no_server``, ``no_role``, ``role_sees_all``.
        StorageFailed: ``store_unwritable`` …
    """
    store = grants.server_of(workspace.store)
    said = grants.take(store, role) if run else grants.taking(store.schema, role)
    return {"role": role, "done": run, "sql": said}


def listed(workspace: Workspace) -> dict[str, Any]:
    """Return what roles may read, and whether the database's rules bind the program's own user.

    Raises:
        UnusableInput: ``no_server``.
    """
    store = grants.server_of(workspace.store)
    written = units.tables_of(workspace).written
    roles = [
        {"role": one.role, "unit": written.get(one.unit, one.unit), "everything": one.unit == EVERYBODY}
        for one in grants.listed(store)
    ]
    return {"roles": roles, "bound": grants.is_bound(store)}

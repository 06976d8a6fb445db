"""Checks of what was recorded: chains, the escrow of keys, outlines of communes, rights on the server."""

from eradication.errors import N_
from eradication.pipeline import key_desk, projection
from eradication.pipeline.health.finding import Finding, Level, fail, ok, warn
from eradication.pipeline.workspace import Workspace
from eradication.store import audit, grants
from eradication.store.relational import RelationalStore


def chain(workspace: Workspace) -> Finding:
    """Is every chain of events whole?"""
    checks = audit.verify(workspace.store)
    values: dict[str, object] = {"events": sum(check.events for check in checks), "origins": len(checks)}
    found = N_("{events} events of {origins} origins.")
    if all(check.ok for check in checks):
        return ok(found, values)
    advice = N_("Do not use this store for reports; see `eradication audit verify` and restore a backup.")
    return fail(found, values, advice)


def escrow(workspace: Workspace) -> Finding:
    """Can lost keys be brought back?"""
    well, found, values, advice = key_desk.finding(workspace)
    return Finding(Level.OK if well else Level.FAIL, found, values, advice)


def boundaries(workspace: Workspace) -> Finding:
    """How many communes have official outlines? Stand-ins are a known, stated shortcoming, not a fault."""
    units = projection.units_on(workspace)
    values: dict[str, object] = {"official": sum(not unit.approximate for unit in units), "total": len(units)}
    return ok(N_("{official} of {total} communes have official outlines."), values)


def rights(workspace: Workspace) -> Finding:
    """Do the rules of the server's database bind the program's own user?"""
    store = workspace.store
    if not isinstance(store, RelationalStore) or not store.schema:
        return ok(N_("The store is a file: whoever may read it reads all of it."))
    values: dict[str, object] = {"roles": len(grants.listed(store))}
    if not grants.is_bound(store):
        advice = N_(
            "Let the server's administrator make a user for the program that is no superuser and owns the schema; "
            "views of a unit then rest on the database's rules too."
        )
        return warn(N_("The program's user on the server is bound by no rule; {roles} roles may read."), values, advice)
    return ok(N_("Rows on the server are shown by unit; {roles} roles may read."), values)

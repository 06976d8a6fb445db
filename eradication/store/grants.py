"""Roles of a server's database that may read: one unit's rows, or all. The database's own rules choose the rows."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from eradication.errors import N_, UnusableInput
from eradication.store.contract import Store
from eradication.store.owning import EVERYBODY
from eradication.store.postgis_rights import READABLE
from eradication.store.relational import RelationalStore

_ROLE = text("""SELECT rolsuper OR rolbypassrls OR pg_has_role(pg_roles.oid, relowner, 'MEMBER') AS boundless
    FROM pg_roles, pg_class WHERE rolname = :role AND pg_class.oid = to_regclass(:events)""")


@dataclass(frozen=True, slots=True)
class Grant:
    """What one role may read."""

    role: str
    unit: str
    """A unit in the form in which names are compared, ``*`` = everything."""


def giving(schema: str, role: str, unit: str) -> list[str]:
    """Return the statements that let ``role`` read what ``unit`` may see; ``*`` = everything. It may write nothing."""
    where, who = _quoted(schema), _quoted(role)
    kept = f"INSERT INTO {where}.unit_grants (role, unit) VALUES ({_literal(role)}, {_literal(unit)})"
    return [
        f"GRANT USAGE ON SCHEMA {where} TO {who}",
        f"GRANT SELECT ON {_tables(where, unit)} TO {who}",
        f"{kept} ON CONFLICT (role) DO UPDATE SET unit = excluded.unit",
    ]


def taking(schema: str, role: str) -> list[str]:
    """Return the statements after which ``role`` reads nothing."""
    where, who = _quoted(schema), _quoted(role)
    return [
        f"DELETE FROM {where}.unit_grants WHERE role = {_literal(role)}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {where} FROM {who}",
        f"REVOKE ALL ON SCHEMA {where} FROM {who}",
    ]


def _tables(where: str, unit: str) -> str:
    more = ("origins", "pending_events", "replayed") if unit == EVERYBODY else ()
    return ", ".join(f"{where}.{table}" for table in (*READABLE, *more))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def server_of(store: Store) -> RelationalStore:
    """Return the store, if it is on a server.

    Raises:
        UnusableInput: ``no_server``.
    """
    if isinstance(store, RelationalStore) and store.schema:
        return store
    raise UnusableInput(
        "no_server",
        N_("This workspace keeps its store in a file; rights of units can be given on a server only."),
        hint=N_("Whoever may read the file reads all of it: give a unit its own workspace, or move the store."),
    )


def give(store: RelationalStore, role: str, unit: str) -> list[str]:
    """Let a role read what a unit may see, instead of what it could before; return the statements.

    Raises:
        UnusableInput: ``no_role``, ``role_sees_all``.
        StorageFailed: ``store_unwritable`` …
    """
    statements = [*taking(store.schema, role), *giving(store.schema, role, unit)]
    with store.administering() as connection:
        _check(connection, store.schema, role)
        _run(connection, statements)
    return statements


def take(store: RelationalStore, role: str) -> list[str]:
    """Let a role read nothing any more; return the statements.

    Raises:
        UnusableInput: ``no_role``, ``role_sees_all``.
        StorageFailed: ``store_unwritable`` …
    """
    statements = taking(store.schema, role)
    with store.administering() as connection:
        _check(connection, store.schema, role)
        _run(connection, statements)
    return statements


def _run(connection: Connection, statements: list[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _check(connection: Connection, schema: str, role: str) -> None:
    found = connection.execute(_ROLE, {"role": role, "events": f"{_quoted(schema)}.events"}).first()
    if found is None:
        hint = N_(
            "Ask the server's administrator to make it: CREATE ROLE name LOGIN; then set its password with \\password."
        )
        raise UnusableInput("no_role", N_("The database has no role '{role}'."), hint=hint, values={"role": role})
    if found.boundless:
        raise UnusableInput(
            "role_sees_all",
            N_("No rule binds the role '{role}': it is a superuser, passes row security by, or owns the store."),
            hint=N_("Give a unit's people a role of their own without such rights."),
            values={"role": role},
        )


def listed(store: RelationalStore) -> list[Grant]:
    """Return what roles may read, by role."""
    query = f"SELECT role, unit FROM {_quoted(store.schema)}.unit_grants ORDER BY role"
    with store.administering() as connection:
        return [Grant(*row) for row in connection.exec_driver_sql(query)]


_BYPASSED = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def is_bound(store: RelationalStore) -> bool:
    """Tell whether the database's rules bind the user that the program connects as; conditions of queries always do."""
    with store.administering() as connection:
        return not connection.scalar(_BYPASSED)

"""Rows say which unit they are of, so that a unit's people can be shown their own and nobody else's."""

from alembic import op

from eradication.store import owning
from eradication.store.geopackage import register_attributes
from eradication.store.postgis_rights import forget_statistics
from eradication.store.postgis_schema import describe, translated

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = (
    """CREATE TABLE event_units (fid INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL, number INTEGER NOT NULL,
        named TEXT NOT NULL, UNIQUE (origin, number, named))""",
    """CREATE TABLE unit_names (fid INTEGER PRIMARY KEY NOT NULL, named TEXT NOT NULL, unit TEXT NOT NULL,
        since TEXT NOT NULL, UNIQUE (named, unit))""",
)
_SAID = {
    "event_units": "Which unit an event is of",
    "unit_names": "Spellings of units, and which unit answers for them since when",
}
_GRANTS = "CREATE TABLE unit_grants (role TEXT PRIMARY KEY, unit TEXT NOT NULL)"
_ON_ROLES = "What a role of this database may read: a unit in the comparable form, or * = everything"


def upgrade() -> None:
    """Add columns and tables, and tell of the events there are; the layers are told at the next write."""
    connection = op.get_bind()
    on_server = connection.dialect.name == "postgresql"
    for statement in _TABLES:
        connection.exec_driver_sql(translated(statement) if on_server else statement)
    for table, said in _SAID.items():
        (describe if on_server else register_attributes)(connection, table, said)
    kind = translated("TEXT") if on_server else "TEXT"
    for table in ("plots", "candidates"):
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN units {kind}")
    if on_server:
        connection.exec_driver_sql(translated(_GRANTS))
        describe(connection, "unit_grants", _ON_ROLES)
        forget_statistics(connection)
    owning.tell_all(connection)

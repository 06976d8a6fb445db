"""Run by Alembic inside the connection and transaction that :mod:`eradication.store.migrating` hands over."""

from alembic import context
from sqlalchemy.dialects.sqlite.base import ischema_names

from eradication.store.columns import Geometry
from eradication.store.geopackage import restore_triggers
from eradication.store.postgis_rights import restore_rights
from eradication.store.postgis_schema import restore_guards
from eradication.store.schema import metadata


def _declared(name: str) -> type[Geometry]:
    class Declared(Geometry):
        cache_ok = True

        def __init__(self) -> None:
            super().__init__(name)

    return Declared


# Else a table rebuild takes geometry columns for columns without a type (and POINT for an INTEGER).
for _name in ("GEOMETRY", "POINT", "LINESTRING", "MULTIPOLYGON"):
    ischema_names[_name] = _declared(_name)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(("gpkg_", "rtree_"))


attributes = context.config.attributes
connection = attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_name=_is_ours,
    render_as_batch=True,
    # Another program's table of versions may lie on the search path of a server.
    version_table_schema=attributes.get("schema"),
)
context.run_migrations()
if connection.dialect.name == "postgresql":
    restore_guards(connection)
    restore_rights(connection)
else:
    restore_triggers(connection)

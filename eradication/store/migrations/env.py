"""Run by Alembic inside the connection and transaction that :func:`eradication.store.engine.migrate` hands over."""

from alembic import context
from sqlalchemy.dialects.sqlite.base import ischema_names

from eradication.store.geometry import Geometry
from eradication.store.geopackage import restore_triggers
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


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, include_name=_is_ours, render_as_batch=True)
context.run_migrations()
restore_triggers(connection)

"""Tables of the store. Alembic's migrations make them; a test compares the two."""

from typing import Any

from sqlalchemy import REAL, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine, UserDefinedType

from eradication.store.geometry import Geometry
from eradication.store.layers import LAYERS

VERSION = "0001"
"""Migration this program works with."""

metadata = MetaData()


class DateTimeText(UserDefinedType[str]):
    """GeoPackage's DATETIME: ISO text with milliseconds and Z, handed over as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the declared type."""
        return "DATETIME"


def _id() -> Column[int]:
    return Column("fid", Integer, primary_key=True)


def _event_columns() -> list[Column[str]]:
    names = ("kind", "happened_at", "recorded_at", "payload", "previous", "hash", "signature")
    return [Column(name, Text, nullable=False) for name in names]


origins = Table(
    "origins",
    metadata,
    _id(),
    Column("origin", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("head", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("origin", Text, ForeignKey("origins.origin"), nullable=False),
    Column("number", Integer, nullable=False),
    *_event_columns(),
    UniqueConstraint("origin", "number"),
    Index("events_in_order", "happened_at", "recorded_at", "origin", "number"),
)

pending_events = Table(
    "pending_events",
    metadata,
    _id(),
    Column("origin", Text, nullable=False),
    Column("number", Integer, nullable=False),
    *_event_columns(),
    Column("public_key", Text, nullable=False),
    Column("label", Text, nullable=False),
    UniqueConstraint("origin", "number"),
)

patrols = Table(
    "patrols",
    metadata,
    _id(),
    Column("patrol_id", Text, nullable=False, unique=True),
    Column("unit", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
)

track_segments = Table(
    "track_segments",
    metadata,
    _id(),
    Column("geom", Geometry("LINESTRING")),
    Column("patrol_id", Text, ForeignKey("patrols.patrol_id"), nullable=False),
    Column("segment", Integer, nullable=False),
    Column("fixes", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    UniqueConstraint("patrol_id", "segment"),
)

waypoints = Table(
    "waypoints",
    metadata,
    _id(),
    Column("geom", Geometry("POINT")),
    Column("patrol_id", Text, ForeignKey("patrols.patrol_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("lon", REAL),
    Column("lat", REAL),
    Column("time", Text),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("patrol_id", "position"),
)

admin_units = Table(
    "admin_units",
    metadata,
    _id(),
    Column("geom", Geometry("MULTIPOLYGON")),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("lon", REAL),
    Column("lat", REAL),
    Column("area_km2", REAL),
    Column("approximate", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    UniqueConstraint("code", "valid_from", "source"),
)

lineage = Table(
    "lineage",
    metadata,
    _id(),
    Column("old_code", Text, nullable=False),
    Column("old_name", Text, nullable=False),
    Column("new_code", Text, nullable=False),
    Column("changed_on", Text, nullable=False),
    Column("share", REAL),
    Column("recorded_at", Text, nullable=False),
    UniqueConstraint("old_code", "new_code", "changed_on"),
)

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "real": REAL(),
    "integer": Integer(),
    "datetime": DateTimeText(),
}


def _layer_table(name: str) -> Table:
    spec = LAYERS[name]
    columns = [Column(column, _TYPES[kind], nullable=column not in spec.key) for column, kind in spec.columns.items()]
    return Table(
        name,
        metadata,
        _id(),
        Column("geom", Geometry(spec.geometry_type)),
        *columns,
        UniqueConstraint(*spec.key),
    )


LAYER_TABLES: dict[str, Table] = {name: _layer_table(name) for name in LAYERS}

"""Tables of the store, the same for every database. Alembic's migrations make them; tests compare the two."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, MetaData, Table, UniqueConstraint, text
from sqlalchemy.types import TypeEngine

from eradication.store.columns import Geometry, Moment, Real, Whole, Words
from eradication.store.layers import LAYERS

VERSION = "0005"
"""Migration this program works with."""

metadata = MetaData()


def _id() -> Column[int]:
    return Column("fid", Whole, primary_key=True)


def _event_columns() -> list[Column[str]]:
    names = ("kind", "happened_at", "recorded_at", "payload", "previous", "hash", "signature")
    return [Column(name, Words, nullable=False) for name in names]


origins = Table(
    "origins",
    metadata,
    _id(),
    Column("origin", Words, nullable=False, unique=True),
    Column("label", Words, nullable=False),
    Column("public_key", Words, nullable=False),
    Column("events", Whole, nullable=False),
    Column("head", Words, nullable=False),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("origin", Words, ForeignKey("origins.origin"), nullable=False),
    Column("number", Whole, nullable=False),
    *_event_columns(),
    UniqueConstraint("origin", "number"),
    Index("events_in_order", "happened_at", "recorded_at", "origin", "number"),
    Index("events_by_kind", "kind", "happened_at", "recorded_at", "origin", "number"),
)

pending_events = Table(
    "pending_events",
    metadata,
    _id(),
    Column("origin", Words, nullable=False),
    Column("number", Whole, nullable=False),
    *_event_columns(),
    Column("public_key", Words, nullable=False),
    Column("label", Words, nullable=False),
    UniqueConstraint("origin", "number"),
)

patrols = Table(
    "patrols",
    metadata,
    _id(),
    Column("patrol_id", Words, nullable=False, unique=True),
    Column("unit", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("content", Words, nullable=False),
    Column("recorded_at", Words, nullable=False),
)

track_segments = Table(
    "track_segments",
    metadata,
    _id(),
    Column("geom", Geometry("LINESTRING")),
    Column("patrol_id", Words, ForeignKey("patrols.patrol_id"), nullable=False),
    Column("segment", Whole, nullable=False),
    Column("fixes", Whole, nullable=False),
    Column("kept", Whole, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    UniqueConstraint("patrol_id", "segment"),
)

waypoints = Table(
    "waypoints",
    metadata,
    _id(),
    Column("geom", Geometry("POINT")),
    Column("patrol_id", Words, ForeignKey("patrols.patrol_id"), nullable=False),
    Column("position", Whole, nullable=False),
    Column("lon", Real),
    Column("lat", Real),
    Column("time", Words),
    Column("name", Words, nullable=False),
    Column("note", Words, nullable=False),
    UniqueConstraint("patrol_id", "position"),
)

admin_units = Table(
    "admin_units",
    metadata,
    _id(),
    Column("geom", Geometry("MULTIPOLYGON")),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("valid_from", Words, nullable=False),
    Column("valid_to", Words),
    Column("lon", Real),
    Column("lat", Real),
    Column("area_km2", Real),
    Column("approximate", Whole, nullable=False),
    Column("source", Words, nullable=False),
    Column("recorded_at", Words, nullable=False),
    UniqueConstraint("code", "valid_from", "source"),
)

lineage = Table(
    "lineage",
    metadata,
    _id(),
    Column("old_code", Words, nullable=False),
    Column("old_name", Words, nullable=False),
    Column("new_code", Words, nullable=False),
    Column("changed_on", Words, nullable=False),
    Column("share", Real),
    Column("recorded_at", Words, nullable=False),
    UniqueConstraint("old_code", "new_code", "changed_on"),
)

event_units = Table(
    "event_units",
    metadata,
    _id(),
    Column("origin", Words, nullable=False),
    Column("number", Whole, nullable=False),
    Column("named", Words, nullable=False),
    UniqueConstraint("origin", "number", "named"),
)
"""Which unit an event is of, as it spells it; ``*`` = everybody's. An event without a row here is the province's."""

unit_names = Table(
    "unit_names",
    metadata,
    _id(),
    Column("named", Words, nullable=False),
    Column("unit", Words, nullable=False),
    Column("since", Words, nullable=False),
    UniqueConstraint("named", "unit"),
)
"""Every spelling of a unit in any row, and who answers for it: unit in the comparable form, and from which day on."""

event_words = Table(
    "event_words",
    metadata,
    _id(),
    Column("word", Whole, nullable=False),
    Column("event", Whole, nullable=False),
    Index("event_words_by_word", "word", "event"),
)
"""What events name: numbers of names, and rows of events; see :mod:`eradication.store.naming`."""

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Words(),
    "real": Real,
    "integer": Whole,
    "datetime": Moment(),
}


_INDEXES = {
    "plots": (
        Index("plots_by_season", "season", "state"),
        Index("plots_by_score", "season", text("score DESC"), "plot_id", "units"),
    ),
    "candidates": (Index("candidates_by_plot", "plot_id"),),
    "visits": (Index("visits_by_plot", "plot_id"),),
    "replayed": (Index("replayed_by_key", "part", "key"),),
}


def _layer_table(name: str) -> Table:
    spec = LAYERS[name]
    columns = [Column(column, _TYPES[kind], nullable=column not in spec.key) for column, kind in spec.columns.items()]
    place: list[Column[Any]] = [Column("geom", Geometry(spec.geometry_type))] if spec.geometry_type else []
    return Table(name, metadata, _id(), *place, *columns, UniqueConstraint(*spec.key), *_INDEXES.get(name, ()))


LAYER_TABLES: dict[str, Table] = {name: _layer_table(name) for name in LAYERS}

"""The first version of the store.

The tables are written out once more here, on purpose: a migration says what was, the schema what is.
"""

from alembic import op
from sqlalchemy import Connection

from eradication.store.geopackage import create_core, register_attributes, register_layer
from eradication.store.postgis_schema import describe, index_places, translated

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_EVENT = """origin TEXT NOT NULL {reference}, number INTEGER NOT NULL, kind TEXT NOT NULL, happened_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL, payload TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
    signature TEXT NOT NULL"""

_TABLES = (
    """CREATE TABLE origins (fid INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
        public_key TEXT NOT NULL, events INTEGER NOT NULL, head TEXT NOT NULL)""",
    f"""CREATE TABLE events (fid INTEGER PRIMARY KEY NOT NULL,
        {_EVENT.format(reference="REFERENCES origins(origin)")}, UNIQUE (origin, number))""",
    "CREATE INDEX events_in_order ON events (happened_at, recorded_at, origin, number)",
    f"""CREATE TABLE pending_events (fid INTEGER PRIMARY KEY NOT NULL, {_EVENT.format(reference="")},
        public_key TEXT NOT NULL, label TEXT NOT NULL, UNIQUE (origin, number))""",
    """CREATE TABLE patrols (fid INTEGER PRIMARY KEY NOT NULL, patrol_id TEXT NOT NULL UNIQUE, unit TEXT NOT NULL,
        name TEXT NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL, recorded_at TEXT NOT NULL)""",
    """CREATE TABLE track_segments (fid INTEGER PRIMARY KEY NOT NULL, geom LINESTRING,
        patrol_id TEXT NOT NULL REFERENCES patrols(patrol_id), segment INTEGER NOT NULL, fixes INTEGER NOT NULL,
        kept INTEGER NOT NULL, packed BLOB NOT NULL, UNIQUE (patrol_id, segment))""",
    """CREATE TABLE waypoints (fid INTEGER PRIMARY KEY NOT NULL, geom POINT,
        patrol_id TEXT NOT NULL REFERENCES patrols(patrol_id), position INTEGER NOT NULL, lon REAL, lat REAL,
        time TEXT, name TEXT NOT NULL, note TEXT NOT NULL, UNIQUE (patrol_id, position))""",
    """CREATE TABLE admin_units (fid INTEGER PRIMARY KEY NOT NULL, geom MULTIPOLYGON, code TEXT NOT NULL,
        name TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT, lon REAL, lat REAL, area_km2 REAL,
        approximate INTEGER NOT NULL, source TEXT NOT NULL, recorded_at TEXT NOT NULL,
        UNIQUE (code, valid_from, source))""",
    """CREATE TABLE lineage (fid INTEGER PRIMARY KEY NOT NULL, old_code TEXT NOT NULL, old_name TEXT NOT NULL,
        new_code TEXT NOT NULL, changed_on TEXT NOT NULL, share REAL, recorded_at TEXT NOT NULL,
        UNIQUE (old_code, new_code, changed_on))""",
    """CREATE TABLE plots (fid INTEGER PRIMARY KEY NOT NULL, geom MULTIPOLYGON, plot_id TEXT NOT NULL, code TEXT,
        season TEXT NOT NULL, state TEXT, class TEXT, score_kind TEXT, area_method TEXT, commune_code TEXT,
        commune TEXT, source TEXT, run TEXT, model TEXT, aliases TEXT, score REAL, area_m2 REAL, area_se_m2 REAL,
        detected_m2 INTEGER, claimed_m2 INTEGER, verified_m2 INTEGER, plant_count INTEGER, first_seen DATETIME,
        UNIQUE (plot_id, season))""",
    """CREATE TABLE candidates (fid INTEGER PRIMARY KEY NOT NULL, geom MULTIPOLYGON, id TEXT NOT NULL UNIQUE,
        plot_id TEXT, season TEXT, score_kind TEXT, class TEXT, run TEXT, model TEXT, score REAL, area_m2 REAL,
        lon REAL, lat REAL)""",
    """CREATE TABLE visits (fid INTEGER PRIMARY KEY NOT NULL, geom POINT, "key" TEXT NOT NULL UNIQUE, visit_id TEXT,
        unit TEXT, outcome TEXT, plot_id TEXT, season TEXT, area_m2 REAL, visited_at DATETIME)""",
)

_LAYERS = (
    ("plots", "Plots by season and state", "MULTIPOLYGON", False),
    ("candidates", "Places to check; they accuse nobody", "MULTIPOLYGON", False),
    ("visits", "Checks on site", "POINT", False),
    ("track_segments", "Walked lines; Z elevation in m, M seconds since 1970 UTC", "LINESTRING", True),
    ("waypoints", "Named points of patrols", "POINT", False),
    ("admin_units", "Communes by vintage", "MULTIPOLYGON", False),
)

_ATTRIBUTES = (
    ("events", "Everything that was done, appended once"),
    ("origins", "Devices and offices, and where their chains end"),
    ("lineage", "What became of which commune"),
    ("pending_events", "Events that wait for those before them"),
    ("patrols", "Walks of units"),
)


def upgrade() -> None:
    """Make an empty file, or an empty schema of a server, a store."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _on_server(connection)
    else:
        _in_file(connection)


def _in_file(connection: Connection) -> None:
    create_core(connection)
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    for table, description, geometry_type, zm in _LAYERS:
        register_layer(connection, table, description, geometry_type, zm)
    for table, description in _ATTRIBUTES:
        register_attributes(connection, table, description)


def _on_server(connection: Connection) -> None:
    for statement in _TABLES:
        connection.exec_driver_sql(translated(statement))
    for table, description, *_ in (*_LAYERS, *_ATTRIBUTES):
        describe(connection, table, description)
    for table, *_ in _LAYERS:
        index_places(connection, table)

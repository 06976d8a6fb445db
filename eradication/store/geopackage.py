"""What makes a SQLite file a GeoPackage 1.3: its core tables, the list of contents, R-trees and their triggers.

Alembic rebuilds a table by copying and renaming it, and SQLite then drops the table's triggers without a word.
:func:`restore_triggers` is the one place that makes them, and it runs after every migration.
"""

from collections.abc import Collection

from sqlalchemy import Connection, text

_CORE = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
        srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
        scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)

_SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
    ("WGS 84 geodetic", 4326, "EPSG", 4326, _WGS84),
)

_RTREE_EXTENSION = "gpkg_rtree_index"

# GeoPackage 1.4, annex F.3: these, unlike the older ones, also hold under INSERT … ON CONFLICT DO UPDATE.
_RTREE_TRIGGERS = {
    "insert": """AFTER INSERT ON "{t}" WHEN (NEW."{c}" NOT NULL AND NOT ST_IsEmpty(NEW."{c}"))
        BEGIN INSERT OR REPLACE INTO "{r}" VALUES (NEW."{i}", {new}); END""",
    "update2": """AFTER UPDATE OF "{c}" ON "{t}"
        WHEN OLD."{i}" = NEW."{i}" AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}"))
        BEGIN DELETE FROM "{r}" WHERE id = OLD."{i}"; END""",
    "update4": """AFTER UPDATE ON "{t}"
        WHEN OLD."{i}" != NEW."{i}" AND (NEW."{c}" ISNULL OR ST_IsEmpty(NEW."{c}"))
        BEGIN DELETE FROM "{r}" WHERE id IN (OLD."{i}", NEW."{i}"); END""",
    "update5": """AFTER UPDATE ON "{t}"
        WHEN OLD."{i}" != NEW."{i}" AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))
        BEGIN DELETE FROM "{r}" WHERE id = OLD."{i}";
        INSERT OR REPLACE INTO "{r}" VALUES (NEW."{i}", {new}); END""",
    "update6": """AFTER UPDATE OF "{c}" ON "{t}"
        WHEN OLD."{i}" = NEW."{i}" AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))
            AND (OLD."{c}" NOTNULL AND NOT ST_IsEmpty(OLD."{c}"))
        BEGIN UPDATE "{r}" SET minx = ST_MinX(NEW."{c}"), maxx = ST_MaxX(NEW."{c}"),
            miny = ST_MinY(NEW."{c}"), maxy = ST_MaxY(NEW."{c}") WHERE id = NEW."{i}"; END""",
    "update7": """AFTER UPDATE OF "{c}" ON "{t}"
        WHEN OLD."{i}" = NEW."{i}" AND (NEW."{c}" NOTNULL AND NOT ST_IsEmpty(NEW."{c}"))
            AND (OLD."{c}" ISNULL OR ST_IsEmpty(OLD."{c}"))
        BEGIN INSERT INTO "{r}" VALUES (NEW."{i}", {new}); END""",
    "delete": """AFTER DELETE ON "{t}" WHEN OLD."{c}" NOT NULL
        BEGIN DELETE FROM "{r}" WHERE id = OLD."{i}"; END""",
}

_BOX = 'ST_MinX({0}"{c}"), ST_MaxX({0}"{c}"), ST_MinY({0}"{c}"), ST_MaxY({0}"{c}")'

_GUARDS = {
    "events_are_never_edited": """BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never edited; append a correcting one'); END""",
    # INSERT OR REPLACE deletes without asking the trigger for deletions.
    "events_are_never_replaced": """BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE origin = NEW.origin AND number = NEW.number)
            OR EXISTS (SELECT 1 FROM events WHERE fid = NEW.fid)
        BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END""",
    "events_are_never_deleted": """BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
    "origins_are_never_deleted": """BEFORE DELETE ON origins
        BEGIN SELECT RAISE(ABORT, 'origins are never deleted'); END""",
    "origins_are_never_replaced": """BEFORE INSERT ON origins
        WHEN EXISTS (SELECT 1 FROM origins WHERE origin = NEW.origin OR fid = NEW.fid)
        BEGIN SELECT RAISE(ABORT, 'origins are never replaced'); END""",
    # UPDATE OR REPLACE too deletes without asking: whoever gives a row the number of another removes that other.
    "chains_never_shrink": """BEFORE UPDATE ON origins
        WHEN NEW.events < OLD.events OR (NEW.events = OLD.events AND NEW.head != OLD.head)
            OR NEW.public_key != OLD.public_key OR NEW.origin != OLD.origin OR NEW.fid != OLD.fid
        BEGIN SELECT RAISE(ABORT, 'a chain never shrinks and keeps its key'); END""",
}


def create_core(connection: Connection) -> None:
    """Make an empty SQLite file an empty GeoPackage."""
    connection.exec_driver_sql("PRAGMA application_id = 0x47504B47")
    connection.exec_driver_sql("PRAGMA user_version = 10300")
    for statement in _CORE:
        connection.exec_driver_sql(statement)
    for row in _SYSTEMS:
        connection.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", row)


def register_attributes(connection: Connection, table: str, description: str) -> None:
    """List a table without geometry in the contents."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, 0)",
        (table, "attributes", table, description),
    )


def register_layer(connection: Connection, table: str, description: str, geometry_type: str, zm: bool = False) -> None:
    """List a table with geometry column ``geom`` (WGS 84) in the contents and give it an empty R-tree."""
    run = connection.exec_driver_sql
    run(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, 4326)",
        (table, "features", table, description),
    )
    run("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, ?, ?)", (table, geometry_type, zm, zm))
    run(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', ?, ?, 'write-only')",
        (table, _RTREE_EXTENSION, "http://www.geopackage.org/spec120/#extension_rtree"),
    )
    run(f'CREATE VIRTUAL TABLE "{rtree(table)}" USING rtree(id, minx, maxx, miny, maxy)')


def rtree(table: str) -> str:
    """Return the name of the R-tree over ``table.geom``."""
    return f"rtree_{table}_geom"


def restore_triggers(connection: Connection) -> None:
    """(Re)create the triggers that keep R-trees and guard the chain, and fill R-trees from their tables."""
    run = connection.exec_driver_sql
    for name, body in _GUARDS.items():
        run(f"DROP TRIGGER IF EXISTS {name}")
        run(f"CREATE TRIGGER {name} {body}")
    for table, column in _indexed(connection):
        tree = f"rtree_{table}_{column}"
        names = {"t": table, "c": column, "i": "fid", "r": tree}
        names["new"] = _BOX.format("NEW.", c=column)
        for name, body in _RTREE_TRIGGERS.items():
            run(f'DROP TRIGGER IF EXISTS "{tree}_{name}"')
            run(f'CREATE TRIGGER "{tree}_{name}" {body.format_map(names)}')
        run(f'DELETE FROM "{tree}"')
        run(
            f'INSERT INTO "{tree}" SELECT fid, {_BOX.format("", c=column)} FROM "{table}" '
            f'WHERE "{column}" NOT NULL AND NOT ST_IsEmpty("{column}")'
        )


def drop_index_triggers(connection: Connection) -> None:
    """Let R-trees be until :func:`restore_triggers` fills them: many rows at once come faster without them."""
    for table, column in _indexed(connection):
        for name in _RTREE_TRIGGERS:
            connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "rtree_{table}_{column}_{name}"')


def _indexed(connection: Connection) -> list[tuple[str, str]]:
    query = "SELECT table_name, column_name FROM gpkg_extensions WHERE extension_name = ?"
    return [(table, column) for table, column in connection.exec_driver_sql(query, (_RTREE_EXTENSION,))]


def note_changes(connection: Connection, tables: Collection[str]) -> None:
    """Write extent and time of change of ``tables`` into the contents."""
    for table in sorted(tables):
        tree = rtree(table)
        spatial = connection.scalar(
            text("SELECT count(*) FROM gpkg_geometry_columns WHERE table_name = :table"), {"table": table}
        )
        extent = (
            f'(SELECT min(minx), min(miny), max(maxx), max(maxy) FROM "{tree}")'
            if spatial
            else "(NULL, NULL, NULL, NULL)"
        )
        connection.execute(
            text(
                f"UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = {extent}, "
                "last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = :table"
            ),
            {"table": table},
        )

"""The file is a GeoPackage that other programs read, and its index never disagrees with its rows."""

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.schema import CreateTable
from store.samples import NOON, candidate, change, fixes, patrol, record, unit

from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.errors import StorageFailed
from eradication.store import engine, geometry, schema, verify
from eradication.store.embedded import GeoPackageStore

OGRINFO = shutil.which("ogrinfo")
OGR2OGR = shutil.which("ogr2ogr")
needs_gdal = pytest.mark.skipif(OGRINFO is None or OGR2OGR is None, reason="no ogrinfo here: install gdal-bin")


def filled(store: GeoPackageStore) -> None:
    with store.transaction() as transaction:
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"patrol": "p"})
        transaction.add_tracks(patrol("p", waypoints=(Waypoint(104.5, 21.5, NOON, "Lán", ""),)))
        transaction.add_units([unit("1", geometry=shapely.box(104, 20, 105, 21))], [change()])
        transaction.replace_layer("candidates", [candidate("a", 104.2, 21.2), candidate("b", 104.3, 21.3)])
        transaction.replace_layer("visits", [{"key": "v", "visited_at": NOON, "geometry": shapely.Point(104.1, 21.1)}])
        plot = {
            "plot_id": "p",
            "season": "2025-2026",
            "first_seen": NOON,
            "geometry": shapely.box(104, 21, 104.1, 21.1),
        }
        transaction.replace_layer("plots", [plot])


def ogr(program: str | None, *arguments: object) -> str:
    assert program is not None
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert "Warning" not in done.stderr
    return done.stdout


@needs_gdal
def test_ogrinfo_lists_and_reads_every_layer(geopackage: GeoPackageStore, tmp_path: Path):
    filled(geopackage)
    geopackage.close()
    listing = ogr(OGRINFO, "-ro", "-al", tmp_path / "ws" / "store.gpkg")
    counts = {}
    for block in listing.split("Layer name: ")[1:]:
        name = block.split("\n", 1)[0]
        counts[name] = int(block.split("Feature Count: ")[1].split()[0])
    assert counts == {
        "plots": 1,
        "candidates": 2,
        "visits": 1,
        "track_segments": 1,
        "waypoints": 1,
        "admin_units": 1,
        "events": 1,
        "origins": 1,
        "lineage": 1,
        "pending_events": 0,
        "patrols": 1,
        "replayed": 0,
        "event_units": 0,
        "event_words": 2,
        "unit_names": 1,
    }
    assert "LINESTRING ZM (104 21 800" in listing
    assert "Geometry: 3D Measured Line String" in listing
    assert "visited_at (DateTime) = 2026/02/03 05:00:00+00" in listing
    assert re.search(r"Extent: \(104\.1999\d+, 21\.1999\d+\) - \(104\.3010\d+, 21\.3010\d+\)", listing)


@needs_gdal
def test_other_programs_write_layers_and_the_index_follows(geopackage: GeoPackageStore, tmp_path: Path):
    filled(geopackage)
    file = tmp_path / "ws" / "store.gpkg"
    more = tmp_path / "more.geojson"
    place = {"type": "Polygon", "coordinates": [[[103, 20], [103.1, 20], [103.1, 20.1], [103, 20]]]}
    feature = {"type": "Feature", "properties": {"id": "drawn", "score": 0.25}, "geometry": place}
    more.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    ogr(OGR2OGR, "-append", "-nln", "candidates", "-nlt", "MULTIPOLYGON", file, more)
    ogr(OGRINFO, file, "-sql", "DELETE FROM candidates WHERE id = 'a'")
    assert [row["id"] for row in geopackage.layer("candidates")] == ["b", "drawn"]
    assert [row["id"] for row in geopackage.layer("candidates", bbox=(102, 19, 103.5, 20.5))] == ["drawn"]
    assert index_faults(geopackage) == []


def index_faults(store: GeoPackageStore) -> list[str]:
    """Compare every R-tree with its table."""
    faults = []
    with store._engine.connect() as connection:
        tables = connection.scalars(text("SELECT table_name FROM gpkg_geometry_columns")).all()
        for table in tables:
            rows = connection.execute(text(f"SELECT fid, geom FROM {table}")).all()
            boxes = {fid: geometry.envelope(blob) for fid, blob in rows if blob is not None}
            index = {row[0]: row[1:] for row in connection.execute(text(f"SELECT * FROM rtree_{table}_geom"))}
            if index.keys() != {fid for fid, box in boxes.items() if box}:
                faults.append(f"{table}: other ids")
            for fid, (west, east, south, north) in index.items():
                box = boxes[fid]
                assert box is not None
                if not (west <= box[0] and east >= box[1] and south <= box[2] and north >= box[3]):
                    faults.append(f"{table}: {fid} sticks out")
    return faults


PLACES = st.tuples(st.floats(100, 108), st.floats(18, 24), st.floats(0.0001, 2))
LAYERS = st.dictionaries(st.sampled_from("abcdefghij"), st.one_of(PLACES, st.none()))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=3), PLACES)
def test_a_search_by_place_finds_what_a_full_scan_finds(
    geopackage: GeoPackageStore, versions: list[dict], window: tuple
):
    rows = []
    for version in versions:
        rows = [
            candidate(name, *place) if place else {"id": name, "geometry": shapely.Polygon() if name < "c" else None}
            for name, place in version.items()
        ]
        with geopackage.transaction() as transaction:
            transaction.replace_layer("candidates", rows)
    bbox = (window[0], window[1], window[0] + window[2], window[1] + window[2])
    wanted = {row["id"] for row in rows if row["geometry"] and row["geometry"].intersects(shapely.box(*bbox))}
    assert {row["id"] for row in geopackage.layer("candidates", bbox=bbox)} == wanted
    assert index_faults(geopackage) == []


def test_extents_in_the_contents_follow_the_rows(geopackage: GeoPackageStore, tmp_path: Path):
    for rows in ([candidate("a", 104, 21), candidate("b", 105, 22)], [candidate("b", 105, 22)], []):
        with geopackage.transaction() as transaction:
            transaction.replace_layer("candidates", rows)
        with closing(sqlite3.connect(tmp_path / "ws" / "store.gpkg")) as raw:
            query = "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'candidates'"
            extent = raw.execute(query).fetchone()
        if rows:
            exact = shapely.union_all([row["geometry"] for row in rows])
            assert shapely.box(*extent).contains(exact)
            # The index keeps 32-bit numbers, rounded outwards: 1 to 2 metres here.
            assert extent == pytest.approx(exact.bounds, abs=3e-5)
        else:
            assert extent == (None,) * 4


def test_an_unchanged_row_is_not_rewritten(geopackage: GeoPackageStore, tmp_path: Path):
    rows = [candidate(f"c{n}", 104 + n / 100, 21) for n in range(10)]
    with geopackage.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    with closing(sqlite3.connect(tmp_path / "ws" / "store.gpkg")) as raw:
        raw.execute("CREATE TABLE seen (what TEXT)")
        for act in ("UPDATE", "INSERT", "DELETE"):
            raw.execute(
                f"CREATE TRIGGER see_{act} AFTER {act} ON candidates BEGIN INSERT INTO seen VALUES ('{act}'); END"
            )
    rows[3]["score"] = 0.1
    with geopackage.transaction() as transaction:
        transaction.replace_layer("candidates", rows[1:])
    with closing(sqlite3.connect(tmp_path / "ws" / "store.gpkg")) as raw:
        assert sorted(raw.execute("SELECT what FROM seen").fetchall()) == [("DELETE",), ("UPDATE",)]


EVERY_ROW = (
    "UPDATE events SET payload = '{}' WHERE number = 1",
    "UPDATE events SET fid = 99 WHERE number = 1",
    "UPDATE OR REPLACE events SET fid = 2 WHERE number = 1",
    "DELETE FROM events",
    "INSERT OR REPLACE INTO events SELECT * FROM events",
    "REPLACE INTO events SELECT 1, 'o', 9, kind, happened_at, recorded_at, '{}', '', '', '' FROM events",
    "REPLACE INTO events SELECT 99, origin, number, kind, happened_at, recorded_at, '{}', '', '', '' FROM events",
    "INSERT INTO events SELECT * FROM events WHERE true ON CONFLICT (fid) DO UPDATE SET payload = '{}'",
    "DELETE FROM origins",
    "UPDATE origins SET events = 1",
    "UPDATE origins SET head = 'x'",
    "UPDATE origins SET public_key = 'x'",
    "UPDATE origins SET origin = 'x'",
    "UPDATE OR REPLACE origins SET fid = 2 WHERE fid = 1",
    "REPLACE INTO origins SELECT fid, origin, label, public_key, 1, 'x' FROM origins",
    "INSERT OR REPLACE INTO origins SELECT fid, 'x', label, public_key, events, head FROM origins",
    "REPLACE INTO origins (origin, label, public_key, events, head) SELECT origin, 'x', 'x', 1, 'x' FROM origins",
    "INSERT INTO origins SELECT * FROM origins WHERE true ON CONFLICT (origin) DO UPDATE SET events = 1",
)


@pytest.mark.parametrize("statement", EVERY_ROW)
def test_T18_what_was_appended_cannot_be_changed_by_accident(
    geopackage: GeoPackageStore, tmp_path: Path, statement: str
):
    record(geopackage, {"n": 1}, {"n": 2})
    with closing(sqlite3.connect(tmp_path / "ws" / "store.gpkg")) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")  # as most programs have it
        raw.execute("INSERT INTO origins SELECT NULL, 'other', label, public_key, 0, head FROM origins")
        raw.commit()
        with pytest.raises(sqlite3.IntegrityError, match=r"never|constraint"):
            raw.execute(statement)
        raw.rollback()
        assert raw.execute("SELECT count(*) FROM events").fetchone() == (2,)
        assert raw.execute("SELECT origin = 'other', events FROM origins ORDER BY fid").fetchall() == [(0, 2), (1, 0)]


def test_T18_every_table_that_refuses_deletions_refuses_replacing_too(geopackage: GeoPackageStore):
    query = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
    with geopackage._engine.connect() as connection:
        guards = connection.exec_driver_sql(query).all()
    for act in ("UPDATE", "DELETE", "INSERT"):
        assert {table for table, said in guards if f"BEFORE {act} ON" in said} == {"events", "origins"}


def test_the_settings_of_every_connection_are_the_durable_ones(geopackage: GeoPackageStore):
    with geopackage._engine.connect() as connection:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "application_id": 0x47504B47}
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


def test_migrations_make_the_tables_of_the_schema(geopackage: GeoPackageStore):
    with geopackage._engine.connect() as connection, closing(sqlite3.connect(":memory:")) as fresh:
        for table in schema.metadata.sorted_tables:
            fresh.execute(str(CreateTable(table).compile(dialect=geopackage._engine.dialect)))
            wanted = {row[1]: row[2:4] for row in fresh.execute(f'PRAGMA table_info("{table.name}")')}
            made = {row[1]: row[2:4] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table.name}")')}
            assert made == wanted, table.name
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == schema.VERSION


GUARDS = ("events_are_never", "origins_are_never", "chains_never")
"""Begin the names of triggers that are made anew after every migration, so that they may become stricter."""

FIRST_MIGRATION = "549ce6dc277f0dde16b71180845a7f346565be7588cd8fac1728e0b43b9b03d1"
"""SHA-256 of what the first migration makes in a file, as released, without those guards."""


def test_a_released_migration_makes_in_a_file_what_it_always_made(tmp_path: Path):
    # Stores in the field were made by it: a second database must not change it, and later changes are new migrations.
    scripts, file = tmp_path / "migrations", tmp_path / "store.gpkg"
    only_first = shutil.ignore_patterns("__pycache__", "v000[2-9]*")
    shutil.copytree(Path(engine.__file__).parent / "migrations", scripts, ignore=only_first)
    first = engine.connect(file)
    engine.migrate(first, file, scripts=str(scripts))
    with first.connect() as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE sql NOT NULL AND name != 'alembic_version' ORDER BY name"
        made = [(name, " ".join(said.split())) for name, said in connection.exec_driver_sql(query)]
        # SQLite itself makes the tables below an R-tree.
        own = [row for row in made if not row[0].startswith("rtree_") or re.search("TRIGGER|VIRTUAL", row[1][:20])]
        own = [row for row in own if not row[0].startswith(GUARDS)]
        listed = connection.exec_driver_sql(
            "SELECT table_name, data_type, description FROM gpkg_contents ORDER BY table_name"
        )
        digest = hashlib.sha256(repr((own, [tuple(row) for row in listed])).encode())
    first.dispose()
    assert digest.hexdigest() == FIRST_MIGRATION


LATER = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None

def upgrade():
    for table in ("candidates", "track_segments", "events", "origins"):
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("added_later", sa.Text()))
"""


def test_a_filled_older_store_survives_a_table_rebuild(geopackage: GeoPackageStore, tmp_path: Path):
    filled(geopackage)
    events, tracks = geopackage.events(), [len(segment) for _, segment in geopackage.tracks()]
    scripts = tmp_path / "migrations"
    shutil.copytree(Path(engine.__file__).parent / "migrations", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v0006_later.py").write_text(LATER)
    engine.migrate(geopackage._engine, tmp_path / "ws" / "store.gpkg", scripts=str(scripts))
    with geopackage._engine.connect() as connection:
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(candidates)")]
        assert "added_later" in columns
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        declared = {row[1]: row[2] for row in connection.exec_driver_sql("PRAGMA table_info(track_segments)")}
        assert declared["geom"] == "LINESTRING"
    assert index_faults(geopackage) == []
    assert [row["id"] for row in geopackage.layer("candidates", bbox=(104.29, 21.29, 104.4, 21.4))] == ["b"]
    with geopackage.transaction() as transaction:
        transaction.replace_layer("candidates", [candidate("a", 103, 20), candidate("c", 104, 21)])
        transaction.add_tracks(patrol("q", fixes([103.0, 103.1], [20.0, 20.1])))
        transaction.append(EventKind.RUN_FINISHED, NOON, {})
    assert index_faults(geopackage) == []
    assert [row["id"] for row in geopackage.layer("candidates", bbox=(102, 19, 103.5, 20.5))] == ["a"]
    assert geopackage.events()[: len(events)] == events
    assert [len(segment) for _, segment in geopackage.tracks(["p"])] == tracks
    assert all(check.ok for check in verify(geopackage))
    with geopackage._engine.connect() as connection, pytest.raises(Exception, match="never edited"):
        connection.exec_driver_sql("UPDATE events SET payload = ''")
    geopackage.close()
    with pytest.raises(StorageFailed) as newer:
        stores.open(tmp_path / "ws")
    assert newer.value.kind == "store_newer"


def test_functions_of_the_index_read_headers_of_other_programs():
    point = shapely.to_wkb(shapely.Point(104, 21))
    bare = b"GP\x00\x01" + (4326).to_bytes(4, "little") + point
    assert geometry.envelope(bare) == (104, 104, 21, 21)
    assert geometry.FUNCTIONS["ST_IsEmpty"](bare) == 0
    assert geometry.FUNCTIONS["ST_IsEmpty"](geometry.encode(shapely.Polygon())) == 1
    assert [geometry.FUNCTIONS[name](None) for name in geometry.FUNCTIONS] == [None] * 5
    for nonsense in (b"", b"GP", b"XX" + bare[2:], b"GP\x00\x0f" + bare[4:], bare[:6]):
        with pytest.raises(ValueError, match="not a GeoPackage"):
            geometry.envelope(nonsense)


def test_a_filled_store_of_an_earlier_program_gets_what_is_new(tmp_path: Path):
    scripts, folder = tmp_path / "migrations", tmp_path / "ws"
    earlier = shutil.ignore_patterns("__pycache__", "v000[3-9]*")
    shutil.copytree(Path(engine.__file__).parent / "migrations", scripts, ignore=earlier)
    folder.mkdir()
    old = engine.connect(folder / "store.gpkg")
    engine.migrate(old, folder / "store.gpkg", scripts=str(scripts))
    place = geometry.encode(shapely.MultiPolygon([shapely.box(104.2, 21.2, 104.21, 21.21)]))
    with old.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO plots (geom, plot_id, season, state, outside) VALUES (?, 'p', '2025-2026', 'detected', 0)",
            (place,),
        )
    old.dispose()
    with stores.open(folder, create=True) as store:
        (row,) = store.layer("plots", bbox=(104.0, 21.0, 104.3, 21.3), only={"season": ("2025-2026",)})
        assert (row["plot_id"], row["state"], row["lon"], row["class_estimated"]) == ("p", "detected", None, None)
        assert store.layer("replayed") == []
        assert index_faults(store) == []
        with store._engine.connect() as connection:
            indexes = {row[1] for row in connection.exec_driver_sql("PRAGMA index_list(events)")}
            assert {"events_in_order", "events_by_kind"} <= indexes
            listed = connection.exec_driver_sql("SELECT data_type FROM gpkg_contents WHERE table_name = 'replayed'")
            assert listed.scalar() == "attributes"


def test_a_new_store_and_its_journals_are_for_their_owner_alone(tmp_path: Path):
    with stores.open(tmp_path, device="a", create=True) as opened, opened.transaction() as transaction:
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"patrol": "p"})
        files = [*tmp_path.glob("store.gpkg*")]
        assert len(files) > 1
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}

"""The schema is one that other programs read, its index never disagrees with its rows, and nobody edits it unseen."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import Cluster
from psycopg import sql
from sqlalchemy import inspect, text
from store.samples import NOON, candidate, change, fixes, patrol, record, unit

from eradication import config
from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.errors import EradicationError, RefusedInput, StorageFailed, UnusableInput
from eradication.store import migrating, schema, verify
from eradication.store.postgis_address import address_of
from eradication.store.relational import RelationalStore


def schema_of(store: RelationalStore) -> str:
    return str(store._database.schema)


@pytest.fixture
def admin(postgis: RelationalStore, server: Cluster) -> Iterator[psycopg.Connection]:
    """The superuser, in the schema of the store ``postgis``."""
    with server.connect() as connection:
        connection.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema_of(postgis))))
        yield connection


def filled(store: RelationalStore) -> None:
    with store.transaction() as transaction:
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"patrol": "p"})
        transaction.add_tracks(patrol("p", waypoints=(Waypoint(104.5, 21.5, NOON, "Lán", ""),)))
        transaction.add_units([unit("1", geometry=shapely.box(104, 20, 105, 21))], [change()])
        transaction.replace_layer("candidates", [candidate("a", 104.2, 21.2), candidate("b", 104.3, 21.3)])
        transaction.replace_layer("visits", [{"key": "v", "visited_at": NOON, "geometry": shapely.Point(104.1, 21.1)}])


def test_migrations_make_the_tables_of_the_schema(postgis: RelationalStore):
    with postgis._engine.connect() as connection:
        looked = inspect(connection)
        for table in schema.metadata.sorted_tables:
            made = {
                column["name"]: (column["type"].compile(connection.dialect), column["nullable"])
                for column in looked.get_columns(table.name, schema_of(postgis))
            }
            wanted = {c.name: (c.type.compile(connection.dialect), bool(c.nullable)) for c in table.columns}
            assert made == wanted, table.name
            unique = {tuple(u["column_names"]) for u in looked.get_unique_constraints(table.name, schema_of(postgis))}
            promised = {
                tuple(part.columns.keys()) for part in table.constraints if isinstance(part, schema.UniqueConstraint)
            }
            assert unique == promised, table.name
            foreign = [f["referred_table"] for f in looked.get_foreign_keys(table.name, schema_of(postgis))]
            assert foreign == [key.column.table.name for key in table.foreign_keys]
        version = text(f"SELECT version_num FROM {schema_of(postgis)}.alembic_version")
        assert connection.scalar(version) == schema.VERSION


def test_other_programs_see_real_geometries_times_and_descriptions(postgis: RelationalStore, admin: psycopg.Connection):
    filled(postgis)
    listed = admin.execute(
        "SELECT f_table_name, type, coord_dimension, srid FROM geometry_columns WHERE f_table_schema = current_schema()"
    ).fetchall()
    assert sorted(listed) == [
        ("admin_units", "MULTIPOLYGON", 2, 4326),
        ("candidates", "MULTIPOLYGON", 2, 4326),
        ("plots", "MULTIPOLYGON", 2, 4326),
        ("track_segments", "LINESTRING", 4, 4326),
        ("visits", "POINT", 2, 4326),
        ("waypoints", "POINT", 2, 4326),
    ]
    line = admin.execute("SELECT ST_AsText(ST_StartPoint(geom)) FROM track_segments").fetchone()
    assert line == (f"POINT ZM (104 21 800 {NOON.timestamp():.0f})",)
    assert admin.execute("SELECT visited_at FROM visits").fetchone() == (NOON,)
    said = admin.execute("SELECT obj_description('candidates'::regclass)").fetchone()
    assert said == ("Places to check; they accuse nobody",)
    assert admin.execute(
        "SELECT count(*) FROM candidates WHERE ST_Area(geom::geography) BETWEEN 1e4 AND 1.3e4"
    ).fetchone() == (2,)


PLACES = st.tuples(st.floats(100, 108), st.floats(18, 24), st.floats(0.0001, 2))
LAYERS = st.dictionaries(st.sampled_from("abcdefghij"), st.one_of(PLACES, st.none()))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=3), PLACES)
def test_a_search_by_place_finds_what_a_full_scan_finds(postgis: RelationalStore, versions: list[dict], window: tuple):
    rows = []
    for version in versions:
        rows = [
            candidate(name, *place) if place else {"id": name, "geometry": shapely.Polygon() if name < "c" else None}
            for name, place in version.items()
        ]
        with postgis.transaction() as transaction:
            transaction.replace_layer("candidates", rows)
    bbox = (window[0], window[1], window[0] + window[2], window[1] + window[2])
    wanted = {row["id"] for row in rows if row["geometry"] and row["geometry"].intersects(shapely.box(*bbox))}
    assert {row["id"] for row in postgis.layer("candidates", bbox=bbox)} == wanted


def test_a_search_by_place_goes_through_the_index(postgis: RelationalStore):
    rows = [candidate(f"c{n}", 103 + n % 100 / 100, 20 + n // 100 / 100) for n in range(3000)]
    with postgis.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    table = schema.LAYER_TABLES["candidates"]
    query = table.select().where(postgis._database.near(table, (103.5, 20.1, 103.505, 20.105)))
    with postgis._engine.connect() as connection:
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"ANALYZE {schema_of(postgis)}.candidates")
        named = str(compiled).replace(" candidates", f" {schema_of(postgis)}.candidates", 1)
        plan = "\n".join(connection.scalars(text(f"EXPLAIN SELECT fid FROM ({named}) AS found")))
    assert "candidates_by_place" in plan
    assert [row["id"] for row in postgis.layer("candidates", bbox=(103.5, 20.1, 103.505, 20.105))] == ["c1050"]


def test_an_unchanged_row_is_not_rewritten(postgis: RelationalStore, admin: psycopg.Connection):
    rows = [candidate(f"c{n}", 104 + n / 100, 21) for n in range(10)]
    with postgis.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    versions = dict(admin.execute("SELECT id, xmin::text FROM candidates").fetchall())
    rows[3]["score"] = 0.1
    with postgis.transaction() as transaction:
        transaction.replace_layer("candidates", rows[1:])
    now = dict(admin.execute("SELECT id, xmin::text FROM candidates").fetchall())
    assert {name for name in versions if now.get(name) != versions[name]} == {"c0", "c3"}


FORBIDDEN = (
    "UPDATE events SET payload = '{}' WHERE number = 1",
    "UPDATE events SET fid = 99 WHERE number = 1",
    "DELETE FROM events",
    "TRUNCATE events",
    "TRUNCATE origins CASCADE",
    "INSERT INTO events SELECT * FROM events",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (fid) DO UPDATE SET payload = '{}'",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (origin, number) DO UPDATE SET payload = '{}'",
    "TRUNCATE events, origins",
    "DELETE FROM origins",
    "INSERT INTO origins SELECT * FROM origins",
    "INSERT INTO origins SELECT * FROM origins ON CONFLICT (fid) DO UPDATE SET events = 1",
    "INSERT INTO origins SELECT * FROM origins ON CONFLICT (origin) DO UPDATE SET head = 'x'",
    "UPDATE origins SET head = 'x'",
    "UPDATE origins SET origin = 'x'",
    "UPDATE origins SET fid = 99",
    "UPDATE origins SET events = 1",
    "UPDATE origins SET public_key = 'x'",
)


def test_T18_events_cannot_be_edited_or_deleted_by_accident(postgis: RelationalStore, admin: psycopg.Connection):
    record(postgis, {"n": 1}, {"n": 2})
    for statement in FORBIDDEN:
        with pytest.raises(psycopg.errors.IntegrityError):
            admin.execute(statement)
    assert all(check.ok for check in verify(postgis))
    assert [event.payload["n"] for event in postgis.events()] == [1, 2]


TAMPERED = (
    ("""UPDATE events SET payload = replace(payload, '"n":2', '"n":9') WHERE number = 2""", 2, "wrong_hash"),
    ("DELETE FROM events WHERE number = 2", 2, "missing_event"),
    ("DELETE FROM events WHERE number = 3", 3, "missing_event"),
    ("UPDATE events SET number = 5 - number WHERE number IN (2, 3)", 2, "wrong_hash"),
    ("UPDATE events SET signature = '' WHERE number = 3", 3, "missing_signature"),
    ("UPDATE events SET recorded_at = '2026-02-03' WHERE number = 2", 2, "unreadable_event"),
    ("DELETE FROM events WHERE number = 3; UPDATE origins SET events = 2", 2, "wrong_head"),
)


@pytest.mark.parametrize(("statement", "first_bad", "reason"), TAMPERED)
def test_T18_whoever_edits_behind_the_programs_back_is_found(
    postgis: RelationalStore, admin: psycopg.Connection, statement: str, first_bad: int, reason: str
):
    for n in (1, 2, 3):
        record(postgis, {"n": n})
    # The administrator of a server can switch the guards off; the chain still tells.
    admin.execute("SET session_replication_role = replica")
    if "5 - number" in statement:
        admin.execute("ALTER TABLE events DROP CONSTRAINT events_origin_number_key")
    admin.execute(statement)
    (check,) = verify(postgis)
    assert (check.ok, check.first_bad, check.reason) == (False, first_bad, reason)


LATER = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "0006", "0005", None, None

def upgrade():
    for table in ("candidates", "track_segments", "events", "origins"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("added_later", sa.Text()))
"""


def test_a_filled_older_store_survives_a_migration_and_a_newer_one_is_not_opened(
    postgis: RelationalStore, admin: psycopg.Connection, tmp_path: Path
):
    filled(postgis)
    events = postgis.events()
    scripts = tmp_path / "migrations"
    shutil.copytree(
        Path(migrating.__file__).parent / "migrations", scripts, ignore=shutil.ignore_patterns("__pycache__")
    )
    (scripts / "versions" / "v0006_later.py").write_text(LATER)
    postgis._database.migrate(scripts=str(scripts))
    assert admin.execute("SELECT added_later FROM candidates").fetchall() == [(None,), (None,)]
    assert postgis.events() == events
    assert [row["id"] for row in postgis.layer("candidates", bbox=(104.29, 21.29, 104.4, 21.4))] == ["b"]
    with postgis.transaction() as transaction:
        transaction.add_tracks(patrol("q", fixes([103.0, 103.1], [20.0, 20.1])))
        transaction.append(EventKind.RUN_FINISHED, NOON, {})
    assert all(check.ok for check in verify(postgis))
    with pytest.raises(psycopg.errors.IntegrityError, match="never edited"):
        admin.execute("UPDATE events SET payload = ''")
    with pytest.raises(StorageFailed) as newer:
        stores.open(tmp_path / "ws")
    assert newer.value.kind == "store_newer"


def test_texts_with_odd_letters_come_back_and_sort_as_in_the_file(postgis: RelationalStore):
    names = ["b", "a\0", "Đ", "a", "\ue000", "\ue0000", "z", "Z", "a\0\ue000b", "ă", ""]
    with postgis.transaction() as transaction:
        for name in names:
            transaction.add_tracks(patrol(name, waypoints=(Waypoint(104.0, 21.0, None, name, "\0"),)))
    found = postgis.waypoints()
    assert {waypoint.name for _, waypoint in found} == {name for name, _ in found} == set(names)
    assert {waypoint.note for _, waypoint in found} == {"\0"}
    plain = [name for name, _ in found if "\0" not in name and "\ue000" not in name]
    assert plain == sorted(plain) == ["", "Z", "a", "b", "z", "ă", "Đ"]
    assert [name for name, _ in postgis.tracks(["a\0", "Z"])] == ["Z", "a\0"]


def test_numbers_keep_all_their_digits(postgis: RelationalStore):
    row = candidate("c", 104.123456789012345, 21.000000000000004, score=0.1 + 0.2)
    with postgis.transaction() as transaction:
        transaction.replace_layer("candidates", [row | {"area_m2": 1e-300}])
        transaction.replace_layer("plots", [{"plot_id": "p", "season": "s", "plant_count": 2**53 + 1}])
    (found,) = postgis.layer("candidates")
    assert (found["score"], found["area_m2"]) == (0.1 + 0.2, 1e-300)
    assert found["geometry"] == shapely.MultiPolygon([row["geometry"]])
    assert postgis.layer("plots")[0]["plant_count"] == 2**53 + 1


def test_every_connection_waits_for_the_disk(postgis: RelationalStore, server: Cluster):
    server.run("ALTER DATABASE test SET synchronous_commit = off; ALTER DATABASE test SET timezone = 'Asia/Tokyo'")
    try:
        with stores.open(Path(postgis._originals).parent) as store, store._database.writing() as connection:
            for name, value in (("synchronous_commit", "on"), ("fsync", "on"), ("timezone", "UTC")):
                assert connection.exec_driver_sql(f"SHOW {name}").scalar() == value
    finally:
        server.run("ALTER DATABASE test RESET ALL")


def test_stores_of_two_schemas_know_nothing_of_each_other(served: Callable[[str], Path]):
    with (
        stores.open(served("a"), create=True) as one,
        stores.open(served("b"), create=True) as other,
        one.transaction() as first,
        other.transaction() as second,  # neither waits for the other
    ):
        first.append(EventKind.RUN_FINISHED, NOON, {"n": 1})
        second.append(EventKind.RUN_FINISHED, NOON, {"n": 2})
    with stores.open(Path(one._originals).parent) as one, stores.open(Path(other._originals).parent) as other:
        assert [[event.payload["n"] for event in store.events()] for store in (one, other)] == [[1], [2]]
        assert one.origin != other.origin


def kind_of(folder: Path, url: str, name: str = "x", create: bool = False) -> EradicationError:
    with pytest.raises(EradicationError) as caught:
        stores.open(folder, create=create, settings=config.Store(url, name))
    assert caught.value.where
    assert caught.value.hint
    return caught.value


def test_a_schema_without_a_store_is_unusable(tmp_path: Path, server: Cluster):
    assert kind_of(tmp_path, server.url, "nothing_here").kind == "no_store"
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_or_refuses_is_named_without_the_password(tmp_path: Path, server: Cluster):
    dead = server.url.replace(str(server.port), "1")
    wrong = server.url.replace(server.password, "geheim123")
    strange = [server.url_of("no_such_database"), server.url_of("test", "nobody", "geheim123"), f"{server.url}?pet=cat"]
    for url in (dead, wrong, *strange):
        error = kind_of(tmp_path / "new", url, create=True)
        assert (type(error), error.kind) == (StorageFailed, "store_unreachable")
        assert "127.0.0.1" in error.where
        for secret in (server.password, "geheim123"):
            assert secret not in f"{error} {error.where} {error.values} {error.hint}"
        assert not (tmp_path / "new" / "keys").exists()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///x.db", "ws"),
        ("mysql://u:geheim@h/db", "ws"),
        ("postgresql://u:geheim@h", "ws"),
        ("postgresql://u:ge/heim@h:54x2/geheim", "ws"),
        ("geheim", "ws"),
        ("postgres ://u:geheim@h/db", "ws"),
        ("postgresql+psycopg2://u:geheim@h/db", "ws"),
        ("postgresql://u:geheim@h/db", "public"),
        ("postgresql://u:geheim@h/db", "pg_mine"),
        ("postgresql://u:geheim@h/db", 'x"; DROP SCHEMA y; --'),
        ("postgresql://u:geheim@h/db", ""),
    ],
)
def test_settings_that_are_no_place_for_a_store_are_named(tmp_path: Path, url: str, name: str):
    error = kind_of(tmp_path, url, name)
    assert (type(error), error.kind) == (UnusableInput, "bad_settings")
    assert "geheim" not in f"{error} {error.where} {error.values}"


def test_a_place_is_named_by_host_port_database_and_schema():
    places = {
        "postgresql://u:p@db.example:6543/poppy": "db.example:6543/poppy (ws)",
        "postgres://u@db.example/poppy": "db.example/poppy (ws)",
        "postgresql:///poppy?host=/run/postgresql": "/run/postgresql/poppy (ws)",
        "postgresql+psycopg:///poppy": "localhost/poppy (ws)",
    }
    assert {url: address_of(config.Store(url, "ws")).where for url in places} == places


def test_what_is_not_installed_is_said(tmp_path: Path):
    code = (
        "import sys, pathlib; sys.modules['psycopg'] = None\n"
        "from eradication import config, store\n"
        "store.open(pathlib.Path(sys.argv[1]), settings=config.Store('postgresql://h/db', 'ws'))"
    )
    ended = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert "UnusableInput: A store on a server needs parts that are not installed: " in ended.stderr
    assert "psycopg" in ended.stderr.splitlines()[-1]


def test_a_file_store_loads_nothing_of_a_server(tmp_path: Path):
    code = (
        "import sys, pathlib; from eradication import store\n"
        "store.open(pathlib.Path(sys.argv[1]), create=True).close()\n"
        "print([m for m in ('psycopg', 'geoalchemy2') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_a_database_gets_postgis_or_says_who_can_add_it(tmp_path: Path, server: Cluster):
    server.run("CREATE DATABASE bare", "CREATE ROLE clerk LOGIN PASSWORD 'clerk'", "CREATE DATABASE poor OWNER clerk")
    error = kind_of(tmp_path / "poor", server.url_of("poor", "clerk", "clerk"), create=True)
    assert (type(error), error.kind) == (StorageFailed, "postgis_missing")
    assert "CREATE EXTENSION postgis" in error.hint
    with server.connect("poor") as raw:
        assert raw.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'x'").fetchone() == (0,)
    with stores.open(tmp_path / "bare", create=True, settings=config.Store(server.url_of("bare"), "x")) as store:
        filled(store)
        assert len(store.layer("candidates", bbox=(104, 21, 105, 22))) == 2


def test_a_clerk_works_where_an_administrator_put_postgis_elsewhere(tmp_path: Path, server: Cluster):
    server.run("CREATE ROLE scribe LOGIN PASSWORD 'scribe'", "CREATE DATABASE desk OWNER scribe")
    server.run("CREATE SCHEMA gis", "CREATE EXTENSION postgis SCHEMA gis", database="desk")
    server.run("GRANT USAGE ON SCHEMA gis TO PUBLIC", database="desk")
    place = config.Store(server.url_of("desk", "scribe", "scribe"), "sonla")
    with stores.open(tmp_path, create=True, settings=place) as store:
        filled(store)
        assert [row["id"] for row in store.layer("candidates", bbox=(104.29, 21.29, 104.4, 21.4))] == ["b"]
    server.run("REVOKE INSERT ON sonla.events FROM scribe", database="desk")
    with stores.open(tmp_path, settings=place) as store:
        with pytest.raises(StorageFailed) as refused:
            record(store, {})
        assert refused.value.kind == "store_unwritable"


def test_a_dump_restored_elsewhere_is_the_same_store(postgis: RelationalStore, server: Cluster, tmp_path: Path):
    filled(postgis)
    name = schema_of(postgis)
    dump = [server.bin / "pg_dump", "--schema", name, server.url.replace("+psycopg", "")]
    saved = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    server.run("CREATE DATABASE again")
    server.run("CREATE EXTENSION postgis", database="again")
    url = server.url_of("again").replace("+psycopg", "")
    restored = [server.bin / "psql", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(restored, input=saved, text=True, check=True, stdout=subprocess.DEVNULL)
    with stores.open(tmp_path / "ws", settings=config.Store(server.url_of("again"), name)) as store:
        assert store.events() == postgis.events()
        assert store.layer("candidates") == postgis.layer("candidates")
        record(store, {"n": 2})
        assert all(check.ok for check in verify(store))
    with server.connect("again") as raw, pytest.raises(psycopg.errors.IntegrityError, match="never deleted"):
        raw.execute(f"DELETE FROM {name}.events")


def test_another_programs_schema_is_not_taken_over(tmp_path: Path, server: Cluster):
    name = server.place().schema
    server.run(f"CREATE SCHEMA {name}", f"CREATE TABLE {name}.mine (x int)")
    for create in (False, True):
        assert kind_of(tmp_path, server.url, name, create).kind == "store_damaged"
    # Nor is a table of the same name elsewhere taken for the store's own.
    server.run("CREATE TABLE public.events (x int)", "CREATE TABLE public.alembic_version (version_num text)")
    try:
        with stores.open(tmp_path / "ws", create=True, settings=server.place()) as store:
            record(store, {"n": 1})
            server.run(f"ALTER TABLE {schema_of(store)}.events RENAME TO gone")
            with pytest.raises(StorageFailed) as damaged:
                store.events()
            assert damaged.value.kind == "store_damaged"
    finally:
        server.run("DROP TABLE public.events", "DROP TABLE public.alembic_version")


def test_a_database_that_cannot_hold_the_letters_is_refused(tmp_path: Path, server: Cluster):
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    error = kind_of(tmp_path, server.url_of("latin"), create=True)
    assert (error.kind, error.values["error"]) == ("store_unsafe", "fsync = on, encoding = LATIN1")


def test_a_refused_transaction_leaves_nothing(postgis: RelationalStore, admin: psycopg.Connection):
    def write() -> None:
        with postgis.transaction() as transaction:
            transaction.add_tracks(patrol("p"))
            transaction.append(EventKind.RUN_FINISHED, NOON, {"x": float("nan")})

    with pytest.raises(RefusedInput):
        write()
    for table in schema.metadata.sorted_tables:
        assert admin.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (0,)

"""A whole store as one file and as a store again: same rows, same digest, wherever it is kept."""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import Cluster
from sqlalchemy import Column
from store.samples import NOON, candidate, change, file_with, fixes, patrol, record, unit

from eradication import config
from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.errors import StorageFailed, UnusableInput
from eradication.store import content, engine, geopackage, moving, postgis_address, postgis_founding, snapshot
from eradication.store.columns import Geometry
from eradication.store.content import Content
from eradication.store.contract import Store
from eradication.store.geometry import encode
from eradication.store.relational import RelationalStore

type Folder = Callable[[str], Path]


def fill(store: Store, folder: Path) -> None:
    """Everything a store can hold, odd values too."""
    odd = fixes([104.0, float("nan"), 104.2, -0.0], [21.0, 21.1, 95.0, 0.0], [0, 1, 2, 0])
    points = (
        Waypoint(104.5, 21.5, NOON, "lán trại \\ '%s'\t", "dòng 1\ndòng 2"),
        Waypoint(float("nan"), 21.0, None, "", "x\0y \ue000"),
    )
    with store.transaction() as transaction:
        digest = transaction.put_original(file_with(folder, b"<gpx/>"))
        transaction.add_tracks(patrol("p1", fixes([104.0, 104.1], [21.0, 21.1]), odd, waypoints=points))
        outline = stores_outline()
        transaction.add_units([unit("04048", geometry=outline), unit("04049")], [change(), change(new="x", share=None)])
        transaction.replace_layer(
            "candidates", [candidate("a", 104.0, 21.0), candidate("b", 104.0, 21.0, score=1e-300)]
        )
        transaction.replace_layer("visits", [{"key": "k", "visited_at": NOON, "outcome": None, "geometry": None}])
        transaction.replace_layer("plots", [{"plot_id": "q", "season": "2025-2026", "first_seen": NOON}])
        transaction.append(
            EventKind.PATROL_RECORDED, NOON, {"patrol": "p1", "sha256": digest, "text": "\0 % ' \\N \ue000"}
        )
    record(store, {"n": 1}, {"n": 2.5, "đ": [None, True, -0.0, 1e300]})


def stores_outline():
    return candidate("u", 104.0, 21.0, 0.1)["geometry"]


def add_foreign(store: Store, other: Store) -> None:
    """A foreign chain, with an event that waits for one that is missing."""
    for n in range(4):
        record(other, {"n": n})
    events = [event for event in other.events() if event.number != 3]
    with store.transaction() as transaction:
        transaction.join(events, other.public_key, "máy khác")
    assert [held.event.number for held in store.pending()] == [4]


@pytest.fixture
def filled(workspace: Folder, served: Folder, tmp_path: Path) -> Iterator[Callable[[str], RelationalStore]]:
    stack = contextlib.ExitStack()

    def make(backend: str) -> RelationalStore:
        folder = (served if backend == "postgis" else workspace)(f"from {backend}")
        store = stack.enter_context(stores.open(folder, device="máy 1", create=True))
        fill(store, tmp_path)
        with stores.open(workspace("other"), device="máy 2", create=True) as other:
            add_foreign(store, other)
        return store

    with stack:
        yield make


@pytest.mark.parametrize("backend", ["geopackage", "postgis"])
def test_a_snapshot_holds_what_the_store_holds_and_becomes_a_store_anywhere(filled, backend, tmp_path, server: Cluster):
    store = filled(backend)
    was = snapshot.write(store, tmp_path / "all.gpkg")
    assert was == snapshot.content_of(store)
    assert [was.rows[name] for name in ("events", "pending_events", "track_segments")] == [5, 1, 2]
    assert min(was.rows[name] for name in ("waypoints", "admin_units", "lineage", "candidates", "plots", "visits")) > 0
    place = server.place()
    for to in (config.Store(), place):
        folder = tmp_path / f"to {to.schema}"
        folder.mkdir()
        assert snapshot.load(tmp_path / "all.gpkg", folder, to) == was
        with stores.open(folder, create=True, settings=to) as made:
            assert snapshot.content_of(made) == was
            assert [made.events(), made.pending()] == [store.events(), store.pending()]
            assert repr(made.records()) == repr(store.records())
            record(made, {"goes": "on"})
            assert made.layer("candidates", bbox=(104, 21, 104.1, 21.1)) == store.layer("candidates")
    assert sorted(p.name for p in tmp_path.glob("*.gpkg*")) == ["all.gpkg"]


@pytest.fixture
def all_gpkg(filled: Callable[[str], RelationalStore], tmp_path: Path) -> Path:
    """A snapshot of a store that holds everything."""
    snapshot.write(filled("geopackage"), tmp_path / "all.gpkg")
    return tmp_path / "all.gpkg"


def content_in(file: Path) -> Content:
    with engine.frozen(file).connect() as connection:
        return content.content_of(connection)


@pytest.mark.parametrize("each", [24, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_every_cell_counts(all_gpkg: Path, each: int):
    was, seen = content_in(all_gpkg), 0
    for table in content.tables():
        columns = [column for column in table.c if was.rows[table.name] and column.name != "fid"]
        for column in columns[::each]:
            changed = shutil.copy(all_gpkg, all_gpkg.with_name("changed.gpkg"))
            _spoil(changed, table.name, column)
            assert content_in(changed).differing(was) == [table.name], column
            seen += 1
    assert seen > (90 if each == 1 else 10)


def _spoil(file: Path, table: str, column: Column[Any]) -> None:
    """Change one value, as only an attacker or a faulty disk can."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript("PRAGMA foreign_keys = OFF")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        point = encode(shapely.Point(1, 1)) if isinstance(column.type, Geometry) else None
        value = point or {"Integer": 77, "REAL": 7.5, "LargeBinary": b"x"}.get(type(column.type).__name__, "khác")
        where = f"fid = (SELECT max(fid) FROM {table})"
        connection.execute(f'UPDATE {table} SET "{column.name}" = ? WHERE {where}', [value])
        connection.commit()


@pytest.mark.parametrize("backend", ["geopackage", "postgis"])
def test_a_snapshot_is_one_moment_while_others_write(filled, backend: str, tmp_path: Path):
    store = filled(backend)
    before = snapshot.content_of(store)
    written = []

    def tick(done: int, total: int) -> None:
        if not written:
            record(store, {"meanwhile": done})
            written.append(done)

    assert snapshot.write(store, tmp_path / "s.gpkg", tick) == before
    assert snapshot.content_of(store) != before


def test_a_snapshot_is_read_where_nothing_can_be_written(all_gpkg: Path, tmp_path: Path):
    folder, shelf = tmp_path / "ws", tmp_path / "shelf"
    folder.mkdir()
    shelf.mkdir()
    file = all_gpkg.rename(shelf / "all.gpkg")
    before = file.read_bytes()
    file.chmod(0o400)
    shelf.chmod(0o500)
    assert snapshot.load(file, folder, config.Store()) == content_in(file)
    assert file.read_bytes() == before
    assert [p.name for p in shelf.iterdir()] == ["all.gpkg"]
    shelf.chmod(0o700)


def test_what_is_there_already_is_never_overwritten(all_gpkg: Path, served: Folder, workspace: Folder, tmp_path: Path):
    kept = workspace("kept") / "store.gpkg"
    before = kept.read_bytes()
    with pytest.raises(UnusableInput, match="already"):
        snapshot.load(all_gpkg, kept.parent, config.Store())
    assert kept.read_bytes() == before
    folder = served("used")
    place = config.load(folder / config.FILE_NAME).store
    with stores.open(folder, create=True) as store:
        record(store, {"n": 1})
        for token in ("", "other"):
            with pytest.raises(UnusableInput) as refused:
                snapshot.load(all_gpkg, tmp_path, place, token=token)
            assert refused.value.kind == "store_taken"
        assert len(store.events()) == 1


def test_a_schema_that_bears_the_token_is_made_anew_until_it_is_released(all_gpkg: Path, server: Cluster, tmp_path):
    place = server.place()
    was = snapshot.load(all_gpkg, tmp_path, place, token="it's 100% mine")
    assert snapshot.load(all_gpkg, tmp_path, place, token="it's 100% mine") == was
    database = postgis_founding.Founding(postgis_address.address_of(place))
    with pytest.raises(UnusableInput):
        snapshot.load(all_gpkg, tmp_path, place, token="it's mine")
    database.discard("it's mine")
    database.release("it's 100% mine")
    with pytest.raises(UnusableInput):
        snapshot.load(all_gpkg, tmp_path, place, token="it's 100% mine")
    database.discard("it's 100% mine")
    with stores.open(tmp_path, settings=place, create=True) as store:
        assert snapshot.content_of(store) == was
    database.close()


@pytest.mark.parametrize("backend", ["geopackage", "postgis"])
def test_the_mark_of_a_moved_store_goes_with_its_snapshots(filled, backend: str, tmp_path: Path, server: Cluster):
    store, to = filled(backend), "/srv/it's new 100%s \\ đó"
    with store.held() as held:
        moving.mark(held, to)
    assert store.moved_to() == to
    snapshot.write(store, tmp_path / "s.gpkg")
    for place in (config.Store(), server.place()):
        folder = tmp_path / f"to {place.schema}"
        folder.mkdir()
        snapshot.load(tmp_path / "s.gpkg", folder, place)
        with stores.open(folder, create=True, settings=place) as made:
            assert made.moved_to() == to
            with pytest.raises(StorageFailed) as refused:
                record(made, {})
            assert refused.value.kind == "store_moved"
            with made.held() as held:
                moving.unmark(held)
            record(made, {})


def test_the_mark_outlives_a_migration(filled, tmp_path: Path):
    store = filled("geopackage")
    with store.held() as held:
        moving.mark(held, "x")
        geopackage.restore_triggers(held)
    assert store.moved_to() == "x"


def test_a_user_who_sees_some_rows_only_copies_nothing(filled, server: Cluster, tmp_path: Path):
    store = filled("postgis")
    with store.held() as held:
        schema = held.get_execution_options()["schema_translate_map"][None]
    user = f"viewer_{schema}"
    server.run(
        f"CREATE ROLE {user} LOGIN PASSWORD 'secret'",
        f'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
        f'ALTER TABLE "{schema}".patrols ENABLE ROW LEVEL SECURITY',
    )
    place = config.Store(server.url_of("test", user, "secret"), schema)
    with stores.open(tmp_path / "v", create=True, settings=place) as seen, pytest.raises(StorageFailed) as refused:
        snapshot.write(seen, tmp_path / "s.gpkg")
    assert refused.value.kind == "store_partly_seen"
    assert not list(tmp_path.glob("*s.gpkg*"))


def test_an_owner_who_is_no_superuser_copies_to_a_server_and_back(all_gpkg: Path, server: Cluster, tmp_path: Path):
    server.run("CREATE ROLE chu_kho LOGIN PASSWORD 'secret'", "GRANT CREATE ON DATABASE test TO chu_kho")
    place = config.Store(server.url_of("test", "chu_kho", "secret"), "cua_chu_kho")
    was = snapshot.load(all_gpkg, tmp_path, place)
    with stores.open(tmp_path / "ws", create=True, settings=place) as made:
        assert snapshot.write(made, tmp_path / "back.gpkg") == was
        record(made, {"goes": "on"})


def test_a_snapshot_of_an_earlier_program_becomes_a_store_of_this_one(tmp_path: Path, server: Cluster):
    scripts, old = tmp_path / "migrations", tmp_path / "old.gpkg"
    earlier = shutil.ignore_patterns("__pycache__", "v000[3-9]*")
    shutil.copytree(Path(engine.__file__).parent / "migrations", scripts, ignore=earlier)
    made = engine.building(old)
    engine.migrate(made, old, scripts=str(scripts))
    with made.begin() as connection:
        connection.exec_driver_sql("INSERT INTO plots (plot_id, season, state) VALUES ('p', '2025-2026', 'detected')")
    made.dispose()
    before, place = old.read_bytes(), server.place()
    found = [snapshot.load(old, tmp_path, where) for where in (config.Store(), place)]
    assert found[0] == found[1]
    assert (found[0].rows["plots"], old.read_bytes()) == (1, before)
    for where in (config.Store(), place):
        with stores.open(tmp_path, create=True, settings=where) as store:
            assert store.layer("plots")[0]["plot_id"] == "p"
    assert not list(tmp_path.glob(".store*"))


_TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\ue000\\\t\n'%"), max_size=8)
_NUMBER = st.floats() | st.sampled_from([-0.0, 1e-310, 0.1, -180.0])
_POINTS = st.builds(Waypoint, _NUMBER, _NUMBER, st.none() | st.just(NOON), _TEXT, _TEXT)
_PLACES = st.none() | st.builds(shapely.Point, st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    points=st.lists(_POINTS, max_size=4),
    tracks=st.lists(st.lists(st.tuples(_NUMBER, _NUMBER), min_size=1, max_size=5), max_size=3),
    rows=st.dictionaries(_TEXT.filter(bool), st.tuples(_TEXT, _NUMBER, _PLACES), max_size=4),
    payloads=st.lists(st.dictionaries(_TEXT, _TEXT | st.integers() | st.booleans(), max_size=3), max_size=3),
)
def test_whatever_a_store_holds_is_the_same_on_a_server_and_back(
    empty, server: Cluster, points, tracks, rows, payloads
):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(empty, folder)
        with stores.open(folder, create=True) as store:
            with store.transaction() as transaction:
                walks = [fixes([lon for lon, _ in walk], [lat for _, lat in walk]) for walk in tracks]
                transaction.add_tracks(patrol("p", *walks, waypoints=tuple(points)))
                told = [
                    {"key": key, "unit": text, "area_m2": number, "geometry": place}
                    for key, (text, number, place) in rows.items()
                ]
                transaction.replace_layer("visits", told)
                for payload in payloads:
                    transaction.append(EventKind.RUN_FINISHED, NOON, payload)
            was, place = snapshot.content_of(store), server.place()
            with store.everything() as source:
                assert snapshot.into_schema(source, place) == was
        with stores.open(folder, settings=place) as served:
            assert all(check.ok for check in stores.verify(served))
            assert snapshot.write(served, folder / "back.gpkg") == was

"""T5 on a server: killed clients, killed servers, two writers and a full disk lose nothing that was acknowledged."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import postgres
import psycopg
import pytest
from rounds import rounds
from store.crashes import assert_kills_lose_nothing, check_whole, start
from store.samples import NOON, file_with, patrol, record

from eradication import config
from eradication import store as stores
from eradication.domain import EventKind
from eradication.errors import StorageFailed
from eradication.store import bundle, verify
from eradication.store.relational import RelationalStore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(served: Callable[[str], Path]) -> Path:
    """A workspace with an empty store on the server."""
    made = served("ws")
    stores.open(made, create=True).close()
    return made


@pytest.fixture(scope="module")
def mortal() -> Iterator[postgres.Cluster]:
    """A server of this module's own, to be killed."""
    if reason := postgres.why_not():
        pytest.skip(reason)
    cluster = postgres.new_cluster()
    try:
        yield cluster
    finally:
        cluster.stop()


def test_T5_what_was_acknowledged_survives_a_kill_of_the_client(folder: Path):
    assert_kills_lose_nothing(folder, 1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_what_was_acknowledged_survives_many_kills_of_the_client(folder: Path):
    assert_kills_lose_nothing(folder, rounds(20, 8))


def test_T5_a_client_killed_in_the_middle_of_a_transaction_leaves_nothing_and_no_lock(folder: Path):
    code = (
        "import sys, pathlib, time; from datetime import UTC, datetime\n"
        "from eradication import store; from eradication.domain import EventKind\n"
        "with store.open(pathlib.Path(sys.argv[1])) as opened, opened.transaction() as transaction:\n"
        "    transaction.append(EventKind.RUN_FINISHED, datetime.now(UTC), {'half': True})\n"
        "    transaction.finish(); print('written', flush=True); time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "written\n"
        client.kill()
    with stores.open(folder) as store:
        assert store.events() == []
        record(store, {"whole": True})
        assert [(event.number, event.payload) for event in store.events()] == [(1, {"whole": True})]
        assert all(check.ok for check in verify(store))


def assert_server_kills_lose_nothing(server: postgres.Cluster, folder: Path, times: int) -> None:
    place = server.place()
    folder.mkdir()
    (folder / config.FILE_NAME).write_text(config.render(config.Settings(store=place)), encoding="utf-8")
    stores.open(folder, create=True).close()
    acknowledged: set[str] = set()
    for turn in range(times):
        writer = start(folder, "loop", 10_000, f"s{turn}")
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged |= {line.split()[1]} if line.startswith("ack") else set()
            if line == f"ack s{turn}-{3 * turn + 2}\n":
                break
        server.kill()
        rest, error = writer.communicate(timeout=60)
        acknowledged |= {line.split()[1] for line in rest.splitlines() if line.startswith("ack")}
        assert "StorageFailed" in error
        assert server.password not in error
        server.start()
        check_whole(folder, acknowledged)
    assert len(acknowledged) >= 3 * times


def test_T5_what_was_acknowledged_survives_a_kill_of_the_server(mortal: postgres.Cluster, tmp_path: Path):
    assert_server_kills_lose_nothing(mortal, tmp_path / "ws", 1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_T5_what_was_acknowledged_survives_many_kills_of_the_server(mortal: postgres.Cluster, tmp_path: Path):
    assert_server_kills_lose_nothing(mortal, tmp_path / "ws", rounds(10, 4))


def kind_of(call: Callable[[], object]) -> str:
    with pytest.raises(StorageFailed) as caught:
        call()
    assert caught.value.hint
    assert "127.0.0.1" in caught.value.where
    return caught.value.kind


@pytest.mark.slow
def test_T5_an_open_store_outlives_a_restart_of_its_server(mortal: postgres.Cluster, tmp_path: Path):
    def lose_the_server() -> None:
        with store.transaction() as transaction:
            transaction.append(EventKind.RUN_FINISHED, NOON, {"n": 2})
            transaction.add_tracks(patrol("p"))
            mortal.kill()

    with stores.open(tmp_path, create=True, settings=mortal.place()) as store:
        record(store, {"n": 1})
        assert kind_of(lose_the_server) == "store_disconnected"
        assert kind_of(store.events) == "store_unreachable"
        assert kind_of(lambda: record(store, {"n": 2})) == "store_unreachable"
        mortal.start()
        assert [event.payload["n"] for event in store.events()] == [1]
        assert list(store.tracks()) == []
        record(store, {"n": 3})
        assert [event.payload["n"] for event in store.events()] == [1, 3]
        assert all(check.ok for check in verify(store))


@pytest.mark.slow
def test_T5_two_writers_at_once_make_one_chain(folder: Path):
    writers = [start(folder, "count", 15, name) for name in ("a", "b")]
    answers = [writer.communicate(timeout=120) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], answers
    check_whole(folder, {f"{name}-{n}" for name in "ab" for n in range(15)})
    with stores.open(folder) as store:
        assert [event.number for event in sorted(store.events(), key=lambda e: e.number)] == list(range(1, 61))


def test_T5_three_processes_may_make_one_store_at_once(served: Callable[[str], Path]):
    code = "import sys, pathlib, eradication.store as s; print(s.open(pathlib.Path(sys.argv[1]), create=True).origin)"
    folder = served("ws")
    command = [sys.executable, "-W", "ignore", "-c", code, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    origins = {maker.communicate(timeout=120)[0] for maker in makers}
    assert [maker.returncode for maker in makers] == [0] * 3
    with stores.open(folder) as store:
        assert origins == {store.origin + "\n"}
        record(store, {})


@pytest.fixture
def sick(postgis: RelationalStore, server: postgres.Cluster) -> Callable[[str, str], None]:
    """Makes the server fail whenever an event is written, at once or at the commit."""

    def make(body: str, when: str) -> None:
        home = f"{postgis._database.schema}.events"
        kind = "CONSTRAINT TRIGGER fail AFTER INSERT" if when == "commit" else "TRIGGER fail BEFORE INSERT"
        deferred = "DEFERRABLE INITIALLY DEFERRED" if when == "commit" else ""
        server.run(
            f"CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
            f"$$ BEGIN {body}; RETURN NEW; END $$",
            f"DROP TRIGGER IF EXISTS fail ON {home}",
            f"CREATE {kind} ON {home} {deferred} FOR EACH ROW EXECUTE FUNCTION public.fail()",
        )

    return make


FAILURES = {
    "40001": "store_locked",
    "40P01": "store_locked",
    "53100": "disk_full",
    "42501": "store_unwritable",
    "XX001": "store_damaged",
    "22012": "store_failed",
}


@pytest.mark.parametrize("when", ["insert", "commit"])
def test_T5_what_the_server_refuses_is_told_and_leaves_the_store_as_it_was(
    postgis: RelationalStore, sick: Callable[[str, str], None], server: postgres.Cluster, tmp_path: Path, when: str
):
    def write() -> None:
        with postgis.transaction() as transaction:
            transaction.put_original(file_with(tmp_path, b"x"))
            transaction.add_tracks(patrol("p"))
            transaction.append(EventKind.RUN_FINISHED, NOON, {"n": 2})

    record(postgis, {"n": 1})
    signed = postgis.signed()
    told = {}
    for state in FAILURES:
        sick(f"RAISE EXCEPTION USING ERRCODE = '{state}'", when)
        told[state] = kind_of(write)
    sick("PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)", when)
    told["lost"] = kind_of(write)
    assert told == FAILURES | {"lost": "store_disconnected"}
    assert ([event.payload["n"] for event in postgis.events()], list(postgis.tracks())) == ([1], [])
    assert postgis.signed() == signed
    server.run(f"DROP TRIGGER fail ON {postgis._database.schema}.events")
    write()
    assert all(check.ok for check in verify(postgis))


def test_T5_a_busy_store_says_so(postgis: RelationalStore, server: postgres.Cluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eradication.store.database.BUSY_S", 0.1)
    with psycopg.connect(server.url.replace("+psycopg", "")) as other:
        other.execute(f"LOCK TABLE {postgis._database.schema}.events IN EXCLUSIVE MODE")
        assert kind_of(lambda: record(postgis, {})) == "store_locked"
        assert postgis.events() == []
    record(postgis, {})
    assert len(postgis.events()) == 1


def test_a_program_that_opens_a_store_waits_for_one_that_makes_it(
    server: postgres.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("eradication.store.database.BUSY_S", 0.05)
    place = server.place()
    with ThreadPoolExecutor(1) as pool, server.connect() as other:
        lock = f"eradication store {place.schema}"
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [lock])
        opening = pool.submit(stores.open, tmp_path, create=True, settings=place)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while other.execute(waiting).fetchone() != (1,):
            assert not opening.done()
        time.sleep(0.5)
        assert not opening.done()
        other.execute("SELECT pg_advisory_unlock_all()")
        with opening.result(60) as store:
            record(store, {"n": 1})
            assert len(store.events()) == 1


@pytest.fixture
def small(server: postgres.Cluster) -> Iterator[config.Store]:
    """A place on a disk of 6 MB, for a database user whose tables all lie there."""
    disk = server.folder / "small"
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small tmpfs needs root")
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m,uid=postgres,mode=700", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let tests mount a tmpfs")
    place = config.Store(server.url_of("test", "tight", "tight"), server.place().schema)
    try:
        server.run(
            "CREATE ROLE tight LOGIN PASSWORD 'tight'",
            f"CREATE TABLESPACE small OWNER tight LOCATION '{disk}'",
            "ALTER ROLE tight SET default_tablespace = small",
            f"CREATE SCHEMA {place.schema} AUTHORIZATION tight",
            "GRANT CREATE ON DATABASE test TO tight",
        )
        yield place
        server.run(f"DROP SCHEMA {place.schema} CASCADE", "CHECKPOINT", "DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
def test_T5_a_full_disk_of_the_server_leaves_the_store_as_it_was(small: config.Store, tmp_path: Path):
    text = os.urandom(30_000).hex()
    written = 0

    def write_on() -> None:
        nonlocal written
        while written < 1000:
            record(store, {"n": written, "text": text})
            written += 1

    with stores.open(tmp_path, create=True, settings=small) as store:
        assert kind_of(write_on) == "disk_full"
        assert written > 3
        assert len(store.events()) == written
        assert all(check.ok for check in verify(store))
    with stores.open(tmp_path, settings=small) as store:
        assert [event.number for event in store.events()] == list(range(1, written + 1))


def test_T18_an_older_copy_of_the_store_is_found_and_does_not_fork_the_chain(
    folder: Path, server: postgres.Cluster, tmp_path: Path
):
    home = config.load(folder / config.FILE_NAME).store.schema
    with stores.open(folder) as store:
        record(store, {"n": 1})
        (before,) = store.origins()
        record(store, {"n": 2})
        bundle.write(store, tmp_path / "sent.zip")
    # What a restored dump of yesterday would hold.
    server.run(
        "SET session_replication_role = replica; "
        f"DELETE FROM {home}.events WHERE number = 2; UPDATE {home}.origins SET events = 1, head = '{before.head}'"
    )
    with stores.open(folder) as store:
        assert [(check.ok, check.first_bad, check.reason) for check in verify(store)] == [(False, 2, "missing_event")]
        with pytest.raises(StorageFailed) as back:
            record(store, {"n": 3})
        assert back.value.kind == "store_rolled_back"
        bundle.merge(store, bundle.read(tmp_path / "sent.zip"))
        record(store, {"n": 3})
        assert [event.payload["n"] for event in store.events()] == [1, 2, 3]
        assert all(check.ok for check in verify(store))

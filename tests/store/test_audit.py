"""T18: whoever edits the file behind the program's back is found."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.samples import NOON, Clock, file_with, record

from eradication import store as stores
from eradication.domain import EventKind
from eradication.errors import StorageFailed
from eradication.store import bundle, chain, verify
from eradication.store.embedded import GeoPackageStore

COLUMNS = ("origin", "number", "kind", "happened_at", "recorded_at", "payload", "previous", "hash", "signature")


@pytest.fixture(scope="module")
def two_chains(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store's file with seven events of its own and three foreign ones."""
    folder = tmp_path_factory.mktemp("audit")
    with stores.open(folder / "b", device="b", create=True, clock=Clock()) as other:
        for n in range(3):
            record(other, {"n": n})
        bundle.write(other, folder / "b.zip")
    with stores.open(folder / "a", device="a", create=True, clock=Clock()) as store:
        record(store, {"n": 0})
        record(store, {"n": 1}, {"n": 2, "place": [104.5, 21.25]}, {"n": 3, "tên": "Vân Hồ"})
        record(store, {"n": 4}, {"n": 5})
        record(store, {"n": 6})
        bundle.merge(store, bundle.read(folder / "b.zip"))
        assert [(check.events, check.ok) for check in verify(store)] in ([(7, True), (3, True)], [(3, True), (7, True)])
    return (folder / "a" / "store.gpkg").read_bytes()


@dataclass
class Copy:
    """A copy of the file that may be changed with bare hands."""

    folder: Path

    def run(self, statement: str, *values: object) -> int:
        with closing(sqlite3.connect(self.folder / "store.gpkg")) as raw:
            raw.execute("PRAGMA synchronous = OFF")
            raw.execute("BEGIN")
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f'DROP TRIGGER "{name}"')
            changed = raw.execute(statement, values).rowcount
            raw.commit()
            return changed

    def rows(self) -> list[tuple]:
        with closing(sqlite3.connect(self.folder / "store.gpkg")) as raw:
            return raw.execute(f"SELECT fid, {', '.join(COLUMNS)} FROM events ORDER BY fid").fetchall()

    def bad(self) -> dict[str, tuple[int | None, str]]:
        with stores.open(self.folder) as store:
            return {check.label: (check.first_bad, check.reason) for check in verify(store) if not check.ok}


@pytest.fixture
def copy(two_chains: bytes, tmp_path: Path) -> Copy:
    stores.open(tmp_path, create=True).close()
    return renewed(Copy(tmp_path), two_chains)


def renewed(copy: Copy, content: bytes) -> Copy:
    (copy.folder / "store.gpkg").write_bytes(content)
    return copy


def test_an_untouched_store_is_whole(copy: Copy):
    assert copy.bad() == {}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_T18_any_flip_in_an_event_is_found(copy: Copy, two_chains: bytes, data: st.DataObject):
    renewed(copy, two_chains)
    row = data.draw(st.sampled_from(copy.rows()), "row")
    column = data.draw(st.sampled_from(COLUMNS), "column")
    old = row[1 + COLUMNS.index(column)]
    if isinstance(old, int):
        new: object = data.draw(st.integers(-1, 100).filter(lambda n: n != old) | st.just("two"), "new")
    else:
        position = data.draw(st.integers(0, len(old)), "position")
        kept = data.draw(st.booleans(), "replace") if position < len(old) else False
        letter = data.draw(st.sampled_from("0af \x00é{}9Z"), "letter")
        new = old[:position] + letter + old[position + kept :]
        if new == old:
            new = old[:position]
    if new == old:
        return
    try:
        copy.run(f"UPDATE events SET {column} = ? WHERE fid = ?", new, row[0])
    except sqlite3.IntegrityError:
        return
    with stores.open(copy.folder) as store:
        checks = verify(store)
    assert not all(check.ok for check in checks)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_T18_any_deletion_is_found_at_its_number(copy: Copy, two_chains: bytes, data: st.DataObject):
    renewed(copy, two_chains)
    rows = copy.rows()
    gone = data.draw(st.lists(st.sampled_from(rows), min_size=1, unique=True))
    copy.run(f"DELETE FROM events WHERE fid IN ({', '.join(str(row[0]) for row in gone)})")
    bad = copy.bad()
    first: dict[str, int] = {}
    for _, origin, number, *_rest in gone:
        first[origin] = min(number, first.get(origin, number))
    assert sorted(number for number, _ in bad.values()) == sorted(first.values())
    assert {reason for _, reason in bad.values()} == {"missing_event"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_T18_any_reordering_is_found(copy: Copy, two_chains: bytes, data: st.DataObject):
    renewed(copy, two_chains)
    rows = [row for row in copy.rows() if row[7] and row[1] == copy.rows()[0][1]]
    one, other = data.draw(st.lists(st.sampled_from(rows), min_size=2, max_size=2, unique=True))
    copy.run("UPDATE events SET number = -1 WHERE fid = ?", one[0])
    copy.run("UPDATE events SET number = ? WHERE fid = ?", one[2], other[0])
    copy.run("UPDATE events SET number = ? WHERE fid = ?", other[2], one[0])
    ((number, reason),) = copy.bad().values()
    assert (number, reason) == (min(one[2], other[2]), "wrong_hash")


@pytest.mark.parametrize("left", range(7))
def test_T18_truncation_is_found(copy: Copy, left: int):
    copy.run("DELETE FROM events WHERE number > ? AND origin = (SELECT origin FROM origins WHERE label = 'a')", left)
    assert copy.bad() == {"a": (left + 1, "missing_event")}


@pytest.mark.parametrize("left", [2, 3, 5])
def test_T18_truncation_within_a_transaction_is_found_even_with_the_head_moved(copy: Copy, left: int):
    own = "origin = (SELECT origin FROM origins WHERE label = 'a')"
    copy.run(f"DELETE FROM events WHERE number > ? AND {own}", left)
    head = f"(SELECT hash FROM events WHERE number = ? AND {own})"
    copy.run(f"UPDATE origins SET events = ?, head = {head} WHERE label = 'a'", left, left)
    assert copy.bad() == {"a": (left, "missing_signature")}


def test_T18_a_chain_written_anew_without_the_key_is_found(copy: Copy):
    """Hashes and links are recomputed by the forger; the signature cannot be."""
    with stores.open(copy.folder) as store:
        label = {head.origin: head.label for head in store.origins()}
        events = [event for event in store.events() if label[event.origin] == "a"]

    previous = events[0].previous
    for event in events:
        payload = {"n": 99} if event.number == 3 else event.payload
        forged = replace(event, payload=payload, previous=previous)
        forged = replace(forged, hash=forged.computed_hash())
        previous = forged.hash
        row = chain.to_row(forged)
        copy.run(
            "UPDATE events SET payload = ?, previous = ?, hash = ? WHERE origin = ? AND number = ?",
            *(row[name] for name in ("payload", "previous", "hash", "origin", "number")),
        )
    copy.run("UPDATE origins SET head = ? WHERE label = 'a'", previous)
    assert copy.bad() == {"a": (4, "wrong_signature")}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE origins SET head = lower(hex(zeroblob(32))) WHERE label = 'a'", "wrong_head"),
        ("UPDATE origins SET events = 6 WHERE label = 'a'", "wrong_head"),
        ("UPDATE origins SET events = 'x' WHERE label = 'a'", "wrong_head"),
        ("UPDATE origins SET events = 9 WHERE label = 'a'", "missing_event"),
        (
            "UPDATE origins SET public_key = (SELECT public_key FROM origins WHERE label = 'b') WHERE label = 'a'",
            "wrong_key",
        ),
        ("UPDATE origins SET public_key = 'zz' WHERE label = 'a'", "wrong_key"),
        ("DELETE FROM origins WHERE label = 'a'", "unknown_origin"),
    ],
)
def test_T18_a_changed_head_is_found(copy: Copy, statement: str, reason: str):
    assert copy.run(statement) == 1
    assert [found for _, found in copy.bad().values()] == [reason]


def test_T18_an_event_added_by_hand_is_found(copy: Copy):
    copy.run(
        f"INSERT INTO events ({', '.join(COLUMNS)}) SELECT origin, number + 1, kind, happened_at, recorded_at, "
        "payload, hash, hash, signature FROM events WHERE number = 7"
    )
    assert copy.bad() == {"a": (8, "wrong_hash")}


def test_T18_a_changed_waiting_event_is_found(tmp_path: Path):
    with stores.open(tmp_path / "b", device="b", create=True, clock=Clock()) as other:
        record(other, {"n": 1})
        record(other, {"n": 2})
        first, _ = other.events()
        bundle.write(other, tmp_path / "b.zip", since=first.recorded_at)
    with stores.open(tmp_path / "a", device="a", create=True) as store:
        bundle.merge(store, bundle.read(tmp_path / "b.zip"))
        assert [check.ok for check in verify(store)] == [True]
    copy = Copy(tmp_path / "a")
    copy.run("UPDATE pending_events SET payload = '{\"n\":3}'")
    assert copy.bad() == {"b": (2, "damaged_pending")}


def test_T18_missing_and_damaged_originals_are_found(geopackage: GeoPackageStore, tmp_path: Path):
    record(geopackage, {"n": 1})
    with geopackage.transaction() as transaction:
        sha256 = transaction.put_original(file_with(tmp_path, b"<gpx/>"))
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"files": [{"path": "a.gpx", "sha256": sha256}]})
    assert [check.ok for check in verify(geopackage)] == [True]
    kept = geopackage.original(sha256)
    assert kept is not None
    kept.chmod(0o600)
    kept.write_bytes(b"<gpx></gpx>")
    (check,) = verify(geopackage)
    assert (check.ok, check.first_bad, check.reason) == (False, 2, "damaged_original")
    kept.unlink()
    (check,) = verify(geopackage)
    assert (check.ok, check.first_bad, check.reason) == (False, 2, "missing_original")


def test_reading_a_damaged_event_says_so(copy: Copy):
    copy.run("UPDATE events SET payload = '{' WHERE number = 2")
    with stores.open(copy.folder) as store, pytest.raises(StorageFailed) as failed:
        store.events()
    assert failed.value.kind == "store_damaged"

"""T18: what a chain's own key can hide, a checkpoint taken before shows."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.samples import NOON, Clock, file_with, record

from eradication import store as stores
from eradication.domain import EventKind
from eradication.errors import RefusedInput, UnusableInput
from eradication.store import bundle, checkpoints, keys, verify
from eradication.store.contract import Store
from eradication.store.memory import MemoryStore

NUMBERS = count()


def taken(store: Store, folder: Path) -> checkpoints.Checkpoint:
    path = folder / f"checkpoint-{next(NUMBERS)}.json"
    path.write_bytes(checkpoints.content(store, checkpoints.taken(store), NOON))
    return checkpoints.read(path)


def reasons(store: Store, checkpoint: checkpoints.Checkpoint) -> list[str]:
    return [check.reason for check in checkpoints.compare(store, checkpoint)]


type Forge = Callable[[], Store]


@pytest.fixture(params=["geopackage", "postgis", "memory"])
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Forge:
    """Makes empty stores that all sign with one and the same key, and no note beside it says how far it signed."""
    if request.param == "memory":
        signer = keys.generate()

        def in_memory() -> Store:
            store = MemoryStore(device="máy 1", clock=Clock())
            store._signer, store.sign = signer, signer.sign
            store.origin, store.public_key = signer.origin, signer.public_key
            return store

        return in_memory
    make = request.getfixturevalue("served" if request.param == "postgis" else "workspace")
    keys.load(tmp_path / "origin.pem", create=True)

    def on_disk() -> Store:
        folder = make(f"ws{next(NUMBERS)}")
        (folder / "keys").mkdir()
        shutil.copy(tmp_path / "origin.pem", folder / "keys")
        return stores.open(folder, device="máy 1", create=True, clock=Clock())

    return on_disk


def write(store: Store, history: list[list[int]]) -> None:
    for transaction in history:
        record(store, *({"n": n} for n in transaction))


HISTORIES = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=3), min_size=1, max_size=5)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), history=HISTORIES, later=HISTORIES)
def test_T18_a_history_written_anew_with_the_real_key_is_found(
    forge: Forge, tmp_path: Path, data: st.DataObject, history: list[list[int]], later: list[list[int]]
):
    # No two events say the same, so that a history with one left out is another one.
    history = [[100 * t + 10 * i for i, _ in enumerate(part)] for t, part in enumerate(history)]
    later = [[1000 + 100 * t + 10 * i for i, _ in enumerate(part)] for t, part in enumerate(later)]
    cut = data.draw(st.integers(1, len(history)), "checkpoint after")
    with forge() as honest:
        write(honest, history[:cut])
        checkpoint = taken(honest, tmp_path)
        write(honest, history[cut:] + later)
        assert reasons(honest, checkpoint) == [""]
        assert all(check.ok for check in verify(honest))
    changed = data.draw(st.integers(0, cut - 1), "changed transaction")
    forged = data.draw(st.sampled_from(["dropped", "rewritten", "truncated"]), "how")
    rest = {
        "dropped": history[changed + 1 :] + later,
        "rewritten": [[n + 1 for n in history[changed]], *history[changed + 1 :], *later],
        "truncated": [],
    }
    with forge() as store:
        write(store, history[:changed] + rest[forged])
        assert all(check.ok for check in verify(store))  # consistent in itself: the audit alone cannot see it
        (reason,) = reasons(store, checkpoint)
    assert reason in ("missing_chain", "shorter", "other_history")


def test_T18_a_foreign_chain_that_is_gone_with_its_head_and_the_note_is_found(workspace: Callable, tmp_path: Path):
    with stores.open(workspace("a"), device="a", create=True, clock=Clock()) as store:
        record(store, {"n": 1})
        with MemoryStore(device="b", clock=Clock()) as other:
            record(other, {"n": 1})
            bundle.write(other, tmp_path / "b.zip")
        bundle.merge(store, bundle.read(tmp_path / "b.zip"))
        checkpoint = taken(store, tmp_path)
        assert reasons(store, checkpoint) == ["", ""]
    shutil.rmtree(tmp_path / "a" / "keys")
    with stores.open(workspace("c"), device="a", create=True, clock=Clock()) as store:
        assert reasons(store, checkpoint) == ["missing_chain", "missing_chain"]
        assert not checkpoints.is_known(store, checkpoint.public_key)


def test_T18_an_original_that_is_gone_is_found(geopackage: Store, tmp_path: Path):
    with geopackage.transaction() as transaction:
        sha256 = transaction.put_original(file_with(tmp_path, b"<gpx/>"))
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"files": [{"sha256": sha256}]})
    checkpoint = taken(geopackage, tmp_path)
    assert [line.originals for line in checkpoint.lines] == [1]
    kept = geopackage.original(sha256)
    assert kept is not None
    kept.unlink()
    assert reasons(geopackage, checkpoint) == ["missing_original"]


def test_a_fingerprint_is_that_of_the_chains_and_not_of_the_day(store: Store, tmp_path: Path):
    record(store, {"n": 1})
    first = checkpoints.fingerprint(checkpoints.taken(store))
    assert len(first.split()) == 8
    assert first == checkpoints.fingerprint(checkpoints.taken(store)) == taken(store, tmp_path).fingerprint
    record(store, {"n": 2})
    assert checkpoints.fingerprint(checkpoints.taken(store)) != first


def test_a_fingerprint_on_paper_finds_its_event_however_it_was_typed(store: Store):
    record(store, {"n": 1}, {"n": 2})
    record(store, {"n": 3})
    events = sorted(store.events(), key=lambda event: event.number)
    for event in events:
        written = checkpoints.grouped(event.hash)
        for typed in (written, written.upper(), written.replace(" ", "-"), f"  {written} "):
            assert checkpoints.find(store, typed) == (store.origin, event.number)
    assert checkpoints.find(store, "0000 " * 8) is None
    with pytest.raises(UnusableInput, match="not a fingerprint"):
        checkpoints.find(store, "0000 1111")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_checkpoint_with_one_letter_changed_is_refused_or_says_the_same(tmp_path: Path, data: st.DataObject):
    with MemoryStore(device="a", clock=Clock()) as store:
        record(store, {"n": 1})
        text = checkpoints.content(store, checkpoints.taken(store), NOON).decode()
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    whole = checkpoints.read(path)
    position = data.draw(st.integers(0, len(text) - 1), "position")
    letter = data.draw(st.sampled_from('0af9"}{, \n'), "letter")
    path.write_text(text[:position] + letter + text[position + 1 :], encoding="utf-8")
    with suppress(RefusedInput):
        assert checkpoints.read(path) == whole


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"checkpoint": [], "signature": ""}', b"[" * 100_000, b'{"a": NaN}']
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes):
    path = file_with(tmp_path, content, "c.json")
    with pytest.raises(RefusedInput) as refused:
        checkpoints.read(path)
    assert refused.value.kind == "checkpoint_damaged"


def test_nobody_signs_in_anothers_name(tmp_path: Path):
    with MemoryStore(device="a", clock=Clock()) as store, MemoryStore(device="b", clock=Clock()) as other:
        record(store, {"n": 1})
        whole = json.loads(checkpoints.content(store, checkpoints.taken(store), NOON))
        whole["checkpoint"]["origin"] = other.origin
        path = file_with(tmp_path, json.dumps(whole).encode(), "c.json")
        with pytest.raises(RefusedInput):
            checkpoints.read(path)

"""Bundles: laptops that were apart become one ledger, whatever the order; strangers' bundles do no harm."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.samples import NOON, Clock, change, file_with, fixes, patrol, record, unit

from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.domain.event import canonical
from eradication.errors import EradicationError, RefusedInput, UnusableInput
from eradication.store import archive, bundle, carriage, chain, keys, verify
from eradication.store.contract import Store
from eradication.store.embedded import GeoPackageStore
from eradication.store.memory import MemoryStore


def event_bytes(store: Store) -> bytes:
    return b"\n".join(canonical(chain.to_row(event)) for event in store.events())


def everything(store: Store) -> tuple[object, ...]:
    patrols = [carriage.patrol_out(kept) for kept in store.records().patrols]
    return event_bytes(store), patrols, store.units(), store.lineage(), store.origins(), store.pending()


def walk(store: Store, folder: Path, name: str) -> str:
    """Record one patrol with everything that belongs to it."""
    source = file_with(folder, f"<gpx>{name}</gpx>".encode() * 50, f"{name}.gpx")
    with store.transaction() as transaction:
        sha256 = transaction.put_original(source)
        point = Waypoint(float("nan"), 95.0, NOON, "Lán", "")
        transaction.add_tracks(
            patrol(name, fixes([104.0, float("nan"), 104.2], [21.0, 95.0, 21.2]), waypoints=(point,))
        )
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"patrol": name, "sha256": sha256})
    return sha256


def test_a_bundle_carries_events_tracks_units_and_originals(make_store, tmp_path: Path):
    there, here = make_store("there"), make_store("here")
    sha256 = walk(there, tmp_path, "p")
    with there.transaction() as transaction:
        transaction.add_units([unit("1", geometry=shapely.box(104, 20, 105, 21)), unit("2")], [change()])
        transaction.append(EventKind.BOUNDARIES_IMPORTED, NOON, {"units": 2})
    written = bundle.write(there, tmp_path / "out.zip")
    assert (written.events, written.origins, written.patrols, written.units, written.originals) == (2, 1, 1, 2, 1)
    report = bundle.merge(here, bundle.read(tmp_path / "out.zip"))
    assert (report.added, report.known, report.pending, report.missing_originals) == (2, 0, 0, ())
    assert event_bytes(here) == event_bytes(there)
    assert (here.units(), here.lineage()) == (there.units(), there.lineage())
    ((_, mine),), ((_, theirs),) = here.tracks(), there.tracks()
    assert mine.lat.tobytes() == theirs.lat.tobytes()
    assert np.isnan(here.waypoints()[0][1].lon)
    kept = here.original(sha256)
    assert kept is not None
    assert kept.read_bytes() == (tmp_path / "p.gpx").read_bytes()
    assert all(check.ok for check in verify(here))
    assert {head.label for head in here.origins()} == {"there"}


def test_a_bundle_read_twice_changes_nothing(make_store, tmp_path: Path):
    there, here = make_store("there"), make_store("here")
    walk(there, tmp_path, "p")
    bundle.write(there, tmp_path / "out.zip")
    bundle.merge(here, bundle.read(tmp_path / "out.zip"))
    before = everything(here)
    report = bundle.merge(here, bundle.read(tmp_path / "out.zip"))
    assert (report.added, report.known) == (0, 1)
    assert everything(here) == before


def test_a_bundle_since_a_time_holds_whole_transactions_after_it(make_store, tmp_path: Path):
    there, here = make_store("there"), make_store("here")
    walk(there, tmp_path, "old")
    record(there, {"n": 1}, {"n": 2})
    cut = there.events()[0].recorded_at
    walk(there, tmp_path, "new")
    report = bundle.write(there, tmp_path / "b.zip", since=cut)
    assert (report.events, report.patrols, report.originals) == (3, 1, 1)
    bundle.write(there, tmp_path / "a.zip")
    later = bundle.merge(here, bundle.read(tmp_path / "b.zip"))
    assert (later.added, later.pending) == (0, 3)
    assert here.events() == []
    earlier = bundle.merge(here, bundle.read(tmp_path / "a.zip"))
    assert (earlier.added, earlier.known, earlier.pending) == (4, 3, 0)
    assert event_bytes(here) == event_bytes(there)


def test_waiting_events_are_passed_on(make_store, tmp_path: Path):
    there, between, here = make_store("there"), make_store("between"), make_store("here")
    record(there, {"n": 1})
    bundle.write(there, tmp_path / "first.zip")
    record(there, {"n": 2})
    bundle.write(there, tmp_path / "second.zip", since=there.events()[0].recorded_at)
    bundle.merge(between, bundle.read(tmp_path / "second.zip"))
    bundle.write(between, tmp_path / "relay.zip")
    bundle.merge(here, bundle.read(tmp_path / "first.zip"))
    report = bundle.merge(here, bundle.read(tmp_path / "relay.zip"))
    assert (report.added, report.pending) == (1, 0)
    assert event_bytes(here) == event_bytes(there)


def test_a_restored_device_gets_its_own_later_events_back(make_store, tmp_path: Path, monkeypatch):
    signer = keys.generate()
    monkeypatch.setattr(keys, "generate", lambda: signer)
    before, restored = MemoryStore(device="mine"), MemoryStore(device="mine")
    with before, restored:
        for n in range(3):
            record(before, {"n": n})
        bundle.write(before, tmp_path / "out.zip")
        bundle.merge(restored, bundle.read(tmp_path / "out.zip"))
        record(restored, {"n": 3})
        assert [event.number for event in restored.events()] == [1, 2, 3, 4]
        assert all(check.ok for check in verify(restored))


def test_devices_not_met_before_can_be_refused(make_store, tmp_path: Path):
    there, here = make_store("there"), make_store("here")
    record(there, {"n": 1})
    bundle.write(there, tmp_path / "out.zip")
    with pytest.raises(RefusedInput) as refused:
        bundle.merge(here, bundle.read(tmp_path / "out.zip"), accept_new_origins=False)
    assert refused.value.kind == "unknown_origin"
    assert here.origins() == []
    bundle.merge(here, bundle.read(tmp_path / "out.zip"), accept_new_origins=True)
    record(there, {"n": 2})
    bundle.write(there, tmp_path / "out.zip")
    assert bundle.merge(here, bundle.read(tmp_path / "out.zip"), accept_new_origins=False).added == 1


def test_only_a_device_says_what_it_is_called(make_store, tmp_path: Path):
    there, between, here = make_store("there"), make_store("between"), make_store("here")
    record(there, {"n": 1})
    record(here, {"n": 1})
    for source, target in ((there, between), (here, between), (between, here)):
        bundle.write(source, tmp_path / "out.zip")
        bundle.merge(target, bundle.read(tmp_path / "out.zip"))
    assert {head.origin: head.label for head in here.origins()} == {there.origin: "there", here.origin: "here"}


def test_a_missing_or_damaged_original_is_reported(geopackage: GeoPackageStore, tmp_path: Path):
    sha256 = walk(geopackage, tmp_path, "p")
    kept = geopackage.original(sha256)
    assert kept is not None
    kept.chmod(0o600)
    kept.write_bytes(b"damaged")
    assert bundle.write(geopackage, tmp_path / "out.zip").missing_originals == (sha256,)
    kept.unlink()
    assert bundle.write(geopackage, tmp_path / "out.zip").missing_originals == (sha256,)
    with MemoryStore() as here:
        assert bundle.merge(here, bundle.read(tmp_path / "out.zip")).missing_originals == (sha256,)


ORIGINS = 5


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Path], bytes]]:
    """Five devices that record on, hand on bundles among themselves and write three bundles each."""
    folder = tmp_path_factory.mktemp("fleet")
    with ExitStack() as stack:
        clocks = [Clock(NOON + timedelta(minutes=7 * n), timedelta(seconds=11)) for n in range(ORIGINS)]
        devices = [stack.enter_context(MemoryStore(device=f"d{n}", clock=clocks[n])) for n in range(ORIGINS)]
        bundles: list[Path] = []
        for turn in range(3):
            for number, device in enumerate(devices):
                since = max((e.recorded_at for e in device.events() if e.origin == device.origin), default=None)
                record(device, {"turn": turn, "by": number}, at=NOON + timedelta(hours=(turn * 7 + number * 3) % 5))
                record(device, *({"turn": turn, "more": k} for k in range(number)), at=NOON)
                if turn == 1:
                    walk(device, folder, f"p{number}")
                bundles.append(folder / f"{turn}-{number}.zip")
                bundle.write(device, bundles[-1], since)
            # Two of them meet, so that bundles overlap.
            bundle.merge(devices[turn], bundle.read(bundles[-1]))
        with MemoryStore() as whole:
            for path in bundles:
                bundle.merge(whole, bundle.read(path))
            yield bundles, event_bytes(whole)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_five_origins_in_any_order_and_repeated_make_the_same_events(fleet, data: st.DataObject):
    bundles, wanted = fleet
    order = data.draw(st.permutations(bundles))
    repeated = data.draw(st.lists(st.sampled_from(bundles), max_size=5))
    with MemoryStore() as store:
        for path in order + repeated:
            bundle.merge(store, bundle.read(path))
        assert event_bytes(store) == wanted
        assert store.pending() == []
        assert len(store.origins()) == ORIGINS
        assert all(check.ok for check in verify(store))
        assert [p.patrol_id for p in store.records().patrols] == [f"p{n}" for n in range(ORIGINS)]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_geopackages_agree_with_the_fake_whatever_the_order(
    fleet, workspace: Callable[[str], Path], tmp_path: Path, data: st.DataObject
):
    bundles, wanted = fleet
    shutil.rmtree(tmp_path / "ws", ignore_errors=True)
    with stores.open(workspace("ws"), create=True) as store:
        for path in data.draw(st.permutations(bundles)):
            bundle.merge(store, bundle.read(path))
        assert event_bytes(store) == wanted
        assert store.pending() == []
        assert all(check.ok for check in verify(store))


# What strangers may send.


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[tuple[MemoryStore, Path]]:
    with MemoryStore(device="there", clock=Clock()) as there:
        walk(there, tmp_path, "p")
        record(there, {"n": 1}, {"n": 2})
        bundle.write(there, tmp_path / "out.zip")
        yield there, tmp_path / "out.zip"


def rewrite(
    path: Path, name: str, change: Callable[[bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> None:
    """Change one member of a ZIP; ``None`` leaves it out."""
    with zipfile.ZipFile(path) as old:
        members = {entry: old.read(entry) for entry in old.namelist()}
    changed = change(members.pop(name)) if name in members else None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry, content in members.items():
            new.writestr(entry, content)
        if changed is not None:
            new.writestr(name, changed)
        for entry, content in (extra or {}).items():
            new.writestr(entry, content)


def refusal(path: Path, store: Store | None = None) -> str:
    with ExitStack() as stack:
        target = store or stack.enter_context(MemoryStore())
        before = event_bytes(target)
        with pytest.raises(EradicationError) as refused:
            bundle.merge(target, bundle.read(path))
        assert event_bytes(target) == before
        assert str(refused.value)
        return refused.value.kind


def test_T18_every_altered_member_is_refused(sent: tuple[MemoryStore, Path], tmp_path: Path):
    _, whole = sent
    with zipfile.ZipFile(whole) as opened:
        names = opened.namelist()
    assert len(names) == 6
    for name in names:
        for alter in (lambda c: c + b" ", lambda c: c[:-1] + b"x", lambda c: c.replace(b"p", b"q"), lambda _: None):
            path = tmp_path / "altered.zip"
            shutil.copy(whole, path)
            with zipfile.ZipFile(path) as opened:
                content = opened.read(name)
            if alter(content) == content or (name == "manifest.json" and alter(content) == content + b" "):
                continue
            rewrite(path, name, alter)
            assert refusal(path) in ("bundle_damaged", "bundle_forged"), name


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_T18_a_bundle_cut_or_flipped_anywhere_is_refused_or_unharmed(sent, tmp_path: Path, data: st.DataObject):
    there, whole = sent
    content = bytearray(whole.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans(), "cut"):
        content = content[:position]
    else:
        content[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "altered.zip"
    path.write_bytes(content)
    with MemoryStore() as here:
        outcome = "merged"
        try:
            bundle.merge(here, bundle.read(path))
        except RefusedInput as refused:
            outcome = refused.kind
        assert outcome in ("merged", "bundle_damaged", "bundle_forged")
        # Some bytes of a ZIP mean nothing (times, attributes): then all of it arrived.
        assert event_bytes(here) == (event_bytes(there) if outcome == "merged" else b"")


def signed_anew(path: Path, signer: keys.Signer, alter: Callable[[dict], None] = lambda _: None) -> None:
    """Let ``signer`` sign the bundle with members as they are now."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    body = json.loads(members.pop("manifest.json"))["manifest"]
    body |= {"exporter": signer.origin, "public_key": signer.public_key}
    body["members"] = {n: {"sha256": hashlib.sha256(c).hexdigest(), "size": len(c)} for n, c in members.items()}
    alter(body)
    manifest = canonical({"manifest": body, "signature": signer.sign(b"eradication bundle\n" + canonical(body))})
    rewrite(path, "manifest.json", lambda _: manifest)


def test_T18_a_properly_signed_bundle_with_altered_events_is_forged(sent: tuple[MemoryStore, Path]):
    _, path = sent
    stranger = keys.generate()
    rewrite(path, "events.jsonl", lambda c: c.replace(b'\\"n\\":1', b'\\"n\\":7'))
    signed_anew(path, stranger)
    assert refusal(path) == "bundle_forged"


def test_T18_events_written_in_anothers_name_are_forged(sent: tuple[MemoryStore, Path]):
    there, path = sent
    stranger = keys.generate()
    event = chain.make(there.origin, chain.Head(), EventKind.RUN_FINISHED, (NOON, NOON), {"n": "mine"})
    row = chain.to_row(event) | {"signature": stranger.sign_event(event.hash)}
    rewrite(path, "events.jsonl", lambda _: canonical(row) + b"\n")
    signed_anew(path, stranger)
    assert refusal(path) == "bundle_forged"
    signed_anew(path, stranger, lambda body: body["origins"][0].update(public_key=stranger.public_key))
    assert refusal(path) == "bundle_forged"


def test_T18_events_nothing_signed_covers_are_forged(sent: tuple[MemoryStore, Path]):
    _, path = sent
    rewrite(path, "events.jsonl", lambda c: b"".join(c.splitlines(keepends=True)[:2]))
    signed_anew(path, keys.generate())
    assert refusal(path) == "bundle_forged"


def test_T18_a_wrong_key_in_the_manifest_is_forged(sent: tuple[MemoryStore, Path]):
    _, path = sent
    stranger = keys.generate()
    signed_anew(path, stranger, lambda body: body.update(exporter="o-" + "0" * 20))
    assert refusal(path) == "bundle_forged"


def test_T18_another_history_of_a_known_device_is_a_conflict(tmp_path: Path, monkeypatch):
    signer = keys.generate()
    monkeypatch.setattr(keys, "generate", lambda: signer)
    one, two = MemoryStore(device="copy 1", clock=Clock()), MemoryStore(device="copy 2", clock=Clock())
    monkeypatch.undo()
    with one, two, MemoryStore() as here:
        record(one, {"n": 1})
        record(two, {"n": 2})
        record(two, {"n": 3})
        bundle.write(one, tmp_path / "one.zip")
        bundle.write(two, tmp_path / "two.zip")
        bundle.write(two, tmp_path / "end.zip", since=two.events()[0].recorded_at)
        bundle.merge(here, bundle.read(tmp_path / "one.zip"))
        assert refusal(tmp_path / "two.zip", here) == "event_conflict"
        assert refusal(tmp_path / "end.zip", here) == "event_conflict"
        assert all(check.ok for check in verify(here))


def test_a_bundle_of_a_newer_program_is_refused(sent: tuple[MemoryStore, Path]):
    _, path = sent
    signed_anew(path, keys.generate(), lambda body: body.update(version=2))
    assert refusal(path) == "bundle_newer"


@pytest.mark.parametrize("row", ["[]", "{}", "7", '{"patrol_id": 1}', "null", "[" * 100_000])
@pytest.mark.parametrize("table", ["events.jsonl", "patrols.jsonl", "units.jsonl", "lineage.jsonl"])
def test_properly_signed_nonsense_is_damaged(sent: tuple[MemoryStore, Path], table: str, row: str):
    _, path = sent
    rewrite(path, table, lambda _: row.encode())
    signed_anew(path, keys.generate())
    assert refusal(path) == "bundle_damaged"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<gpx/>", b"PK\x05\x06" + b"\x00" * 18])
def test_a_file_that_is_no_bundle_is_damaged(tmp_path: Path, content: bytes):
    assert refusal(file_with(tmp_path, content)) == "bundle_damaged"


def test_a_folder_or_a_missing_file_is_unusable(tmp_path: Path):
    for path in (tmp_path, tmp_path / "none.zip"):
        with pytest.raises(UnusableInput) as refused:
            bundle.read(path)
        assert refused.value.kind == "no_such_file"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/cron.d/x", "originals/../../x", "notes.txt", "originals/" + "0" * 64]
)
def test_T6_a_member_with_another_name_is_refused(sent: tuple[MemoryStore, Path], tmp_path: Path, name: str):
    _, path = sent
    rewrite(path, "manifest.json", lambda c: c, {name: b"x"})
    assert refusal(path) == "bundle_damaged"
    signed_anew(path, keys.generate())
    assert refusal(path) == "bundle_damaged"


def test_T6_a_bomb_is_refused_before_it_is_unpacked(sent: tuple[MemoryStore, Path]):
    _, path = sent
    rewrite(path, "events.jsonl", lambda _: b" " * (64 << 20))
    assert refusal(path) == "bundle_damaged"


def test_T6_a_member_that_lies_about_its_size_is_refused(sent: tuple[MemoryStore, Path]):
    _, path = sent
    rewrite(path, "events.jsonl", lambda c: c + b" " * 5000)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        entry = opened.getinfo("events.jsonl")
    lie = (entry.file_size - 4000).to_bytes(4, "little")
    true = entry.file_size.to_bytes(4, "little")
    assert content.count(true) == 2
    path.write_bytes(bytes(content).replace(true, lie))
    assert refusal(path) == "bundle_damaged"


@pytest.mark.parametrize(
    "bounds", [archive.Bounds(entries=5), archive.Bounds(total_bytes=100), archive.Bounds(table_bytes=10)]
)
def test_T6_bounds_are_kept(sent: tuple[MemoryStore, Path], bounds: archive.Bounds):
    _, path = sent
    with pytest.raises(RefusedInput) as refused:
        bundle.read(path, bounds)
    assert refused.value.kind == "bundle_damaged"


def test_T6_an_original_that_packs_too_well_still_travels(make_store, tmp_path: Path):
    there, here = make_store("there"), make_store("here")
    source = file_with(tmp_path, b"\0" * (3 << 20))
    with there.transaction() as transaction:
        sha256 = transaction.put_original(source)
        transaction.append(EventKind.PATROL_RECORDED, NOON, {"sha256": sha256})
    bundle.write(there, tmp_path / "out.zip")
    assert bundle.merge(here, bundle.read(tmp_path / "out.zip")).originals == 1
    assert here.original(sha256) is not None

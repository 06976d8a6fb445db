"""T31: a workspace gets another signing key, whatever step a power cut falls on, and what the old one signed stays."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from store.samples import NOON, Clock, record

from eradication import store as stores
from eradication.domain import EventKind
from eradication.domain.event import origin_of
from eradication.errors import RefusedInput, StorageFailed
from eradication.store import bundle, chain, keys, rotation, verify
from eradication.store.chain import Head
from eradication.store.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[2]
KINDS = pytest.mark.parametrize("kind", ["workspace", "served"], ids=["geopackage", "postgis"])


@KINDS
def test_T31_a_rotation_begins_a_chain_that_is_this_workspaces_too(request: pytest.FixtureRequest, kind: str):
    folder = request.getfixturevalue(kind)("ws")
    with stores.open(folder, device="máy 1", create=True) as store:
        record(store, {"n": 1})
        old, old_key = store.origin, store.public_key
        pem = (folder / "keys" / "origin.pem").read_bytes()
        done = rotation.rotate(folder, store)
        assert (done.old_origin, done.old_events) == (old, 2)
    with stores.open(folder, device="máy 1") as store:
        assert store.origin == done.new_origin != old
        record(store, {"n": 2})
        assert {check.origin: (check.events, check.ok) for check in verify(store)} == {
            old: (2, True), store.origin: (2, True),
        }  # fmt: skip
        assert rotation.own_keys(store) == [store.public_key, old_key]
        first = next(event for event in store.events() if event.key == (store.origin, 1))
        last = next(event for event in store.events() if event.key == (old, 2))
        assert first.payload["previous_head"] == last.hash
        assert last.payload["next_public_key"] == store.public_key
        assert {head.label for head in store.origins()} == {"máy 1"}
    assert pem not in [path.read_bytes() for path in (folder / "keys").iterdir()]


def test_T31_several_rotations_are_one_line_and_a_stolen_key_ends_it(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    found = []
    for stolen in (False, True, False):
        with stores.open(folder, create=True) as store:
            record(store, {})
            found.append(store.public_key)
            rotation.rotate(folder, store, stolen=stolen)
    with stores.open(folder) as store:
        assert rotation.own_keys(store) == [store.public_key, found[2]]
        assert all(check.ok for check in verify(store))


CUT = """
import os, pathlib, sys
import eradication.store as stores
from eradication.store import rotation
folder, wanted = pathlib.Path(sys.argv[1]), sys.argv[2]
with stores.open(folder) as store:
    rotation.rotate(folder, store, after=lambda step: os._exit(9) if step == wanted else None)
"""


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("step", ["made", "appended", "committed", "replaced"])
def test_T31_killed_at_any_step_the_workspace_opens_and_goes_on(request: pytest.FixtureRequest, kind: str, step: str):
    folder = request.getfixturevalue(kind)("ws")
    with stores.open(folder, create=True) as store:
        record(store, {"n": 1})
        old = store.origin
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", CUT, str(folder), step]
    assert subprocess.run(command, env=environment, check=False, timeout=120).returncode == 9
    with stores.open(folder) as store:
        assert (store.origin == old) == (step in ("made", "appended"))
        record(store, {"n": 2})
        assert all(check.ok for check in verify(store))
        rotation.rotate(folder, store)
    with stores.open(folder) as store:
        record(store, {"n": 3})
        assert all(check.ok for check in verify(store))
        assert origin_of(rotation.own_keys(store)[-1]) == old
        numbers = [event.payload["n"] for event in store.events() if "n" in event.payload]
        assert sorted(numbers) == [1, 2, 3]
    assert sorted(p.name for p in (folder / "keys").iterdir() if p.suffix == ".pem") == ["origin.pem"]


def test_T31_a_program_that_still_holds_the_old_key_is_refused(workspace: Callable[[str], Path]):
    folder = workspace("ws")
    with stores.open(folder, create=True) as watching, stores.open(folder) as store:
        record(watching, {"n": 1})
        rotation.rotate(folder, store)
        with pytest.raises(StorageFailed) as refused:
            record(watching, {"n": 2})
        assert refused.value.kind == "key_retired"
        assert all(check.ok for check in verify(watching))


def test_T31_whoever_has_the_old_key_adds_nothing_after_its_end(workspace: Callable[[str], Path], tmp_path: Path):
    folder = workspace("ws")
    with stores.open(folder, create=True, clock=Clock()) as store:
        record(store, {"n": 1})
        thief = tmp_path / "origin.pem"
        shutil.copy(folder / "keys" / "origin.pem", thief)
        rotation.rotate(folder, store)
    signer = keys.load(thief, create=False)
    with stores.open(folder, clock=Clock()) as store:
        last = max((e for e in store.events() if e.origin == signer.origin), key=lambda event: event.number)
        head = replace(chain.head_of(last), retired=False)
        forged = chain.make(signer.origin, head, EventKind.RUN_FINISHED, (NOON, last.recorded_at), {"n": 9})
        forged = replace(forged, signature=signer.sign_event(forged.hash))
        with store.transaction() as transaction, pytest.raises(RefusedInput) as refused:
            transaction.join([forged], signer.public_key, "x")
        assert refused.value.kind == "bundle_forged"


def test_T31_nobody_makes_himself_somebody_elses_earlier_key(workspace: Callable[[str], Path]):
    """A stranger's chain that says it became ours is not ours: ours does not say that it was his."""
    with stores.open(workspace("ws"), create=True, clock=Clock()) as store:
        record(store, {"n": 1})
        stranger = keys.generate()
        claim = {"next_origin": store.origin, "next_public_key": store.public_key, "stolen": False}
        event = chain.make(stranger.origin, Head(), EventKind.KEY_ROTATED, (NOON, NOON), claim)
        event = replace(event, signature=stranger.sign_event(event.hash))
        with store.transaction() as transaction:
            transaction.join([event], stranger.public_key, "x")
        assert rotation.own_keys(store) == [store.public_key]


def test_T31_an_office_that_takes_no_strangers_takes_the_new_key_of_one_it_knows(
    workspace: Callable[[str], Path], tmp_path: Path
):
    folder = workspace("ws")
    with stores.open(folder, create=True) as store:
        record(store, {"n": 1})
        bundle.write(store, tmp_path / "1.zip")
        rotation.rotate(folder, store)
    with stores.open(folder) as store:
        record(store, {"n": 2})
        bundle.write(store, tmp_path / "2.zip")
    with MemoryStore(device="office") as office, MemoryStore(device="other") as other:
        bundle.merge(office, bundle.read(tmp_path / "1.zip"))
        bundle.merge(office, bundle.read(tmp_path / "2.zip"), accept_new_origins=False)
        assert all(check.ok for check in verify(office))
        assert len(office.events()) == 4
        with pytest.raises(RefusedInput):
            bundle.merge(other, bundle.read(tmp_path / "2.zip"), accept_new_origins=False)

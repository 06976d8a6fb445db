"""A whole store as one file and as a store again: same rows, same digest, wherever it is kept."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from postgres import Cluster
from store.samples import NOON, candidate, change, file_with, fixes, patrol, record, unit

from eradication import config
from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.store import snapshot
from eradication.store.contract import Store
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
def filled(workspace: Folder, served: Folder, tmp_path: Path) -> Callable[[str], RelationalStore]:
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
    for settings in (config.Store(), place):
        folder = tmp_path / f"to {settings.schema}"
        folder.mkdir()
        assert snapshot.load(tmp_path / "all.gpkg", folder, settings) == was
        with stores.open(folder, create=True, settings=settings) as made:
            assert snapshot.content_of(made) == was
            assert [made.events(), made.pending()] == [store.events(), store.pending()]
            assert repr(made.records()) == repr(store.records())
            record(made, {"goes": "on"})
            assert made.layer("candidates", bbox=(104, 21, 104.1, 21.1)) == store.layer("candidates")
    assert sorted(p.name for p in tmp_path.glob("*.gpkg*")) == ["all.gpkg"]

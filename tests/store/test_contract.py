"""What every store does; the same tests run on the GeoPackage, on PostGIS and on the fake."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from store.samples import NOON, Clock, candidate, change, file_with, fixes, patrol, record, unit

from eradication.domain import EventKind, State, Waypoint
from eradication.domain.event import GENESIS, origin_of
from eradication.errors import RefusedInput, StorageFailed, UnusableInput
from eradication.store import verify
from eradication.store.contract import Store
from eradication.store.keys import is_event_signed


def test_an_origin_is_the_fingerprint_of_its_key(store: Store):
    assert store.origin == "o-" + hashlib.sha256(bytes.fromhex(store.public_key)).hexdigest()[:20]
    assert store.device == "máy 1"


def test_events_are_numbered_chained_and_the_last_of_a_transaction_is_signed(store: Store):
    record(store, {"n": 1}, {"n": 2})
    record(store, {"n": 3})
    first, second, third = store.events()
    assert [e.number for e in (first, second, third)] == [1, 2, 3]
    assert [e.previous for e in (first, second, third)] == [GENESIS, first.hash, second.hash]
    assert first.recorded_at == second.recorded_at < third.recorded_at
    assert first.signature == ""
    assert is_event_signed(store.public_key, second.hash, second.signature)
    assert is_event_signed(store.public_key, third.hash, third.signature)
    assert all(e.computed_hash() == e.hash for e in (first, second, third))


def test_append_returns_the_event_that_is_read_later(store: Store):
    with store.transaction() as transaction:
        event = transaction.append(EventKind.VISIT_RECORDED, NOON, {"note": "Vân Hồ “x”", "x": [1, 2.5, None, True]})
    assert [replace(e, signature="") for e in store.events()] == [event]


def test_events_come_in_canonical_order_and_can_be_cut(store: Store):
    for day in (3, 1, 2):
        record(store, {"day": day}, at=NOON + timedelta(days=day))
    record(store, {"day": 0}, kind=EventKind.PATROL_RECORDED, at=NOON)
    events = store.events()
    assert events == sorted(events, key=lambda event: event.order)
    assert [e.payload["day"] for e in events] == [0, 1, 2, 3]
    by_number = sorted(events, key=lambda event: event.number)
    assert {e.number for e in store.events(as_of=by_number[1].recorded_at)} == {1, 2}
    assert [e.payload["day"] for e in store.events(kinds=[EventKind.PATROL_RECORDED])] == [0]
    assert [e.number for e in store.events(kinds={EventKind.RUN_FINISHED}, as_of=by_number[0].recorded_at)] == [1]


def test_times_of_events_are_told_without_the_events(store: Store):
    assert store.latest() is None
    assert store.hours(list(EventKind)) == set()
    for minutes in (0, 59, 60):
        record(store, {"minutes": minutes}, at=NOON + timedelta(minutes=minutes))
    record(store, {}, kind=EventKind.PATROL_RECORDED, at=NOON - timedelta(hours=5, minutes=1))
    assert store.latest() == max(event.recorded_at for event in store.events())
    assert store.hours([EventKind.RUN_FINISHED]) == {NOON, NOON + timedelta(hours=1)}
    assert store.hours([EventKind.PATROL_RECORDED]) == {NOON - timedelta(hours=6)}


def test_a_transaction_sees_its_own_events_and_others_do_not_yet(store: Store):
    record(store, {"n": 1})
    with store.transaction() as transaction:
        transaction.append(EventKind.RUN_FINISHED, NOON, {"n": 2})
        assert [e.payload["n"] for e in transaction.events()] == [1, 2]
        assert [e.payload["n"] for e in store.events()] == [1]
    assert [e.payload["n"] for e in store.events()] == [1, 2]


def test_an_exception_undoes_everything(store: Store):
    record(store, {"n": 1})

    def write_and_stop() -> None:
        with store.transaction() as transaction:
            transaction.append(EventKind.RUN_FINISHED, NOON, {"n": 2})
            transaction.add_tracks(patrol())
            transaction.add_units([unit("1")], [change()])
            transaction.replace_layer("candidates", [candidate("c", 104, 21)])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_and_stop()
    assert [e.payload["n"] for e in store.events()] == [1]
    assert (list(store.tracks()), store.units(), store.lineage(), store.layer("candidates")) == ([], [], [], [])
    assert all(check.ok for check in verify(store))


def test_a_clock_set_back_does_not_take_the_chain_back(make_store):
    clock = Clock()
    store = make_store(clock=clock)
    record(store, {})
    clock.now -= timedelta(days=400)
    record(store, {})
    first, told, second = sorted(store.events(), key=lambda event: event.number)
    assert told.kind == EventKind.CLOCK_STEPPED_BACK
    assert first.recorded_at < told.recorded_at == second.recorded_at < first.recorded_at + timedelta(seconds=1)
    assert all(check.ok for check in verify(store))


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": {1, 2}}, {"x": NOON}, {"x": "\ud800"}])
def test_a_payload_that_is_not_json_is_refused(store: Store, payload: dict):
    with pytest.raises(RefusedInput) as refused:
        record(store, payload)
    assert refused.value.kind == "unstorable_payload"
    assert store.events() == []


def test_a_time_without_zone_is_refused(store: Store):
    with pytest.raises(RefusedInput) as refused:
        record(store, {}, at=datetime(2026, 1, 1))
    assert refused.value.kind == "naive_time"


def test_tracks_come_back_to_the_last_bit(store: Store):
    odd = fixes([104.0, float("nan"), 104.1, float("inf"), 104.2], [21.0, 95.0, 95.0, 21.0, 21.2], [0, 1, 1, 1, 0])
    odd.time_s[2] = np.nan
    with store.transaction() as transaction:
        transaction.add_tracks(patrol("b", fixes([104.0], [21.0]), odd, fixes([], [])))
        transaction.add_tracks(patrol("a"))
    found = list(store.tracks())
    assert [(name, len(segment)) for name, segment in found] == [("a", 3), ("b", 1), ("b", 5), ("b", 0)]
    for column in ("lon", "lat", "ele_m", "time_s", "accuracy_m", "hdop", "mark"):
        before, after = getattr(odd, column), getattr(found[2][1], column)
        assert before.tobytes() == after.tobytes()
        assert before.dtype == after.dtype
    assert [name for name, _ in store.tracks(["b"])] == ["b", "b", "b"]


def test_tracks_are_found_by_place(store: Store):
    with store.transaction() as transaction:
        transaction.add_tracks(patrol("far", fixes([103.0, 103.1], [20.0, 20.1])))
        transaction.add_tracks(patrol("near", fixes([104.0, 104.1], [21.0, 21.1])))
        transaction.add_tracks(patrol("undrawable", fixes([104.05, float("nan")], [21.05, 21.0])))
    assert [name for name, _ in store.tracks(bbox=(104.04, 21.04, 104.06, 21.06))] == ["near"]
    # The line's box is met, the line itself is not.
    assert list(store.tracks(bbox=(104.0, 21.09, 104.01, 21.1))) == []


def test_waypoints_come_back_also_from_nowhere(store: Store):
    points = (Waypoint(104.5, 21.5, NOON, "Lán", "gần suối"), Waypoint(float("nan"), 95.0, None, "?", ""))
    with store.transaction() as transaction:
        transaction.add_tracks(patrol("p", waypoints=points))
    (_, good), (_, bad) = store.waypoints(["p"])
    assert good == points[0]
    assert (np.isnan(bad.lon), bad.lat, bad.time, bad.name) == (True, 95.0, None, "?")
    assert store.waypoints(["other"]) == []


def test_the_same_patrol_twice_is_kept_once(store: Store):
    for _ in range(2):
        with store.transaction() as transaction:
            transaction.add_tracks(patrol("p"))
    assert [name for name, _ in store.tracks()] == ["p"]
    assert len(store.records().patrols) == 1


def test_of_two_versions_of_a_patrol_the_same_one_stays_in_any_order(make_store):
    versions = [patrol("p", fixes([104.0, 104.1], [21.0, 21.1], mark)) for mark in ([0, 0], [0, 8])]
    kept = []
    for name, order in (("x", versions), ("y", versions[::-1])):
        store = make_store(name)
        for version in order:
            with store.transaction() as transaction:
                transaction.add_tracks(version)
        kept.append(next(iter(store.tracks()))[1].mark.tolist())
    assert kept[0] == kept[1]


def test_units_and_lineage_come_back_and_are_replaced_by_key(store: Store):
    square = shapely.box(104, 20, 105, 21)
    with store.transaction() as transaction:
        transaction.add_units([unit("2"), unit("1", geometry=square)], [change(), change("1", "2", None)])
    assert [one.name for one in store.units()] == [unit("1").name, unit("2").name]
    with store.transaction() as transaction:
        transaction.add_units([unit("2", name="Xã Mới")], [change(share=0.5)])
    first, second = store.units()
    assert (first.code, first.geometry, first.approximate) == ("1", shapely.MultiPolygon([square]), False)
    assert second == unit("2", name="Xã Mới")
    assert store.lineage() == [change(share=0.5), change("1", "2", None)]


def test_an_outline_that_is_no_area_is_refused(store: Store):
    with pytest.raises(UnusableInput) as refused, store.transaction() as transaction:
        transaction.add_units([unit("1", geometry=shapely.Point(1, 2))], [])
    assert refused.value.kind == "unstorable_outline"


def test_a_layer_holds_exactly_the_rows_given_last(store: Store):
    rows = [candidate("a", 104, 21), candidate("b", 104.1, 21), candidate("c", 104.2, 21)]
    with store.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    rows[1]["score"] = 0.9
    with store.transaction() as transaction:
        transaction.replace_layer("candidates", rows[1:])
    found = store.layer("candidates")
    assert [(row["id"], row["score"]) for row in found] == [("b", 0.9), ("c", 0.7)]
    assert found[0]["geometry"] == shapely.MultiPolygon([rows[1]["geometry"]])
    assert store.layer("candidates", bbox=(104.2005, 21.0005, 104.3, 22)) == found[1:]


def test_layer_values_have_one_form(store: Store):
    row = {
        "plot_id": "p",
        "season": "2025-2026",
        "state": State.DETECTED,
        "score": np.float32(0.5),
        "area_m2": float("nan"),
        "plant_count": np.int64(7),
        "detected_m2": 12.0,
        "first_seen": NOON.replace(microsecond=123456),
        "aliases": ("x", "y"),
        "geometry": None,
    }
    with store.transaction() as transaction:
        transaction.replace_layer("plots", [row])
    (found,) = store.layer("plots")
    assert (found["state"], found["score"], found["area_m2"]) == ("detected", 0.5, None)
    assert (found["plant_count"], found["detected_m2"], found["aliases"]) == (7, 12, "x,y")
    assert (found["first_seen"], found["geometry"]) == ("2026-02-03T05:00:00.123Z", None)
    with store.transaction() as transaction:
        transaction.replace_layer("plots", [row | {"first_seen": "2026-02-03T12:00:00.123456+07:00"}])
    assert store.layer("plots") == [found]
    assert found["code"] is None


@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        ("nonsense", [], "unknown_layer"),
        ("visits", [{"key": "v", "note": "secret"}], "unknown_column"),
        ("visits", [{"key": "v"}, {"key": "v"}], "duplicate_row"),
        ("visits", [{"visit_id": "v"}], "duplicate_row"),
        ("visits", [{"key": "v", "visited_at": datetime(2026, 1, 1)}], "unstorable_value"),
        ("visits", [{"key": "v", "visited_at": "yesterday"}], "unstorable_value"),
        ("plots", [{"plot_id": "p", "season": "s", "plant_count": 1.5}], "unstorable_value"),
        ("plots", [{"plot_id": "p", "season": "s", "geometry": shapely.Point(1, 2)}], "unstorable_value"),
    ],
)
def test_a_layer_refuses_what_it_cannot_keep(store: Store, name: str, rows: list, kind: str):
    with pytest.raises(UnusableInput) as refused, store.transaction() as transaction:
        transaction.replace_layer(name, rows)
    assert refused.value.kind == kind


def test_an_unknown_layer_cannot_be_read(store: Store):
    with pytest.raises(UnusableInput) as refused:
        store.layer("events; DROP TABLE plots")
    assert refused.value.kind == "unknown_layer"


def test_T4_an_original_is_kept_byte_for_byte_and_once(store: Store, tmp_path: Path):
    source = file_with(tmp_path, b"<gpx/>" * 1000)
    with store.transaction() as transaction:
        first, second = transaction.put_original(source), transaction.put_original(source)
    assert first == second == hashlib.sha256(source.read_bytes()).hexdigest()
    kept = store.original(first)
    assert kept is not None
    assert kept.read_bytes() == source.read_bytes()
    assert (store.original("0" * 64), store.original("../../etc/passwd")) == (None, None)


def test_a_missing_source_is_unusable(store: Store, tmp_path: Path):
    with pytest.raises(UnusableInput) as refused, store.transaction() as transaction:
        transaction.put_original(tmp_path / "none.gpx")
    assert refused.value.kind == "no_such_file"


def test_origins_say_where_chains_end(store: Store):
    record(store, {}, {})
    (head,) = store.origins()
    last = store.events()[-1]
    assert (head.origin, head.label, head.events, head.head) == (store.origin, "máy 1", 2, last.hash)
    assert origin_of(head.public_key) == head.origin


def test_foreign_events_are_merged_once_and_in_order(make_store):
    there, here = make_store("there"), make_store("here")
    record(there, {"n": 1})
    record(there, {"n": 2})
    first, second = there.events()
    with here.transaction() as transaction:
        with pytest.raises(RefusedInput) as gap:
            transaction.merge(second, there.public_key, "there")
        merged = [transaction.merge(event, there.public_key, "there") for event in (first, first, second, first)]
    assert gap.value.kind == "event_gap"
    assert merged == [True, False, True, False]
    assert (here.events(), here.pending()) == (there.events(), [])


def test_events_behind_a_gap_are_held_and_join_later(make_store):
    there, here = make_store("there"), make_store("here")
    for n in range(4):
        record(there, {"n": n})
    events = there.events()
    with here.transaction() as transaction:
        held = transaction.join(events[2:], there.public_key, "there")
    assert (held.added, held.pending) == (0, 2)
    assert [h.event for h in here.pending()] == events[2:]
    assert here.events() == []
    with here.transaction() as transaction:
        joined = transaction.join(events[:2], there.public_key, "there")
    assert (joined.added, joined.known, joined.pending) == (4, 0, 0)
    assert (here.events(), here.pending()) == (events, [])
    assert all(check.ok for check in verify(here))


def test_T18_an_event_under_a_known_number_with_other_content_is_a_conflict(make_store):
    there, here = make_store("there"), make_store("here")
    record(there, {"n": 1})
    (event,) = there.events()
    with here.transaction() as transaction:
        transaction.merge(event, there.public_key, "there")
    other = replace(event, payload={"n": 2}, signature="")
    other = replace(other, hash=other.computed_hash())
    with pytest.raises(RefusedInput) as refused, here.transaction() as transaction:
        transaction.merge(other, there.public_key, "there")
    assert refused.value.kind == "event_conflict"
    assert here.events() == [event]


def test_T18_an_event_with_a_wrong_hash_key_or_signature_is_refused(make_store):
    there, here = make_store("there"), make_store("here")
    record(there, {"n": 1})
    (event,) = there.events()
    cases = [
        (replace(event, payload={"n": 2}), there.public_key),
        (event, here.public_key),
        (replace(event, signature="00" * 64), there.public_key),
        (replace(event, signature="nonsense"), there.public_key),
    ]
    for forged, key in cases:
        with pytest.raises(RefusedInput) as refused, here.transaction() as transaction:
            transaction.merge(forged, key, "there")
        assert refused.value.kind == "bundle_forged"
    assert here.events() == []


def test_records_are_those_since_a_time(store: Store):
    with store.transaction() as transaction:
        transaction.add_tracks(patrol("old"))
        transaction.add_units([unit("1")], [])
        cut = transaction.append(EventKind.PATROL_RECORDED, NOON, {}).recorded_at
    with store.transaction() as transaction:
        transaction.add_tracks(patrol("new"))
        transaction.add_units([unit("2")], [change()])
    later = store.records(cut)
    assert [p.patrol_id for p in later.patrols] == ["new"]
    assert ([u.code for u, _ in later.units], len(later.lineage)) == (["2"], 1)
    assert len(store.records().patrols) == 2


def test_one_transaction_at_a_time(make_store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eradication.store.database.BUSY_S", 0.1)
    store = make_store()
    with store.transaction() as transaction:
        with pytest.raises(StorageFailed) as locked, store.transaction():
            raise AssertionError("two at once")
        transaction.append(EventKind.RUN_FINISHED, NOON, {})
    assert locked.value.kind == "store_locked"
    record(store, {})
    assert len(store.events()) == 2


def test_later_events_are_those_above_the_heads_given(store: Store):
    record(store, {"n": 1}, {"n": 2})
    record(store, {"n": 3}, kind=EventKind.PATROL_RECORDED)
    record(store, {"n": 4}, {"n": 5}, at=NOON - timedelta(days=1))
    kinds = {EventKind.RUN_FINISHED}
    assert [e.payload["n"] for e in store.later({store.origin: 1}, kinds)] == [4, 5, 2]
    assert [e.payload["n"] for e in store.later({}, kinds)] == [4, 5, 1, 2]
    assert store.later({store.origin: 5}, kinds) == store.later({store.origin: 2}, {EventKind.VISIT_RECORDED}) == []
    assert [e.payload["n"] for e in store.later({"o-another": 9}, {EventKind.PATROL_RECORDED})] == [3]


def test_a_table_without_geometry_is_kept_like_a_layer(store: Store):
    rows = [{"part": part, "season": season, "key": "k", "body": "{}"} for part in "ab" for season in ("", "s1", "s2")]
    with store.transaction() as transaction:
        transaction.replace_layer("replayed", rows)
    with store.transaction() as transaction:
        transaction.replace_layer("replayed", [row | {"body": "new"} if row["season"] == "s1" else row for row in rows])
    found = store.layer("replayed", only={"part": ("a", "c"), "season": ("", "s1")})
    assert [(row["season"], row["body"], row["geometry"]) for row in found] == [("", "{}", None), ("s1", "new", None)]
    assert len(store.layer("replayed")) == 6
    assert store.layer("replayed", only={"part": ()}) == []
    with store.transaction() as transaction:
        transaction.replace_layer("replayed", [])
    assert store.layer("replayed") == []


def test_rows_of_a_layer_are_chosen_by_place_and_text_at_once(store: Store):
    rows = [candidate(f"c{n}", 104 + n / 10, 21) | {"season": f"s{n % 2}"} for n in range(4)]
    with store.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    found = store.layer("candidates", bbox=(104.05, 20, 104.35, 22), only={"season": ("s1",)})
    assert [row["id"] for row in found] == ["c1", "c3"]


def test_some_rows_of_a_layer_are_replaced_and_the_others_stay(store: Store):
    rows = [candidate(f"c{n}", 104 + n / 10, 21) | {"plot_id": f"p{n // 2}"} for n in range(6)]
    with store.transaction() as transaction:
        transaction.replace_layer("candidates", rows)
    moved = [rows[2] | {"geometry": shapely.box(103, 20, 103.1, 20.1)}, candidate("new", 104, 22) | {"plot_id": "p1"}]
    with store.transaction() as transaction:
        transaction.replace_layer("candidates", moved, only={"plot_id": {"p1", "p9"}})
        transaction.replace_layer("candidates", [], only={"plot_id": frozenset()})
    assert [row["id"] for row in store.layer("candidates")] == ["c0", "c1", "c2", "c4", "c5", "new"]
    assert [row["id"] for row in store.layer("candidates", bbox=(102.9, 19.9, 103.2, 20.2))] == ["c2"]

"""T14: a unit's people see their own rows and nobody else's; the same tests on the file, on PostGIS and on the fake."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.conftest import Maker
from store.samples import NOON, Clock, fixes
from store.two_units import ENDED, OTHER, OWN, PLACES, SOMEBODY, canary, everything_said, fill, layers, seen

from eradication.domain import EventKind, Patrol
from eradication.errors import UnusableInput
from eradication.store.contract import Store
from eradication.store.memory import MemoryStore

COMMUNES = {"1", "03997"}
OPEN = {"everybody", "units_recorded"}


def wanted(mine: set[str], concerned: set[str]) -> dict[str, set[str]]:
    """What somebody sees who answers for the units ``mine``."""
    placed = {"", *concerned}
    return {
        **dict.fromkeys(("patrols", "tracks", "tracks by place", "tracks by id", "waypoints", "visits"), mine),
        "visits by place": mine,
        "plots": placed,
        "plots by place": placed,
        "plots by code": placed - {"both"},
        "candidates": placed,
        "replayed": set(),
        "events": OPEN | {canary(name) for name in mine},
        "events of a kind": {canary(name) for name in mine},
        "communes": COMMUNES,
    }


MATRIX = {
    # With its predecessor's, which ended before; under whatever spelling.
    OWN: wanted({OWN, ENDED}, {OWN, ENDED, "both"}),
    "bp-01": wanted({OWN, ENDED}, {OWN, ENDED, "both"}),
    "Đồn A (BP01)": wanted({OWN, ENDED}, {OWN, ENDED, "both"}),
    OTHER: wanted({OTHER}, {OTHER, "both"}),
    ENDED: wanted({ENDED}, {ENDED}),
    "XX99": wanted(set(), set()),
}


@pytest.mark.parametrize("who", MATRIX)
def test_T14_a_unit_sees_its_own_rows_of_every_table_and_what_is_nobodys(store: Store, tmp_path: Path, who: str):
    fill(store, tmp_path)
    assert seen(store.seen_by(who)) == MATRIX[who]


def test_T14_the_province_sees_everything(store: Store, tmp_path: Path):
    fill(store, tmp_path)
    every = {*PLACES}
    told = seen(store)
    assert told["patrols"] == told["tracks"] == told["waypoints"] == told["visits"] == every
    assert told["plots"] == told["candidates"] == {*every, "both", "untold"}
    assert {canary(name) for name in PLACES} < told["events"]


@pytest.mark.parametrize(("who", "hidden"), [(OWN, (OTHER, SOMEBODY)), (OTHER, (OWN, ENDED, SOMEBODY))])
def test_T14_the_canary_of_another_unit_is_nowhere(store: Store, tmp_path: Path, who: str, hidden: tuple[str, ...]):
    fill(store, tmp_path)
    said, all_of_it = everything_said(store.seen_by(who)), everything_said(store)
    assert canary(who) in said
    # A place that is nobody's business yet is everybody's, and bears the canary of nobody.
    for name in {*hidden, "the province", "untold"} - {SOMEBODY}:
        assert canary(name) in all_of_it
        assert canary(name) not in said


def test_T14_originals_are_opened_only_by_whom_every_event_that_names_them_is_of(store: Store, tmp_path: Path):
    kept = fill(store, tmp_path)
    view = store.seen_by(OWN)
    opened = {name for name, sha256 in kept.items() if view.original(sha256)}
    assert opened == {OWN, ENDED}
    assert {name for name, sha256 in kept.items() if store.original(sha256)} == {*kept}
    # One file handed in by two units is neither's.
    with store.transaction() as transaction:
        payload: dict[str, Any] = {"patrol": {"unit": OTHER}, "sha256": kept[OWN]}
        transaction.append(EventKind.PATROL_RECORDED, NOON, payload)
    assert store.seen_by(OWN).original(kept[OWN]) is None
    assert view.original("0" * 64) is None
    assert view.original("%") is None


def test_T14_a_view_knows_nothing_of_chains_and_waiting_events_and_cannot_write(store: Store, tmp_path: Path):
    fill(store, tmp_path)
    view = store.seen_by(OWN)
    for name in ("transaction", "origins", "pending", "stored", "later", "sign", "noted", "seen_by"):
        assert not hasattr(view, name)


@pytest.mark.parametrize("blank", ["", " ", "*", ",", "…"])
def test_T14_whoever_names_no_unit_is_not_taken_for_the_province(store: Store, blank: str):
    with pytest.raises(UnusableInput) as refused:
        store.seen_by(blank)
    assert refused.value.kind == "unit_missing"


def test_T14_the_day_a_unit_ends_its_successor_sees_nothing_of_it_yet_and_the_next_day_all(
    make_store: Maker, tmp_path: Path
):
    clock = Clock(datetime(2026, 1, 30, 17, 0, tzinfo=UTC), timedelta(0))  # midnight in Hà Nội: the last day begins
    store = make_store(clock=clock)
    fill(store, tmp_path)
    view = store.seen_by(OWN)
    assert seen(view)["patrols"] == {OWN}
    clock.now += timedelta(hours=23, minutes=59)
    assert seen(view)["patrols"] == {OWN}
    clock.now += timedelta(minutes=1)
    assert seen(view)["patrols"] == {OWN, ENDED}


def test_T14_a_table_of_units_that_comes_later_tells_whose_earlier_rows_are(store: Store):
    def walk(name: str) -> None:
        with store.transaction() as transaction:
            track = (fixes([104.0, 104.1], [21.0, 21.1]),)
            transaction.add_tracks(Patrol(f"p-{name}", name, "", NOON, NOON, 1.0, 0.5, {}, track, ()))

    for name in ("Đồn A", "BP01/đội 1", "BP00", "bp 01"):
        walk(name)
    view = store.seen_by("BP01")
    assert {record.unit for record in view.records().patrols} == {"bp 01"}
    rows: list[Any] = [
        {"code": "BP01", "name": "Đồn A", "valid_from": "2020-01-01", "valid_to": None, "successor": ""},
        {"code": "BP00", "name": "", "valid_from": "2010-01-01", "valid_to": "2019-12-31", "successor": "BP01"},
    ]
    with store.transaction() as transaction:
        transaction.append(EventKind.UNITS_RECORDED, NOON, {"rows": rows})
    walk("Đồn A (BP01)")
    assert len(view.records().patrols) == 5
    assert store.seen_by("Đồn A").records() == view.records()
    assert [record.unit for record in store.seen_by("BP00").records().patrols] == ["BP00"]


DEVICES = count()
SPELT = {"BP01": "BP01", "bp-01": "BP01", "Đồn A": "BP01", "BP00": "BP00", "CA02": "CA02", "": "", "…": "", "*": ""}
"""How a row names a unit → whose it is."""


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.sampled_from(sorted(SPELT)), max_size=8),
    placed=st.lists(st.none() | st.sets(st.sampled_from(["bp01", "bp00", "ca02"])), max_size=8),
)
def test_T14_what_all_units_see_and_what_is_nobodys_is_everything(rows: list[str], placed: list[set[str] | None]):
    with MemoryStore(clock=Clock()) as store:
        write_rows(store, rows, placed)
        check_the_law(store, rows, placed)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.sampled_from(sorted(SPELT)), min_size=3, max_size=8),
    placed=st.lists(st.none() | st.sets(st.sampled_from(["bp01", "bp00", "ca02"])), min_size=2, max_size=8),
)
@pytest.mark.parametrize("make_store", ["geopackage", "postgis"], indirect=True)
def test_T14_the_law_holds_on_databases(make_store: Maker, rows: list[str], placed: list[set[str] | None]):
    store = make_store(f"máy {next(DEVICES)}")
    with store.transaction() as transaction:
        for name in ("visits", "candidates"):
            transaction.replace_layer(name, [])
    write_rows(store, rows, placed)
    check_the_law(store, rows, placed)


def write_rows(store: Store, rows: list[str], placed: list[set[str] | None]) -> None:
    from store.two_units import UNIT_ROWS

    with store.transaction() as transaction:
        transaction.append(EventKind.UNITS_RECORDED, NOON, {"rows": UNIT_ROWS})
        transaction.replace_layer("visits", [{"key": f"{n}", "unit": unit} for n, unit in enumerate(rows)])
        units = [None if some is None else f",{','.join(sorted(some))}," if some else "" for some in placed]
        transaction.replace_layer("candidates", [{"id": f"{n}", "units": some} for n, some in enumerate(units)])


def check_the_law(store: Store, rows: list[str], placed: list[set[str] | None]) -> None:
    views = {unit: store.seen_by(unit) for unit in ("BP01", "BP00", "CA02")}
    answers = {"BP01": {"BP01", "BP00"}, "BP00": {"BP00"}, "CA02": {"CA02"}}
    for unit, view in views.items():
        mine = {f"{n}" for n, name in enumerate(rows) if SPELT[name] in answers[unit]}
        assert {row["key"] for row in view.layer("visits")} == mine
        codes = {code.lower() for code in answers[unit]}
        near = {f"{n}" for n, some in enumerate(placed) if some is not None and (not some or some & codes)}
        assert {row["id"] for row in view.layer("candidates")} == near
    everybody = {row["key"] for view in views.values() for row in view.layer("visits")}
    nobodys = {f"{n}" for n, name in enumerate(rows) if not SPELT[name]}
    assert everybody | nobodys == {row["key"] for row in store.layer("visits")}
    assert everybody & nobodys == set()


def test_the_rows_of_this_test_cover_every_layer():
    from eradication.store.layers import LAYERS

    assert set(layers()) == set(LAYERS)

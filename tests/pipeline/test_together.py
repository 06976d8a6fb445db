"""What hangs together is the same whether all events are at hand or are fetched by what they name."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline.test_kept import add, arrivals
from rounds import rounds
from worlds import SETTINGS, START

from eradication import history
from eradication.domain import Event, EventKind
from eradication.domain.concerning import boxes
from eradication.geo import around
from eradication.pipeline import together
from eradication.store import naming
from eradication.store.memory import MemoryStore

MOST = 10_000


@settings(max_examples=rounds(300, 40), suppress_health_check=list(HealthCheck))
@given(arrivals(), st.data())
def test_what_is_fetched_is_what_hangs_together(pieces: list[list[Event]], data: st.DataObject):
    every = sorted((event for piece in pieces for event in piece), key=lambda event: event.order)
    known = [event for event in every if event.kind in history.KINDS]
    some = data.draw(st.lists(st.sampled_from(known), unique_by=lambda event: event.key)) if known else []
    with MemoryStore() as store:
        add(store, every)
        found = together.with_all(store, some, SETTINGS, MOST)
        assert found == history.concerned(known, {event.key for event in some}, SETTINGS, MOST)


def told(store: MemoryStore, *payloads: dict) -> list[Event]:
    with store.transaction() as transaction:
        return [transaction.append(EventKind.VISIT_RECORDED, START, payload) for payload in payloads]


def seen(number: int, lon: float, lat: float = 21.0) -> dict:
    return {"plot_id": f"P{number}", "visit": {"unit": "A", "visit_id": str(number), "lon": lon, "lat": lat}}


@pytest.mark.parametrize("lon", [104.0, 104.004_999_9, 104.005, 104.005_000_1, -0.000_1, 179.999_9])
def test_a_place_across_the_edge_of_a_square_is_found(lon: float):
    near = around(lon, 21.0, 40.0)[2]
    with MemoryStore() as store:
        one, other, _ = told(store, seen(1, lon), seen(2, near), seen(3, lon + 0.02 if lon < 170 else lon - 0.02))
        found = together.with_all(store, [one], SETTINGS, MOST)
    assert found is not None
    assert {event.key for event in found.events} == {one.key, other.key}


def test_a_chain_of_places_is_followed_to_its_end_and_no_further_than_was_asked():
    with MemoryStore() as store:
        events = told(store, *(seen(number, 104.0 + 0.0004 * number) for number in range(60)))
        found = together.with_all(store, events[30:31], SETTINGS, 60)
        assert found is not None
        assert [event.key for event in found.events] == [event.key for event in events]
        assert together.with_all(store, events[30:31], SETTINGS, 59) is None


def test_what_is_very_large_is_found_from_within_and_what_is_larger_still_asks_for_everything():
    square = {"type": "Polygon", "coordinates": [[[104, 21], [104.1, 21], [104.1, 21.1], [104, 21.1], [104, 21]]]}
    with MemoryStore() as store:
        (large,) = told(store, {"plot_id": "L", "geometry": square})
        (inside,) = told(store, seen(1, 104.05, 21.05))
        (outside,) = told(store, seen(2, 104.2, 21.05))
        for fresh, found in ((inside, {large.key, inside.key}), (outside, {outside.key})):
            events = together.with_all(store, [fresh], SETTINGS, MOST)
            assert events is not None
            assert {event.key for event in events.events} == found
        wide = {"type": "Polygon", "coordinates": [[[100, 20], [105, 20], [105, 25], [100, 20]]]}
        (larger,) = told(store, {"plot_id": "W", "geometry": wide})
        assert together.with_all(store, [larger], SETTINGS, MOST) is None


def test_a_table_of_units_asks_for_everything():
    with MemoryStore() as store, store.transaction() as transaction:
        table = transaction.append(EventKind.UNITS_RECORDED, START + timedelta(days=1), {"units": []})
        assert together.with_all(transaction, [table], SETTINGS, MOST) is None


def test_a_place_that_is_no_number_lies_in_no_square():
    with MemoryStore() as store:
        (odd,) = told(store, {"plot_id": "P1", "visit": {"unit": "A", "visit_id": "1", "lon": "nan", "lat": "21"}})
        assert not any(name.startswith("square") for name in naming.names_of(odd))
        assert len(list(boxes(odd))) == 1
        assert [event.key for event in store.naming(["P1"], [EventKind.VISIT_RECORDED])] == [odd.key]

"""T32: a clock that steps is told of, what was recorded meanwhile is flagged, and the order stays."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.samples import NOON, Clock, record

from eradication import config
from eradication import store as stores
from eradication.domain import Event, EventKind
from eradication.domain.event import iso
from eradication.store import bundle, clock, verify
from eradication.store.contract import Store
from eradication.store.memory import MemoryStore

JUMP = timedelta(days=400)
HOUR = timedelta(hours=1)


def in_order(store: Store) -> list[Event]:
    return sorted((e for e in store.events() if e.origin == store.origin), key=lambda event: event.number)


def kinds(store: Store) -> str:
    """One letter an event: b a step back, r anything else."""
    return "".join("b" if e.kind == EventKind.CLOCK_STEPPED_BACK else "r" for e in in_order(store))


def flags(store: Store) -> list[tuple[int, int, str]]:
    return [(f.first, f.last, f.why) for f in clock.flagged(store.stored(), JUMP) if f.origin == store.origin]


@pytest.fixture
def hand() -> Clock:
    """A clock that moves only by hand."""
    return Clock(step=timedelta())


@pytest.fixture
def kept(make_store, hand: Clock) -> Store:
    return make_store(clock=hand)


def test_T32_a_step_back_is_told_before_the_first_event_and_flags_what_was_recorded_ahead(kept: Store, hand: Clock):
    record(kept, {"n": 1})
    hand.now += 3 * HOUR
    record(kept, {"n": 2}, {"n": 3})
    hand.now -= 2 * HOUR
    record(kept, {"n": 4})
    assert kinds(kept) == "rrrbr"
    told = in_order(kept)[3]
    assert told.payload == {
        "from": iso(NOON + 3 * HOUR), "to": iso(NOON + HOUR), "seconds": 7200, "events_ahead": [2, 3],
    }  # fmt: skip
    assert told.happened_at == NOON + HOUR
    assert flags(kept) == [(2, 3, "clock_stepped_back")]
    assert all(check.ok for check in verify(kept))


def test_T32_one_step_back_is_told_once_until_the_clock_steps_again(kept: Store, hand: Clock):
    hand.now += 24 * HOUR
    record(kept, {"n": 1})
    hand.now -= 20 * HOUR
    for n in range(3):
        hand.now += HOUR
        record(kept, {"n": n})
    assert kinds(kept) == "rbrrr"
    hand.now -= 2 * HOUR  # later than after the first step, earlier than it has shown since
    record(kept, {"n": 5})
    assert kinds(kept) == "rbrrrbr"
    hand.now += 48 * HOUR  # it has caught up with everything
    record(kept, {"n": 6})
    hand.now += HOUR
    record(kept, {"n": 7})
    assert kinds(kept) == "rbrrrbrrr"
    times = [event.recorded_at for event in in_order(kept)]
    assert times == sorted(times)
    assert times[-1] == hand.now


@pytest.mark.parametrize(("seconds", "told"), [(0, "rr"), (299, "rr"), (300, "rr"), (301, "rbr")])
def test_T32_a_step_within_the_tolerance_is_silent(kept: Store, hand: Clock, seconds: int, told: str):
    record(kept, {})
    hand.now -= timedelta(seconds=seconds)
    record(kept, {})
    assert kinds(kept) == told


def test_T32_nothing_is_told_by_a_transaction_that_records_nothing(kept: Store, hand: Clock, tmp_path: Path):
    record(kept, {})
    hand.now -= 24 * HOUR
    with kept.transaction() as transaction:
        transaction.replace_layer("candidates", [])
    with MemoryStore(device="b", clock=Clock()) as other:
        record(other, {})
        bundle.write(other, tmp_path / "b.zip")
    bundle.merge(kept, bundle.read(tmp_path / "b.zip"))
    assert kinds(kept) == "r"
    record(kept, {})
    assert kinds(kept) == "rbr"


def test_T32_an_exception_takes_the_telling_back_too(kept: Store, hand: Clock):
    record(kept, {})
    hand.now -= 24 * HOUR

    def stop() -> None:
        with kept.transaction() as transaction:
            transaction.append(EventKind.RUN_FINISHED, NOON, {})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stop()
    assert kinds(kept) == "r"


def test_T32_a_long_jump_ahead_is_flagged_and_so_is_the_return(kept: Store, hand: Clock):
    record(kept, {"n": 1})
    hand.now += JUMP
    record(kept, {"n": 2})
    assert flags(kept) == []
    hand.now += JUMP + timedelta(seconds=1)
    record(kept, {"n": 3}, {"n": 4})
    assert flags(kept) == [(3, 4, "clock_far_ahead")]
    hand.now += HOUR
    record(kept, {"n": 5})
    hand.now -= JUMP
    record(kept, {"n": 6})
    assert kinds(kept) == "rrrrrbr"
    assert flags(kept) == [(3, 4, "clock_far_ahead"), (3, 5, "clock_stepped_back")]
    assert all(check.ok for check in verify(kept))


@pytest.mark.parametrize("kind", ["workspace", "served"], ids=["geopackage", "postgis"])
def test_T32_the_note_beside_the_key_knows_the_clock_of_another_run(request: pytest.FixtureRequest, kind: str):
    folder = request.getfixturevalue(kind)("ws")
    hand = Clock(step=timedelta())
    with stores.open(folder, create=True, clock=hand) as store:
        hand.now += 10 * HOUR
        record(store, {"n": 1})
        hand.now -= 8 * HOUR
        record(store, {"n": 2})
        hand.now += 4 * HOUR
        record(store, {"n": 3})
    hand.now -= HOUR
    with stores.open(folder, clock=hand) as store:
        record(store, {"n": 4})
        assert kinds(store) == "rbrrbr"
    (folder / "keys" / "origin.signed").unlink()
    hand.now -= timedelta(minutes=6)
    with stores.open(folder, clock=hand) as store:
        record(store, {"n": 5})
        assert kinds(store) == "rbrrbrbr"  # the chain itself tells where the clock stood after the last step


def test_the_tolerance_is_a_setting(workspace: Callable[[str], Path]):
    hand = Clock(step=timedelta())
    wide = config.Store(clock_tolerance_s=7200.0)
    with stores.open(workspace("ws"), create=True, clock=hand, settings=wide) as store:
        record(store, {})
        hand.now -= HOUR
        record(store, {})
        assert kinds(store) == "rr"
        hand.now -= 2 * HOUR
        record(store, {})
        assert kinds(store) == "rrbr"


@pytest.fixture(scope="module", params=["geopackage", "postgis", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Clock]]:
    """One store for all examples: a chain only grows, so each example begins where the one before ended."""
    hand = Clock(step=timedelta())
    if request.param == "memory":
        with MemoryStore(clock=hand) as store:
            yield store, hand
        return
    place = request.getfixturevalue("server").place() if request.param == "postgis" else None
    with stores.open(tmp_path_factory.mktemp("clock"), create=True, clock=hand, settings=place) as store:
        yield store, hand


steps_of_a_hand = given(minutes=st.lists(st.integers(-100, 100), min_size=1, max_size=8))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@steps_of_a_hand
def test_T32_exactly_the_steps_back_are_told_whatever_the_clock_does(opened: tuple[Store, Clock], minutes: list[int]):
    told_exactly(opened, minutes)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@steps_of_a_hand
def test_T32_the_steps_back_of_many_more_clocks_are_told(opened: tuple[Store, Clock], minutes: list[int]):
    told_exactly(opened, minutes)


def told_exactly(opened: tuple[Store, Clock], minutes: list[int]) -> None:
    """Knowing only the readings, an oracle says how many steps there were and which events lie ahead of which clock."""
    store, hand = opened
    if in_order(store):
        hand.now = max(hand.now, in_order(store)[-1].recorded_at)  # it has caught up with the example before
    record(store, {})
    before, shown = len(in_order(store)), hand.now
    steps = 0
    for step in minutes:
        hand.now += timedelta(minutes=step)
        back = hand.now < shown - clock.TOLERANCE
        steps += back
        record(store, {})
        shown = hand.now if back else max(shown, hand.now)
    events = in_order(store)
    fresh = events[before:]
    told = [event for event in fresh if event.kind == EventKind.CLOCK_STEPPED_BACK]
    assert len(told) == steps
    assert len(fresh) == len(minutes) + steps
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(events))
    for event in told:
        first, last = event.payload["events_ahead"]
        ahead = [e.number for e in events[: event.number - 1] if iso(e.recorded_at) > event.payload["to"]]
        assert (first, last) == (ahead[0], ahead[-1])
    assert all(check.ok for check in verify(store))

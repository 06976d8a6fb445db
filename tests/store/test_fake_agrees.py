"""The fake and the stores on a database say the same after any sequence of writes."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from store.samples import NOON, Clock, candidate, change, fixes, patrol, unit

from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.store import carriage
from eradication.store.contract import Store, Transaction
from eradication.store.memory import MemoryStore

NAMES = st.sampled_from("abc")
PLACES = st.tuples(st.floats(103, 105), st.floats(20, 22) | st.just(float("nan")))
STEPS = st.one_of(
    st.tuples(st.just("event"), st.integers(0, 5), st.text(max_size=3)),
    st.tuples(st.just("patrol"), NAMES, st.lists(PLACES, max_size=3)),
    st.tuples(st.just("unit"), NAMES, st.floats(allow_nan=True, allow_infinity=False)),
    st.tuples(st.just("layer"), st.lists(NAMES, unique=True), st.floats(0, 1)),
)
TRANSACTIONS = st.lists(st.tuples(st.lists(STEPS, max_size=3), st.booleans()), max_size=5)


class Undo(Exception):
    """Thrown to roll back."""


def take(transaction: Transaction, step: tuple) -> None:
    match step:
        case ("event", hours, text):
            transaction.append(EventKind.RUN_FINISHED, NOON + timedelta(hours=hours), {"text": text})
        case ("patrol", name, places):
            lon, lat = [place[0] for place in places], [place[1] for place in places]
            points = tuple(Waypoint(x, y, None, name, "") for x, y in places)
            transaction.add_tracks(patrol(name, fixes(lon, lat), waypoints=points))
        case ("unit", code, share):
            transaction.add_units([unit(code, geometry=shapely.box(104, 20, 105, 21))], [change(code, "z", share)])
        case ("layer", names, score):
            rows = [candidate(name, 104 + n / 10, 21, score=score) for n, name in enumerate(names)]
            transaction.replace_layer("candidates", rows)


def write(store: Store, steps: list[tuple], commit: bool) -> None:
    try:
        with store.transaction() as transaction:
            for step in steps:
                take(transaction, step)
            if not commit:
                raise Undo
    except Undo:
        pass


def said(store: Store) -> list[object]:
    window = (104.05, 20.5, 104.3, 21.05)
    return [
        [(e.number, e.happened_at, e.recorded_at, e.payload, bool(e.signature)) for e in store.events()],
        [(name, segment.lat.tobytes()) for name, segment in store.tracks()],
        [name for name, _ in store.tracks(["a", "b"], bbox=window)],
        [(name, repr(waypoint)) for name, waypoint in store.waypoints(["b", "c"])],
        (store.latest(), store.hours(list(EventKind))),
        store.units(),
        store.lineage(),
        store.layer("candidates"),
        store.layer("candidates", bbox=window),
        [carriage.patrol_out(record) for record in store.records(NOON + timedelta(seconds=2)).patrols],
        [when for _, when in store.records().units],
        [(head.label, head.events) for head in store.origins()],
    ]


FOLDERS = (f"ws{number}" for number in count())


@pytest.mark.parametrize("kind", ["workspace", "served"], ids=["geopackage", "postgis"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=TRANSACTIONS)
# A second version of a walk that loses against the first is not news.
@pytest.mark.slow
@example([([], False), ([("patrol", "a", [])], True), ([("patrol", "a", [(103.0, 20.0)])], True)])
def test_all_stores_say_the_same(request: pytest.FixtureRequest, kind: str, transactions: list):
    make: Callable[[str], Path] = request.getfixturevalue(kind)
    with (
        MemoryStore(device="d", clock=Clock()) as fake,
        stores.open(make(next(FOLDERS)), device="d", create=True, clock=Clock()) as real,
    ):
        for steps, commit in transactions:
            write(fake, steps, commit)
            write(real, steps, commit)
        assert said(real) == said(fake)

"""Events are found by what they name, in every store alike."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from eradication.domain import EventKind
from eradication.store import naming
from eradication.store.contract import Store
from eradication.store.naming import event_name, season_name, visit_name

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
SAID: dict[str, dict[str, Any]] = {
    "one": {"plot_id": "P-1", "season": "2025-2026", "unit": "P-10"},
    "ten": {"plot_id": "P-10", "season": "2024-2025"},
    "quoted": {"plot_id": 'a "quoted" text %_\\'},
    "accents": {"plot_id": "Mộc Châu"},
    "piece": {"candidate": {"id": "c12/3", "geometry": {"type": "P-1"}}},
    "parts": {"names": ["P-1", "P-2"], "parts": [{"plot_id": "P-3", "code": "SL-3"}]},
    "visit": {"visit": {"visit_id": "7", "note": "P-1", "officers": ["P-1"]}},
    "answer": {"of": ["origin", 7]},
    "seven": {"plot_id": "7"},
}


@pytest.fixture
def told(store: Store) -> Store:
    with store.transaction() as transaction:
        for text, payload in SAID.items():
            transaction.append(EventKind.PLOT_DISMISSED, WHEN, payload | {"by": text})
        transaction.append(EventKind.PLOT_ASSIGNED, WHEN, {"plot_id": "P-1", "season": "2025-2026"})
    return store


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["P-1"], ["one", "parts"]),
        (["P-10"], ["ten"]),
        (["P"], []),
        (['a "quoted" text %_\\'], ["quoted"]),
        (["Mộc Châu"], ["accents"]),
        (["mộc châu"], []),
        (["c12"], ["piece"]),
        (["c12/3"], ["piece"]),
        (["c12/4"], []),
        (["P-3"], ["parts"]),
        (["SL-3", "P-10"], ["ten", "parts"]),
        ([visit_name("7")], ["visit"]),
        (["7"], ["seven"]),
        ([event_name("origin", 7)], ["answer"]),
        ([season_name(EventKind.PLOT_DISMISSED, "2025-2026")], ["one"]),
        (["2025-2026"], []),
        ([], []),
    ],
)
def test_an_event_is_found_by_what_it_names(told: Store, names: list[str], found: list[str]):
    events = told.naming(names, [EventKind.PLOT_DISMISSED])
    assert [event.payload["by"] for event in events] == found
    assert told.naming(names, []) == []


def test_only_events_of_the_kinds_asked_for_are_returned(told: Store):
    assert [event.kind for event in told.naming(["P-1"], [EventKind.PLOT_ASSIGNED])] == [EventKind.PLOT_ASSIGNED]
    both = told.naming(["P-1"], [EventKind.PLOT_ASSIGNED, EventKind.PLOT_DISMISSED])
    assert both == sorted(both, key=lambda event: event.order)
    assert len(both) == 3


def test_an_event_whose_names_share_their_number_with_others_is_not_taken_for_them(
    told: Store, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(naming, "word", lambda named: 5)
        with told.transaction() as transaction:
            transaction.append(EventKind.PLOT_DISMISSED, WHEN, {"plot_id": "A", "by": "of A"})
            transaction.append(EventKind.PLOT_DISMISSED, WHEN, {"plot_id": "B", "by": "of B"})
        found = told.naming(["B"], [EventKind.PLOT_DISMISSED])
    assert [event.payload["by"] for event in found] == ["of B"]


def test_who_looked_at_a_place_is_found_by_no_name(told: Store):
    with told.transaction() as transaction:
        transaction.append(EventKind.PLOTS_VIEWED, WHEN, {"views": [{"plot": "P-1"}]})
    assert told.naming(["P-1"], [EventKind.PLOTS_VIEWED]) == []


def test_ten_thousand_names_are_asked_for_at_once(told: Store):
    kinds = defaultdict(int)
    for event in told.naming([*map(str, range(10_000)), "P-1"], list(EventKind)):
        kinds[event.kind] += 1
    assert kinds == {EventKind.PLOT_DISMISSED: 3, EventKind.PLOT_ASSIGNED: 1}

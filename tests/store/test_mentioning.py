"""Events are found by what stands in them, in every store alike."""

from datetime import UTC, datetime

import pytest

from eradication.domain import EventKind
from eradication.store.contract import Store

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
SAID = ("P-1", "P-10", "100 %", "under_score", "Mộc Châu", "mộc châu", 'a "quoted" text', "back\\slash")


@pytest.fixture
def told(store: Store) -> Store:
    with store.transaction() as transaction:
        for text in SAID:
            transaction.append(EventKind.PLOT_DISMISSED, WHEN, {"plot_id": text})
        transaction.append(EventKind.PLOT_ASSIGNED, WHEN, {"plot_id": "P-1"})
    return store


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (['"P-1"'], ["P-1"]),
        (["P-1"], ["P-1", "P-10"]),
        (["%"], ["100 %"]),
        (["_s"], ["under_score"]),
        (["Mộc"], ["Mộc Châu"]),
        (['\\"quoted'], ['a "quoted" text']),
        (["Mộc", '"P-10"'], ["P-10", "Mộc Châu"]),
        (["nothing"], []),
        ([], []),
    ],
)
def test_a_text_is_found_as_it_is_written(told: Store, texts: list[str], found: list[str]):
    events = told.mentioning(texts, [EventKind.PLOT_DISMISSED])
    assert [event.payload["plot_id"] for event in events] == found
    assert told.mentioning(texts, []) == []


def test_only_events_of_the_kinds_asked_for_are_returned(told: Store):
    assert [event.kind for event in told.mentioning(['"P-1"'], [EventKind.PLOT_ASSIGNED])] == [EventKind.PLOT_ASSIGNED]
    both = told.mentioning(['"P-1"'], [EventKind.PLOT_ASSIGNED, EventKind.PLOT_DISMISSED])
    assert both == sorted(both, key=lambda event: event.order)
    assert len(both) == 2

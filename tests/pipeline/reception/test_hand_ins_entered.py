"""From the telephone into the ledger: what was sealed in the field is opened, checked and entered, once."""

import handset
import photo_factory
import pytest
from filled_forms import FOUND

from eradication.domain import EventKind
from eradication.pipeline.reception import entering, hand_ins
from eradication.pipeline.reception.place import reception_of


@pytest.fixture
def place(office):
    with reception_of(office) as place:
        yield place


@pytest.fixture
def me(place):
    return handset.somebody(place)


def entered(place):
    """What the worker does with what waits."""
    return [entering.enter(place, body) for body in entering.waiting(place)]


def test_a_visit_sealed_on_a_telephone_comes_into_the_ledger_with_its_photo(place, me):
    photo = photo_factory.jpeg()
    answers = FOUND | {"photo_before": "photo_before.jpg"}
    sealed = handset.record(
        place, "visit", {"form": "eradication_visit", "answers": answers}, {"photo_before.jpg": photo}
    )
    received = handset.hand_in(place, me, sealed)
    assert received.fresh
    assert hand_ins.is_genuine(place.workspace, received.receipt)
    [answer] = entered(place)
    assert (answer["state"], answer["reasons"]) == ("recorded", [])
    [visit] = place.workspace.store.events(kinds=[EventKind.VISIT_RECORDED])
    assert visit.payload["form"]["instance_id"] == sealed.uuid
    assert visit.payload["visit"]["unit"] == "BP01"
    assert len(place.workspace.store.events(kinds=[EventKind.PHOTO_RECORDED])) == 1
    assert hand_ins.shown(place, me, sealed.uuid)["answer"]["visits"][0]["status"] == "accepted"

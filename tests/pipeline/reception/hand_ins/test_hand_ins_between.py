"""T4: between any two looks of one request for a receipt another one is answered completely; nothing is missed."""

import handset
import pytest

from eradication.pipeline.reception import hand_ins, uploads
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.reception.shelf import Shelf
from eradication.store.reception import hand_ins as rows

TRACK = {"track-0001.csv": b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"}
LOOKS = [(uploads, "come"), (uploads, "size_of"), (rows, "content"), (rows, "kept"), (Shelf, "adopt")]


@pytest.fixture(params=[False, True], ids=["before", "after"])
def slip_in(request, monkeypatch):
    """Lets something happen once, just before or after a look."""

    def slip(owner, name, what):
        look, left = getattr(owner, name), [what]

        def slipped(*told):
            found = look(*told) if request.param else None
            while left:
                left.pop()()
            return found if request.param else look(*told)

        monkeypatch.setattr(owner, name, slipped)

    return slip


@pytest.fixture
def place(any_folder):
    with opened_place(any_folder) as place:
        yield place


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[1])
def test_T4_the_same_that_is_receipted_meanwhile_gets_one_receipt_twice(look, place, slip_in):
    me, gave = handset.somebody(place), []
    sealed = handset.record(place, "track", {}, TRACK)
    handset.send(place, me, sealed)
    slip_in(*look, lambda: gave.append(hand_ins.receive(place, me, sealed.uuid, sealed.files)))
    later = hand_ins.receive(place, me, sealed.uuid, sealed.files)
    assert (gave[0].fresh, later.fresh) == (True, False)
    assert gave[0].receipt == later.receipt


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[1])
def test_T4_another_content_with_a_file_in_common_that_is_receipted_meanwhile_is_kept_beside_it(look, place, slip_in):
    me, gave = handset.somebody(place), []
    one = handset.record(place, "track", {}, TRACK)
    handset.send(place, me, one)
    less = one.files[:1]
    slip_in(*look, lambda: gave.append(hand_ins.receive(place, me, one.uuid, less)))
    with pytest.raises(hand_ins.OtherContent) as told:
        hand_ins.receive(place, me, one.uuid, one.files)
    numbers = {gave[0].receipt["number"], told.value.receipt["number"]}
    with place.reception.reading() as connection:
        assert {row["number"] for row in rows.contents(connection, one.uuid)} == numbers
        kept = rows.kept(connection, one.uuid)
    assert len(numbers) == 2
    assert kept == {file.sha256: file.bytes for file in one.files}
    assert all((place.workspace.folder / "hand_ins" / "files" / name[:2] / name).is_file() for name in kept)


def test_T4_a_file_that_never_came_is_missed_whatever_else_is_kept(place):
    me = handset.somebody(place)
    one = handset.record(place, "track", {}, TRACK)
    handset.send(place, me, one)
    hand_ins.receive(place, me, one.uuid, one.files[:1])
    other = handset.record(place, "track", {}, {"track-0001.csv": bytes(500)}, uuid=one.uuid)
    with pytest.raises(hand_ins.FilesMissing) as told:
        hand_ins.receive(place, me, one.uuid, [*one.files, other.files[1]])
    assert told.value.missing == [other.files[1].sha256]

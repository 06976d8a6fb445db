"""T31: the receiving key goes the way of the other keys: rotated, held in escrow, recovered; what was sealed opens."""

import handset
import pytest

from eradication.errors import StorageFailed
from eradication.pipeline import key_desk
from eradication.pipeline.reception import entering, hand_in_receipts, hand_ins, receiving
from eradication.pipeline.reception.place import opened_place

WORDS = {"A": "five words nobody would guess", "B": "and five other words for two"}


def sealed(place, second):
    pieces = {"track-0001.csv": f"2026-02-10T01:00:{second:02}Z,104.6,20.8,5,900,1\n".encode()}
    return handset.record(place, "track", {}, pieces)


def test_the_key_is_made_on_first_use_and_stays(place):
    first = receiving.recipient(place)
    assert first.startswith("age1")
    assert receiving.recipient(place) == first
    [key] = [one for one in key_desk.listed(place.workspace)["keys"] if one["name"] == "queue"]
    assert (key["current"], key["kind"]) == (True, "x25519")
    assert (place.workspace.folder / "keys" / "queue-1.pem").stat().st_mode & 0o777 == 0o600


def test_T31_what_was_sealed_before_a_rotation_still_opens(place, me):
    before = receiving.recipient(place)
    old = sealed(place, 1)
    key_desk.rotate(place.workspace, "queue")
    assert receiving.recipient(place) != before
    new = sealed(place, 2)
    for one in (old, new):
        handset.hand_in(place, me, one)
    assert [entering.enter(place, body)["state"] for body in entering.waiting(place)] == ["recorded"] * 2


@pytest.mark.slow
def test_T31_a_lost_key_keeps_hand_ins_waiting_until_it_is_recovered_from_escrow(place, me, tmp_path):
    handset.hand_in(place, me, sealed(place, 1))
    key_desk.put_in_escrow(place.workspace, tmp_path / "escrow", ["A", "B"], WORDS.__getitem__)
    (place.workspace.folder / "keys" / "queue-1.pem").unlink()
    [body] = entering.waiting(place)
    with pytest.raises(StorageFailed) as error:
        entering.enter(place, body)
    assert error.value.kind == "key_missing"
    assert entering.waiting(place) == [body]
    key_desk.recover(place.workspace.folder, [tmp_path / "escrow"], WORDS.__getitem__)
    assert entering.enter(place, body)["state"] == "recorded"


def test_T31_what_was_refused_while_a_key_was_away_is_entered_once_it_is_back(place, me, tmp_path):
    handset.hand_in(place, me, sealed(place, 1))
    key = place.workspace.folder / "keys" / "queue-1.pem"
    away = key.read_bytes()
    key.unlink()
    with pytest.raises(StorageFailed, match="is gone"):
        receiving.recipient(place)
    key_desk.make(place.workspace, "queue")  # somebody did not want to wait
    other = key.read_bytes()
    [answer] = [entering.enter(place, body) for body in entering.waiting(place)]
    assert (answer["state"], answer["reasons"][0]["kind"]) == ("refused", "sealed_to_another_key")
    key.write_bytes(away)
    (key.parent / "queue-2.pem").write_bytes(other)
    [row] = hand_ins.listed(place)["hand_ins"]
    assert entering.again(place, row["number"])["state"] == "recorded"


def test_T31_receipts_stay_genuine_after_the_signing_key_was_rotated(place, me):
    receipt = handset.hand_in(place, me, sealed(place, 1)).receipt
    key_desk.rotate(place.workspace, "signing")
    with opened_place(place.workspace.folder) as anew:
        assert anew.workspace.store.origin != receipt["origin"]
        assert hand_in_receipts.is_genuine(anew.workspace, receipt)
        later = handset.hand_in(anew, me, sealed(anew, 2)).receipt
        assert later["origin"] == anew.workspace.store.origin
        assert hand_in_receipts.is_genuine(anew.workspace, later)

"""Records that somebody tampered with, or that a program wrote wrongly: refused with a reason, and kept."""

import hashlib
import json

import handset
import pyrage
import pytest
from filled_forms import FOUND

from eradication.errors import RefusedInput, StorageFailed
from eradication.pipeline.reception import entering, hand_ins, receiving

TRACK = {"track-0001.csv": b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"}


def outcome(place, me, sealed):
    """Hand in, enter, and return state and kinds of reasons."""
    receipt = handset.hand_in(place, me, sealed).receipt
    [body] = entering.waiting(place)
    before = len(place.workspace.store.events())
    answer = entering.enter(place, body)
    if answer["state"] == "refused":
        assert len(place.workspace.store.events()) == before
        assert all(reason["hint"] and reason["message"] for reason in answer["reasons"])
    assert hand_ins.shown(place, me, sealed.uuid)["receipt"] == receipt
    return answer["state"], [reason["kind"] for reason in answer["reasons"]]


def raw(place, *contents, uuid="raw-record-1"):
    to = receiving.recipient(place)
    return handset.Sealed(uuid, [handset.seal(to, content) for content in contents])


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"version": 2}, "newer_record"),
        ({"version": "1"}, "bad_record"),
        ({"version": True}, "bad_record"),
        ({"format": "x"}, "bad_record"),
        ({"kind": "raid"}, "bad_record"),
        ({"files": "x"}, "bad_record"),
        ({"files": [1]}, "bad_record"),
        ({"files": []}, "files_differ"),
        ({"files": [{"name": "track-0001.csv", "sha256": "0" * 64}]}, "files_differ"),
        ({"answers": ["x"]}, "bad_record"),
        ({"answers": {"unit": {"a": 1}}}, "bad_record"),
        ({"answers": {"unit": "x" * 20_001}}, "bad_record"),
        ({"answers": {"../x": "1"}}, "bad_record"),
        ({"kind": "visit", "form": "eradication_raid"}, "unknown_form"),
    ],
)
def test_a_record_that_cannot_be_right_is_refused(place, me, changes, kind):
    assert outcome(place, me, handset.record(place, "track", changes, TRACK)) == ("refused", [kind])


@pytest.mark.parametrize("name", ["../../../etc/x", "/etc/x", "a/b.csv", "..", "", "a\\b", "x" * 101, "\u202ex"])
def test_T6_a_name_that_leads_elsewhere_is_refused(place, me, name, tmp_path):
    assert outcome(place, me, handset.record(place, "track", {}, {name: b"x"})) == ("refused", ["bad_file_name"])


def test_two_files_of_one_name_are_refused(place, me):
    sealed = handset.record(place, "visit", {}, {"A.jpg": b"1", "a.jpg": b"2"})
    assert outcome(place, me, sealed) == ("refused", ["bad_file_name"])


def test_a_record_that_bears_another_id_is_refused(place, me):
    body = {"format": "eradication-record", "version": 1, "kind": "tip", "uuid": "another", "files": []}
    assert outcome(place, me, raw(place, json.dumps(body).encode())) == ("refused", ["other_record"])


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"a":' * 100_000, b"not json", b"\xff\xfe", b"null", b""])
def test_T11_deep_or_broken_json_is_refused(place, me, content):
    assert outcome(place, me, raw(place, content)) == ("refused", ["bad_record"])


def test_T11_a_record_that_is_larger_than_any_is_refused(place, me):
    assert outcome(place, me, raw(place, b" " * 4_000_001)) == ("refused", ["too_large"])


def test_T11_a_record_of_ten_thousand_files_is_refused_before_anything_is_kept(place, me):
    files = [hand_ins.File(hashlib.sha256(str(n).encode()).hexdigest(), 10) for n in range(10_000)]
    with pytest.raises(RefusedInput) as error:
        hand_ins.receive(place, me, "many-files-1", files)
    assert error.value.kind == "too_many_files"


@pytest.mark.slow
def test_a_walk_of_two_thousand_pieces_is_one_track(place, me):
    pieces = {
        f"track-{n:04}.csv": f"2026-02-10T01:{n // 60:02}:{n % 60:02}Z,{104.6 + n * 1e-5:.6f},20.8,5,900,1\n".encode()
        for n in range(2000)
    }
    sealed = handset.record(place, "track", {"purpose": "walk"}, pieces)
    assert outcome(place, me, sealed) == ("recorded", [])


@pytest.mark.parametrize("where", [0, 1, -1])
def test_an_altered_sealed_file_is_refused(place, me, where):
    sealed = handset.record(place, "track", {}, TRACK)
    whole = bytearray(sealed.contents[1])
    whole[where if where < 1 else len(whole) // 2] ^= 1
    sealed.contents[1] = bytes(whole)
    assert outcome(place, me, sealed) == ("refused", ["sealed_damaged"])


def test_what_is_sealed_to_a_stranger_or_under_a_passphrase_or_not_at_all_is_refused(place, me):
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    receiving.recipient(place)
    contents = {
        "sealed_to_another_key": [handset.seal(stranger, b"{}"), b"age-encryption.org/v1\n-> scrypt x 18\n"],
        "sealed_damaged": [b'{"format": "eradication-record"}'],
    }
    for kind, sealed in contents.items():
        for number, content in enumerate(sealed):
            record = handset.Sealed(f"{kind}-{number}", [content])
            assert outcome(place, me, record) == ("refused", [kind])


def test_a_photo_that_is_none_is_refused_and_its_visit_goes_in(place, me):
    said = {"form": "eradication_visit", "answers": FOUND | {"photo_before": "1.jpg"}}
    sealed = handset.record(place, "visit", said, {"1.jpg": b"MZ not a photo"})
    receipt_state, reasons = outcome(place, me, sealed)
    assert (receipt_state, reasons) == ("recorded", [])
    [photo] = hand_ins.shown(place, me, sealed.uuid)["answer"]["photos"]
    assert (photo["status"], photo["reason"]) == ("refused", "not_jpeg")


def test_script_and_control_letters_in_answers_are_text(place, me):
    note = "<script>alert(1)</script> ]]> &x; \x00\x0b\ud7ff nương"
    said = {"form": "eradication_visit", "answers": FOUND | {"photo_before": "", "note": note, "strange": "x"}}
    sealed = handset.record(place, "visit", said)
    assert outcome(place, me, sealed) == ("recorded", [])
    [event] = [e for e in place.workspace.store.events() if "visit" in e.payload]
    assert "<script>alert(1)</script> ]]> &x;" in event.payload["visit"]["note"]
    assert hand_ins.shown(place, me, sealed.uuid)["answer"]["warnings"] == ["unknown_question:strange"]


def test_a_kept_file_that_is_gone_keeps_the_hand_in_waiting(place, me):
    handset.hand_in(place, me, handset.record(place, "track", {}, TRACK))
    kept = [path for path in (place.workspace.folder / "hand_ins/files").rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() for path in kept}
    for path in kept:
        path.unlink()
    [body] = entering.waiting(place)
    with pytest.raises(StorageFailed) as error:
        entering.enter(place, body)
    assert error.value.kind == "hand_in_file_gone"
    for path, content in contents.items():
        path.write_bytes(content)
    assert entering.enter(place, body)["state"] == "recorded"

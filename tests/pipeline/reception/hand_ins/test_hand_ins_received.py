"""Uploads in pieces, receipts, and who sees what: nothing that was answered is lost, nothing is given to others."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import handset
import pytest

from eradication.domain.person import Role
from eradication.errors import RefusedInput, StorageFailed, UnusableInput
from eradication.pipeline.reception import hand_in_receipts, hand_ins, uploads
from eradication.pipeline.reception.place import reception_of
from eradication.pipeline.reception.uploads import Upload
from eradication.store.reception import schema

TRACK = {"track-0001.csv": b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"}


def upload(sealed, number=0):
    file = sealed.files[number]
    return Upload(sealed.uuid, file.sha256, file.bytes)


def below(place, name):
    return sorted(path for path in (place.workspace.folder / "hand_ins" / name).rglob("*") if path.is_file())


def test_T4_a_cut_at_every_byte_loses_nothing(place, me):
    sealed = handset.record(place, "track")
    [content] = sealed.contents
    for byte in range(len(content)):
        assert uploads.append(place, me, upload(sealed), byte, [content[byte : byte + 1]]).received == byte + 1
    assert uploads.state(place, me, sealed.uuid, sealed.files[0].sha256).complete
    assert hand_ins.receive(place, me, sealed.uuid, sealed.files).fresh


def test_T4_a_file_that_is_not_what_was_announced_is_dropped_and_comes_anew(place, me):
    sealed = handset.record(place, "track")
    [content] = sealed.contents
    with pytest.raises(RefusedInput) as refused:
        uploads.append(place, me, upload(sealed), 0, [content[:-1] + b"?"])
    assert refused.value.kind == "hash_differs"
    assert uploads.state(place, me, sealed.uuid, sealed.files[0].sha256).received == 0
    handset.send(place, me, sealed)
    assert hand_ins.receive(place, me, sealed.uuid, sealed.files).fresh


def test_more_than_was_announced_is_not_taken(place, me):
    sealed = handset.record(place, "track")
    with pytest.raises(RefusedInput, match="More bytes"):
        uploads.append(place, me, upload(sealed), 0, [sealed.contents[0] + b"x"])
    assert not uploads.state(place, me, sealed.uuid, sealed.files[0].sha256).complete


def test_nobody_reaches_what_another_is_sending(place, me):
    sealed, other = handset.record(place, "track"), handset.somebody(place, "p-00000002")
    handset.send(place, me, sealed)
    assert uploads.state(place, other, sealed.uuid, sealed.files[0].sha256).received == 0
    with pytest.raises(hand_ins.FilesMissing):
        hand_ins.receive(place, other, sealed.uuid, sealed.files)


def test_what_was_handed_in_is_not_sent_again(place, me):
    sealed = handset.record(place, "track", {}, TRACK)
    handset.hand_in(place, me, sealed)
    assert below(place, "parts") == []
    state = uploads.state(place, me, sealed.uuid, sealed.files[1].sha256)
    assert (state.complete, state.received) == (True, sealed.files[1].bytes)
    assert uploads.append(place, me, upload(sealed, 1), sealed.files[1].bytes, [b""]).complete


def test_the_files_that_are_missing_are_named_and_nothing_is_kept_yet(place, me):
    sealed = handset.record(place, "track", {}, TRACK)
    with pytest.raises(hand_ins.FilesMissing) as error:
        hand_ins.receive(place, me, sealed.uuid, sealed.files)
    assert error.value.missing == [file.sha256 for file in sealed.files]
    assert hand_ins.mine(place, me) == {"hand_ins": []}


def test_names_lead_nowhere_else(place, me):
    sealed = handset.record(place, "track")
    for uuid in ("..", "../../x", "a/b", "", ".hidden", "x" * 101, "a\x00b"):
        with pytest.raises(UnusableInput) as error:
            uploads.append(place, me, Upload(uuid, sealed.files[0].sha256, 10), 0, [b"x"])
        assert error.value.kind == "bad_hand_in_id"
    for sha256 in ("..", "A" * 64, "a" * 63):
        with pytest.raises(UnusableInput) as error:
            uploads.state(place, me, sealed.uuid, sha256)
        assert error.value.kind == "bad_hash"


@pytest.mark.parametrize(("length", "kind"), [(0, "empty_file"), (10**9, "too_large")])
def test_what_is_too_small_or_too_large_is_refused_before_it_comes(place, me, length, kind):
    with pytest.raises(RefusedInput) as error:
        uploads.append(place, me, Upload("record-1", "a" * 64, length), 0, [b"x"])
    assert error.value.kind == kind


def test_T11_unfinished_files_of_all_people_together_are_bounded(place, me):
    for number in range(26):
        try:
            uploads.append(place, me, Upload(f"record-{number}", "a" * 64, 190_000_000), 0, [b""])
        except StorageFailed as error:
            raise AssertionError("nothing has come yet") from error
        part = place.workspace.folder / "hand_ins/parts" / me.person.person_id / f"record-{number}" / f"{'a' * 64}.part"
        os.truncate(part, 189_999_999)  # sparse: as if that much had come
    with pytest.raises(StorageFailed) as error:
        uploads.append(place, me, Upload("record-99", "a" * 64, 190_000_000), 0, [b""])
    assert error.value.kind == "uploads_full"


def test_what_was_never_handed_in_is_removed_after_thirty_days(place, me):
    old, young = handset.record(place, "track"), handset.record(place, "track")
    for sealed in (old, young):
        uploads.append(place, me, upload(sealed), 0, [sealed.contents[0][:20]])
    folder = place.workspace.folder / "hand_ins/parts" / me.person.person_id / old.uuid
    for path in (*folder.iterdir(), folder):
        os.utime(path, (time.time() - 31 * 86_400,) * 2)
    (folder.parent / "just-begun").mkdir()
    assert uploads.tidy(place) == 1
    assert {path.name for path in folder.parent.iterdir()} == {young.uuid, "just-begun"}
    assert [path.parent.name for path in below(place, "parts")] == [young.uuid]


def test_T4_the_same_again_gets_the_same_receipt_and_asks_for_one_job(place, me):
    sealed = handset.record(place, "track", {}, TRACK)
    one, two = handset.hand_in(place, me, sealed), handset.hand_in(place, me, sealed)
    assert (one.fresh, two.fresh, one.receipt) == (True, False, two.receipt)
    with place.reception.reading() as connection:
        assert len(connection.execute(schema.jobs.select()).all()) == 1


def test_T4_another_content_under_the_same_id_is_kept_and_set_apart(place, me):
    first = handset.record(place, "track", {}, TRACK)
    other = handset.record(place, "track", {"app": "x"}, TRACK, uuid=first.uuid)
    given = handset.hand_in(place, me, first)
    with pytest.raises(hand_ins.OtherContent) as error:
        handset.hand_in(place, me, other)
    assert error.value.receipt["number"] != given.receipt["number"]
    assert hand_in_receipts.is_genuine(place.workspace, error.value.receipt)
    with pytest.raises(hand_ins.OtherContent) as again:
        handset.hand_in(place, me, other)
    assert again.value.receipt == error.value.receipt
    shown = hand_ins.shown(place, me, first.uuid)
    assert (shown["receipt"], shown["conflicts"][0]["state"]) == (given.receipt, "conflict")
    assert len(below(place, "files")) == 4


def test_two_identical_photos_are_two_files(place, me):
    photo = b"\xff\xd8\xff\xe0 twice"
    sealed = handset.record(place, "visit", {"form": "eradication_visit"}, {"1.jpg": photo, "2.jpg": photo})
    assert handset.hand_in(place, me, sealed).fresh
    assert len(below(place, "files")) == 3


def test_an_altered_receipt_is_not_genuine(place, me):
    receipt = handset.hand_in(place, me, handset.record(place, "track", {}, TRACK)).receipt
    assert receipt["number"] == f"R-{receipt['received_at'][:4]}-00001-{receipt['content'][:8]}"
    assert hand_in_receipts.is_genuine(place.workspace, receipt)
    for name in receipt:
        assert not hand_in_receipts.is_genuine(place.workspace, receipt | {name: "x" + receipt[name][1:]})


def test_the_numbers_of_a_year_begin_anew_at_home(office):
    moment = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # half past midnight in Sơn La
    with reception_of(office, lambda: moment) as place:
        me = handset.somebody(place)
        receipt = handset.hand_in(place, me, handset.record(place, "track", {}, TRACK)).receipt
    assert receipt["number"].startswith("R-2027-00001-")


def test_others_hand_ins_are_not_shown_and_an_administrator_sees_no_content(place, me):
    other = handset.somebody(place, "p-00000002", roles=(Role.ADMINISTRATOR,))
    sealed = handset.record(place, "track", {}, TRACK)
    handset.hand_in(place, me, sealed)
    with pytest.raises(UnusableInput) as error:
        hand_ins.shown(place, other, sealed.uuid)
    assert error.value.kind == "no_such_hand_in"
    assert hand_ins.mine(place, other) == {"hand_ins": []}
    [row] = hand_ins.listed(place)["hand_ins"]
    assert (row["uuid"], row["files"], row["state"], row["login"]) == (sealed.uuid, 2, "received", "login-p-00000001")
    assert "104.6" not in str(row)


def test_kept_files_are_for_the_owner_alone_and_not_to_be_written(place, me):
    handset.hand_in(place, me, handset.record(place, "track", {}, TRACK))
    folder = place.workspace.folder / "hand_ins"
    assert folder.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o777 for path in below(place, "files")} == {0o400}


def test_a_request_that_hangs_holds_nobody_up_and_spoils_nothing(place, me):
    sealed = handset.record(place, "track")
    [content] = sealed.contents
    state = {}

    def slow():
        yield content[:10]
        # Meanwhile the telephone has given up on this one and begun again where the server says it stands.
        at = uploads.state(place, me, sealed.uuid, sealed.files[0].sha256)
        state["done"] = uploads.append(place, me, upload(sealed), at.received, [content[at.received :]])
        yield content[10:20]

    with pytest.raises(uploads.WrongOffset) as late:
        uploads.append(place, me, upload(sealed), 0, slow())
    assert state["done"].complete
    assert late.value.offset == len(content)
    assert Path(uploads.come(place, me, sealed.uuid, sealed.files[0].sha256)).read_bytes() == content

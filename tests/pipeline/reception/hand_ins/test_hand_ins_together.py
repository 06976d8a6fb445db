"""Requests that meet: each step of one falls between two steps of another, on purpose."""

import threading
from collections import Counter

import handset
import pytest

from eradication.errors import StorageFailed
from eradication.pipeline.reception import hand_ins, keeping, uploads
from eradication.pipeline.reception.shelf import Shelf
from eradication.pipeline.reception.uploads import Upload
from eradication.store.reception import hand_ins as rows

TRACK = {"track-0001.csv": b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"}


def test_T4_what_came_of_another_content_stays_when_one_is_receipted(place, me):
    one = handset.record(place, "track", {}, TRACK)
    other = handset.record(place, "track", {}, {"track-0001.csv": bytes(500)}, uuid=one.uuid)
    file, content = other.files[1], other.contents[1]
    uploads.append(place, me, Upload(one.uuid, file.sha256, file.bytes), 0, [content[:100]])
    handset.hand_in(place, me, one)
    assert uploads.state(place, me, one.uuid, file.sha256).received == 100
    with pytest.raises(hand_ins.OtherContent):
        handset.hand_in(place, me, other)
    left = [path for path in (place.workspace.folder / "hand_ins" / "parts").rglob("*") if path.is_file()]
    assert left == []


def test_T4_a_piece_that_comes_while_another_request_gets_the_receipt_is_told_that_all_has_come(place, me):
    sealed = handset.record(place, "track", {}, TRACK)
    file, content = sealed.files[1], sealed.contents[1]

    def chunks():
        yield content[:50]
        handset.hand_in(place, me, sealed)
        yield content[50:]

    with pytest.raises(uploads.WrongOffset) as told:
        uploads.append(place, me, Upload(sealed.uuid, file.sha256, file.bytes), 0, chunks())
    assert told.value.offset == file.bytes


def test_T4_a_piece_whose_folder_goes_away_meanwhile_is_kept(place, me, monkeypatch):
    sealed = handset.record(place, "track", {}, TRACK)
    file, content = sealed.files[1], sealed.contents[1]
    ready, times = uploads.ready, iter([True, True, False])

    def and_gone(folder):
        ready(folder)
        if next(times):
            folder.rmdir()

    monkeypatch.setattr(uploads, "ready", and_gone)
    assert uploads.append(place, me, Upload(sealed.uuid, file.sha256, file.bytes), 0, [content]).complete


def test_T4_whoever_asks_while_the_same_is_being_kept_gets_the_same_receipt(place, me, monkeypatch):
    sealed = handset.record(place, "track", {}, TRACK)
    handset.send(place, me, sealed)
    adopt, before = Shelf.adopt, []

    def after_another(shelf, whole):
        if not before:
            before.append(None)
            before.append(hand_ins.receive(place, me, sealed.uuid, sealed.files))
        adopt(shelf, whole)

    monkeypatch.setattr(Shelf, "adopt", after_another)
    later = hand_ins.receive(place, me, sealed.uuid, sealed.files)
    assert (before[1].fresh, later.fresh) == (True, False)
    assert later.receipt == before[1].receipt


def test_T4_whoever_asks_while_the_same_was_just_kept_misses_no_file(place, me, monkeypatch):
    sealed = handset.record(place, "track", {}, TRACK)
    handset.send(place, me, sealed)
    come, before = uploads.come, []

    def then_another(*what):
        found = come(*what)
        if not before:
            before.append(None)
            before.append(hand_ins.receive(place, me, sealed.uuid, sealed.files))
        return found

    monkeypatch.setattr(uploads, "come", then_another)
    assert hand_ins.receive(place, me, sealed.uuid, sealed.files).receipt == before[1].receipt


def test_T4_old_uploads_are_tidied_while_others_come(place, me):
    sealed = handset.record(place, "track", {}, TRACK)
    stop = threading.Event()
    tidied = []

    def tidy():
        while not stop.is_set():
            tidied.append(uploads.tidy(place))

    thread = threading.Thread(target=tidy)
    thread.start()
    try:
        for _ in range(5):
            sealed = handset.record(place, "track", {}, TRACK)
            assert handset.hand_in(place, me, sealed).fresh
    finally:
        stop.set()
        thread.join()
    assert sum(tidied) == 0


def wish(place, n, uuid=""):
    file = hand_ins.File(f"{n:064x}", 10)
    return keeping.Paper(uuid or f"hand-in-{n}", "phone", "p-00000001", "BP01", ""), [file]


def all_at_once(place, wishes):
    gave = [None] * len(wishes)

    def keep(at, paper, files):
        try:
            gave[at] = keeping.keep(place, paper, files)
        except (StorageFailed, hand_ins.OtherContent) as error:
            gave[at] = error

    threads = [threading.Thread(target=keep, args=(at, *one)) for at, one in enumerate(wishes)]
    with place.reception.writing():  # all come while somebody else is writing
        for thread in threads:
            thread.start()
        threads[0].join(0.5)
    for thread in threads:
        thread.join()
    return gave


def test_T4_those_who_come_together_share_a_transaction_and_each_has_a_number_of_its_own(place, me, monkeypatch):
    written, write = [], keeping._write

    def counted(at, wishes):
        written.append(len(wishes))
        write(at, wishes)

    monkeypatch.setattr(keeping, "_write", counted)
    gave = all_at_once(
        place, [wish(place, n) for n in range(12)] + [wish(place, 0)] * 2 + [wish(place, 99, "hand-in-3")]
    )
    assert sum(written) == 15
    assert max(written) >= 10
    receipts = [one.receipt for one in gave]
    assert len({receipt["number"] for receipt in receipts}) == 13
    assert Counter(one.fresh for one in gave if isinstance(one, keeping.Received)) == {True: 12, False: 2}
    assert Counter(isinstance(one, hand_ins.OtherContent) for one in gave) == {False: 14, True: 1}
    with place.reception.reading() as connection:
        assert all(rows.numbered(connection, receipt["number"]) for receipt in receipts)


def test_T5_no_receipt_is_given_to_anybody_of_those_whose_transaction_fails(place, me, monkeypatch):
    entered = keeping._entered

    def refused(connection, at, paper, files):
        given = entered(connection, at, paper, files)
        if paper.uuid == "hand-in-3":
            raise StorageFailed("disk_full", "full")
        return given

    monkeypatch.setattr(keeping, "_entered", refused)
    gave = all_at_once(place, [wish(place, n) for n in range(8)])
    monkeypatch.undo()
    failed = [n for n, one in enumerate(gave) if isinstance(one, StorageFailed)]
    assert 3 in failed
    kept = {row["uuid"] for row in hand_ins.listed(place)["hand_ins"]}
    assert kept == {f"hand-in-{n}" for n in range(8) if n not in failed}
    assert {keeping.keep(place, *wish(place, n)).fresh for n in failed} == {True}


def test_what_the_database_does_not_take_of_one_is_not_held_against_the_others(place, me, monkeypatch):
    entered = keeping._entered

    def refused(connection, at, paper, files):
        if paper.uuid == "hand-in-3":
            raise StorageFailed("store_failed", "what nobody foresaw")
        return entered(connection, at, paper, files)

    monkeypatch.setattr(keeping, "_entered", refused)
    gave = all_at_once(place, [wish(place, n) for n in range(8)])
    assert [n for n, one in enumerate(gave) if isinstance(one, StorageFailed)] == [3]


def test_a_fault_of_the_program_met_by_one_leaves_nobody_waiting(place, me, monkeypatch):
    entered, met = keeping._entered, []

    def broken(connection, at, paper, files):
        if not met:
            met.append(paper.uuid)
            raise ZeroDivisionError
        return entered(connection, at, paper, files)

    monkeypatch.setattr(keeping, "_entered", broken)
    with pytest.raises(ZeroDivisionError):
        keeping.keep(place, *wish(place, 0))
    assert keeping.keep(place, *wish(place, 0)).fresh

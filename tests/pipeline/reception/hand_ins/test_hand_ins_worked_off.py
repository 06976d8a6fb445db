"""The worker enters what was handed in; what it cannot enter for want of a key or a disk is never given up."""

import threading
from datetime import UTC, datetime, timedelta

import filled_forms
import handset

from eradication.pipeline.reception import asking, errands, hand_ins, jobs, worker
from eradication.pipeline.reception.place import opened_place
from eradication.store.reception import schema

PIECE = b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"


def handed_in(folder):
    with opened_place(folder) as place:
        me = handset.somebody(place)
        handset.hand_in(place, me, handset.record(place, "track", {}, {"track-0001.csv": PIECE}))


def work(folder):
    """Let a worker do what there is to do; return the states of the jobs it ended."""
    told = []
    worker.run(folder, threading.Event(), told.append, once=True)
    return [job["state"] for job in told if job["kind"] == asking.KIND]


def state(folder):
    with opened_place(folder) as place:
        [row] = hand_ins.listed(place)["hand_ins"]
    return row["state"]


def test_the_worker_enters_what_was_handed_in(any_folder):
    handed_in(any_folder)
    assert work(any_folder) == ["done"]
    assert state(any_folder) == "recorded"
    assert work(any_folder) == []


def test_T31_a_hand_in_whose_key_was_lost_is_asked_for_again_until_it_is_in_the_ledger(any_folder):
    handed_in(any_folder)
    key = any_folder / "keys" / "queue-1.pem"
    away = key.read_bytes()
    key.unlink()
    assert work(any_folder) == ["failed"]
    assert state(any_folder) == "received"
    key.write_bytes(away)
    with opened_place(any_folder) as place:
        assert asking.ask_again(place) == 1
        assert asking.ask_again(place) == 0
        assert jobs.listed(place)["counts"]["queued"] == 1
    assert work(any_folder) == ["done"]
    assert state(any_folder) == "recorded"


def test_a_hand_in_whose_job_is_gone_is_asked_for_again_by_the_hourly_chores(any_folder):
    handed_in(any_folder)
    with opened_place(any_folder) as place:
        with place.reception.writing() as connection:
            connection.execute(schema.jobs.delete())
        for chore in errands.CHORES:
            chore(place)
        assert jobs.listed(place)["counts"]["queued"] == 1


def test_a_hand_in_whose_job_was_called_off_is_asked_for_again(any_folder):
    handed_in(any_folder)
    with opened_place(any_folder) as place:
        [job] = jobs.listed(place)["jobs"]
        jobs.cancel(place, job["job_id"])
        assert asking.ask_again(place) == 1
        assert asking.ask_again(place) == 0
    assert work(any_folder) == ["done"]
    assert state(any_folder) == "recorded"


def submitted(place, folder, uuid, photos, *, incomplete):
    """Take in a form as ODK Collect sends it."""
    answers = filled_forms.FOUND | {"photo_before": "1.jpg"}
    (folder / "form.xml").write_text(filled_forms.instance("visit", answers, uuid))
    (folder / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    files = [hand_ins.Local(folder / name, name) for name in ("form.xml", *photos)]
    return hand_ins.receive_files(place, handset.somebody(place), uuid, files, "odk", incomplete=incomplete)


def test_T4_a_submission_of_which_the_rest_never_comes_is_entered_after_a_week_as_it_is(any_folder, tmp_path):
    days = [0]
    with opened_place(any_folder, lambda: datetime.now(UTC) + timedelta(days=days[0])) as place:
        receipt = submitted(place, tmp_path, "left-1", [], incomplete=True).receipt
        for day, asked in ((6, 0), (8, 1), (9, 0)):
            days[0] = day
            assert asking.ask_again(place) == asked
    assert work(any_folder) == ["done"]
    with opened_place(any_folder) as place:
        shown = hand_ins.shown(place, handset.somebody(place), "left-1")
        assert (shown["state"], shown["answer"]["warnings"]) == ("recorded", ["file_missing:1.jpg"])
        late = submitted(place, tmp_path, "left-1", ["1.jpg"], incomplete=False)
        assert (late.fresh, late.receipt) == (False, receipt)
    assert work(any_folder) == ["done"]
    with opened_place(any_folder) as place:
        shown = hand_ins.shown(place, handset.somebody(place), "left-1")
        assert (shown["state"], shown["answer"]["warnings"]) == ("recorded", [])


def test_T4_T26_a_submission_that_came_while_the_clock_was_ahead_does_not_wait_for_that_day(any_folder, tmp_path):
    hours = [20 * 24.0]
    with opened_place(any_folder, lambda: datetime.now(UTC) + timedelta(hours=hours[0])) as place:
        submitted(place, tmp_path, "ahead-1", [], incomplete=True)
        for ahead, asked in ((20 * 24.0 - 1, 0), (20 * 24.0 - 25, 1), (0.0, 0)):
            hours[0] = ahead
            assert asking.ask_again(place) == asked
    assert work(any_folder) == ["done"]
    assert state(any_folder) == "recorded"


def test_T4_what_comes_later_of_a_submission_is_asked_for_again_when_its_own_job_failed(any_folder, tmp_path):
    with opened_place(any_folder) as place:
        submitted(place, tmp_path, "late-1", [], incomplete=False)
    assert work(any_folder) == ["done"]
    with opened_place(any_folder) as place:
        submitted(place, tmp_path, "late-1", ["1.jpg"], incomplete=False)
        assert asking.ask_again(place) == 0
        [later] = [job for job in jobs.listed(place)["jobs"] if job["state"] == "queued"]
        jobs.cancel(place, later["job_id"])
        assert asking.ask_again(place) == 1
        assert asking.ask_again(place) == 0
    assert work(any_folder) == ["done"]
    assert state(any_folder) == "recorded"

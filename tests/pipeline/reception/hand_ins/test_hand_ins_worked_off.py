"""The worker enters what was handed in; what it cannot enter for want of a key or a disk is never given up."""

import threading

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

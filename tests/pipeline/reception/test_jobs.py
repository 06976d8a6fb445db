"""Long work is kept, done once, by one worker at a time, and says how it ended: in a file and on a server."""

import dataclasses
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from eradication import config
from eradication.domain.job import JobState
from eradication.errors import CheckFailed, EradicationError, StorageFailed, UnusableInput
from eradication.i18n import translator
from eradication.pipeline.reception import errands, job_files, jobs, leases, worker
from eradication.pipeline.reception.errands import Kind
from eradication.pipeline.reception.leases import Hold, Interrupted, Why
from eradication.pipeline.reception.place import reception_of
from eradication.progress import quiet

NEVER = threading.Event()


@contextmanager
def refused(kind):
    with pytest.raises(EradicationError) as error:
        yield
    assert error.value.kind == kind
    assert error.value.hint


@pytest.fixture
def work(monkeypatch):
    """Lets a test say what jobs of the kind ``test`` do."""
    kinds = dict(errands.KINDS)
    for module in (errands, worker):
        monkeypatch.setattr(module, "KINDS", kinds)

    def does(do):
        kinds["test"] = Kind(do)

    does(lambda place, body, stage: {"did": body.get("what")})
    return does


def claim(place):
    return leases.claim(place, ["test"])


def do(place):
    job = claim(place)
    return None if job is None else worker.do(place, job, NEVER)


def test_work_is_asked_for_done_and_answered(place, work):
    job = jobs.ask(place, "test", {"what": "đường"}, "p-1")
    assert (job["state"], job["answer"], job["asked_by"]) == ("queued", None, "p-1")
    ended = do(place)
    assert (ended["state"], ended["answer"]) == ("done", {"did": "đường"})
    assert ended == jobs.shown(place, job["job_id"])
    assert do(place) is None


def test_work_is_done_in_the_order_in_which_it_was_asked_for(place, work, clock):
    for what in "abc":
        jobs.ask(place, "test", {"what": what}, "p-1")
        clock.move(1)
    assert [ended["answer"]["did"] for ended in iter(lambda: do(place), None)] == ["a", "b", "c"]


def test_asking_twice_under_one_key_gives_one_job_with_one_set_of_files(place, work):
    file = [("a.gpx", io.BytesIO(b"first"))]
    first = jobs.ask(place, "test", {}, "p-1", "walk 7", files=file)
    again = jobs.ask(place, "test", {}, "p-2", "walk 7", files=[("a.gpx", io.BytesIO(b"second"))])
    assert again == first
    assert [p.name for p in job_files.folder_of(place, "x").parent.iterdir()] == [first["job_id"]]
    assert jobs.ask(place, "test", {}, "p-1")["job_id"] != jobs.ask(place, "test", {}, "p-1")["job_id"]


def test_many_who_ask_under_one_key_at_once_get_one_job(place, work):
    with ThreadPoolExecutor(8) as threads:
        asked = list(
            threads.map(lambda n: jobs.ask(place, "test", {}, "p-1", "k", files=[("f", io.BytesIO())]), "x" * 24)
        )
    assert len({job["job_id"] for job in asked}) == 1
    assert len(list(job_files.folder_of(place, "x").parent.iterdir())) == 1


def test_nobody_does_what_is_not_known(place):
    with refused("unknown_job"):
        jobs.ask(place, "mine_bitcoin", {}, "p-1")
    for look in (jobs.shown, jobs.cancel, jobs.retry):
        with refused("no_such_job"):
            look(place, "j-none")
    with refused("unknown_state"):
        jobs.listed(place, "lost")


def test_a_kind_that_only_a_newer_worker_knows_waits_for_it(place, work):
    with place.reception.writing() as connection:
        leases.rows.add(connection, "newer", {}, "p-1", place.now())
    assert do(place) is None
    assert jobs.listed(place)["counts"]["queued"] == 1


def test_T26_a_job_is_one_workers_until_its_lease_has_run_out(place, work, clock):
    jobs.ask(place, "test", {}, "p-1")
    first = claim(place)
    lease_s = place.workspace.settings.web.job_lease_s
    clock.move(lease_s - 1)
    assert claim(place) is None
    Hold(place, first, NEVER).look()  # more than a third of it is over
    clock.move(lease_s - 1)
    assert claim(place) is None
    clock.move(2)
    second = claim(place)
    assert (second["job_id"], second["attempts"]) == (first["job_id"], 2)
    assert second["owner"] != first["owner"]


def test_T26_a_worker_that_lost_its_lease_finds_out_and_changes_nothing(place, work, clock):
    jobs.ask(place, "test", {}, "p-1")
    tired = Hold(place, claim(place), NEVER)
    clock.move(1000)
    other = claim(place)
    tired.look()
    with pytest.raises(Interrupted) as interrupted:
        tired.stage("x")
    assert interrupted.value.why is Why.LOST
    error = CheckFailed("x", "x")
    ends = (tired.done("{}"), tired.cancelled(), tired.hand_back(), tired.failed(error), tired.wait(error))
    assert not any((*ends, tired.stumbled(error)))
    assert jobs.shown(place, other["job_id"])["state"] == "running"
    assert worker.do(place, other, NEVER)["answer"] == {"did": None, "resumed": True}


def late(place, monkeypatch):
    """Claim a job, begin it, and sleep longer than its lease lasts."""
    jobs.ask(place, "test", {}, "p-1")
    hold = Hold(place, claim(place), NEVER)
    tick, now_s = hold.stage("x"), leases._clock_s()
    monkeypatch.setattr(leases, "_clock_s", lambda: now_s + 61)
    place.clock.move(61)
    return hold, tick


def test_T26_a_worker_that_slept_longer_than_its_lease_stops_if_another_took_the_job(place, work, monkeypatch):
    hold, tick = late(place, monkeypatch)
    assert claim(place)
    assert hold.lost
    with pytest.raises(Interrupted) as interrupted:
        tick(1, 2)
    assert interrupted.value.why is Why.LOST


def test_T26_a_worker_that_slept_longer_than_its_lease_goes_on_if_nobody_did(place, work, monkeypatch):
    hold, tick = late(place, monkeypatch)
    tick(1, 2)
    assert claim(place) is None
    assert not hold.lost
    assert hold.done("{}")


def test_T26_a_worker_that_slept_and_cannot_ask_stops(place, work, monkeypatch):
    def refusing():
        raise StorageFailed("store_unreachable", "Gone.")

    hold, _ = late(place, monkeypatch)
    hold._place = dataclasses.replace(place, reception=dataclasses.replace(place.reception, writing=refusing))
    with pytest.raises(Interrupted) as interrupted:
        hold.check()
    assert interrupted.value.why is Why.LOST


def test_T26_a_clock_that_was_set_back_does_not_keep_a_dead_workers_job_for_ever(place, work, clock):
    jobs.ask(place, "test", {}, "p-1")
    claim(place)
    clock.move(-86_400)
    assert claim(place)["attempts"] == 2


def test_T26_a_clock_that_was_set_back_does_not_keep_a_job_waiting_for_as_long(place, work, clock):
    def fails(*_):
        raise StorageFailed("disk_full", "Full.", hint="Wait.")

    work(fails)
    jobs.ask(place, "test", {}, "p-1")
    do(place)
    assert do(place) is None
    clock.move(-86_400)
    assert do(place)["state"] == "queued"
    work(lambda *_: {})
    clock.move(-86_400)
    assert do(place)["state"] == "done"


def test_T26_work_that_ends_its_process_each_time_is_given_up_and_says_so(place, work, clock):
    job = jobs.ask(place, "test", {}, "p-1")
    for attempt in range(place.workspace.settings.web.job_attempts):
        assert claim(place)["attempts"] == attempt + 1
        clock.move(1000)
    assert claim(place) is None
    ended = jobs.shown(place, job["job_id"])
    assert (ended["state"], ended["error"]["kind"], ended["error"]["values"]) == (
        "failed",
        "job_given_up",
        {"attempts": 5},
    )
    assert jobs.retry(place, job["job_id"])["state"] == "queued"
    assert do(place)["state"] == "done"


@pytest.mark.slow
def test_T26_two_workers_on_200_jobs_do_each_once(place, work):
    did, lock, at_it, both = [], threading.Lock(), set(), threading.Barrier(2, timeout=60)

    def once(_, body, stage):
        with lock:
            assert body["job_id"] not in at_it
            at_it.add(body["job_id"])
        if body["what"] < 2:
            both.wait()  # the second is begun while the first is at work
        stage("x")(1, 1)
        with lock:
            did.append(body["what"])
            at_it.remove(body["job_id"])
        return {}

    work(once)
    for n in range(200):
        jobs.ask(place, "test", {"what": n}, "p-1")
        place.clock.move(0.001)

    def shift(_):
        with reception_of(place.workspace, place.clock) as mine:
            while do(mine) is not None:
                pass

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(shift, range(2)))
    assert sorted(did) == list(range(200))
    assert jobs.listed(place)["counts"] == {"queued": 0, "running": 0, "done": 200, "failed": 0, "cancelled": 0}


def test_progress_is_written_for_others_to_see_and_is_told_in_their_language(make_place, work):
    place = make_place(web=config.Web(job_lease_s=1.0))
    seen = []

    def slow(_, body, stage):
        tick = stage("Patrol tracks")
        tick(3, 9)
        for _ in range(400):
            seen.append(jobs.told(jobs.shown(place, body["job_id"]), translator("vi")))
            if seen[-1]["done"]:
                return {}
            threading.Event().wait(0.01)
        return {}

    work(slow)
    jobs.ask(place, "test", {}, "p-1")
    do(place)
    assert (seen[-1]["done"], seen[-1]["total"], seen[-1]["state"]) == (3, 9, "running")
    assert seen[-1]["stage"] == translator("vi")("Patrol tracks") != "Patrol tracks"


def test_what_waits_is_called_off_at_once_and_never_done(place, work):
    work(lambda *_: pytest.fail("done all the same"))
    job = jobs.ask(place, "test", {}, "p-1")
    assert jobs.cancel(place, job["job_id"])["state"] == "cancelled"
    assert jobs.cancel(place, job["job_id"])["state"] == "cancelled"
    assert do(place) is None


def test_what_runs_stops_at_its_next_step_when_it_is_called_off(make_place, work):
    place = make_place(web=config.Web(job_lease_s=1.0))

    def endless(_, body, stage):
        tick = stage("x")
        answer = jobs.cancel(place, body["job_id"])
        assert (answer["state"], answer["cancel_asked"]) == ("running", True)
        for n in range(2000):
            tick(n, 2000)
            threading.Event().wait(0.01)
        return {}

    work(endless)
    jobs.ask(place, "test", {}, "p-1")
    ended = do(place)
    assert (ended["state"], ended["answer"], ended["error"]) == ("cancelled", None, None)
    assert ended["ended_at"]


def test_what_was_called_off_and_left_by_a_dead_worker_is_not_begun_again(place, work, clock):
    job = jobs.ask(place, "test", {}, "p-1")
    claim(place)
    jobs.cancel(place, job["job_id"])
    clock.move(1000)
    assert claim(place) is None
    assert jobs.shown(place, job["job_id"])["state"] == "cancelled"


def test_what_is_over_is_neither_called_off_nor_tried_again(place, work):
    job = jobs.ask(place, "test", {}, "p-1")
    do(place)
    with refused("job_over"):
        jobs.cancel(place, job["job_id"])
    with refused("job_not_failed"):
        jobs.retry(place, job["job_id"])


def test_an_ending_worker_hands_its_job_back_for_the_next_one(place, work):
    ending = threading.Event()

    def long(_, body, stage):
        ending.set()
        stage("x")(1, 2)
        return {}

    work(long)
    jobs.ask(place, "test", {}, "p-1")
    back = worker.do(place, claim(place), ending)
    assert (back["state"], back["attempts"], back["waits_until"]) == ("queued", 0, None)
    work(lambda *_: {})
    assert do(place)["answer"] == {}


@pytest.mark.parametrize("kind", ["disk_full", "store_locked", "store_disconnected"])
def test_T5_a_failure_that_passes_puts_the_job_back_with_a_growing_pause_for_as_long_as_it_takes(
    place, work, clock, kind
):
    def fails(*_):
        raise StorageFailed(kind, "Full: {what}.", where="here", hint="Wait.", values={"what": "disk"})

    work(fails)
    job = jobs.ask(place, "test", {}, "p-1")
    pauses = []
    for _ in range(12):
        back = do(place)
        assert (back["state"], back["error"]["kind"], back["attempts"]) == ("queued", kind, 0)
        assert do(place) is None
        with place.reception.reading() as connection:
            until = leases.rows.job(connection, job["job_id"])["not_before_s"]
        pauses.append(until - clock().timestamp())
        clock.move(pauses[-1])
    assert pauses == [10, 20, 40, 80, 160, 320, 640, *[900] * 5]
    work(lambda *_: {})
    ended = do(place)
    assert (ended["state"], ended["error"], ended["answer"]) == ("done", None, {})


def test_another_run_on_the_same_imagery_is_waited_for(place, work):
    def busy(*_):
        raise UnusableInput("scans_in_use", "Busy.", hint="Wait.")

    work(busy)
    jobs.ask(place, "test", {}, "p-1")
    assert do(place)["state"] == "queued"


def test_what_cannot_be_done_is_failed_with_its_reason_in_both_languages(place, work):
    def fails(*_):
        message = "There is no patrol '{wanted}'."
        raise UnusableInput("no_such_patrol", message, where="hàng 3", hint="`eradication patrols list` shows the ids.",
                            values={"wanted": "x7"})  # fmt: skip

    work(fails)
    job = jobs.ask(place, "test", {}, "p-1")
    do(place)
    told = {name: jobs.told(jobs.shown(place, job["job_id"]), translator(name))["error"] for name in ("vi", "en")}
    assert told["en"] == {"kind": "no_such_patrol", "message": "There is no patrol 'x7'.", "where": "hàng 3",
                          "hint": "`eradication patrols list` shows the ids."}  # fmt: skip
    assert "x7" in told["vi"]["message"]
    assert told["vi"]["message"] != told["en"]["message"]
    assert told["vi"]["hint"] != told["en"]["hint"]


def test_a_fault_of_the_program_ends_neither_the_worker_nor_the_job_at_once(place, work, clock, caplog):
    def stumbles(_, body, stage):
        raise ZeroDivisionError("oops")

    work(stumbles)
    jobs.ask(place, "test", {}, "p-1")
    states = []
    for _ in range(5):
        ended = do(place)
        states.append(ended["state"])
        clock.move(901)
    assert states == ["queued"] * 4 + ["failed"]
    assert ended["error"]["kind"] == "unexpected"
    assert ended["error"]["where"].startswith("test_jobs.py:")
    assert "oops" in ended["error"]["values"]["problem"]
    assert "ZeroDivisionError" in caplog.text
    assert do(place) is None


def test_an_answer_that_nobody_could_read_is_a_fault_and_not_an_answer(place, work, caplog):
    work(lambda *_: {"value": float("nan")})
    jobs.ask(place, "test", {}, "p-1")
    assert do(place)["error"]["kind"] == "unexpected"


def test_work_that_was_done_is_not_done_again_because_the_reception_is_busy(place, work, monkeypatch):
    did, busy = [], [3]
    work(lambda *_: did.append(1) or {})
    jobs.ask(place, "test", {}, "p-1")
    job, writing = claim(place), place.reception.writing

    @contextmanager
    def refusing():
        if busy[0]:
            busy[0] -= 1
            raise StorageFailed("store_locked", "Busy.")
        with writing() as connection:
            yield connection

    tired = dataclasses.replace(place, reception=dataclasses.replace(place.reception, writing=refusing))
    assert worker.do(tired, job, NEVER)["state"] == "done"
    assert (did, busy) == ([1], [0])


def test_files_of_a_job_are_private_named_as_their_owner_named_them_and_gone_when_it_is_done(place, work):
    read = []

    def reads(_, body, stage):
        paths = job_files.paths(place, body["job_id"], body)
        read.extend((path.name, path.read_bytes(), path.stat().st_mode & 0o777) for path in paths)
        return {"where": [str(path) for path in paths]}

    work(reads)
    names = [
        "../../etc/passwd",
        "a.gpx",
        "C:\\tuần\\a.gpx",
        ".hidden.csv",
        "x" * 300 + ".gpx",
        "\x00\n/",
        "ổ" * 200 + ".kml",
    ]
    job = jobs.ask(place, "test", {}, "p-1", files=[(name, io.BytesIO(b"%d" % n)) for n, name in enumerate(names)])
    folder = job_files.folder_of(place, job["job_id"])
    assert (folder.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777) == (0o700, 0o700)
    ended = do(place)
    kept = [name for name, _, _ in read]
    assert kept[:4] == ["passwd", "a.gpx", "a.gpx", "hidden.csv"]
    assert kept[4].endswith(".gpx")
    assert kept[5] == "file"
    assert kept[6].endswith(".kml")
    assert max(len(name.encode()) for name in kept) <= 255
    assert [content for _, content, _ in read] == [b"%d" % n for n in range(7)]
    assert {mode for _, _, mode in read} == {0o600}
    assert ended["answer"]["where"] == kept
    assert not folder.exists()


def test_files_of_a_job_that_failed_stay_until_it_is_forgotten(place, work, clock, monkeypatch):
    def fails(*_):
        raise UnusableInput("x", "No.", hint="Else.")

    work(fails)
    job = jobs.ask(place, "test", {}, "p-1", files=[("a", io.BytesIO(b"a"))])
    folder = job_files.folder_of(place, job["job_id"])
    do(place)
    jobs.tidy(place)
    assert (folder / "0" / "a").read_bytes() == b"a"
    written = job_files.outputs_of(place, job["job_id"])
    written.mkdir(parents=True)
    clock.move(31 * 86_400)
    monkeypatch.setattr(job_files, "_DAY_S", -1.0)
    jobs.tidy(place)
    assert not folder.exists()
    assert not written.exists()
    with refused("no_such_job"):
        jobs.shown(place, job["job_id"])


def test_files_that_a_cut_left_of_a_done_job_go_and_those_of_one_that_waits_stay(place, work, clock, monkeypatch):
    done, waits = (jobs.ask(place, "test", {}, "p-1", files=[("a", io.BytesIO(b"a"))])["job_id"] for _ in range(2))
    with place.reception.writing() as connection:
        leases.rows.change(connection, done, {"state": "done", "ended_at": "2026-02-10T08:00:00.000000Z"})
    jobs.tidy(place)
    assert job_files.folder_of(place, done).exists()  # for a day: it may be at work, under a row not yet committed
    monkeypatch.setattr(job_files, "_DAY_S", -1.0)
    jobs.tidy(place)
    assert [folder.name for folder in job_files.folder_of(place, "x").parent.iterdir()] == [waits]


def test_T5_files_that_do_not_fit_are_refused_and_no_job_is_kept(place, work):
    class Full(io.BytesIO):
        def read(self, *_):
            raise OSError(28, "No space left on device")

    with refused("disk_full"):
        jobs.ask(place, "test", {}, "p-1", files=[("a", io.BytesIO(b"a")), ("b", Full())])
    assert jobs.listed(place)["jobs"] == []
    assert list(job_files.folder_of(place, "x").parent.iterdir()) == []


def test_a_list_names_the_newest_first_and_keeps_answers_to_who_asks_for_one(place, work, clock):
    for who in ("p-1", "p-2", "p-1"):
        jobs.ask(place, "test", {"secret": 1}, who)
        clock.move(1)
    do(place)
    assert [job["state"] for job in jobs.listed(place)["jobs"]] == ["queued", "queued", "done"]
    assert [job["asked_by"] for job in jobs.listed(place, "queued")["jobs"]] == ["p-1", "p-2"]
    assert len(jobs.listed(place, asked_by="p-1")["jobs"]) == 2
    assert "secret" not in json.dumps(jobs.listed(place))


def test_every_state_has_its_words():
    assert all(state.vietnamese for state in JobState)
    assert quiet("x")(1, 1) is None

"""A worker that is killed, stopped, starved: the job is done in the end, and its effects are there once."""

import dataclasses
import io
import random
import signal
import time

import pytest
from pipeline.reception import workers
from rounds import rounds

from eradication import config
from eradication.domain import EventKind
from eradication.pipeline.reception import job_files, jobs
from eradication.pipeline.reception.place import opened_place, reception_of
from eradication.pipeline.workspace import created, settings_for
from eradication.store import verify

KILLS = rounds(24, 6)
BOTH = ["file", pytest.param("server", marks=[pytest.mark.slow, pytest.mark.long])]
"""Killed on one store every day, on both at night."""
QUICK = config.Web(job_lease_s=2.0, job_attempts=100, job_pause_s=0.1)


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.slow)])
def where(request):
    """Both stores are asked every time in test_jobs; whole processes take longer."""
    return (lambda: None) if request.param == "file" else request.getfixturevalue("server").place


@pytest.fixture
def office(where, tmp_path):
    """A workspace whose leases are short, by its folder."""
    settings = dataclasses.replace(settings_for("Sơn La", language="en", server=where()), web=QUICK)
    with created(tmp_path / "office", settings) as workspace, reception_of(workspace):
        pass
    return tmp_path / "office"


def gpx(n, fixes=40):
    points = "".join(
        f'<trkpt lat="{21 + k * 4e-4:.5f}" lon="{104 + n * 1e-3:.4f}"><time>2026-02-10T01:{k:02}:00Z</time></trkpt>'
        for k in range(fixes)
    )
    return f'<gpx version="1.1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


VISITS = (
    "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,destroyed_fraction,minutes_no\n"
    + "".join(
        f"V{n},{104.8 + n / 500},20.79,2026-02-10T08:00+07:00,U1,a;b,detected,{300 + n},tape,,\n" for n in range(9)
    )
).encode()


def ask_for_patrols(place, first, count):
    files = [(f"walk-{n}.gpx", io.BytesIO(gpx(n))) for n in range(first, first + count)]
    return jobs.ask(place, "patrols", {"unit": "BP01"}, "p-1", files=files)["job_id"]


def recorded(place):
    """Names of the recorded files, in order; a file recorded twice would be there twice."""
    events = place.workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    return sorted(event.payload["file"] for event in events)


def has_begun(place, job):
    """Whether a job is at work; one that was quicker than anybody could look is over."""
    return jobs.shown(place, job)["state"] in ("running", "done")


def assert_once(place, count):
    assert recorded(place) == sorted(f"walk-{n}.gpx" for n in range(count))
    assert len(list(place.workspace.store.tracks())) == count
    assert all(check.ok for check in verify(place.workspace.store))


@pytest.mark.slow
def test_T26_a_worker_killed_when_it_shows_progress_loses_nothing_and_does_nothing_twice(office):
    with opened_place(office) as place:
        job = ask_for_patrols(place, 0, 4)
        with workers.working(office) as worker:
            workers.wait_for(lambda: recorded(place), worker)
            workers.kill(worker)
        assert jobs.shown(place, job)["state"] == "running"
        with workers.working(office) as worker:
            workers.wait_for(lambda: workers.ended(place, [job]), worker)
        ended = jobs.shown(place, job)
        assert ended["attempts"] == 2
        assert ended["answer"]["resumed"] is True
        assert {file["status"] for file in ended["answer"]["files"]} <= {"accepted", "duplicate"}
        assert_once(place, 4)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("where", BOTH, indirect=True)
def test_T26_workers_killed_at_any_moment_do_every_job_in_the_end_with_its_effects_once(office, monkeypatch):
    chance = random.Random(26)
    with opened_place(office) as place:
        asked, count = [], 0
        for turn in range(KILLS):
            if turn % 3 == 0:
                asked.append(ask_for_patrols(place, count, 3))
                count += 3
            elif turn % 3 == 1:
                asked.append(jobs.ask(place, "visits", {}, "p-1", files=[("v.csv", io.BytesIO(VISITS))])["job_id"])
            else:
                scope = {"scope": "2025-2026", "formats": "html"}
                asked.append(jobs.ask(place, "report", scope, "p-1")["job_id"])
            with workers.working(office) as worker:
                workers.wait_for(lambda job=asked[-1]: has_begun(place, job), worker)
                time.sleep(chance.choice((0.0, chance.uniform(0.0, 1.0), chance.uniform(0.0, 3.0))))
                workers.kill(worker)
        with workers.working(office) as worker:
            workers.wait_for(lambda: workers.ended(place, asked), worker, longest_s=600.0)
        assert_once(place, count)
        assert len(place.workspace.store.events(kinds=[EventKind.VISIT_RECORDED])) == 9
        told_all = [jobs.shown(place, job) for job in asked]
        assert sum(told["attempts"] for told in told_all) > len(asked) + KILLS / 4  # not all were over when it came
        for told in told_all:
            for written in told["answer"].get("written", ()):
                assert (office / written).stat().st_size > 1000
                assert [path.name for path in (office / written).parent.glob(".*")] == []
        monkeypatch.setattr(job_files, "_DAY_S", -1.0)
        jobs.tidy(place)
        assert not any((office / "reception" / "jobs").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("where", BOTH, indirect=True)
def test_T26_two_processes_share_the_work_and_do_each_job_once(office):
    with opened_place(office) as place:
        asked = [ask_for_patrols(place, n, 1) for n in range(6)]
        with workers.working(office) as first, workers.working(office) as second:
            workers.wait_for(lambda: workers.ended(place, asked), first)
            for worker in (first, second):
                worker.send_signal(signal.SIGTERM)
            said = [worker.communicate(timeout=workers.LONGEST_S)[0] for worker in (first, second)]
        assert_once(place, 6)
        assert sum(text.count("Files of patrols: done") for text in said) == 6
        assert [jobs.shown(place, job)["attempts"] for job in asked] == [1] * 6
        assert [jobs.shown(place, job)["answer"]["files"][0]["status"] for job in asked] == ["accepted"] * 6


@pytest.mark.slow
@pytest.mark.parametrize("where", BOTH, indirect=True)
def test_a_worker_that_is_asked_to_end_hands_its_job_back_and_ends_well(office):
    with opened_place(office) as place:
        job = ask_for_patrols(place, 0, 8)
        with workers.working(office) as worker:
            workers.wait_for(lambda: recorded(place), worker)
            worker.send_signal(signal.SIGTERM)
            said = worker.communicate(timeout=workers.LONGEST_S)[0]
            assert worker.returncode == 0, said
        told = jobs.shown(place, job)
        assert (told["state"], told["attempts"]) == ("queued", 0)
        assert 0 < len(recorded(place)) < 8
        with workers.working(office, "--once") as worker:
            worker.communicate(timeout=workers.LONGEST_S)
        assert jobs.shown(place, job)["state"] == "done"
        assert_once(place, 8)


@pytest.mark.slow
def test_what_was_called_off_midway_leaves_whole_files_in_the_ledger_and_nothing_half(office):
    with opened_place(office) as place:
        job = ask_for_patrols(place, 0, 16)
        with workers.working(office) as worker:
            workers.wait_for(lambda: recorded(place), worker)
            jobs.cancel(place, job)
            workers.wait_for(lambda: jobs.shown(place, job)["state"] == "cancelled", worker)
        count = len(recorded(place))
        assert 0 < count < 16
        assert_once(place, count)

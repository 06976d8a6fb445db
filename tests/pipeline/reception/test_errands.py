"""What jobs do is what the commands do: the same rows and refusals, whole files, and a process for what is heavy."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys

import filled_forms
import photo_factory
import pytest
from pipeline.reception import workers
from pipeline.reception.test_worker import QUICK, VISITS, gpx

from eradication.domain import EventKind
from eradication.domain.job import KINDS
from eradication.pipeline import units
from eradication.pipeline.reception import errands, job_files, jobs, worker
from eradication.pipeline.reception.place import opened_place


def done(place, kind, body=None, **files):
    """Ask, let a worker do it, and return the job."""
    handed = [(name.replace("__", "."), io.BytesIO(content)) for name, content in files.items()]
    job = jobs.ask(place, kind, body or {}, "p-1", files=handed)
    [ended] = worker.empty(place)
    assert ended["job_id"] == job["job_id"]
    return ended


@pytest.fixture
def where():
    return lambda: None  # both stores are asked in test_jobs; here the steps are


def count(place, kind):
    return len(place.workspace.store.events(kinds=[kind]))


def test_patrols_are_recorded_for_their_unit_and_bad_files_are_refused_beside_them(place):
    ended = done(place, "patrols", {"unit": "BP01", "language": "vi"}, a__gpx=gpx(1), b__gpx=b"<gpx", c__txt=b"?")
    files = {file["path"]: file for file in ended["answer"]["files"]}
    assert {name: file["status"] for name, file in files.items()} == {
        "a.gpx": "accepted", "b.gpx": "refused", "c.txt": "refused"}  # fmt: skip
    assert files["a.gpx"]["patrols"][0]["unit"] == "BP01"
    assert str(place.workspace.folder) not in json.dumps(ended)
    assert any(letter in files["b.gpx"]["message"] for letter in "ạảấầậệộợđĐ")
    again = done(place, "patrols", {}, a__gpx=gpx(1))
    assert again["answer"]["files"][0]["status"] == "duplicate"
    assert count(place, EventKind.PATROL_RECORDED) == 1


def test_visits_photos_and_forms_are_recorded_once_however_often_they_come(place):
    for _ in range(2):
        visits = done(place, "visits", v__csv=VISITS)["answer"]["visits"]
        photo = done(place, "photos", {"unit": "BP01"}, a__jpg=photo_factory.jpeg())["answer"]["photos"]
        form = filled_forms.instance("visit", filled_forms.FOUND).encode()
        taken = done(place, "forms", a__xml=form)["answer"]["visits"]
    statuses = {row["status"] for row in (*visits, *photo, *taken)}
    assert statuses == {"duplicate"}
    assert count(place, EventKind.VISIT_RECORDED) == 10
    assert count(place, EventKind.PHOTO_RECORDED) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("patrols", {}, "no_files"),
        ("patrols", {"files": ["0/gone.gpx"]}, "files_missing"),
        ("patrols", {"unit": ["BP01"]}, "bad_job"),
        ("report", {"scope": "2026-H9"}, "unknown_period"),
        ("report", {"scope": "2025-2026", "formats": "exe"}, "unknown_format"),
        ("report", {"scope": "2025-2026", "date": "soon"}, "bad_job"),
        ("monitor", {"season": "2025-2026", "imagery": "x", "area": "/etc/passwd"}, "bad_job"),
        ("monitor", {"season": "2025-2026", "imagery": "/nowhere/catalog.json"}, ""),
    ],
)
def test_what_cannot_be_done_fails_with_a_reason_and_advice(place, kind, body, reason):
    ended = done(place, kind, body)
    assert ended["state"] == "failed"
    assert ended["error"]["kind"] == reason or not reason
    assert ended["error"]["hint"]


def test_a_report_is_written_whole_into_a_folder_of_the_jobs_own(place):
    ended = done(place, "report", {"scope": "2025-2026", "formats": "html,xlsx", "language": "vi"})
    written = [place.workspace.folder / name for name in ended["answer"]["written"]]
    assert sorted(path.suffix for path in written) == [".html", ".xlsx"]
    assert {path.parent for path in written} == {job_files.outputs_of(place, ended["job_id"])}
    assert 'lang="vi"' in written[0].read_text(encoding="utf-8")


def test_a_report_of_a_unit_stays_in_the_jobs_folder_whatever_the_units_code_is(place, tmp_path):
    code, table = "X/../../../../=cmd", tmp_path / "units.csv"
    table.write_text(f"code,name,kind,valid_from\n{code},Đồn,border_post,2000-01-01\n", encoding="utf-8")
    assert units.record_units(place.workspace, table)["recorded"] == 1
    ended = done(place, "report", {"scope": "2025-2026", "formats": "xlsx", "unit": code})
    folder = job_files.outputs_of(place, ended["job_id"])
    (file,) = folder.rglob("*.*")
    assert ended["answer"]["written"] == [file.relative_to(place.workspace.folder).as_posix()]
    assert file.parent == folder


def test_a_hidden_name_or_a_way_out_of_the_jobs_folder_leads_nowhere(place):
    ended = done(place, "patrols", {"files": ["../../../eradication.toml", "/etc/hostname"]})
    assert ended["error"]["kind"] == "files_missing"


@pytest.fixture
def demo(demo_folder, tmp_path):
    """The demonstration with short leases, and its catalog of images."""
    folder = shutil.copytree(demo_folder, tmp_path / "demo")
    settings = folder / "eradication.toml"
    changed = settings.read_text(encoding="utf-8").replace("job_lease_s = 60.0", f"job_lease_s = {QUICK.job_lease_s}")
    settings.write_text(changed.replace("job_pause_s = 10.0", "job_pause_s = 0.1"), encoding="utf-8")
    return folder


def ask_for_season(place):
    catalog = str(place.workspace.folder / "simulated" / "imagery" / "catalog.json")
    season = place.workspace.settings.workspace.season
    return jobs.ask(place, "monitor", {"season": season, "imagery": catalog}, "p-1")["job_id"]


def child_of(process):
    """The process that does heavy work for a worker, if there is one."""
    found = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "reception.apart"], capture_output=True, text=True)
    return int(found.stdout.split()[0]) if found.stdout.split() else 0


@pytest.mark.slow
def test_a_season_of_imagery_gets_a_process_of_its_own_and_hand_ins_do_not_wait_for_it(demo):
    with opened_place(demo) as place:
        before = count(place, EventKind.RUN_FINISHED)
        season = ask_for_season(place)
        with workers.working(demo) as process:
            workers.wait_for(lambda: child_of(process) and jobs.shown(place, season)["stage"], process)
            walk = jobs.ask(place, "patrols", {}, "p-1", files=[("a.gpx", io.BytesIO(gpx(1)))])["job_id"]
            workers.wait_for(lambda: workers.ended(place, [season, walk]), process)
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=workers.LONGEST_S)
        assert process.returncode == 0, said
        assert jobs.shown(place, season)["answer"]["candidates"] > 0
        assert jobs.shown(place, season)["attempts"] == 1
        assert count(place, EventKind.RUN_FINISHED) == before  # the demonstration holds this very run


@pytest.mark.slow
def test_T26_heavy_work_that_is_killed_is_done_again_and_outlives_its_worker_without_a_second_beginning_it(demo):
    with opened_place(demo) as place:
        before = count(place, EventKind.RUN_FINISHED)
        season = ask_for_season(place)
        with workers.working(demo) as process:
            workers.wait_for(lambda: child_of(process) and jobs.shown(place, season)["stage"], process)
            os.kill(child_of(process), signal.SIGKILL)
            workers.wait_for(lambda: jobs.shown(place, season)["attempts"] == 2 and child_of(process), process)
            workers.wait_for(lambda: jobs.shown(place, season)["stage"], process)
            workers.kill(process)
        with workers.working(demo) as process:
            workers.wait_for(lambda: workers.ended(place, [season]), process)
            assert child_of(process) == 0
        assert jobs.shown(place, season)["attempts"] == 2
        assert jobs.shown(place, season)["answer"]["resumed"] is True
        assert count(place, EventKind.RUN_FINISHED) == before


FULL = """
import resource, sys
from pathlib import Path
from eradication.pipeline.reception import leases, worker
from eradication.pipeline.reception.place import opened_place
import threading
with opened_place(Path(sys.argv[1])) as place:
    job = leases.claim(place, ["patrols"])
    soft = int(sys.argv[2])
    original = worker.KINDS["patrols"]
    def starved(place, body, stage):
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
        try:
            return original.do(place, body, stage)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    worker.KINDS = {"patrols": type(original)(starved)}
    print(worker.do(place, job, threading.Event())["state"])
"""
"""A worker whose ledger finds the disk full while it works; the reception is on a disk that is not."""


@pytest.mark.slow
def test_T5_a_disk_that_is_full_for_a_while_delays_a_job_and_harms_nothing(place):
    job = jobs.ask(place, "patrols", {}, "p-1", files=[("a.gpx", io.BytesIO(gpx(1)))])["job_id"]
    command = [sys.executable, "-c", FULL, str(place.workspace.folder), "60000"]
    environment = {**os.environ, "PYTHONPATH": str(workers.ROOT)}
    said = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=workers.LONGEST_S)
    assert said.stdout.strip() == "queued", said.stderr
    waiting = jobs.shown(place, job)
    assert (waiting["error"]["kind"], waiting["attempts"]) == ("disk_full", 0)
    assert waiting["waits_until"]
    assert count(place, EventKind.PATROL_RECORDED) == 0
    place.clock.now = place.clock.now.replace(year=2100)
    [ended] = worker.empty(place)
    assert ended["answer"]["files"][0]["status"] == "accepted"
    assert not job_files.folder_of(place, job).exists()


def test_every_kind_has_its_words():
    assert set(errands.KINDS) == set(KINDS)

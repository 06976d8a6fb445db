"""The commands for long work: what people and programs are told, in both languages."""

import io
import json

import pytest

from eradication.pipeline.reception import jobs
from eradication.pipeline.reception.place import opened_place

GPX = b'<gpx version="1.1"><trk><trkseg><trkpt lat="21" lon="104"/><trkpt lat="21.001" lon="104"/></trkseg></trk></gpx>'


@pytest.fixture
def ask(workspace):
    """Asks for work as the web application does."""

    def call(kind, body, *files):
        handed = [(name, io.BytesIO(content)) for name, content in files]
        with opened_place(workspace) as place:
            return jobs.ask(place, kind, body, "p-00000001", files=handed)["job_id"]

    return call


@pytest.fixture
def run(cli, workspace):
    return lambda *words: cli("--workspace", workspace, *words)


def test_a_worker_does_what_there_is_and_says_how_each_job_ended(run, ask):
    good, bad = ask("patrols", {}, ("a.gpx", GPX)), ask("report", {"scope": "2026-H9"})
    ended = run("--json", "worker", "--once")
    assert ended.code == 3
    assert ended.json["counts"] == {"queued": 0, "running": 0, "done": 1, "failed": 1, "cancelled": 0}
    assert {job["job_id"]: job["state"] for job in ended.json["jobs"]} == {good: "done", bad: "failed"}
    assert run("--json", "worker", "--once").code == 0
    answer = run("--json", "jobs", "show", good).json
    assert answer["answer"]["files"][0]["path"] == "a.gpx"
    assert (answer["asked_by"], answer["error"]) == ("p-00000001", None)


def test_a_failed_job_tells_its_reason_in_the_language_of_who_asks(run, ask):
    job = ask("report", {"scope": "2026-H9"})
    run("worker", "--once")
    said = {lang: run("--lang", lang, "jobs", "show", job).out for lang in ("vi", "en")}
    assert "failed" in said["en"]
    assert "không làm được" in said["vi"]
    assert "2026-H9" in said["en"]
    told = {lang: run("--lang", lang, "--json", "jobs", "list").json["jobs"][0]["error"] for lang in ("vi", "en")}
    assert told["vi"]["kind"] == told["en"]["kind"] == "unknown_period"
    assert told["vi"]["message"] != told["en"]["message"]


def test_jobs_are_listed_called_off_and_asked_for_again(run, ask):
    job = ask("patrols", {}, ("a.gpx", GPX))
    assert job in run("--lang", "en", "jobs", "list").out
    assert "queued" in run("--lang", "en", "jobs", "list", "--state", "queued").out
    assert "cancelled" in run("--lang", "en", "jobs", "cancel", job).out
    assert run("--json", "worker", "--once").json["jobs"] == []
    assert run("--json", "jobs", "retry", job).json["state"] == "queued"
    text = run("--lang", "en", "worker", "--once")
    assert (text.code, f"{job} Files of patrols: done" in text.out) == (0, True)
    over = run("--json", "jobs", "cancel", job)
    assert (over.code, over.json["error"]["kind"]) == (2, "job_over")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("jobs", "show", "j-none"), "no_such_job"),
        (("jobs", "cancel", "j-none"), "no_such_job"),
        (("jobs", "retry", "j-none"), "no_such_job"),
        (("jobs", "list", "--state", "lost"), "unknown_state"),
    ],
)
def test_what_is_not_there_is_said_with_advice(run, words, kind):
    ended = run("--json", *words)
    assert (ended.code, ended.json["error"]["kind"]) == (2, kind)
    assert ended.json["error"]["hint"]


def test_a_worker_without_a_workspace_says_so(cli, tmp_path):
    ended = cli("--workspace", tmp_path, "--json", "worker", "--once")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_workspace")


def test_a_place_where_nothing_was_asked_for_has_nothing_to_do(run):
    assert json.loads(run("--json", "jobs", "list").out)["jobs"] == []
    assert run("--lang", "en", "worker", "--once").out.strip() == "There was nothing to do."

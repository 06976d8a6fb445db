"""Who asks for long work hears at once what could never be done; work that can be done waits for a worker."""

import pytest

from .world import World


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"kind": "report"}, "unknown_period"),
        ({"kind": "report", "scope": "  "}, "unknown_period"),
        ({"kind": "report", "scope": "2025-2027"}, "unknown_season"),
        ({"kind": "report", "scope": "2025-2026", "formats": "exe"}, "unknown_format"),
        ({"kind": "report", "scope": "2025-2026", "unit": "ZZ99"}, "unknown_unit"),
        ({"kind": "monitor", "season": "2025-2026", "imagery": "/etc"}, "unknown_imagery"),
        ({"kind": "report", "scope": "2025-2026", "path": "/etc/passwd"}, "bad_request"),
        ({"kind": "hand_in"}, "bad_request"),
    ],
)
def test_t15_work_that_could_never_be_done_is_refused_when_it_is_asked_for(here: World, asked: dict, kind: str):
    officer = here.client("officer")
    told = officer.post("/api/jobs", json=asked)
    assert (told.status_code, told.json()["error"]["kind"]) == (400, kind)
    assert officer.get("/api/jobs").json()["jobs"] == []


def test_work_that_can_be_done_is_asked_for_once_under_one_key(fresh: World):
    officer = fresh.client("officer")
    wanted = {"kind": "report", "scope": "2025-2026", "formats": "docx", "once_key": "k"}
    first = officer.post("/api/jobs", json=wanted)
    assert first.status_code == 202
    assert officer.post("/api/jobs", json=wanted).json()["job_id"] == first.json()["job_id"]
    assert [job["state"] for job in officer.get("/api/jobs").json()["jobs"]] == ["queued"]

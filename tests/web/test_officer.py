"""The officer, the analyst and the administrator: periods and reports, facts and deadlines, lists, long work."""

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import mapping
from web import world
from web.world import World

from eradication import config, geo
from eradication.domain import EventKind
from eradication.pipeline import backup_keys
from eradication.pipeline.reception import jobs, worker
from eradication.pipeline.reception.place import opened_place

PAGE = {"accept": "text/html"}
AFTER_Q1 = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path) as made:
        made.clock.now = AFTER_Q1
        yield made


def text(here: World, login: str, path: str) -> str:
    answer = here.client(login).get(f"{path}{'&' if '?' in path else '?'}lang=en", headers=PAGE)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]))


def test_a_period_is_looked_at_closed_and_its_report_is_in_hand(fresh: World):
    officer = fresh.client("officer")
    assert "2026-Q1 over, not closed yet" in text(fresh, "officer", "/periods")
    before = text(fresh, "officer", "/periods/2026-Q1")
    due = "15/12/2025 to 14/03/2026; reports are due before 15/03/2026"
    for told in (due, "Detected (m²) 400", "Remaining (m²) 400", "0.0 % of what was detected",
                 "No report yet from: BP01, CA02", "Closing cannot be undone"):  # fmt: skip
        assert told in before, told
    refused = officer.post("/periods/2026-Q1/close", headers=PAGE)
    assert refused.status_code == 400
    assert fresh.workspace.store.events(kinds=[EventKind.PERIOD_CLOSED]) == []
    assert officer.post("/periods/2026-Q1/close", data={"sure": "yes"}, headers=PAGE).status_code == 303
    (closed,) = fresh.workspace.store.events(kinds=[EventKind.PERIOD_CLOSED])
    assert closed.payload["by"] == fresh.people["officer"].person_id
    assert officer.post("/periods/2026-Q1/close", data={"sure": "yes"}).status_code == 400
    officer.post("/periods/2026-Q1/report")
    assert "being written" in text(fresh, "officer", "/periods/2026-Q1")
    worker.empty(fresh.place)
    links = re.findall(r'href="(/reports/[^"]+)"', officer.get("/periods/2026-Q1", headers=PAGE).text)
    assert [link.rpartition(".")[2] for link in links] == ["docx", "pdf", "xlsx"]
    kinds = {link.rpartition(".")[2]: officer.get(link).content for link in links}
    assert kinds["pdf"].startswith(b"%PDF")
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(kinds["docx"])).namelist()
    handed = fresh.workspace.store.events(kinds=[EventKind.EXPORTED])
    assert [event.payload["format"] for event in handed] == ["docx", "pdf", "xlsx"]
    assert {event.payload["person"] for event in handed} == {fresh.people["officer"].person_id}


def test_whoever_looks_does_not_close_and_has_no_file(fresh: World):
    for login in ("analyst", "auditor"):
        assert "Close the period" not in text(fresh, login, "/periods/2026-Q1")
        assert fresh.client(login).post("/periods/2026-Q1/close", data={"sure": "yes"}).status_code == 403
    fresh.client("officer").post("/reports", data={"scope": world.SEASON.label, "unit": "BP01"})
    worker.empty(fresh.place)
    found = [re.findall(r'href="(/reports/[^"]+)"', fresh.client(login).get("/reports", headers=PAGE).text)
             for login in ("officer", "auditor")]  # fmt: skip
    link = found[0][0]
    assert found[1] == []  # what would be denied is not offered
    assert fresh.client("auditor").get(link).status_code == 403
    for path in (link[:-5], f"{link}x", "/reports/j-000000000000/store.gpkg", link.replace("report-", "..%2f")):
        answer = fresh.client("officer").get(path)
        assert answer.status_code == 404


@pytest.mark.parametrize("scope", ["2026-Q9", "x", "2031-2032", "2031-Q1"])
def test_a_report_of_nothing_is_refused_at_once(fresh: World, scope: str):
    assert fresh.client("officer").post("/reports", data={"scope": scope}).status_code == 400
    assert fresh.client("officer").get("/api/reports").json() == {"reports": []}


def test_a_period_that_runs_is_not_closed(fresh: World):
    assert "when it is over" in text(fresh, "officer", "/periods/2026-H1")
    assert fresh.client("officer").post("/periods/2026-H1/close", data={"sure": "yes"}).status_code == 400


def test_deadlines_say_who_has_not_reported_and_take_note(fresh: World):
    before = text(fresh, "officer", "/deadlines")
    assert before.count("not yet – note that it came in today") >= 2
    fresh.clock.now = datetime.now(UTC)
    fresh.tokens.clear()  # that was months ago
    officer = fresh.client("officer")
    answer = officer.post("/deadlines", data={"unit": "BP01", "period": "2026-Q1", "day": "2026-03-14"})
    assert answer.status_code == 303, answer.text
    assert "filed 14/03/2026, on time" in text(fresh, "officer", "/deadlines")
    assert officer.post("/deadlines", data={"unit": "BP01", "period": "2026-Q1", "day": "no day"}).status_code == 400
    assert "found, not destroyed in time" in text(fresh, "officer", "/deadlines")
    assert "found, not destroyed in time" not in text(fresh, "auditor", "/deadlines")  # a list of places


def test_facts_are_taken_in_row_by_row(fresh: World):
    table = b"kind,commune,year,area_m2,source\nbaseline,,2022,12000,plan 23\nbaseline,,2022,x,plan 23\n"
    answer = fresh.client("officer").post("/facts?lang=en", files={"file": ("f.csv", table)}, headers=PAGE)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert answer.status_code == 200
    assert "2 accepted" in told
    assert "3 refused" in told
    assert "12,000" in text(fresh, "auditor", "/facts")
    assert fresh.client("officer").post("/facts", files={"other": ("f.csv", table)}).status_code == 400
    kind = fresh.client("officer").post("/facts", data={"kind": "nonsense"}, files={"file": ("f.csv", table)})
    assert kind.status_code == 422


TARGETS = """kind,unit,commune,season,year,date,target_m2,target_pct,source
target,BP01,,2025-2026,,2026-01-05,2000,100,plan 23
target,CA02,,2025-2026,,2026-01-05,1000,90,plan 23
target,BP01,,,2026,2026-01-05,2000,100,plan 23
target,CA02,,,2026,2026-01-05,1000,90,plan 23
"""


def test_targets_stand_on_the_ledger_and_on_the_period_beside_what_was_reached(fresh: World):
    assert "No target was entered for 2025-2026." in text(fresh, "officer", "/ledger")
    assert "No target was entered for 2026." in text(fresh, "officer", "/periods/2026-Q1")
    taken = fresh.client("officer").post("/facts?lang=en", files={"file": ("t.csv", TARGETS.encode())}, headers=PAGE)
    assert taken.text.count("<span>accepted</span>") == 4
    for path, span in (("/ledger", "2025-2026"), ("/ledger", "2026"), ("/periods/2026-Q1", "2026")):
        told = text(fresh, "officer", path)
        assert f"BP01 {span} 2,000 100.0 200 0 0 plan 23" in told, told
        assert f"CA02 {span} 1,000 90.0 200 0 0 plan 23" in told, told
        assert "Suspected (m²)" in told
    # A patrol is told its own unit's, of the province none; who keeps the accounts is no reader of figures of units.
    assert [row["unit"] for row in _targets(fresh, "patrol_a")["rows"]] == ["BP01", "BP01"]
    assert _targets(fresh, "patrol_a", "?of=province") is None
    assert _targets(fresh, "administrator") is None
    assert "BP01" not in text(fresh, "patrol_a", "/ledger?of=province")


def _targets(fresh: World, login: str, query: str = "") -> Any:
    return fresh.client(login).get(f"/api/ledger{query}").json()["targets"]


def test_effort_of_an_open_period_is_told_to_whom_every_patrol_is_shown_and_of_a_closed_one_to_all(fresh: World):
    def effort(login: str) -> Any:
        return fresh.client(login).get("/api/periods/2026-Q1").json()["cumulative"]["effort"]["km"]

    assert effort("officer") is None
    assert effort("auditor") is None
    assert "once the period is closed" in text(fresh, "officer", "/periods/2026-Q1")
    exact = effort("analyst")
    assert exact is not None
    assert fresh.client("officer").post("/periods/2026-Q1/close", data={"sure": "yes"}).status_code == 303
    assert effort("officer") == effort("auditor") == exact
    assert "once the period is closed" not in text(fresh, "officer", "/periods/2026-Q1")


def test_units_are_taken_in_by_the_administrator(fresh: World):
    table = "code,name,kind,valid_from\nBP77,Đồn Bảy,border_post,2020-01-01\n,,,\n".encode()
    answer = fresh.client("administrator").post("/units?lang=en", files={"file": ("u.csv", table)}, headers=PAGE)
    assert answer.status_code == 200
    assert "Đồn Bảy" in text(fresh, "auditor", "/units")
    assert "Take in a table" not in text(fresh, "auditor", "/units")


@pytest.mark.parametrize(
    ("login", "path", "told"),
    [
        ("analyst", "/runs", "An administrator names the catalogs"),
        ("analyst", "/models", "the rules score"),
        ("analyst", "/draws", "Nothing has been drawn yet"),
        ("auditor", "/boundaries", "Xã"),
        ("auditor", "/origins", "this computer"),
        ("administrator", "/backups", "name a folder on another disk"),
        ("administrator", "/doctor", "What was found"),
        ("reviewer", "/former", "There is none"),
        ("reviewer", "/map", "Picture over the map"),
    ],
)
def test_each_list_says_what_there_is_or_what_to_do(here: World, login: str, path: str, told: str):
    if path == "/boundaries":
        assert "Communes are dated" in text(here, login, path)
    else:
        assert told in text(here, login, path)


def test_the_audit_is_asked_for_and_its_answer_stays(fresh: World):
    assert fresh.client("auditor").post("/audit").status_code == 303
    assert "An audit is under way" in text(fresh, "auditor", "/audit")
    worker.empty(fresh.place)
    listed = text(fresh, "administrator", "/jobs")
    assert re.search(r"Ended.* auditor ", listed), listed
    told = text(fresh, "auditor", "/audit")
    assert ": in order." in told
    assert fresh.workspace.store.origin in told


def test_a_backup_is_written_where_the_settings_say(tmp_path: Path):
    with world.built(tmp_path) as made:
        office, settings = made.workspace.folder, made.workspace.settings
        asked = made.client("administrator").post("/backups")
        worker.empty(made.place)
        assert asked.status_code == 303
        assert "folder for backups" in made.client("administrator").get("/jobs?lang=en", headers=PAGE).text
    (tmp_path / "disk").mkdir()
    key = backup_keys.make(tmp_path / "key")["public_key"]
    backup = dataclasses.replace(settings.backup, folder=str(tmp_path / "disk"), recipients=(key,))
    named = dataclasses.replace(settings, backup=backup)
    (office / config.FILE_NAME).write_text(config.render(named), encoding="utf-8")
    with opened_place(office) as place:
        job = jobs.ask(place, "backup", {}, "p-1")
        worker.empty(place)
        assert jobs.shown(place, job["job_id"])["state"] == "done"
    assert [path.suffix for path in (tmp_path / "disk").iterdir()] == [".age"]


def test_former_plots_without_another_crop_are_told_until_land_is_converted(tmp_path: Path):
    with world.built(tmp_path) as made:
        made.clock.now = datetime(2027, 1, 10, tzinfo=UTC)
        told = text(made, "officer", "/former")
        assert "VH-26-001" in told
        assert "MC-26-001" in told
        land = geo.disc(*world.GROUND[world.A], 5000.0)
        said = {"kind": "conversion", "conversion_id": "C-1", "crop": "plum", "area_m2": 5000,
                "converted_on": "2026-05-02", "source": "x"}  # fmt: skip
        feature = {"type": "Feature", "properties": said, "geometry": mapping(land)}
        conversion = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
        answer = made.client("officer").post("/facts?lang=en", files={"file": ("f.geojson", conversion)}, headers=PAGE)
        assert "accepted" in answer.text, re.sub(r"<[^>]+>", " ", answer.text)
        assert "VH-26-001" not in text(made, "officer", "/former")


def test_the_communes_are_drawn_with_what_remains(here: World):
    drawn = here.client("officer").get(f"/ledger/map.svg?season={world.SEASON.label}&lang=vi")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.count("url(#remains)") == 2
    legend = here.client("officer").get("/ledger/map.svg?part=legend&lang=vi")
    assert legend.text.count("url(#remains)") == 1
    assert legend.text.count("<text") == 4
    assert "Xã Vân Hồ: đã phát hiện, vẫn còn lại; phát hiện 200 m², còn lại 200 m²" in drawn.text
    page = here.client("officer").get("/ledger?lang=en", headers=PAGE).text
    assert "/ledger/map.svg" in page
    assert "/ledger/map.svg" not in here.client("patrol_a").get("/ledger", headers=PAGE).text


def test_long_work_is_asked_for_from_a_page(fresh: World):
    analyst = fresh.client("analyst")
    assert analyst.post("/runs", data={"kind": "evidence", "season": "2025-2026"}).status_code == 303
    for wrong in ({"kind": "evidence", "season": "x"}, {"kind": "monitor", "season": "2025-2026", "imagery": "/etc"},
                  {"kind": "hand_in", "season": "2025-2026"}, {"kind": "promote", "season": "2025-2026"}):  # fmt: skip
        assert analyst.post("/runs", data=wrong).status_code in (400, 422)
    worker.empty(fresh.place)
    (job,) = analyst.get("/api/jobs").json()["jobs"]
    assert (job["kind"], job["state"]) == ("evidence", "done")


def test_a_target_of_a_unit_that_is_not_on_record_is_taken_with_a_word_of_warning(fresh: World):
    table = "unit,season,date,target_m2,source,colour\nXX99,2025-2026,2026-01-05,2000,plan,red\n"
    answer = fresh.client("officer").post(
        "/facts?lang=vi", data={"kind": "target"}, files={"file": ("t.csv", table)}, headers=PAGE
    )
    assert answer.status_code == 200
    assert "đơn vị chưa có trong danh sách" in answer.text
    assert "bỏ qua cột không hiểu được: colour" in answer.text
    told = text(fresh, "officer", "/facts")
    assert "Target (m²)" in told
    assert "05/01/2026" in told

"""Old tracks thinned to effort: every figure stays, no fix does, and no half of it is ever left."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import old_season
import pytest
from old_season import PERIOD, SEASON

from eradication import config
from eradication.errors import StorageFailed, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import (
    accounts,
    answers,
    carrying,
    covered,
    criteria,
    evidence_desk,
    outputs,
    patrolled,
    periods,
    photos,
    receipts,
    retention,
)
from eradication.pipeline.accounts import Question
from eradication.pipeline.workspace import Workspace, created, opened
from eradication.store.memory import MemoryStore


def told(workspace: Workspace) -> dict[str, Any]:
    """Everything that rests on the season's tracks, told afresh."""
    for name in ("coverage", "beside"):
        shutil.rmtree(workspace.folder / "outputs" / name, ignore_errors=True)
    (closed,) = periods.closings(workspace)
    then = closed.event.recorded_at
    ledgers = {
        f"{by} {as_of}": accounts.ledger(workspace, Question(SEASON, by=by, as_of=as_of))
        for by in ("commune", "unit", "class")
        for as_of in (None, then)
    }
    found = {
        "effort": patrolled.told(workspace, SEASON)[0],
        "layer": [{**row, "geometry": None} for row in patrolled.layer(patrolled.told(workspace, SEASON)[1])],
        "coverage": covered.of_season(workspace, SEASON),
        "coverage then": covered.of_season(workspace, SEASON, then),
        "criterion": criteria.told(workspace, SEASON),
        "period": periods.show(workspace, PERIOD),
        "period by class": periods.show(workspace, PERIOD, by="class"),
        "period of a unit": periods.show(workspace, PERIOD, unit="BP-1"),
        "photos": photos.listed(workspace),
        **ledgers,
    }
    return json.loads(json.dumps(found, default=str))


def without_mark(said: Any) -> Any:
    """The same without what says that tracks were thinned, and without the time of asking."""
    if isinstance(said, dict):
        return {key: without_mark(value) for key, value in said.items() if key not in ("thinned", "as_of")}
    return [without_mark(value) for value in said] if isinstance(said, list) else said


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in a file; copy it."""
    folder = tmp_path_factory.mktemp("old") / "ws"
    with created(folder, old_season.settings()) as workspace:
        old_season.fill(workspace, folder.parent / "files")
    return folder


@pytest.fixture
def copied(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "ws")


@pytest.fixture
def workspace(copied: Path) -> Iterator[Workspace]:
    with opened(copied) as found:
        yield found


@pytest.fixture(params=["geopackage", "postgis", pytest.param("memory", marks=pytest.mark.slow)])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """The season on every kind of store."""
    folder, settings = tmp_path / "ws", old_season.settings()
    if request.param == "postgis":
        settings = dataclasses.replace(settings, store=request.getfixturevalue("server").place())
    if request.param == "memory":
        folder.mkdir()
        with MemoryStore() as store:
            found = Workspace(folder, settings, store)
            old_season.fill(found, tmp_path / "files")
            yield found
    else:
        with created(folder, settings) as found:
            old_season.fill(found, tmp_path / "files")
            yield found


@pytest.mark.slow
def test_every_figure_stays_to_the_last_one_and_no_fix_does(anywhere):
    before = told(anywhere)
    assert before["effort"]["strip"]["from"] == "finds"
    assert before["commune None"]["undetected"]["upper"]["searched"] > 0
    assert before["commune None"]["undetected"]["expected"] is not None
    assert before["coverage"]["total"]["both_m2"] > 0
    assert before["coverage"]["candidates"]["passed"] == 1
    assert before["coverage then"]["total"]["patrol_m2"] < before["coverage"]["total"]["patrol_m2"]
    assert before["photos"]["photos"][0]["patrol"]
    (row,) = retention.run(anywhere, "TP-1")["seasons"]
    assert (row["state"], row["patrols"], row["files"]) == ("thinned", 6, 6)
    assert row["fixes"] > 500
    after = told(anywhere)
    for name, said in before.items():
        assert without_mark(after[name]) == without_mark(said), name
    assert after["effort"]["thinned"] == after["coverage"]["thinned"]
    assert after["effort"]["thinned"]["whole"]
    assert after["effort"]["thinned"]["exact"]
    assert before["effort"]["thinned"] is None
    assert list(anywhere.store.tracks()) == [] == anywhere.store.waypoints()
    audit = evidence_desk.audit(anywhere, translator("en"))
    assert audit["ok"], audit
    (event,) = audit["thinned"]
    assert (event["patrols"], event["season"], event["by"]) == (6, SEASON.label, "TP-1")
    assert retention.run(anywhere, "TP-1")["seasons"][0]["patrols"] == 0
    assert len(anywhere.store.events(kinds=["tracks_thinned"])) == 1


def test_what_needs_a_track_says_when_it_was_thinned_and_what_is_left(workspace, tmp_path):
    name = answers.patrols(workspace)["patrols"][0]["id"]
    assert answers.patrol(workspace, name)["thinned_at"] is None
    retention.run(workspace, "TP-1")
    shown = answers.patrol(workspace, name)
    assert shown["thinned_at"][:4] >= "2026"
    assert shown["gaps"] is None
    assert shown["length_km"] > 0
    assert shown["cells"]
    assert all(row["thinned_at"] for row in answers.patrols(workspace)["patrols"])
    for ask in (
        lambda: receipts.picture(workspace, shown, tmp_path / "walk.svg", "en"),
        lambda: carrying.export_patrols(workspace, tmp_path / "walks.gpx"),
    ):
        with pytest.raises(UnusableInput) as refused:
            ask()
        assert refused.value.kind == "tracks_thinned"
    drawn = outputs.draw_map(workspace, tmp_path / "map.html", SEASON, "en")
    assert (drawn["tracks"], drawn["thinned"]) == (0, 6)
    old_season.hand_in(workspace, tmp_path / "new", "BP-1", [(NEW_DAY, [(0, 0), (300, 0)])])
    written = carrying.export_patrols(workspace, tmp_path / "walks.gpx")
    assert (written["patrols"], len(written["thinned"])) == (1, 6)


def test_a_walk_handed_in_later_adds_what_is_sure_and_is_thinned_in_its_turn(workspace, tmp_path):
    before = patrolled.told(workspace, SEASON)[1]
    retention.run(workspace, "TP-1")
    old_season.hand_in(workspace, tmp_path / "new", "CA-2", [(NEW_DAY, [(-1400, 100), (-1400, 900)])])
    answer, both = patrolled.told(workspace, SEASON)
    assert answer["thinned"] == answer["thinned"] | {"whole": False, "exact": False}
    assert both.walked_m.sum() > before.walked_m.sum() + 500
    assert answer["total"]["patrols"] == 7
    (row,) = retention.run(workspace, "TP-1")["seasons"]
    assert (row["patrols"], row["thinned_before"]) == (1, 6)
    again, kept = patrolled.told(workspace, SEASON)
    assert again["thinned"]["whole"]
    assert kept.p.tolist() == both.p.tolist()
    assert without_mark(again) == without_mark(answer)
    assert evidence_desk.audit(workspace, translator("en"))["ok"]


def test_only_seasons_that_are_over_for_long_enough_and_nothing_that_is_held(copied, tmp_path):
    with opened(copied) as workspace:
        one, other = (row["id"] for row in answers.patrols(workspace)["patrols"][:2])
        (row,) = retention.run(workspace, "", months=1200, dry_run=True)["seasons"]
        assert (row["state"], row["patrols"]) == ("not_yet", 0)
        (row,) = retention.run(workspace, "", dry_run=True)["seasons"]
        assert (row["state"], row["due_on"], row["patrols"], row["files"]) == ("due", "2025-09-01", 6, 6)
        for months, by in ((11, "TP-1"), (0, " ")):
            with pytest.raises(UnusableInput):
                retention.run(workspace, by, months)
        assert workspace.store.events(kinds=["tracks_thinned"]) == []
    keep(copied, f'"{one} hồ sơ 12/2026"')
    with opened(copied) as workspace:
        (row,) = retention.run(workspace, "TP-1")["seasons"]
        assert row["patrols"] == 5
        assert row["held"] == [{"patrol": one, "keep": f"{one} hồ sơ 12/2026"}]
        assert {name for name, _ in workspace.store.tracks()} == {one}
        assert set(workspace.store.tracked()) == {one}
        effort = patrolled.told(workspace, SEASON)[0]
        assert effort["thinned"]["whole"]
        assert raw_files(workspace, one) == 1
        assert raw_files(workspace, other) == 0
    keep(copied, f'"{SEASON.label}"')
    with opened(copied) as workspace:
        assert retention.run(workspace, "TP-1")["seasons"][0]["state"] == "held"


NEW_DAY = old_season.LATE[0].replace(day=20)


def keep(folder: Path, entries: str) -> None:
    file = folder / config.FILE_NAME
    lines = file.read_text(encoding="utf-8").splitlines()
    told = [f"keep = [{entries}]" if line.startswith("keep = ") else line for line in lines]
    assert told != lines
    file.write_text("\n".join(told), encoding="utf-8")


def raw_files(workspace: Workspace, patrol: str) -> int:
    events = workspace.store.events(kinds=["patrol_recorded"])
    (sha256,) = {e.payload["sha256"] for e in events if e.payload["patrol"]["id"] == patrol}
    return int(workspace.store.original(sha256) is not None)


def test_no_byte_of_a_track_is_left_in_the_folder(copied):
    with opened(copied) as workspace:
        segments = [segment for record in workspace.store.records().patrols for segment in record.segments]
        events = workspace.store.events(kinds=["patrol_recorded"])
        raw = [workspace.store.original(event.payload["sha256"]).read_bytes() for event in events]
    secrets = [segment[40:72] for segment in segments] + [content[200:260] for content in raw]
    assert all(any(secret in content for content in contents(copied)) for secret in secrets)
    with opened(copied) as workspace:
        retention.run(workspace, "TP-1")
        assert not any(secret in content for content in contents(copied) for secret in secrets)


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_an_altered_record_is_found_and_a_missing_one_is_told_instead_of_less_effort(workspace):
    (row,) = retention.run(workspace, "TP-1")["seasons"]
    path = workspace.store.original(row["record"])
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole.replace(b'"days":', b'"days" :', 1))
    (origin,) = evidence_desk.audit(workspace, translator("en"))["origins"]
    assert (origin["ok"], origin["reason"]) == (False, "damaged_original")
    with pytest.raises(StorageFailed) as failed:
        patrolled.told(workspace, SEASON)
    assert failed.value.kind == "record_missing"
    path.write_bytes(whole)
    assert evidence_desk.audit(workspace, translator("en"))["ok"]


def test_a_raw_file_that_something_else_names_stays(workspace, tmp_path):
    event = workspace.store.events(kinds=["patrol_recorded"])[0]
    with workspace.store.transaction() as transaction:
        transaction.append("report_filed", event.happened_at, {"sha256": event.payload["sha256"], "period": "2023-H1"})
    assert retention.run(workspace, "TP-1")["seasons"][0]["files"] == 5
    assert workspace.store.original(event.payload["sha256"]) is not None
    assert evidence_desk.audit(workspace, translator("en"))["ok"]


def test_the_inbox_keeps_no_copy_either(workspace):
    event = workspace.store.events(kinds=["patrol_recorded"])[0]
    done = workspace.inbox / ".done" / "2023-02-01" / "BP-1"
    done.mkdir(parents=True)
    shutil.copy(workspace.store.original(event.payload["sha256"]), done / "walk.gpx")
    (done / "other.gpx").write_text("another")
    retention.run(workspace, "TP-1")
    assert [path.name for path in done.iterdir()] == ["other.gpx"]

"""A season that is over: thinned, backed up, restored, entered late; what was signed of it stays to the byte."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import old_season
import pytest
from old_season import PERIOD, SEASON

from eradication.domain import Period
from eradication.pipeline import backing_up, covered, documents, main_path, periods, reporting, restoring, retention
from eradication.pipeline.backup_keys import Opener
from eradication.pipeline.workspace import Workspace, created, opened
from eradication.progress import quiet
from eradication.store import age_keys
from eradication.store.keyring import Keyring

THIRD, YEAR = Period(2023, 2), Period(2023, 3)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of a season that ended years ago; copy it."""
    folder = tmp_path_factory.mktemp("old") / "ws"
    with created(folder, old_season.settings()) as workspace:
        old_season.fill(workspace, folder.parent / "files")
    return folder


@pytest.fixture
def workspace(filled: Path, tmp_path: Path) -> Iterator[Workspace]:
    with opened(shutil.copytree(filled, tmp_path / "ws")) as found:
        yield found


def signed(workspace: Workspace, of: Period, formats: str = "docx,pdf,xlsx") -> dict[str, str]:
    """The hashes of what is printed of a period."""
    folder = workspace.folder.parent / f"out-{workspace.folder.name}"
    folder.mkdir(exist_ok=True)
    papers = [folder / f"{of.id}.{ending}" for ending in formats.split(",")]
    documents.write_report(workspace, papers, of, "en")
    return {path.suffix: hashlib.sha256(path.read_bytes()).hexdigest() for path in papers}


def lines(paper: Path) -> list[str]:
    told = docx.Document(str(paper))
    cells = [cell.text for table in told.tables for row in table.rows for cell in row.cells]
    return [line for text in (*(p.text for p in told.paragraphs), *cells) for line in text.splitlines()]


def told(workspace: Workspace) -> dict[str, Any]:
    """What is said of the season, but for the time of asking."""
    answer = periods.show(workspace, PERIOD)
    seen = covered.of_season(workspace, SEASON)
    return {"period": answer, "coverage": {key: seen[key] for key in ("rows", "total", "window", "candidates")}}


def backed_up_and_restored(workspace: Workspace, to: Path) -> None:
    ring = Keyring(workspace.folder)
    ring.make("backup")
    opener = Opener(tuple(age_keys.identity_of(key) for key in ring.openers("backup")))
    written = backing_up.backup(workspace, to.parent / "b.age", stage=quiet)
    answer = restoring.restore(Path(written["written"]), to, restoring.How(opener), stage=quiet)
    assert (answer["ok"], answer["ledger"]["differing"]) == (True, [])


@pytest.mark.slow
def test_T28_what_was_signed_stays_to_the_byte_after_retention_and_after_a_restore(workspace, tmp_path):
    before, figures = signed(workspace, PERIOD, "docx,xlsx"), told(workspace)
    (row,) = retention.run(workspace, "TP-1")["seasons"]
    assert (row["state"], row["patrols"]) == ("thinned", 6)
    assert told(workspace) == figures
    backed_up_and_restored(workspace, tmp_path / "again")
    with opened(tmp_path / "again") as restored:
        assert list(restored.store.tracks()) == []
        assert told(restored) == figures
        assert signed(restored, PERIOD, "docx,xlsx") == before


@pytest.mark.slow
def test_every_paper_stays_to_the_byte_after_retention(workspace):
    before = signed(workspace, PERIOD, "docx,pdf,xlsx,html")
    retention.run(workspace, "TP-1")
    assert signed(workspace, PERIOD, "docx,pdf,xlsx,html") == before


@pytest.mark.slow
def test_a_late_entry_is_restated_on_the_next_paper_and_the_signed_one_stays(workspace, tmp_path):
    before = signed(workspace, PERIOD, "docx")
    lon, lat = old_season.place(300, 1200)
    table = tmp_path / "late.csv"
    table.write_text(f"{old_season.HEAD}99,{lon},{lat},2023-03-09T08:20+07:00,CA-2,a;b,detected,450,tape,\n")
    assert main_path.record_visits(workspace, table)["visits"][0]["status"] == "accepted"
    assert signed(workspace, PERIOD, "docx") == before
    signed(workspace, THIRD, "docx")
    said = lines(tmp_path / "out-ws" / f"{THIRD.id}.docx")
    assert any("RESTATEMENTS OF PERIODS CLOSED BEFORE" in line for line in said)
    assert {PERIOD.id, "900", "1,350", "CA-2", "99", "2023-03-09"} <= set(said)
    assert not any("RESTATEMENTS" in line for line in lines(tmp_path / "out-ws" / f"{PERIOD.id}.docx"))


@pytest.mark.parametrize("period", [THIRD, YEAR])
def test_the_season_that_flowered_in_its_year_stands_beside_a_period_that_ends_in_the_next_one(workspace, period):
    """The third quarter ends in September, the year in December: of the season just begun nothing was seen yet."""
    cumulative = periods.show(workspace, period)["cumulative"]
    assert cumulative["coverage"] == covered.total(workspace, SEASON)
    assert cumulative["coverage"]["optical"] > 0.1
    assert cumulative["undetected"]["upper"]["searched"] > 0
    view = reporting.view_of(workspace, period, "en")
    assert (view.season, [run["run"] for run in view.runs]) == (SEASON, ["r1"])

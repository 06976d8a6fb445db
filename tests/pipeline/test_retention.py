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
    exchange,
    outputs,
    patrolled,
    periods,
    photos,
    receipts,
    retention,
    thinned,
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


@pytest.fixture(params=["geopackage", "postgis", "memory"])
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
    assert after["effort"]["thinned"]["whole"] and after["effort"]["thinned"]["exact"]
    assert before["effort"]["thinned"] is None
    assert list(anywhere.store.tracks()) == [] == anywhere.store.waypoints()
    audit = evidence_desk.audit(anywhere, translator("en"))
    assert audit["ok"], audit
    (event,) = audit["thinned"]
    assert (event["patrols"], event["season"], event["by"]) == (6, SEASON.label, "TP-1")
    assert retention.run(anywhere, "TP-1")["seasons"][0]["patrols"] == 0
    assert len(anywhere.store.events(kinds=["tracks_thinned"])) == 1

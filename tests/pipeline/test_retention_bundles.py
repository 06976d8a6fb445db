"""Thinned tracks between laptops: they come back to nobody, whatever comes first, and nobody's recent ones go."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import old_season
import pytest
from old_season import SEASON

from eradication import config
from eradication.domain import EventKind
from eradication.i18n import translator
from eradication.pipeline import covered, evidence_desk, exchange, patrolled, retention, undetected
from eradication.pipeline.workspace import Workspace, created, opened


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workspaces that know the same, ``province`` and ``border``, and a bundle of all of it; copy the folder."""
    folder = tmp_path_factory.mktemp("offices")
    with created(folder / "province", old_season.settings()) as workspace:
        old_season.fill(workspace, folder / "files")
        exchange.export_bundle(workspace, folder / "whole.zip", None)
    with created(folder / "border", old_season.settings()) as workspace:
        take(workspace, folder / "whole.zip")
    return folder


@pytest.fixture
def folder(offices: Path, tmp_path: Path) -> Path:
    return shutil.copytree(offices, tmp_path / "offices")


@pytest.fixture
def province(folder: Path) -> Iterator[Workspace]:
    with opened(folder / "province") as workspace:
        yield workspace


def take(workspace: Workspace, *bundles: Path) -> dict[str, Any]:
    answer = exchange.import_bundles(workspace, bundles, translator("en"))
    assert {bundle["status"] for bundle in answer["bundles"]} == {"accepted"}, answer
    assert all(bundle["missing_originals"] in ((), []) for bundle in answer["bundles"])
    return answer["retention"]


def figures(workspace: Workspace) -> dict[str, Any]:
    shutil.rmtree(workspace.folder / "outputs" / "coverage", ignore_errors=True)
    told = {
        "effort": patrolled.told(workspace, SEASON)[0],
        "coverage": covered.of_season(workspace, SEASON),
        "undetected": undetected.told(workspace, SEASON),
    }
    return {name: {k: v for k, v in said.items() if k != "thinned"} for name, said in told.items()}


def assert_thinned(workspace: Workspace) -> None:
    assert workspace.store.tracked() == frozenset()
    for event in workspace.store.events(kinds=[EventKind.PATROL_RECORDED]):
        assert workspace.store.original(event.payload["sha256"]) is None
    audit = evidence_desk.audit(workspace, translator("en"))
    assert audit["ok"], audit
    assert audit["thinned"][0]["patrols"] == 6


def test_a_laptop_that_still_has_the_tracks_does_not_bring_them_back(province, folder):
    before = figures(province)
    retention.run(province, "TP-1")
    with opened(folder / "border") as border:
        exchange.export_bundle(border, folder / "border.zip", None)
    for bundle in ("border.zip", "whole.zip", "border.zip"):
        assert take(province, folder / bundle) == {"thinned": [], "should": []}
        assert_thinned(province)
    assert figures(province) == before


@pytest.mark.slow
def test_who_hears_of_it_thins_too_with_the_same_record_and_no_further_event(province, folder):
    retention.run(province, "TP-1")
    report = exchange.export_bundle(province, folder / "after.zip", None)
    assert report["missing_originals"] in ((), [])
    with opened(folder / "border") as border:
        shutil.copytree(province.folder / "outputs" / "runs", border.folder / "outputs" / "runs")
        before = figures(border)
        assert take(border, folder / "after.zip")["thinned"] == [{"season": SEASON.label, "patrols": 6}]
        assert_thinned(border)
        assert figures(border) == before == figures(province)
        assert len(border.store.events(kinds=[EventKind.TRACKS_THINNED])) == 1
        assert take(border, folder / "after.zip", folder / "whole.zip")["thinned"] == []
        assert_thinned(border)


@pytest.mark.slow
@pytest.mark.parametrize("order", [("whole.zip", "after.zip"), ("after.zip", "whole.zip")])
def test_a_new_laptop_ends_the_same_whatever_comes_first(province, folder, order):
    retention.run(province, "TP-1")
    exchange.export_bundle(province, folder / "after.zip", None)
    with created(folder / "new", old_season.settings()) as new:
        for name in order:
            take(new, folder / name)
        assert_thinned(new)
        shutil.copytree(province.folder / "outputs" / "runs", new.folder / "outputs" / "runs")
        assert figures(new) == figures(province)


@pytest.mark.slow
def test_what_is_held_here_stays_and_the_answer_says_who_thinned_it(province, folder):
    retention.run(province, "TP-1")
    exchange.export_bundle(province, folder / "after.zip", None)
    file = folder / "border" / config.FILE_NAME
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("keep = []", f'keep = ["{SEASON.label} hồ sơ 3"]'), encoding="utf-8")
    with opened(folder / "border") as border:
        told = take(border, folder / "after.zip")
        assert told == {"thinned": [], "should": [{"season": SEASON.label, "patrols": 6, "state": "held"}]}
        assert len(border.store.tracked()) == 6
        audit = evidence_desk.audit(border, translator("en"))
        assert (audit["ok"], audit["thinned"]) == (True, [])
        assert patrolled.told(border, SEASON)[0]["thinned"] is None
        exchange.export_bundle(border, folder / "held.zip", None)
    take(province, folder / "held.zip")
    assert_thinned(province)


@pytest.mark.slow
def test_offices_that_thinned_on_their_own_agree_afterwards(province, folder):
    before = figures(province)
    with opened(folder / "border") as border:
        for workspace in (province, border):
            retention.run(workspace, "TP-1")
        exchange.export_bundle(border, folder / "b.zip", None)
        exchange.export_bundle(province, folder / "p.zip", None)
        take(province, folder / "b.zip")
        take(border, folder / "p.zip")
        for workspace in (province, border):
            assert evidence_desk.audit(workspace, translator("en"))["ok"]
            assert len(workspace.store.events(kinds=[EventKind.TRACKS_THINNED])) == 2
    assert figures(province) == before


def test_nobody_can_make_recent_walks_of_others_vanish(province, folder, tmp_path):
    recent = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    old_season.hand_in(province, tmp_path / "new", "BP-1", [(recent, [(0, 0), (300, 0)])])
    events = province.store.events(kinds=[EventKind.PATROL_RECORDED])
    (mine,) = (event for event in events if event.happened_at == recent)
    name = mine.payload["patrol"]["id"]
    exchange.export_bundle(province, folder / "recent.zip", None)
    with opened(folder / "border") as border:
        take(border, folder / "recent.zip")
        lie = tmp_path / "lie.json"
        lie.write_text(json.dumps({"format": "eradication-effort", "version": 1, "cuts": []}))
        with border.store.transaction() as transaction:
            record: dict[str, Any] = {"sha256": transaction.put_original(lie)}
            body = {"season": "2026-2027", "patrols": [name], "by": "X", "months": 24, "record": record}
            transaction.append(EventKind.TRACKS_THINNED, datetime.now(UTC), body)
        exchange.export_bundle(border, folder / "lie.zip", None)
    assert take(province, folder / "lie.zip") == {"thinned": [], "should": []}
    assert name in province.store.tracked()
    assert province.store.original(mine.payload["sha256"]) is not None
    with created(folder / "new", old_season.settings()) as new:
        take(new, folder / "lie.zip", folder / "recent.zip")
        assert name in new.store.tracked()
        assert new.store.original(mine.payload["sha256"]) is not None
        assert evidence_desk.audit(new, translator("en"))["ok"]
    # A gap in the evidence is told, not excused.
    province.store.original(mine.payload["sha256"]).unlink()
    assert not evidence_desk.audit(province, translator("en"))["ok"]

"""T18, T32 from the command line: checkpoints, fingerprints on paper, clocks."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eradication import store as stores
from eradication.domain import EventKind

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)


def note(folder: Path, at: datetime, *numbers: int) -> None:
    with stores.open(folder, clock=lambda: at) as store, store.transaction() as transaction:
        for number in numbers:
            transaction.append(EventKind.RUN_FINISHED, at, {"run": str(number), "simulated": False})


@pytest.fixture
def office(cli, tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    stores.open(folder, device="máy 1", create=True, clock=lambda: NOW).close()
    (folder / "eradication.toml").write_text('[workspace]\nlanguage = "en"\n', encoding="utf-8")
    note(folder, NOW, 1, 2)
    return folder


def test_T18_a_checkpoint_is_written_signed_and_held_against_the_store_later(cli, office, tmp_path):
    file = tmp_path / "checkpoint.json"
    told = cli("--workspace", office, "--json", "audit", "checkpoint", file)
    assert told.code == 0
    (chain,) = told.json["chains"]
    assert (chain["events"], told.json["events"]) == (2, 2)
    only_told = cli("--workspace", office, "--json", "audit", "checkpoint").json
    assert (only_told["written"], only_told["fingerprint"]) == ("", told.json["fingerprint"])
    verified = cli("--workspace", office, "--json", "audit", "verify", "--checkpoint", file)
    assert verified.json["fingerprint"] == told.json["fingerprint"]
    note(office, NOW + timedelta(hours=1), 3)
    paper = ("--fingerprint", chain["fingerprint"])
    verified = cli("--workspace", office, "--json", "audit", "verify", "--checkpoint", file, *paper)
    assert verified.code == 0
    (held,) = verified.json["checkpoints"]
    assert (held["ok"], held["known"], held["signed_by"]) == (True, True, chain["origin"])
    assert [(p["origin"], p["number"]) for p in verified.json["on_paper"]] == [(chain["origin"], 2)]
    text = cli("--workspace", office, "--lang", "en", "audit", "verify", "--checkpoint", file, *paper).out
    assert "goes on from the checkpoint" in text
    assert "this is event 2" in text


def test_T18_another_history_fails_the_check(cli, office, tmp_path):
    file = tmp_path / "checkpoint.json"
    cli("--workspace", office, "audit", "checkpoint", file)
    (office / "store.gpkg").unlink()
    (office / "keys" / "origin.signed").unlink()
    stores.open(office, create=True).close()
    note(office, NOW, 7, 8, 9)
    assert cli("--workspace", office, "--json", "audit", "verify").code == 0
    ended = cli("--workspace", office, "--json", "audit", "verify", "--checkpoint", file)
    (held,) = ended.json["checkpoints"]
    assert (ended.code, held["reason"]) == (5, "other_history")
    assert "another one" in cli("--workspace", office, "--lang", "en", "audit", "verify", "--checkpoint", file).out


def test_T18_a_stranger_proves_nothing(cli, office, workspace, tmp_path):
    file = tmp_path / "checkpoint.json"
    assert cli("--workspace", workspace, "audit", "checkpoint", file).code == 0
    ended = cli("--workspace", office, "--json", "audit", "verify", "--checkpoint", file)
    assert ended.code == 5
    assert ended.json["checkpoints"][0]["known"] is False


def test_a_damaged_checkpoint_and_an_unknown_fingerprint_fail_and_a_missing_file_is_wrong_usage(cli, office, tmp_path):
    file = tmp_path / "checkpoint.json"
    file.write_text(json.dumps({"checkpoint": {}}))
    ended = cli("--workspace", office, "--json", "audit", "verify", "--checkpoint", file)
    assert (ended.code, ended.json["checkpoints"][0]["reason"]) == (5, "checkpoint_damaged")
    assert ended.json["checkpoints"][0]["hint"]
    assert cli("--workspace", office, "audit", "verify", "--fingerprint", "0000 " * 8).code == 5
    assert cli("--workspace", office, "audit", "verify", "--fingerprint", "12").code == 2
    assert cli("--workspace", office, "audit", "verify", "--checkpoint", tmp_path / "none.json").code == 2


def test_T32_flagged_events_are_listed_and_fail_nothing(cli, office):
    note(office, NOW + timedelta(days=500), 3)
    note(office, NOW + timedelta(days=1), 4)
    ended = cli("--workspace", office, "--json", "audit", "verify")
    assert ended.code == 0
    told = [(f["first"], f["last"], f["why"], f["label"]) for f in ended.json["flagged"]]
    label = ended.json["origins"][0]["label"]
    assert told == [(3, 3, "clock_far_ahead", label), (3, 3, "clock_stepped_back", label)]
    assert "Times in doubt" in cli("--workspace", office, "--lang", "en", "audit", "verify").out


def test_T32_doctor_tells_of_the_clock(cli, office):
    def clock() -> dict:
        checks = cli("--workspace", office, "--lang", "en", "--json", "doctor").json["checks"]
        return next(check for check in checks if check["check"] == "clock")

    assert clock()["ok"]
    now = datetime.now(UTC)
    note(office, now - timedelta(hours=2), 3)
    note(office, now - timedelta(hours=4), 4)
    assert (clock()["ok"], "in doubt" in clock()["found"]) == (True, True)
    note(office, now + timedelta(hours=2), 5)
    assert (clock()["ok"], "behind" in clock()["found"]) == (False, True)
    note(office, now, 6)  # the step is on record now, and nothing is left to do
    assert (clock()["ok"], "in doubt" in clock()["found"]) == (True, True)

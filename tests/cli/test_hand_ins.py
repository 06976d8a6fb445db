"""Bundles from the command line: receipted and entered without a worker, told in either language, never twice."""

import hashlib
import json
import zipfile

import handset
import pytest

from eradication.cli import main
from eradication.domain import EventKind
from eradication.pipeline import key_desk, opened
from eradication.pipeline.reception import entering, hand_ins
from eradication.pipeline.reception.place import opened_place
from eradication.pipeline.workspace import created, settings_for
from eradication.store import escrow

PIECE = b"2026-02-10T01:00:00Z,104.6,20.8,5,900,1\n"


@pytest.fixture
def folder(tmp_path):
    with created(tmp_path / "office", settings_for("Sơn La", language="en")):
        pass
    return tmp_path / "office"


@pytest.fixture
def run(folder, capsys):
    def running(*words):
        code = main(["--workspace", str(folder), "--json", "hand-ins", *map(str, words)])
        return code, json.loads(capsys.readouterr().out)

    return running


@pytest.fixture
def packed(folder, tmp_path):
    """A bundle of a walk and of a record that nobody can read."""
    with opened_place(folder) as place:
        good = handset.record(place, "track", {}, {"track-0001.csv": PIECE})
        bad = handset.record(place, "track", {"version": 9}, {"track-0001.csv": PIECE})
    return handset.bundle([good, bad], tmp_path / "bundle.zip")


def test_a_bundle_is_receipted_and_entered_and_the_same_again_gets_the_same_receipts(run, packed, folder):
    code, answer = run("import", packed)
    assert code == 3
    assert [(one["status"], one["state"]) for one in answer["records"]] == [
        ("accepted", "recorded"),
        ("accepted", "refused"),
    ]
    assert answer["records"][1]["reasons"][0]["kind"] == "newer_record"
    _, again = run("import", packed)
    assert [one["status"] for one in again["records"]] == ["duplicate", "duplicate"]
    assert [one["receipt"] for one in again["records"]] == [one["receipt"] for one in answer["records"]]
    with opened(folder) as workspace:
        [event] = workspace.store.events(kinds=[EventKind.PATROL_RECORDED])
    assert event.payload["patrol"]["unit"] == "BP01"


def test_the_list_tells_states_and_reasons_and_no_content(run, packed):
    run("import", packed)
    code, answer = run("list")
    assert code == 0
    assert {one["state"]: one["reasons"] for one in answer["hand_ins"]} == {
        "recorded": [],
        "refused": ["newer_record"],
    }
    assert [one["state"] for one in run("list", "--state", "refused")[1]["hand_ins"]] == ["refused"]
    assert run("list", "--state", "lost")[1]["error"]["kind"] == "unknown_state"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_became_of_it_is_told_in_words(folder, packed, capsys, language):
    for words in (["import", packed], ["list"], ["enter"]):
        assert main(["--workspace", str(folder), "--lang", language, "hand-ins", *map(str, words)]) in (0, 3)
    said = capsys.readouterr().out
    assert ("mới hơn của ứng dụng" if language == "vi" else "newer version") in said
    assert "R-20" in said


def test_what_waits_is_entered_and_what_was_refused_once_more(run, folder):
    with opened_place(folder) as place:
        stranger = handset.somebody(place, "p-00000009", "CA02")
        handset.somebody(place)
        receipt = handset.hand_in(place, stranger, handset.record(place, "track", {}, {"t.csv": PIECE})).receipt
    code, answer = run("enter")
    assert (code, answer["hand_ins"][0]["reasons"][0]["kind"]) == (3, "other_person")
    code, answer = run("enter", receipt["number"])
    assert (code, answer["refused"], answer["hand_ins"][0]["state"]) == (0, 0, "recorded")
    assert run("enter")[1] == {"hand_ins": [], "refused": 0}
    assert run("enter", "R-2000-00001-00000000")[1]["error"]["kind"] == "no_such_hand_in"


def test_a_bundle_that_is_none_is_refused(run, tmp_path):
    path = tmp_path / "x.zip"
    for content in (b"", b"PK\x03\x04 broken", b"text"):
        path.write_bytes(content)
        code, answer = run("import", path)
        assert (code, answer["error"]["kind"]) == (3, "bad_bundle")
    assert run("import", tmp_path / "none.zip")[1]["error"]["kind"] == "no_such_file"


@pytest.mark.parametrize(
    "line",
    [
        '{"uuid": "../../x", "files": []}',
        '{"uuid": "record-1", "files": [{"sha256": "../../etc/passwd", "path": "/etc/passwd"}]}',
        '{"uuid": "record-1", "files": "x"}',
        '{"uuid": "record-1", "files": [{"sha256": "%s", "path": "../../x"}]}' % ("0" * 64),
        '{"uuid": "record-1"}',
        "[1]",
        "null",
    ],
)
def test_T6_a_line_that_leads_elsewhere_is_refused_and_the_others_are_taken(run, packed, folder, line):
    with zipfile.ZipFile(packed) as before:
        contents = {name: before.read(name) for name in before.namelist()}
    contents["manifest.json"] += f"{line}\n".encode()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr("../../x", b"x")
    _, answer = run("import", packed)
    assert [one["status"] for one in answer["records"]] == ["accepted", "accepted", "refused"]
    assert answer["records"][2]["reasons"][0]["kind"] in ("bad_hand_in_id", "files_differ", "no_files")
    assert not (folder.parent.parent / "x").exists()


def test_T6_a_bomb_in_a_bundle_is_refused(run, packed):
    zeros = bytes(30_000_000)
    sha256 = hashlib.sha256(zeros).hexdigest()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"bomb-1/{sha256}.age", zeros)
        files = [{"sha256": sha256, "bytes": len(zeros)}] * 100
        archive.writestr("manifest.json", json.dumps({"uuid": "bomb-1", "files": files}))
    _, answer = run("import", packed)
    assert answer["records"][0]["reasons"][0]["kind"] == "files_differ"


def test_a_record_that_came_by_network_and_by_bundle_is_one_hand_in(run, folder, tmp_path):
    with opened_place(folder) as place:
        me = handset.somebody(place)
        sealed = handset.record(place, "track", {}, {"track-0001.csv": PIECE})
        given = handset.hand_in(place, me, sealed)
        [body] = entering.waiting(place)
        entering.enter(place, body)
    _, answer = run("import", handset.bundle([sealed], tmp_path / "b.zip"))
    assert [(one["status"], one["receipt"]) for one in answer["records"]] == [("duplicate", given.receipt)]
    with opened_place(folder) as place:
        assert len(hand_ins.listed(place)["hand_ins"]) == 1


def test_T31_what_waits_for_a_lost_key_is_entered_after_it_was_recovered(run, folder, packed, tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "COST", escrow._COSTS[0])
    words = {"A": "five words nobody would guess", "B": "and five other words for two"}
    with opened(folder) as workspace:
        key_desk.put_in_escrow(workspace, tmp_path / "escrow", ["A", "B"], words.__getitem__)
    (folder / "keys" / "queue-1.pem").unlink()
    code, answer = run("import", packed)
    assert (code, answer["error"]["kind"]) == (4, "key_missing")
    key_desk.recover(folder, [tmp_path / "escrow"], words.__getitem__)
    _, answer = run("enter")
    assert [one["state"] for one in answer["hand_ins"]] == ["recorded", "refused"]

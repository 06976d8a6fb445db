"""Submissions made to harm: each is a refusal with a reason, the others go on, and no name leads anywhere."""

import codecs
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import filled_forms as filled
import pytest
from filled_forms import FOUND

from eradication.config import Limits, Settings
from eradication.ingest import forms, tips
from eradication.ingest.unpacking import Handed
from eradication.pipeline import forms as desk
from eradication.pipeline.workspace import created, settings_for

GOOD = filled.instance("visit", FOUND, "good")
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE data [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("bcdefghi", "abcdefgh", strict=True))
    + "]><data><outcome>&i;</outcome></data>"
)
FILE = '<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]><data><outcome>&x;</outcome></data>'
HOSTILE = {
    "bomb.xml": (BOMB, "doctype_not_allowed"),
    "file.xml": (FILE, "doctype_not_allowed"),
    "utf16.xml": (codecs.BOM_UTF16_LE + BOMB.encode("utf-16-le"), "doctype_not_allowed"),
    "deep.xml": ("<a>" * 5000, "too_costly"),
    "cut.xml": (GOOD[: len(GOOD) // 2], "malformed_xml"),
    "empty.xml": ("", "empty_file"),
    "encrypted.xml": (
        '<data id="eradication_visit" encrypted="yes" xmlns="http://opendatakit.org/submissions">'
        "<base64EncryptedKey>AAAA</base64EncryptedKey><encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>",
        "encrypted_submission",
    ),
    "gpx.xml": ('<gpx version="1.1"><trk/></gpx>', "unknown_form"),
    "vrt.csv": ("<OGRVRTDataSource/>", "unknown_form"),
    "nul.json": (b'{"value":\x00[]}', "unreadable_table"),
}


def context(**limits) -> tips.Context:
    return tips.Context(Settings(limits=Limits(**limits)), datetime(2026, 6, 1, tzinfo=UTC), ZoneInfo("UTC"), [])


@pytest.fixture
def hand_in(tmp_path: Path):
    def handing(files, **limits):
        given = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            given.append(Handed(path, name))
        return {file.handed.name: file for file in forms.read(given, context(**limits), {})}

    return handing


def test_t13_hostile_submissions_are_refused_each_with_its_reason_and_good_ones_go_on(hand_in):
    told = hand_in({name: content for name, (content, _) in HOSTILE.items()} | {"good.xml": GOOD})
    assert {name: told[name].error.kind for name in HOSTILE} == {name: kind for name, (_, kind) in HOSTILE.items()}
    assert all(told[name].error.hint and name in told[name].error.where for name in HOSTILE)
    assert told["good.xml"].error is None
    assert told["good.xml"].visits[0].visit is not None


def test_a_pack_that_is_too_costly_as_a_whole_is_read_one_by_one(hand_in):
    large = filled.instance("visit", FOUND | {"note": "x" * 1_500_000}, "large")
    told = hand_in({"large.xml": large, "good.xml": GOOD}, output_mb=1)
    assert told["large.xml"].error.kind == "too_costly"
    assert told["good.xml"].visits[0].visit is not None


def test_a_file_above_the_limit_is_not_read(hand_in):
    told = hand_in({"huge.xml": b"<data>" + b" " * 3_000_000, "good.xml": GOOD}, file_mb=2)
    assert told["huge.xml"].error.kind == "file_too_large"
    assert told["good.xml"].error is None


OUTSIDE = ("../secret.jpg", "/etc/secret.jpg", "..\\secret.jpg", "a/../../secret.jpg", "x\nsecret.jpg", "./secret.jpg")


def test_a_name_of_an_attachment_leads_to_no_other_file(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"\xff\xd8\xffsecret")
    for number, name in enumerate(OUTSIDE):
        folder = tmp_path / "phone" / "instances" / str(number)
        folder.mkdir(parents=True)
        answers = FOUND | {"visit_id": str(number), "photo_before": name}
        (folder / "a.xml").write_text(filled.instance("visit", answers, f"u{number}"))
    with created(tmp_path / "ws", settings_for("Sơn La")) as workspace:
        answer = desk.record_forms(workspace, [tmp_path / "phone"])
        assert {row["status"] for row in answer["visits"]} == {"accepted"}
        assert not any(one["found"] for one in answer["attachments"])
        kept = [path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()]
    assert not any(data.endswith(b"secret") for data in kept)


def test_t6_a_zip_of_submissions_that_unpacks_to_far_more_is_refused(tmp_path):
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(filled.zipped({"instances/a.xml": b"<data>" + b" " * 8_000_000}))
    with created(tmp_path / "ws", settings_for("Sơn La")) as workspace:
        answer = desk.record_forms(workspace, [bomb])
    assert [(file["status"], file["reason"]) for file in answer["files"]] == [("refused", "bad_archive")]


def test_t7_t9_texts_of_a_form_stay_texts(hand_in):
    evil = "<script>alert(1)</script> =cmd|' /C calc'!A0 ${1+1}"
    [row] = hand_in({"a.xml": filled.instance("visit", FOUND | {"note": evil}, "u")})["a.xml"].visits
    assert row.visit.note == evil

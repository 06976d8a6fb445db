"""Forms handed in as telephones and servers give them: the same ledger as from tables, photos kept, nothing twice."""

import filled_forms as filled
import photo_factory
import pytest
from filled_forms import DESTROYED, FOUND, TOLD, VERIFIED

from eradication.domain import EventKind
from eradication.errors import UnusableInput
from eradication.history import payload
from eradication.pipeline import answers, evidence_desk, exchange, forms, main_path, photos, projection
from eradication.pipeline.workspace import created, settings_for

JPEG = b"\xff\xd8\xff\xe0"


def put(folder, name, xml, **photos):
    """Lay an instance down as Collect does: a folder of its own, photos beside it."""
    place = folder / "instances" / name
    place.mkdir(parents=True)
    (place / f"{name}.xml").write_text(xml, encoding="utf-8")
    for number, content in photos.items():
        (place / f"{number.removeprefix('p')}.jpg").write_bytes(JPEG + content)


@pytest.fixture
def phone(tmp_path):
    """A folder with a find, its destruction and the check of it."""
    folder = tmp_path / "phone"
    put(folder, "visit_1", filled.instance("visit", FOUND, "u1"), p1760000000000=b"found")
    put(folder, "erad_1", filled.instance("eradication", DESTROYED, "u2"), p1=b"before", p2=b"after")
    put(folder, "verif_1", filled.instance("verification", VERIFIED, "u3"))
    return folder


def statuses(answer, part="visits"):
    return [row["status"] for row in answer[part]]


def test_a_folder_of_a_telephone_becomes_the_ledger_that_a_table_makes(office, phone, tmp_path):
    answer = forms.record_forms(office, [phone])
    assert statuses(answer) == statuses(answer, "files") == ["accepted"] * 3
    (episode,) = projection.replayed(office).episodes
    assert (str(episode.state), episode.detected_m2, episode.verified_m2) == ("verified", 321, 321)
    with created(tmp_path / "tables", settings_for("Sơn La")) as other:
        for number, answers_given in enumerate((FOUND, DESTROYED, VERIFIED)):
            path = tmp_path / f"{number}.csv"
            path.write_text(filled.visit_table(answers_given), encoding="utf-8")
            main_path.record_visits(other, path)
        told, same = (
            sorted(str(e.payload["visit"]) for e in w.store.events(kinds=[EventKind.VISIT_RECORDED]))
            for w in (office, other)
        )
    assert told == same


def test_photos_beside_a_form_are_originals_of_its_visit_and_travel_with_it(office, phone, tmp_path):
    answer = forms.record_forms(office, [phone])
    found = {(one["visit_id"], one["file"]): one["sha256"] for one in answer["attachments"] if one["found"]}
    assert set(found) == {
        ("V-BP01-1", "1760000000000.jpg"),
        ("E-BP01-1", "1.jpg"),
        ("E-BP01-1", "2.jpg"),
    }
    assert office.store.original(found["E-BP01-1", "2.jpg"]).read_bytes() == JPEG + b"after"
    [event] = [e for e in office.store.events() if e.payload.get("form", {}).get("instance_id") == "u2"]
    assert [photo["file"] for photo in event.payload["attachments"]] == ["1.jpg", "2.jpg"]
    assert payload.visit_from(event.payload["visit"]).photo_after == "2.jpg"
    assert event.payload["form"]["form"] == "eradication_eradication"
    exchange.export_bundle(office, tmp_path / "b.zip", None)
    with created(tmp_path / "other", settings_for("Sơn La")) as other:
        exchange.import_bundles(other, [tmp_path / "b.zip"], str)
        assert other.store.original(found["V-BP01-1", "1760000000000.jpg"]) is not None
        assert all(check["ok"] for check in evidence_desk.audit(other, str)["origins"])


def test_the_same_folder_again_and_the_same_as_a_zip_are_duplicates(office, phone, tmp_path):
    packed = tmp_path / "phone.zip"
    files = {str(p.relative_to(phone)): p.read_bytes() for p in phone.rglob("*") if p.is_file()}
    packed.write_bytes(filled.zipped(files))
    assert statuses(forms.record_forms(office, [packed])) == ["accepted"] * 3
    before = len(office.store.events())
    answer = forms.record_forms(office, [phone])
    assert statuses(answer) == statuses(answer, "files") == ["duplicate"] * 3
    assert all(one["found"] for one in answer["attachments"])
    assert len(office.store.events()) == before


def test_what_central_exports_is_the_same_as_what_the_telephone_holds(office, phone, tmp_path):
    forms.record_forms(office, [phone])
    export = tmp_path / "export.zip"
    export.write_bytes(filled.central_zip(FOUND, {"1760000000000.jpg": JPEG + b"found"}))
    answer = forms.record_forms(office, [export])
    assert statuses(answer) == ["duplicate"]
    assert [(one["file"], one["found"]) for one in answer["attachments"]] == [("1760000000000.jpg", True)]


def test_a_filling_in_that_says_something_else_is_a_conflict(office, phone, tmp_path):
    forms.record_forms(office, [phone])
    put(tmp_path / "a", "x", filled.instance("visit", FOUND | {"area_m2": "500"}, "u1"))
    answer = forms.record_forms(office, [tmp_path / "a"])
    assert [(row["status"], row["reason"]) for row in answer["visits"]] == [("conflict", "other_content")]
    put(tmp_path / "b", "x", filled.instance("visit", FOUND | {"visit_id": "another"}, "u1"))
    answer = forms.record_forms(office, [tmp_path / "b"])
    assert [(row["status"], row["reason"]) for row in answer["visits"]] == [("conflict", "instance_taken")]
    assert answer["visits"][0]["message"]
    (episode,) = projection.replayed(office).episodes
    assert episode.detected_m2 == 321


def test_a_tip_on_a_form_is_sealed_with_everything_beside_it(office, tmp_path):
    folder = tmp_path / "phone"
    put(folder, "tip_1", filled.instance("tip", TOLD, "u9"), p5=b"Canary of a face")
    answer = forms.record_forms(office, [folder])
    assert statuses(answer, "tips") == ["accepted"]
    assert answer["files"][0]["sha256"] == ""
    files = [path for path in office.folder.rglob("*") if path.is_file()]
    holding = {path.relative_to(office.folder).parts[0] for path in files if b"Canary" in path.read_bytes()}
    assert holding == {"tip_sources"}
    assert "Canary" not in str(answer)
    assert answer["attachments"] == [{"file": "5.jpg", "sha256": "", "visit_id": "", "found": True}]
    assert statuses(forms.record_forms(office, [folder]), "tips") == ["duplicate"]
    put(tmp_path / "again", "tip_1", filled.instance("tip", TOLD | {"tip_id": "T-other"}, "u9"))
    taken = forms.record_forms(office, [tmp_path / "again"])["tips"]
    assert [(row["status"], row["reason"]) for row in taken] == [("conflict", "instance_taken")]


def test_one_bad_file_costs_no_other_and_is_kept_with_its_reason(office, phone):
    (phone / "instances" / "visit_1" / "bad.xml").write_text("<data><outcome>", encoding="utf-8")
    (phone / "instances" / "visit_1" / "notes.docx").write_bytes(b"no submission")
    (phone / "visit.xml").write_text('<h:html xmlns:h="x"><h:head/></h:html>', encoding="utf-8")
    answer = forms.record_forms(office, [phone])
    told = {file["path"].rsplit("/", 1)[-1]: (file["status"], file["reason"]) for file in answer["files"]}
    assert told["bad.xml"] == ("refused", "malformed_xml")
    assert told["notes.docx"] == ("refused", "unknown_format")
    assert told["visit.xml"] == ("skipped", "form_definition")
    assert statuses(answer) == ["accepted"] * 3
    kept = {path.name for path in (office.folder / "refused").iterdir()}
    assert {file["sha256"] for file in answer["files"] if file["status"] == "refused"} <= kept
    assert all(file["hint"] for file in answer["files"] if file["status"] == "refused")


def test_a_photo_that_is_not_there_is_listed_and_a_bad_row_is_refused_in_the_language_of_the_reader(office, tmp_path):
    put(tmp_path / "phone", "visit_1", filled.instance("visit", FOUND, "u1"))
    put(tmp_path / "phone", "visit_2", filled.instance("visit", FOUND | {"area_m2": "-1", "visit_id": "v2"}, "u2"))
    answer = answers.of_forms(forms.record_forms(office, [tmp_path / "phone"]), str)
    assert [(one["visit_id"], one["sha256"], one["found"]) for one in answer["attachments"]] == [
        ("V-BP01-1", "", False),
        ("v2", "", False),
    ]
    assert statuses(answer) == statuses(answer, "files") == ["accepted", "refused"]
    assert "-1" in answer["visits"][1]["message"]
    assert "values" not in answer["visits"][1]


def test_photos_without_a_submission_are_not_taken_for_one(office, tmp_path):
    (tmp_path / "1.jpg").write_bytes(JPEG)
    with pytest.raises(UnusableInput) as refusal:
        forms.record_forms(office, [tmp_path / "1.jpg"])
    assert refusal.value.kind == "no_submissions"


@pytest.mark.parametrize("name", ["", "missing.xml"])
def test_where_there_is_nothing_to_examine_the_error_says_so(office, tmp_path, name):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UnusableInput) as refusal:
        forms.record_forms(office, [empty / name if name else empty])
    assert refusal.value.kind == ("no_such_file" if name else "no_files")


def test_photos_of_a_form_are_evidence_like_those_handed_in_by_themselves(office, tmp_path):
    place = tmp_path / "phone" / "instances" / "erad"
    place.mkdir(parents=True)
    (place / "erad.xml").write_text(filled.instance("eradication", DESTROYED, "u2"), encoding="utf-8")
    for number, name in enumerate(("1.jpg", "2.jpg"), start=1):
        (place / name).write_bytes(photo_factory.jpeg(seed=number))
    answer = forms.record_forms(office, [tmp_path / "phone"])
    assert [(one["file"], one["status"]) for one in answer["photos"]] == [("1.jpg", "accepted"), ("2.jpg", "accepted")]
    listed = photos.listed(office)
    assert {visit["role"] for one in listed["photos"] for visit in one["visits"]} == {"before", "after"}
    assert "photo_missing" not in {check["code"] for check in listed["checks"]}

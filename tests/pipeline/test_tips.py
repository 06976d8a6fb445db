"""Tips in the ledger's memory: what was told goes in, who told it never comes out."""

import json
import stat
import zipfile
from pathlib import Path

import pytest

from eradication.domain import EventKind
from eradication.errors import RefusedInput, UnusableInput
from eradication.ingest import tips as tables
from eradication.ingest.formats import visit_table
from eradication.pipeline import evidence_desk, exchange, health, main_path, outputs, plot_answers, tips
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.workspace import check_output, created, settings_for

HEADER = "tip_id,received_at,unit,place,commune,lon,lat,radius_m,crop,note,mailbox,source"
NARROW = "T1,2026-02-12T08:30:00+07:00,BP01,đầu suối,Vân Hồ,104.75,20.79,80,opium_poppy,hoa trắng,Hua Tát,Canary one"
WIDE = "T2,2026-02-12T08:30:00+07:00,BP01,,Vân Hồ,104.75,20.79,2000,,,,Canary two"
NEAR = "T3,2026-02-13T08:30:00+07:00,BP01,,,104.7502,20.79,100,,,,"
HEMP = "T6,2026-02-12T08:30:00+07:00,BP01,,Vân Hồ,,,,fibre_hemp,,,"
SUMMER = "T4,2026-07-13T08:30:00+07:00,BP01,,,104.65,20.79,100,,,,"
WORDS = "T5,2026-02-14T08:30:00+07:00,,Đỉnh đèo,,,,,,,,"


@pytest.fixture
def take(office, tmp_path):
    def taking(*rows, into=office, **options):
        path = tmp_path / "tin.csv"
        path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
        # Not in the sandbox, which costs time; that it is used is seen in the last test.
        found = tables.interpret(visit_table.read(path, {}), tips.context(into, **options), file=str(path))
        return tips.enter(into, path, found)["tips"]

    return taking


def status(rows):
    return [(row["tip_id"], row["status"], row["reason"]) for row in rows]


def events(workspace, kind=EventKind.TIP_RECORDED):
    return workspace.store.events(kinds=[kind])


def test_a_narrow_tip_proposes_a_place_and_a_wide_one_is_only_listed(office, take):
    rows = take(NARROW, WIDE, NEAR, WORDS)
    assert {row["status"] for row in rows} == {"accepted"}
    assert [bool(row["plot"]) for row in rows] == [True, False, True, False]
    assert rows[0]["plot"] == rows[2]["plot"]
    (plot,) = plot_answers.plots(office)["plots"]
    assert (plot["id"], plot["source"], plot["score"], plot["class"]) == (rows[0]["plot"], "tip", None, "C")
    assert plot["commune_code"] == "04048"
    listed = tips.listed(office)["tips"]
    assert [tip["tip_id"] for tip in listed] == ["T1", "T2", "T3", "T5"]
    assert [tip["commune"] for tip in listed] == ["Xã Vân Hồ", "Xã Vân Hồ", "Xã Vân Hồ", ""]
    assert [tip["code"] for tip in listed] == ["VH-26-001", "", "VH-26-001", ""]


def test_the_same_table_again_changes_nothing(office, take):
    take(NARROW, WIDE)
    before = len(office.store.events())
    assert status(take(NARROW, WIDE)) == [("T1", "duplicate", "same_content"), ("T2", "duplicate", "same_content")]
    assert len(office.store.events()) == before


def test_other_content_under_one_number_is_a_conflict_and_both_are_kept(office, take):
    take(NARROW)
    assert status(take(NARROW.replace("hoa trắng", "hoa đỏ"))) == [("T1", "conflict", "other_content")]
    assert status(take(NARROW.replace("Canary one", "Canary three"))) == [("T1", "conflict", "other_content")]
    assert status(take(NARROW.replace("BP01", "BP02"))) == [("T1", "accepted", "")]
    told = tips.listed(office, notes=True)["tips"]
    assert [(tip["unit"], tip["note"], tip["conflict"]) for tip in told[:2]] == [
        ("BP01", "hoa trắng", False),
        ("BP01", "hoa đỏ", True),
    ]


def test_a_bad_row_costs_no_other_one(take):
    rows = take(NARROW.replace("2026-02-12", "2226-02-12"), WIDE)
    assert status(rows) == [("T1", "refused", "future_time"), ("T2", "accepted", "")]
    assert rows[0]["where"].endswith("tin.csv: line 2")


def test_a_tip_between_seasons_proposes_nothing_and_says_so(take):
    (row,) = take(SUMMER)
    assert (row["plot"], row["warnings"]) == ("", ["out_of_season"])


def test_a_point_in_another_commune_than_the_one_named_is_warned_of(take):
    (row,) = take(NARROW.replace("104.75", "105.2"))
    assert row["warnings"] == ["commune_differs"]


def test_a_unit_for_the_whole_table_can_be_named(take):
    (row,) = take(WORDS, unit="CA02")
    assert row["warnings"] == []


def canaries(folder: Path) -> set[str]:
    """Folders below ``folder`` with a file that holds the word, also in archives."""
    found = set()
    for path in (p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                data += b"".join(archive.read(name) for name in archive.namelist())
        if b"Canary" in data:
            found.add(path.relative_to(folder).parts[0])
    return found


def test_a_source_stands_in_the_sealed_folder_and_nowhere_else(office, take, tmp_path, caplog, capsys):
    take(NARROW, WIDE.replace("20.79", "120.79"), NEAR.replace("BP01,", "BP01,gần nhà ông Lò Văn Á"))
    out = tmp_path / "out"
    out.mkdir()
    exchange.export_bundle(office, out / "bundle.zip", None)
    for suffix in (".geojson", ".gpx", ".xlsx"):
        outputs.export_plots(office, out / f"plots{suffix}", None)
    said = json.dumps([tips.listed(office, notes=True), plot_answers.plots(office)], ensure_ascii=False)
    said += "".join(repr(event) for event in office.store.events())
    assert canaries(office.folder) == {"tip_sources"}
    assert canaries(out) == set()
    assert "Canary" not in said + caplog.text + "".join(capsys.readouterr())
    assert all(check["ok"] for check in evidence_desk.audit(office, str)["origins"])


def test_an_event_says_that_a_source_is_kept_and_under_which_reference(office, take):
    take(NARROW, NEAR)
    first, second = events(office)
    assert (first.payload["source_kept"], second.payload["source_kept"]) == (True, False)
    assert (office.folder / "tip_sources" / f"{first.payload['source_ref']}.json").is_file()
    assert (office.folder / "tip_sources" / f"{first.payload['sealed']}.original").is_file()
    assert "source_ref" not in second.payload


def test_a_bundle_carries_tips_to_another_laptop_without_their_sources(office, take, tmp_path):
    take(NARROW, WIDE)
    exchange.export_bundle(office, tmp_path / "b.zip", None)
    with created(tmp_path / "other", settings_for("Sơn La")) as other:
        (merged,) = exchange.import_bundles(other, [tmp_path / "b.zip"], str)["bundles"]
        assert (merged["status"], merged["missing_originals"]) == ("accepted", ())
        assert [tip["tip_id"] for tip in tips.listed(other)["tips"]] == ["T1", "T2"]
        assert not (other.folder / "tip_sources").exists()
        # Handed in there too, where communes are not known: the tips are, and their sources are kept there as well.
        again = take(NARROW.replace("Vân Hồ", ""), WIDE.replace("Vân Hồ", ""), into=other)
        assert [row["status"] for row in again] == ["conflict", "conflict"]
        assert canaries(other.folder) == {"tip_sources"}


@pytest.mark.parametrize("suffix", [".csv", ".geojson"])
def test_a_table_of_tips_handed_in_as_tracks_is_refused_and_in_no_bundle(office, tmp_path, suffix):
    path, out = tmp_path / f"tips{suffix}", tmp_path / "out"
    feature = '{"type":"Feature","geometry":{"type":"Point","coordinates":[104.6,20.8]},"properties":{%s}}'
    properties = '"tip_id":"1","received_at":"2026-02-01","source":"Canary"'
    path.write_text(f"{HEADER}\n{NARROW}\n" if suffix == ".csv" else feature % properties, encoding="utf-8")
    (file,) = main_path.record_patrols(office, [path], PatrolOptions())
    assert (file.status, file.reason) == ("refused", "is_a_tip_table")
    assert "Canary" not in file.message
    out.mkdir()
    exchange.export_bundle(office, out / "bundle.zip", None)
    assert canaries(out) == set()
    assert {stat.S_IMODE(kept.stat().st_mode) for kept in (office.folder / "refused").glob("[0-9a-f]*")} == {0o600}


def test_no_output_falls_on_the_sealed_folder(office):
    with pytest.raises(UnusableInput) as refusal:
        check_output(office, office.folder / "tip_sources" / "plots.gpx")
    assert refusal.value.kind == "protected_path"


def test_tables_are_read_in_the_sandbox_and_one_that_is_none_leaves_nothing(office, tmp_path):
    table, other = tmp_path / "tips.csv", tmp_path / "visits.csv"
    other.write_text("visit_id,outcome\n1,detected\n")
    with pytest.raises(RefusedInput):
        tips.record_tips(office, other)
    assert not (office.folder / "tip_sources").exists()
    table.write_text(f"{HEADER}\n{NARROW}\n")
    assert status(tips.record_tips(office, table)["tips"]) == [("T1", "accepted", "")]


def test_the_doctor_sees_a_sealed_folder_that_others_may_read(office, take):
    take(NARROW)

    def found():
        checks = {check["check"]: check for check in health.doctor(office.folder, str)["checks"]}
        return checks["tips"]["ok"], bool(checks["tips"]["advice"])

    assert found() == (True, False)
    next((office.folder / "tip_sources").glob("*.json")).chmod(0o644)
    assert found() == (False, True)

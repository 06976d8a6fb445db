"""Dossiers as an office writes them: which plots, on record, always the same, and what never gets out."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import photo_factory
import pytest
from PIL import Image
from pipeline.test_checking import HERE, THERE, destroyed, found, hand_in

from eradication.domain import EventKind, Season
from eradication.errors import UnusableInput
from eradication.i18n import translator
from eradication.pipeline import dossier_photos, dossiers, periods, photos, projection, tips
from eradication.pipeline.dossiers import Wish
from eradication.pipeline.photos import PhotoOptions

SEASON = Season(2025)
NO_CURVES = Wish(curves=False, season=SEASON)


@pytest.fixture
def known(office, tmp_path):
    """Two plots of two units, one destroyed."""
    hand_in(office, tmp_path, found(1, HERE), destroyed(1, HERE), found(2, THERE, unit="CA02"))
    return {e.unit: e.plot for e in projection.replayed(office).episodes}


def text_of(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this computer")
    said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split())


def recorded(office):
    return office.store.events(kinds=[EventKind.DOSSIERS_WRITTEN])


def test_one_plot_is_one_file_on_record_and_the_next_copy_is_the_same_to_the_byte(office, known, tmp_path):
    plot, out = known["BP01"], tmp_path / "d.pdf"
    answer = dossiers.write(office, out, replace(NO_CURVES, plots=[plot.code], season=None), "vi")
    first = out.read_bytes()
    [page] = answer["dossiers"]
    (event,) = recorded(office)
    assert (event.payload["plots"], event.payload["season"]) == ([plot.id], SEASON.label)
    assert event.payload["written_sha256"] == page["sha256"]
    assert event.payload["photos"] == []
    dossiers.write(office, out, replace(NO_CURVES, plots=[plot.code], season=None), "vi")
    assert out.read_bytes() == first, "that it was written is no event of the plot"
    assert len(recorded(office)) == 2
    said = text_of(out)
    for event in office.store.events(kinds=[EventKind.VISIT_RECORDED]):
        assert (event.hash[:12] in said) == (event.payload["plot_id"] == plot.id)
    assert "Máy tính này không có ảnh" in said or "No image" in said


@pytest.mark.slow
def test_a_folder_holds_the_plots_of_a_season_of_a_unit_of_a_period(office, known, tmp_path):
    every = dossiers.write(office, tmp_path / "all", NO_CURVES, "en")
    assert {page["code"] for page in every["dossiers"]} == {plot.code for plot in known.values()}
    assert all(Path(path).parent == tmp_path / "all" for path in every["written"])
    own = dossiers.write(office, tmp_path / "own", replace(NO_CURVES, unit="ca 02"), "en")
    assert [page["plot"] for page in own["dossiers"]] == [known["CA02"].id]
    period = periods.parse(office, "2026-Q1")
    told = dossiers.write(office, tmp_path / "q1", Wish(period=period, curves=False), "en")
    assert len(told["dossiers"]) == 2
    with pytest.raises(UnusableInput, match="no plot"):
        dossiers.write(office, tmp_path / "no", Wish(period=periods.parse(office, "2025-Q1"), curves=False), "en")
    assert not (tmp_path / "no").exists()


@pytest.mark.slow
def test_the_dossiers_of_a_closed_period_are_told_as_of_its_close(office, known, tmp_path):
    period = periods.parse(office, "2026-Q1")
    periods.close(office, period, "CB-1")
    wish = Wish(period=period, curves=False)
    dossiers.write(office, tmp_path / "q1", wish, "en")
    before = {path.name: path.read_bytes() for path in (tmp_path / "q1").iterdir()}
    hand_in(office, tmp_path, found(9, HERE, visit_id="v9", plot_id=known["BP01"].id, area_m2=900))
    dossiers.write(office, tmp_path / "q1", wish, "en")
    assert {path.name: path.read_bytes() for path in (tmp_path / "q1").iterdir()} == before
    now = dossiers.write(office, tmp_path / "now.pdf", replace(NO_CURVES, plots=[known["BP01"].id]), "en")
    assert now["dossiers"][0]["events"] == 3


def test_what_cannot_be_written_is_refused_before_anything_is_on_record(office, known, tmp_path):
    one = replace(NO_CURVES, plots=[known["BP01"].code])
    for out, wish, kind in (
        (tmp_path / "a.pdf", replace(one, plots=["XX-1"]), "no_such_plot"),
        (office.folder / "originals" / "a.pdf", one, "protected_path"),
        (tmp_path / "none" / "a.pdf", one, "no_such_folder"),
        (tmp_path / "a.pdf", replace(one, plots=[p.code for p in known.values()]), "not_a_folder"),
    ):
        with pytest.raises(UnusableInput) as refused:
            dossiers.write(office, out, wish, "en")
        assert refused.value.kind == kind
        assert refused.value.hint
    assert recorded(office) == []


@pytest.mark.slow
def test_who_told_what_they_told_and_notes_are_never_on_a_page(office, known, tmp_path):
    table = tmp_path / "tips.csv"
    lon, lat = HERE
    table.write_text(
        "tip_id,received_at,lon,lat,source,note\n"
        f"7,2026-02-01T08:00+07:00,{lon},{lat},CANARY-SOURCE 0912345678,CANARY-NOTE\n",
        encoding="utf-8",
    )
    assert [row["status"] for row in tips.record_tips(office, table, unit="BP01")["tips"]] == ["accepted"]
    hand_in(office, tmp_path, found(5, HERE, visit_id="v5", officers="CANARY-A;CANARY-B"))
    answer = dossiers.write(office, tmp_path / "d", NO_CURVES, "en")
    for path in answer["written"]:
        assert "CANARY" not in text_of(Path(path))
        assert b"CANARY" not in Path(path).read_bytes()


@pytest.fixture
def pictured(office, known, tmp_path):
    """Photos that the destruction names."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for name in ("v1b.jpg", "v1a.jpg"):
        (folder / name).write_bytes(photo_factory.jpeg(seed=len(name) + ord(name[2])))
    photos.record(office, [folder], PhotoOptions(unit="BP01"), translator("en"))
    return known["BP01"]


def test_photos_are_shown_only_if_asked_for_and_then_it_is_on_record(office, pictured, tmp_path):
    wish = replace(NO_CURVES, plots=[pictured.id])
    told = dossiers.write(office, tmp_path / "a.pdf", wish, "en")["dossiers"][0]
    assert (told["photos"], told["photos_shown"]) == (2, 0)
    told = dossiers.write(office, tmp_path / "b.pdf", replace(wish, photos=True), "en")["dossiers"][0]
    assert (told["photos"], told["photos_shown"]) == (2, 2)
    hidden, shown = (event.payload["photos"] for event in recorded(office))
    assert (hidden, len(shown)) == ([], 2)


def test_a_copy_that_is_another_file_or_no_photo_is_not_shown(office, pictured, tmp_path):
    told = projection.replayed(office)
    kept = photos.shown(office, told).kept.values()
    mine = [e for e in told.episodes if e.plot.id == pictured.id]
    for one, content in zip(kept, (photo_factory.jpeg(seed=99), b"<svg onload=alert(1)>"), strict=True):
        office.store.original(one.photo.copy_sha256).chmod(0o644)
        office.store.original(one.photo.copy_sha256).write_bytes(content)
    shots = dossier_photos.of_episodes(office, told, mine, None, True)[pictured.id, SEASON.label]
    assert [shot.rgb for shot in shots] == [None, None]


def test_a_photo_is_drawn_anew_no_larger_than_it_is_printed(office, pictured):
    told = projection.replayed(office)
    mine = [e for e in told.episodes if e.plot.id == pictured.id]
    for shot in dossier_photos.of_episodes(office, told, mine, None, True)[pictured.id, SEASON.label]:
        assert shot.rgb.dtype == np.uint8
        assert max(shot.rgb.shape[:2]) <= dossier_photos.WIDEST_PX
        assert Image.fromarray(shot.rgb).mode == "RGB"


@pytest.mark.slow
def test_a_candidate_has_a_dossier_only_by_name(office, known, tmp_path):
    table = tmp_path / "tips.csv"
    table.write_text("tip_id,received_at,lon,lat,radius_m\n7,2026-02-01T08:00+07:00,104.8,20.9,30\n", encoding="utf-8")
    [tip] = tips.record_tips(office, table, unit="BP01")["tips"]
    told = dossiers.write(office, tmp_path / "d", NO_CURVES, "vi")
    assert (len(told["dossiers"]), told["unconfirmed_left_out"]) == (2, 1)
    dossiers.write(office, tmp_path / "d.pdf", replace(NO_CURVES, plots=[tip["plot"]]), "vi")
    assert "cần kiểm tra, chưa kết luận" in text_of(tmp_path / "d.pdf")

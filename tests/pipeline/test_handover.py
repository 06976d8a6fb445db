"""Places handed over across the border: both languages, coordinates, and nothing that tells who saw them or how."""

import shutil
import subprocess

import pytest

from eradication.domain import EventKind
from eradication.errors import UnusableInput
from eradication.pipeline import handover, main_path, projection

HEADER = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,plant_count,note"
ABROAD = "1,103.9000,20.9000,2026-02-10T09:00+07:00,BP01,CANARY-OFFICER,detected,1234,tape,20000,canary note"
HERE = "2,104.7000,20.8000,2026-02-11T09:00+07:00,BP01,CANARY-OFFICER,detected,300,pace,,"


@pytest.fixture
def seen(office, tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("\n".join([HEADER, ABROAD, HERE]), encoding="utf-8")
    main_path.record_visits(office, path)
    plots = {bool(e.plot.commune_code): e.plot for e in projection.replayed(office).episodes}
    return plots[False], plots[True]


def text_of(path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this computer")
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_the_sheet_bears_code_coordinates_area_and_day_in_both_languages_and_no_more(office, seen, tmp_path):
    abroad, _ = seen
    out = tmp_path / "handover.pdf"
    answer = handover.write(office, out, [abroad.id, abroad.code])
    assert [plot["code"] for plot in answer["plots"]] == [abroad.code]
    said = text_of(out)
    for part in (abroad.code, "103.900000", "20.900000", "1.234", "10/02/2026", "EPSG:9206", "CHUYỂN GIAO"):
        assert part in said
    assert "ລາວ" in said
    assert not any(secret in said for secret in ("CANARY", "canary", "BP01", "20000", "20.000"))
    (event,) = office.store.events(kinds=[EventKind.PLOTS_HANDED_OVER])
    assert (event.payload["plots"], event.payload["written_sha256"]) == ([abroad.id], answer["sha256"])


def test_places_of_this_side_are_handed_over_only_on_purpose(office, seen, tmp_path):
    abroad, here = seen
    with pytest.raises(UnusableInput) as refused:
        handover.write(office, tmp_path / "a.pdf", [abroad.id, here.id])
    assert (refused.value.kind, here.code in str(refused.value)) == ("not_across", True)
    assert not (tmp_path / "a.pdf").exists()
    assert not office.store.events(kinds=[EventKind.PLOTS_HANDED_OVER])
    handover.write(office, tmp_path / "a.pdf", [abroad.id, here.id], this_side=True)
    (event,) = office.store.events(kinds=[EventKind.PLOTS_HANDED_OVER])
    assert event.payload["this_side"] == [here.code]


def test_an_unknown_place_or_a_wrong_ending_writes_nothing(office, seen, tmp_path):
    with pytest.raises(UnusableInput) as refused:
        handover.write(office, tmp_path / "a.pdf", ["XX-99-001"])
    assert refused.value.kind == "no_such_plot"
    with pytest.raises(UnusableInput):
        handover.write(office, tmp_path / "a.docx", [seen[0].id])
    assert not list(tmp_path.glob("a.*"))


def test_the_font_has_every_letter_of_both_languages():
    from matplotlib.font_manager import FontProperties, findfont, get_font

    from eradication.report import handover as sheet

    known = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    texts = [*sheet.TITLE, *sheet.CAPTION, *(text for pair, _, _ in sheet._COLUMNS for text in pair)]
    texts += [text for pair in (*sheet._NOTES, *sheet._SIDES, sheet._SIGNED, sheet._MADE, sheet._PAGE) for text in pair]
    assert {letter for text in texts for letter in text if ord(letter) not in known} == set()

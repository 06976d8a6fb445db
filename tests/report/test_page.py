"""What the report says, read from its file."""

from dataclasses import replace

from report import samples

from eradication.domain import MARKS
from eradication.i18n import translator
from eradication.report import page as pages
from eradication.report import view
from eradication.report.tables import Writer, searched


def text_of(shown: view.ReportView) -> str:
    """The page without its charts, whose tests are elsewhere."""
    return pages.render(shown, with_charts=False)


VIETNAMESE = {"Season report": "Báo cáo niên vụ"}


def test_the_same_view_gives_the_same_report() -> None:
    report = samples.report_view(12)
    assert pages.render(report) == pages.render(report)


def test_the_report_lists_the_best_and_says_how_many_it_does_not_list() -> None:
    html = text_of(samples.report_view(plots=samples.crowd(250)))
    assert "Plots and candidates (250)" in html
    assert html.count("VH-25-") == 100
    assert "Not listed: 150 places" in html


def test_percentages_never_stand_without_effort_coverage_and_the_undetected_lines() -> None:
    html = text_of(samples.report_view())
    block = html[html.index("The target") : html.index("</section>")]
    for expected in ("94.7 %", "73.3 %", "312.4 km", "148.2 h", "402", "93.0 %", "Open candidates", "Oldest waits for"):
        assert expected in block
    for why in ("no random cells searched", "no calibrated model", "m = 2"):
        assert why in block
    assert block.count("not known") == 3


def test_99_9_percent_for_want_of_an_open_plot_is_explained_in_its_block_and_under_its_table() -> None:
    finished = {"detected_m2": 8340, "claimed_m2": 8340, "verified_m2": 8340, "remaining_m2": 0}
    held = finished | {"claimed_pct": 100.0, "verified_pct": 99.9}
    row, other = samples.ledger()["rows"]
    ledger = {**samples.ledger(), "rows": [{**row, **held}, other], "total": {**samples.ledger()["total"], **held}}
    html = text_of(samples.report_view(ledger=ledger))
    block, _, _, _, communes, classes, *_ = html.split("</section>")
    for part in (block, communes):
        assert "99.9 % *" in part
        assert "* 99.9 % stands where nothing remains but something is still open" in part
        assert "100.0 % *" not in part
    assert "stands where" not in classes
    shown = samples.report_view(ledger=ledger, language="vi", translate=translator("vi"))
    assert "* Ghi 99,9 % khi không còn diện tích nhưng vẫn còn điểm mở" in text_of(shown)


def test_99_9_percent_of_a_floor_bears_no_star() -> None:
    short = {"detected_m2": 10000, "claimed_m2": 9995, "verified_m2": 9990, "claimed_pct": 99.9, "verified_pct": 99.9}
    html = text_of(samples.report_view(ledger={**samples.ledger(), "total": {**samples.ledger()["total"], **short}}))
    assert "99.9 %" in html
    assert "stands where" not in html
    assert "% *" not in html


def test_no_detection_gives_no_percentage() -> None:
    ledger = samples.ledger()
    ledger["total"] = {**ledger["total"], "detected_m2": 0, "claimed_pct": None, "verified_pct": None}
    html = text_of(samples.report_view(ledger=ledger, plots=()))
    assert "Nothing was detected, so there is no percentage." in html
    assert "No plot or candidate in this season." in html


def test_one_reason_for_all_undetected_lines_is_shown_with_each() -> None:
    ledger = {**samples.ledger(), "undetected": {"upper": 3, "expected": None, "lower": None, "why": "too few visits"}}
    html = text_of(samples.report_view(ledger=ledger))
    block = html[html.index("The target") : html.index("</section>")]
    assert block.count("too few visits") == 3
    assert block.count("not known") == 2


def test_the_report_lists_entries_without_effect_failed_scenes_and_marked_fixes() -> None:
    reasons = ("verified_before_eradicated", "verified_after_harvested", "something_new")
    row = view.PlotRow(replace(samples.episode(9), out_of_place=reasons), "")
    html = text_of(samples.report_view(plots=(row,)))
    assert "a verification before any eradication has no effect" in html
    assert "&#39;verified&#39; has no effect after &#39;harvested&#39;" in html
    assert "something new" in html
    assert "S2A_48QVH_20260112 · red · missing" in html
    assert "spike 20" in html
    assert "the outline&#39;s area differs by 15 %" in html


def test_findings_of_the_ledger_are_listed_once_by_the_plot_s_code() -> None:
    row = view.PlotRow(replace(samples.episode(9), out_of_place=("area_missing",)), "")
    finding = {"kind": "out_of_place", "reason": "area_missing", "plot_id": "plot-0009", "what": "BP-CK/17/detected"}
    html = text_of(samples.report_view(plots=(row,), ledger={**samples.ledger(), "findings": [finding]}))
    listed = html[html.index("Entries without effect") :]
    assert "VH-25-009" in listed
    assert listed.count("no measured area: nothing could be counted (BP-CK/17/detected)") == 1
    assert listed.count("no measured area") == 1


def test_a_ledger_without_baseline_and_with_a_lower_bound_is_printed() -> None:
    bounds = {
        "upper": None,
        "expected": None,
        "lower": {"plots": 12.4, "se": 3.1},
        "why": {"upper": "no_random_sample"},
    }
    html = text_of(samples.report_view(ledger={**samples.ledger(), "baseline": None, "undetected": bounds}))
    assert "12.4 ± 3.1" in html
    assert "no cells were drawn at random" in html
    assert "not entered" in html


def test_every_mark_of_a_fix_has_words() -> None:
    write = Writer(samples.report_view())
    told = [write.reason(mark) for mark in MARKS[1:]]
    assert all(told)
    assert len(set(told)) == len(told)
    assert searched.marked(write, {"spike": 3, "too_fast": 1200}) == "spike 3, too fast on foot 1,200"


def test_the_report_writes_vietnamese_numbers() -> None:
    shown = samples.report_view(language="vi", translate=lambda text: VIETNAMESE.get(text, text))
    html = text_of(shown)
    assert "Báo cáo niên vụ 2025-2026" in html
    assert "8.340 m²" in html
    assert "0,8340 ha" in html
    assert "94,7 %" in html


def test_a_share_is_floored_never_rounded_up() -> None:
    show = Writer(samples.report_view())
    assert show.share(0.9999) == "99.9 %"
    assert show.share(1) == "100.0 %"
    assert show.share(0.29) == "29.0 %"
    assert show.share(None) == "–"

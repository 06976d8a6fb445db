"""Tables after the report's first page: what the ledger's JSON knows, people see; what is empty says so in one line."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from report import samples
from worlds import HERE, SEASON, World, divide, east

from eradication import ledger
from eradication.domain import AreaMethod, DestroyedBy, EventKind
from eradication.geo import disc
from eradication.i18n import translator
from eradication.pipeline.restatements import CHANGING
from eradication.report import check_words, event_words, page
from eradication.report.charts import steps
from eradication.report.tables import Writer, first, target, then
from eradication.report.tables.checked import found_and_forced
from eradication.report.view import PlotRow, ReportView

ABROAD = (104.60, 19.5)


def view(world: World, **beside) -> ReportView:
    """The report's view of a world, its ledger computed by the package."""
    told = world.told()
    counted = [e for e in ledger.entries(told.episodes, divide) if e.side is ledger.Side.INSIDE]
    answer = world.ledger() | beside
    return ReportView(
        province="Sơn La",
        season=SEASON,
        as_of=world.clock,
        ledger=answer,
        by_class=tuple(answer["by_class"].values()),
        by_unit=tuple(world.ledger(by="unit")["rows"]),
        plots=tuple(PlotRow(episode, "") for episode in told.episodes),
        counted=frozenset(entry.key for entry in counted),
        language="en",
    )


def read(shown: ReportView) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.render(shown, with_charts=False))))


def tables(shown: ReportView) -> dict[str, list[list[str]]]:
    return {
        table.title or group.title: [list(row) for row in table.rows]
        for group in (*first(shown), *then(shown))
        for table in group.tables
    }


def test_the_area_that_nobody_went_to_look_at_stands_beside_its_counts():
    world = World().candidate("a").candidate("b", at=east(900.0))
    told = world.ledger()["unvisited"]
    (told_of,) = (table for table in target.told(Writer(view(world))).tables if table.key == "unvisited")
    rows = {row[0]: row[1] for row in told_of.rows}
    assert told["estimated_m2"] > 0
    assert rows["Estimated area of the open, expired and dismissed, m²"] == f"{told['estimated_m2']:,}"
    assert rows["Estimated area of the harvested, m²"] == "0"


@pytest.fixture
def two_teams() -> World:
    """Ground that two teams measured, one of them destroyed; a plot abroad, destroyed together."""
    world = World().visit("detected", unit="BP-1", outline=disc(*HERE, 900.0), area_m2=900.0, plant_count=5000)
    beside = east(24.0)
    method = {"area_method": AreaMethod.GPS_TRACK, "area_m2": 900.0}
    world.wait(2).visit("detected", beside, unit="CA-3", outline=disc(*beside, 900.0), **method)
    world.wait(1).visit("eradicated", unit="BP-1")
    world.visit("detected", ABROAD, area_m2=4000.0).wait(1).visit("eradicated", ABROAD, destroyed_by=DestroyedBy.JOINT)
    return world.wait(40)


def test_ground_measured_twice_names_both_plots_both_teams_and_the_area(two_teams):
    shown = view(two_teams)
    ((first_plot, first_unit, other, other_unit, m2, less),) = tables(shown)["Ground measured by two teams"]
    (pair,) = shown.ledger["overlaps"]
    assert [first_plot, other] == pair["codes"]
    assert (first_unit, other_unit) == ("BP-1", "CA-3")
    assert int(m2) == round(pair["m2"])
    assert 0 < int(m2) < 900
    assert int(less) == pair["less_m2"] == shown.ledger["total"]["overlap_m2"]


def test_what_is_overdue_is_listed_plot_by_plot(two_teams):
    shown = view(two_teams)
    rows = tables(shown)["Overdue"]
    assert [(row[1], row[2]) for row in rows] == [
        ("found and not wholly destroyed", "CA-3"),
        ("destroyed and not checked again", "BP-1"),
    ]
    assert [int(row[5]) for row in rows] == [row["days"] for row in shown.ledger["timeliness"]["overdue"]]
    assert "not wholly destroyed 3 days after the detection or the regrowth, not visited 7 days after" in read(shown)


def test_plots_abroad_and_what_was_destroyed_together_have_tables_of_their_own_and_no_bar(two_teams):
    shown = view(two_teams)
    (plot,) = tables(shown)["Plots abroad, or on an unclear side"]
    assert plot[1:] == ["abroad", "BP-1", "eradicated", "4,000"]
    (joint,) = tables(shown)["Destroyed abroad together with the other side"]
    assert joint[3] == "4,000"
    assert "Of these, 1 lie abroad or on an unclear side: in no total." in read(shown)
    assert [bar.text for bar in steps.reached(shown)][:3] == ["2", "2", str(shown.ledger["total"]["plots"])]


def test_rows_by_unit_and_plants_beside_the_area_are_shown(two_teams):
    shown = view(two_teams)
    text = read(shown)
    assert "By unit" in text
    plants = tables(shown)["Plants, beside the area"]
    assert plants[-1][0] == "Total"
    assert plants[-1][3:5] == ["1", "5,000"]


def test_times_are_told_with_how_many_they_rest_on(two_teams):
    text = read(view(two_teams))
    assert "From detection until wholly destroyed: half of the plots (1) within 3.0 days." in text
    assert "only in part" not in text
    part = World().visit("detected").wait(1).visit("eradicated", destroyed_fraction=0.5)
    assert "No detected plot was wholly destroyed" in read(view(part))
    assert "Destroyed only in part, and not counted as destroyed: 1 plots." in read(view(part))


def test_new_replanted_moved_and_destroyed_twice_are_shown():
    world = World().visit("detected").wait(1).visit("eradicated").wait(1).visit("regrown").wait(1).visit("eradicated")
    planting = world.ledger()["planting"] | {
        "new": {"plots": 2, "m2": 700},
        "replanted": {"plots": 1, "m2": 300},
        "moved": [{"plot": "p2", "code": "VH-26-009", "from": "p1"}],
    }
    shown = view(world, planting=planting)
    told = tables(replace(shown, codes={"p1": "VH-25-001"}))
    assert ["new", "2", "700"] in told["New planting and replanting"]
    assert ["replanted", "1", "300"] in told["New planting and replanting"]
    assert told["Moved next door"] == [["VH-26-009", "VH-25-001"]]
    assert "Plots that regrew and were destroyed again: 1." in read(shown)


def test_three_figures_always_print_and_say_why_where_there_is_none():
    (group,) = first(samples.report_view())
    (table,) = group.tables
    assert len(table.rows) == 5
    assert [row[1] for row in table.rows].count("not known") == 4
    assert all(row[2] for row in table.rows)
    drawn = {"value": 0.412, "low": 0.3, "high": 0.52, "n": 40, "confirmed": 16, "rejected": 24, "undecided": 1}
    shown = samples.report_view(ledger=samples.ledger() | {"precision": drawn})
    (group,) = first(shown)
    assert list(group.tables[0].rows[1][1:]) == [
        "41.2 % (30.0–52.0 %), visits: 40",
        "16 confirmed, 24 rejected, 1 undecided",
    ]


def test_re_checks_are_told_with_their_interval():
    block = {
        **{"large": 3, "large_verified": 1, "drawn": 4, "small": 10, "needed": 3, "checked": 4, "live": 1},
        **{"live_share": 0.25, "low": 0.01, "high": 0.8, "waiting": 2, "met": False, "least_share": 0.3},
    }
    text = read(samples.report_view(ledger=samples.ledger() | {"rechecks": block}))
    assert "Live plants at the re-check: 1 of 4; of all destroyed plots of class C 1.0–80.0 % (95 %)." in text
    assert "4 of 10 drawn at random, at least 3 must be (30 %)" in text
    assert "wait for a draw: 2" in text


def test_the_page_of_a_period_names_the_season_of_what_is_told_by_season():
    told = samples.ledger() | {"period": "2026-Y", "season_beside": "2025-2026"}
    text = read(samples.report_view(ledger=told))
    for said in ("Seen by neither", "Plots that may be undetected", "Undetected", "by visits drawn at random"):
        assert f"{said} (season 2025-2026)" in text
        assert f"{said} (season" not in read(samples.report_view())


def verdict(name: str, verdict: str, why: str = "", **more) -> dict:
    row = {"key": name, "name": f"Xã {name}", "commune": name, "verdict": verdict, "why": why, "seen_share": 0.6}
    return row | {"plots": 0, "detected_m2": 0, "unvisited": 0} | more


def test_the_criterion_says_of_each_commune_and_village_what_may_be_said():
    answer = {
        "season": "2025-2026",
        "communes": [
            verdict("A", "found", plots=2, detected_m2=900),
            verdict("B", "not_found"),
            verdict("C", "not_enough", "coverage_too_low", seen_share=0.1),
            verdict("D", "not_enough", "candidates_unvisited", unvisited=3),
        ],
        "villages": [
            verdict("Bản X", "not_found", commune="A"),
            verdict("Bản Y", "not_enough", "coverage_too_low", commune="A"),
        ],
    }
    shown = samples.report_view(criterion=answer)
    text, told = read(shown), tables(shown)
    assert "found in 1 communes, nothing found in 1, not enough to say in 2." in text
    assert "Not enough to say, too little was looked at (1): Xã C." in text
    assert [row[0] for row in told["Criterion by commune"]] == ["Xã A", "Xã B", "Xã D"]
    assert told["Criterion by commune"][0][-3:] == ["0", "1", "1"]
    assert [row[:2] for row in told["Criterion by village"]] == [["Xã Bản X", "Xã A"]]
    vietnamese = read(samples.report_view(criterion=answer, language="vi", translate=translator("vi")))
    assert "không đủ căn cứ" in vietnamese


def test_conversions_commitments_and_mailboxes_have_their_tables():
    plots = [{"plot_id": "p", "code": "VH-26-001"}]
    row = {
        "conversion_id": "C1",
        "crop": "mận",
        "converted_on": "2026-05-01",
        "commune_name": "Xã Vân Hồ",
        "plots": plots,
    }
    signed = {
        "name": "Xã Vân Hồ",
        "households": 120,
        "signed": 118,
        "signed_pct": 98.3,
        "villages_reported": 1,
        "villages": 2,
    }
    boxes = {"name": "Xã Vân Hồ", "villages": 2, "with_mailbox": 1, "mailbox_pct": 50.0, "without": ["Bản A"]}
    entered = {
        "conversions": {"count": 1, "m2": 3602, "linked": 1, "rows": [row | {"area_m2": 3602, "check": "nobody_came"}]},
        "commitments": {"rows": [signed]},
        "mailboxes": {"rows": [boxes]},
    }
    told = tables(samples.report_view(ledger=samples.ledger() | entered))
    assert told["Land converted to other crops"] == [
        ["C1", "mận", "2026-05-01", "Xã Vân Hồ", "VH-26-001", "nobody came to look", "3,602"]
    ]
    assert told["Households that signed a commitment"] == [["Xã Vân Hồ", "120", "118", "98.3 %", "1", "2"]]
    assert told["Villages with a mailbox"] == [["Xã Vân Hồ", "2", "1", "50.0 %", "Bản A"]]


def test_every_empty_table_says_so_in_one_line():
    shown = samples.report_view(ledger=samples.ledger() | {"rows": []})
    text = read(shown)
    empty = [table.empty for group in then(shown) for table in group.tables if not table.rows]
    assert len(empty) > 10
    assert all(line and line in text for line in empty)


def test_a_forced_verification_stands_apart_from_rows_without_effect():
    forced = {"kind": "forced", "reason": "forced_verification", "plot_id": "p", "code": "VH-26-003"}
    other = {
        "kind": "out_of_place",
        "reason": "area_missing",
        "plot_id": "q",
        "code": "VH-26-004",
        "what": "BP-1/4/detected",
    }
    findings = [forced | {"what": "BP-1/17/verified: far away"}, other]
    shown = samples.report_view(ledger=samples.ledger() | {"findings": findings}, warnings=())
    found, told = found_and_forced(Writer(shown))
    assert [place for place, _ in found] == ["VH-26-004"]
    assert [place for place, _ in told] == ["VH-26-003"]
    (said,) = found_and_forced(Writer(replace(shown, language="vi", translate=translator("vi"))))[0]
    assert "BP-1/4/phát hiện" in said[1]


def test_findings_that_name_other_plots_name_them_by_code():
    row = {
        "kind": "ambiguous_place",
        "reason": "possible_partners",
        "plot_id": "P-1",
        "code": "VH-26-001",
        "what": "P-2",
    }
    shown = samples.report_view(ledger=samples.ledger() | {"findings": [row | {"others": ["VH-26-002"]}]}, warnings=())
    ((place, said),) = found_and_forced(Writer(shown))[0]
    assert place == "VH-26-001"
    assert "VH-26-002" in said
    assert "P-2" not in said


def period(**more) -> dict:
    changed = [
        {"key": "total", "name": "", "quantity": "detected_m2", "was": 500, "now": 650},
        {"key": "04048", "name": "Xã Vân Hồ", "quantity": "detected_m2", "was": 500, "now": 650},
    ]
    entry = {"kind": "visit_corrected", "outcome": "detected", "code": "VH-26-003", "unit": "CA-1", "visit_id": "17"}
    entry |= {
        "plot": "P-1",
        "recorded_at": "2026-04-01T02:00:00Z",
        "happened_at": "2026-02-05T02:00:00Z",
        "reason": "typo",
    }
    restated = {"period": "2026-Q1", "stated_at": "2026-03-15T00:00:00Z", "differences": changed, "because": [entry]}
    flows = {"by": "commune", "rows": [], "total": {"key": "total"}}
    reports = {"reminders": ["BP-7"]}
    days = {"year_began": "2025-12-15", "first_day": "2026-03-15", "last_day": "2026-06-14"}
    told = days | {
        "period": "2026-H1",
        "in_period": flows,
        "restatements": [restated],
        "restated": None,
        "reports": reports,
    }
    return told | more


def test_restatements_name_their_total_and_the_entries_that_caused_them():
    text = read(samples.report_view(period=period()))
    assert "2026-03-15 – 2026-06-14, cumulative 2025-12-15 – 2026-06-14" in text
    assert "2026-Q1 Total Detected (m²) 500 650" in text
    assert "2026-Q1 2026-04-01 corrected: detected VH-26-003 CA-1 17 2026-02-05 typo" in text
    assert "BP-7" in text
    assert "BP-7" not in read(samples.report_view(period=period(), unit="CA-1"))


def test_nothing_impossible_is_written_where_there_is_nothing():
    world = World()
    nobody = {"unvisited": world.ledger()["unvisited"]}
    assert nobody["unvisited"]["oldest_days"] is None
    shown = view(World().visit("rejected"))
    text = read(shown)
    assert "– %" not in text
    assert "– days" not in text
    assert "Oldest waits for none" in text
    for language, words in (("en", "there was no candidate"), ("vi", "của 0")):
        assert (words in read(replace(shown, language=language, translate=translator(language)))) == (language == "en")


def test_more_candidates_are_never_dismissed_than_there_were():
    # Regrowth where nobody had destroyed anything: a place to be cleared up.
    world = World(clock=datetime(2027, 1, 10, tzinfo=UTC)).visit("regrown")
    plot = world.told().plots[0].id
    world.append(EventKind.PLOT_DISMISSED, {"plot_id": plot, "season": SEASON.label, "reason": "crop"})
    sign = next(s for s in world.ledger()["signs"] if s["code"] == "mass_dismissal")
    assert (sign["value"], sign["of"], sign["pct"]) == (1, 1, 100.0)


@pytest.mark.parametrize("kind", CHANGING)
def test_every_event_that_changes_a_figure_has_words(kind):
    said = event_words.told({"kind": str(kind), "outcome": ""}, "vi", translator("vi"))
    assert "_" not in said
    assert kind in event_words.KINDS


def test_headings_of_checks_are_their_own_messages():
    """``Form`` and ``Images`` mean a form on a telephone and a number of images elsewhere."""
    assert not {"Form", "Images", "Photos"} & set(check_words.NAMES.values())

"""A report of a period speaks of the season that flowers in its year, and of every season whose plots it destroyed."""

import dataclasses
from pathlib import Path

import docx as office_docx
import openpyxl
import pytest

from eradication.cli import main
from eradication.domain import Period, Season
from eradication.domain.period import CUTS
from eradication.pipeline import accounts, documents, main_path, periods, rechecking
from eradication.pipeline.workspace import Workspace
from eradication.report import beside_words

SEASON, BEFORE, NEXT = Season(2024), Season(2023), Season(2025)
BY_MONTHS = ("03-31", "06-30", "09-30", "12-31")
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
PLACES = {"early": "104.70,20.80", "spring": "104.74,20.84", "small": "104.78,20.88", "autumn": "104.82,20.92"}


def found(name: str, day: str, unit: str = "BP-1", m2: int = 900) -> tuple[str, str]:
    """A plot is detected and destroyed on one day."""
    who = f"{unit},{unit}a;{unit}b"
    return (
        f"{name},{PLACES[name]},{day}T08:00+07:00,{who},detected,{m2},tape",
        f"{name},{PLACES[name]},{day}T09:00+07:00,{who},eradicated,,",
    )


def checked(name: str, day: str) -> str:
    """Another unit finds nothing left of it."""
    return f"k-{name},{PLACES[name]},{day}T08:00+07:00,KT-1,k1;k2,verified,,"


def take(workspace: Workspace, path: Path, *lines: str) -> None:
    path.write_text(HEAD + "\n".join(lines))
    told = main_path.record_visits(workspace, path)["visits"]
    assert {row["status"] for row in told} == {"accepted"}, told


@pytest.fixture
def years(office, tmp_path) -> Workspace:
    """Season 2024-2025 from November, that is in two reporting years; all verified, a small plot without a draw.

    In November 2025 the next season begins: its plot waits to be verified.
    """
    rows = (*found("early", "2024-11-20"), *found("spring", "2025-02-01"), *found("small", "2025-02-02", m2=200))
    checks = (checked("early", "2024-12-20"), checked("spring", "2025-02-20"), checked("small", "2025-02-21"))
    take(office, tmp_path / "rows.csv", *rows, *found("autumn", "2025-11-20", unit="CA-1"), *checks)
    return office


def with_cuts(workspace: Workspace, cuts: tuple[str, ...]) -> Workspace:
    settings = workspace.settings
    ledger = dataclasses.replace(settings.ledger, period_cuts=cuts)
    return dataclasses.replace(workspace, settings=dataclasses.replace(settings, ledger=ledger))


def told(workspace: Workspace, name: str, unit: str = "") -> dict:
    return periods.show(workspace, periods.parse(workspace, name), unit=unit)["cumulative"]


def blocks(ledger: dict) -> dict[str, dict]:
    return {block["season"]: block for block in ledger["rechecks"]["seasons"]}


@pytest.mark.parametrize("cuts", [CUTS, BY_MONTHS, ("02-28", "05-31", "08-31", "11-30")])
@pytest.mark.parametrize("number", range(4))
def test_the_season_of_a_period_is_the_one_that_flowers_in_its_year(cuts, number):
    period = Period(2025, number, cuts)
    assert period.season == SEASON
    assert accounts.Question(None, period=period).season_beside == SEASON
    first, last = SEASON.flowering
    assert first.year < period.year == last.year


@pytest.mark.parametrize("name", ["2025-Q1", "2025-H1", "2025-Q3", "2025-Y"])
@pytest.mark.parametrize("cuts", [CUTS, BY_MONTHS])
def test_every_period_of_a_year_speaks_of_the_same_season(years, cuts, name):
    ledger = told(with_cuts(years, cuts), name)
    assert ledger["season_beside"] == "2024-2025"
    block = blocks(ledger)["2024-2025"]
    # What was destroyed in the autumn before is of the season, too.
    assert (block["large"], block["large_verified"], block["met"]) == (2, 2, True)
    assert list(blocks(ledger)) == (["2024-2025", "2025-2026"] if name == "2025-Y" else ["2024-2025"])
    assert ledger["rechecks"]["met"] is (name != "2025-Y")


def test_coverage_stands_beside_a_period_of_the_season_it_names(years):
    told(years, "2025-Q3")
    kept = years.folder / "outputs" / "coverage"
    assert {path.name[:9] for path in kept.iterdir()} == {"2024-2025"}


def test_a_plot_of_the_next_season_has_to_be_re_checked_before_the_requirement_is_met(years, tmp_path):
    year = told(years, "2025-Y")
    assert (blocks(year)["2025-2026"]["large"], blocks(year)["2025-2026"]["met"]) == (1, False)
    assert told(with_cuts(years, ("02-28", "05-31", "08-31", "11-01")), "2025-Y")["rechecks"]["met"] is True
    take(years, tmp_path / "check.csv", checked("autumn", "2025-12-10"))
    year = told(years, "2025-Y")
    assert year["rechecks"]["met"] is True
    assert blocks(year)["2025-2026"]["large_verified"] == 1


def test_a_plot_destroyed_early_in_a_season_counts_in_the_reporting_year_in_which_that_was(years):
    year = told(years, "2024-Y")
    assert list(blocks(year)) == ["2023-2024", "2024-2025"]
    # Verified six days after the reporting year had ended.
    assert (blocks(year)["2024-2025"]["large_verified"], year["rechecks"]["met"]) == (0, False)
    assert not any(blocks(year)["2023-2024"][name] for name in ("large", "small", "drawn"))


def test_a_plot_counts_in_the_year_in_which_it_was_destroyed_not_in_that_of_its_detection(office, tmp_path):
    (seen, gone) = found("early", "2024-12-10")
    take(office, tmp_path / "rows.csv", seen, gone.replace("2024-12-10", "2024-12-20"))
    assert blocks(told(office, "2025-Q1"))["2024-2025"]["large"] == 1
    assert list(blocks(told(office, "2024-Y"))) == ["2023-2024"]


def test_a_unit_is_told_its_own_plots_of_each_season(years):
    own = {unit: told(years, "2025-Y", unit)["rechecks"] for unit in ("BP-1", "CA-1")}
    assert {one["met"] for one in own.values()} == {None}
    large = {unit: {b["season"]: b["large"] for b in one["seasons"]} for unit, one in own.items()}
    assert large == {"BP-1": {"2024-2025": 2}, "CA-1": {"2024-2025": 0, "2025-2026": 1}}


def test_small_plots_verified_without_a_draw_are_counted_apart(years, tmp_path):
    block = blocks(told(years, "2025-Q1"))["2024-2025"]
    assert (block["small"], block["drawn"], block["verified_undrawn"]) == (0, 0, 1)
    rows = found("autumn", "2025-02-03", m2=100)
    take(years, tmp_path / "small.csv", *(row.replace("autumn,", "drawn,") for row in rows))
    rechecking.draw(years, rechecking.Wish(SEASON, share=1.0))
    block = rechecking.of_season(years, SEASON)
    assert (block["small"], block["drawn"], block["verified_undrawn"]) == (1, 1, 1)
    (line,) = [line for line in beside_words.rechecks(block, "en", str) if "without a draw" in line]
    assert line.endswith("verified without a draw and not counted there: 1.")


def test_what_is_closed_with_another_season_keeps_it_and_names_it():
    block = {"large": 1, "large_verified": 0, "drawn": 0, "small": 0, "needed": 0, "checked": 0, "live_share": None}
    block |= {"waiting": 0, "met": False, "least_share": 0.3}
    closed = {"period": "2025-Q3", "until": "2025-09-14T16:59:59.999999Z", "rechecks": block}
    (line,) = beside_words.all_rechecks(closed, "en", str)
    assert line.startswith("Re-checks of season 2025-2026: ")


NAMED = (
    "Re-checks of season 2024-2025: Classes A and B: 2 of 2 destroyed plots verified",
    "Re-checks of season 2025-2026: Classes A and B: 0 of 1 destroyed plots verified",
    "Re-checks of the period: the requirement is not met yet (seasons: 2025-2026).",
)


def printed(workspace: Workspace, folder: Path, name: str, unit: str = "") -> dict[str, str]:
    """Return the document and the workbook of a period as text."""
    paper, book = folder / "r.docx", folder / "r.xlsx"
    documents.write_report(workspace, [paper, book], periods.parse(workspace, name), "en", unit=unit)
    read = office_docx.Document(str(paper))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    sheets = [str(cell) for sheet in openpyxl.load_workbook(book) for row in sheet.values for cell in row if cell]
    return {"docx": "\n".join([*(p.text for p in read.paragraphs), *cells]), "xlsx": "\n".join(sheets)}


def test_document_and_workbook_name_the_season_of_every_sentence_about_one(years, tmp_path):
    text = printed(years, tmp_path, "2025-Y")
    for said in (*NAMED, "Not seen by anybody", "Undetected (season 2024-2025), at most"):
        assert all(said in one for one in text.values()), said
    for said in (
        "Ground seen in the flowering window of season 2024-2025: by satellite",
        "What may be undetected of season 2024-2025, three statements",
        "Candidates of season 2024-2025 that were poppy",
        "Seen by satellite · patrols · neither (season 2024-2025)",
        "what was seen is told of season 2024-2025.",
    ):
        assert said in text["docx"], said
    for said in ("Seen by satellite (season 2024-2025)", "Plots that may be undetected (season 2024-2025)"):
        assert said in text["xlsx"], said
    assert "(season 2025-2026)" not in text["xlsx"] + text["docx"]


def test_where_nothing_was_destroyed_no_requirement_is_said_to_be_met(office, tmp_path):
    for text in printed(office, tmp_path, "2025-Q3").values():
        assert "Re-checks of season 2024-2025: No plot was destroyed, so there is nothing to re-check." in text
        assert "The requirement is" not in text


def test_a_unit_s_report_tells_in_one_sentence_where_coverage_is_told(years, tmp_path):
    text = printed(years, tmp_path, "2025-Q1", "BP-1")
    for one in text.values():
        assert "How much of the ground was seen is told in the province" in one
        assert "Seen by satellite (" not in one
    assert "Ground seen in the flowering window" not in text["docx"]
    (line,) = [line for line in text["docx"].splitlines() if line.startswith("Patrols walked 0")]
    assert line.endswith("on 0 days in cells of 1 km².")
    assert "– · –" not in text["docx"]


def test_the_terminal_names_the_season_too(years, capsys):
    assert main(["--workspace", str(years.folder), "--lang", "en", "period", "show", "2025-Y"]) == 0
    said = capsys.readouterr().out
    assert "Season 2024-2025: Undetected, at most: unknown" in said
    assert "Season 2024-2025: Candidates that were poppy" in said
    assert "Season 2025-2026" not in said
    assert main(["--workspace", str(years.folder), "--lang", "en", "ledger", "--season", "2024-2025"]) == 0
    assert "Season 2024-2025:" not in capsys.readouterr().out

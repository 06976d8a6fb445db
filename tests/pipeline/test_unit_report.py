"""What stands in the report of one unit is its own: nothing of other units, and no figure that is the province's."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from shapely.geometry import box, mapping

from eradication.cli import main
from eradication.domain import AdminUnit, FactKind, Period, Season
from eradication.pipeline import (
    accounts,
    created,
    documents,
    fact_book,
    main_path,
    periods,
    rechecking,
    reporting,
    settings_for,
    units,
)
from eradication.pipeline.workspace import Workspace
from eradication.report import tables

SEASON, QUARTER = Season(2025), Period(2026, 0)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
WEST, EAST = 104.70, 104.80
PLACES = {"BP-1": [(WEST, 20.80), (WEST, 20.82)], "CA-1": [(EAST, 20.80), (EAST, 20.82), (EAST, 20.84)]}


def rows() -> Iterator[str]:
    for unit, places in PLACES.items():
        for number, (lon, lat) in enumerate(places):
            place = f"{unit}-{number},{lon},{lat}"
            yield f"{place},2026-02-01T08:00+07:00,{unit},{unit}a;{unit}b,detected,200,tape"
            yield f"{place},2026-02-01T09:00+07:00,{unit},{unit}a;{unit}b,eradicated,,"


@pytest.fixture
def season(tmp_path: Path) -> Iterator[Workspace]:
    """Five small plots, two of BP-1, all drawn: one of each unit re-checked, that of CA-1 with live plants."""
    settings = settings_for("Sơn La", language="en", simulated=True, season=SEASON)
    with created(tmp_path / "ws", settings) as workspace:
        with workspace.store.transaction() as transaction:
            outline = box(104.6, 20.0, 105.0, 22.0)
            commune = AdminUnit("04048", "Xã Vân Hồ", date(2025, 7, 1), None, outline, 104.8, 21.0, None, False, "test")
            transaction.add_units([commune], [])
        _take(workspace, tmp_path / "visits.csv", *rows())
        rechecking.draw(workspace, rechecking.Wish(SEASON, share=1.0))
        checks = ((WEST, "verified,,"), (EAST, "regrown,200,tape"))
        when = "2026-02-20T08:00+07:00,KT-1,k1;k2"
        _take(workspace, tmp_path / "checks.csv", *(f"k{lon},{lon},20.80,{when},{said}" for lon, said in checks))
        yield workspace


def _take(workspace: Workspace, path: Path, *lines: str) -> None:
    path.write_text(HEAD + "\n".join(lines))
    told = main_path.record_visits(workspace, path)["visits"]
    assert {row["status"] for row in told} == {"accepted"}, told


def _converted(workspace: Workspace, path: Path) -> None:
    """A parcel on a plot of each unit, and one on no plot."""
    spots = {"CD-BP": (WEST, 20.80), "CD-CA": (EAST, 20.80), "CD-NONE": (104.90, 21.0)}
    features = [
        {
            "type": "Feature",
            "geometry": mapping(box(lon - 0.0005, lat - 0.0005, lon + 0.0005, lat + 0.0005)),
            "properties": {"crop": name, "conversion_id": name, "converted_on": "2026-03-01", "source": "test"},
        }
        for name, (lon, lat) in spots.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    told = fact_book.record_facts(workspace, path, FactKind.CONVERSION)
    assert {row["status"] for row in told["facts"]} == {"accepted"}, told


def test_of_re_checks_a_unit_is_told_those_of_its_plots_and_no_estimate(season):
    told = (periods.show(season, QUARTER, unit=unit)["cumulative"]["rechecks"]["seasons"] for unit in ("BP-1", ""))
    (own,), (all_,) = told
    counts = ("small", "drawn", "checked", "live")
    assert tuple(all_[name] for name in counts) == (5, 5, 2, 1)
    assert tuple(own[name] for name in counts) == (2, 2, 1, 0)
    assert all_["live_share"] == 0.5
    assert {own[name] for name in ("live_share", "low", "high", "needed", "met")} == {None}
    assert own["draws"] == []


def test_what_is_estimated_of_the_province_is_not_told_of_a_unit(season):
    told = periods.show(season, QUARTER, unit="BP-1")["cumulative"]
    assert set(told["undetected"]["why"].values()) == {told["precision"]["why"]} == {"told_of_province"}
    assert told["coverage"]["none"] is None
    assert "province's report" in told["coverage"]["why"]
    (sign,) = (sign for sign in told["signs"] if sign["code"] == "low_coverage")
    assert not sign["marked"]
    of_all = periods.show(season, QUARTER)["cumulative"]
    assert "told_of_province" not in of_all["undetected"]["why"].values()
    assert next(sign for sign in of_all["signs"] if sign["code"] == "low_coverage")["marked"]


def test_conversions_of_a_unit_are_those_on_its_plots(season, tmp_path):
    _converted(season, tmp_path / "land.geojson")
    own, all_ = (periods.show(season, QUARTER, unit=unit)["cumulative"]["conversions"] for unit in ("BP-1", ""))
    assert [row["conversion_id"] for row in own["rows"]] == ["CD-BP"]
    assert (own["count"], own["linked"], own["due"]) == (1, 1, 0)
    assert (all_["count"], all_["linked"], len(all_["rows"])) == (3, 2, 3)


@pytest.mark.parametrize("of", [SEASON, QUARTER])
def test_the_page_of_a_unit_says_what_the_province_s_report_tells(season, tmp_path, of):
    _converted(season, tmp_path / "land.geojson")
    page = tmp_path / "page.html"
    documents.write_report(season, page, of, "en", unit="BP-1")
    text = page.read_text(encoding="utf-8")
    for said in (
        "Class C: 2 of 2 destroyed plots drawn at random, re-checked 1, live plants on 0.",
        "What the draws say of all destroyed plots is told in the province&#39;s report.",
        "Baseline, commitments and mailboxes are told in the province&#39;s report.",
        "it is told in the province&#39;s report",
        "CD-BP",
    ):
        assert said in text
    for foreign in ("CD-CA", "CD-NONE", "CA-1", "The requirement is", "Satellite runs", "No commitments were entered."):
        assert foreign not in text
    documents.write_report(season, page, of, "en")
    of_all = page.read_text(encoding="utf-8")
    assert "CD-CA" in of_all
    assert "Satellite runs" in of_all
    assert "live plants on" not in of_all


def test_the_command_tells_a_unit_s_part_in_both_languages(season, capsys):
    for language in ("en", "vi"):
        name = ["--workspace", str(season.folder), "--lang", language]
        assert main([*name, "period", "show", "2026-Q1", "--unit", "BP-1"]) == 0
    assert "it is told in the province's report" in capsys.readouterr().out


def test_a_target_of_a_unit_in_another_spelling_stands_beside_what_the_unit_reached(season, tmp_path):
    table = tmp_path / "units.csv"
    table.write_text(
        "code,name,kind,valid_from,valid_to,successor,reports\n"
        "BP-1,Đồn Một,border_post,2000-01-01,,,yes\n"
        "CA-1,Công an huyện,police,2000-01-01,2026-02-28,CA-9,no\n"
        "CA-9,Phòng Cảnh sát,police,2026-03-01,,,yes\n"
    )
    units.record_units(season, table)
    targets = tmp_path / "targets.csv"
    targets.write_text("unit,season,target_m2,source\nbp 1,2025-2026,500,KH\nCA-1,2025-2026,700,KH\n")
    told = fact_book.record_facts(season, targets, FactKind.TARGET)["facts"]
    assert {row["status"] for row in told} == {"accepted"}
    rows = accounts.ledger(season, accounts.Question(SEASON))["targets"]["rows"]
    assert {row["unit"]: row["detected_m2"] for row in rows} == {"bp 1": 400, "CA-1": 600}
    (own,) = accounts.ledger(season, accounts.Question(SEASON, unit="BP-1"))["targets"]["rows"]
    assert (own["unit"], own["detected_m2"], own["target_m2"]) == ("bp 1", 400, 500)


CANARY = "CANARY"
"""In every visit id, officer, minutes and reason of the other unit; ``ZZ-9`` is its code, 04:37 its time."""
FIELDS = f"{HEAD.strip()},destroyed_fraction,minutes_no,photo_before,photo_after\n"
OTHERS = (
    ("2026-02-05", "eradicated,,,1.0,{c}-BB,{c}-1.jpg,{c}-2.jpg"),
    ("2026-02-21", "verified,,,,,,"),
    ("2026-02-22", "regrown,150,tape,,,,"),
    ("2026-02-23", "eradicated,,,1.0,{c}-BB,,"),
    ("2026-02-24", "verified,,,,,,"),
)
"""What the other unit did at a plot that BP-1 found: it destroyed it, and insisted on verifying that itself."""


def _at_a_plot_of_another(workspace: Workspace, path: Path, *, late: bool = False) -> None:
    lines = [
        f"{CANARY}{day},{WEST},20.82,{day}T04:37+07:00,ZZ-9,{CANARY}a;{CANARY}b,{said.format(c=CANARY)}"
        for day, said in OTHERS
    ]
    if late:
        lines = [f"{CANARY}late,{WEST},20.80,2026-02-26T04:37+07:00,ZZ-9,{CANARY}a;{CANARY}b,regrown,90,tape,,,,"]
    path.write_text(FIELDS + "\n".join(lines))
    told = main_path.record_visits(workspace, path, force=f"{CANARY} reason")["visits"]
    assert "refused" not in {row["status"] for row in told}, told


def _said(path: Path) -> str:
    """All that stands in a file of a report, times of a workbook as they are shown."""
    if path.suffix == ".pdf":
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext (poppler-utils) is not installed")
        return subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as parts:
        text = " ".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        text += " ".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)
    return text


@pytest.mark.slow
@pytest.mark.parametrize(
    "of",
    [Period(2026, 1), pytest.param(QUARTER, marks=pytest.mark.slow), pytest.param(SEASON, marks=pytest.mark.slow)],
    ids=str,
)
def test_who_else_was_at_a_plot_and_when_stands_in_no_file_of_a_unit_s_report(season, tmp_path, of):
    _at_a_plot_of_another(season, tmp_path / "others.csv")
    periods.close(season, QUARTER, "CB-1")
    _at_a_plot_of_another(season, tmp_path / "late.csv", late=True)
    files = [tmp_path / f"report.{ending}" for ending in documents.FORMATS]
    documents.write_report(season, files, of, "en", unit="BP-1")
    for file in files:
        found = {word for word in (CANARY, "ZZ-9", "KT-1", "04:37", "k104") if word in _said(file)}
        assert not found, f"{file.name}: {found}"
    documents.write_report(season, tmp_path / "province.xlsx", of, "en")
    told = _said(tmp_path / "province.xlsx")
    assert all(word in told for word in (CANARY, "ZZ-9", "04:37")), "a report that names nobody proves nothing"


def test_rows_of_other_units_keep_what_figures_rest_on_and_are_counted_in_the_note(season, tmp_path):
    _at_a_plot_of_another(season, tmp_path / "others.csv")
    view = reporting.view_of(season, SEASON, "en", unit="BP-1", with_events=True)
    hidden = [row for row in view.events or () if row.happened_at is None]
    assert list(view.events or ())[-len(hidden) :] == hidden, "in order of time their place would tell the day"
    assert sorted(row.outcome for row in hidden if row.kind == "visit_recorded").count("eradicated") == 2
    assert all(row.hash and not row.origin and row.recorded_at is None for row in hidden)
    assert {row.hash for row in hidden} <= {event.hash for event in season.store.events()}
    (group,) = [group for group in tables.all_of(view, whole=True) if group.key == "events"]
    assert group.notes == [
        f"Rows of other units, at the end: {len(hidden)}. Who it was, when, and by which number is left blank;"
        " the province's report has it."
    ]
    told = reporting.view_of(season, SEASON, "en", with_events=True)
    assert all(row.happened_at for row in told.events or ())


CROSSING = ("BX-1", "BY-1")


@pytest.fixture
def crossing(season, tmp_path) -> Workspace:
    """BX-1 destroys twelve plots whole: six of its own, six that BY-1 found; KT-1 looks at one of them."""
    for number in range(12):
        finder, at = CROSSING[number // 6], f"104.{62 + number},21.10"
        _take(
            season,
            tmp_path / f"x{number}.csv",
            f"W{number},{at},2026-02-{1 + number:02d}T09:00+07:00,{finder},{finder}a;{finder}b,detected,100,tape",
            f"X{number},{at},2026-02-{11 + number:02d}T10:00+07:00,BX-1,BX-1a;BX-1b,eradicated,,",
        )
    _take(season, tmp_path / "again.csv", "R0,104.68,21.10,2026-03-01T10:00+07:00,KT-1,k1;k2,verified,,")
    return season


@pytest.mark.parametrize("of", [SEASON, Period(2026, 1)], ids=str)
def test_what_a_unit_destroyed_at_another_s_plots_stands_in_its_own_report_and_in_no_other(crossing, of):
    views = {unit: reporting.view_of(crossing, of, "en", unit=unit, with_events=True) for unit in ("", *CROSSING)}
    told = {unit: next(s for s in v.ledger["signs"] if s["code"] == "always_whole") for unit, v in views.items()}
    assert (told[""]["marked"], told[""]["who"]) == (True, ["BX-1"])
    assert (told["BX-1"]["value"], told["BX-1"]["of"], told["BX-1"]["marked"]) == (12, 12, True)
    assert (told["BY-1"]["value"], told["BY-1"]["of"], told["BY-1"]["marked"]) == (0, 0, False)
    own = [row for row in views["BX-1"].events or () if row.outcome == "eradicated"]
    assert {row.visit for row in own} == {f"X{number}" for number in range(12)}
    assert {row.visit for row in views["BX-1"].events or () if row.outcome == "detected"} == {f"W{n}" for n in range(6)}
    assert {row["visit"].split("/")[1] for row in views["BX-1"].checks} == {f"X{number}" for number in range(12)}
    assert len(views["BX-1"].plots) == 6
    assert [(row["visit"], row["unit"]) for row in views["BY-1"].checks] == [("", "")] * 6


def test_of_another_s_plot_a_unit_reads_how_its_checks_ended_and_no_figure_of_the_other(crossing):
    view = reporting.view_of(crossing, SEASON, "en", unit="BX-1")
    mine = {row.episode.plot.id for row in view.plots}
    theirs = [row for row in view.checks if row["plot"] not in mine]
    assert len(theirs) == 6
    assert all(row["visit"] and row["eradicated_at"] for row in theirs)
    assert {(one["value"], one["what"]) for row in theirs for one in row["checks"]} == {(None, "")}
    assert any(one["what"] or one["value"] for row in view.checks for one in row["checks"])


def test_a_re_check_at_another_s_plot_stands_in_the_events_of_whoever_made_it(crossing):
    view = reporting.view_of(crossing, SEASON, "en", unit="KT-1", with_events=True)
    assert view.plots == ()
    told = [row for row in view.events or () if row.kind == "visit_recorded"]
    assert sorted(row.outcome for row in told) == ["regrown", "verified", "verified"]
    assert {row.unit for row in told} == {"KT-1"}
    assert all(row.plots[0].startswith("VH-") for row in told)
    assert not {"BX-1", "BY-1", "BP-1", "CA-1"} & {row.unit for row in view.events or ()}

"""Reporting periods as an office uses them: shown, closed, filed, and told by unit."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from eradication.cli import main
from eradication.domain import TIMEZONE, EventKind, Period, Season
from eradication.errors import UnusableInput
from eradication.pipeline import accounts, documents, filing, main_path, periods, plot_answers, units

HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
ROWS = (
    "1,104.70,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape\n"
    "1,104.70,20.80,2026-02-02T08:00+07:00,BP-1,S1;S2,eradicated,,\n"
    "2,104.80,20.90,2026-02-03T08:00+07:00,CA-1,S3;S4,detected,200,tape\n"
)


@pytest.fixture
def season(office, tmp_path):
    """Two plots of two units."""
    table = tmp_path / "visits.csv"
    table.write_text(HEAD + ROWS)
    assert {row["status"] for row in main_path.record_visits(office, table)["visits"]} == {"accepted"}
    return office


def test_a_period_that_runs_can_be_shown_and_not_closed(season):
    running = Period.parse(periods.listed(season)["periods"][-1]["period"])
    with pytest.raises(UnusableInput) as caught:
        periods.close(season, running, "CB-1")
    assert caught.value.kind == "period_not_over"
    assert periods.show(season, running)["closed_at"] is None


def test_what_is_closed_stays_as_it_was(season):
    first = periods.close(season, Period(2026, 0), "CB-1")
    assert first["cumulative"]["total"]["detected_m2"] == 500
    assert (first["closed_by"], first["restated"]) == ("CB-1", None)
    with pytest.raises(UnusableInput) as caught:
        periods.close(season, Period(2026, 0), "CB-2")
    assert caught.value.kind == "period_closed"
    assert periods.listed(season)["periods"][0]["state"] == "closed"
    assert season.store.events()[-1].signature


def test_a_unit_sees_its_own_part_of_a_closed_period(season):
    periods.close(season, Period(2026, 0), "CB-1")
    own = periods.show(season, Period(2026, 0), unit="CA-1")
    assert own["cumulative"]["total"]["detected_m2"] == 200
    assert own["in_period"]["total"]["carried_out_m2"] == 200


def test_periods_that_are_over_and_open_are_listed_for_years_in_which_anything_happened(season):
    def told(moment):
        return [(row["period"], row["state"]) for row in periods.listed(season, moment)["periods"]]

    assert told(datetime(2026, 3, 1, tzinfo=UTC)) == [("2026-Q1", "running")]
    autumn = datetime(2026, 10, 1, tzinfo=UTC)
    ended = [("2026-Q1", "ended"), ("2026-H1", "ended"), ("2026-Q3", "ended")]
    assert told(autumn) == [*ended, ("2026-Y", "running")]
    answer = periods.close(season, Period(2026, 1), "CB-1", now=autumn)
    assert answer["left_open"] == ["2026-Q1"]
    assert told(autumn) == [ended[0], ("2026-H1", "closed"), ended[2], ("2026-Y", "running")]
    assert periods.close(season, Period(2026, 0), "CB-1", now=autumn)["left_open"] == []
    later = told(datetime(2028, 1, 1, tzinfo=UTC))
    assert ("2026-Y", "ended") in later
    assert not any(name.startswith("2027") for name, _ in later)


LATE = "9,104.65,20.95,2026-02-05T08:00+07:00,CA-1,S3;S4,detected,150,tape\n"


@pytest.fixture
def entered_late(season, tmp_path):
    """The first quarter is closed; then a plot of CA-1 comes in that was found in it. Both units ought to report."""
    table = tmp_path / "units.csv"
    table.write_text(
        "code,name,kind,valid_from,reports\nBP-1,B,border_post,2000-01-01,yes\nCA-1,C,police,2000-01-01,yes\n"
    )
    units.record_units(season, table)
    periods.close(season, Period(2026, 0), "CB-1")
    table = tmp_path / "late.csv"
    table.write_text(HEAD + LATE)
    main_path.record_visits(season, table)
    return season


def totals(restatements):
    return [(r["was"], r["now"]) for one in restatements for r in one["differences"] if r["quantity"] == "detected_m2"]


@pytest.mark.parametrize("close", [False, True])
def test_a_unit_is_told_its_own_restatements_and_no_other_unit_s(entered_late, close):
    half = Period(2026, 1)
    if close:
        periods.close(entered_late, half, "CB-1")
    shown = {unit: periods.show(entered_late, half, unit=unit) for unit in ("", "CA-1", "BP-1")}
    assert (500, 650) in totals(shown[""]["restatements"])
    assert totals(shown["CA-1"]["restatements"])[0] == (200, 350)
    assert shown["BP-1"]["restatements"] == []
    assert [shown[unit]["restated"] for unit in shown] == [None, None, None]
    assert shown["BP-1"]["reports"]["reminders"] == ["BP-1"]
    quarter = periods.show(entered_late, Period(2026, 0), unit="CA-1")
    assert quarter["cumulative"]["total"]["detected_m2"] == 200
    assert (quarter["restated"] is None) == close  # the half-year has stated it


def test_restatements_name_the_entries_that_changed_a_figure(entered_late, tmp_path):
    table = tmp_path / "no-change.csv"
    table.write_text(HEAD + "10,104.60,20.70,2026-02-06T08:00+07:00,BP-1,S1;S2,rejected,,\n")
    main_path.record_visits(entered_late, table)
    (restated,) = periods.show(entered_late, Period(2026, 1))["restatements"]
    (entry,) = restated["because"]
    assert (entry["unit"], entry["visit_id"], entry["outcome"]) == ("CA-1", "9", "detected")
    assert entry["code"]
    assert entry["recorded_at"] > restated["stated_at"]


def test_a_row_that_is_struck_out_is_named_and_a_correction_of_what_is_not_counted_is_not(entered_late, tmp_path):
    def correct(key, row):
        table = tmp_path / "correction.csv"
        table.write_text(row)
        told = main_path.correct_visit(entered_late, key, table, "entered twice")["visits"]
        assert [row["status"] for row in told] == ["accepted"]

    correct("BP-1/1/eradicated", HEAD)
    correct("CA-1/2/detected", "visit_id,unit,outcome,area_m2\n2,CA-1,detected,260\n")
    correct("CA-1/2/detected", "visit_id,unit,outcome,minutes_no,minutes_type\n2,CA-1,detected,7/BB,detection\n")
    shown = periods.show(entered_late, Period(2026, 1))
    named = [
        (row["kind"], row["unit"], row["visit_id"], row["outcome"], row["struck_out"])
        for row in shown["restatements"][0]["because"]
    ]
    assert sorted(named) == [
        ("visit_corrected", "BP-1", "1", "eradicated", True),
        ("visit_corrected", "CA-1", "2", "detected", False),
        ("visit_recorded", "CA-1", "9", "detected", False),
    ]
    assert all(row["code"] for row in shown["restatements"][0]["because"])
    documents.write_report(entered_late, tmp_path / "report.html", Period(2026, 1), "en")
    assert "struck out: eradicated" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_unit_s_report_shows_nothing_of_other_units(entered_late, tmp_path):
    own, other = (tmp_path / f"{unit}.html" for unit in ("BP-1", "CA-1"))
    for file in (own, other):
        documents.write_report(entered_late, file, Period(2026, 1), "en", unit=file.stem)
    # Letters of charts are drawn as outlines, whose coordinates may be any number.
    text = re.sub(r' (d|x|y|transform|points)="[^"]*"', "", own.read_text(encoding="utf-8"))
    for foreign in ("CA-1", "650", "500 m²", "Restatements of periods", "No report yet"):
        assert foreign not in text
    assert "300 m²" in text
    told = other.read_text(encoding="utf-8")
    assert "BP-1" not in told
    assert "Restatements of periods" in told


def test_a_unit_that_ended_is_answered_for_by_its_successor(season, tmp_path):
    table = tmp_path / "units.csv"
    table.write_text(
        "code,name,kind,valid_from,valid_to,successor,reports\n"
        "CA-1,Công an huyện,police,2000-01-01,2026-02-28,CA-9,no\n"
        "CA-9,Phòng Cảnh sát,police,2026-03-01,,,yes\n"
        "BP-1,Đồn Biên phòng,border_post,2000-01-01,,,yes\n"
    )
    answer = units.record_units(season, table)
    assert {row["status"] for row in answer["units"]} == {"accepted"}
    shown = periods.show(season, Period(2026, 0), by="unit")
    named = {row["key"]: row["name"] for row in shown["cumulative"]["rows"]}
    assert named == {"BP-1": "Đồn Biên phòng", "CA-9": "Phòng Cảnh sát"}
    assert periods.show(season, Period(2026, 0), unit="CA-9")["cumulative"]["total"]["detected_m2"] == 200


def test_a_table_of_units_that_comes_late_takes_back_what_a_unit_verified_of_itself(season, tmp_path):
    again = tmp_path / "again.csv"
    again.write_text(f"{HEAD}3,104.70,20.80,2026-02-25T08:00+07:00,DBP-1,S8;S9,verified,,\n")
    assert main_path.record_visits(season, again)["visits"][0]["status"] == "accepted"

    def states():
        return sorted(row["state"] for row in plot_answers.plots(season)["plots"])

    assert states() == ["detected", "verified"]
    periods.close(season, Period(2026, 0), "CB-1")
    table = tmp_path / "units.csv"
    head = "code,name,kind,valid_from,valid_to,successor,reports\n"
    old = "BP-1,Đồn Một,border_post,2000-01-01,2026-02-10,DBP-1,no\n"
    table.write_text(f"{head}{old}DBP-1,Đồn Một mới,border_post,2026-02-11,,,yes\n")
    units.record_units(season, table)
    assert states() == ["detected", "eradicated"]
    told = accounts.ledger(season, accounts.Question(Season(2025)))
    assert [finding["reason"] for finding in told["findings"]] == ["verifier_not_independent"]
    restated = periods.show(season, Period(2026, 0))["restated"]
    assert [event["kind"] for event in restated["because"]] == ["units_recorded"]
    again.write_text(again.read_text().replace("3,104", "4,104"))
    assert main_path.record_visits(season, again)["visits"][0]["reason"] == "verifier_not_independent"


def test_who_has_not_filed_is_reminded_and_who_filed_late_is_told(season, tmp_path):
    table = tmp_path / "units.csv"
    table.write_text(
        "code,name,kind,valid_from,reports\n"
        "BP-1,Đồn một,border_post,2000-01-01,yes\n"
        "BP-2,Đồn hai,border_post,2000-01-01,yes\n"
    )
    units.record_units(season, table)
    first = Period(2026, 0)
    assert filing.told(season, first)["reminders"] == ["BP-1", "BP-2"]
    assert filing.file(season, first, "BP-1", date(2026, 3, 14), plan=False, by="CB-1")["on_time"]
    assert not filing.file(season, first, "BP-2", date(2026, 3, 15), plan=False, by="CB-1")["on_time"]
    assert filing.file(season, first, "BP-2", date(2026, 2, 14), plan=True, by="")["on_time"]
    told = filing.told(season, first)
    assert (told["reminders"], told["on_time_pct"], told["expected"]) == ([], 50.0, 2)
    assert [row["plan_on_time"] for row in told["units"]] == [False, True]


FOLLOWED = (
    "code,name,kind,valid_from,valid_to,successor,reports\n"
    "CA01,Công an huyện,police,2000-01-01,2026-02-28,CA09,yes\n"
    "CA09,Phòng Cảnh sát,police,2026-03-01,,,yes\n"
    "BP-1,Đồn một,border_post,2000-01-01,,,yes\n"
    "BP-5,Đồn năm,border_post,2000-01-01,2025-06-30,,yes\n"
)


@pytest.fixture
def followed(season, tmp_path):
    """CA01 was followed by CA09 within the quarter; BP-5 ended before it, followed by nobody."""
    table = tmp_path / "followed.csv"
    table.write_text(FOLLOWED)
    assert units.record_units(season, table)["recorded"] == 4
    return season


@pytest.mark.parametrize(
    ("days", "plan", "kind"),
    [
        *((2, False, "future_day"), (2, True, "future_day"), (1, False, "")),
        *((date(2025, 12, 14), False, "too_early"), (date(2025, 12, 15), False, "")),
        *((date(2024, 12, 31), True, "too_early"), (date(2025, 1, 1), True, "")),
    ],
)
def test_nothing_is_filed_on_a_day_to_come_or_before_its_time(followed, days, plan, kind):
    day = days if isinstance(days, date) else datetime.now(TIMEZONE).date() + timedelta(days=days)
    if not kind:
        assert filing.file(followed, Period(2026, 0), "BP-1", day, plan=plan, by="")["filed_on"] == day.isoformat()
        return
    with pytest.raises(UnusableInput) as caught:
        filing.file(followed, Period(2026, 0), "BP-1", day, plan=plan, by="")
    assert (caught.value.kind, bool(caught.value.hint)) == (kind, True)
    assert followed.store.events(kinds=[EventKind.REPORT_FILED]) == []


def test_the_last_entry_of_a_filing_counts_and_says_what_it_replaces(followed):
    quarter, said = Period(2026, 0), []
    for day in (20, 10, 10, 20):
        told = filing.file(followed, quarter, "BP-1", date(2026, 3, day), plan=False, by="")
        (row,) = (row for row in filing.told(followed, quarter)["units"] if row["unit"] == "BP-1")
        assert (row["filed_on"], row["on_time"]) == (f"2026-03-{day}", day == 10)
        said.append(told["replaces"] and told["replaces"]["filed_on"])
    assert said == [None, "2026-03-20", None, "2026-03-10"]
    assert len(followed.store.events(kinds=[EventKind.REPORT_FILED])) == 3


def test_what_a_unit_filed_that_was_followed_counts_for_its_successor(followed, capsys):
    quarter = Period(2026, 0)
    assert filing.told(followed, quarter)["reminders"] == ["BP-1", "CA09"]
    name = ["--workspace", str(followed.folder), "--lang", "en"]
    assert main([*name, "period", "file", "2026-Q1", "--unit", "CA01", "--date", "2026-02-20"]) == 0
    assert "It counts for CA09, which has followed CA01." in capsys.readouterr().out
    told = filing.told(followed, quarter)
    assert (told["reminders"], [row["unit"] for row in told["units"]]) == (["BP-1"], ["BP-1", "CA09"])
    again = filing.file(followed, quarter, "CA09", date(2026, 3, 10), plan=False, by="")
    assert (again["counts_for"], again["replaces"]) == ("CA09", {"filed_on": "2026-02-20"})


def test_of_a_unit_that_was_followed_nothing_is_told_but_its_successor(followed, tmp_path, capsys):
    name = ["--workspace", str(followed.folder), "--lang", "en", "--json"]
    report = ["--out", str(tmp_path / "pages"), "--unit", "ca 01"]
    for command in (
        ["period", "show", "2026-Q1", "--unit", "CA01"],
        ["report", "2026-Q1", *report],
        ["report", "2025-2026", *report],
    ):
        assert main([*name, *command]) == 2
        error = json.loads(capsys.readouterr().out)["error"]
        assert (error["kind"], error["where"]) == ("unit_followed", "--unit")
        assert "--unit CA09" in error["hint"]
    assert not list(tmp_path.glob("pages/*"))
    # Until the end of February it answered for itself.
    assert periods.show(followed, Period(2025, 3), unit="CA01")["unit"] == "CA01"


def test_a_unit_that_ended_before_the_period_and_was_followed_by_nobody_files_nothing(followed):
    with pytest.raises(UnusableInput) as caught:
        filing.file(followed, Period(2026, 0), "BP-5", date(2026, 3, 10), plan=False, by="")
    assert caught.value.kind == "unit_ended"
    assert filing.file(followed, Period(2025, 2), "BP-5", date(2025, 9, 10), plan=False, by="")["counts_for"] == "BP-5"


def test_a_report_of_a_period_and_of_a_unit_is_written(season, tmp_path):
    periods.close(season, Period(2026, 0), "CB-1")
    for unit, shown in (("", "500 m²"), ("CA-1", "200 m²")):
        file = tmp_path / f"report{unit}.html"
        documents.write_report(season, file, Period(2026, 0), "en", unit=unit)
        text = file.read_text(encoding="utf-8")
        assert "Period report 2026-Q1" in text
        assert "2025-12-15 – 2026-03-14 ·" in text
        assert shown in text


def test_the_commands_answer(season, capsys):
    name = ["--workspace", str(season.folder), "--lang", "en", "--json"]
    assert main([*name, "period", "close", "2026-Q1", "--by", "CB-1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["in_period"]["total"]["detected_m2"] == 500
    assert main([*name, "period", "close", "2026-Q1", "--by", "CB-1"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "period_closed"
    assert main([*name, "period", "show", "2026-Q7"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "unknown_period"
    assert main([*name, "period", "file", "2026-Q1", "--unit", "BP-1", "--date", "2026-03-10"]) == 0
    assert json.loads(capsys.readouterr().out)["on_time"]
    for command in (["period", "list"], ["period", "show", "2026-H1"], ["criterion", "--season", "2025-2026"]):
        assert main([*name[:-1], *command]) == 0
    assert "2026-H1" in capsys.readouterr().out


def test_a_period_is_closed_while_one_before_it_is_open_and_that_is_said(season, capsys):
    name = ["--workspace", str(season.folder), "--lang", "en"]
    assert main([*name, "period", "list"]) == 0
    out = capsys.readouterr().out
    assert "over, not closed yet" in out
    assert "`eradication period close 2026-Q1 --by CODE`" in out
    assert main([*name, "period", "close", "2026-H1", "--by", "CB-1"]) == 0
    assert "Over and not closed: 2026-Q1" in capsys.readouterr().out


def test_the_command_names_the_entries_of_a_restatement(entered_late, capsys):
    name = ["--workspace", str(entered_late.folder), "--lang", "en", "period", "show", "2026-H1"]
    assert main(name) == 0
    out = capsys.readouterr().out
    entry = next(line for line in out[out.index("Because of these entries") :].splitlines() if "CA-1" in line)
    assert "detected" in entry
    assert entry.split()[4:7] == ["CA-1", "9", "05/02/2026"]
    assert main([*name, "--unit", "BP-1"]) == 0
    assert "CA-1" not in capsys.readouterr().out


def test_the_four_periods_of_a_year_meet_without_a_gap():
    year = [Period(2026, number) for number in range(4)]
    assert [str(period) for period in year] == ["2026-Q1", "2026-H1", "2026-Q3", "2026-Y"]
    assert year[0].first == datetime(2025, 12, 14, 17, tzinfo=UTC)
    for before, after in pairwise(year):
        assert after.before == before
        assert (after.first - before.last).total_seconds() == pytest.approx(1e-6)
    assert year[3].last_day == date(2026, 12, 14)
    assert {period.year_began for period in year} == {date(2025, 12, 15)}

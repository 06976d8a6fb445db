"""The clock of the harvest on the command line, on the demonstration."""

import csv
from datetime import date

from eradication.domain import EventKind, Season
from eradication.harvest import CLOCKED
from eradication.pipeline import opened

LIST = ("--json", "plots", "list", "--urgent", "--on", "2026-02-01")


def test_what_may_still_stand_has_a_clock_and_the_most_urgent_comes_first(cli, demo_folder):
    answer = cli("--workspace", demo_folder, *LIST).json
    assert (answer["day"], answer["urgent"]) == ("2026-02-01", True)
    rows = answer["plots"]
    assert all((row["lancing_from"] is not None) == (row["state"] in CLOCKED) for row in rows)
    clocked = [row for row in rows if row["lancing_from"]]
    assert rows[: len(clocked)] == clocked
    for row in clocked:
        assert row["days_to_lancing"] == (date.fromisoformat(row["lancing_from"]) - date(2026, 2, 1)).days


def test_a_run_stores_the_sowing_day_of_candidates_it_is_told_of(demo_folder):
    with opened(demo_folder) as workspace:
        proposed = workspace.store.events(kinds=[EventKind.CANDIDATE_PROPOSED])
        (run, *_) = workspace.store.events(kinds=[EventKind.RUN_FINISHED])
    days = [e.payload["candidate"]["sown_on"] for e in proposed if "sown_on" in e.payload["candidate"]]
    assert 0 < len(days) <= len(proposed)
    season = Season.parse(run.payload["season"])
    assert all(season.first_day <= date.fromisoformat(day) <= season.last_day for day in days)
    assert run.payload["candidates_sown"] >= 1


def test_a_candidate_that_was_cut_before_anybody_came_is_closed_and_listed(cli, demo_copy, tmp_path):
    listed = cli("--workspace", demo_copy, "--json", "plots", "list").json["plots"]
    lost = next(row for row in listed if row["state"] in ("expired", "candidate", "not_reached"))
    table = tmp_path / "cut.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["visit_id", "plot_id", "visited_at", "unit", "officers", "outcome"])
        rows.writerow(["CUT-1", lost["id"], "2026-06-10T09:00:00+07:00", "BP01", "S1;S2", "harvested"])
    before = cli("--workspace", demo_copy, "--json", "ledger", "--season", lost["season"]).json
    assert cli("--workspace", demo_copy, "--json", "visits", "import", table).json["visits"][0]["status"] == "accepted"
    after = cli("--workspace", demo_copy, "--json", "ledger", "--season", lost["season"]).json
    assert after["total"]["detected_m2"] == before["total"]["detected_m2"]
    assert after["unvisited"]["harvested_undetected"] == 1
    (row,) = (row for row in after["timeliness"]["harvested"] if row["plot"] == lost["id"])
    assert row["estimated_m2"] == after["unvisited"]["harvested_m2"] > 0
    said = cli("--workspace", demo_copy, "--lang", "en", "ledger", "--season", lost["season"]).out
    assert "Candidates harvested before anybody came: 1, " in said


def test_a_day_that_is_none_is_refused(cli, demo_folder):
    assert cli("--workspace", demo_folder, "--json", "plots", "list", "--on", "tomorrow").code == 2

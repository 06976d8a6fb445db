"""``plan`` and ``plans`` as they are typed, on the demonstration."""

import json
import shutil
from pathlib import Path

import pytest

from eradication.cli import main


@pytest.fixture(scope="module")
def planned(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demonstration in which two units have a plan for one day."""
    folder = shutil.copytree(demo_folder, tmp_path_factory.mktemp("planned") / "demo")
    words = ["plan", "--unit", "BP01", "--also", "CA02", "--date", day(folder), "--hours", "3"]
    assert main(["--workspace", str(folder), *words, "--out", str(folder.parent / "plans")]) == 0
    return folder


def day(folder: Path, month_day: str = "02-10") -> str:
    """A day of the demonstration's season."""
    text = (folder / "eradication.toml").read_text(encoding="utf-8")
    return f"{text.partition('season = "')[2][5:9]}-{month_day}"


@pytest.fixture
def run(cli, planned):
    return lambda *words: cli("--workspace", planned, "--json", *words)


@pytest.fixture
def say(cli, planned):
    return lambda language, *words: cli("--workspace", planned, "--lang", language, *words)


def wish(planned, *more):
    return ("plan", "--unit", "BP01", "--also", "CA02", "--date", day(planned), "--hours", "3", *more)


def test_the_answer_is_the_contract_s_and_the_same_again(run, planned):
    ended = run(*wish(planned))
    assert ended.code == 0, ended.out
    told = ended.json
    assert told == run(*wish(planned)).json
    assert told["draw"]
    assert told["simulated"] is True
    assert [(route["unit"], route["hours"]) for route in told["routes"]] == [("BP01", 3.0), ("CA02", 3.0)]
    for stop in (stop for route in told["routes"] for stop in route["stops"]):
        assert ("plot" in stop) != ("cell" in stop)
        assert (stop["inclusion_prob"] is not None) == (stop["selection_mode"] == "random")
    names = [stop.get("plot") or stop["cell"] for route in told["routes"] for stop in route["stops"]]
    assert len(names) == len(set(names)) > 1


def test_files_are_written_for_each_unit(planned):
    found = sorted(path.suffix for path in (planned.parent / "plans").iterdir())
    assert found == sorted([".gpkg", ".gpx", ".json", ".pdf"] * 2)
    told = json.loads(next((planned.parent / "plans").glob("*.json")).read_text(encoding="utf-8"))
    assert told["simulated"] is True


@pytest.mark.parametrize("language", ["vi", "en"])
def test_people_read_a_plan_and_what_became_of_it(say, run, planned, language):
    (mine,) = run("plans", "list", "--unit", "BP01").json["plans"]
    listed = say(language, "plans", "list")
    shown = say(language, "plans", "show", mine["plan"], "--unit", "BP01")
    walked = say(language, "plans", "walked", mine["plan"], "--unit", "BP01")
    asked = say(language, *wish(planned))
    assert [one.code for one in (listed, shown, walked, asked)] == [0, 0, 0, 0]
    assert mine["plan"] in shown.out
    assert mine["plan"] in asked.out
    if language == "en":
        assert all("not an accusation" in one.out for one in (shown, walked, asked))
        assert all("SIMULATED" in one.out for one in (listed, shown, walked, asked))


def test_another_units_plan_is_not_there(run):
    (mine,) = run("plans", "list", "--unit", "BP01").json["plans"]
    ended = run("plans", "show", mine["plan"], "--unit", "BP02")
    assert ended.code == 2
    assert ended.json["error"]["kind"] == "unknown_plan"


def test_a_veto_asks_for_no_reason(run, say):
    (mine,) = run("plans", "list", "--unit", "CA02").json["plans"]
    ended = run("plans", "veto", mine["plan"], "--stop", "1", "--unit", "CA02")
    assert ended.code == 0
    assert (ended.json["reason"], ended.json["status"]) == ("unsafe", "accepted")
    assert run("plans", "show", mine["plan"], "--unit", "CA02").json["vetoed"][0]["reason"] == "unsafe"
    assert run("plans", "veto", mine["plan"], "--stop", "99", "--unit", "CA02").json["error"]["kind"] == "unknown_stop"
    assert say("en", "plans", "veto", mine["plan"], "--stop", "1", "--unit", "CA02").code == 0


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--unit", "BP01", "--date", "2026-02-30", "--hours", "4"), "bad_time"),
        (("--unit", "BP01", "--hours", "4"), "date_missing"),
        (("--date", "2026-02-10", "--hours", "4"), "unit_missing"),
        (("--unit", "BP01", "--date", "2026-02-10"), "cells_missing"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "0"), "bad_hours"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "40"), "hours_too_long"),
        (("--unit", "BP01", "--date", "2026-07-12", "--hours", "8"), "nothing_stands"),
        (("--unit", "ZZ99", "--date", "2026-02-10", "--hours", "4"), "unknown_unit"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "4", "--post", "here"), "bad_post"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "4", "--post", "105.9,21.0"), "post_outside"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "4", "--post", "103.9,21.33"), "dem_elsewhere"),
        (("--unit", "BP01", "--date", "2026-02-10", "--hours", "4", "--random-share", "0.05"), "bad_share"),
        (("--season", "2025-2026", "--sure", "1"), "bad_sure"),
        (("--season", "2025-2026", "--sure", "nan"), "bad_sure"),
        (("--season", "2025-2026", "--sure", "0.9", "--hours", "0"), "bad_hours"),
    ],
)
def test_what_cannot_be_planned_says_why_and_what_to_do(run, words, kind):
    ended = run("plan", *words)
    told = ended.json["error"]
    assert (ended.code, told["kind"]) == (2, kind)
    assert told["hint"]


def test_what_is_no_number_is_refused_as_that(say):
    ended = say("en", "plan", "--unit", "BP01", "--date", "2026-02-10", "--hours", "nan")
    assert "'nan' is not a number" in ended.err
    ended = say("vi", "plan", "--season", "2025-2026", "--sure", "1.5")
    assert "1,5" in ended.err


def test_a_walk_without_a_track_is_not_known_and_planned_hours_are_not_those_granted(run, say):
    (mine,) = run("plans", "list", "--unit", "BP01").json["plans"]
    words = ("plans", "walked", mine["plan"], "--unit", "BP01")
    answer, text = run(*words).json, say("en", *words).out
    assert answer["why"] == "no_track"
    assert text.count("nothing is known") == len(answer["stops"]) > 0
    rows = {line.split("  ")[0].strip(): line.split()[-2:] for line in text.splitlines() if line.strip()}
    hours = f"{answer['planned']['planned_hours']:.1f}"
    assert rows["Hours on foot and at the stops"] == [hours, "–"]
    assert rows["Hours granted"][-1] == "3.0"
    assert rows["Length with the search of cells (km)"][-1] == "–"


@pytest.mark.slow
@pytest.mark.long
def test_the_price_of_a_season_is_told_by_commune(run, say, planned):
    season = run("plans", "list").json["plans"][0]["season"]
    told = run("plan", "--season", season, "--sure", "0.5").json
    assert len(told["rows"]) == told["total"]["communes"] > 70
    assert all(row["days"] * told["day_hours"] >= row["hours"] - 0.1 for row in told["rows"])
    assert all(row["then"] >= 0.499 or not row["reached"] for row in told["rows"])
    assert told["search_share"]["from"] == "assumed"
    assert all(row["days_low"] <= row["days"] <= (row["days_high"] or row["days"]) for row in told["rows"])
    assert len(told["caveats"]) == 3  # the surface, its assumed weights, the assumed share of searching
    assert "assumed" in say("en", "plan", "--season", season, "--sure", "0.5").out

"""Lists of candidates to visit are draws on record; scores become probabilities when enough drawn ones were visited."""

import csv
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eradication import simulation
from eradication.cli import main
from eradication.domain import EventKind, Season
from eradication.pipeline import opened, precision

SEASON = Season(2024)
NO_REST = ("--random-share", 1)

type Run = Callable[..., Any]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = simulation.build(simulation.Recipe(seed=32, season=SEASON, size_px=128, plots=20, lying_items=0))
    return simulation.write(world, tmp_path_factory.mktemp("land")).catalog


@pytest.fixture(scope="module")
def proposed(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the candidates of the rules; copy it."""
    workspace = tmp_path_factory.mktemp("proposed") / "ws"
    assert main(["init", str(workspace), "--province", "Sơn La"]) == 0
    assert main(["--workspace", str(workspace), *map(str, searched(images))]) == 0
    return workspace


@pytest.fixture
def run(cli: Run, proposed: Path, tmp_path: Path) -> Run:
    """A workspace of the test's own with the candidates of the rules."""
    shutil.copytree(proposed, tmp_path / "ws")

    def command(*words: object) -> Any:
        return cli("--workspace", tmp_path / "ws", "--json", *words)

    return command


def searched(images: Path) -> tuple[object, ...]:
    return "monitor", "--season", SEASON.label, "--imagery", images


def chosen(run: Run, visits: int, *more: object) -> dict[str, Any]:
    ended = run("visits", "choose", "--season", SEASON.label, "--visits", visits, "--date", "2024-12-01", *more)
    assert ended.code == 0, ended.out
    return ended.json


def report(run: Run, stops: list[dict[str, Any]], found: int, path: Path, day: str = "2025-01-15") -> None:
    """Hand in visits: the first ``found`` places had poppy, the others had not."""
    rows = []
    for number, stop in enumerate(stops):
        row = {"visit_id": f"{path.stem}-{number}", "plot_id": stop["plot_id"], "visited_at": f"{day}T08:00:00+07:00"}
        row |= {"unit": "BP01", "officers": "cb-001", "selection_mode": "routine"}
        poppy = {"outcome": "detected", "crop": "opium_poppy", "area_m2": "400", "area_method": "tape"}
        rows.append(row | (poppy if number < found else {"outcome": "rejected", "look_alike": "mustard_greens"}))
    table = simulation.write_table(rows, path)
    ended = run("visits", "import", table)
    assert ended.code == 0, ended.out


def drawn_figures(run: Run, images: Path) -> dict[str, dict[str, Any]]:
    figures = run("evaluate", "rules", "--season", SEASON.label, "--imagery", images).json["figures"]
    return {f["name"]: f for f in figures if f["kind"] == "design_based"}


def test_the_same_wish_is_the_same_draw_once_on_record(run: Run, tmp_path: Path):
    first = chosen(run, 20, "--out", tmp_path / "list.csv")
    assert [first[k] for k in ("season", "visits", "frame", "simulated")] == [SEASON.label, 20, "candidates", True]
    kinds = [stop["why"] for stop in first["stops"]]
    assert {k: kinds.count(k) for k in kinds} == {"random": 3, "exploit": 14, "uncertain": 3}
    modes = {stop["selection_mode"] for stop in first["stops"] if stop["why"] != "random"}
    assert modes == {"score"}
    with (tmp_path / "list.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["plot_id"] for row in rows] == [stop["plot_id"] for stop in first["stops"]]
    clocks = {(row["lancing_from"], row["days_to_lancing"]) for row in rows if row["lancing_basis"] == "calendar"}
    assert clocks == {("2025-01-15", "45")}
    assert all(row["lancing_to"] > row["lancing_from"] > "2024-12-01" for row in rows)
    before = run("audit", "verify").json["origins"][0]["events"]
    assert chosen(run, 20) == first
    assert run("audit", "verify").json["origins"][0]["events"] == before
    assert chosen(run, 20, "--seed", 1)["draw"] != first["draw"]


@pytest.mark.slow
def test_only_places_that_were_drawn_and_visited_afterwards_make_a_figure(run: Run, images: Path, tmp_path: Path):
    stops = chosen(run, 30)["stops"]
    drawn = [stop for stop in stops if stop["why"] == "random"]
    others = [stop for stop in stops if stop["why"] != "random"]
    report(run, others, len(others), tmp_path / "others.csv")
    assert drawn_figures(run, images) == {}
    report(run, drawn, 2, tmp_path / "drawn.csv")
    figure = drawn_figures(run, images)["precision_of_drawn_visits"]
    assert figure["n"] == len(drawn) == 5
    weight = [1 / stop["inclusion_prob"] for stop in drawn]
    assert figure["value"] == pytest.approx(sum(weight[:2]) / sum(weight), abs=1e-6)
    assert 0 <= figure["low"] < figure["value"] < figure["high"] <= 1


def test_visits_from_before_the_draw_do_not_count(run: Run, images: Path, tmp_path: Path):
    stops = chosen(run, 10, *NO_REST)["stops"]
    report(run, stops, 5, tmp_path / "early.csv", day="2024-11-20")
    assert drawn_figures(run, images) == {}


@pytest.mark.slow
def test_on_real_ground_a_draw_was_made_when_it_was_put_on_record(
    run: Run, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stops = chosen(run, 10, *NO_REST)["stops"]
    report(run, stops, 5, tmp_path / "long_ago.csv")
    assert drawn_figures(run, images)["precision_of_drawn_visits"]["n"] == 10, "by the day that was named"
    monkeypatch.setattr("eradication.pipeline.projection.is_simulated", lambda workspace: False)
    assert drawn_figures(run, images) == {}


def test_only_candidates_of_the_newest_model_are_listed(run: Run, tmp_path: Path):
    everything = chosen(run, 10)
    assert (everything["model"], everything["other_models"]) == ("rules", 0)
    with opened(tmp_path / "ws") as workspace, workspace.store.transaction() as transaction:
        event = max(workspace.store.events(kinds=[EventKind.RUN_FINISHED]), key=lambda e: e.recorded_at)
        transaction.append(event.kind, event.happened_at, dict(event.payload) | {"run": "later", "model": "other/1"})
    ended = run("visits", "choose", "--season", SEASON.label, "--visits", 10, "--date", "2024-12-01")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_candidates")
    assert "other/1" in ended.json["error"]["message"]
    named = chosen(run, 10, "--model", "rules")
    assert (named["draw"], named["stops"]) == (everything["draw"], everything["stops"])


@pytest.mark.slow
def test_a_score_is_a_probability_only_after_enough_drawn_visits(run: Run, images: Path, tmp_path: Path):
    stops = chosen(run, 55, *NO_REST)["stops"]
    report(run, stops[:45], 12, tmp_path / "some.csv")
    few = run(*searched(images)).json
    assert (few["score_kind"], few["probability"]["drawn_confirmed"]) == ("rule", 12)
    assert (few["probability"]["enough"], few["probability"]["drawn_undecided"]) == (False, 10)
    before = run("plots", "list", "--season", SEASON.label).json["plots"]
    report(run, stops[45:], 0, tmp_path / "rest.csv", day="2025-01-20")
    enough = run(*searched(images)).json
    assert enough["score_kind"] == "probability"
    assert enough["probability"]["enough"]
    after = {p["id"]: p for p in run("plots", "list", "--season", SEASON.label).json["plots"]}
    visited = {stop["plot_id"] for stop in stops}
    open_before = [p for p in before if p["id"] not in visited]
    assert open_before
    assert {after[p["id"]]["score_kind"] for p in open_before} == {"probability"}
    ranked = sorted(open_before, key=lambda p: -p["score"])
    said = [after[p["id"]]["score"] for p in ranked]
    assert said in (sorted(said), sorted(said, reverse=True)), "a sigmoid keeps the order, or turns it"
    assert run(*searched(images)).json["new_candidates"] == 0


def test_precision_counts_only_drawn_places_and_is_a_probability_from_fifty_on(run: Run, tmp_path: Path):
    stops = chosen(run, 8, *NO_REST)["stops"]
    with opened(tmp_path / "ws") as workspace:
        told = precision.of_season(workspace, SEASON)
    assert (told["n"], told["undecided"], told["why"]) == (0, len(stops), "no_random_visit_decided")
    report(run, stops, found=3, path=tmp_path / "drawn.csv")
    with opened(tmp_path / "ws") as workspace:
        told = precision.of_season(workspace, SEASON)
        before = precision.of_season(workspace, SEASON, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert (told["n"], told["confirmed"], told["rejected"], told["score_kind"]) == (8, 3, 5, "priority")
    weight = [1 / stop["inclusion_prob"] for stop in stops]
    assert told["value"] == pytest.approx(sum(weight[:3]) / sum(weight), abs=1e-5)
    assert told["low"] < told["value"] < told["high"]
    assert [one["model"] for one in told["by_model"]] == [told["model"]] == ["rules"]
    assert before["why"] == "no_random_visits"

"""Models are examined on seasons they did not learn from, and take over only if they are not worse."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from cli.models.lessons import SOUGHT, TAUGHT, given, named

from eradication import simulation
from eradication.domain import EventKind
from eradication.pipeline import opened

pytestmark = pytest.mark.slow  # it trains models


def test_the_rules_are_examined_like_any_model(run, made):
    ended = run("evaluate", "rules", *given(SOUGHT, made.sought), "--visits", 20)
    assert ended.code == 0, ended.out
    answer = ended.json
    assert (answer["name"], answer["season"], answer["visits"], answer["simulated"]) == ("rules", "2024-2025", 20, True)
    assert answer["plots"] > 20
    assert 0 < answer["prevalence"] < 0.05
    figures = named(answer["figures"])
    assert {f["kind"] for n, f in figures.items() if n != "precision_of_drawn_visits"} == {"season_out"}
    assert figures["recall_AB"]["n"] == figures["recall_A"]["n"] + figures["recall_B"]["n"]
    assert figures["precision"]["n"] == 20
    for figure in figures.values():
        if figure["value"] is not None:
            assert figure["low"] <= figure["value"] <= (figure["high"] if figure["high"] is not None else 1e9)


def test_probabilities_that_somebody_typed_make_no_design_based_figure(run, made, tmp_path):
    with made.sought[1].open(encoding="utf-8") as file:
        rows = [row | {"selection_mode": "random", "inclusion_prob": "0.5"} for row in csv.DictReader(file)]
    table = simulation.write_table(rows, tmp_path / "typed.csv")
    where = ("--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", table)
    assert {f["kind"] for f in run("evaluate", "rules", *where).json["figures"]} == {"season_out"}


def test_a_model_is_not_examined_on_what_it_learned(run, made, trained):
    ended = run("evaluate", trained, *given(TAUGHT, made.taught))
    assert ended.code == 2
    assert ended.json["error"]["kind"] == "season_was_learned"
    refused = run("models", "promote", trained, *given(TAUGHT, made.taught))
    assert (refused.code, refused.json["error"]["kind"]) == (2, "season_was_learned")


def test_labels_judge_nobody(run, made, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("label,lon,lat,area_m2,provenance\nopium_poppy,104.8532,20.7933,400,assumed\n", encoding="utf-8")
    judged = run("evaluate", "rules", "--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", table)
    assert judged.json["error"]["kind"] == "labels_do_not_judge"


def test_visited_places_outside_the_images_are_counted(run, cli, made, tmp_path):
    with made.sought[1].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    far = [row | {"visit_id": f"far-{row['visit_id']}", "lon": "103.9", "plot_id": ""} for row in rows[:3]]
    table = simulation.write_table([*rows, *far], tmp_path / "wider.csv")
    where = ("evaluate", "rules", "--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", table)
    outside = run(*where).json["outside"]
    assert 1 <= outside <= 3
    assert f"{outside} visited places lie outside" in cli("--workspace", made.workspace, "--lang", "en", *where).out


def test_a_season_without_finds_examines_nobody(run, made, tmp_path):
    empty = tmp_path / "none.csv"
    rows = made.sought[1].read_text().splitlines()
    empty.write_text("\n".join([rows[0], *(row for row in rows[1:] if ",rejected," in row)]) + "\n")
    ended = run("evaluate", "rules", "--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", empty)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_finds")


def test_a_model_that_is_not_worse_takes_over_is_used_and_stands_in_the_chain(run, made, trained):
    """In this order: what is in use before, the contest, what is in use after."""
    monitor = ("monitor", "--season", SOUGHT.label, "--imagery", made.sought[0])
    assert run(*monitor).json["model"] == "rules"
    wanted = ("models", "promote", trained, *given(SOUGHT, made.sought), "--visits", 60)
    doubtful = run(*wanted)
    # Hardly more plots, and partly others: among so few it might as well be worse by more than the margin.
    assert (doubtful.code, doubtful.json["promoted"], doubtful.json["reason"]) == (5, False, "could_be_worse")
    assert doubtful.json["contest"]["gain"] >= 0 > doubtful.json["contest"]["gain_low"]
    assert run(*monitor).json["model"] == "rules"
    settings = made.workspace / "eradication.toml"
    settings.write_text(settings.read_text().replace("contest_margin = 0.05", "contest_margin = 0.4"))
    one_visit = run(*wanted[:-1], 1)
    assert (one_visit.code, one_visit.json["reason"]) == (5, "too_few_found")
    assert (doubtful.json["lost_before"], one_visit.json["lost_before"]) == (0, 1)
    ended = run(*wanted)
    assert ended.json["lost_before"] == 2
    contest = ended.json["contest"]
    assert ended.json["champion"] == "rules"
    assert contest["found_by_challenger"] >= contest["found_by_champion"], contest
    assert (ended.code, ended.json["promoted"]) == (0, True), contest
    [model] = [m for m in run("models", "list").json["models"] if m["in_use"]]
    assert (model["name"], model["version"]) == (ended.json["name"], ended.json["version"])
    assert run(*monitor).json["model"] == f"{model['name']}/{model['version']}"
    assert run(*monitor, "--model", "rules").json["model"] == "rules"
    again = run("models", "promote", trained, *given(SOUGHT, made.sought))
    assert (again.code, again.json["error"]["kind"]) == (2, "already_in_use")
    assert run("audit", "verify").code == 0


def test_a_model_of_noise_does_not_take_over(run, made, trained, tmp_path):
    """It learned places 300 m beside the plots."""
    with made.taught[1].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["lon"] = f"{float(row['lon']) - 0.003:.6f}"
    table = simulation.write_table(rows, tmp_path / "beside.csv")
    made_up = run("train", "--name", "noise", "--season", TAUGHT.label, "--imagery", made.taught[0], "--samples", table)
    assert (made_up.code, made_up.json["learner"]) in ((0, "trees"), (0, "logistic")), made_up.out
    before = run("models", "list").json["models"]
    ended = run("models", "promote", "noise", *given(SOUGHT, made.sought), "--visits", 60)
    assert (ended.code, ended.json["promoted"], ended.json["reason"]) == (5, False, "found_fewer"), ended.out
    assert any(p["reason"] == "found_fewer" for p in payloads(made.workspace, "model_not_promoted"))
    assert ended.json["contest"]["found_by_challenger"] < ended.json["contest"]["found_by_champion"]
    assert [m["in_use"] for m in run("models", "list").json["models"]] == [m["in_use"] for m in before]


def test_a_model_that_learned_nothing_is_the_rules_by_another_name(run, made, tmp_path):
    with made.taught[1].open(encoding="utf-8") as file:
        few = list(csv.DictReader(file))[:6]
    table = simulation.write_table(few, tmp_path / "few.csv")
    small = run("train", "--name", "few", "--season", TAUGHT.label, "--imagery", made.taught[0], "--samples", table)
    assert small.json["learner"] == "rules"
    ended = run("models", "promote", "few", *given(SOUGHT, made.sought))
    assert (ended.code, ended.json["error"]["kind"]) == (2, "nothing_learned")


def test_an_evaluation_tells_sizes_curves_months_and_communes(run, made):
    answer = run("evaluate", "rules", *given(SOUGHT, made.sought), "--visits", 40).json
    figures = named(answer["figures"])
    sizes = answer["by_size"]
    assert sum(row["n"] for row in sizes) == answer["plots"]
    assert [row["high_m2"] for row in sizes[:-1]] == [row["low_m2"] for row in sizes[1:]]
    assert sizes[-1]["high_m2"] is None
    at_budget = next(row for row in answer["recall_by_visits"] if row["visits"] == 40)
    assert at_budget["value"] == figures["recall_AB"]["value"]
    assert answer["froc"] == sorted(answer["froc"], key=lambda point: point["recall"])
    months, communes = answer["by_month"], answer["by_commune"]
    visited = sum(row["visited"] for row in communes)
    assert sum(row["n"] for row in months) == visited <= 40
    found = round(figures["precision"]["value"] * 40)
    assert sum(row["found"] for row in communes) == sum(round(row["value"] * row["n"]) for row in months) == found > 0
    assert all(re.fullmatch(r"202[45]-\d\d", row["month"]) for row in months)
    assert "importance" not in answer


def payloads(workspace: Path, kind: str) -> list[dict[str, Any]]:
    with opened(workspace) as open_workspace:
        return [dict(event.payload) for event in open_workspace.store.events(kinds=[EventKind(kind)])]


def test_an_evaluation_is_not_written_over_what_a_workspace_lives_on(run, made):
    ended = run("evaluate", "rules", *given(SOUGHT, made.sought), "--out", made.workspace / "keys")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "protected_path")


def test_the_evaluation_page_is_one_file_that_says_what_the_answer_says(run, cli, made, trained, tmp_path):
    words = ("evaluate", trained, *given(SOUGHT, made.sought), "--visits", 40, "--out", tmp_path / "out")
    answer = run(*words).json
    [page] = answer["written"]
    html = Path(page).read_text(encoding="utf-8")
    assert (Path(page).name, html.count("<svg")) == ("evaluation.html", 6)
    assert trained in html
    assert "MÔ PHỎNG" in html
    importance = answer["importance"]
    assert importance["kind"] == "season_out"
    assert 0 < importance["average_precision"] <= 1
    drops = [row["drop"] for row in importance["families"]]
    assert drops == sorted(drops, reverse=True)
    assert drops[0] > 0
    assert {row["name"] for row in importance["families"]} >= {"phase", "ring"}
    assert 1 <= len(answer["dependence"]) <= 6
    assert "Written:" in cli("--workspace", made.workspace, "--lang", "en", *words).out
    assert Path(page).read_text(encoding="utf-8") != html, "the other language"
    [event] = [p for p in payloads(made.workspace, "model_evaluated") if p["model_hash"] == answer["model_hash"]][:1]
    assert "figures" in event
    assert not {"froc", "importance", "by_commune"} & set(event)

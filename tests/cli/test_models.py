"""Models are examined on seasons they did not learn from, and take over only if they are not worse."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from eradication import classify, simulation
from eradication.cli import main
from eradication.domain import EventKind, Season
from eradication.features import table
from eradication.pipeline import opened

TAUGHT, SOUGHT = Season(2023), Season(2024)


@dataclass(frozen=True)
class Land:
    """Two simulated seasons of one place: the first teaches, the second is searched."""

    workspace: Path
    taught: tuple[Path, Path]
    """Catalog and visit table."""
    sought: tuple[Path, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Land:
    folder = tmp_path_factory.mktemp("models")
    parts = []
    for seed, season in ((31, TAUGHT), (32, SOUGHT)):
        recipe = simulation.Recipe(seed=seed, season=season, size_px=160, plots=40, lying_items=0)
        world = simulation.build(recipe)
        written = simulation.write(world, folder / season.label)
        table = simulation.write_table(simulation.training_visits(world), folder / f"{season.label}.csv")
        parts.append((written.catalog, table))
    assert main(["init", str(folder / "ws"), "--province", "Sơn La"]) == 0
    return Land(folder / "ws", *parts)


@pytest.fixture
def run(cli: Callable[..., Any], made: Land) -> Callable[..., Any]:
    return lambda *words: cli("--workspace", made.workspace, "--json", *words)


def given(season: Season, part: tuple[Path, Path]) -> tuple[object, ...]:
    return ("--season", season.label, "--imagery", part[0], "--samples", part[1])


def named(figures: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {figure["name"]: figure for figure in figures}


@pytest.fixture(scope="module")
def trained(made: Land) -> str:
    words = ["--workspace", made.workspace, "train", "--name", "first", *given(TAUGHT, made.taught)]
    assert main([str(w) for w in words]) == 0
    return "first"


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


def test_a_model_of_two_seasons_knows_both_and_is_examined_on_neither(run, made):
    both = (*given(TAUGHT, made.taught), *given(SOUGHT, made.sought))
    one = run("train", "--name", "both", *both)
    assert (one.code, one.json["seasons"]) == (0, [TAUGHT.label, SOUGHT.label]), one.out
    alone = run("train", "--name", "alone", *given(TAUGHT, made.taught))
    assert one.json["samples"]["positive_plots"] > alone.json["samples"]["positive_plots"]
    for season, part in ((TAUGHT, made.taught), (SOUGHT, made.sought)):
        assert run("evaluate", "both", *given(season, part)).json["error"]["kind"] == "season_was_learned"


def test_training_says_what_it_learned_from_and_how_held_out_plots_fared(run, made):
    both = (*given(TAUGHT, made.taught), *given(SOUGHT, made.sought))
    answer = run("train", "--name", "told", *both).json
    assert [season["season"] for season in answer["labels"]] == [TAUGHT.label, SOUGHT.label]
    for season in answer["labels"]:
        assert season["provenance"] == {"field": season["poppy"] + season["look_alike"]}
        assert season["refused"] == []
    figures = {(f["name"], f["kind"]): f for f in answer["held_out"]}
    assert {kind for _, kind in figures} <= {"season_out", "spatial"}
    passed = figures["poppy_plots_that_pass", "season_out"]
    assert passed["n"] == answer["samples"]["positive_plots"]
    assert passed["value"] > figures["rejected_places_that_pass", "season_out"]["value"]
    assert 0 < answer["at_prevalence"]["probability"] < 0.5
    assert answer["oddities"]["labelled_pixels"] == (
        answer["samples"]["positive_pixels"] + answer["samples"]["rejected_pixels"]
    )
    again = run("train", "--name", "told", *both).json
    assert (again["model_hash"], again["held_out"]) == (answer["model_hash"], answer["held_out"])


def test_labels_that_are_no_visits_are_learned_from_by_their_weight(run, cli, made, tmp_path):
    with made.taught[1].open(encoding="utf-8") as file:
        visits = [row for row in csv.DictReader(file) if row["outcome"] in ("detected", "rejected") and row["lon"]]
    told = {"detected": "opium_poppy"}
    lines = ["label,lon,lat,area_m2,provenance"]
    lines += [f"{told.get(v['outcome'], v['look_alike'])},{v['lon']},{v['lat']},{v['area_m2']},photo" for v in visits]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join([*lines, "poppies,104.8,20.8,,photo"]), encoding="utf-8")
    words = ("train", "--name", "digitised", *given(TAUGHT, (made.taught[0], table)))
    ended = run(*words)
    assert ended.code == 3, "a row was refused"
    answer = ended.json
    (season,) = answer["labels"]
    assert season["provenance"]["photo"] == len(visits) == season["poppy"] + season["look_alike"]
    assert [(row["line"], row["reason"]) for row in season["refused"]] == [(len(visits) + 2, "unknown_code")]
    seen = run("train", "--name", "seen", *given(TAUGHT, made.taught)).json
    assert seen["model_hash"] != answer["model_hash"]
    said = cli("--workspace", made.workspace, "--lang", "vi", *words).out
    assert "ảnh chụp" in said
    assert f"dòng {len(visits) + 2}" in said


def test_visits_of_another_season_say_nothing_of_this_one(run, made, tmp_path):
    wrong = ("--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", made.taught[1])
    for command in (("samples", "check"), ("evaluate", "rules"), ("train", "--name", "x")):
        ended = run(*command, *wrong)
        assert (ended.code, ended.json["error"]["kind"]) == (2, "no_samples"), command
    mixed = tmp_path / "mixed.csv"
    mixed.write_text(made.sought[1].read_text() + "".join(made.taught[1].read_text().splitlines(True)[1:5]))
    ended = run("evaluate", "rules", "--season", SOUGHT.label, "--imagery", made.sought[0], "--samples", mixed)
    assert ended.code == 3
    assert {row["reason"] for row in ended.json["refused"]} == {"other_season"}
    assert len(ended.json["refused"]) == 4
    whole = run("evaluate", "rules", *given(SOUGHT, made.sought))
    assert (whole.code, whole.json["figures"]) == (0, ended.json["figures"])


def test_lessons_that_do_not_go_together_are_refused(run, made):
    uneven = ("--season", TAUGHT.label, "--season", SOUGHT.label, "--imagery", made.taught[0])
    assert run("train", "--name", "x", *uneven).json["error"]["kind"] == "uneven_lessons"
    twice = (*given(TAUGHT, made.taught), *given(TAUGHT, made.taught))
    ended = run("train", "--name", "x", *twice)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "season_twice")


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
    ended = run(*wanted)
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


@pytest.fixture
def signed(run: Callable[..., Any], made: Land, trained: str) -> Path:
    """Folder of the model, whole before and after the test."""
    [version] = [m["version"] for m in run("models", "list").json["models"] if m["name"] == trained]
    path = made.workspace / "models" / trained / version
    before = {file: file.read_bytes() for file in path.iterdir()}
    yield path
    for file, content in before.items():
        file.write_bytes(content)


def test_a_model_shows_what_it_learned_from_and_is_whole(run, made, trained, signed):
    told = run("models", "show", trained).json
    assert told["signed_by"] == run("audit", "verify").json["origins"][0]["origin"]
    assert told["recorded"] is told["simulated"] is True
    assert told["seasons"] == [TAUGHT.label]
    assert len(told["scenes"][TAUGHT.label]) > 10
    assert set(told["scenes"][TAUGHT.label].values()) == {"05.11"}
    assert told["definitions"].keys() == set(told["features"])
    assert {"scikit-learn", "numpy", "skops", "python"} <= told["libraries"].keys()
    assert isinstance(told["figures"]["held_out"], list)
    assert told["card"] == (signed / "card.md").read_text("utf-8")
    evaluated = run("evaluate", trained, *given(SOUGHT, made.sought), "--visits", 20).json
    again = run("models", "show", f"{trained}/{signed.name}").json
    assert evaluated["figures"] in [e["figures"] for e in again["evaluations"]]
    verified = run("models", "verify")
    rows = {(m["name"], m["version"]): m for m in verified.json["models"]}
    assert verified.code == 0
    assert rows[(trained, signed.name)]["ok"] is rows[(trained, signed.name)]["recorded"] is True


def test_no_place_of_a_plot_stands_in_what_is_made_to_be_shared(made, signed):
    item = json.loads((signed / "item.json").read_text("utf-8"))
    west, south, east, north = item["bbox"]
    with made.taught[1].open(encoding="utf-8") as file:
        places = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)]
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in places)
    assert [round(edge, 1) for edge in item["bbox"]] == item["bbox"]
    for name in ("item.json", "card.md", "meta.json"):
        text = (signed / name).read_text("utf-8")
        for lon, lat in places:
            assert f"{lon:.3f}" not in text
            assert f"{lat:.3f}" not in text


@pytest.mark.parametrize("name", ["area.npz", "model.skops", "meta.json", "card.md", "item.json", "signature"])
def test_a_changed_folder_is_refused_wherever_a_model_is_used(run, made, trained, signed, name):
    content = bytearray((signed / name).read_bytes())
    content[len(content) // 2] ^= 1
    (signed / name).write_bytes(bytes(content))
    verified = run("models", "verify")
    [row] = [m for m in verified.json["models"] if not m["ok"]]
    assert (verified.code, row["version"], row["reason"]) == (5, signed.name, "model_damaged")
    assert row["hint"]
    for words in (
        ("models", "show", trained),
        ("evaluate", trained, *given(SOUGHT, made.sought)),
        ("models", "promote", trained, *given(SOUGHT, made.sought)),
        ("monitor", "--season", SOUGHT.label, "--imagery", made.sought[0], "--model", trained),
    ):
        ended = run(*words)
        assert (ended.code, ended.json["error"]["kind"]) == (5, "model_damaged"), words


def test_a_model_of_another_workspace_is_used_once_its_key_is_trusted(cli, made, trained, signed, tmp_path):
    other = tmp_path / "other"
    assert cli("init", other).code == 0
    shutil.copytree(signed.parent, other / "models" / trained)
    show = ("--workspace", other, "--json", "models", "show", trained)
    refused = cli(*show)
    assert (refused.code, refused.json["error"]["kind"]) == (5, "model_not_trusted")
    key = (signed / "signature").read_text().split()[0]
    assert key in refused.json["error"]["hint"]
    settings = other / "eradication.toml"
    settings.write_text(settings.read_text().replace("trusted_keys = []", f'trusted_keys = ["{key}"]'))
    assert cli(*show).json["recorded"] is False
    assert cli("--workspace", other, "--json", "models", "verify").code == 0
    (other / "models" / trained / signed.name / "signature").unlink()
    unsigned = cli(*show)
    assert (unsigned.code, unsigned.json["error"]["kind"]) == (5, "model_not_trusted")


def test_a_feature_that_is_computed_in_another_way_is_another_feature(run, made, trained, signed, monkeypatch):
    changed = replace(table.CALENDAR[10], formula="second lowest monthly NDVI")
    assert changed.name == "bare"
    monkeypatch.setitem(table._KNOWN, "bare", changed)
    ended = run("evaluate", trained, *given(SOUGHT, made.sought))
    assert (ended.code, ended.json["error"]["kind"]) == (2, "model_features_changed")
    # Those that are computed from it are named too, others are not.
    named_features = ended.json["error"]["message"]
    assert all(word in named_features for word in ("bare_ring", "rise_ring", "rise_texture"))
    assert "sown_day" not in named_features
    [row] = [m for m in run("models", "verify").json["models"] if m["name"] == trained]
    assert (row["ok"], row["reason"], row["signed_by"] != "") == (False, "model_features_changed", True)


def test_training_again_adds_nothing_to_the_chain_and_mends_what_was_damaged(run, made, trained, signed):
    words = ("train", "--name", trained, *given(TAUGHT, made.taught))
    before = run("audit", "verify").json["origins"][0]["events"]
    assert run(*words).json["version"] == signed.name
    assert run("audit", "verify").json["origins"][0]["events"] == before
    (signed / "card.md").write_text("?")
    assert run(*words).json["version"] == signed.name
    assert run("models", "show", trained).json["recorded"] is True


def test_a_model_in_use_that_cannot_be_opened_gives_way_to_the_rules_in_a_contest(run, made, trained, monkeypatch):
    monkeypatch.setattr("eradication.pipeline.projection.promoted", lambda workspace: "gone/0123456789ab")
    ended = run("models", "promote", trained, *given(SOUGHT, made.sought), "--visits", 1)
    assert ended.json["champion"] == "rules"
    assert ended.json["notes"][-2:] == ["model_in_use_refused", "no_such_model"]
    assert (
        run("monitor", "--season", SOUGHT.label, "--imagery", made.sought[0]).json["error"]["kind"] == "no_such_model"
    )
    verified = run("models", "verify")
    assert verified.code == 5
    assert [m["name"] for m in verified.json["models"] if not m["ok"]] == ["gone"]


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


def payloads(workspace: Path, kind: str) -> list[dict[str, Any]]:
    with opened(workspace) as open_workspace:
        return [dict(event.payload) for event in open_workspace.store.events(kinds=[EventKind(kind)])]


def test_an_evaluation_is_not_written_over_what_a_workspace_lives_on(run, made):
    ended = run("evaluate", "rules", *given(SOUGHT, made.sought), "--out", made.workspace / "keys")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "protected_path")


@pytest.fixture
def proposed(run, made, trained) -> dict[str, Any]:
    """The best place that the trained model proposed."""
    run("monitor", "--season", SOUGHT.label, "--imagery", made.sought[0], "--model", trained)
    rows = [row for row in run("plots", "list").json["plots"] if row["model"].startswith(f"{trained}/")]
    return max((row for row in rows if not row["outside"]), key=lambda row: row["score"])


def test_a_candidate_is_explained_from_the_images_of_its_run(run, made, trained, proposed, tmp_path):
    by_code = run("models", "explain", trained, "--candidate", proposed["code"], "--out", tmp_path)
    assert by_code.code == 0, by_code.out
    told = by_code.json
    # The same pixels, features and model give the score that stands in the list.
    assert told["score"] == pytest.approx(told["listed_score"], abs=1e-3)
    assert (told["plot"], told["season"], told["simulated"]) == (proposed["id"], SOUGHT.label, True)
    assert all(len(values) == len(told["months"]) == 10 for values in told["curve"].values())
    assert {"poppy", "background"} < set(told["envelopes"])
    assert told["envelopes"]["poppy"]["plots"] > 20
    assert all(0 <= row["inside"] <= row["known"] for row in told["inside"])
    assert {row["name"] for row in told["families"]} >= {"phase", "ring", "texture"}
    assert any(row["raises"] > 0.5 for row in told["families"])
    assert max(row["raises"] for row in told["features"]) > 0
    assert (Path(told["written"][0]).name, told["notes"]) == ("explanation.html", [])
    html = Path(told["written"][0]).read_text(encoding="utf-8")
    assert proposed["code"] in html
    assert f"{proposed['lon']:.3f}" not in html
    again = run("models", "explain", trained, "--candidate", told["candidate"], "--imagery", made.sought[0]).json
    assert {key: again[key] for key in again if key != "written"} == {k: told[k] for k in told if k != "written"}


def test_the_rules_explain_a_candidate_without_envelopes(run, proposed):
    told = run("models", "explain", "rules", "--candidate", proposed["id"]).json
    assert (told["name"], told["envelopes"], told["inside"]) == ("rules", {}, [])
    assert {row["name"] for row in told["features"]} <= {r.feature for t in classify.TERMS for r in t.ramps}


def test_what_cannot_be_explained_says_what_to_do(run, made, trained, proposed, tmp_path):
    ended = run("models", "explain", trained, "--candidate", "../nowhere")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_such_candidate")
    note = made.workspace / "outputs" / "runs" / proposed["run"] / "imagery.json"
    kept = note.read_text(encoding="utf-8")
    for damaged in ('{"catalog": "/nowhere/catalog.json", "area": null}', "{", '{"catalog": 5, "area": "x"}', "[]"):
        note.write_text(damaged, encoding="utf-8")
        ended = run("models", "explain", trained, "--candidate", proposed["id"])
        assert (ended.code, ended.json["error"]["kind"]) == (2, "imagery_gone"), damaged
    note.write_text(kept, encoding="utf-8")
    elsewhere = run("models", "explain", trained, "--candidate", proposed["id"], "--imagery", tmp_path)
    assert elsewhere.code == 2


def test_what_people_read_has_no_codes_in_it(cli, made, trained):
    for words in (("models", "show", trained), ("models", "verify"), ("models", "list")):
        for language in ("vi", "en"):
            ended = cli("--workspace", made.workspace, "--lang", language, *words)
            assert ended.code == 0
            assert trained in ended.out
            for code in ("recall_", "season_out", "features_unobserved", "held_out"):
                assert code not in ended.out
    for words in (("evaluate", "rules"), ("evaluate", trained)):
        for language in ("vi", "en"):
            ended = cli(
                "--workspace", made.workspace, "--lang", language, *words, *given(SOUGHT, made.sought), "--visits", 1
            )
            assert "recall_" not in ended.out
            assert "season_out" not in ended.out


def test_an_explanation_is_said_in_words(cli, made, trained, proposed):
    for language, expected in (("en", "opium poppy"), ("vi", "kết luận")):
        words = ("models", "explain", trained, "--candidate", proposed["id"])
        ended = cli("--workspace", made.workspace, "--lang", language, *words)
        assert expected in ended.out
        assert not re.search(r"raises|mustard_greens|log_odds", ended.out)


def test_samples_are_looked_at_before_anything_is_learned(run, made, tmp_path):
    before = run("audit", "verify").json["origins"][0]["events"]
    ended = run("samples", "check", *given(TAUGHT, made.taught), "--out", tmp_path)
    assert ended.code == 0, ended.out
    answer = ended.json
    assert {"poppy", "background"} <= answer["envelopes"].keys()
    assert answer["envelopes"]["poppy"]["plots"] <= answer["labels"][0]["poppy"]
    assert set(answer["oddities"]["odd"]) <= {f"{TAUGHT.label}/{u}/{v}" for u, v in visited(made.taught[1])}
    assert answer["written"] == [str(tmp_path / "samples.html")]
    assert "<svg" in (tmp_path / "samples.html").read_text("utf-8")
    assert run("audit", "verify").json["origins"][0]["events"] == before


def visited(table: Path) -> set[tuple[str, str]]:
    with table.open(encoding="utf-8") as file:
        return {(row["unit"], row["visit_id"]) for row in csv.DictReader(file)}


def test_labelled_pixels_are_learned_from_at_other_times_of_the_year_if_settings_say_so(cli, made, tmp_path):
    answers = []
    for days in ("[]", "[-15, 15]"):
        place = tmp_path / days.strip("[]").replace(", ", "")
        assert cli("init", place / "ws").code == 0
        settings = place / "ws" / "eradication.toml"
        settings.write_text(settings.read_text().replace("shift_days = []", f"shift_days = {days}"))
        ended = cli("--workspace", place / "ws", "--json", "train", "--name", "m", *given(TAUGHT, made.taught))
        assert ended.code == 0, ended.out
        answers.append(ended.json)
    plain, shifted = answers
    assert plain["samples"] == shifted["samples"]
    assert plain["model_hash"] != shifted["model_hash"]
    assert plain["oddities"] == shifted["oddities"]

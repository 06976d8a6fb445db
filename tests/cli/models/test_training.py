"""What a model is taught, and what training says of it."""

import csv
from pathlib import Path

import pytest
from cli.models.lessons import SOUGHT, TAUGHT, given


@pytest.mark.slow
def test_a_model_of_two_seasons_knows_both_and_is_examined_on_neither(run, made, first, both):
    assert both["seasons"] == [TAUGHT.label, SOUGHT.label]
    assert both["samples"]["positive_plots"] > first["samples"]["positive_plots"]
    for season, part in ((TAUGHT, made.taught), (SOUGHT, made.sought)):
        assert run("evaluate", "both", *given(season, part)).json["error"]["kind"] == "season_was_learned"


@pytest.mark.slow
def test_training_says_what_it_learned_from_and_how_held_out_plots_fared(run, made, both):
    assert [season["season"] for season in both["labels"]] == [TAUGHT.label, SOUGHT.label]
    for season in both["labels"]:
        assert season["provenance"] == {"field": season["poppy"] + season["look_alike"]}
        assert season["refused"] == []
    figures = {(f["name"], f["kind"]): f for f in both["held_out"]}
    assert {kind for _, kind in figures} <= {"season_out", "spatial"}
    passed = figures["poppy_plots_that_pass", "season_out"]
    assert passed["n"] == both["samples"]["positive_plots"]
    assert passed["value"] > figures["rejected_places_that_pass", "season_out"]["value"]
    assert 0 < both["at_prevalence"]["probability"] < 0.5
    assert (
        both["oddities"]["labelled_pixels"] == both["samples"]["positive_pixels"] + both["samples"]["rejected_pixels"]
    )
    # The order in which seasons are named is not content.
    again = run("train", "--name", "both", *given(SOUGHT, made.sought), *given(TAUGHT, made.taught)).json
    assert (again["model_hash"], again["held_out"]) == (both["model_hash"], both["held_out"])


@pytest.mark.slow
@pytest.mark.long
def test_labels_that_are_no_visits_are_learned_from_by_their_weight(run, cli, made, first, tmp_path):
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
    assert "mustard_greens" in season["refused"][0]["hint"]
    assert "{" not in season["refused"][0]["message"] + season["refused"][0]["hint"]
    assert first["model_hash"] != answer["model_hash"]
    said = cli("--workspace", made.workspace, "--lang", "vi", *words).out
    assert "ảnh chụp" in said
    [refused] = [line for line in said.splitlines() if f"dòng {len(visits) + 2} " in line]
    assert "mustard_greens" in refused, "what may be written there"


@pytest.mark.slow
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


@pytest.mark.slow
def test_images_that_show_none_of_the_places_teach_nothing(run, made):
    known = {model["name"] for model in run("models", "list").json["models"]}
    elsewhen = ("--season", TAUGHT.label, "--imagery", made.sought[0], "--samples", made.taught[1])
    for command in (("train", "--name", "x"), ("samples", "check")):
        ended = run(*command, *elsewhen)
        assert (ended.code, ended.json["error"]["kind"]) == (2, "no_place_seen"), ended.out
    assert {model["name"] for model in run("models", "list").json["models"]} == known


@pytest.mark.slow
def test_a_table_that_holds_neither_labels_nor_visits_teaches_nothing(run, made, tmp_path):
    table = tmp_path / "places.csv"
    table.write_text("lon,lat\n103.9,21.3\n", encoding="utf-8")
    for command in (("train", "--name", "x"), ("samples", "check"), ("evaluate", "rules")):
        ended = run(*command, *given(TAUGHT, (made.taught[0], table)))
        assert (ended.code, ended.json["error"]["kind"]) == (2, "not_a_label_table"), command


@pytest.mark.slow
def test_places_outside_the_images_are_named_and_in_no_count(run, made, tmp_path):
    with made.taught[1].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    far = next(row for row in rows if row["outcome"] == "detected" and row["lon"])
    table = tmp_path / "visits.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows([*rows, far | {"visit_id": "far", "lon": "102.0", "lat": "22.0"}])
    plain, more = (
        run("samples", "check", *given(TAUGHT, (made.taught[0], path))).json["labels"][0]
        for path in (made.taught[1], table)
    )
    assert set(more["unseen"]) - set(plain["unseen"]) == {f"{TAUGHT.label}/{far['unit']}/far"}
    assert (more["poppy"], more["provenance"]) == (plain["poppy"], plain["provenance"])


@pytest.mark.slow
@pytest.mark.parametrize(("model", "seasons_of_it"), [("first", [TAUGHT]), ("both", [TAUGHT, SOUGHT])])
def test_a_list_of_models_says_what_they_learned_and_when(run, cli, made, request, model, seasons_of_it):
    learned, labels = request.getfixturevalue(model), [season.label for season in seasons_of_it]
    listed = run("models", "list").json
    [row] = [m for m in listed["models"] if (m["name"], m["version"]) == (learned["name"], learned["version"])]
    assert (row["seasons"], row["simulated"], listed["simulated"]) == (labels, True, True)
    said = cli("--workspace", made.workspace, "--lang", "vi", "models", "list").out
    assert "MÔ PHỎNG" in said
    assert ", ".join(labels) in " ".join(said.split())
    assert "MÔ PHỎNG" in cli("--workspace", made.workspace, "--lang", "vi", "models", "verify").out


@pytest.mark.slow
def test_a_name_that_cannot_be_is_refused_before_an_image_is_read(run, made):
    ended = run("train", "--name", "../x", "--season", TAUGHT.label, "--imagery", "/nowhere/catalog.json")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "bad_model_name")


@pytest.mark.slow
def test_lessons_that_do_not_go_together_are_refused(run, made):
    uneven = ("--season", TAUGHT.label, "--season", SOUGHT.label, "--imagery", made.taught[0])
    assert run("train", "--name", "x", *uneven).json["error"]["kind"] == "uneven_lessons"
    twice = (*given(TAUGHT, made.taught), *given(TAUGHT, made.taught))
    ended = run("train", "--name", "x", *twice)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "season_twice")


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.long
def test_labelled_pixels_are_learned_from_at_other_times_of_the_year_if_settings_say_so(cli, made, first, tmp_path):
    assert cli("init", tmp_path / "ws").code == 0
    settings = tmp_path / "ws" / "eradication.toml"
    settings.write_text(settings.read_text().replace("shift_days = []", "shift_days = [-15, 15]"))
    ended = cli("--workspace", tmp_path / "ws", "--json", "train", "--name", "m", *given(TAUGHT, made.taught))
    assert ended.code == 0, ended.out
    assert ended.json["samples"] == first["samples"]
    assert ended.json["model_hash"] != first["model_hash"]
    assert ended.json["oddities"] == first["oddities"]

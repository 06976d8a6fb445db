"""Why a place was proposed, in words and without codes."""

import re
from pathlib import Path

import pytest
from cli.models.lessons import SOUGHT, given

from eradication import classify
from eradication.pipeline import opened, projection, season_curves

pytestmark = pytest.mark.slow


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


def test_a_sheet_of_paper_shows_the_season_that_is_explained(run, made, proposed):
    told = run("models", "explain", "rules", "--candidate", proposed["id"]).json["curve"]
    with opened(made.workspace) as workspace:
        mine = [e for e in projection.replayed(workspace).episodes if e.plot.id == proposed["id"]]
        assert season_curves.of_plots(workspace, mine) == {proposed["id"]: told}
        note = made.workspace / "outputs" / "runs" / proposed["run"] / "imagery.json"
        kept = note.read_text(encoding="utf-8")
        note.write_text('{"catalog": "/nowhere", "area": null}', encoding="utf-8")
        assert season_curves.of_plots(workspace, mine) == {}
        note.write_text(kept, encoding="utf-8")


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
    for name, language in ((trained, "vi"), ("rules", "en")):
        words = ("evaluate", name, *given(SOUGHT, made.sought), "--visits", 1)
        ended = cli("--workspace", made.workspace, "--lang", language, *words)
        assert "recall_" not in ended.out
        assert "season_out" not in ended.out


def test_an_explanation_is_said_in_words(cli, made, trained, proposed):
    for language, expected in (("en", "opium poppy"), ("vi", "kết luận")):
        words = ("models", "explain", trained, "--candidate", proposed["id"])
        ended = cli("--workspace", made.workspace, "--lang", language, *words)
        assert expected in ended.out
        assert not re.search(r"raises|mustard_greens|log_odds", ended.out)

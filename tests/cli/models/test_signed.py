"""A model's folder is whole, signed and known, or it is not used."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli.models.lessons import SOUGHT, TAUGHT, Land, given

from eradication.features import table

pytestmark = pytest.mark.slow  # it trains models


@pytest.fixture
def signed(run: Callable[..., Any], made: Land, trained: str) -> Path:
    """Folder of the model, whole before and after the test."""
    [version] = [m["version"] for m in run("models", "list").json["models"] if m["name"] == trained]
    path = made.workspace / "models" / trained / version
    before = {file: file.read_bytes() for file in path.iterdir()}
    yield path
    for file, content in before.items():
        file.write_bytes(content)


def test_a_model_shows_what_it_learned_from_and_is_whole(run, cli, made, trained, signed):
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
    for language, said in (("vi", "Niên vụ"), ("en", "Season")):
        card = cli("--workspace", made.workspace, "--lang", language, "models", "show", f"{trained}/{signed.name}")
        assert card.code == 0
        assert f"{said} {SOUGHT.label}: " in card.out
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
    assert row["where"].startswith(str(signed))
    assert row["where"].endswith("meta.json, signature" if name == "meta.json" else name), "the file that differs"
    assert row["recorded"] is (name != "meta.json"), "the chain knows the description, whatever else was changed"
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


@pytest.mark.long
@pytest.mark.slow
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

"""Real imagery that nobody here made goes through ``monitor --model rules`` to the end.

Nothing in it is poppy and nothing is claimed about poppy: what is checked is that months without data are unobserved,
that missing bands are named and never invented, and that the answer says so.
"""

import json
from pathlib import Path

import pytest
from imagery_factory import write_catalog
from real_chips import FUSETS, fusets, worldcereal

from eradication.cli import main


def monitor(capsys: pytest.CaptureFixture[str], folder: Path, catalog: Path, season: str) -> tuple[int, dict]:
    assert main(["--json", "init", str(folder)]) == 0
    capsys.readouterr()
    words = ["--workspace", str(folder), "--json", "monitor", "--season", season, "--imagery", str(catalog)]
    code = main([*words, "--model", "rules"])
    return code, json.loads(capsys.readouterr().out)


def test_a_year_of_monthly_composites_is_scored_and_what_is_missing_is_named(shared_data, tmp_path, capsys):
    catalog = write_catalog(tmp_path / "items", worldcereal(shared_data))
    code, answer = monitor(capsys, tmp_path / "ws", catalog, "2020-2021")
    assert code == 0, answer
    assert answer["season"] == "2020-2021"
    assert answer["score_kind"] == "rule"
    assert answer["pixels"] == 10_000
    assert answer["scenes"]["used"] == 7
    assert not answer["scene_classification"], "there is none, and the answer says so"
    assert 0 <= answer["unobserved_share"] < 1
    missing = " ".join(answer["features_missing"])
    for month in ("dec", "jan"):
        assert month not in missing, "a month without data is unobserved, not a missing band"
    assert main(["--workspace", str(tmp_path / "ws"), "--json", "plots", "list"]) == 0
    plots = json.loads(capsys.readouterr().out)["plots"]
    assert len(plots) <= answer["candidates"]
    assert {plot["commune"] for plot in plots} <= {""}, "Europe lies in no commune of Sơn La"
    assert main(["--workspace", str(tmp_path / "ws"), "map", "--out", str(tmp_path / "map.html")]) == 0


@pytest.mark.parametrize("name", FUSETS)
def test_a_dated_series_of_three_layers_ends_without_a_score_and_says_why(shared_data, tmp_path, capsys, name):
    catalog = write_catalog(tmp_path / "items", fusets(shared_data / "imagery" / name))
    code, answer = monitor(capsys, tmp_path / "ws", catalog, "2019-2020")
    assert code == 0, answer
    assert answer["scenes"]["failed"] == []
    assert answer["scene_classification"]
    assert answer["features_missing"], "only red and near infrared are there"
    assert any("bloom" in feature or "ndyi" in feature for feature in answer["features_missing"])
    assert answer["candidates"] >= 0
    assert 0 <= answer["unobserved_share"] <= 1

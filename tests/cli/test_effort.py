"""``effort`` and ``coverage``: what was walked and seen, beside the ledger, and never more than is so."""

import json
import re

import pyogrio
import pytest
import walks

PARTS = ("optical", "patrol", "both", "none")


def coverage(cli, folder):
    return cli("--json", "--workspace", folder, "coverage").json


def test_the_demo_walks_as_far_as_its_ledger_says_and_its_cells_add_up(cli, demo_folder, tmp_path):
    out = tmp_path / "searched.gpkg"
    answer = cli("--json", "--workspace", demo_folder, "effort", "--out", out).json
    ledger = cli("--json", "--workspace", demo_folder, "ledger").json["effort"]
    total = answer["total"]
    assert (total["km2_visits"], total["patrols"]) == (ledger["km2_visits"], ledger["patrols"])
    assert total["km"] == pytest.approx(ledger["km"], abs=0.01)
    assert sum(cell["km"] for cell in answer["cells"]) == pytest.approx(total["km"], rel=0.01)
    assert sum(unit["km"] for unit in answer["units"]) == pytest.approx(total["km"], abs=0.02)
    walked = [row for row in answer["communes"] if row["touched"]]
    assert sum(row["touched"] for row in walked) == total["subcells"]
    assert all(0 < row["searched_p"] < 0.05 and row["days_since"] >= 0 for row in walked)
    assert all(cell["searched_p"] <= 0.9 and cell["touched"] <= 16 for cell in answer["cells"])
    assert answer["simulated"] is True
    assert answer["strip"]["from"] == "settings"
    assert answer["strip"]["forest_known"] is False
    layer = pyogrio.read_dataframe(out)
    assert (layer["walked_m"] > 0).sum() == total["subcells"]
    assert layer["simulated"].str.contains("simulated").all()
    assert layer["searched_p"].max() <= layer["seen_share"].max() + 1e-4


def test_the_text_says_searched_and_never_clean(cli, demo_folder):
    said = (
        cli("--workspace", demo_folder, "--lang", "en", "effort").out
        + cli("--workspace", demo_folder, "--lang", "en", "coverage").out
    )
    assert "SIMULATED" in said
    assert "No place is clean." in said
    assert "below 350 m²" in said
    assert "Communes nobody walked in: 74" in said


def test_parts_of_each_commune_add_up_and_the_ledger_says_the_same(cli, demo_folder):
    answer = coverage(cli, demo_folder)
    for row in (*answer["rows"], answer["total"]):
        seen = row["optical_m2"] + row["patrol_m2"] - row["both_m2"]
        assert seen + row["none_m2"] == pytest.approx(row["area_m2"], abs=3)
        assert row["none"] >= row["none_m2"] / row["area_m2"] - 1e-9
        assert row["optical"] <= row["optical_m2"] / row["area_m2"] + 1e-9
    (own,) = [row for row in answer["rows"] if row["optical_m2"]]
    assert own["optical_m2"] == pytest.approx(960 * 960, rel=0.02)
    assert 0 < own["both_m2"] <= own["patrol_m2"] < own["optical_m2"]
    told = cli("--json", "--workspace", demo_folder, "ledger").json["coverage"]
    assert {part: told[part] for part in PARTS} == {part: answer["total"][part] for part in PARTS}
    assert 0 <= answer["candidates"]["passed"] <= answer["candidates"]["unvisited"] > 0


def test_coverage_is_kept_until_something_it_rests_on_changes(cli, demo_copy):
    first = coverage(cli, demo_copy)
    (kept,) = (demo_copy / "outputs" / "coverage").glob("*.json")
    marked = json.loads(kept.read_bytes()) | {"why": "as kept"}
    kept.write_text(json.dumps(marked), encoding="utf-8")
    assert coverage(cli, demo_copy)["why"] == "as kept"
    (demo_copy / "walk.gpx").write_bytes(walks.gpx())
    assert cli("--workspace", demo_copy, "patrols", "import", demo_copy / "walk.gpx").code == 0
    after = coverage(cli, demo_copy)
    assert after["why"] == ""
    assert after["total"]["patrol_m2"] > first["total"]["patrol_m2"]


def test_a_damaged_or_missing_map_of_looks_is_said_and_kept_out(cli, demo_copy):
    (layer,) = (demo_copy / "outputs" / "runs").glob("*/flowering.tif")
    layer.write_bytes(layer.read_bytes()[:700])
    assert coverage(cli, demo_copy)["why"] == ""  # computed while the map was whole
    for kept in (demo_copy / "outputs" / "coverage").iterdir():
        kept.unlink()
    damaged = coverage(cli, demo_copy)
    assert "damaged" in damaged["why"]
    assert damaged["total"]["optical_m2"] == 0 < damaged["total"]["patrol_m2"]
    layer.unlink()
    elsewhere = coverage(cli, demo_copy)
    assert "another computer" in elsewhere["why"]
    assert (elsewhere["total"]["optical"], elsewhere["total"]["none_m2"]) == (None, None)
    assert elsewhere["total"]["patrol_m2"] == damaged["total"]["patrol_m2"]
    assert cli("--workspace", demo_copy, "coverage").code == cli("--workspace", demo_copy, "ledger").code == 0


@pytest.mark.slow
def test_another_file_of_forests_is_another_coverage(cli, demo_copy):
    settings, forest = demo_copy / "eradication.toml", demo_copy / "forest.geojson"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(?m)^forest = ""', 'forest = "forest.geojson"', text), encoding="utf-8")

    def draw(west):
        ring = [[west, 20], [west + 1.5, 20], [west + 1.5, 22], [west, 22], [west, 20]]
        feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        forest.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        return coverage(cli, demo_copy)["total"]["patrol_m2"]

    assert draw(100.0) > 2 * draw(104.0) > 0
    forest.unlink()
    said = cli("--json", "--workspace", demo_copy, "effort")
    assert (said.code, said.json["error"]["kind"]) == (2, "no_such_file")
    assert "[effort] forest" in said.json["error"]["where"]


def test_before_anything_was_walked_nothing_was_seen(cli, workspace):
    answer = coverage(cli, workspace)
    assert {part: answer["total"][part] for part in PARTS} == {"optical": 0.0, "patrol": 0.0, "both": 0.0, "none": 1.0}
    effort = cli("--json", "--workspace", workspace, "effort").json
    assert (effort["total"]["km"], effort["total"]["subcells"], effort["cells"]) == (0.0, 0, [])
    assert {row["days_since"] for row in effort["communes"]} == {None}


def test_a_walk_handed_in_twice_searches_once(cli, workspace, tmp_path):
    for name, content in (("a.gpx", walks.gpx()), ("b.kml", walks.kml())):
        (tmp_path / name).write_bytes(content)
        assert cli("--workspace", workspace, "patrols", "import", tmp_path / name).code == 0
        told = cli("--json", "--workspace", workspace, "effort", "--season", "2025-2026").json
        assert told["total"]["patrols"] == 1
        assert told["total"]["km"] == pytest.approx(0.54, abs=0.02)


def test_settings_that_cannot_be_understood_and_files_that_cannot_be_written_are_named(cli, workspace, tmp_path):
    said = cli("--json", "--workspace", workspace, "effort", "--out", tmp_path / "a.csv")
    assert (said.code, said.json["error"]["kind"]) == (2, "unknown_format")
    settings = workspace / "eradication.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"02-25"', '"25-02"'), encoding="utf-8")
    said = cli("--json", "--workspace", workspace, "effort")
    assert (said.code, said.json["error"]["kind"]) == (2, "bad_settings")
    assert "effort.late" in said.json["error"]["where"]

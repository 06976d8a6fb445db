"""The demonstration: the whole path on one simulated season, and every read command on what it left."""

import json
from pathlib import Path

import pytest


def test_the_demo_goes_the_whole_path_and_says_it_is_simulated(cli, demo_folder):
    for name in ("map.html", "report.html", "plots.gpkg"):
        assert (demo_folder / "outputs" / name).stat().st_size > 1000
    for name in ("map.html", "report.html"):
        text = (demo_folder / "outputs" / name).read_text()
        assert "simulated" in text.lower(), "made with --lang en"
    ledger = cli("--workspace", demo_folder, "--json", "ledger", "--season", "2025-2026").json
    total = ledger["total"]
    assert ledger["simulated"]
    assert 0 < total["verified_m2"] <= total["claimed_m2"] <= total["detected_m2"]
    assert total["remaining_m2"] == total["detected_m2"] - total["verified_m2"]
    assert ledger["effort"]["km"] > 0


def test_the_ledger_text_never_shows_a_bare_percentage(cli, demo_folder):
    for language, needed in (
        ("en", ("SIMULATED", "Effort:", "Not visited:", "Undetected, at most")),
        ("vi", ("MÔ PHỎNG", "Chưa kiểm tra", "Chưa phát hiện")),
    ):
        text = cli("--workspace", demo_folder, "--lang", language, "ledger", "--season", "2025-2026").out
        for words in needed:
            assert words in text


def test_plots_are_listed_with_state_class_score_and_commune(cli, demo_folder):
    plots = cli("--workspace", demo_folder, "--json", "plots", "list").json["plots"]
    assert {"candidate", "expired", "rejected", "verified"} & {p["state"] for p in plots}
    states = {p["state"] for p in plots}
    assert "verified" in states
    assert "candidate" not in states, "the season is over: what nobody visited has expired"
    for plot in plots:
        assert plot["class"] in "ABC"
        assert plot["area_se_m2"] >= 0
        assert plot["simulated"]
    found = next(p for p in plots if p["source"] == "patrol")
    assert found["score"] is None
    shown = cli("--workspace", demo_folder, "--json", "plots", "show", found["code"]).json
    assert shown["plot"] == found["id"]
    assert "detected" in [event["outcome"] for event in shown["events"]]


@pytest.mark.slow
def test_monitoring_again_changes_nothing(cli, demo_copy):
    def counted() -> tuple[int, list[str]]:
        events = cli("--workspace", demo_copy, "--json", "audit", "verify").json["origins"][0]["events"]
        plots = cli("--workspace", demo_copy, "--json", "plots", "list").json["plots"]
        return events, sorted(json.dumps(p, sort_keys=True) for p in plots)

    before = counted()
    catalog = demo_copy / "simulated" / "imagery" / "catalog.json"
    arguments = ("--workspace", demo_copy, "--json", "monitor", "--season", "2025-2026", "--imagery", catalog)
    first, second = cli(*arguments), cli(*arguments)
    assert first.code == second.code == 3, "the simulated season holds lying items; they are listed"
    assert first.json["scenes"]["failed"]
    assert counted() == before
    same = ("run", "candidates", "pixels", "unobserved_share", "scenes")
    assert [first.json[k] for k in same] == [second.json[k] for k in same]
    assert first.json["new_candidates"] == second.json["new_candidates"] == 0


@pytest.mark.slow
def test_only_new_places_are_called_new_when_a_file_is_lost_and_outlines_move(cli, demo_copy):
    """A file is lost, scores change a little, outlines move: most candidates join the plots they were."""
    catalog = demo_copy / "simulated" / "imagery" / "catalog.json"
    files = sorted(catalog.parent.rglob("nir.tif"))
    files[-3].unlink()

    def plots():
        return {p["code"] for p in cli("--workspace", demo_copy, "--json", "plots", "list").json["plots"]}

    before = plots()
    answer = cli("--workspace", demo_copy, "--json", "monitor", "--season", "2025-2026", "--imagery", catalog).json
    added = plots() - before
    assert answer["new_candidates"] == len(added)
    assert 0 < len(added) < answer["candidates"] / 4


@pytest.mark.slow
def test_a_model_is_trained_from_the_stored_visits_and_used(cli, demo_copy):
    catalog = demo_copy / "simulated" / "imagery" / "catalog.json"
    trained = cli(
        "--workspace", demo_copy, "--json", "train", "--name", "first", "--season", "2025-2026",
        "--imagery", catalog, "--samples", demo_copy / "simulated" / "visits.csv",
    )  # fmt: skip
    assert trained.code == 0, trained.out
    assert trained.json["name"] == "first"
    assert trained.json["learner"]
    listed = cli("--workspace", demo_copy, "--json", "models", "list").json["models"]
    assert [m["model_hash"] for m in listed] == [trained.json["model_hash"]]
    scored = cli(
        "--workspace", demo_copy, "--json", "monitor", "--season", "2025-2026", "--imagery", catalog, "--model", "first"
    )
    assert scored.json["model"].startswith("first")


def test_plots_are_exported_in_every_format(cli, demo_folder, tmp_path):
    for suffix in ("geojson", "gpkg", "gpx", "kml", "parquet", "xlsx"):
        out = tmp_path / f"plots.{suffix}"
        ended = cli("--workspace", demo_folder, "--json", "plots", "export", out)
        assert ended.code == 0, ended.out
        assert ended.json["plots"] > 0
        assert out.stat().st_size > 0


def test_simulated_files_mark_any_workspace_they_come_into(cli, demo_folder, workspace, tmp_path):
    run = ("--workspace", workspace, "--json")
    assert not cli(*run, "ledger", "--season", "2025-2026").json["simulated"]
    files = sorted((demo_folder / "simulated" / "patrols").glob("*.gpx"))
    assert cli(*run, "patrols", "import", *files).code == 0
    assert all(patrol["simulated"] for patrol in cli(*run, "patrols", "list").json["patrols"])
    assert cli(*run, "ledger", "--season", "2025-2026").json["simulated"]
    out = tmp_path / "map.html"
    assert cli(*run, "map", "--season", "2025-2026", "--out", out).code == 0
    assert "MÔ PHỎNG" in out.read_text(encoding="utf-8")


@pytest.mark.slow
def test_other_thresholds_are_another_run(cli, demo_copy):
    catalog = demo_copy / "simulated" / "imagery" / "catalog.json"
    words = ("--workspace", demo_copy, "--json", "monitor", "--season", "2025-2026", "--imagery", catalog)
    settings = demo_copy / "eradication.toml"
    first = cli(*words).json
    settings.write_text(settings.read_text().replace("most = 150", "most = 20"))
    second = cli(*words).json
    assert second["candidates"] == 20 < first["candidates"]
    assert second["candidates_cut"]
    assert second["run"] != first["run"]


def test_official_coordinates_follow_the_zone_in_the_settings(cli, demo_copy, tmp_path):
    def first() -> dict:
        out = tmp_path / "plots.geojson"
        assert cli("--workspace", demo_copy, "plots", "export", out).code == 0
        return json.loads(out.read_text(encoding="utf-8"))["features"][0]["properties"]

    here = first()["x_vn2000"]
    settings = demo_copy / "eradication.toml"
    settings.write_text(settings.read_text().replace("official_epsg = 9206", "official_epsg = 3405"))
    assert abs(first()["x_vn2000"] - here) > 1000


def test_a_state_nobody_knows_is_wrong_usage(cli, demo_folder):
    ended = cli("--workspace", demo_folder, "--json", "plots", "list", "--state", "foo")
    assert ended.code == 2
    assert "eradicated" in ended.json["error"]["message"]


def test_the_demo_refuses_a_folder_it_did_not_make(cli, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    ended = cli("--json", "demo", tmp_path, "--size", "64")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "folder_in_use")
    assert (tmp_path / "precious.txt").read_text() == "mine"


@pytest.mark.slow
def test_T27_a_catalog_with_missing_and_cut_assets_ends_and_names_them(cli, demo_copy):
    items = demo_copy / "simulated" / "imagery"
    reds = sorted(items.rglob("*red.tif"))
    assert len(reds) > 5
    reds[0].unlink()
    reds[3].write_bytes(reds[3].read_bytes()[:200])
    before = cli("--workspace", demo_copy, "--json", "audit", "verify").json
    ended = cli(
        "--workspace", demo_copy, "--json", "monitor", "--season", "2025-2026", "--imagery", items / "catalog.json"
    )
    assert ended.code == 3
    told = {(f["id"], f["asset"]): f["reason"] for f in ended.json["scenes"]["failed"]}
    assert told[(reds[0].parent.name, "red")] == "missing_asset"
    assert any(reason in ("unreadable", "truncated") for reason in told.values())
    after = cli("--workspace", demo_copy, "--json", "audit", "verify")
    assert after.code == 0
    assert after.json["origins"][0]["events"] >= before["origins"][0]["events"]


@pytest.mark.long
@pytest.mark.slow
def test_a_model_trained_on_other_features_is_refused_and_nothing_is_stored(cli, demo_copy, tmp_path):
    catalog = demo_copy / "simulated" / "imagery" / "catalog.json"
    words = ("--season", "2025-2026", "--imagery", catalog)
    samples = demo_copy / "simulated" / "visits.csv"
    assert cli("--workspace", demo_copy, "--json", "train", "--name", "m", *words, "--samples", samples).code == 0
    # Without these bands no index of flowers or moisture can be computed.
    gone = ("blue", "green", "swir16")
    for item in catalog.parent.rglob("*.json"):
        content = json.loads(item.read_text())
        for name in gone:
            content.get("assets", {}).pop(name, None)
        item.write_text(json.dumps(content))
    before = cli("--workspace", demo_copy, "--json", "audit", "verify").json
    ended = cli("--workspace", demo_copy, "--json", "monitor", *words, "--model", "m")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "model_features_differ")
    assert cli("--workspace", demo_copy, "--json", "audit", "verify").json == before


@pytest.mark.slow
def test_a_season_report_is_written_for_any_workspace(cli, demo_folder, tmp_path):
    ended = cli("--workspace", demo_folder, "--lang", "vi", "--json", "report", "2025-2026", "--out", tmp_path / "new")
    assert ended.code == 0, ended.out
    names = [Path(path).name for path in ended.json["written"]]
    assert names == [f"report-2025-2026.{ending}" for ending in ("docx", "pdf", "xlsx", "html")]
    with open(ended.json["written"][-1], encoding="utf-8") as file:
        assert "MÔ PHỎNG" in file.read()

"""The imagery commands as people and programs use them, over a real archive on loopback."""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from archive import faults
from archive.files import WEST, Product, Tile, one_pass
from archive.fixtures import LiveArchive
from imagery_factory import Place
from shapely.geometry import box, mapping

from eradication import config
from eradication.archive import periods
from eradication.pipeline import workspace as workspaces

DAYS = ("2025-11-05", "2025-11-15", "2026-01-14")
QUICK = config.Fetch(threads=4, tries=2, backoff_s=0.01, stall_s=1.0, asset_s=8.0, reserve_gb=0.0)


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    settings = dataclasses.replace(workspaces.settings_for("Sơn La"), fetch=QUICK)
    with workspaces.created(tmp_path / "ws", settings):
        return tmp_path / "ws"


@pytest.fixture
def live(publish: Callable[..., LiveArchive]) -> LiveArchive:
    like = dataclasses.replace(Product(""), bands=("blue", "red", "nir", "scl"))
    return publish([p for day in DAYS for p in one_pass(f"{day}T03:40:11Z", (WEST,), like)])


@pytest.fixture
def area(tmp_path: Path) -> Path:
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": mapping(box(103.8, 21.2, 104, 21.4))}))
    return path


@pytest.fixture
def run(cli: Callable[..., Any], ws: Path) -> Callable[..., Any]:
    return lambda *words: cli("--workspace", ws, *words)


def test_from_an_address_to_a_run(run, live, area):
    where = ("--season", "2025-2026", "--imagery", live.api, "--area", area)
    searched = run("--json", "imagery", "search", *where)
    assert searched.code == 0
    assert (searched.json["items"], searched.json["cached"], searched.json["kind"]) == (3, 0, "api")
    dry = run("--json", "imagery", "fetch", *where, "--dry-run")
    assert (dry.code, dry.json["dry_run"], dry.json["catalog"]) == (0, True, None)
    assert dry.json["estimate"]["needed_gb"] > 0
    assert "GB" in dry.err or "MB" in dry.err
    fetched = run("--json", "imagery", "fetch", *where, "--yes")
    assert (fetched.code, fetched.json["files_ok"], fetched.json["failed"]) == (0, 12, [])
    listed = run("--json", "imagery", "list", "--season", "2025-2026")
    [source] = listed.json["sources"]
    assert (source["items"], source["cached"], source["catalogs"]) == (3, 3, [fetched.json["catalog"]])
    status = run("--json", "imagery", "status", "--season", "2025-2026")
    assert (status.code, status.json["alarm"], status.json["sources"][0]["items"]) == (0, False, 3)
    bytes_before = live.server.bytes("*.tif")
    scored = run("--json", "monitor", *where)
    assert scored.code == 0
    assert (scored.json["scenes"]["used"], scored.json["scenes"]["failed"]) == (3, [])
    assert live.server.bytes("*.tif") == bytes_before


def test_what_could_not_be_fetched_ends_with_code_3_and_is_listed(run, live, area):
    live.server.fault("*_nir.tif", faults.refuse(404))
    ended = run("--json", "imagery", "fetch", "--season", "2025-2026", "--imagery", live.api, "--area", area)
    assert ended.code == 3
    assert [(f["asset"], f["reason"]) for f in ended.json["failed"]] == [("nir", "http_404")] * 3


@pytest.mark.slow
def test_people_read_it_in_their_language(run, live, area):
    where = ("--season", "2025-2026", "--imagery", live.api, "--area", area)
    live.server.fault("*20260114*_nir.tif", faults.refuse(403))
    for language, words in (
        ("en", ("To fetch:", "Files complete: 11 of 12", "the archive refuses it", "Clouds (%)", "No image for")),
        ("vi", ("Cần tải:", "Số tệp đủ: 11 trên 12", "kho ảnh từ chối", "Mây (%)", "Không có ảnh trong")),
    ):
        said = [
            run("--lang", language, *command)
            for command in (
                ("imagery", "fetch", *where),
                ("imagery", "search", *where),
                ("imagery", "list", "--season", "2025-2026"),
                ("imagery", "status", "--season", "2025-2026"),
                ("imagery", "sources"),
            )
        ]
        text = "".join(ended.out + ended.err for ended in said)
        assert [word for word in words if word not in text] == []
        assert "{" not in text


@pytest.mark.parametrize(("day", "late"), [("2026-01-23", False), ("2026-01-26", True), ("2026-06-02", False)])
def test_late_images_are_told_and_can_end_a_script(run, live, area, monkeypatch, day, late):
    run("--json", "imagery", "fetch", "--season", "2025-2026", "--imagery", live.api, "--area", area)
    monkeypatch.setattr(periods, "utc_now", lambda: datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    status = run("--json", "imagery", "status", "--season", "2025-2026")
    assert (status.code, status.json["alarm"], status.json["sources"][0]["expected_days"]) == (0, late, 5)
    assert ("CHẬM" in run("--lang", "vi", "imagery", "status", "--season", "2025-2026").out) is late
    checked = run("--json", "imagery", "status", "--season", "2025-2026", "--check")
    assert checked.code == (5 if late else 0)
    if late:
        assert checked.json["error"]["kind"] == "imagery_late"


@pytest.mark.parametrize(("day", "label"), [("2026-05-20", "2025-2026"), ("2026-06-20", "2026-2027")])
def test_without_a_season_the_one_that_comes_in_now_is_meant(run, monkeypatch, day, label):
    monkeypatch.setattr(periods, "utc_now", lambda: datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    assert run("--json", "imagery", "list").json["season"] == label


def test_without_an_area_an_api_is_asked_for_the_province(cli, workspace, live):
    fetched = cli(
        "--workspace", workspace, "--json", "imagery", "fetch", "--season", "2025-2026", "--imagery", live.api
    )
    assert (fetched.code, fetched.json["files_ok"]) == (0, 12)
    assert 13_000 < fetched.json["area_km2"] < 15_500


def test_scenes_travel_by_disk(run, cli, live, area, tmp_path):
    run("--json", "imagery", "fetch", "--season", "2025-2026", "--imagery", live.api, "--area", area)
    out = run("--json", "imagery", "bundle", "out", tmp_path / "season.tar", "--season", "2025-2026")
    assert (out.code, out.json["scenes"], out.json["files"]) == (0, 3, 12)
    with workspaces.created(tmp_path / "far", workspaces.settings_for("Sơn La")):
        far = tmp_path / "far"
    taken = cli("--workspace", far, "--json", "imagery", "bundle", "in", tmp_path / "season.tar", tmp_path / "none.tar")
    assert taken.code in (2, 3)
    taken = cli("--workspace", far, "--json", "imagery", "bundle", "in", tmp_path / "season.tar")
    assert (taken.code, taken.json["bundles"][0]["status"]) == (0, "accepted")
    (tmp_path / "bad.tar").write_bytes(b"bad")
    refused = cli("--workspace", far, "--lang", "vi", "imagery", "bundle", "in", tmp_path / "bad.tar")
    assert refused.code == 3
    assert "Gói" in refused.out


def test_an_archive_that_is_not_there_is_an_error_that_says_what_to_do(run, live):
    for address, code, kind in (
        ("http://127.0.0.1:9/stac", 4, "archive_failed"),
        (f"{live.server.url}/nothing.json", 2, "not_an_archive"),
        ("no/such/file.json", 2, "no_such_catalog"),
    ):
        ended = run("--json", "monitor", "--season", "2025-2026", "--imagery", address)
        assert (ended.code, ended.json["error"]["kind"]) == (code, kind)
        assert ended.json["error"]["hint"]


def test_an_api_without_an_area_means_the_province_and_that_must_be_known(run, live):
    ended = run("--json", "imagery", "fetch", "--season", "2025-2026", "--imagery", live.api)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "no_area")


def test_a_run_does_not_fetch_much_by_itself(ws, cli, publish, area):
    like = dataclasses.replace(Product(""), bands=("red", "scl"))
    live = publish(one_pass("2026-01-14T03:40:11Z", (Tile("48QUJ", Place(386_400, 2_358_800, 768, 768)),), like))
    settings = ws / "eradication.toml"
    settings.write_text(settings.read_text().replace("monitor_gb = 5.0", "monitor_gb = 0.0001"))
    ended = cli("--workspace", ws, "--json", "monitor", "--season", "2025-2026", "--imagery", live.api, "--area", area)
    assert (ended.code, ended.json["error"]["kind"]) == (2, "much_to_fetch")
    assert "imagery fetch" in ended.json["error"]["hint"]


def test_a_wrong_profile_is_named_by_every_command_that_needs_it(ws, run):
    (ws / "sources").mkdir()
    (ws / "sources" / "own.toml").write_text("name = 3")
    ended = run("--json", "imagery", "sources")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "bad_source")
    assert ended.json["error"]["where"].endswith("own.toml: name")


def test_a_date_that_is_none_is_refused(run, tmp_path):
    ended = run("--json", "imagery", "review", tmp_path, "--date", "14/02/2026")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "bad_date")

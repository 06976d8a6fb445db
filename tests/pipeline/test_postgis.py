"""The same path on a server: from the command line, with bundles of laptops, to the same ledger."""

import csv
import json
import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import postgres
import pytest

from eradication import config
from eradication.cli import main
from eradication.domain import TIMEZONE

SEASON = "2025-2026"
START = datetime(2026, 1, 10, 2, tzinfo=UTC)
COLUMNS = (
    "visit_id", "lon", "lat", "visited_at", "unit", "officers", "outcome", "area_m2", "area_method",
    "destroyed_fraction", "minutes_no",
)  # fmt: skip


def track(folder: Path) -> Path:
    points = "".join(
        f'<trkpt lat="{20.79 + n * 1e-4:.6f}" lon="{104.8 + n * 1e-4:.6f}"><ele>{800 + n}</ele>'
        f"<time>{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for n in range(60)
    )
    place = '<wpt lat="20.79" lon="104.8"><name>Lán “x”</name></wpt>'
    path = folder / "walk.gpx"
    path.write_text(f'<gpx version="1.1" creator="t">{place}<trk><trkseg>{points}</trkseg></trk></gpx>', "utf-8")
    return path


def visits(folder: Path) -> Path:
    rows = []
    for n in range(4):
        base = {"visit_id": f"V{n}", "lon": 104.8 + n / 500, "lat": 20.79, "unit": "U1", "officers": "a;b"}
        when = (START + timedelta(days=n)).isoformat()
        found = {"area_m2": 300 + n, "area_method": "tape"}
        rows.append(base | found | {"visited_at": when, "outcome": "detected"})
        rows.append(base | {"visited_at": when, "outcome": "eradicated", "destroyed_fraction": 1, "minutes_no": f"{n}"})
    later = (START + timedelta(days=20)).isoformat()
    rows.append(
        rows[0] | {"visit_id": "W", "unit": "U2", "officers": "c;d", "outcome": "verified", "visited_at": later}
    )
    path = folder / "visits.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


type Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``eradication --json ARGUMENTS…``: exit code and answer."""

    def call(*arguments: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main(["--json", *map(str, arguments)])
        return code, json.loads(capsys.readouterr().out)

    return call


def made(run: Run, folder: Path, place: config.Store | None = None) -> Path:
    server = ("--store", place.url, "--schema", place.schema) if place else ()
    code, answer = run("init", folder, *server)
    assert (code, answer["workspace"]) == (0, str(folder))
    return folder


def worked(run: Run, workspace: Path, folder: Path) -> None:
    """Walk and visit."""
    code, answer = run("--workspace", workspace, "patrols", "import", track(folder))
    assert (code, answer["files"][0]["status"]) == (0, "accepted")
    code, answer = run("--workspace", workspace, "visits", "import", visits(folder))
    assert code == 0
    assert [visit["status"] for visit in answer["visits"]] == ["accepted"] * 9


def ledger_bytes(run: Run, workspace: Path) -> bytes:
    code, answer = run(
        "--workspace", workspace, "ledger", "--season", SEASON, "--as-of", datetime.now(TIMEZONE).date().isoformat()
    )
    assert code == 0
    return json.dumps(answer, sort_keys=True).encode()


@pytest.mark.slow
def test_the_whole_path_goes_on_a_server(run: Run, server: postgres.Cluster, tmp_path: Path):
    place = server.place()
    workspace = made(run, tmp_path / "office", place)
    assert not (workspace / "store.gpkg").exists()
    assert stat.S_IMODE((workspace / config.FILE_NAME).stat().st_mode) == 0o600
    assert config.load(workspace / config.FILE_NAME).store == place
    worked(run, workspace, tmp_path)
    code, again = run("--workspace", workspace, "patrols", "import", tmp_path / "walk.gpx")
    assert (code, again["files"][0]["status"]) == (0, "duplicate")
    _, ledger = run("--workspace", workspace, "ledger", "--season", SEASON)
    total = ledger["total"]
    assert (total["detected_m2"], total["claimed_m2"], total["verified_m2"]) == (1206, 1206, 300)
    assert ledger["effort"]["km"] > 0
    assert run("--workspace", workspace, "audit", "verify")[1]["origins"][0]["ok"]
    for command in (("plots", "export", "p.gpkg"), ("map", "--season", SEASON, "--out", "m.html")):
        assert run("--workspace", workspace, *command[:-1], tmp_path / command[-1])[0] == 0
        assert (tmp_path / command[-1]).stat().st_size > 1000
    checks = {check["check"]: check["ok"] for check in run("--workspace", workspace, "doctor")[1]["checks"]}
    assert checks["chain"]


@pytest.mark.slow
def test_a_laptops_bundle_gives_the_same_ledger_to_the_byte(run: Run, server: postgres.Cluster, tmp_path: Path):
    laptop = made(run, tmp_path / "laptop")
    worked(run, laptop, tmp_path)
    assert run("--workspace", laptop, "bundle", "export", tmp_path / "day.zip")[0] == 0
    offices = [made(run, tmp_path / "file"), made(run, tmp_path / "server", server.place())]
    for office in offices:
        told = [run("--workspace", office, "bundle", "import", tmp_path / "day.zip") for _ in range(2)]
        assert [code for code, _ in told] == [0, 0]
        first, again = (answer["bundles"][0] for _, answer in told)
        assert (first["added"], again["added"], again["known"]) == (first["events"], 0, first["events"])
        assert first["events"] > 9
    on_file, on_server = (ledger_bytes(run, office) for office in offices)
    assert on_server == on_file
    assert json.loads(on_server)["total"]["detected_m2"] == 1206
    for office in offices:
        assert all(origin["ok"] for origin in run("--workspace", office, "audit", "verify")[1]["origins"])
    # And back: what the server holds goes into a file again.
    assert run("--workspace", offices[1], "bundle", "export", tmp_path / "all.zip")[0] == 0
    home = made(run, tmp_path / "home")
    assert run("--workspace", home, "bundle", "import", tmp_path / "all.zip")[0] == 0
    assert ledger_bytes(run, home) == on_file


def test_T18_tampering_on_the_server_is_found(run: Run, server: postgres.Cluster, tmp_path: Path):
    place = server.place()
    workspace = made(run, tmp_path / "office", place)
    worked(run, workspace, tmp_path)
    server.run(
        "SET session_replication_role = replica; "
        f"UPDATE {place.schema}.events SET payload = replace(payload, '300', '30') WHERE kind = 'visit_recorded'"
    )
    code, answer = run("--workspace", workspace, "audit", "verify")
    (origin,) = answer["origins"]
    assert (code, origin["ok"], origin["reason"]) == (5, False, "wrong_hash")


@pytest.mark.slow
def test_changed_tracks_and_outlines_on_the_server_are_found(run: Run, server: postgres.Cluster, tmp_path: Path):
    place = server.place()
    workspace = made(run, tmp_path / "office", place)
    worked(run, workspace, tmp_path)
    for statement, reason in (
        ("UPDATE {0}.admin_units SET geom = ST_Translate(geom, 0.01, 0) WHERE geom IS NOT NULL", "changed_unit"),
        ("UPDATE {0}.admin_units SET geom = ST_Translate(geom, -0.01, 0), name = name || '!'", "changed_unit"),
        ("DELETE FROM {0}.waypoints", "changed_tracks"),
        ("DELETE FROM {0}.waypoints; DELETE FROM {0}.track_segments; DELETE FROM {0}.patrols", "missing_tracks"),
    ):
        server.run(statement.format(place.schema))
        code, answer = run("--workspace", workspace, "audit", "verify")
        reasons = {origin["reason"] for origin in answer["origins"]}
        assert (code, reasons) == (5, {reason})


@pytest.mark.slow
def test_a_schema_in_use_is_not_given_to_a_second_workspace(run: Run, server: postgres.Cluster, tmp_path: Path):
    place = server.place()
    made(run, tmp_path / "first", place)
    worked(run, tmp_path / "first", tmp_path)
    for _ in range(2):
        code, answer = run("init", tmp_path / "second", "--store", place.url, "--schema", place.schema)
        assert (code, answer["error"]["kind"]) == (2, "store_taken")
    assert not (tmp_path / "second" / config.FILE_NAME).exists()
    made(run, tmp_path / "second", server.place())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_server_that_does_not_answer_ends_with_4_and_no_password(
    server: postgres.Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
):
    dead = server.url.replace(str(server.port), "1")
    assert main(["--lang", language, "init", str(tmp_path / "ws"), "--store", dead]) == 4
    said = capsys.readouterr().err
    assert "127.0.0.1:1/test (eradication)" in said
    assert server.password not in said
    assert ".pgpass" in said
    assert not (tmp_path / "ws" / config.FILE_NAME).exists()


def test_doctor_says_that_the_server_is_gone(run: Run, server: postgres.Cluster, tmp_path: Path):
    workspace = made(run, tmp_path / "ws", server.place())
    file = workspace / config.FILE_NAME
    file.write_text(file.read_text("utf-8").replace(f":{server.port}/", ":1/"), "utf-8")
    code, answer = run("--workspace", workspace, "doctor")
    (found,) = [check for check in answer["checks"] if check["check"] == "store"]
    assert (code, found["ok"]) == (5, False)
    assert ".pgpass" in found["advice"]
    assert run("--workspace", workspace, "ledger")[1]["error"]["kind"] == "store_unreachable"


def test_a_workspace_without_a_server_in_its_settings_uses_its_file(run: Run, tmp_path: Path):
    workspace = made(run, tmp_path / "ws")
    assert config.load(workspace / config.FILE_NAME).store == config.Store()
    with sqlite3.connect(workspace / "store.gpkg") as raw:
        assert raw.execute("SELECT count(*) FROM events").fetchone() == (1,)
    raw.close()

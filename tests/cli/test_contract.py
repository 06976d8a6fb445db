"""The command contract: one JSON object, stable exit codes, errors that say what, where and what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eradication.cli.shell import hoist

GPX = """<?xml version="1.0"?><gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
<trk><name>{name}</name><trkseg>{points}</trkseg></trk></gpx>"""


def walk(name: str = "walk", n: int = 20) -> str:
    points = "".join(
        f'<trkpt lat="{20.79 + i * 1e-4:.5f}" lon="104.85"><time>2026-01-10T02:{i:02d}:00Z</time></trkpt>'
        for i in range(n)
    )
    return GPX.format(name=name, points=points)


def test_global_flags_may_stand_anywhere_before_a_bare_double_dash():
    words = ["convert", "--from", "EPSG:4326", "--json", "--to", "EPSG:9206", "--", "--json"]
    assert hoist(words) == ["--json", "convert", "--from", "EPSG:4326", "--to", "EPSG:9206", "--", "--json"]


def test_a_patrol_file_is_accepted_once_and_every_fix_is_accounted_for(cli, workspace, tmp_path):
    file = tmp_path / "walk.gpx"
    file.write_text(walk())
    first = cli("--workspace", workspace, "--json", "patrols", "import", file, "--unit", "BP01")
    assert first.code == 0
    (told,) = first.json["files"]
    assert told["status"] == "accepted"
    (patrol,) = told["patrols"]
    fixes = patrol["fixes"]
    assert fixes["total"] == 20
    assert fixes["kept"] + sum(fixes["marked"].values()) == fixes["total"]
    again = cli("--workspace", workspace, "--json", "patrols", "import", file)
    assert again.code == 0
    assert again.json["files"][0]["status"] == "duplicate"
    listed = cli("--workspace", workspace, "--json", "patrols", "list").json["patrols"]
    assert [p["id"] for p in listed] == [patrol["id"]]
    shown = cli("--workspace", workspace, "--json", "patrols", "show", patrol["id"]).json
    assert shown["sha256"] == told["sha256"]
    assert shown["unit"] == "BP01"


def test_a_walk_saved_again_by_another_program_is_told_and_counts_once(cli, workspace, tmp_path):
    first, again = tmp_path / "a.gpx", tmp_path / "b.gpx"
    first.write_text(walk())
    again.write_text(walk().replace("<trk>", "<!-- saved again --><trk>"))
    run = ("--workspace", workspace, "--json")
    (one,) = cli(*run, "patrols", "import", first).json["files"]
    km = cli(*run, "ledger", "--season", "2025-2026").json["effort"]["km"]
    (two,) = cli(*run, "patrols", "import", again).json["files"]
    assert two["status"] == "accepted"
    assert two["facts"]["same_walk_as"] == [one["patrols"][0]["id"]]
    assert cli(*run, "ledger", "--season", "2025-2026").json["effort"]["km"] == km > 0


def refused_files(folder: Path) -> dict[str, Path]:
    bad = {
        "empty_file": ("empty.gpx", b""),
        "doctype_not_allowed": ("doctype.gpx", b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>'),
        "no_content": ("nothing.gpx", b'<?xml version="1.0"?><gpx version="1.1" creator="t"></gpx>'),
    }
    for name, content in bad.values():
        (folder / name).write_bytes(content)
    (folder / "zip.gpx").write_bytes(b"PK\x03\x04" + bytes(60))
    return {kind: folder / name for kind, (name, _) in bad.items()} | {"": folder / "zip.gpx"}


def test_each_bad_file_is_refused_with_its_reason_and_kept_and_the_good_one_goes_in(cli, workspace, tmp_path):
    good = tmp_path / "good.gpx"
    good.write_text(walk())
    bad = refused_files(tmp_path)
    ended = cli("--workspace", workspace, "--lang", "vi", "--json", "patrols", "import", good, *bad.values())
    assert ended.code == 3
    told = ended.json["files"]
    assert [file["status"] for file in told] == ["accepted", *["refused"] * len(bad)]
    for kind, file in zip(bad, told[1:], strict=True):
        assert file["reason"] == (kind or file["reason"])
        assert file["message"]
    assert (workspace / "refused" / "list.jsonl").read_text().count("\n") == len(bad)
    assert {file["sha256"] for file in told[1:]} <= {p.name for p in (workspace / "refused").iterdir()}


def test_refused_files_leave_the_store_as_it_was(cli, workspace, tmp_path):
    before = cli("--workspace", workspace, "--json", "audit", "verify").json
    for _ in range(2):
        ended = cli("--workspace", workspace, "--json", "patrols", "import", *refused_files(tmp_path).values())
        assert ended.code == 3
    assert cli("--workspace", workspace, "--json", "audit", "verify").json == before


@pytest.mark.parametrize("name", ["store.gpkg", "eradication.toml", "keys/x.gpkg", "originals/x.gpkg"])
def test_no_output_falls_on_what_the_workspace_lives_on(cli, workspace, name):
    before = cli("--workspace", workspace, "--json", "audit", "verify").json
    out = workspace / name
    for words in (("plots", "export", out), ("bundle", "export", out), ("map", "--out", out)):
        ended = cli("--workspace", workspace, "--json", *words)
        assert ended.code == 2, words
        assert ended.json["error"]["kind"] in ("protected_path", "unknown_format")
    assert cli("--workspace", workspace, "--json", "audit", "verify").json == before


def test_a_refused_row_says_where_it_is_and_what_to_do(cli, workspace, tmp_path):
    table = visit_table(tmp_path / "v.csv", "1,,104.85,20.79,2026-01-10T08:00+07:00,A,a-1;a-2,burnt,,,")
    ended = cli("--workspace", workspace, "--json", "visits", "import", table)
    (row,) = ended.json["visits"]
    assert (ended.code, row["status"], row["reason"]) == (3, "refused", "unknown_code")
    assert "2" in row["where"]
    assert "eradicated" in row["hint"]
    english = cli("--workspace", workspace, "--lang", "en", "visits", "import", table)
    assert row["reason"] not in english.out
    assert "What to do" in english.out


def test_a_province_nobody_knows_leaves_nothing_behind(cli, tmp_path):
    ended = cli("--json", "init", tmp_path / "new", "--province", "Atlantis")
    assert (ended.code, ended.json["error"]["kind"]) == (2, "unknown_province")
    assert not (tmp_path / "new").exists()
    assert cli("--json", "init", tmp_path / "new").code == 0


def visit_table(path: Path, *rows: str) -> Path:
    head = "visit_id,plot_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,destroyed_fraction"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_correction_moves_a_row_to_the_plot_it_names_and_refuses_one_nobody_knows(cli, workspace, tmp_path):
    found = visit_table(
        tmp_path / "found.csv",
        "1,,104.85,20.79,2026-01-10T08:00+07:00,A,a-1;a-2,detected,1000,tape,",
        "2,,104.87,20.79,2026-01-10T09:00+07:00,A,a-1;a-2,detected,500,tape,",
    )
    run = ("--workspace", workspace, "--json")
    first, second = (row["plot"] for row in cli(*run, "visits", "import", found).json["visits"])
    row = "3,{plot},,,2026-01-11T08:00+07:00,A,a-1;a-2,{outcome},,,1"
    wrong = visit_table(tmp_path / "wrong.csv", row.format(plot=first, outcome="eradicated"))
    assert cli(*run, "visits", "import", wrong).json["visits"][0]["status"] == "accepted"

    def correct(line: str) -> dict:
        table = visit_table(tmp_path / "correction.csv", line)
        return cli(*run, "visits", "correct", "A/3/eradicated", table, "--reason", "wrong plot").json["visits"][0]

    assert correct(row.format(plot="P-nonsense", outcome="eradicated"))["reason"] == "unknown_plot"
    assert correct("77" + row.format(plot=second, outcome="eradicated")[1:])["reason"] == "other_visit"
    assert correct(row.format(plot=second, outcome="eradicated"))["plot"] == second
    plots = {p["id"]: p["claimed_m2"] for p in cli(*run, "plots", "list").json["plots"]}
    assert plots == {first: 0, second: 500}
    empty = visit_table(tmp_path / "empty.csv")
    struck = cli(*run, "visits", "correct", "A/3/eradicated", empty, "--reason", "never happened").json["visits"][0]
    assert struck["status"] == "accepted"
    assert {p["claimed_m2"] for p in cli(*run, "plots", "list").json["plots"]} == {0}


def test_what_cannot_be_examined_at_all_ends_with_2_and_leaves_the_store_alone(cli, workspace, tmp_path):
    before = cli("--workspace", workspace, "--json", "audit", "verify").json
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "not-there.gpx", tmp_path / "empty"):
        ended = cli("--workspace", workspace, "--json", "patrols", "import", path)
        assert ended.code == 2
        error = ended.json["error"]
        assert error["kind"] in ("no_such_file", "no_files")
        assert str(path) in error["where"]
        assert error["hint"]
    assert cli("--workspace", workspace, "--json", "audit", "verify").json == before


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["ledger", "--season", "2025"], "unknown_season"),
        (["ledger", "--as-of", "yesterday"], "bad_time"),
        (["ledger", "--by", "colour"], "unknown_grouping"),
        (["monitor", "--season", "2025-2026", "--imagery", "no/such/catalog.json"], "no_such_catalog"),
        (["monitor", "--season", "2025-2026", "--imagery", "x.json", "--model", "unheard"], "no_such_model"),
        (["plots", "show", "P-none"], "no_such_plot"),
        (["patrols", "show", "none"], "no_such_patrol"),
        (["plots", "export", "plots.docx"], "unknown_format"),
        (["convert", "--from", "EPSG:4326", "--to", "EPSG:1", "--", "1,2"], "unknown_crs"),
        (["convert", "--from", "EPSG:4326", "--to", "EPSG:9206", "--", "1;2"], "bad_point"),
        (["visits", "import", "not-there.csv"], "no_such_file"),
        (["fly"], "usage"),
        (["monitor"], "usage"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_json_error(cli, workspace, arguments, kind, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    ended = cli("--workspace", workspace, "--json", *arguments)
    assert (ended.code, ended.json["error"]["kind"]) == (2, kind)
    assert ended.json["error"]["message"]
    assert ended.json["error"]["hint"]


def test_a_folder_without_workspace_is_an_error_in_the_language_asked_for(cli, tmp_path):
    vietnamese = cli("--workspace", tmp_path, "plots", "list")
    english = cli("--workspace", tmp_path, "--lang", "en", "plots", "list")
    assert vietnamese.code == english.code == 2
    assert "Error" in english.err
    assert "Lỗi" in vietnamese.err
    assert "Error" not in vietnamese.err


def test_convert_meets_the_fixed_point_both_ways(cli):
    there = cli("--json", "convert", "--from", "EPSG:4326", "--to", "EPSG:9206", "--", "103.905,21.327").json
    (x, y), *_ = there["points"]
    assert abs(x - 489949.46) < 0.05
    assert abs(y - 2359155.77) < 0.05
    assert there["accuracy_m"] == 1.0
    back = cli("--json", "convert", "--from", "EPSG:9206", "--to", "EPSG:4326", "--", f"{x},{y}").json
    assert back["points"][0] == pytest.approx([103.905, 21.327], abs=1e-7)


def test_the_program_runs_from_any_folder_and_stdout_is_one_json_object(tmp_path):
    program = Path(sys.executable).with_name("eradication")
    ended = subprocess.run(
        [program, "--json", "convert", "--from", "EPSG:4326", "--to", "EPSG:32648", "-"],
        input="103.905,21.327\n104,21\n",
        cwd=tmp_path,
        env={**os.environ, "ERADICATION_WORKSPACE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(ended.stdout)["points"]) == 2


def test_doctor_finds_a_sound_workspace_and_a_tampered_one(cli, workspace):
    sound = cli("--workspace", workspace, "--json", "doctor")
    assert sound.code == 0, sound.out
    assert {"sqlite", "projections", "sandbox", "disk", "chain"} <= {check["check"] for check in sound.json["checks"]}
    (workspace / "store.gpkg").write_bytes(b"not a database" * 100)
    broken = cli("--workspace", workspace, "--json", "doctor")
    assert broken.code == 5
    assert any(not check["ok"] and check["advice"] for check in broken.json["checks"])

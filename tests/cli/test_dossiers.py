"""The command that writes dossiers, as its users type it."""

import pytest

TABLE = """visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method
1,104.70,20.80,2026-02-10T09:00+07:00,BP01,S1;S2,detected,300,tape
2,104.72,20.80,2026-02-11T09:00+07:00,CA02,S3;S4,detected,500,tape
"""


@pytest.fixture
def codes(cli, workspace, tmp_path):
    (tmp_path / "visits.csv").write_text(TABLE, encoding="utf-8")
    assert cli("--workspace", workspace, "--json", "visits", "import", tmp_path / "visits.csv").code == 0
    return [plot["code"] for plot in cli("--workspace", workspace, "--json", "plots", "list").json["plots"]]


@pytest.mark.slow
def test_one_plot_goes_into_a_file_and_several_into_a_folder(cli, workspace, codes, tmp_path):
    run = "--workspace", workspace, "--lang", "en"
    one = cli(*run, "dossier", codes[0], "--out", tmp_path / "one.pdf")
    assert (one.code, one.err) == (0, "Dossiers …\n")
    assert "Dossiers: 1. Each is on record with its hash." in one.out
    assert "Without pictures before and after: " + codes[0] in one.out
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    many = cli(*run, "--json", "dossier", "--season", "2025-2026", "--out", tmp_path / "many")
    assert sorted(page["code"] for page in many.json["dossiers"]) == sorted(codes)
    assert len(list((tmp_path / "many").iterdir())) == 2
    same = next(page for page in many.json["dossiers"] if page["code"] == codes[0])
    assert same["events"] == 1
    assert (tmp_path / "many" / f"dossier-{codes[0]}-2025-2026.pdf").read_bytes() == (tmp_path / "one.pdf").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("XX-99-001", "--out", "a.pdf"), "no_such_plot"),
        (("--season", "2019-2020", "--out", "d"), "no_plots"),
        (("--period", "2026-Q1", "--season", "2025-2026", "--out", "d"), "usage"),
        (("XX-99-001", "--unit", "BP01", "--out", "a.pdf"), "usage"),
        (("--season", "2025-2026", "--out", "d.pdf"), "not_a_folder"),
        (("--season", "2025-2026", "--unit", "nobody", "--out", "d"), "unknown_unit"),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(cli, workspace, codes, tmp_path, monkeypatch, arguments, kind):
    monkeypatch.chdir(tmp_path)
    ended = cli("--workspace", workspace, "--json", "dossier", *arguments)
    assert ended.code == 2
    assert ended.json["error"]["kind"] == kind
    assert ended.json["error"]["hint"]
    assert not (tmp_path / "d").exists()


def test_the_map_says_how_large_it_is_and_of_how_many_places_it_has_pictures(cli, workspace, codes, tmp_path):
    run = "--workspace", workspace, "--json", "map", "--season", "2025-2026", "--out", tmp_path / "map.html"
    told = cli(*run).json
    assert told["pictures"] == {"places": 0, "none": 2, "left_out": 0}
    assert told["bytes"] == (tmp_path / "map.html").stat().st_size
    assert cli(*run, "--no-pictures").json["pictures"] is None

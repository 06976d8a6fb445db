"""Receipts as people see them: a page to print, the same as text, a picture; the answer stays slim."""

import re

import pytest

POINTS = "".join(
    f'<trkpt lat="{21 + k * 4e-4}" lon="104"><time>2026-02-10T01:{k:02}:00Z</time></trkpt>' for k in range(9)
)
HOSTILE = "<script>alert(1)</script>{{7*7}}"


@pytest.fixture
def files(tmp_path):
    name = HOSTILE.replace("<", "&lt;")
    spike = '<trkpt lat="21.5" lon="104"><time>2026-02-10T01:09:00Z</time></trkpt>'
    (tmp_path / "a.gpx").write_text(f"<gpx><trk><name>{name}</name><trkseg>{POINTS}{spike}</trkseg></trk></gpx>")
    (tmp_path / "n.txt").write_text("no track")
    return [tmp_path / "a.gpx", tmp_path / "n.txt"]


def test_each_file_has_a_page_to_print_and_the_same_as_text(cli, workspace, files, tmp_path):
    out = tmp_path / "slips"
    ended = cli(
        "--workspace", workspace, "--lang", "en", "patrols", "import", *files, "--unit", "BP1", "--receipts", out
    )
    assert ended.code == 3
    good, bad = sorted(out.iterdir())
    for said in (
        "Status: accepted",
        "Fixes: 10",
        "Fixes kept: 9",
        "Unit: BP1",
        "Gaps: none",
        "Status: refused",
        str(good),
    ):
        assert said in ended.out, said
    page = good.read_text(encoding="utf-8")
    assert re.search(r"<svg .*</svg>", page, re.DOTALL)
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "21.00" not in page
    assert "Export the track as GPX." in bad.read_text(encoding="utf-8")


def test_the_answer_gives_the_path_of_a_receipt_and_the_shape_of_a_track_and_no_picture(
    cli, workspace, files, tmp_path
):
    arguments = ("--workspace", workspace, "--json", "patrols", "import", *files)
    [good, bad] = cli(*arguments, "--receipts", tmp_path / "slips").json["files"]
    assert (tmp_path / "slips").samefile(good["receipt"].rsplit("/", 1)[0])
    [patrol] = good["patrols"]
    assert patrol["gaps"] == {"count": 0, "longest_s": None}
    assert (patrol["drives"], patrol["perimeters"]) == ({"count": 0, "km": 0.0}, [])
    assert "<svg" not in str(good)
    assert bad["patrols"] == []
    assert "receipt" not in cli(*arguments).json["files"][0]


def test_a_recorded_patrol_is_drawn_again_from_the_store(cli, workspace, files, tmp_path):
    [patrol] = cli("--workspace", workspace, "--json", "patrols", "import", files[0]).json["files"][0]["patrols"]
    show = ("--workspace", workspace, "--json", "patrols", "show", patrol["id"], "--picture")
    ended = cli(*show, tmp_path / "p.svg")
    assert (ended.code, ended.json["picture"]) == (0, str(tmp_path / "p.svg"))
    assert (ended.json["gaps"], ended.json["drives"]) == (patrol["gaps"], patrol["drives"])
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    for out, kind in ((tmp_path / "p.png", "unknown_ending"), (workspace / "originals" / "p.svg", "protected_path")):
        assert cli(*show, out).json["error"]["kind"] == kind


def test_the_inbox_answers_with_counts_files_and_where_they_are_now(cli, workspace, files):
    settings = workspace / "eradication.toml"
    settings.write_text(
        re.sub(r"settle_s = .*", "settle_s = 0.0", settings.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (workspace / "inbox" / "BP1").mkdir(parents=True)
    for path in files:
        path.rename(workspace / "inbox" / "BP1" / path.name)
    ended = cli("--workspace", workspace, "--json", "inbox", "--once")
    answer = ended.json
    assert ended.code == 3
    assert [answer[name] for name in ("accepted", "duplicate", "refused", "waiting")] == [1, 0, 1, 0]
    good, bad = answer["files"]
    assert (good["unit"], good["kind"], good["files"][0]["patrols"][0]["fixes"]["total"]) == ("BP1", "patrol", 10)
    assert good["receipt"] in good["receipt_page"]
    assert (bad["receipt"], bad["files"][0]["reason"]) == ("", "unsupported_format")
    again = cli("--workspace", workspace, "inbox", "--once")
    assert again.code == 0
    assert "0" in again.out

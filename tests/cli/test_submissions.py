"""Tips and forms at the command line: codes of exit, one object, and no source in any answer."""

import filled_forms as filled
import pytest

TIPS = (
    "mã tin,ngày nhận,đơn vị nhận,địa điểm,kinh độ,vĩ độ,nội dung,người báo tin\n"
    "T1,12/02/2026 08:30,BP01,đầu suối,104.75,20.79,hoa trắng,Canary\n"
    "T2,12/02/2226 08:30,BP01,đỉnh đèo,,,,Canary\n"
)


@pytest.fixture
def run(cli, workspace):
    return lambda *words: cli("--workspace", workspace, *words)


def test_tips_are_taken_listed_and_shown_without_their_source(run, tmp_path):
    table = tmp_path / "tips.csv"
    table.write_text(TIPS, encoding="utf-8")
    first = run("--lang", "en", "tips", "import", table)
    assert first.code == 3
    assert "accepted: 1" in first.out
    assert "no radius stated" in first.out
    again = run("--json", "tips", "import", table)
    assert [(row["status"], row["reason"]) for row in again.json["tips"]] == [
        ("duplicate", "same_content"),
        ("refused", "future_time"),
    ]
    plot = again.json["tips"][0]["plot"]
    listed, shown = run("--json", "tips", "list", "--notes"), run("plots", "show", plot)
    (tip,) = listed.json["tips"]
    assert (tip["tip_id"], tip["note"], tip["source_kept"], tip["plot"]) == ("T1", "hoa trắng", True, plot)
    assert "note" not in run("--json", "tips", "list").json["tips"][0]
    texts = (first, again, listed, shown, run("tips", "list"), run("-v", "tips", "import", table))
    assert not any("Canary" in ended.out + ended.err for ended in texts)


def test_forms_are_written_filled_in_and_taken(run, tmp_path):
    written = run("--json", "forms", "write", tmp_path / "forms")
    assert {path.rsplit("/", 1)[-1] for path in written.json["written"]} == {
        *("visit.xlsx", "eradication.xlsx", "verification.xlsx", "tip.xlsx"),
    }
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "a.xml").write_text(filled.instance("visit", filled.FOUND), encoding="utf-8")
    (folder / "b.xml").write_text("<data>", encoding="utf-8")
    ended = run("--json", "forms", "import", folder)
    assert ended.code == 3
    assert [file["status"] for file in ended.json["files"]] == ["accepted", "refused"]
    assert [one["found"] for one in ended.json["attachments"]] == [False]
    said = run("--lang", "en", "forms", "import", folder)
    assert "Named in forms but not handed in: 1760000000000.jpg" in said.out
    assert "What to do" in said.out
    assert run("forms", "import", tmp_path / "nothing").code == 2

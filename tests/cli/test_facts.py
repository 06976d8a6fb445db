"""Units, facts and vintages as their users type them."""

import json

import pytest

UNITS = "code,name,kind,parent,valid_from,valid_to,successor,reports,communes\n"
GOOD = "BP01,Đồn Một,đồn biên phòng,,2000-01-01,,,có,04048\n"
BAD = "BP02,Đồn Hai,border_post,,2000-01-01,1999-01-01,,có,\n"


def test_units_go_in_row_by_row_and_are_listed_for_a_day(cli, workspace, tmp_path):
    table = tmp_path / "units.csv"
    table.write_text(UNITS + GOOD + BAD, encoding="utf-8")
    ended = cli("--workspace", workspace, "--json", "units", "import", table)
    assert (ended.code, [row["status"] for row in ended.json["units"]]) == (3, ["accepted", "refused"])
    refused = ended.json["units"][1]
    assert (refused["reason"], refused["line"]) == ("bad_dates", 3)
    assert refused["message"] != "The last day lies before the first."  # in Vietnamese
    text = cli("--workspace", workspace, "--lang", "en", "units", "import", table)
    assert (text.code, "duplicate: 1" in text.out, "What to do" in text.out) == (3, True, True)
    listed = cli("--workspace", workspace, "--json", "units", "list", "--date", "2020-01-01").json
    assert [(unit["code"], unit["kind"], unit["communes"]) for unit in listed["units"]] == [
        ("BP01", "border_post", ["04048"])
    ]
    assert cli("--workspace", workspace, "--json", "units", "list", "--date", "1990-01-01").json["units"] == []
    assert "Đồn Một" in cli("--workspace", workspace, "units", "list").out


def test_facts_go_in_by_kind_and_a_wrong_kind_is_a_wrong_usage(cli, workspace, tmp_path):
    table = tmp_path / "baseline.csv"
    table.write_text("commune,year,area_m2,source,vintage\n,2022,1200,BC 1,\n,2022,many,BC,\n", encoding="utf-8")
    ended = cli("--workspace", workspace, "--json", "facts", "import", table, "--kind", "baseline")
    assert (ended.code, [row["reason"] for row in ended.json["facts"]]) == (3, ["", "bad_number"])
    assert cli("--workspace", workspace, "--json", "facts", "import", table, "--kind", "nonsense").code == 2
    none = cli("--workspace", workspace, "--json", "facts", "import", table)
    assert (none.code, none.json["error"]["kind"]) == (3, "kind_missing")
    assert cli("--workspace", workspace, "--json", "facts", "import", tmp_path / "no.csv", "--kind", "target").code == 2
    listed = cli("--workspace", workspace, "--json", "facts", "list", "--kind", "baseline").json["facts"]
    assert [(row["year"], row["area_m2"], row["source"]) for row in listed] == [(2022, 1200, "BC 1")]
    shown = cli("--workspace", workspace, "--lang", "en", "facts", "list")
    assert "1,200" in shown.out
    assert "the province" in shown.out
    assert cli("--workspace", workspace, "--json", "facts", "list", "--as-of", "2020-01-01").json["facts"] == []


def test_vintages_are_listed_and_told_on_one_another(cli, workspace, tmp_path):
    listed = cli("--workspace", workspace, "--json", "boundaries", "list").json
    assert [(one["units"], one["approximate"]) for one in listed["vintages"]] == [(200, True), (75, True)]
    out = tmp_path / "shares.csv"
    days = ("--from", "2024-01-01", "--to", "2025-07-01")
    told = cli("--workspace", workspace, "--json", "boundaries", "shares", *days, "--out", out).json
    assert (told["from"]["units"], told["to"]["units"], told["bases"]) == (200, 75, {"stated": 200})
    assert (told["unplaced"], told["written"]) == ([], [str(out)])
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 201
    text = cli("--workspace", workspace, "--lang", "en", "boundaries", "shares", *days)
    assert "stated by the source" in text.out
    assert cli("--workspace", workspace, "boundaries", "shares", "--from", "1800-01-01", "--to", "2025-07-01").code == 2
    assert cli("--workspace", workspace, "boundaries", "shares", "--from", "soon", "--to", "2025-07-01").code == 2
    store = workspace / "store.gpkg"
    assert cli("--workspace", workspace, "boundaries", "shares", *days, "--out", store).code == 2
    assert "75" in cli("--workspace", workspace, "boundaries", "list").out


@pytest.mark.parametrize("name", ["units", "facts"])
def test_a_table_of_something_else_is_refused_as_a_whole(cli, workspace, tmp_path, name):
    table = tmp_path / "other.csv"
    table.write_text("foo,bar\n1,2\n", encoding="utf-8")
    kind = ("--kind", "target") if name == "facts" else ()
    ended = cli("--workspace", workspace, "--json", name, "import", table, *kind)
    assert (ended.code, ended.json["error"]["kind"]) == (3, "no_known_column")
    assert json.loads(ended.out)["error"]["hint"]

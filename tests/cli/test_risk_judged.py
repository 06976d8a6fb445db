"""``risk evaluate`` and ``risk visits`` as people run them, and the coverage by risk that ``effort`` tells then."""

import json

NO_PERSONS = "never from names, ethnicity, households or anything about persons"


def test_evaluate_judges_a_season_writes_its_page_and_lets_effort_tell_coverage_by_risk(cli, demo_copy, tmp_path):
    ask = "--json", "--workspace", demo_copy
    before = cli(*ask, "effort").json
    assert (before["risk_deciles"], before["risk_deciles_why"]) == (None, "no_surface")
    answer = cli(*ask, "risk", "evaluate", "--season", "2025-2026", "--out", tmp_path / "pages").json
    (season,) = answer["seasons"]
    assert (season["basis"], season["learned_seasons"]) == ("expert", [])
    assert answer["held_out_seasons"]["why"] == "too_few_finds"
    assert answer["held_out_seasons"]["top"][0]["captured"]["value"] is None
    assert answer["simulated"] is True
    counted = {name: answer["held_out_seasons"][name] for name in ("finds", "communes", "searched_cells")}
    assert {name: season[name] for name in counted} == counted
    said = cli("--workspace", demo_copy, "--lang", "en", "risk", "evaluate", "--season", "2025-2026").out
    assert f"Rests on {counted['finds']} finds in {counted['communes']} communes, and" in said
    page = (tmp_path / "pages" / "risk-evaluation.html").read_text(encoding="utf-8")
    assert answer["written"] == [str(tmp_path / "pages" / "risk-evaluation.html")]
    assert "<script" not in page
    after = cli(*ask, "effort").json
    rows = after["risk_deciles"]["deciles"]
    assert [row["decile"] for row in rows] == list(range(1, 11))
    assert sum(row["touched"] for row in rows) == sum(row["touched"] for row in after["communes"])
    said = cli("--workspace", demo_copy, "--lang", "en", "effort").out
    assert "Decile of cells by risk on the first day" in said


def test_the_text_says_what_it_rests_on_and_accuses_nobody(cli, demo_folder):
    said = cli("--workspace", demo_folder, "--lang", "en", "risk", "visits", "--season", "2025-2026").out
    assert NO_PERSONS in said
    assert "is not an accusation" in said
    assert "SIMULATED" in said
    answer = cli("--json", "--workspace", demo_folder, "risk", "visits", "--season", "2025-2026").json
    assert sum(row["visits"] for row in answer["communes"]) == answer["total"]["visits"] > 0
    columns = ("rejected", "found", "not_reached", "other")
    assert all(sum(row[name] for name in columns) == row["visits"] for row in answer["communes"])
    total = next(line for line in said.splitlines() if line.strip().startswith("total")).split()
    assert total[2:7] == [str(answer["total"][name]) for name in ("visits", *columns)]
    assert ("“Rejected before” counts" in said) == bool(answer["capped"] or answer["with_new_evidence"])


def test_what_is_asked_wrongly_is_told(cli, demo_folder, tmp_path):
    file = tmp_path / "page.html"
    file.write_text("")
    ended = cli("--json", "--workspace", demo_folder, "risk", "evaluate", "--out", file)
    assert (ended.code, json.loads(ended.out)["error"]["kind"]) == (2, "not_a_folder")
    ended = cli("--json", "--workspace", demo_folder, "risk", "visits", "--season", "2025")
    assert (ended.code, json.loads(ended.out)["error"]["kind"]) == (2, "unknown_season")

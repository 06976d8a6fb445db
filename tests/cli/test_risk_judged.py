"""``risk evaluate`` and ``risk visits`` as people run them, and the coverage by risk that ``effort`` tells then."""

import json
from datetime import UTC, datetime

import pytest

from eradication.domain import Season
from eradication.errors import UnusableInput
from eradication.i18n import translator
from eradication.pipeline import ahead
from eradication.pipeline.risk.coverage_words import factor_words

NO_PERSONS = "never from names, ethnicity, households or anything about persons"


@pytest.mark.slow
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


@pytest.mark.parametrize(
    "words",
    [
        ("risk", "map", "--season", "2099-2100", "--out", "OUT"),
        ("risk", "evaluate", "--season", "2099-2100"),
        ("risk", "visits", "--season", "2099-2100"),
        ("plan", "--season", "2099-2100", "--sure", "0.9"),
        ("plan", "--unit", "BP01", "--date", "2099-12-20", "--cells", "3"),
    ],
)
def test_a_season_after_the_next_one_is_refused_as_the_ledger_does(cli, demo_copy, tmp_path, words):
    words = [tmp_path / "out" if word == "OUT" else word for word in words]
    ended = cli("--json", "--workspace", demo_copy, *words)
    by_ledger = cli("--json", "--workspace", demo_copy, "ledger", "--season", "2099-2100")
    assert (ended.code, ended.json["error"]) == (2, by_ledger.json["error"])
    assert not (tmp_path / "out").exists()


def test_the_coming_season_can_be_planned_for_and_no_later_one():
    june, september = (datetime(2026, month, 10, tzinfo=UTC) for month in (6, 9))
    for now, last in ((june, 2026), (september, 2027)):
        ahead.check_plannable(Season(last), now)
        with pytest.raises(UnusableInput):
            ahead.check_plannable(Season(last + 1), now)


@pytest.mark.slow
@pytest.mark.long
def test_the_text_of_a_map_names_its_season_and_month_and_factors_by_their_words(cli, demo_folder, tmp_path):
    ask = ("--workspace", demo_folder, "--lang")
    asked = ("risk", "map", "--season", "2025-2026", "--out", tmp_path / "map")
    said = cli(*ask, "en", *asked, "--month", "2026-02").out
    assert "month 02/2026, season 2025-2026" in said
    assert "is of the whole season, not of the month" in said
    said = cli(*ask, "vi", *asked).out
    assert "2025-2026" in said
    missing = json.loads((tmp_path / "map" / "risk.json").read_text(encoding="utf-8"))["factors_missing"]
    assert missing
    assert not any(name in said for name in missing if "_" in name)
    assert all(translator("vi")(factor_words(name)) in said for name in missing)


@pytest.mark.slow
def test_deciles_and_shares_are_the_same_in_the_terminal_and_on_the_page(cli, demo_folder, tmp_path):
    ask = ("--workspace", demo_folder, "--lang", "en", "risk", "evaluate", "--season", "2025-2026", "--out", tmp_path)
    said = cli(*ask).out
    answer = cli("--json", *ask).json
    page = (tmp_path / "risk-evaluation.html").read_text(encoding="utf-8")
    parts = [answer[name] for name in ("held_out_seasons", "held_out_units")]
    idle = sum(row["finds_per_p"] is None for part in parts for row in part["deciles"])
    assert 0 < idle < 20
    assert page.count("nobody searched)") == said.count(" nobody searched") - said.count("that nobody searched") == idle

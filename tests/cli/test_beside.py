"""What stands beside the ledger in the terminal: pairs, overdue plots, three figures, what the office entered."""

import json
import math

import pytest

from eradication.cli import main

COMMITMENTS = "kind,commune,village,date,households,signed,source\ncommitment,Vân Hồ,Bản A,2026-01-10,120,118,Biểu 3\n"
VILLAGES = "kind,commune,village,village_kind,source\nvillage,Vân Hồ,Bản A,tiểu khu,DS\n"
MAILBOXES = "kind,commune,village,date,has_mailbox,source\nmailbox,Vân Hồ,Bản A,2026-01-10,no,Biểu 4\n"
TARGETS = "kind,unit,year,target_m2,source\ntarget,BP02,2026,3000,KH 23\n"
BASELINE = "kind,commune,year,area_m2,plants,source\nbaseline,,2022,5000,70000,BC 2022\n"
TYPED = "kind,unit,period,detected_m2,reported_on\nself_reported,BCH,2026-Q1,10,2026-03-20\n"


def square(lon: float, lat: float, side_m: float) -> dict:
    x, y = side_m / 2 / (111_320 * math.cos(math.radians(lat))), side_m / 2 / 110_700
    ring = [[lon - x, lat - y], [lon + x, lat - y], [lon + x, lat + y], [lon - x, lat + y], [lon - x, lat - y]]
    return {"type": "Polygon", "coordinates": [ring]}


def row(number: int, lon: float, day: str, unit: str, outcome: str, **more) -> dict:
    """One row of a visit table; a detection brings its walked outline."""
    geometry = {"type": "Point", "coordinates": [lon, 20.8]}
    fields = {"visit_id": str(number), "visited_at": f"{day}T08:00+07:00", "unit": unit, "outcome": outcome}
    fields |= {"officers": f"{unit}-1;{unit}-2"} | more
    if outcome == "detected":
        geometry = square(lon, 20.8, 30.0)
        fields |= {"area_m2": 900, "area_method": "gps_track"}
    return {"type": "Feature", "geometry": geometry, "properties": fields}


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    """Two teams on one ground; one verification by its own unit; one row without effect; what the office knows."""
    base = tmp_path_factory.mktemp("beside")
    run = ["--workspace", str(base / "ws"), "--json"]
    assert main(["--json", "init", str(base / "ws")]) == 0
    first = [
        row(1, 104.70, "2026-01-20", "BP01", "detected"),
        row(2, 104.70, "2026-01-21", "BP01", "eradicated"),
        row(3, 104.7002, "2026-01-25", "BP02", "detected"),
        row(4, 104.75, "2026-01-26", "BP02", "eradicated"),
    ]
    forced = [row(5, 104.70, "2026-02-20", "BP01", "verified")]
    for name, rows, more in (("a", first, []), ("b", forced, ["--force", "đường sạt lở"])):
        table = base / f"{name}.geojson"
        table.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
        assert main([*run, "visits", "import", str(table), *more]) == 0
    for name, text in enumerate((COMMITMENTS, VILLAGES, MAILBOXES, TARGETS, BASELINE, TYPED)):
        table = base / f"{name}.csv"
        table.write_text(text, encoding="utf-8")
        assert main([*run, "facts", "import", str(table)]) == 0
    return base / "ws"


def test_the_ledger_names_pairs_overdue_plots_and_why_a_figure_is_not_known(cli, season):
    told = cli("--workspace", season, "--json", "ledger", "--season", "2025-2026").json
    text = cli("--workspace", season, "--lang", "en", "ledger", "--season", "2025-2026").out
    (pair,) = told["overlaps"]
    assert f"  - {pair['codes'][0]} (BP01) × {pair['codes'][1]} (BP02): {round(pair['m2'])} m²" in text
    for late in told["timeliness"]["overdue"]:
        assert f"  - {late['code']} ({late['unit']}): " in text
    assert f"days over: {told['timeliness']['overdue'][0]['days']}" in text
    assert "drawn at random: unknown, no visit was drawn at random." in text
    assert text.count("Undetected, ") == 3
    assert "From detection until wholly destroyed: half of the plots (1) within 1.0 days." in text


def test_the_ledger_tells_what_the_office_entered_one_line_each(cli, season):
    text = cli("--workspace", season, "--lang", "en", "ledger", "--season", "2025-2026").out
    for line in ("Baseline 2022: 5,000 m² (BC 2022)", "Target of BP02: 3,000 m²", "118 of 120 households"):
        assert text.count(line) == 1
    assert "Villages with a mailbox: 0 of 1" in text
    assert "Land converted" not in text


def test_what_was_forced_is_not_said_to_be_without_effect_and_plots_go_by_their_codes(cli, season):
    told = cli("--workspace", season, "--json", "ledger", "--season", "2025-2026").json
    text = cli("--workspace", season, "--lang", "en", "ledger", "--season", "2025-2026").out
    assert {row["kind"] for row in told["findings"]} == {"forced", "out_of_place"}
    waiting, _, forced = text.partition("Verifications insisted on")
    assert "Rows without effect or waiting for a person: 1" in waiting
    assert "BP01/5/verified: đường sạt lở" in forced
    for row in told["findings"]:
        assert row["code"] in (forced if row["kind"] == "forced" else waiting)
        assert row["plot_id"] not in text
    assert "BP02/4/eradicated" in waiting
    vietnamese = cli("--workspace", season, "ledger", "--season", "2025-2026").out
    assert "/triệt phá" in vietnamese or "/đã triệt phá" in vietnamese
    assert "/eradicated" not in vietnamese
    assert "forced" not in vietnamese


def test_facts_are_listed_in_words_with_their_numbers_and_names_as_entered(cli, season, tmp_path):
    text = cli("--workspace", season, "--lang", "en", "facts", "list").out
    assert "plants: 70,000" in text
    vietnamese = cli("--workspace", season, "facts", "list").out
    assert "tiểu khu" in vietnamese
    assert "70.000" in vietnamese
    for raw in ("has_mailbox", "village_kind", "sub_quarter", "target_m2"):
        assert raw not in vietnamese
    table = tmp_path / "typed.csv"
    table.write_text(TYPED.replace(",10,", ",11,"), encoding="utf-8")
    again = cli("--workspace", season, "--lang", "en", "facts", "import", table).out
    assert "BCH / 2026-Q1" in again

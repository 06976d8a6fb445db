"""The criterion of communes: what it says of each, and that its figures are the ledger's."""

from eradication.domain import Season
from eradication.pipeline import accounts, criteria, main_path

SEASON = Season(2025)
HEAD = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"


def test_a_plot_on_a_commune_line_speaks_against_both_and_is_divided_as_in_the_ledger(office, tmp_path):
    table = tmp_path / "visits.csv"
    table.write_text(
        HEAD
        + "1,105.00002,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,901,tape\n"
        + "2,104.70,20.80,2026-02-01T08:00+07:00,BP-1,S1;S2,detected,300,tape\n"
    )
    assert {row["status"] for row in main_path.record_visits(office, table)["visits"]} == {"accepted"}
    told = {row["key"]: row for row in criteria.told(office, SEASON)["communes"]}
    answer = accounts.ledger(office, accounts.Question(SEASON))
    ledger = {row["key"]: row for row in answer["rows"]}
    for name in ("detected_m2", "plots"):
        assert {key: row[name] for key, row in told.items()} == {key: row[name] for key, row in ledger.items()}
        assert sum(row[name] for row in told.values()) == answer["total"][name]
    assert {row["verdict"] for row in told.values()} == {"found"}
    assert told["04048"]["detected_m2"] > 300

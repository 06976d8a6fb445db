"""Units and facts in the ledger's memory: the latest counts, earlier ones stay, and they are told on any vintage."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from shapely.geometry import box, mapping

from eradication import store
from eradication.domain import AdminUnit, EventKind, FactKind, Lineage, Season
from eradication.ingest import facts as fact_tables
from eradication.ingest import office_table
from eradication.ingest import units as unit_tables
from eradication.ingest.formats import visit_table
from eradication.pipeline import exchange, fact_book, facts, main_path, projection, units, vintages

EVE = date(2025, 6, 30)
UNITS = "code,name,kind,valid_from,valid_to,successor,reports\n"
FIELD = box(104.70, 20.80, 104.701, 20.801)


def old_commune(code, name, west, east):
    outline = box(west, 20.0, east, 22.0)
    return AdminUnit(code, name, date(2000, 1, 1), EVE, outline, (west + east) / 2, 21.0, None, False, "old map")


@pytest.fixture
def dated(office):
    """The office, which also knows the three communes before 1 July 2025; one was divided between the two of today."""
    old = [
        old_commune("04048", "Xã Vân Hồ", 104.6, 104.8),
        old_commune("04051", "Xã Lóng Luông", 104.8, 105.2),
        old_commune("04049", "Xã Tô Múa", 105.2, 105.4),
    ]
    heirs = [("04048", "04048", 1.0), ("04051", "04048", None), ("04051", "04049", None), ("04049", "04049", 1.0)]
    with office.store.transaction() as transaction:
        transaction.add_units(old, [Lineage(a, a, b, date(2025, 7, 1), share) for a, b, share in heirs])
    return office


@pytest.fixture
def take(tmp_path):
    def taking(into, kind, header, *rows):
        path = tmp_path / "so_lieu.csv"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        # Not in the sandbox, which costs time; that it is used is seen in the tests of the readers.
        lines = office_table.lines(visit_table.read(path, {}), fact_tables.COLUMNS, str(path))
        found = fact_tables.interpret(lines, fact_book.context(into), FactKind(kind), str(path))
        return fact_book.enter(into, path, found)

    return taking


@pytest.fixture
def take_units(tmp_path):
    def taking(into, rows):
        path = tmp_path / "don_vi.csv"
        path.write_text(UNITS + rows, encoding="utf-8")
        lines = office_table.lines(visit_table.read(path, {}), unit_tables.COLUMNS, str(path))
        return units.enter(into, path, unit_tables.interpret(lines, units.context(into), str(path)))

    return taking


def statuses(answer):
    return [row["status"] for row in answer.get("facts", answer.get("units"))]


BASELINE = "commune,year,area_m2,source,vintage"
COMMITMENT = "commune,village,date,households,signed,source"


def test_units_are_one_event_a_file_and_the_latest_row_of_a_span_counts(office, take_units):
    first = take_units(office, "A,Đồn A,border_post,2000-01-01,,,yes\nB,,police,2000-01-01,,,no\n")
    assert (statuses(first), first["recorded"]) == (["accepted", "refused"], 1)
    before = office.store.events()[-1].recorded_at
    assert statuses(take_units(office, "A,Đồn A,border_post,2000-01-01,,,yes\n")) == ["duplicate"]
    assert len(office.store.events(kinds=[EventKind.UNITS_RECORDED])) == 1
    take_units(office, "A,Đồn A,border_post,2000-01-01,2025-02-28,A,yes\nA,Đồn A mới,border_post,2025-03-01,,,yes\n")
    assert [(u.name, u.valid_to) for u in units.recorded(office)] == [
        ("Đồn A", date(2025, 2, 28)), ("Đồn A mới", None),
    ]  # fmt: skip
    assert [u.valid_to for u in units.recorded(office, before)] == [None]
    assert [u["name"] for u in units.listed(office, date(2026, 1, 1))["units"]] == ["Đồn A mới"]
    assert [u["name"] for u in units.listed(office, date(2020, 1, 1))["units"]] == ["Đồn A"]


def test_the_latest_row_of_a_fact_counts_and_what_was_known_before_can_be_told(office, take):
    take(office, "baseline", BASELINE, ",2022,1000,BC 1,")
    then = office.store.events()[-1].recorded_at
    assert statuses(take(office, "baseline", BASELINE, ",2022,1000,BC 1,")) == ["duplicate"]
    (row,) = take(office, "baseline", BASELINE, ",2022,1200,BC 2,")["facts"]
    assert (row["status"], row["warnings"]) == ("accepted", ["replaces_another"])
    (now,) = fact_book.recorded(office)
    assert (now.fact.values["area_m2"], now.earlier) == (1200, 1)
    assert [one.fact.values["area_m2"] for one in fact_book.recorded(office, then)] == [1000]
    assert facts.told(office, year=2026, totals={})["baseline"]["m2"] == 1200
    assert facts.told(office, year=2026, totals={}, as_of=then)["baseline"]["m2"] == 1000
    (listed,) = fact_book.listed(office, FactKind.BASELINE)["facts"]
    assert (listed["area_m2"], listed["earlier"]) == (1200, 1)


def test_a_fact_that_is_taken_back_counts_no_more_and_stays_on_record(office, take):
    take(office, "baseline", f"{BASELINE},withdrawn", ",2022,1000,BC,,", ",2021,900,BC,,")
    take(office, "baseline", f"{BASELINE},withdrawn", ",2022,1000,BC,,x")
    assert [one.fact.values["year"] for one in fact_book.recorded(office)] == [2021]
    assert len(fact_book.history(office)) == 2
    assert statuses(take(office, "baseline", f"{BASELINE},withdrawn", ",2022,1000,BC,,")) == ["accepted"]


def test_a_table_of_refused_rows_alone_leaves_nothing_behind(office, take):
    before = len(office.store.events())
    (row,) = take(office, "baseline", BASELINE, ",2022,much,BC,")["facts"]
    assert (row["status"], row["reason"], bool(row["hint"]), row["line"]) == ("refused", "bad_number", True, 2)
    assert len(office.store.events()) == before


def test_the_original_is_kept_and_the_audit_is_content(office, take):
    sha256 = take(office, "baseline", BASELINE, ",2022,1000,BC,")["sha256"]
    kept = office.store.original(sha256)
    assert kept is not None
    assert kept.read_text(encoding="utf-8").startswith(BASELINE)
    assert all(check.ok for check in store.verify(office.store))


def test_facts_come_with_a_bundle_and_say_the_same_there(office, take, take_units, tmp_path):
    from eradication.pipeline.workspace import created, settings_for

    take(office, "baseline", BASELINE, ",2022,1000,BC,")
    take_units(office, "A,Đồn A,border_post,2000-01-01,,,yes\n")
    exchange.export_bundle(office, tmp_path / "day.zip", None)
    with created(tmp_path / "other", settings_for("Sơn La")) as other:
        exchange.import_bundles(other, [tmp_path / "day.zip"], str)
        assert [one.fact for one in fact_book.recorded(other)] == [one.fact for one in fact_book.recorded(office)]
        assert units.recorded(other) == units.recorded(office)


def test_what_is_simulated_is_said(office, take):
    assert not fact_book.listed(office)["simulated"]
    take(office, "baseline", BASELINE, ",2022,1000,mô phỏng / simulated,")
    assert fact_book.listed(office)["simulated"]
    assert projection.is_simulated(office)


def test_a_baseline_of_former_communes_is_told_on_todays_and_says_that_it_is_an_estimate(dated, take):
    take(dated, "baseline", BASELINE, *(f"{code},2022,{m2},BC,2022-12-31" for code, m2 in
         (("04048", 1000), ("04051", 501), ("04049", 300))))  # fmt: skip
    told = facts.told(dated, year=2026, totals={"04048": 1251, "04049": 0}, vintage=date(2026, 1, 1))["baseline"]
    assert [(row["key"], row["m2"], row["change_pct"], row["mark"]) for row in told["rows"]] == [
        ("04048", 1251, 0.0, "estimated_conversion"),
        ("04049", 550, -100.0, "estimated_conversion"),
    ]
    assert (told["m2"], told["change_pct"], told["years"][0]["mixed_vintages"]) == (1801, -30.6, False)
    then = facts.told(dated, year=2026, totals={}, vintage=date(2024, 1, 1))["baseline"]
    assert [(row["key"], row["m2"], row["mark"]) for row in then["rows"]] == [
        ("04048", 1000, ""), ("04049", 300, ""), ("04051", 501, ""),
    ]  # fmt: skip


def test_two_vintages_in_one_year_are_warned_of_and_said(dated, take):
    take(dated, "baseline", BASELINE, "04048,2022,1000,BC,2022-12-31")
    (row,) = take(dated, "baseline", BASELINE, "04049,2022,1000,BC,2026-01-01")["facts"]
    assert row["warnings"] == ["baseline_of_two_vintages"]
    assert facts.told(dated, year=2026, totals={})["baseline"]["years"][0]["mixed_vintages"]


def test_the_same_figures_told_on_a_vintage_keep_their_total(dated):
    converter = vintages.Converter(dated, date(2026, 1, 1))
    anew = converter.rebase({"04048": 7, "04051": 5, "3030101": 3}, date(2020, 1, 1))
    assert (anew.total_m2, anew.left) == (15, {"3030101": 3})
    assert [converter.heir(code, EVE) for code in ("04048", "04051", "04049", "nowhere")] == ["04048", "", "04049", ""]
    back = vintages.Converter(dated, date(2020, 1, 1))
    assert [back.heir(code, date(2026, 1, 1)) for code in ("04048", "04049")] == ["", ""]


def test_villages_of_former_communes_go_with_the_heir_or_with_their_point(dated, take):
    header = "commune,village,date,lon,lat"
    rows = (
        "04048,Một,2024-01-01,,",
        "04051,Hai,2024-01-01,105.1,21.0",
        "04051,Ba,2024-01-01,,",
        "04049,Bốn,2026-01-01,,",
    )
    take(dated, "village", header, *rows)
    told = facts.villages_on(dated, date(2026, 1, 1))
    assert [(row["village"], row["commune"], row["of_vintage"]) for row in told] == [
        ("Một", "04048", True), ("Bốn", "04049", True), ("Hai", "04049", True), ("Ba", "former:04051", False),
    ]  # fmt: skip
    take(dated, "commitment", COMMITMENT, "04051,Hai,2025-02-01,10,10,BC", "04048,Một,2025-02-01,4,2,BC")
    signed = facts.told(dated, season=Season(2024), totals={}, vintage=date(2026, 1, 1))["commitments"]
    assert [(row["key"], row["signed"], row["missing"]) for row in signed["rows"]] == [
        ("04048", 2, []), ("04049", 10, ["Bốn"]), ("former:04051", 0, ["Ba"]),
    ]  # fmt: skip
    assert facts.told(dated, year=2026, totals={})["commitments"]["signed"] == 0


def test_figures_units_typed_themselves_stand_apart_and_targets_beside_the_ledger(office, take):
    header = "unit,period,detected_m2,claimed_m2,verified_m2,reported_on"
    take(office, "self_reported", header, "CAX,2026-Q1,1000,900,0,2026-03-14", "CAX,2025-Y,1,1,1,2025-12-14")
    take(office, "target", "unit,commune,year,target_m2,source", "BP01,,2026,1000,KH", ",04049,2026,500,KH")
    rows = [
        {"key": "04048", "detected_m2": 7, "claimed_m2": 7, "verified_m2": 0, "claimed_pct": 99.9, "verified_pct": 0.0}
    ]
    told = facts.told(office, season=Season(2025), totals={"04048": 7}, communes=rows)
    assert [(row["period"], row["self_reported"]) for row in told["self_reported"]["rows"]] == [("2026-Q1", True)]
    commune, unit = told["targets"]["rows"]
    assert (commune["commune"], commune["detected_m2"], unit["detected_m2"], unit["why"]) == (
        "04049",
        0,
        None,
        "no_figures",
    )
    assert told["baseline"] == {"year": None, "m2": None, "source": None, "change_pct": None, "rows": [], "years": []}


def test_converted_land_is_linked_to_plots_of_the_ledger_and_checked_by_their_visits(office, tmp_path):
    path = tmp_path / "visits.csv"
    header = "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method,look_alike"
    rows = (
        "1,104.7005,20.8005,2024-02-10T09:00+07:00,BP01,S1;S2,detected,300,tape,",
        "2,104.7005,20.8005,2025-02-10T09:00+07:00,BP01,S1;S2,rejected,,,coffee",
    )
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    main_path.record_visits(office, path)
    land = tmp_path / "land.geojson"
    about = {"crop": "cà phê", "converted_on": "2024-05-20", "source": "QĐ 7"}
    feature = {"type": "Feature", "geometry": mapping(FIELD), "properties": about}
    land.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert statuses(fact_book.record_facts(office, land, FactKind.CONVERSION)) == ["accepted"]
    told = facts.told(office, season=Season(2024), totals={})["conversions"]
    (row,) = told["rows"]
    assert (row["check"], row["visits"], row["commune"], len(row["plots"])) == ("visited_clean", 1, "04048", 1)
    assert (told["due"], told["count"]) == (1, 0)
    assert facts.told(office, season=Season(2023), totals={})["conversions"]["count"] == 1


def test_converted_land_that_names_a_plot_nobody_knows_is_warned_of(office, tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text(
        "visit_id,lon,lat,visited_at,unit,officers,outcome,area_m2,area_method\n"
        "1,104.7005,20.8005,2024-02-10T09:00+07:00,BP01,S1;S2,detected,300,tape\n"
    )
    main_path.record_visits(office, path)
    (plot,) = projection.replayed(office).plots
    told = []
    for named in ("XA-VAN-HO-2099-0001", plot.code):
        about = {"id": named, "plot": named, "crop": "cà phê", "converted_on": "2024-05-20", "source": "QĐ 7"}
        feature = {"type": "Feature", "geometry": mapping(FIELD), "properties": about}
        land = tmp_path / "land.geojson"
        land.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        (line,) = fact_book.record_facts(office, land, FactKind.CONVERSION)["facts"]
        told.append((line["status"], line["warnings"]))
    assert told == [("accepted", ["plot_not_known"]), ("accepted", [])]


def test_a_list_of_shares_is_written_as_a_table_no_spreadsheet_takes_for_formulas(dated, tmp_path):
    evil = old_commune("09999", '=HYPERLINK("x")', 90.0, 90.1)
    with dated.store.transaction() as transaction:
        transaction.add_units([evil], [])
    out = tmp_path / "shares.csv"
    told = vintages.shares(dated, EVE, EVE + timedelta(days=1), out)
    assert [(row["from_code"], row["to_code"], row["basis"]) for row in told["rows"]] == [
        ("04048", "04048", "stated"),
        ("04049", "04049", "stated"),
        ("04051", "04048", "overlap_of_heirs"),
        ("04051", "04049", "overlap_of_heirs"),
    ]
    assert told["unplaced"] == [{"code": "09999", "name": '=HYPERLINK("x")'}]
    lines = Path(out).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == ",".join(vintages.COLUMNS)
    assert lines[-1].startswith("09999,\"'=HYPERLINK")
    listed = vintages.listed(dated)
    assert [(one["valid_from"], one["units"]) for one in listed["vintages"]] == [("2000-01-01", 4), ("2025-07-01", 2)]
    assert listed["lineage"] == [{"changed_on": "2025-07-01", "rows": 4}]

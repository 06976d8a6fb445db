"""Tables of facts, kind by kind: what is taken, what is refused, and that one bad row costs no other."""

import json
from datetime import date, datetime

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import box, mapping

from eradication.config import Settings
from eradication.domain import AdminUnit, FactKind
from eradication.errors import RefusedInput
from eradication.ingest import facts, office_table
from eradication.ingest.formats import visit_table

REFORM, EVE = date(2025, 7, 1), date(2025, 6, 30)
COMMUNES = [
    AdminUnit("04048", "Xã Vân Hồ", REFORM, None, None, 104.7, 20.8, None, True, "test"),
    AdminUnit("04048", "Xã Vân Hồ", date(1900, 1, 1), EVE, None, 104.7, 20.8, None, True, "test"),
    AdminUnit("04051", "Xã Lóng Luông", date(1900, 1, 1), EVE, None, 104.8, 20.7, None, True, "test"),
]
CONTEXT = facts.Context(COMMUNES, date(2026, 11, 1), frozenset({"BP01"}))
FIELD = box(104.70, 20.80, 104.701, 20.801)


@pytest.fixture
def take(tmp_path):
    def taking(header, *rows, kind=None):
        path = tmp_path / "so_lieu.csv"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        # Not in the sandbox, which costs time; that it is used is seen in the last tests.
        lines = office_table.lines(visit_table.read(path, {}), facts.COLUMNS, "so_lieu.csv")
        return facts.interpret(lines, CONTEXT, kind and FactKind(kind), "so_lieu.csv")

    return taking


def only(rows):
    (row,) = rows
    assert row.error is None, str(row.error)
    return row


def reasons(rows):
    return [row.error.kind if row.error else "" for row in rows]


def test_a_target_of_a_unit_or_a_commune_in_area_or_per_cent(take):
    rows = take(
        "unit,commune,year,season,target_m2,target_pct,source,dated",
        "BP01,,2026,,,100%,KH 23/KH-UBND,2026-01-30",
        ',Vân Hồ,,2025-2026,"12.000,0",,KH 23,30/01/2026',
        kind="target",
    )
    assert [row.value.values for row in rows] == [
        {"unit": "BP01", "commune": "", "span": "2026", "target_m2": None, "target_pct": 100.0, "date": "2026-01-30",
         "source": "KH 23/KH-UBND"},
        {"unit": "", "commune": "04048", "span": "2025-2026", "target_m2": 12000, "target_pct": None,
         "date": "2026-01-30", "source": "KH 23"},
    ]  # fmt: skip


def test_a_baseline_names_its_source_and_the_vintage_of_its_commune(take):
    header = "commune,year,area_m2,plants,source,vintage"
    row = only(take(header, "4051,2022,1250.5,,BC 5/BC,2022-12-31", kind="baseline"))
    assert row.value.values == {
        "commune": "04051", "year": 2022, "area_m2": 1251, "plants": None, "vintage": "2022-12-31", "source": "BC 5/BC",
    }  # fmt: skip
    assert only(take(header, ",2022,9000,,BC,", kind="baseline")).value.key == ("baseline", "", "2022")
    wrong = (
        "04051,2022,100,,BC,2026-01-01",
        "04051,2022,100,,BC,",
        "04051,2022,100,,,2022-01-01",
        "99999,2022,1,,BC,2022-01-01",
        "04051,22,1,,BC,2022-01-01",
        "04051,2022,,,BC,2022-01-01",
        "04051,2022,-5,,BC,2022-01-01",
    )
    assert reasons(take(header, *wrong, kind="baseline")) == [
        *("commune_not_of_vintage", "missing_field", "missing_field", "unknown_commune", "bad_year", "missing_field"),
        "bad_total",
    ]


def test_commitments_count_households_and_no_more_can_sign_than_there_are(take):
    header = "xã,bản,ngày,số hộ,số hộ đã ký,nguồn"
    rows = take(
        header, "04048,Hua Tát,15/02/2026,120,118,BC UBND xã", "04048,Pa,15/02/2026,10,11,BC", kind="commitment"
    )
    assert rows[0].value.values == {
        "commune": "04048", "village": "Hua Tát", "date": "2026-02-15", "households": 120, "signed": 118,
        "source": "BC UBND xã",
    }  # fmt: skip
    assert reasons(rows) == ["", "more_signed_than_households"]
    assert rows[1].error.where == "so_lieu.csv: line 3"
    assert "hint" not in rows[1].error.hint
    assert rows[1].error.hint


def test_a_former_commune_is_taken_and_said(take):
    row = only(take("commune,village,date,has_mailbox", "04051,Pa,2026-02-15,có", kind="mailbox"))
    assert (row.value.values["has_mailbox"], row.warnings) == (True, ("former_commune",))


def test_villages_may_head_with_kind_what_they_are_called_and_may_have_a_point(take):
    rows = take(
        "commune,name,kind,lon,lat", "04048,Hua Tát,bản,104.75,20.79", "04048,5,tiểu khu,,", "04048,6,circus,,",
        kind="village",
    )  # fmt: skip
    assert [row.value and row.value.values["village_kind"] for row in rows] == ["village", "sub_quarter", None]
    assert rows[0].value.values["lon"] == 104.75
    assert reasons(rows) == ["", "", "unknown_code"]


def test_a_unit_reports_for_a_period_and_odd_figures_are_warned_of(take):
    header = "unit,period,detected_m2,claimed_m2,verified_m2,plots,plants,reported_on"
    rows = take(
        header,
        "CAX,2026-q1,1000,1200,1300,4,,2026-03-14",
        "BP01,2026-Q2,1000,,,,,2026-03-14",
        "BP01,2026-Q1,,,,,,2026-03-14",
        "BP01,2026-Q1,10,,,,,2027-03-14",
        kind="self_reported",
    )
    assert rows[0].value.values["period"] == "2026-Q1"
    assert rows[0].warnings == ("claimed_above_detected", "verified_above_claimed", "unknown_unit")
    assert reasons(rows) == ["", "unknown_period", "missing_field", "future_time"]


def test_one_table_may_hold_several_kinds(take):
    rows = take(
        "loại,xã,bản,ngày,có hòm thư,năm,diện tích,nguồn,mốc ranh giới",
        "hòm thư,04048,Pa,2026-01-01,không,,,,",
        "số liệu gốc,04048,,,,2022,500,BC,2022-06-01",
        "baseball,04048,,,,2022,500,BC,2022-06-01",
        ",04048,,,,2022,500,BC,2022-06-01",
    )
    assert [row.kind for row in rows] == ["mailbox", "baseline", "baseball", ""]
    assert reasons(rows) == ["", "", "unknown_code", "missing_field"]
    with pytest.raises(RefusedInput) as refused:
        take("commune,village", "04048,Pa")
    assert (refused.value.kind, bool(refused.value.hint)) == ("kind_missing", True)


def test_a_row_of_another_kind_than_the_one_named_is_refused(take):
    rows = take("kind,commune,year,area_m2,source", "target,,2022,5,BC", "baseline,,2022,5,BC", kind="baseline")
    assert reasons(rows) == ["kind_differs", ""]
    (row,) = take("kind,commune,village", "danh sách bản,04048,Pa", kind="village")
    assert row.value.values["village_kind"] == ""


def test_a_fact_may_be_taken_back_and_names_of_people_are_warned_of(take):
    header = "commune,village,date,has_mailbox,withdrawn,note"
    row = only(take(header, "04048,Pa,2026-02-15,có,x,theo ông Vàng A Súa", kind="mailbox"))
    assert row.value.withdrawn
    assert row.warnings == ("note_may_name_a_person",)


def test_a_table_of_tips_is_turned_away_for_its_informants_would_be_kept(take):
    with pytest.raises(RefusedInput) as refused:
        take("tip_id,received_at,commune,source", "1,2026-01-01,04048,secret", kind="baseline")
    assert refused.value.kind == "is_a_tip_table"


def test_conversions_are_outlines_with_their_own_area_beside_the_stated_one(tmp_path):
    path = tmp_path / "chuyen_doi.geojson"
    features = [
        {"type": "Feature", "geometry": mapping(FIELD), "properties": {
            "crop": "cà phê", "converted_on": "2026-05-20", "plot": "VH-26-001", "source": "QĐ 7", "area_m2": 100}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [104.7, 20.8]}, "properties": {
            "crop": "mận", "converted_on": "2026-05-20", "source": "QĐ 7"}},
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    good, bad = facts.read(path, Settings(), CONTEXT, FactKind.CONVERSION)
    values = good.value.values
    assert values["outline_m2"] == pytest.approx(11_520, rel=0.01)
    assert (values["area_m2"], good.warnings) == (100, ("area_differs_from_outline",))
    assert values["conversion_id"].startswith("c-")
    assert bad.error.kind == "no_outline"


def test_conversions_come_as_geopackage_in_any_coordinate_system_too(tmp_path):
    path = tmp_path / "chuyen_doi.gpkg"
    table = {"crop": ["mận"], "converted_on": ["2026-05-20"], "nguồn": ["QĐ 7"], "id": ["CD-1"]}
    frame = gpd.GeoDataFrame(table, geometry=[FIELD], crs="EPSG:4326")
    frame.to_crs("EPSG:32648").to_file(path, driver="GPKG")
    (row,) = facts.read(path, Settings(), CONTEXT)
    assert row.value.key == ("conversion", "cd-1")
    assert row.value.values["outline_m2"] == pytest.approx(11_520, rel=0.01)


def test_a_workbook_with_its_own_dates_and_numbers_says_the_same(tmp_path):
    path = tmp_path / "cam_ket.xlsx"
    book = openpyxl.Workbook()
    for row in (
        ["Xã", "Bản", "Ngày", "Số hộ", "Số hộ đã ký", "Nguồn"],
        [4048, "Hua Tát", datetime(2026, 2, 15), 120, 118, "BC UBND xã"],
    ):
        book.active.append(row)
    book.save(path)
    (row,) = facts.read(path, Settings(), CONTEXT, FactKind.COMMITMENT)
    assert row.value.values == {
        "commune": "04048", "village": "Hua Tát", "date": "2026-02-15", "households": 120, "signed": 118,
        "source": "BC UBND xã",
    }  # fmt: skip

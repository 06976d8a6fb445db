"""What the office's facts say beside the ledger: floors, gaps that are named, and checks of converted land."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, mapping
from worlds import visit

from eradication.domain import CandidateSource, Crop, Plot, Season
from eradication.facts import Base, Ground, changes, commitments, conversions, mailboxes, targets
from eradication.facts.shares import floored, reached

NAMES = {"04048": "Xã Vân Hồ", "04049": "Xã Tô Múa"}


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_percentages_are_floored_to_a_tenth_and_never_rounded_up(part, whole):
    share = floored(part, whole)
    exact = Fraction(100 * part, whole)
    assert Fraction(str(share)) <= exact < Fraction(str(share)) + Fraction(1, 10)


@given(st.integers(0, 1000), st.integers(1, 1000), st.booleans())
def test_a_hundred_per_cent_stands_only_where_nothing_is_missing(part, whole, complete):
    share = reached(part, whole, complete)
    assert (share == 100.0) == (part >= whole and complete)


# --- baseline


def test_the_change_against_the_latest_earlier_year_and_all_years_beside_it():
    bases = [
        Base(2021, {"04048": (3000, ""), "04049": (0, "")}, {"04048": ("BC 1",)}),
        Base(
            2022, {"04048": (900, "estimated_conversion"), "04049": (600, "")}, {"04048": ("BC 2",), "04049": ("BC 3",)}
        ),
        Base(2026, province_m2=5, province_source="KH"),
    ]
    told = changes(bases, {"04048": 1000, "": 1}, NAMES, before=2026)
    assert {name: told[name] for name in ("year", "m2", "source", "change_pct")} == {
        "year": 2022, "m2": 1500, "source": "BC 2; BC 3", "change_pct": -33.3,
    }  # fmt: skip
    assert [(row["key"], row["year"], row["m2"], row["change_pct"], row["mark"]) for row in told["rows"]] == [
        ("04048", 2021, 3000, -66.7, ""),
        ("04049", 2021, 0, None, ""),
        ("04048", 2022, 900, 11.1, "estimated_conversion"),
        ("04049", 2022, 600, -100.0, ""),
    ]
    assert [(one["year"], one["estimated"]) for one in told["years"]] == [(2021, False), (2022, True), (2026, False)]
    assert changes(bases, {}, NAMES, before=2026, year=2021)["m2"] == 3000
    assert changes(bases, {}, NAMES, before=2020)["year"] is None


def test_the_provinces_own_figure_goes_first_and_a_sum_with_gaps_stands_for_nothing():
    some = {"04048": (900, "")}
    stated = changes([Base(2022, some, province_m2=2000, province_source="BC")], {"04048": 500}, NAMES, before=2026)
    assert (stated["m2"], stated["source"], stated["change_pct"]) == (2000, "BC", -75.0)
    gaps = changes([Base(2022, some)], {"04048": 500}, NAMES, before=2026)
    assert (gaps["m2"], gaps["change_pct"]) == (None, None)
    (year,) = gaps["years"]
    assert (year["why"], year["communes_without"], year["sum_of_communes_m2"]) == ("communes_missing", 1, 900)
    zero = changes([Base(2022, province_m2=0, province_source="BC")], {"04048": 500}, NAMES, before=2026)
    assert (zero["m2"], zero["change_pct"], zero["years"][0]["why"]) == (0, None, "baseline_zero")


# --- villages


def village(name, commune="04048"):
    return {"commune": commune, "village": name}


def signed(name, households, count, commune="04048", day="2026-02-01"):
    return {"commune": commune, "village": name, "households": households, "signed": count, "date": day, "source": "BC"}


LIST = [village("Bản Hua Tát"), village("Bản Pa"), village("Tiểu khu 5", "04049")]


def test_signatures_by_commune_and_village_and_what_has_not_reported():
    told = commitments([signed("Hua Tát", 120, 119), signed("tiểu khu 5", 40, 40, "04049")], LIST, NAMES)
    van_ho, to_mua = told["rows"]
    assert (van_ho["signed_pct"], van_ho["villages"], van_ho["villages_reported"]) == (99.1, 2, 1)
    assert van_ho["missing"] == ["Bản Pa"]
    assert (to_mua["signed_pct"], to_mua["missing"]) == (100.0, [])
    assert (told["households"], told["signed"], told["signed_pct"]) == (160, 159, 99.3)


def test_all_signed_is_a_hundred_only_if_all_villages_of_all_communes_reported():
    entered = [signed("Hua Tát", 120, 120), signed("Pa", 10, 10)]
    half = commitments(entered, LIST, NAMES)
    assert [row["signed_pct"] for row in half["rows"]] == [100.0, None]
    assert half["signed_pct"] == 99.9
    whole = commitments([*entered, signed("5", 1, 1, "04049")], LIST, NAMES)
    assert whole["signed_pct"] == 100.0
    no_list = commitments([*entered, signed("5", 1, 1, "04049")], LIST[:2], NAMES)
    assert (no_list["signed_pct"], no_list["rows"][1]["signed_pct"], no_list["communes_without_list"]) == (
        99.9,
        99.9,
        1,
    )
    assert commitments([], [], {})["signed_pct"] is None


def test_the_latest_statement_of_a_village_counts_however_its_name_is_written():
    told = commitments([signed("HUA TAT", 120, 118, day="2026-03-01"), signed("bản Hua Tát", 120, 60)], LIST, NAMES)
    (one,) = told["rows"][0]["of_villages"]
    assert (one["signed"], one["listed_as"]) == (118, "Bản Hua Tát")


def test_a_name_that_could_be_two_villages_is_neither():
    listed = [village("Bản Mòng"), village("Bản Mống")]
    (row,) = commitments([signed("Mong", 5, 5)], listed, {"04048": "Xã Vân Hồ"})["rows"]
    assert (row["of_villages"][0]["listed_as"], row["missing"]) == ("", ["Bản Mòng", "Bản Mống"])
    (row,) = commitments([signed("Bản Mống", 5, 5)], listed, {"04048": "Xã Vân Hồ"})["rows"]
    assert row["missing"] == ["Bản Mòng"]
    (row,) = commitments([signed("Tiểu khu 5", 5, 5)], [village("Bản 5")], {"04048": "Xã Vân Hồ"})["rows"]
    assert row["missing"] == ["Bản 5"]


def test_mailboxes_are_counted_against_the_list_of_villages():
    entered = [
        {**village("Hua Tát"), "date": "2026-01-01", "has_mailbox": False},
        {**village("Hua Tát"), "date": "2026-02-01", "has_mailbox": True},
        {**village("Pa"), "date": "2026-02-01", "has_mailbox": False},
        {**village("Nowhere"), "date": "2026-02-01", "has_mailbox": True},
    ]
    told = mailboxes(entered, LIST, NAMES)
    van_ho, to_mua = told["rows"]
    assert (van_ho["with_mailbox"], van_ho["mailbox_pct"], van_ho["without"]) == (1, 50.0, ["Bản Pa"])
    assert (van_ho["unlisted"], to_mua["missing"], to_mua["mailbox_pct"]) == (["Nowhere"], ["Tiểu khu 5"], 0.0)
    assert (told["villages"], told["with_mailbox"], told["mailbox_pct"]) == (3, 1, 33.3)
    all_hung = [{**v, "date": "2026-02-01", "has_mailbox": True} for v in LIST]
    assert mailboxes(all_hung, LIST, NAMES)["mailbox_pct"] == 100.0
    assert mailboxes(all_hung, LIST, {**NAMES, "04050": "Xã Khác"})["mailbox_pct"] == 99.9


# --- conversions

FIELD = box(104.700, 20.800, 104.701, 20.801)
AFTER = Season(2026)


def plot(name, geometry=FIELD):
    return Plot(
        name, f"VH-26-{name}", geometry, True, CandidateSource.PATROL, "04048", (), datetime(2026, 1, 1, tzinfo=UTC)
    )


def converted(**more):
    return {
        "conversion_id": "CD-1", "crop": "mận", "converted_on": "2026-05-20", "area_m2": 10_000, "outline_m2": 11_500,
        "source": "QĐ 7", "geometry": mapping(FIELD), **more,
    }  # fmt: skip


def told(entered, plots=(), visits=(), as_of=datetime(2027, 7, 1, tzinfo=UTC), season=AFTER):
    by_name = {one.id: one for one in plots}
    ground = Ground(plots, visits, by_name.get, lambda lon, lat: "04048")
    return conversions(
        entered, ground, span=(date(2026, 1, 1), date(2026, 12, 31)), season=season, as_of=as_of, names=NAMES
    )


def check(visits, **more):
    return told([converted()], [plot("a")], visits, **more)["rows"][0]["check"]


def at(day):
    return datetime.fromisoformat(f"{day}T05:00:00+00:00")


def test_converted_land_is_linked_to_the_plots_it_covers_and_to_the_one_it_names():
    corner = box(104.7009, 20.8009, 104.702, 20.802)
    sliver = box(104.7009999, 20.8, 104.702, 20.801)
    far = box(104.8, 20.8, 104.801, 20.801)
    plots = [plot("corner", corner), plot("sliver", sliver), plot("far", far)]
    (row,) = told([converted(plot="far")], plots)["rows"]
    assert [(one["plot_id"], one["named"]) for one in row["plots"]] == [("corner", False), ("far", True)]
    assert row["plots"][0]["overlap_m2"] == pytest.approx(115, rel=0.05)
    assert (row["commune_name"], row["check_season"]) == ("Xã Vân Hồ", "2026-2027")


def test_what_became_of_it_in_the_next_season():
    clean = visit("rejected", (104.7005, 20.8005), visited_at=at("2027-02-01"))
    of_plot = visit("verified", None, plot_id="a", visited_at=at("2027-02-01"))
    found = visit("detected", (104.7005, 20.8005), visited_at=at("2027-03-01"))
    hemp = visit("detected", (104.7005, 20.8005), visited_at=at("2027-03-01"), crop=Crop.FIBRE_HEMP)
    beside = visit("detected", (104.71, 20.8005), visited_at=at("2027-03-01"))
    assert check([]) == "nobody_came"
    assert check([], as_of=datetime(2027, 3, 1, tzinfo=UTC)) == "not_yet"
    assert check([clean]) == check([of_plot]) == check([hemp]) == "visited_clean"
    assert check([clean, found]) == "replanted"
    assert check([beside]) == "nobody_came"
    assert check([visit("not_reached", (104.7005, 20.8005), visited_at=at("2027-02-01"))]) == "nobody_came"


def test_looks_before_the_conversion_or_too_late_are_no_check():
    before = visit("detected", (104.7005, 20.8005), visited_at=at("2026-02-01"))
    same_season = visit("rejected", (104.7005, 20.8005), visited_at=at("2026-05-25"))
    regrown_at_once = visit("regrown", (104.7005, 20.8005), visited_at=at("2026-05-25"))
    too_late = visit("detected", (104.7005, 20.8005), visited_at=at("2027-11-01"))
    assert check([before]) == check([same_season]) == check([too_late]) == "nobody_came"
    assert check([regrown_at_once]) == "replanted"


def test_sums_are_of_the_span_and_checks_of_the_season_that_is_due():
    before = converted(conversion_id="CD-0", converted_on="2025-05-20", area_m2=5)
    answer = told([converted(), before], [plot("a")])
    assert (answer["count"], answer["m2"], answer["linked"]) == (1, 10_000, 1)
    assert (answer["due"], answer["checks"]["nobody_came"]) == (1, 1)
    assert told([converted(), before], season=Season(2025))["due"] == 1
    assert told([])["checks"] == {"replanted": 0, "visited_clean": 0, "nobody_came": 0, "not_yet": 0}


# --- targets


def test_targets_stand_beside_the_figures_of_their_unit_or_commune():
    def wanted(unit="", commune="", m2=None, pct=None):
        return {
            "unit": unit,
            "commune": commune,
            "span": "2026",
            "target_m2": m2,
            "target_pct": pct,
            "date": "",
            "source": "KH",
        }

    row = {"detected_m2": 900, "claimed_m2": 899, "verified_m2": 300, "claimed_pct": 99.8, "verified_pct": 33.3}
    entered = [
        wanted("BP01", m2=1000),
        wanted(commune="04048", pct=100.0),
        wanted("BP01", "04048", m2=5),
        wanted("X", m2=1),
    ]
    answer = targets(entered, names=NAMES, communes={"04048": row}, units={"BP01": row})
    commune, unit, both, unknown = answer["rows"]
    assert (unit["claimed_m2"], unit["claimed_of_target_pct"], unit["claimed_pct"]) == (899, 89.9, 99.8)
    assert (commune["commune_name"], commune["target_pct"], commune["claimed_of_target_pct"]) == (
        "Xã Vân Hồ",
        100.0,
        None,
    )
    assert (both["why"], both["detected_m2"]) == ("unit_and_commune", None)
    assert (unknown["why"], unknown["detected_m2"]) == ("no_figures", None)

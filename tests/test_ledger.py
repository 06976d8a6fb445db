"""The ledger's arithmetic and its honesty."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from strategies import seasons
from worlds import HERE, SEASON, SETTINGS, START, World, east, entries, locate

from eradication import history, ledger
from eradication.domain import AreaMethod, CountMethod, DestroyedBy, State
from eradication.errors import UnusableInput
from eradication.geo import disc
from eradication.ledger.rows import NOBODY

ELSEWHERE = (104.80, 20.90)
ABROAD = (104.60, 19.5)
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def figures(world: World) -> tuple[int, int, int, int]:
    total = world.total
    return total["detected_m2"], total["claimed_m2"], total["verified_m2"], total["remaining_m2"]


def done(world: World, at=HERE, **fields) -> World:
    """Detected, eradicated and verified at one place."""
    world.visit("detected", at, **fields).visit("eradicated", at, destroyed_fraction=1.0)
    return world.wait(1).visit("verified", at)


def test_a_plot_below_one_square_metre_that_nobody_verified_keeps_100_away():
    world = done(World()).visit("detected", ELSEWHERE, area_m2=0.4).visit("eradicated", ELSEWHERE)
    assert (world.total["claimed_pct"], world.total["verified_pct"]) == (100.0, 99.9)
    world.wait(1).visit("verified", ELSEWHERE)
    assert world.total["verified_pct"] == 100.0
    lost = done(World()).visit("detected", ELSEWHERE, area_m2=0.4).visit("harvested", ELSEWHERE)
    assert (lost.total["claimed_pct"], lost.total["verified_pct"]) == (99.9, 99.9)


def test_nothing_detected_is_null_not_100():
    empty = World().candidate("a").total
    assert (empty["claimed_pct"], empty["verified_pct"]) == (None, None)
    assert World().ledger()["rows"] == []


def test_everything_verified_is_100():
    total = done(World()).total
    assert (total["claimed_pct"], total["verified_pct"]) == (100.0, 100.0)


def test_everything_verified_with_one_candidate_open_is_99_9():
    world = done(World()).candidate("b", ELSEWHERE)
    assert (world.total["claimed_pct"], world.total["verified_pct"]) == (99.9, 99.9)
    by_commune = {row["key"]: row["verified_pct"] for row in world.ledger()["rows"]}
    assert by_commune == {"04001": 100.0, "04002": None}


@pytest.mark.parametrize("open_state", ["candidate", "assigned", "not_reached", "detected", "regrown"])
def test_whatever_is_open_keeps_100_away(open_state):
    world = done(World())
    world.candidate("b", ELSEWHERE)
    if open_state == "assigned":
        world.assign("b")
    if open_state in ("not_reached", "detected"):
        world.visit(open_state, ELSEWHERE)
    if open_state == "regrown":
        done(world, ELSEWHERE).wait(20).visit("regrown", ELSEWHERE, area_m2=0.4)  # too small to change whole m²
    assert open_state in world.states
    assert world.total["verified_pct"] is not None
    assert world.total["verified_pct"] < 100.0


@pytest.mark.parametrize("closed_state", ["dismissed", "rejected", "expired"])
def test_what_is_closed_does_not_keep_100_away(closed_state):
    world = done(World()).candidate("b", ELSEWHERE)
    if closed_state == "dismissed":
        world.dismiss("b")
    if closed_state == "rejected":
        world.visit("rejected", ELSEWHERE)
    if closed_state == "expired":
        world.wait(150)
    assert world.states == sorted([closed_state, "verified"])
    assert world.total["verified_pct"] == 100.0


@pytest.mark.parametrize(
    ("part", "all_of_it", "is_open", "shown"),
    [
        (0, 0, False, None),
        (0, 10, False, 0.0),
        (2, 3, False, 66.6),
        (9_999_999, 10_000_000, False, 99.9),
        (29, 100, False, 29.0),
        (10, 10, False, 100.0),
        (10, 10, True, 99.9),
    ],
)
def test_percentages_are_floored_to_a_tenth(part, all_of_it, is_open, shown):
    assert ledger.percent(part, all_of_it, is_open) == shown


def test_a_find_destroyed_in_one_visit_is_claimed_and_not_verified():
    world = (
        World().visit("detected", visit_id="v", visited_at=START).visit("eradicated", visit_id="v", visited_at=START)
    )
    assert figures(world) == (300, 300, 0, 300)
    assert (world.total["claimed_pct"], world.total["verified_pct"]) == (100.0, 0.0)


def test_partial_then_full_destruction_is_cumulative_never_a_sum():
    world = World().visit("detected", area_m2=1000.0).visit("eradicated", destroyed_fraction=0.6)
    assert figures(world) == (1000, 600, 0, 1000)
    world.wait(1).visit("verified")
    assert figures(world) == (1000, 600, 600, 400)
    world.wait(1).visit("eradicated", destroyed_fraction=1.0)
    assert figures(world) == (1000, 1000, 600, 400)
    world.wait(1).visit("verified")
    assert figures(world) == (1000, 1000, 1000, 0)


def test_a_verifier_who_sees_less_destroyed_is_believed_and_one_who_sees_more_is_not():
    less = World().visit("detected", area_m2=1000.0).visit("eradicated", destroyed_fraction=0.8)
    assert figures(less.wait(1).visit("verified", destroyed_fraction=0.5)) == (1000, 800, 500, 500)
    more = World().visit("detected", area_m2=1000.0).visit("eradicated", destroyed_fraction=0.8)
    assert figures(more.wait(1).visit("verified", destroyed_fraction=1.0)) == (1000, 800, 800, 200)


def test_a_verified_part_is_no_verified_plot():
    world = World().visit("detected").visit("eradicated", destroyed_fraction=0.33).wait(1).visit("verified")
    assert figures(world) == (300, 99, 99, 201)
    assert (world.total["plots_verified"], world.total["verified_pct"]) == (0, 33.0)


def test_an_eradication_without_a_fraction_is_of_all():
    assert figures(World().visit("detected").visit("eradicated")) == (300, 300, 0, 300)


def test_regrowth_withdraws_its_area_and_the_next_destruction_is_cumulative_again():
    world = done(World(), area_m2=1000.0).wait(20).visit("regrown", area_m2=200.0)
    assert figures(world) == (1000, 800, 800, 200)
    world.wait(1).visit("eradicated", destroyed_fraction=1.0)
    assert figures(world) == (1000, 1000, 800, 200)
    assert figures(world.wait(1).visit("verified")) == (1000, 1000, 1000, 0)


def test_regrowth_without_an_area_withdraws_everything():
    assert figures(done(World()).wait(20).visit("regrown")) == (300, 0, 0, 300)


def test_regrowth_over_a_larger_area_makes_the_detected_area_grow():
    assert figures(done(World()).wait(20).visit("regrown", area_m2=450.0)) == (450, 0, 0, 450)


def test_a_better_method_beats_a_later_measure_and_a_later_measure_of_the_same_method_wins():
    world = World().visit("detected", area_m2=500.0, area_method=AreaMethod.PACE)
    world.wait(1).visit("detected", area_m2=420.0, area_method=AreaMethod.TAPE)
    world.wait(1).visit("detected", area_m2=600.0, area_method=AreaMethod.GPS_TRACK)
    assert world.total["detected_m2"] == 420
    world.wait(1).visit("detected", area_m2=430.4, area_method=AreaMethod.TAPE)
    assert world.total["detected_m2"] == 430
    assert world.only.area_method is AreaMethod.TAPE


ESTIMATED = {"area_m2": 500.0, "area_method": AreaMethod.ESTIMATE}
TAPED = {"area_m2": 620.0, "area_method": AreaMethod.TAPE}


def test_who_destroys_may_measure_better_than_who_detected():
    world = World().visit("detected", **ESTIMATED).visit("eradicated", destroyed_fraction=1.0, **TAPED)
    assert figures(world) == (620, 620, 0, 620)
    assert (world.only.area_m2, world.only.area_method) == (620.0, AreaMethod.TAPE)


def test_who_verifies_may_measure_better_than_who_destroyed():
    world = World().visit("detected", **ESTIMATED).visit("eradicated").wait(1).visit("verified", **TAPED)
    assert figures(world) == (620, 620, 620, 0)
    part = World().visit("detected", **ESTIMATED).visit("eradicated", destroyed_fraction=0.5)
    assert figures(part.wait(1).visit("verified", **TAPED)) == (620, 310, 310, 310)


@pytest.mark.parametrize("outcome", ["eradicated", "verified"])
def test_an_area_without_method_or_of_a_worse_one_measures_nothing_when_destroyed_or_verified(outcome):
    for said in ({"area_m2": 620.0}, ESTIMATED):
        world = World().visit("detected").visit("eradicated").wait(1).visit(outcome, **said)
        assert world.total["detected_m2"] == 300


def test_a_smaller_measure_scales_what_was_verified():
    world = World().visit("detected", **ESTIMATED).visit("eradicated", destroyed_fraction=0.5).wait(1).visit("verified")
    world.wait(1).visit("eradicated", area_m2=300.0, area_method=AreaMethod.TAPE)
    assert figures(world) == (300, 300, 150, 150)


def test_the_area_of_destroyed_regrowth_does_not_make_the_plot_smaller():
    world = done(World()).wait(20).visit("regrown", area_m2=80.0)
    world.visit("eradicated", area_m2=80.0, area_method=AreaMethod.TAPE)
    assert figures(world) == (300, 300, 220, 80)
    assert figures(done(World()).wait(20).visit("regrown", area_m2=80.0).visit("eradicated", **TAPED))[0] == 620


def test_the_verification_of_the_same_unit_does_nothing():
    world = World().visit("detected").visit("eradicated").wait(1).visit("verified", unit="BP-1")
    assert figures(world) == (300, 300, 0, 300)


def test_standard_errors_add_in_squares():
    world = World().visit("detected").visit("detected", ELSEWHERE, area_m2=400.0)
    assert world.total["detected_se_m2"] == 25.0


def test_plants_are_counted_not_derived_from_area():
    world = World().visit("detected", plant_count=120, count_method=CountMethod.FULL).visit("detected", ELSEWHERE)
    assert (world.total["plants"], world.total["plots_without_count"]) == (120, 1)


def test_plots_of_which_none_was_counted_have_no_number_of_plants_rather_than_none_of_them():
    world = World().visit("detected", plant_count=0).visit("detected", ELSEWHERE)
    world.candidate("a", east(0, (104.75, 20.95)))
    assert {row["key"]: row["plants"] for row in world.ledger()["rows"]} == {"04001": 0, "04002": None}
    assert (world.total["plants"], world.total["plots_without_count"]) == (0, 1)


def test_what_lies_outside_every_commune_has_its_own_table_and_enters_no_total():
    world = World().visit("detected").visit("detected", ELSEWHERE)
    world.visit("detected", ABROAD, area_m2=5000.0)
    world.visit("eradicated", ABROAD, destroyed_by=DestroyedBy.JOINT).candidate("a", east(900, ABROAD))
    answer = world.ledger()
    assert [(row["key"], row["name"], row["plots"]) for row in answer["rows"]] == [
        ("04001", "Xã Vân Hồ", 1),
        ("04002", "Xã Tô Múa", 1),
    ]
    assert (answer["total"]["detected_m2"], answer["total"]["suspected_m2"]) == (600, 0)
    abroad = answer["abroad"]["outside"]
    assert (abroad["plots"], abroad["detected_m2"], abroad["candidates"]) == (1, 5000, 1)
    assert [(row["claimed_m2"], row["unit"]) for row in abroad["joint"]] == [(5000, "BP-1")]


def test_rows_by_unit_and_by_class():
    world = World().visit("detected", area_m2=2500.0).visit("detected", ELSEWHERE, unit="BP-9")
    assert [row["key"] for row in world.ledger(by="unit")["rows"]] == ["BP-1", "BP-9"]
    assert [row["key"] for row in world.ledger(by="class")["rows"]] == ["A", "C"]
    assert {k: row["detected_m2"] for k, row in world.ledger()["by_class"].items()} == {"A": 2500, "B": 0, "C": 300}


def test_areas_stand_in_the_row_of_the_unit_that_detected_first_not_of_the_verifier():
    world = World().candidate("a").assign("a", "BP-7").visit("detected", unit="BP-1").visit("detected", unit="BP-2")
    world.visit("eradicated", unit="BP-3").wait(1).visit("verified", unit="CA-2")
    (row,) = world.ledger(by="unit")["rows"]
    assert (row["key"], row["detected_m2"], row["claimed_m2"], row["verified_m2"]) == ("BP-1", 300, 300, 300)


def test_a_candidate_stands_in_the_row_of_the_unit_it_is_assigned_to_and_else_of_nobody():
    world = World().candidate("a").assign("a", "BP-7").visit("not_reached", unit="BP-2")
    world.candidate("b", ELSEWHERE).visit("not_reached", ELSEWHERE, unit="BP-2")
    rows = world.ledger(by="unit")["rows"]
    assert [(row["key"], row["name"], row["suspected_m2"]) for row in rows] == [
        ("BP-7", "BP-7", 400),
        ("", NOBODY, 400),
    ]


def test_an_unknown_grouping_is_a_usage_error():
    with pytest.raises(UnusableInput, match="village"):
        World().ledger(by="village")


def test_suspected_area_is_that_of_open_candidates_and_never_added():
    world = World().candidate("a", area=400.0).candidate("b", ELSEWHERE, area=900.0).dismiss("b")
    assert (world.total["suspected_m2"], world.total["detected_m2"]) == (400, 0)
    world.visit("detected")
    assert (world.total["suspected_m2"], world.total["detected_m2"]) == (0, 300)


def test_what_nobody_went_to_look_at_stands_beside_the_ratio():
    world = World().candidate("a", area=400.0).candidate("b", ELSEWHERE, area=900.0).dismiss("b").wait(12)
    assert world.ledger()["unvisited"] | {"by_unit": {}} == {
        "late_entries": 0,
        "late_entry_median_days": None,
        "detected_after_destroyed": 0,
        "by_unit": {},
        "open": 1,
        "expired": 0,
        "dismissed_unvisited": 1,
        "oldest_days": 12,
        "estimated_m2": 1300,
        "harvested_undetected": 0,
        "harvested_m2": 0,
    }
    assert World().ledger()["unvisited"]["oldest_days"] is None
    later = world.wait(150).ledger()["unvisited"]
    assert (later["open"], later["expired"]) == (0, 1)


def test_what_was_harvested_before_anybody_came_is_listed_and_keeps_100_away():
    world = done(World()).candidate("b", ELSEWHERE, area=900.0).assign("b", "CA-1").visit("harvested", ELSEWHERE)
    assert world.total["suspected_m2"] == 0
    assert (world.total["detected_m2"], world.total["plots"]) == (300, 1)
    assert (world.total["claimed_pct"], world.total["verified_pct"]) == (99.9, 99.9)
    told = world.ledger()
    assert [told["unvisited"][name] for name in ("open", "harvested_undetected", "harvested_m2")] == [0, 1, 900]
    assert told["unvisited"]["by_unit"]["CA-1"]["harvested_m2"] == 900
    assert told["timeliness"]["harvested_before_arrival"] == 1
    (row,) = told["timeliness"]["harvested"]
    assert (row["unit"], row["commune"], row["detected_m2"], row["estimated_m2"]) == ("CA-1", "04002", 0, 900)
    found = world.visit("detected", ELSEWHERE).ledger()
    assert (found["timeliness"]["harvested"], found["unvisited"]["harvested_undetected"]) == ([], 0)


def test_a_harvest_after_a_detection_leaves_its_area_detected():
    told = World().visit("detected").wait(2).visit("harvested").ledger()
    (row,) = told["timeliness"]["harvested"]
    assert (row["detected_m2"], row["estimated_m2"], told["unvisited"]["harvested_undetected"]) == (300, None, 0)
    assert told["total"]["remaining_m2"] == 300


def test_the_bounds_on_what_is_undetected_always_print_with_their_reason():
    undetected = World().ledger()["undetected"]
    assert {undetected[line] for line in ("upper", "expected", "lower")} == {None}
    assert all(undetected["why"][line] for line in ("upper", "expected", "lower"))


def test_the_answer_has_the_promised_fields():
    answer = done(World()).ledger(effort={"km": 12.5}, coverage={"optical": 0.5})
    promised = "season as_of rows total effort coverage undetected unvisited baseline".split()
    assert set(promised) <= set(answer)
    row = "key name suspected_m2 detected_m2 claimed_m2 verified_m2 remaining_m2 plots plants claimed_pct verified_pct"
    assert set(row.split()) <= set(answer["total"]) & set(answer["rows"][0])
    assert answer["season"] == "2026-2027"
    assert answer["effort"] == {"km": 12.5, "hours": None, "km2_visits": None}
    assert answer["baseline"] == {"year": None, "m2": None, "source": None, "change_pct": None}
    assert json.loads(json.dumps(answer)) == answer


def test_a_season_holds_only_its_own_episodes():
    world = World().visit("detected").wait(300).visit("detected", visit_id="next")
    assert len(world.told().episodes) == 2
    assert world.total["plots"] == 1


def test_a_calendar_year_holds_what_was_detected_in_it_by_local_time():
    new_year = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # 00:30 on 1 January in Sơn La
    world = (
        World(clock=new_year).visit("detected").visit("detected", ELSEWHERE, visited_at=new_year - timedelta(hours=1))
    )
    assert world.ledger(year=2027)["total"]["plots"] == 1
    assert world.ledger(year=2026)["total"]["plots"] == 1
    assert world.ledger(year=2026)["year"] == 2026
    assert world.ledger(year=2025)["rows"] == []


NOVEMBER = datetime(2026, 11, 10, 2, tzinfo=UTC)


def carried(answer: dict) -> tuple[int, int]:
    return answer["total"]["carried_in_m2"], answer["total"]["carried_out_m2"]


def test_what_is_destroyed_after_new_year_is_no_part_of_the_year_of_detection():
    world = World(clock=NOVEMBER).visit("detected").wait(30).visit("eradicated", destroyed_fraction=0.5)
    world.wait(40).visit("eradicated").wait(20).visit("verified").visit("detected", ELSEWHERE, area_m2=100.0)
    old, new = world.ledger(year=2026), world.ledger(year=2027)
    shown = ("detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots")
    assert [old["total"][name] for name in shown] == [300, 150, 0, 300, 1]
    assert [new["total"][name] for name in shown] == [100, 0, 0, 100, 1]
    assert (carried(old), carried(new)) == ((0, 300), (300, 100))
    assert carried(world.ledger(year=2028)) == (100, 100)
    assert (old["until"], old["as_of"][:10]) == ("2026-12-31T16:59:59.999999Z", "2027-02-08")
    assert new["until"] == new["as_of"]


def test_a_commune_with_nothing_but_what_is_carried_over_has_a_row():
    world = World(clock=NOVEMBER).visit("detected").wait(100).visit("detected", ELSEWHERE)
    rows = world.ledger(year=2027)["rows"]
    assert [(row["key"], row["detected_m2"], row["carried_in_m2"], row["carried_out_m2"]) for row in rows] == [
        ("04001", 0, 300, 300),
        ("04002", 300, 0, 300),
    ]
    assert "carried_in_m2" not in world.total


def test_a_candidate_still_open_at_new_year_stands_in_both_years_until_somebody_goes_there():
    world = World(clock=NOVEMBER).candidate("a").candidate("b", ELSEWHERE).wait(20).dismiss("b").wait(60)
    assert [world.ledger(year=year)["total"]["suspected_m2"] for year in (2026, 2027)] == [400, 400]
    world.visit("detected")
    old, new = world.ledger(year=2026), world.ledger(year=2027)
    assert (old["total"]["suspected_m2"], old["total"]["detected_m2"]) == (400, 0)
    assert (new["total"]["suspected_m2"], new["total"]["detected_m2"]) == (0, 300)
    assert old["unvisited"]["oldest_days"] == 51
    assert new["unvisited"]["dismissed_unvisited"] == 0


@pytest.mark.parametrize("year", [-1, 99, 1989, 2201, 99_999])
def test_a_year_that_cannot_be_is_a_usage_error(year):
    with pytest.raises(UnusableInput) as caught:
        ledger.account([], ledger.Scope(year=year), as_of=START)
    assert caught.value.kind == "unknown_year"


@pytest.mark.slow
@few
@given(seasons(origins=2, most=10))
def test_what_one_year_carries_out_the_next_carries_in(events):
    world = World(clock=START + timedelta(days=900))
    years = [world.ledger(events=events, year=year) for year in (2026, 2027, 2028)]
    for before, after in pairwise(years):
        assert before["total"]["carried_out_m2"] == after["total"]["carried_in_m2"]
    for answer in years:
        for name in ("detected_m2", "carried_in_m2", "carried_out_m2"):
            assert sum(row[name] for row in answer["rows"]) == answer["total"][name]
            assert sum(row[name] for row in answer["by_class"].values()) == answer["total"][name]


@pytest.mark.slow
@few
@given(seasons(origins=3, most=10), st.integers(0, 250))
def test_conservation(events, days):
    told = history.replay(events, as_of=START + timedelta(days=days), locate=locate, settings=SETTINGS)
    for by in ("commune", "unit", "class"):
        wording = ledger.Wording(by)
        answer = ledger.account(entries(told), ledger.Scope(SEASON), as_of=told.as_of, wording=wording)
        total = answer["total"]
        for row in (*answer["rows"], *answer["by_class"].values(), total):
            assert 0 <= row["verified_m2"] <= row["claimed_m2"] <= row["detected_m2"]
            assert row["remaining_m2"] == row["detected_m2"] - row["verified_m2"]
            assert (row["verified_pct"] is None) == (row["detected_m2"] == 0)
            if row["verified_pct"] == 100.0:
                assert row["remaining_m2"] == 0
                assert row["plots_verified"] == row["plots"]
                assert sum(row["open"].values()) == 0
        for quantity in ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants"):
            for rows in (answer["rows"], answer["by_class"].values()):
                assert sum(row[quantity] or 0 for row in rows) == (total[quantity] or 0)
        assert (total["plants"] is None) == (0 < total["plots"] == total["plots_without_count"])


@pytest.mark.slow
@few
@given(seasons(origins=2, most=10))
def test_every_plot_that_is_detected_has_a_time_and_no_other_has(events):
    told = history.replay(events, as_of=START + timedelta(days=100), locate=locate, settings=SETTINGS)
    never = {State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.DISMISSED, State.REJECTED, State.EXPIRED}
    for episode in told.episodes:
        if episode.state is not State.HARVESTED:  # what was cut before anybody came was never detected
            assert (episode.detected_at is None) == (episode.state in never)
        assert (episode.detected_m2 > 0) <= (episode.detected_at is not None)


@given(
    st.lists(st.floats(0.0, 60.0), min_size=2, max_size=4),
    st.lists(st.integers(1, 5000), min_size=4, max_size=4),
)
def test_what_pairs_of_outlines_count_less_is_what_the_total_counts_less(offsets: list[float], areas: list[int]):
    world = World()
    for number, metres in enumerate(offsets):
        (west, south), (right, _) = east(metres), east(metres + 40.0)
        outline = box(west, south, right, south + 4e-4)
        place = east(metres + 20.0, (HERE[0], south + 2e-4))
        world.visit("detected", place, outline=outline, area_m2=float(areas[number]), area_method=AreaMethod.GPS_TRACK)
    told = world.ledger()
    assert sum(pair["less_m2"] for pair in told["overlaps"]) == told["total"]["overlap_m2"]


def test_a_pair_says_what_it_has_in_common_and_what_is_counted_less_for_it():
    world, beside = World(), east(28.0)
    # The second team states a third of what its outline holds.
    for place, area, unit in ((HERE, 900.0, "BP-1"), (beside, 300.0, "CA-3")):
        outline = disc(*place, 900.0)
        world.visit("detected", place, outline=outline, area_m2=area, area_method=AreaMethod.GPS_TRACK, unit=unit)
    told = world.ledger()
    (pair,) = told["overlaps"]
    assert pair["less_m2"] == told["total"]["overlap_m2"] > 0
    assert pair["less_m2"] == pytest.approx(pair["m2"] / 3.0, abs=1.0)

"""When two observations are one place."""

import pytest
from shapely.geometry import box
from worlds import HERE, SETTINGS, World, candidate, east, visit

from eradication import geo, history
from eradication.domain import Season
from eradication.history.identity import Footprint, Neighbours
from eradication.history.naming import plot_id_of


def follow(world: World, *found):
    return history.follow(world.told().episodes, found, SETTINGS)


def square(metres_east: float, side: float = 20.0):
    """A measured outline: a square with its south-west corner ``metres_east`` of HERE."""
    west, south = east(metres_east)
    right = east(side, (west, south))[0]
    return box(west, south, right, south + side / 110_700)


def test_a_candidate_where_nothing_is_known_founds_a_plot_named_after_it():
    (followed,) = follow(World(), candidate("a"))
    assert followed.founding
    assert followed.plot_id == plot_id_of("a")
    assert followed.plot_id.startswith("P-")


def test_the_same_candidate_founds_the_same_plot_on_every_laptop():
    assert follow(World("one"), candidate("a"))[0].plot_id == follow(World("two"), candidate("a"))[0].plot_id


def test_a_candidate_seen_again_is_not_new():
    (followed,) = follow(World().candidate("a"), candidate("a"))
    assert not followed.founding


def test_an_outline_that_overlaps_joins():
    (followed,) = follow(World().candidate("a"), candidate("b", east(8)))
    assert followed.plot_id == plot_id_of("a")


def test_a_small_overlap_does_not_join_by_itself():
    known = candidate("a", area=10_000.0)
    reached = World().candidate("a", area=10_000.0)
    (followed,) = follow(reached, candidate("b", east(80), area=10_000.0))
    assert known.geometry.intersects(candidate("b", east(80), area=10_000.0).geometry)
    assert followed.founding


@pytest.mark.parametrize(("metres", "joins"), [(27.0, True), (30.0, False)])
def test_two_satellite_outlines_join_by_distance_up_to_28_metres(metres, joins):
    (followed,) = follow(World().candidate("a", area=100.0), candidate("b", east(metres), area=100.0))
    assert followed.founding is not joins


@pytest.mark.parametrize(("metres", "joins"), [(22.0, True), (23.0, False)])
def test_a_patrols_point_joins_a_satellite_outline_up_to_22_metres(metres, joins):
    known = World().candidate("a", area=100.0).told().plots
    assert history.place_visit(visit("detected", east(metres), area_m2=50.0), known, SETTINGS).founding is not joins


@pytest.mark.parametrize(("metres", "joins"), [(14.5, True), (15.5, False)])
def test_two_points_of_patrols_join_up_to_15_metres(metres, joins):
    known = World().visit("detected", area_m2=20.0).told().plots
    placement = history.place_visit(visit("rejected", east(metres), area_m2=20.0), known, SETTINGS)
    assert placement.founding is not joins


def test_a_candidate_between_two_known_plots_is_for_a_person_to_decide():
    world = World().candidate("a", area=100.0).candidate("b", east(40), area=100.0)
    (followed,) = follow(world, candidate("c", east(20), area=100.0))
    assert followed.founding
    assert set(followed.ambiguous_with) == {plot_id_of("a"), plot_id_of("b")}


def test_a_visit_between_two_known_plots_is_for_a_person_to_decide():
    world = (
        World()
        .candidate("a", area=100.0)
        .candidate("b", east(36), area=100.0)
        .visit("detected", east(18), area_m2=90.0)
    )
    assert world.told().findings[0].kind == "ambiguous_place"
    assert len(world.told().plots) == 3


def test_of_two_partners_the_one_that_overlaps_enough_is_taken():
    world = World().candidate("a").candidate("b", east(36))
    (followed,) = follow(world, candidate("c", east(10)))
    assert followed.plot_id == plot_id_of("a")


def test_an_outline_over_two_known_plots_is_for_a_person_to_decide():
    world = World().candidate("a", area=900.0).candidate("b", east(34), area=900.0)
    (followed,) = follow(world, candidate("c", east(17), area=2500.0))
    assert followed.founding
    assert len(followed.ambiguous_with) == 2


def test_two_candidates_that_are_only_near_one_plot_do_not_both_take_it():
    world = World().candidate("a", area=100.0)
    both = follow(world, candidate("b", east(24), area=100.0), candidate("c", east(-24), area=100.0))
    assert all(f.founding and f.ambiguous_with == (plot_id_of("a"),) for f in both)


def test_two_halves_of_one_plot_both_belong_to_it():
    world = World().candidate("a", area=2000.0)
    both = follow(world, candidate("b", east(9), area=700.0), candidate("c", east(-9), area=700.0))
    assert {f.plot_id for f in both} == {plot_id_of("a")}


def test_candidates_of_one_run_that_lie_side_by_side_stay_apart():
    both = follow(World(), candidate("a", area=100.0), candidate("b", east(20), area=100.0))
    assert [f.founding for f in both] == [True, True]


def test_candidates_of_one_run_that_overlap_found_one_plot_the_better_one():
    both = follow(World(), candidate("a", score=0.7), candidate("b", east(3), score=0.9))
    assert [(f.plot_id, f.founding) for f in both] == [(plot_id_of("b"), False), (plot_id_of("b"), True)]


def test_one_candidate_given_twice_counts_once():
    assert len(follow(World(), candidate("a"), candidate("a"))) == 1


def test_distance_never_joins_two_outlines_measured_on_the_ground():
    world = World().visit("detected", HERE, outline=square(0, 10))
    near = history.place_visit(visit("detected", east(12)), world.told().plots, SETTINGS, outline=square(12, 10))
    assert near.founding
    assert near.ambiguous_with == ()
    over = history.place_visit(visit("detected", east(2)), world.told().plots, SETTINGS, outline=square(2, 10))
    assert not over.founding


def test_a_point_well_inside_a_large_outline_is_in_that_plot():
    world = World().visit("detected", HERE, outline=square(0, 90))
    placement = history.place_visit(visit("rejected", (HERE[0] + 1e-5, HERE[1] + 1e-5)), world.told().plots, SETTINGS)
    assert not placement.founding


@pytest.mark.parametrize("spelling", ["VH-27-001", "vh-27-001", plot_id_of("a"), plot_id_of("a").lower()])
def test_a_visit_may_name_its_plot_by_id_or_by_code(spelling):
    world = World().candidate("a")
    placement = history.place_visit(visit("detected", None, plot_id=spelling), world.told().plots, SETTINGS)
    assert (placement.plot_id, placement.founding) == (plot_id_of("a"), False)


def test_a_misspelt_code_founds_nothing():
    placement = history.place_visit(
        visit("detected", plot_id="VH-27-010"), World().candidate("a").told().plots, SETTINGS
    )
    assert (placement.plot_id, placement.reason, placement.founding) == ("", "unknown_plot", False)


def test_a_visit_far_from_the_plot_it_names_is_taken_and_marked():
    known = World().candidate("a").told().plots
    placement = history.place_visit(visit("detected", east(900), plot_id="VH-27-001"), known, SETTINGS)
    assert placement.checks == ("far_from_plot",)


def test_a_founded_plot_is_a_disc_of_the_stated_area_or_of_100_square_metres():
    stated = history.place_visit(visit("detected", area_m2=640.0), [], SETTINGS).geometry
    silent = history.place_visit(visit("rejected"), [], SETTINGS).geometry
    assert geo.area_m2(stated) == pytest.approx(640.0, rel=1e-3)
    assert geo.area_m2(silent) == pytest.approx(100.0, rel=1e-3)


def test_the_index_finds_what_a_full_scan_finds():
    known = [Footprint(str(i), candidate(str(i), east(7.0 * i), 150.0).geometry, satellite=True) for i in range(60)]
    new = Footprint("new", candidate("new", east(203.0), 150.0).geometry, satellite=True)
    overlapping, near = Neighbours(known, SETTINGS).partners(new)
    one_by_one = [Neighbours([footprint], SETTINGS).partners(new) for footprint in known]
    assert overlapping == sorted(i for found, _ in one_by_one for i in found)
    assert near == sorted(i for _, found in one_by_one for i in found)
    assert overlapping
    assert near


@pytest.mark.parametrize(
    ("commune", "code"),
    [
        ("Xã Vân Hồ", "VH-27-001"),
        ("Phường Mộc Châu", "MC-27-001"),
        ("Xã Đoàn Kết", "DK-27-001"),
        ("Xã Chiềng Sơn", "CS-27-001"),
        ("Xã Phiêng Khoài", "PK-27-001"),
        ("", "XX-27-001"),
    ],
)
def test_a_code_is_initials_year_and_serial(commune, code):
    assert history.next_code(commune, Season(2026), set()) == code


def test_a_serial_is_never_given_twice_even_if_one_below_is_free():
    assert history.next_code("Xã Vân Hồ", Season(2026), {"VH-27-001", "VH-27-013", "VH-26-090"}) == "VH-27-014"

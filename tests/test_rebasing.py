"""Figures told on another vintage of communes: nothing lost, nothing made, and estimates say so."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from eradication import geo
from eradication.domain import AdminUnit, Lineage
from eradication.rebasing import ESTIMATED, Basis, place, rebase, shares, vintage_on

REFORM = date(2025, 7, 1)
EVE = REFORM - timedelta(days=1)
LONG_AGO = date(1900, 1, 1)
SIDE = 0.1
"""Degrees."""


def unit(code, west=0.0, east=1.0, south=0.0, north=1.0, *, new=False, outline=True, approximate=False):
    """A unit whose outline is a rectangle, in tenths of a degree from 104° E, 20° N."""
    corners = 104 + west * SIDE, 20 + south * SIDE, 104 + east * SIDE, 20 + north * SIDE
    drawn = box(*corners)
    days = (REFORM, None) if new else (LONG_AGO, EVE)
    centre = drawn.centroid
    shape = drawn if outline else None
    return AdminUnit(code, f"Xã {code}", *days, shape, centre.x, centre.y, None, approximate, "test")


def became(old, new, share=None):
    return Lineage(old, f"Xã {old}", new, REFORM, share)


def told(how, old):
    return {row.new: (round(row.share, 3), row.basis.value) for row in how.of(old)}


HALVES = [unit("N1", 0, 0.5, new=True), unit("N2", 0.5, 1.0, new=True)]


def test_a_unit_is_divided_by_the_overlap_of_outlines():
    how = shares([unit("A", 0, 1)], [unit("N1", 0, 0.25, new=True), unit("N2", 0.25, 1.0, new=True)])
    assert told(how, "A") == {"N1": (0.25, "overlap"), "N2": (0.75, "overlap")}
    told_anew = rebase({"A": 1001}, how)
    assert {code: (figure.m2, figure.mark) for code, figure in told_anew.rows.items()} == {
        "N1": (250, ESTIMATED),
        "N2": (751, ESTIMATED),
    }
    overlaps = sum(row.overlap_m2 for row in how.of("A"))
    assert overlaps == pytest.approx(
        geo.area_m2(unit("A", 0, 1).geometry), rel=1e-6
    )  # straight edges in degrees bend on the globe


def test_a_unit_that_went_wholly_into_one_bears_no_mark():
    how = shares([unit("A", 0, 0.5), unit("B", 0.5, 1)], [unit("N", 0, 1, new=True)])
    figure = rebase({"A": 30, "B": 12}, how).rows["N"]
    assert (figure.m2, figure.mark, figure.sources) == (42, "", ("A", "B"))


def test_nothing_of_a_divided_unit_leaves_no_mark():
    how = shares([unit("A", 0, 0.5), unit("B", 0.4, 1)], HALVES)
    assert {c: f.mark for c, f in rebase({"A": 10, "B": 0}, how).rows.items()} == {"N1": "", "N2": ""}


def test_ground_outside_the_other_vintage_is_told_and_does_not_lessen_figures():
    how = shares([unit("A", 0, 2)], [unit("N", 1, 3, new=True)])
    one = geo.area_m2(unit("A", 0, 1).geometry)
    assert how.outside_m2["A"] == pytest.approx(one, abs=1)
    assert how.unclaimed_m2["N"] == pytest.approx(one, abs=1)
    assert rebase({"A": 500}, how).rows["N"].m2 == 500


def test_neighbours_that_overlap_one_another_do_not_hide_what_lies_outside():
    how = shares([unit("A", 0, 2)], [unit("N1", 0, 1.5, new=True), unit("N2", 0.5, 1.5, new=True)])
    assert how.outside_m2["A"] == pytest.approx(geo.area_m2(unit("A", 0, 0.5).geometry), abs=1)
    assert sum(row.share for row in how.of("A")) == pytest.approx(1.0)


def test_units_without_a_counterpart_are_listed_and_their_figures_kept_apart():
    how = shares([unit("A", 0, 1), unit("Z", 50, 51)], [unit("N", 0, 1, new=True), unit("M", 80, 81, new=True)])
    assert (how.unplaced, how.uncovered) == (("Z",), ("M",))
    anew = rebase({"A": 5, "Z": 7, "unheard of": 11}, how)
    assert (anew.left, anew.total_m2) == ({"Z": 7, "unheard of": 11}, 23)


def test_a_share_the_source_states_goes_before_outlines():
    lineage = [became("A", "N1", 0.9), became("A", "N2", 0.1)]
    how = shares([unit("A", 0, 1)], HALVES, lineage)
    assert told(how, "A") == {"N1": (0.9, "stated"), "N2": (0.1, "stated")}
    assert shares([unit("A", 0, 1)], HALVES, [became("A", "N1", 1.0)]).of("A")[0].whole


def test_heirs_without_shares_are_measured_among_themselves_alone():
    third = unit("N3", 0, 1, south=0.5, new=True)
    how = shares([unit("A", 0, 1)], [*HALVES, third], [became("A", "N1"), became("A", "N2")])
    assert told(how, "A") == {"N1": (0.5, "overlap_of_heirs"), "N2": (0.5, "overlap_of_heirs")}


def test_without_outlines_heirs_get_equal_parts_and_it_is_said():
    how = shares([unit("A", outline=False)], HALVES, [became("A", "N1"), became("A", "N2")])
    assert told(how, "A") == {"N1": (0.5, "equal"), "N2": (0.5, "equal")}
    assert [figure.mark for figure in rebase({"A": 3}, how).rows.values()] == [ESTIMATED, ESTIMATED]


def test_without_outline_or_lineage_the_centre_decides_and_it_is_an_estimate():
    how = shares([unit("A", 0, 0.4, outline=False)], HALVES)
    assert told(how, "A") == {"N1": (1.0, "centre")}
    assert rebase({"A": 9}, how).rows["N1"].mark == ESTIMATED


def test_the_very_unit_keeps_its_figure_whatever_its_outlines():
    same = unit("A", 0, 1)
    how = shares([same], [replace(same, geometry=None), unit("B", 0, 1)])
    assert told(how, "A") == {"A": (1.0, "same")}


def test_a_code_that_lives_on_in_another_unit_is_not_taken_for_it():
    lineage = [became("A", "A", 1.0), became("B", "A", 1.0)]
    old, new = [unit("A", 0, 0.5), unit("B", 0.5, 1)], [unit("A", 0, 1, new=True)]
    assert told(shares(old, new, lineage), "A") == {"A": (1.0, "stated")}
    back = shares(new, old, lineage)
    assert told(back, "A") == {"A": (0.5, "overlap_of_heirs"), "B": (0.5, "overlap_of_heirs")}


def test_lineage_of_another_reform_plays_no_part():
    other = replace(became("A", "N1", 1.0), changed_on=date(2001, 1, 1))
    assert told(shares([unit("A", 0, 1)], HALVES, [other]), "A") == {"N1": (0.5, "overlap"), "N2": (0.5, "overlap")}


def test_a_stand_in_for_an_outline_is_said():
    (row,) = shares([unit("A", 0, 1, approximate=True)], [unit("N", 0, 1, new=True)]).rows
    assert row.approximate
    assert row.basis is Basis.OVERLAP


@st.composite
def vintages(draw):
    """Two vintages that cut one valley in different places, some lineage between them, and figures."""
    cuts = st.lists(st.integers(1, 39), min_size=0, max_size=6, unique=True).map(lambda at: [0, *sorted(at), 40])
    olds, news = draw(cuts), draw(cuts)
    shift = draw(st.sampled_from([0.0, 0.1, 3.0]))
    drawn = st.booleans()
    old = [unit(f"A{i}", a / 10, b / 10, outline=draw(drawn)) for i, (a, b) in enumerate(itertools.pairwise(olds))]
    new = [
        unit(f"N{i}", a / 10 + shift, b / 10 + shift, new=True, outline=draw(drawn))
        for i, (a, b) in enumerate(itertools.pairwise(news))
    ]
    pairs = st.tuples(st.sampled_from(old), st.sampled_from(new), st.sampled_from([None, 0.25, 1.0]))
    lineage = [became(o.code, n.code, share) for o, n, share in draw(st.lists(pairs, max_size=4))]
    codes = st.sampled_from([*(u.code for u in old), "unknown"])
    return old, new, lineage, draw(st.dictionaries(codes, st.integers(0, 10**12)))


@given(vintages())
def test_totals_are_conserved_to_the_square_metre_for_any_figures_of_any_units(drawn):
    old, new, lineage, values = drawn
    how = shares(old, new, lineage)
    anew = rebase(values, how)
    assert anew.total_m2 == sum(values.values())
    for one in old:
        parts = how.of(one.code)
        assert not parts or sum(row.share for row in parts) == pytest.approx(1.0)
        assert (one.code in how.unplaced) == (not parts)
    assert all(figure.m2 >= 0 for figure in anew.rows.values())
    assert set(how.uncovered) == {u.code for u in new} - {row.new for row in how.rows}


@given(vintages())
def test_a_figure_without_a_mark_is_the_plain_sum_of_what_it_came_from(drawn):
    old, new, lineage, values = drawn
    for figure in rebase(values, shares(old, new, lineage)).rows.values():
        if not figure.mark:
            assert figure.m2 == sum(values[code] for code in figure.sources if values[code])


def test_points_are_placed_by_containment_then_by_the_nearest_within_two_kilometres():
    units = [unit("N1", 0, 0.5, new=True), unit("N2", 0.5, 1.0, new=True)]
    beyond = [geo.GEOD.fwd(104.1, 20.05, 90.0, metres)[:2] for metres in (1500.0, 2500.0)]
    found = place([(104.02, 20.05), *beyond, (0.0, 0.0)], units)
    assert [(at.code, at.distance_m) for at in found] == [
        ("N1", 0.0),
        ("N2", pytest.approx(1500, rel=0.001)),
        ("", None),
        ("", None),
    ]


def test_points_have_no_place_where_there_are_no_outlines():
    assert [at.code for at in place([(104.0, 20.0)], [unit("N", outline=False)])] == [""]


def test_a_day_has_each_piece_of_ground_once():
    stand_in, other = unit("04048", 0, 1, approximate=True), unit("04049", 3, 4, approximate=True)
    map_of_then = unit("3030101", 0, 1)
    official = replace(unit("04048", 0, 0.9, new=True), source="file")
    later = replace(unit("04048", 0, 1, new=True), approximate=True)
    known = [stand_in, other, map_of_then, later, official]
    assert [(u.code, u.approximate) for u in vintage_on(known, EVE)] == [("04049", True), ("3030101", False)]
    assert vintage_on(known, REFORM) == [official]

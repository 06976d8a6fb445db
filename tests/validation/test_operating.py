"""Figures at the patrol's budget, counted by hand on lists small enough to count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.domain import Detectability
from eradication.validation import FALSE, Kind, Searched, between, match, operating

KIND = Kind.SEASON_OUT
PLOTS, AREA = np.array([[0.0, 0.0], [200.0, 0.0]]), np.array([400.0, 3600.0])


def searched(area_m2, hits, visits, km2=100.0):
    keys = tuple(f"p{i}" for i in range(len(area_m2)))
    return Searched(keys, np.array(area_m2, float), np.array(hits, int), visits, km2)


def one(visits):
    """Plots of class A, B, B and C; the list finds the first, the last and the second."""
    return searched([3000, 500, 400, 100], [0, FALSE, 3, 1, FALSE, FALSE], visits)


def test_the_nearest_free_plot_is_taken_in_the_order_of_the_list():
    assert match(np.array([[5.0, 0.0], [190.0, 0.0]]), PLOTS, AREA).tolist() == [0, 1]
    close = np.array([[0.0, 0.0], [40.0, 0.0]])
    assert match(np.array([[18.0, 0.0], [1.0, 0.0]]), close, np.array([400.0, 400.0])).tolist() == [0]
    assert match(np.array([[19.0, 1.0], [20.5, 0.0]]), close, np.array([400.0, 400.0])).tolist() == [0, 1]


def test_the_reach_is_25_m_or_half_the_side_and_15_m():
    assert match(np.array([[24.9, 0.0], [200.0, 44.9]]), PLOTS, AREA).tolist() == [0, 1]
    assert match(np.array([[25.1, 0.0], [200.0, 45.1]]), PLOTS, AREA).tolist() == [FALSE, FALSE]


def test_further_candidates_on_a_plot_already_found_are_left_out():
    assert match(np.array([[1.0, 0], [2.0, 0], [90.0, 90.0]]), PLOTS, AREA).tolist() == [0, FALSE]


def test_recall_counts_plots_of_a_and_b_within_the_visits():
    assert operating.recall([one(3)], KIND).value == pytest.approx(1 / 3)
    assert operating.recall([one(4)], KIND).value == pytest.approx(2 / 3)
    assert operating.recall([one(99)], KIND).value == pytest.approx(2 / 3)
    assert operating.recall([one(99)], KIND, [Detectability.C]).value == 1.0
    assert operating.recall([one(3), one(4)], KIND).n == 6


def test_recall_by_area_weighs_large_plots():
    found = operating.recall_m2([one(3)], KIND)
    assert found.value == pytest.approx(3000 / 3900)
    assert 0 <= found.low < found.value < found.high <= 1


def test_where_all_or_nothing_is_found_the_interval_does_not_collapse():
    for visits, hits in ((2, [0, 1]), (2, [FALSE, FALSE])):
        found = operating.recall_m2([searched([500, 400], hits, visits)], KIND)
        count = operating.recall([searched([500, 400], hits, visits)], KIND)
        assert (found.value, found.low, found.high) == (count.value, count.low, count.high)
        assert found.high - found.low > 0.5
    nothing = operating.hectares_per_100_visits([searched([500, 400], [FALSE, FALSE], 2)], KIND)
    assert (nothing.value, nothing.low, nothing.told()["high"]) == (0.0, 0.0, None)


def test_precision_counts_empty_places_of_a_short_list_as_false():
    assert operating.precision([one(4)], KIND).value == pytest.approx(3 / 4)
    assert operating.precision([one(12)], KIND).value == pytest.approx(3 / 12)


def test_false_candidates_at_fixed_recall():
    assert operating.false_per_1000_km2([one(9)], 0.3, KIND).value == 0.0
    assert operating.false_per_1000_km2([one(9)], 0.6, KIND).value == pytest.approx(10.0)
    never = operating.false_per_1000_km2([one(9)], 0.9, KIND)
    assert (never.value, never.told()["value"]) == (float("inf"), None)
    two = operating.false_per_1000_km2([one(9), one(9)], 0.6, KIND)
    assert (two.value, two.low, two.high) == pytest.approx((10.0, 10.0, 10.0))


def test_hectares_per_hundred_visits():
    found = operating.hectares_per_100_visits([one(4)], KIND)
    assert found.value == pytest.approx((3000 + 100 + 500) / 4 * 100 / 1e4)
    assert found.low < found.value < found.high


def test_recall_by_size_has_every_plot_in_one_size():
    sizes = operating.by_size([one(99)], KIND)
    assert sum(figure.n for _, _, figure in sizes) == 4
    assert [f.value for low, _, f in sizes if low == 350.0] == [0.5]


def test_without_a_plot_nothing_is_said():
    for figure in operating.figures([searched([], [FALSE, FALSE], 2)], KIND):
        if figure.name.startswith("recall"):
            assert (figure.told()["value"], figure.n) == (None, 0)
    assert operating.figures([], KIND)[0].told()["value"] is None


@given(hits=st.lists(st.integers(-1, 5), max_size=12), visits=st.integers(0, 15))
def test_recall_grows_with_visits_and_never_passes_one(hits, visits):
    seen: set[int] = set()
    unique = [h for h in hits if h == FALSE or not (h in seen or seen.add(h))]
    small, large = (
        operating.recall([searched([3000, 900, 800, 700, 600, 100], unique, n)], KIND).value
        for n in (visits, visits + 1)
    )
    assert 0 <= small <= large <= 1


MANY = [500.0] * 40


def lists(found: int, swapped: int = 0) -> Searched:
    """A list that finds so many of forty plots, beginning with another one."""
    return searched(MANY, [(i + swapped) % 40 for i in range(found)], 40)


def test_a_model_that_finds_more_is_not_worse():
    told = between([lists(20)], [lists(30)])
    assert (told.plots, told.champion, told.challenger, told.gain) == (40, 20, 30, 0.25)
    assert told.objection(0.05, 10) == ""


def test_a_model_that_finds_fewer_is_worse():
    assert between([lists(30)], [lists(20)]).objection(0.05, 10) == "found_fewer"


def test_the_same_number_of_other_plots_is_no_proof():
    """Ten lost and ten won: the difference is 0, and might as well be a loss of a tenth."""
    told = between([lists(20)], [lists(20, swapped=10)])
    assert told.gain == 0.0
    assert told.objection(0.05, 10) == "could_be_worse"
    assert between([lists(20)], [lists(20)]).objection(0.05, 10) == ""


def test_few_plots_say_nothing():
    small = searched([500.0] * 9, range(9), 9)
    assert between([small], [small]).objection(0.05, 10) == "too_few_plots"
    assert between([], []).plots == 0


def test_so_few_visits_that_hardly_a_plot_is_found_show_nothing():
    told = between([lists(2)], [lists(2, swapped=2)])
    assert (told.plots, told.gain, told.either) == (40, 0.0, 4)
    assert told.objection(0.5, 10) == "too_few_found"
    assert between([lists(5)], [lists(5)]).objection(0.5, 10) == ""


def test_two_lists_must_have_sought_the_same_plots():
    with pytest.raises(ValueError, match="different plots"):
        between([lists(3)], [searched([1, 2], [0], 40)])
    with pytest.raises(ValueError, match="different plots"):
        between([one(3)], [one(4)])

"""The expected and the lower line, and re-checks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.undetected import Ground, Lists, Recheck, Required, chapman, expected, rechecks


def ground(cells: int, p: list[float], found: list[float] | None = None, name: str = "a") -> Ground:
    return Ground(name, cells, np.array(p, float), np.array(found or [], float))


def test_one_find_in_fifty_searched_cells_is_expected_in_every_fiftieth_that_nobody_searched():
    said = expected([ground(1049, [1.0] * 49, [1.0])])
    assert said is not None
    assert (said.cells, said.finds, said.of) == (20.0, 1, 1049)  # searched whole leaves nothing in 49 of them
    assert 0 < said.low < said.cells < said.high


def test_a_searched_empty_cell_is_believed_less_but_not_clean():
    half = expected([ground(40, [0.5] * 40, [0.5] * 4)])
    rate = 4 / 22
    assert half is not None
    assert half.cells == pytest.approx(40 * rate * 0.5 / (1 - rate * 0.5), abs=0.05)


def test_without_a_find_nothing_is_expected_and_the_interval_says_how_little_that_means():
    said = expected([ground(10_000, [0.5] * 40)])
    assert said is not None
    assert (said.cells, said.low) == (0.0, 0.0)
    assert said.high > 1000


def test_too_little_search_says_nothing():
    assert expected([]) is None
    assert expected([ground(100, [])]) is None
    assert expected([ground(100, [0.5] * 18, [0.9])]) is None


def test_a_stratum_with_too_little_search_gets_the_rate_of_the_whole_and_is_named():
    alone, both = [ground(1000, [1.0] * 19, [1.0])], [ground(1000, [1.0] * 19, [1.0]), ground(100, [], name="b")]
    one, two = expected(alone), expected(both)
    assert one is not None
    assert two is not None
    assert two.without == ("b",)
    assert two.cells == pytest.approx(one.cells + 100 / 20, abs=0.1)


@given(st.lists(st.floats(0.0, 1.0), min_size=20, max_size=60), st.integers(0, 5), st.integers(60, 5000))
def test_what_is_expected_lies_within_its_interval_and_within_the_ground(p, finds, cells):
    said = expected([ground(cells, p, [1.0] * finds)])
    if said is not None:
        assert 0 <= said.low <= said.cells <= said.high <= cells


def test_six_plots_on_both_lists_are_too_few():
    assert chapman(Lists(20, 20, 6, 34)) is None
    assert chapman(Lists(20, 20, 7, 33)) is not None


def test_chapmans_figures():
    """N̂ = 26 · 21 / 11 - 1, V = 26 · 21 · 15 · 10 / (11² · 12)."""
    said = chapman(Lists(25, 20, 10, 35))
    assert said is not None
    assert (said.total, said.plots, said.se) == (48.6, 13.6, 7.5)


def test_plots_on_neither_list_but_known_are_not_missed():
    said = chapman(Lists(25, 20, 10, 60))
    assert said is not None
    assert said.plots == 0.0


@pytest.mark.parametrize(("first", "second"), [(0.6, 0.5), (0.8, 0.4)])
def test_chapman_is_right_on_average_and_twice_its_error_covers_about_nine_of_ten(first, second):
    """Two independent lists of 60 plots, 2,000 times: nominal 95 %, and with so few plots 89 % and more in fact."""
    random, told = np.random.default_rng(7), []
    for _ in range(2000):
        one, two = random.random(60) < first, random.random(60) < second
        said = chapman(Lists(int(one.sum()), int(two.sum()), int((one & two).sum()), int((one | two).sum())))
        if said is not None:
            told.append((said.total, said.se))
    total, se = np.array(told).T
    assert len(told) > 1900
    assert total.mean() == pytest.approx(60, rel=0.02)
    assert (np.abs(total - 60) <= 1.96 * np.maximum(se, 0.5)).mean() >= 0.87


def test_where_easy_plots_are_found_twice_the_estimate_is_too_low():
    random, told = np.random.default_rng(7), []
    for _ in range(1000):
        easy = random.random(60) < 0.5
        one, two = (random.random(60) < np.where(easy, 0.8, 0.2) for _ in range(2))
        said = chapman(Lists(int(one.sum()), int(two.sum()), int((one & two).sum()), int((one | two).sum())))
        told += [said.total] if said else []
    assert np.mean(told) < 50


def test_rechecks_are_counted_and_their_share_has_an_interval():
    drawn = [Recheck(str(k), 0.3, k == 0) for k in range(10)] + [Recheck("x", 0.3, None)]
    said = rechecks(drawn, Required(4, 4, 35))
    assert (said.drawn, said.checked, said.clean, said.live, said.needed) == (11, 10, 9, 1, 11)
    assert said.live_share == pytest.approx(0.1)
    assert (said.low, said.high) == pytest.approx((0.00253, 0.44502), abs=1e-4)
    assert said.large_met
    assert not said.small_met  # one has not been looked at


def test_the_requirement_is_met_by_thirty_per_cent_and_by_nothing_to_do():
    all_clean = [Recheck(str(k), 0.3, False) for k in range(3)]
    assert rechecks(all_clean, Required(2, 2, 10)).small_met
    assert not rechecks(all_clean, Required(2, 2, 11)).small_met
    assert not rechecks(all_clean, Required(2, 1, 10)).large_met
    assert rechecks([], Required(0, 0, 0)).small_met
    assert rechecks([], Required(0, 0, 0)).live_share is None


def test_unequal_chances_weigh_and_count_for_fewer_plots():
    drawn = [Recheck("a", 0.1, True), *(Recheck(str(k), 1.0, False) for k in range(9))]
    said = rechecks(drawn, Required(0, 0, 19))
    assert said.live_share == pytest.approx(10 / 19)
    assert said.high - said.low > 0.7

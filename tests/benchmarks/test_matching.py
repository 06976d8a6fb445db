import numpy as np
import pytest
from benchmarks import matching

PLOTS = np.array([[0.0, 0.0], [200.0, 0.0]])
AREA = np.array([400.0, 3600.0])


def test_the_nearest_free_plot_is_taken_in_score_order():
    assert matching.match(np.array([[5.0, 0.0], [190.0, 0.0]]), PLOTS, AREA).tolist() == [0, 1]


def test_the_reach_is_25_m_or_half_the_side_and_15_m():
    near = np.array([[24.9, 0.0], [200.0, 44.9]])
    far = np.array([[25.1, 0.0], [200.0, 45.1]])
    assert matching.match(near, PLOTS, AREA).tolist() == [0, 1]
    assert matching.match(far, PLOTS, AREA).tolist() == [matching.FALSE, matching.FALSE]


def test_further_candidates_on_a_plot_already_found_are_left_out():
    assert matching.match(np.array([[1.0, 0], [2.0, 0], [90.0, 90.0]]), PLOTS, AREA).tolist() == [0, matching.FALSE]


def test_a_plot_of_class_C_is_a_hit_but_not_a_recall():
    seasons = [matching.Season(np.array([100.0, 400.0]), np.array([0, matching.FALSE, 1]), 10.0)]
    assert matching.precision(seasons).value == 1.0
    assert matching.recall(seasons).value == 0.0


def test_false_candidates_are_counted_where_the_recall_is_reached():
    hits = np.array([matching.FALSE, 0, matching.FALSE, 1])
    seasons = [matching.Season(np.array([400.0, 400.0]), hits, 10.0)]
    assert matching.false_per_1000_km2(seasons).value == pytest.approx(100.0)
    assert matching.false_per_1000_km2(seasons, 1.0).value == pytest.approx(200.0)


def test_an_unreached_recall_is_infinitely_dear():
    seasons = [matching.Season(np.array([400.0]), np.array([matching.FALSE]), 10.0)]
    assert matching.false_per_1000_km2(seasons).value == float("inf")


def test_clopper_pearson_of_a_known_table():
    figure = matching.share(3, 10)
    assert (figure.low, figure.high) == pytest.approx((0.0667, 0.6525), abs=1e-3)

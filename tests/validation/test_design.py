"""Estimators held to published worked examples."""

import numpy as np
import pytest

from eradication.validation import Kind, clopper_pearson, design, share

OLOFSSON = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
"""Olofsson et al. 2014, table 8: rows = map class and stratum, columns = reference; deforestation, forest gain, stable
forest, stable non-forest."""
OLOFSSON_PIXELS = (200_000, 150_000, 3_200_000, 6_450_000)
"""Mapped pixels of 30 m."""

STEHMAN = {
    "stratum": "A" * 10 + "B" * 10 + "C" * 10 + "D" * 10,
    "mapped": "A" * 7 + "B" * 3 + "A" + "B" * 11 + "C" * 6 + "BB" + "D" * 10,
    "true": "AAAAA" + "CBABCA" + "BBBBB" + "AABB" + "CCCCC" + "DDBBA" + "DDDDDDD" + "CCB",
}
"""Stehman 2014, the numerical example of forty units in four strata."""
STEHMAN_SIZES = (40_000, 30_000, 20_000, 10_000)


def units(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(i, j) for i, row in enumerate(matrix) for j, n in enumerate(row) for _ in range(n)]
    mapped, true = np.array(pairs).T
    return mapped, true


@pytest.fixture
def olofsson() -> design.Accuracy:
    mapped, true = units(OLOFSSON)
    return design.accuracy(mapped, true, mapped, OLOFSSON_PIXELS, 4)


def half(estimate: design.Estimate) -> float:
    low, high = estimate.interval()
    return (high - low) / 2


def test_olofsson_2014_overall_user_s_and_producer_s_accuracy(olofsson):
    assert olofsson.overall.value == pytest.approx(0.95, abs=0.005)
    assert half(olofsson.overall) == pytest.approx(0.02, abs=0.005)
    assert [u.value for u in olofsson.user] == pytest.approx([0.88, 0.73, 0.93, 0.96], abs=0.005)
    assert [half(u) for u in olofsson.user] == pytest.approx([0.07, 0.10, 0.04, 0.02], abs=0.005)
    assert [p.value for p in olofsson.producer] == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=0.005)
    # The paper prints 0.23 and 0.01 for the second and the fourth; its own equation 7 gives 0.25 and 0.02.
    assert [half(p) for p in olofsson.producer] == pytest.approx([0.21, 0.25, 0.03, 0.02], abs=0.006)


@pytest.mark.parametrize("k", range(4))
def test_the_ratio_s_variance_is_olofsson_s_equation_7(olofsson, k):
    n, size = OLOFSSON.sum(axis=1), np.array(OLOFSSON_PIXELS, float)
    user, producer = OLOFSSON[k, k] / n[k], olofsson.producer[k].value
    total = (size * OLOFSSON[:, k] / n).sum()
    others = [i for i in range(4) if i != k]
    missed = OLOFSSON[others, k] / n[others]
    terms = size[others] ** 2 * missed * (1 - missed) / (n[others] - 1)
    own = size[k] ** 2 * (1 - producer) ** 2 * user * (1 - user) / (n[k] - 1)
    assert olofsson.producer[k].se == pytest.approx(np.sqrt(own + producer**2 * terms.sum()) / total, rel=1e-3)


def test_olofsson_2014_areas_of_classes(olofsson):
    hectares = 900 / 1e4 * sum(OLOFSSON_PIXELS)
    assert [s.value * hectares for s in olofsson.share] == pytest.approx([21_158, 11_686, 285_770, 581_386], rel=1e-4)
    assert [half(s) * hectares for s in olofsson.share] == pytest.approx([6_158, 3_756, 15_510, 16_282], rel=1e-3)


def test_stehman_2014_strata_other_than_the_map_s_classes():
    stratum, mapped, true = (np.array(["ABCD".index(c) for c in STEHMAN[n]]) for n in ("stratum", "mapped", "true"))
    found = design.accuracy(mapped, true, stratum, STEHMAN_SIZES, 4)
    assert (found.overall.value, found.overall.se) == pytest.approx((0.63, 0.085), abs=0.0006)
    assert (found.user[1].value, found.user[1].se) == pytest.approx((0.574, 0.125), abs=0.0006)
    assert (found.producer[1].value, found.producer[1].se) == pytest.approx((0.794, 0.116), abs=0.0011)
    assert (found.share[0].value, found.share[0].se) == pytest.approx((0.35, 0.082), abs=0.0006)
    assert (found.share[2].value, found.share[2].se) == pytest.approx((0.20, 0.064), abs=0.0006)


def test_a_stratum_nobody_drew_from_leaves_the_estimate_unknown():
    found = design.ratio(np.ones(4), np.ones(4), np.zeros(4, int), (100, 5))
    assert np.isnan(found.value)


def test_drawing_everything_leaves_no_error():
    found = design.ratio(np.array([1.0, 0, 1, 1]), np.ones(4), np.array([0, 0, 1, 1]), (2, 2))
    assert (found.value, found.se) == (0.75, 0.0)


def test_a_share_of_equally_likely_units_is_clopper_pearson_s():
    hit = np.array([True] * 7 + [False] * 13)
    found = design.weighted_share("precision", hit, np.full(20, 0.2))
    plain = share("precision", 7, 20, Kind.DESIGN_BASED)
    assert found.value == plain.value
    # The linearised variance divides by n - 1, so one unit is lost.
    assert (found.low, found.high) == pytest.approx(clopper_pearson(0.35 * 19, 19))


def test_unequal_probabilities_are_made_good_and_the_interval_covers_the_truth():
    """Draws from a population whose answer goes with its probability: unweighted, the share would be far off."""
    random = np.random.default_rng(7)
    p = np.where(np.arange(4000) < 800, 0.4, 0.02)
    truth = np.where(np.arange(4000) < 800, random.random(4000) < 0.6, random.random(4000) < 0.1)
    covered, values = 0, []
    for _ in range(400):
        drawn = random.random(4000) < p
        found = design.weighted_share("precision", truth[drawn], p[drawn])
        values.append(found.value)
        covered += found.low <= truth.mean() <= found.high
    assert np.mean(values) == pytest.approx(truth.mean(), abs=0.01)
    assert covered / 400 >= 0.93


@pytest.mark.parametrize("p", [[0.0, 0.5], [1.2, 0.5], [np.nan, 0.5]])
def test_a_probability_that_is_none_is_refused(p):
    with pytest.raises(ValueError, match="probabilities"):
        design.weighted_share("precision", np.array([True, False]), np.array(p))


def test_nothing_drawn_says_nothing():
    found = design.weighted_share("precision", np.empty(0, bool), np.empty(0))
    assert np.isnan(found.value)
    assert (found.low, found.high, found.n) == (0.0, 1.0, 0)
    assert found.told()["value"] is None


def test_clopper_pearson_of_the_textbook():
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    table = ((81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684), (1, 29, 0.0009, 0.1776))
    for hits, of, low, high in table:
        assert clopper_pearson(hits, of) == pytest.approx((low, high), abs=6e-5)

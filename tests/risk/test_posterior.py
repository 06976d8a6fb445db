"""What a search leaves to believe: identities against simulation, and laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risks import NAMES, simulated
from scipy import stats

from eradication.errors import UnusableInput
from eradication.risk.posterior import (
    expected_m2,
    left,
    left_m2,
    mean_area_m2,
    nothing_left,
    plot_sizes,
)
from eradication.risk.surface import Fit, Intensity, Rows, fit, intensity

MUS = st.floats(1e-6, 50.0)
KS = st.floats(0.05, 100.0)
PS = st.floats(0.0, 1.0)
FOUND = st.integers(0, 20)


def one(mu, k, p, found):
    return left(np.array([mu]), k, np.array([p]), np.array([float(found)]))


def known(weights, names, k=1.0) -> Fit:
    """A belief that is as good as certain."""
    size = len(weights)
    return Fit(tuple(names), np.asarray(weights, float), np.eye(size) * 1e-14, k, 0, 0.0, "expert")


# --- one cell -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "k", "p", "found"), [(0.8, 0.5, 0.4, 0), (0.8, 0.5, 0.4, 1), (3.0, 2.0, 0.7, 2)])
def test_what_is_left_is_what_simulated_searches_leave(mu, k, p, found):
    random = np.random.default_rng(1)
    plots = random.poisson(mu * random.gamma(k, 1 / k, 2_000_000))
    seen = random.binomial(plots, p)
    rest = (plots - seen)[seen == found]
    told = one(mu, k, p, found)
    assert len(rest) > 50_000
    assert told.mean[0] == pytest.approx(rest.mean(), abs=4 * rest.std() / len(rest) ** 0.5)
    assert told.none[0] == pytest.approx((rest == 0).mean(), abs=4 * 0.5 / len(rest) ** 0.5)
    assert (rest <= told.high[0]).mean() >= 0.974
    assert (rest >= told.low[0]).mean() >= 0.974
    if told.high[0] > 0:
        assert (rest <= told.high[0] - 1).mean() < 0.976


def test_summed_over_what_may_be_found_nothing_is_gained_or_lost():
    mu, k, p = 1.3, 0.7, 0.35
    found = np.arange(400.0)
    chance = stats.nbinom.pmf(found, k, k / (k + mu * p))
    rest = left(np.full(400, mu), k, np.full(400, p), found)
    assert chance @ rest.mean == pytest.approx(mu * (1 - p))
    assert chance @ rest.none == pytest.approx((k / (k + mu * (1 - p))) ** k)


def test_a_cell_nobody_searched_keeps_what_was_expected():
    told = one(0.3, 2.0, 0.0, 0)
    assert told.mean[0] == pytest.approx(0.3)
    assert told.none[0] == pytest.approx(stats.nbinom.pmf(0, 2.0, 2.0 / 2.3))


def test_a_search_that_misses_nothing_leaves_nothing():
    told = one(5.0, 0.5, 1.0, 3)
    assert (told.mean[0], told.low[0], told.high[0], told.none[0]) == (0.0, 0.0, 0.0, 1.0)


@given(MUS, KS, PS, PS)
def test_more_search_without_finds_never_raises_what_is_left(mu, k, p, more):
    less, further = one(mu, k, min(p, more), 0), one(mu, k, max(p, more), 0)
    assert further.mean[0] <= less.mean[0] * (1 + 1e-12)
    assert further.none[0] >= less.none[0] * (1 - 1e-12)
    assert further.high[0] <= less.high[0]


@given(MUS, KS, PS, FOUND, FOUND)
def test_finds_raise_what_is_left(mu, k, p, found, more):
    less, further = one(mu, k, p, min(found, more)), one(mu, k, p, max(found, more))
    assert further.mean[0] >= less.mean[0] * (1 - 1e-12)
    assert further.none[0] <= less.none[0] * (1 + 1e-12)


@given(MUS, MUS, KS, PS, FOUND)
def test_riskier_ground_has_more_left(mu, other, k, p, found):
    less, more = one(min(mu, other), k, p, found), one(max(mu, other), k, p, found)
    assert more.mean[0] >= less.mean[0] * (1 - 1e-12)
    assert more.none[0] <= less.none[0] * (1 + 1e-12)


@given(MUS, KS, PS, FOUND)
def test_the_interval_and_the_chance_belong_together(mu, k, p, found):
    told = one(mu, k, p, found)
    assert 0 <= told.low[0] <= told.high[0]
    assert 0 <= told.none[0] <= 1
    assert told.mean[0] >= 0
    assert told.none[0] >= 1 - told.mean[0] - 1e-12  # Markov
    assert (told.high[0] == 0) == (told.none[0] >= 0.975)
    assert told.low[0] == 0 or told.none[0] < 0.025


def test_hardly_any_plots_are_told_exactly():
    told = one(1e-12, 1.0, 0.5, 0)
    assert told.mean[0] == pytest.approx(0.5e-12)
    assert 1 - told.none[0] == pytest.approx(0.5e-12, rel=1e-3)


@pytest.mark.parametrize(
    "broken", [{"mu": -1.0}, {"mu": np.inf}, {"k": 0.0}, {"p": 1.1}, {"p": np.nan}, {"found": -1}, {"mu": np.nan}]
)
def test_numbers_no_search_can_have_given_are_refused(broken):
    with pytest.raises(UnusableInput) as caught:
        one(**({"mu": 1.0, "k": 1.0, "p": 0.5, "found": 0} | broken))
    assert caught.value.kind == "bad_search"
    str(caught.value)


# --- groups of cells ------------------------------------------------------------------------------------------------


def test_where_weights_are_certain_a_group_is_the_product_of_its_cells():
    random = np.random.default_rng(2)
    x = random.normal(0, 1, (300, 2))
    belief = known([-3.0, 0.5, -0.4], ("road", "slope"), k=0.7)
    p, found = random.random(300), random.integers(0, 2, 300).astype(float)
    group = random.integers(-1, 4, 300)
    mu = intensity(belief, x).mean
    none = left(mu, 0.7, p, found).none
    told = nothing_left(belief, x, p, found, group, 5, draws=5)
    assert told == pytest.approx([*(none[group == g].prod() for g in range(4)), 1.0], rel=1e-5)


def test_the_order_of_cells_does_not_matter_and_a_seed_repeats():
    world = simulated(900, 3, plots=40.0)
    rows = world.rows(np.full(900, 0.5), 3)
    belief = fit(rows, NAMES, world.prior, 20)
    group = np.arange(900) % 3
    order = np.random.default_rng(1).permutation(900)
    told = nothing_left(belief, rows.x, rows.p, rows.finds, group, 3)
    assert np.array_equal(told, nothing_left(belief, rows.x, rows.p, rows.finds, group, 3))
    turned = nothing_left(belief, rows.x[order], rows.p[order], rows.finds[order], group[order], 3)
    assert turned == pytest.approx(told)
    assert not np.array_equal(told, nothing_left(belief, rows.x, rows.p, rows.finds, group, 3, seed=1))


def test_more_search_without_finds_makes_nothing_left_likelier():
    world = simulated(400, 4, plots=20.0)
    belief = fit(Rows(world.x, np.full(400, 0.3), np.zeros(400)), NAMES, world.prior, 20)
    group, nothing = np.zeros(400, np.int64), np.zeros(400)
    told = [nothing_left(belief, world.x, np.full(400, p), nothing, group, 1)[0] for p in (0.0, 0.3, 0.9, 1.0)]
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.slow
def test_blocks_of_cells_do_not_matter(monkeypatch):
    world = simulated(500, 5, plots=30.0)
    belief = fit(world.rows(np.full(500, 0.4), 5), NAMES, world.prior, 20)
    told = []
    for at_once in (4_000_000, 700):
        monkeypatch.setattr("eradication.risk.posterior.AT_ONCE", at_once)
        told.append(nothing_left(belief, world.x, np.full(500, 0.4), np.zeros(500), np.arange(500) // 130, 4))
    assert told[0] == pytest.approx(told[1], rel=1e-12)


def calibration(repeats: int) -> tuple[float, float]:
    """Mean chance told that a group is empty, and the share of groups that are."""
    told, true = [], []
    for seed in range(repeats):
        world = simulated(1200, seed, plots=40.0)
        rows = world.rows(np.random.default_rng(seed).uniform(0.2, 0.95, 1200), seed)
        belief = replace(fit(rows, NAMES, world.prior, 1), k=2.0)
        group = np.arange(1200) // 100
        told.append(nothing_left(belief, rows.x, rows.p, rows.finds, group, 12))
        true.append(np.bincount(group, world.plots - rows.finds, 12) == 0)
    return float(np.mean(told)), float(np.mean(true))


@pytest.mark.slow
def test_of_groups_said_to_be_empty_as_many_are_as_is_said():
    told, true = calibration(60)
    assert 0.2 < true < 0.8
    assert told == pytest.approx(true, abs=0.05)


# --- square metres --------------------------------------------------------------------------------------------------


def test_before_any_plot_is_measured_its_area_is_the_assumed_one():
    mean, low, high = mean_area_m2([])
    assert mean == pytest.approx(300 * np.exp(0.5))
    assert low < 300 < mean < high


def test_measured_areas_take_over_from_what_was_assumed():
    random = np.random.default_rng(5)
    areas = random.lognormal(np.log(120), 0.6, 5000)
    mean, low, high = mean_area_m2(areas)
    assert mean == pytest.approx(120 * np.exp(0.18), rel=0.03)
    assert low < mean < high
    assert high / low < 1.06
    few = mean_area_m2(areas[:5])
    assert few[2] / few[1] > 1.7
    assert mean_area_m2([])[0] > few[0] > mean


def test_what_is_no_measure_of_an_area_is_left_out():
    assert mean_area_m2([0.0, -5.0, np.nan, np.inf, 200.0]) == mean_area_m2([200.0])


def test_the_interval_of_the_mean_area_holds_it():
    random, held = np.random.default_rng(6), []
    for _ in range(400):
        median, sigma = np.exp(random.normal(np.log(300), 1 / 10**0.5)), 1.0
        _, low, high = mean_area_m2(random.lognormal(np.log(median), sigma, 8))
        held.append(low <= median * np.exp(sigma**2 / 2) <= high)
    assert np.mean(held) >= 0.93


def test_expected_square_metres_join_both_uncertainties():
    plots = Intensity(np.array([0.02, 0.5]), np.array([0.01, 0.5]), np.array([0.04, 0.5]))
    told, area = expected_m2(plots, []), mean_area_m2([])
    assert told.mean == pytest.approx(plots.mean * area[0])
    assert told.high[1] / told.mean[1] == pytest.approx(area[2] / area[0])
    joined = np.hypot(np.log(2), np.log(area[2] / area[0]))
    assert np.log(told.high[0] / told.mean[0]) == pytest.approx(joined, rel=1e-6)
    assert np.log(told.mean[0] / told.low[0]) == pytest.approx(joined, rel=1e-6)


def test_expected_square_metres_of_no_plots_are_none():
    told = expected_m2(Intensity(*(np.zeros(2),) * 3), [])
    assert not told.mean.any()
    assert not told.low.any()
    assert not told.high.any()


def test_square_metres_left_hold_those_of_simulated_cells():
    random = np.random.default_rng(7)
    mu, k, p = np.full(20_000, 2.0), 1.0, np.full(20_000, 0.5)
    plots = random.poisson(mu * random.gamma(k, 1 / k, 20_000))
    seen = random.binomial(plots, p).astype(float)
    told = left_m2(left(mu, k, p, seen), [])
    sizes = plot_sizes([])
    areas = np.array([random.lognormal(sizes.log_mean, sizes.sigma, n).sum() for n in (plots - seen).astype(int)])
    assert ((told.low <= areas) & (areas <= told.high)).mean() >= 0.95
    assert told.mean.mean() == pytest.approx(areas.mean(), rel=0.05)
    empty = left_m2(left(mu[:1], k, np.ones(1), seen[:1]), [])
    assert (empty.mean[0], empty.low[0], empty.high[0]) == (0.0, 0.0, 0.0)


def test_a_season_of_more_search_without_finds_leaves_less_in_the_whole_area():
    world = simulated(600, 8, plots=30.0)
    rest = []
    for p in (0.0, 0.1, 0.4, 0.8):
        rows = Rows(world.x, np.full(600, p), np.zeros(600))
        belief = fit(rows, NAMES, world.prior, 20)
        rest.append(left(intensity(belief, world.x).mean, belief.k, rows.p, rows.finds).mean.sum())
    assert rest[0] == pytest.approx(30.0)
    assert rest == sorted(rest, reverse=True)

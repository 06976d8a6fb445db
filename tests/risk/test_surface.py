"""The risk surface learns from finds given effort, and from nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risks import NAMES, ground, simulated
from scipy import optimize, stats
from sklearn.linear_model import PoissonRegressor

from eradication.errors import UnusableInput
from eradication.risk import newton
from eradication.risk.factors import BY_NAME
from eradication.risk.surface import Prior, Rows, drawn, expert, fit, intensity

AS_POISSON = (1e9,)


def searched(cells: int, seed: int) -> np.ndarray:
    """Search effort: most cells little, some much."""
    return np.random.default_rng([seed, 5]).beta(0.7, 1.5, cells).clip(1e-4, 1.0)


def no_rows(factors: int) -> Rows:
    return Rows(np.zeros((0, factors)), np.zeros(0), np.zeros(0))


def sd(found) -> np.ndarray:
    return np.sqrt(np.diag(found.covariance))


# --- the experts' belief --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plots", [0.5, 300.0, 1e6])
def test_without_any_find_the_whole_area_is_expected_to_have_the_plots_of_the_settings(plots):
    x = ground(5000, 1)
    prior = expert(NAMES, plots, x)
    found = fit(no_rows(len(NAMES)), NAMES, prior, 20)
    assert found.basis == "expert"
    assert (found.finds, found.searched, found.rows) == (0, 0.0, 0)
    assert intensity(found, x).mean.sum() == pytest.approx(plots)
    assert found.covariance == pytest.approx(np.diag(prior.sd**2))


def test_without_factors_every_cell_is_alike():
    prior = expert((), 30.0, np.zeros((60, 0)))
    found = fit(no_rows(0), (), prior, 20)
    assert intensity(found, np.zeros((60, 0))).mean == pytest.approx(np.full(60, 0.5))


def test_little_data_leave_the_order_of_the_cells_to_the_experts_exactly():
    x = ground(500, 2)
    prior = expert(NAMES, 50.0, x)
    risk = x @ prior.mean[1:]
    finds = np.zeros(500)
    finds[np.argsort(risk)[:5]] = 1  # where experts expect least
    few = fit(Rows(x, np.full(500, 0.5), finds), NAMES, prior, 20)
    assert (few.basis, few.finds) == ("expert", 5)
    assert np.array_equal(few.mean[1:], prior.mean[1:])
    assert np.array_equal(np.argsort(intensity(few, x).mean), np.argsort(risk))
    enough = fit(Rows(x, np.full(500, 0.5), finds), NAMES, prior, 5)
    assert enough.basis == "fitted"
    assert not np.array_equal(np.argsort(intensity(enough, x).mean), np.argsort(risk))


def test_with_little_data_the_level_follows_the_search():
    x = ground(500, 2)
    prior = expert(NAMES, 50.0, x)
    nothing = fit(Rows(x, np.full(500, 0.6), np.zeros(500)), NAMES, prior, 20)
    some = np.zeros(500)
    some[:19] = 1
    much = fit(Rows(x, np.full(500, 0.2), some), NAMES, prior, 20)
    assert nothing.mean[0] < prior.mean[0] - 1 < prior.mean[0] < much.mean[0]
    assert sd(nothing)[0] < prior.sd[0]


def test_ground_without_cells_and_unknown_factors_are_refused():
    for kind, names, x, plots in (
        ("no_cells", NAMES, np.zeros((0, 5)), 300.0),
        ("no_cells", NAMES, ground(5, 1), 0.0),
        ("unknown_factor", ("persons",), np.zeros((3, 1)), 300.0),
    ):
        with pytest.raises(UnusableInput) as caught:
            expert(names, plots, x)
        assert caught.value.kind == kind


# --- finds given effort ---------------------------------------------------------------------------------------------


def coverage(repeats: int, truth=None) -> tuple[float, float]:
    """Share of true weights and of true intensities that their 95 % intervals hold."""
    weights, cells = [], []
    for seed in range(repeats):
        world = simulated(3000, seed, plots=900.0, truth=truth)
        found = fit(world.rows(searched(3000, seed), seed), NAMES, world.prior, 20)
        weights.append(abs(found.mean - world.truth) <= 1.96 * sd(found))
        mu, told = np.exp(world.truth[0] + world.x @ world.truth[1:]), intensity(found, world.x)
        cells.append(((told.low <= mu) & (mu <= told.high)).mean())
    return float(np.mean(weights)), float(np.mean(cells))


def test_intervals_hold_the_true_weights():
    weights, cells = coverage(40)
    assert 0.90 <= weights <= 0.99
    assert 0.88 <= cells <= 0.995


@pytest.mark.slow
@pytest.mark.long
def test_intervals_hold_the_true_weights_over_many_worlds():
    weights, cells = coverage(400)
    assert 0.93 <= weights <= 0.97
    assert 0.92 <= cells <= 0.98


@pytest.mark.slow
def test_intervals_hold_weights_that_experts_got_wrong_once_there_is_much_to_learn_from():
    x = ground(3000, 0)
    prior = expert(NAMES, 900.0, x)
    off = prior.mean + prior.sd * np.array([0.3, -1.5, 1.0, -1.0, 1.5, -1.0])
    weights, _ = coverage(200, off)
    assert weights >= 0.90


def test_more_finds_come_closer_to_the_truth():
    errors = []
    for cells in (500, 20_000):
        world = simulated(cells, 3, plots=0.3 * cells)
        found = fit(world.rows(searched(cells, 3), 3), NAMES, world.prior, 1)
        errors.append(float(np.linalg.norm(found.mean - world.truth)))
        assert found.basis == "fitted"
    assert errors[1] < 0.5 * errors[0]


def test_the_size_k_is_found_where_finds_tell_it():
    for k in (0.2, 10.0):
        world = simulated(20_000, 4, plots=20_000.0, k=k)
        found = fit(world.rows(np.full(20_000, 0.8), 4), NAMES, world.prior, 20)
        assert k / 2.5 <= found.k <= k * 3.1


def test_where_finds_do_not_tell_it_the_size_k_is_the_assumed_one():
    world = simulated(300, 4, plots=3.0)
    assert fit(world.rows(np.full(300, 0.1), 4), NAMES, world.prior, 20).k == newton.USUAL_K


def test_ground_nobody_searched_says_nothing():
    world = simulated(2000, 5)
    rows = world.rows(searched(2000, 5), 5)
    more = Rows(
        np.vstack([rows.x, ground(3000, 6) - 1.0]),
        np.concatenate([rows.p, np.zeros(3000)]),
        np.concatenate([rows.finds, np.ones(3000)]),
    )
    alone, beside = (fit(r, NAMES, world.prior, 20) for r in (rows, more))
    assert np.array_equal(alone.mean, beside.mean)
    assert np.array_equal(alone.covariance, beside.covariance)
    assert alone.k == beside.k
    assert (beside.rows, beside.ignored, beside.ignored_finds) == (2000, 3000, 3000)
    assert (alone.finds, alone.searched) == (beside.finds, beside.searched)


def test_the_order_of_rows_does_not_matter():
    world = simulated(2000, 7)
    rows = world.rows(searched(2000, 7), 7)
    order = np.random.default_rng(1).permutation(2000)
    one, other = (fit(r, NAMES, world.prior, 20) for r in (rows, Rows(rows.x[order], rows.p[order], rows.finds[order])))
    assert one.k == other.k
    assert other.mean == pytest.approx(one.mean, abs=1e-7)
    assert other.covariance == pytest.approx(one.covariance, abs=1e-7)


def test_the_order_of_factors_does_not_matter():
    world = simulated(2000, 7)
    rows = world.rows(searched(2000, 7), 7)
    turn = np.array([3, 0, 4, 2, 1])
    b = np.concatenate([[0], turn + 1])
    one = fit(rows, NAMES, world.prior, 20)
    other = fit(
        Rows(rows.x[:, turn], rows.p, rows.finds),
        [NAMES[i] for i in turn],
        Prior(world.prior.mean[b], world.prior.sd[b]),
        20,
    )
    assert other.mean == pytest.approx(one.mean[b], abs=1e-7)


def test_patrols_that_keep_to_roads_do_not_bend_the_surface_but_a_naive_count_of_finds_does():
    believed = expert(NAMES, 1500.0, ground(8000, 8))
    truth = believed.mean + np.array([0.0, -0.7, 0.5, 0.6, 0.3, -0.7])  # one sd off; far from roads +0.55
    world = simulated(8000, 8, plots=1500.0, truth=truth)
    road = NAMES.index("road")
    p = np.clip(0.6 * np.exp(-2.0 * (world.x[:, road] + 0.7)), 0.0, 0.9)
    p[world.x[:, road] > 1.0] = 0.0
    rows = world.rows(p, 8)
    found = fit(rows, NAMES, world.prior, 20)
    naive = PoissonRegressor(alpha=0.0, max_iter=1000).fit(world.x, rows.finds)
    at = 1 + road
    assert naive.coef_[road] < -1.0  # "plots are near roads": where patrols are
    assert abs(found.mean[at] - truth[at]) < 2.5 * sd(found)[at]
    assert abs(found.mean[at] - truth[at]) < 0.25
    mu = np.exp(truth[0] + world.x @ truth[1:])
    ours = stats.spearmanr(intensity(found, world.x).mean, mu).statistic
    theirs = stats.spearmanr(naive.predict(world.x), mu).statistic
    assert ours > 0.95
    assert theirs < 0.7


# --- the mathematics ------------------------------------------------------------------------------------------------


def test_with_k_without_end_it_is_the_poisson_regression_of_another_library():
    world = simulated(3000, 9)
    rows = world.rows(searched(3000, 9), 9)
    tau = 0.5
    prior = Prior(np.zeros(6), np.array([1e4, *[tau] * 5]))
    ours = fit(rows, NAMES, prior, 1, sizes=AS_POISSON)
    other = PoissonRegressor(alpha=1 / (tau**2 * rows.p.sum()), tol=1e-10, max_iter=10_000)
    other.fit(rows.x, rows.finds / rows.p, sample_weight=rows.p)
    assert ours.mean[0] == pytest.approx(other.intercept_, abs=1e-4)
    assert ours.mean[1:] == pytest.approx(other.coef_, abs=1e-4)


@pytest.mark.parametrize("k", [0.3, 4.0])
def test_the_peak_is_that_of_a_general_optimiser_and_the_covariance_its_curvature(k):
    world = simulated(800, 10, plots=400.0, k=k)
    rows, prior = world.rows(searched(800, 10), 10), world.prior

    def against(b: np.ndarray) -> float:
        m = rows.p * np.exp(b[0] + rows.x @ b[1:])
        belief = stats.norm.logpdf(b, prior.mean, prior.sd).sum()
        return -float(stats.nbinom.logpmf(rows.finds.astype(int), k, k / (k + m)).sum() + belief)

    ours = fit(rows, NAMES, prior, 1, sizes=(k,))
    theirs = optimize.minimize(against, prior.mean, method="BFGS", options={"gtol": 1e-6})
    assert against(ours.mean) <= theirs.fun + 1e-6
    assert ours.mean == pytest.approx(theirs.x, abs=1e-3)
    h = 1e-3
    steps = np.eye(6) * h
    bent = np.array(
        [
            [
                against(ours.mean + a + b)
                - against(ours.mean + a - b)
                - against(ours.mean - a + b)
                + against(ours.mean - a - b)
                for b in steps
            ]
            for a in steps
        ]
    ) / (4 * h * h)
    assert ours.covariance == pytest.approx(np.linalg.inv(bent), rel=1e-2, abs=1e-5)


def test_the_evidence_for_a_k_is_the_integral_over_the_weights():
    x, names = np.zeros((200, 0)), ()
    finds = np.random.default_rng(3).negative_binomial(0.5, 0.5, 200).astype(float)
    prior = expert(names, 100.0, x)
    task = newton.Task(x, np.zeros(200), finds, prior.mean, 1 / prior.sd**2, np.full(1, -np.inf), np.full(1, np.inf))

    def integral(k: float) -> float:
        b = np.linspace(-6, 6, 4001)
        m = np.exp(b)
        each = stats.nbinom.logpmf(finds[:, None].astype(int), k, k / (k + m)).sum(axis=0)
        each += stats.norm.logpdf(b, prior.mean[0], prior.sd[0])
        return float(np.log(np.trapezoid(np.exp(each - each.max()), b)) + each.max())

    ours = [newton.peak(task, k, prior.mean).evidence for k in (0.2, 0.5, 5.0)]
    theirs = [integral(k) for k in (0.2, 0.5, 5.0)]
    assert np.diff(ours) == pytest.approx(np.diff(theirs), abs=0.02)


def test_a_factor_with_a_sign_never_crosses_zero_whatever_finds_say():
    names = ("past_near", "road", "past_density")
    x = ground(3000, 11, names)
    truth = np.array([-1.0, 0.8, 0.3, -0.7])  # growers keep away from earlier plots
    world = simulated(3000, 11, truth=truth, names=names)
    found = fit(world.rows(np.full(3000, 0.5), 11), names, world.prior, 20)
    assert found.mean[1] == found.mean[3] == 0.0
    assert found.mean[2] == pytest.approx(0.3, abs=0.2)
    weights = drawn(found, 500, 1)
    assert (weights[:, 1] <= 0).all()
    assert (weights[:, 3] >= 0).all()
    # at the bound the peak is that of the model without the held factors
    alone = expert(("road",), 800.0, x[:, 1:2])
    rows = world.rows(np.full(3000, 0.5), 11)
    free = fit(
        Rows(x[:, 1:2], rows.p, rows.finds),
        ("road",),
        Prior(np.array([world.prior.mean[0], alone.mean[1]]), alone.sd),
        20,
        sizes=(found.k,),
    )
    assert found.mean[[0, 2]] == pytest.approx(free.mean, abs=1e-6)


def test_within_its_sign_a_factor_is_free():
    names = ("past_near", "road")
    world = simulated(6000, 12, plots=2000.0, truth=np.array([-1.0, -0.8, 0.3]), names=names)
    found = fit(world.rows(np.full(6000, 0.5), 12), names, world.prior, 20)
    assert found.mean[1] == pytest.approx(-0.8, abs=0.15)
    assert BY_NAME["past_near"].weight == -0.4


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([1e-3, 1.0, 30.0, 1000.0]), st.sampled_from([0, 1, 50, 1_000_000]),
    st.sampled_from([1e-12, 1e-3, 1.0]),
)  # fmt: skip
def test_no_numbers_break_it(seed, scale, most, p):
    random = np.random.default_rng(seed)
    x = random.normal(0, scale, (30, 5))
    prior = expert(NAMES, 300.0, x)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = fit(Rows(x, np.full(30, p), random.integers(0, most + 1, 30).astype(float)), NAMES, prior, 20)
        told = intensity(found, x)
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.covariance).all()
    assert (np.linalg.eigvalsh(found.covariance) > -1e-12).all()
    for part in (told.low, told.mean, told.high):
        assert np.isfinite(part).all()
    assert (told.low <= told.mean).all()
    assert (told.mean <= told.high).all()


@pytest.mark.parametrize(
    "broken",
    [
        {"p": np.array([0.5, 1.5])},
        {"p": np.array([0.5, np.nan])},
        {"p": np.array([0.5, -0.1])},
        {"finds": np.array([0.0, -1.0])},
        {"finds": np.array([0.0, np.nan])},
        {"x": np.full((2, 5), np.nan)},
        {"x": np.zeros((2, 4))},
        {"p": np.array([0.5])},
    ],
)
def test_rows_no_search_can_have_made_are_refused(broken):
    rows = replace(Rows(np.zeros((2, 5)), np.array([0.5, 0.5]), np.zeros(2)), **broken)
    with pytest.raises(UnusableInput) as caught:
        fit(rows, NAMES, expert(NAMES, 30.0, ground(10, 1)), 20)
    assert caught.value.kind == "bad_rows"
    str(caught.value)


def test_draws_of_the_weights_are_the_belief_and_repeat_by_seed():
    world = simulated(2000, 13)
    found = fit(world.rows(searched(2000, 13), 13), NAMES, world.prior, 20)
    weights = drawn(found, 20_000, 4)
    assert np.array_equal(weights, drawn(found, 20_000, 4))
    assert weights.mean(axis=0) == pytest.approx(found.mean, abs=0.02)
    assert np.cov(weights.T) == pytest.approx(found.covariance, abs=0.01)


@pytest.mark.slow
def test_a_province_of_five_seasons_is_fitted_in_seconds():
    import time

    world = simulated(226_000, 14, plots=300.0)
    x = np.concatenate([world.x] * 5)
    p = searched(len(x), 14)
    finds = np.random.default_rng(1).binomial(np.tile(world.plots, 5), p).astype(float)
    began = time.process_time()
    found = fit(Rows(x, p, finds), NAMES, world.prior, 20)
    assert time.process_time() - began < 20
    assert found.rows == 1_130_000


def test_the_interval_of_a_cell_is_that_of_draws_of_the_weights():
    world = simulated(1500, 15, plots=100.0)
    found = fit(world.rows(searched(1500, 15), 15), NAMES, world.prior, 20)
    weights = drawn(found, 20_000, 2)
    cells = world.x[:50]
    told = intensity(found, cells)
    eta = weights[:, :1] + weights[:, 1:] @ cells.T
    low, high = np.quantile(eta, [0.025, 0.975], axis=0)
    assert np.log(told.low) == pytest.approx(low, abs=0.06)
    assert np.log(told.high) == pytest.approx(high, abs=0.06)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_between_bounds_the_peak_is_where_nothing_climbs_any_more(seed):
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (120, 1)) + random.normal(0, 0.3, (120, 4))  # factors much alike
    finds = random.poisson(np.exp(x @ random.normal(0, 0.7, 4))).astype(float)
    least, most = np.array([-np.inf, 0, 0, -np.inf, 0]), np.array([np.inf, np.inf, np.inf, 0, np.inf])
    task = newton.Task(x, np.zeros(120), finds, np.zeros(5), np.full(5, 0.1), least, most)
    top = newton.peak(task, 1.0, np.zeros(5))

    def climb(b: np.ndarray) -> np.ndarray:
        m = np.exp(b[0] + x @ b[1:])
        slope = (finds - m) / (1.0 + m)
        return np.concatenate([[slope.sum()], slope @ x]) - 0.1 * b

    gradient = climb(top.at)
    held = (top.at <= least) | (top.at >= most)
    assert abs(gradient[~held]).max() < 1e-3
    assert (gradient[(top.at <= least) & held] < 1e-6).all()
    assert (gradient[(top.at >= most) & held] > -1e-6).all()

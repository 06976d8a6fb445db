"""Sums over communes: draws are summed, never the ends of cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication.risk import posterior, sums
from eradication.risk.surface import Fit


def fit(sd=1e-9, k=2.0, level=-2.0):
    return Fit(("slope",), np.array([level, 0.5]), np.diag([sd**2, sd**2]), k, 0, 0.0, "expert")


def cells(size, groups, *, p=0.3, share=1.0, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(size, 1))
    found = random.poisson(0.2, size).astype(float)
    group = random.integers(0, groups, size)
    return x, sums.Cells(np.full(size, p), found, group, x, np.full(size, share))


def test_sure_weights_give_the_plain_sum_and_the_chance_of_the_posterior():
    x, some = cells(60, 3)
    told = sums.by_group(fit(), x, some, 3)
    mu = np.exp(-2.0 + 0.5 * x[:, 0])
    by_hand = [mu[some.group == n].sum() for n in range(3)]
    assert told.expected_low == pytest.approx([*by_hand, mu.sum()], rel=1e-6)
    assert told.expected_high == pytest.approx([*by_hand, mu.sum()], rel=1e-6)
    left = posterior.left(mu, 2.0, some.p, some.found)
    none = [left.none[some.group == n].prod() for n in range(3)]
    assert told.none == pytest.approx([*none, left.none.prod()], rel=1e-6)


def test_the_chance_that_nothing_is_left_is_that_of_the_posterior_for_the_same_draws():
    x, some = cells(300, 4)
    uncertain = fit(sd=0.4)
    told = sums.by_group(uncertain, x, some, 4, draws=50, seed=7)
    other = posterior.nothing_left(uncertain, x, some.p, some.found, some.group, 4, draws=50, seed=7)
    assert told.none[:4] == pytest.approx(other)


def test_the_interval_of_what_is_left_holds_it_95_times_of_a_hundred():
    random = np.random.default_rng(5)
    x, some = cells(400, 1, seed=2)
    mu = np.exp(-2.0 + 0.5 * x[:, 0])
    told = sums.by_group(fit(), x, some, 1, draws=2000)
    gamma = random.gamma(2.0 + some.found, 1.0 / (2.0 + mu * some.p), (4000, 400))
    true = random.poisson(gamma * mu * (1.0 - some.p)).sum(axis=1)
    held = ((told.left_low[0] <= true) & (true <= told.left_high[0])).mean()
    assert 0.93 <= held <= 0.985


def test_a_group_without_cells_has_nothing_and_blocks_change_nothing(monkeypatch):
    x, some = cells(500, 5)
    some.group[some.group == 2] = 3
    whole = sums.by_group(fit(sd=0.3), x, some, 5)
    assert whole.none[2] == 1.0
    assert whole.left_high[2] == whole.expected_high[2] == 0.0
    monkeypatch.setattr(sums, "AT_ONCE", 200 * 7)
    parts = sums.by_group(fit(sd=0.3), x, some, 5)
    assert parts.none == pytest.approx(whole.none)
    assert parts.expected_high == pytest.approx(whole.expected_high)
    assert parts.left_high == pytest.approx(whole.left_high, abs=1)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 50))
def test_fewer_counted_never_leave_more(share, p, seed):
    x, some = cells(40, 2, p=p, share=share, seed=seed)
    _, whole = cells(40, 2, p=p, seed=seed)
    told, all_of_it = sums.by_group(fit(sd=0.2), x, some, 2), sums.by_group(fit(sd=0.2), x, whole, 2)
    assert (told.none >= all_of_it.none - 1e-12).all()
    assert (told.expected_high <= all_of_it.expected_high + 1e-12).all()
    assert (told.left_low <= told.left_high).all()


def test_what_was_refuted_lowers_what_is_left_and_not_what_was_expected():
    x, some = cells(40, 1)
    lower = sums.Cells(some.p, some.found, some.group, x - 2.0, some.share)
    before, after = sums.by_group(fit(), x, some, 1), sums.by_group(fit(), x, lower, 1)
    assert after.expected_high == pytest.approx(before.expected_high)
    assert after.none[0] > before.none[0]

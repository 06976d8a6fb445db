"""The price of "nothing left": the fewest searches that make it sure enough, and honest where none do."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risks import NAMES, simulated

from eradication.errors import UnusableInput
from eradication.risk.posterior import Search, left, nothing_left, price, price_of
from eradication.risk.surface import Fit, drawn, fit


def place(seed=1, cells=40):
    random = np.random.default_rng(seed)
    return random.gamma(0.4, 0.3, cells), random.uniform(0, 0.8, cells), random.integers(0, 2, cells).astype(float)


def chance(mu, k, p, found, times, once):
    odds = mu * (1 - p) / (k + mu * p)
    return float(np.prod((1 + odds * (1 - once) ** times) ** -(k + found)))


def test_today_is_the_product_of_what_the_search_left():
    mu, p, found = place()
    group = np.arange(40) % 3
    told = price(mu, 0.7, p, found, group, Search(0.3, 0.75), groups=4, sure=0.9)
    none = left(mu, 0.7, p, found).none
    assert told.now == pytest.approx([*(none[group == g].prod() for g in range(3)), 1.0])
    assert (told.searches[3], told.hours[3], told.reached[3]) == (0, 0.0, True)


def test_it_is_the_fewest_searches_of_all_ways_to_search():
    mu, p, found = np.array([0.9, 0.3, 0.05]), np.array([0.0, 0.4, 0.0]), np.array([0.0, 1.0, 0.0])
    told = price(mu, 1.5, p, found, np.zeros(3, np.int64), Search(0.45, 0.5, 12), groups=1, sure=0.85)
    fewest = min(
        sum(times)
        for times in itertools.product(range(13), repeat=3)
        if chance(mu, 1.5, p, found, np.array(times), 0.45) >= 0.85
    )
    assert told.searches[0] == fewest
    assert told.reached[0]
    assert told.then[0] >= 0.85 > told.now[0]
    assert told.hours[0] == fewest * 0.5


def test_the_chance_told_is_that_of_simulated_searches_whatever_they_find():
    mu, k, p = np.array([0.9, 0.4]), 0.8, np.array([0.3, 0.0])
    told = price(mu, k, p, np.zeros(2), np.zeros(2, np.int64), Search(0.5, 1.0), groups=1, sure=0.9)
    random, runs = np.random.default_rng(3), 400_000
    plots = random.poisson(mu * random.gamma(k, 1 / k, (runs, 2)))
    seen = random.binomial(plots, p)
    rest = (plots - seen)[(seen == 0).all(axis=1)]
    for times in itertools.product(range(9), repeat=2):
        if sum(times) == told.searches[0] and chance(mu, k, p, 0.0, np.array(times), 0.5) == pytest.approx(
            told.then[0]
        ):
            after = random.binomial(rest, (1 - 0.5) ** np.array(times))
            assert (after.sum(axis=1) == 0).mean() == pytest.approx(told.then[0], abs=0.004)
            return
    pytest.fail("no way to search has the chance that was told")


def test_a_cell_that_takes_longer_is_searched_later():
    mu = np.full(2, 0.1)
    zero = np.zeros(2)
    told = price(mu, 1.0, zero, zero, np.zeros(2, np.int64), Search(0.9, np.array([5.0, 1.0])), groups=1, sure=0.87)
    assert (told.searches[0], told.hours[0]) == (1, 1.0)


def test_where_no_search_is_enough_it_says_so_and_prices_the_most():
    mu, zero = np.full(200, 0.5), np.zeros(200)
    told = price(mu, 1.0, zero, zero, np.zeros(200, np.int64), Search(0.2, 0.5, 3), groups=1, sure=0.9)
    assert not told.reached[0]
    assert told.then[0] < 0.9
    assert (told.searches[0], told.cells[0], told.hours[0]) == (600, 200, 300.0)


def test_ground_that_is_sure_already_costs_nothing():
    told = price(
        np.full(5, 1e-4), 1.0, np.zeros(5), np.zeros(5), np.zeros(5, np.int64), Search(0.3, 1.0), groups=1, sure=0.9
    )
    assert (told.searches[0], told.hours[0], told.reached[0]) == (0, 0.0, True)


def test_cells_of_no_group_are_not_priced():
    mu, p, found = place()
    group = np.where(np.arange(40) < 20, 0, -1)
    one = price(mu, 1.0, p, found, group, Search(0.3, 1.0), groups=1)
    other = price(mu[:20], 1.0, p[:20], found[:20], group[:20], Search(0.3, 1.0), groups=1)
    assert (one.now[0], one.hours[0], one.cells[0]) == (other.now[0], other.hours[0], other.cells[0])


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.05, 0.98), st.floats(0.05, 0.98), st.floats(0.05, 0.9))
def test_more_certainty_never_costs_less(seed, one, other, once):
    mu, p, found = place(seed)
    low, high = (
        price(mu, 1.0, p, found, np.zeros(40, np.int64), Search(once, 1.0), groups=1, sure=sure)
        for sure in sorted((one, other))
    )
    assert low.hours[0] <= high.hours[0]
    assert low.then[0] <= high.then[0] * (1 + 1e-12)
    assert low.now[0] == high.now[0] <= low.then[0]
    assert low.reached[0] == (low.then[0] >= min(one, other))


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.0, 1.0))
def test_the_order_of_cells_does_not_matter_and_searched_ground_without_finds_costs_less(seed, further):
    mu, p, _ = place(seed)
    zero, group = np.zeros(40), np.zeros(40, np.int64)
    told = price(mu, 1.0, p, zero, group, Search(0.3, 1.0), groups=1)
    turned = price(mu[::-1], 1.0, p[::-1], zero, group, Search(0.3, 1.0), groups=1)
    assert turned.hours[0] == told.hours[0]
    searched = price(mu, 1.0, p + (1 - p) * further, zero, group, Search(0.3, 1.0), groups=1)
    assert searched.hours[0] <= told.hours[0]
    assert searched.now[0] >= told.now[0] * (1 - 1e-12)


def test_certain_weights_give_the_same_price():
    world = simulated(300, 4, plots=10.0)
    belief = Fit(NAMES, world.truth, np.eye(6) * 1e-16, 1.0, 0, 0.0, "expert")
    mu = np.exp(world.truth[0] + world.x @ world.truth[1:])
    p, zero, group = np.full(300, 0.2), np.zeros(300), np.arange(300) % 2
    one = price(mu, 1.0, p, zero, group, Search(0.3, 0.75), groups=2)
    other = price_of(belief, world.x, (p, zero), group, Search(0.3, 0.75), groups=2, draws=3)
    assert other.now == pytest.approx(one.now, rel=1e-6)
    assert np.array_equal(one.searches, other.searches)


def test_uncertain_weights_are_in_the_chance_as_the_map_tells_it():
    world = simulated(300, 5, plots=10.0)
    rows = world.rows(np.full(300, 0.4), 5)
    belief = fit(rows, NAMES, world.prior, 20)
    group = np.arange(300) % 3
    told = price_of(belief, rows.x, (rows.p, rows.finds), group, Search(0.4, 0.75), groups=3, draws=200, sure=0.95)
    assert told.now == pytest.approx(nothing_left(belief, rows.x, rows.p, rows.finds, group, 3, draws=200))
    assert told.reached.all()
    assert (told.then >= 0.95).all()
    assert (told.then < 0.96).all()


@pytest.mark.parametrize(
    ("search", "sure"),
    [
        (Search(0.0, 1.0), 0.9),
        (Search(1.0, 1.0), 0.9),
        (Search(0.5, 0.0), 0.9),
        (Search(0.5, 1.0, 0), 0.9),
        (Search(0.5, 1.0), 1.0),
        (Search(0.5, 1.0), 0.0),
        (Search(np.nan, 1.0), 0.5),
    ],
)
def test_a_search_that_costs_nothing_or_finds_all_is_refused(search, sure):
    mu, p, found = place()
    with pytest.raises(UnusableInput) as caught:
        price(mu, 1.0, p, found, np.zeros(40, np.int64), search, groups=1, sure=sure)
    assert caught.value.kind == "bad_price"
    str(caught.value)


def test_the_interval_is_that_of_what_each_draw_of_the_weights_would_take():
    world = simulated(120, 6, plots=6.0)
    belief = Fit(NAMES, world.truth, np.eye(6) * 0.05, 1.0, 0, 0.0, "expert")
    zero, group = np.zeros(120), np.zeros(120, np.int64)
    ask = {"groups": 1, "sure": 0.8}
    told = price_of(belief, world.x, (zero, zero), group, Search(0.3, 0.75, 60), draws=40, **ask)
    each = drawn(belief, 40, 0)
    mu = np.exp(each[:, :1] + each[:, 1:] @ world.x.T)
    alone = [price(one, 1.0, zero, zero, group, Search(0.3, 0.75, 60), **ask).hours[0] for one in mu]
    assert told.hours_low[0] <= told.hours[0] <= told.hours_high[0]
    # Each draw alone is searched in its own best order, so it takes hardly less than in the common one.
    assert told.hours_low[0] == pytest.approx(np.quantile(alone, 0.025, method="inverted_cdf"), rel=0.1, abs=1.0)
    assert told.hours_high[0] == pytest.approx(np.quantile(alone, 0.975, method="inverted_cdf"), rel=0.1)
    few = price_of(belief, world.x, (zero, zero), group, Search(0.1, 0.75, 1), draws=40, **ask)
    assert few.hours_high[0] == np.inf  # the most searches of every cell are not enough

"""What a place is worth, by hand; which places a route is sought among; old places."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication import planning
from eradication.planning import shared_out
from eradication.risk import reuse, worth

FIRST, LAST = date(2026, 1, 15), date(2026, 4, 30)


def test_a_prize_by_hand():
    # A week before the first lancing of 105 days: half and eight times τ = 14 days away, so that it is lanced before
    # anybody comes by has the chance (exp(-0.5) - exp(-8)) ÷ 7.5 = 0.0808; a chance of 0.2 and 800 m² make 160 m².
    m2 = worth.of_look(np.array([0.2]), 800.0)
    assert m2 * worth.urgency(FIRST, LAST, FIRST - timedelta(days=7)) == pytest.approx([160.0 * 1.16166], rel=1e-4)
    # A rosette is seen with 0.1 and a grown plant with 0.5: a fifth.
    assert worth.of_look(np.array([0.2]), 800.0, worth.recognised(0.1, 0.5)) == pytest.approx([32.0])
    assert worth.recognised(0.9, 0.5) == 1.0
    assert worth.recognised(0.0, 0.5) == worth.HARDLY
    assert worth.of_search(np.array([0.05]), 400.0, np.array([0.3])) == pytest.approx([6.0])
    # 0.15, and half of the cell was searched: 0.15 · 0.5 ÷ (1 − 0.15 · 0.5)
    assert worth.after_search(np.array([0.15]), np.array([0.5])) == pytest.approx([0.075 / 0.925])


def test_urgency_rises_every_day_and_ends_with_the_last_lancing():
    days = [FIRST + timedelta(days=k) for k in range(-100, (LAST - FIRST).days + 1)]
    told = [worth.urgency(FIRST, LAST, day) for day in days]
    assert told[-1] == max(told) == worth.MOST_URGENT == 3.0
    steps = np.diff(told)
    assert (steps > 0).all()  # so it ranks on every day: of two places the one with less time left comes first
    assert steps.max() < 0.08
    assert 1.0 < told[0] < 1.001
    assert worth.urgency(FIRST, LAST, LAST + timedelta(days=1)) == 0.0


@given(st.integers(0, 120), st.integers(1, 60), st.integers(-80, 119))
def test_of_two_places_the_one_with_less_time_left_is_the_more_urgent(days, later, day):
    first, last, day = FIRST, FIRST + timedelta(days=days), FIRST + timedelta(days=min(day, days))
    mine = worth.urgency(first, last, day)
    assert 1.0 < mine <= 3.0
    moved = timedelta(days=later)
    assert mine > worth.urgency(first + moved, last + moved, day)
    assert mine > worth.urgency(first, last + moved, day)


def test_urgency_is_the_chance_that_it_is_lanced_before_the_next_visit():
    random, day = np.random.default_rng(4), FIRST + timedelta(days=40)
    lanced = random.uniform(0.0, (LAST - day).days, 400_000)
    lost = float((random.exponential(worth.SOON_DAYS, 400_000) > lanced).mean())
    assert worth.urgency(FIRST, LAST, day) == pytest.approx(1.0 + 2.0 * lost, abs=0.01)


def test_of_each_kind_those_worth_most_for_their_time_and_what_one_leaves_the_other_may_have():
    prize = np.array([100.0, 50.0, 0.0, 9.0, 8.0, 7.0])
    searched = np.array([False, False, False, True, True, True])
    service, way = np.full(6, 1200.0), np.array([8000.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert worth.promising(prize, service, way, searched, (1, 1)) == [1, 3]  # 100 m² so far away are less an hour
    assert worth.promising(prize, service, way, searched, (4, 1)) == [1, 0, 3, 4, 5]
    assert worth.promising(prize, service, way, searched, (1, 2)) == [1, 3, 4]


def test_last_seasons_places_have_the_share_and_older_ones_half_of_it_for_every_two_seasons():
    told = reuse.chances(np.array([1, 1, 3, 5]), reuse.rate(0, 0))
    assert told == pytest.approx(reuse.REUSE * np.array([1.0, 1.0, 0.5, 0.25]))
    assert reuse.chances(np.array([3, 3, 3]), 0.2) == pytest.approx(0.1)  # also where all are of one age
    assert reuse.rate(90, 30) == pytest.approx((1.5 + 30) / 100)
    assert reuse.chances(np.array([1, 30]), reuse.rate(0.5, 40)).max() == reuse.MOST
    assert len(reuse.chances(np.empty(0, np.int64), 0.2)) == 0


@given(st.integers(1, 8), st.integers(0, 2**31))
def test_returns_to_places_of_any_age_tell_how_many_of_last_season_are_planted_again(age, seed):
    fade, truth, made = float(reuse.fading(np.array(age))), 0.3, 40_000
    again = int(np.random.default_rng(seed).binomial(made, truth * fade))
    assert reuse.rate(made * fade, again) == pytest.approx(truth, abs=6.0 * (truth / (made * fade)) ** 0.5)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=12), st.randoms())
def test_who_looks_at_the_chosen_places_looks_at_all_and_at_none_twice(places, random):
    xy = np.array(places, float).reshape(-1, 2)
    likely = np.array([random.random() for _ in places])
    chosen = reuse.apart(xy, likely)
    gaps = np.hypot(*(xy[chosen][:, None] - xy[chosen][None]).transpose(2, 0, 1))
    assert (gaps[~np.eye(len(chosen), dtype=bool)] > reuse.ROUND_M).all()
    if len(xy):
        assert (reuse.nearest_m(xy, xy[chosen]) <= reuse.ROUND_M).all()


@given(st.integers(0, 9), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_draws_are_divided_by_the_stops_of_units(count, stops):
    told = shared_out(count, stops)
    assert sum(told) == count
    assert all(abs(own - count * one / sum(stops)) < 1 for own, one in zip(told, stops, strict=True))


@given(st.lists(st.floats(0.0, 1e4), min_size=1, max_size=40))
def test_draws_go_by_what_is_expected_and_leave_nothing_out(expected):
    m2 = np.array(expected)
    size = worth.of_draw(m2)
    assert (size >= m2).all()
    assert (size >= 0.5 * m2.mean() * (1 - 1e-12)).all()
    order = np.argsort(m2)
    assert (np.diff(size[order]) >= 0.0).all()


def test_draws_by_what_is_expected_tell_the_m2_of_the_list_truly_and_better_than_even_ones():
    rng = np.random.default_rng(3)
    area, chance = rng.lognormal(6.5, 0.8, 400), rng.beta(1.0, 9.0, 400)
    stood = area * (rng.random(400) < chance)
    totals = {}
    for name, size in (("expected", worth.of_draw(area * chance)), ("even", np.ones(400))):
        told = []
        for seed in range(600):
            drawn, odds = planning.draw(size, 40, seed)
            told.append((stood[drawn] / odds[drawn]).sum())
        totals[name] = np.array(told)
    assert totals["expected"].mean() == pytest.approx(stood.sum(), rel=0.05)
    assert totals["expected"].std() < 0.8 * totals["even"].std()

"""Which candidates are visited next, and that a draw's probabilities are what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eradication import planning
from eradication.errors import UnusableInput
from eradication.planning import Open, Shares, Why

LINE = 0.6


def frame(count: int, seed: int = 0) -> list[Open]:
    random = np.random.default_rng(seed)
    return [Open(f"p{k:03d}", float(s), bool(s > 0.97)) for k, s in enumerate(random.uniform(LINE, 1, count))]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.data())
def test_inclusion_probabilities_are_probabilities_and_sum_to_the_draw(size, data):
    count = data.draw(st.integers(1, len(size)))
    odds = planning.inclusion(np.array(size), count)
    assert ((odds > 0) & (odds <= 1)).all()
    assert odds.sum() == pytest.approx(count)
    drawn, again = (planning.draw(np.array(size), count, seed=3) for _ in range(2))
    assert len(drawn[0]) == count
    assert np.array_equal(drawn[0], again[0])
    assert drawn[1] == pytest.approx(odds)


def test_units_are_drawn_as_often_as_their_probability_says():
    size = np.random.default_rng(1).uniform(0.1, 1, 40)
    size[3] = 30.0
    times = np.zeros(40)
    repeats = 4000
    for seed in range(repeats):
        drawn, odds = planning.draw(size, 9, seed)
        times[drawn] += 1
    assert odds[3] == 1
    error = np.sqrt(odds * (1 - odds) / repeats)
    assert (np.abs(times / repeats - odds) <= 4.5 * error + 1e-12).all()


def test_a_list_has_every_kind_and_no_place_twice():
    stops = planning.choose(frame(400), 60, Shares(), LINE, seed=5)
    kinds = [stop.why for stop in stops]
    assert len({stop.plot_id for stop in stops}) == len(stops) == 60
    assert (kinds.count(Why.RANDOM), kinds.count(Why.UNCERTAIN)) == (9, 9)
    assert all((stop.inclusion_prob is not None) == (stop.why is Why.RANDOM) for stop in stops)


def test_what_is_not_drawn_goes_to_the_best_scores_and_to_the_doubtful():
    options = frame(400)
    stops = planning.choose(options, 60, Shares(), LINE, seed=5)
    taken = {stop.plot_id for stop in stops if stop.why is Why.RANDOM}
    rest = sorted((o for o in options if o.plot_id not in taken), key=lambda o: -o.score)
    assert [s.plot_id for s in stops if s.why is Why.EXPLOIT] == [o.plot_id for o in rest[:42]]
    doubtful = [s.plot_id for s in stops if s.why is Why.UNCERTAIN]
    left = rest[42:]
    assert not any(o.outside for o in left)
    assert set(doubtful) == {o.plot_id for o in sorted(left, key=lambda o: abs(o.score - LINE))[:9]}


def test_places_unlike_what_was_learned_are_asked_about_first():
    options = [Open("far", 0.9, outside=True), *(Open(f"n{k}", 0.95 - k / 1000) for k in range(60))]
    why = {stop.plot_id: stop.why for stop in planning.choose(options, 20, Shares(), LINE, seed=1)}
    assert why["far"] in (Why.UNCERTAIN, Why.RANDOM)


def test_more_visits_than_candidates_visit_all():
    stops = planning.choose(frame(7), 60, Shares(), LINE, seed=0)
    assert {stop.plot_id for stop in stops} == {o.plot_id for o in frame(7)}


@pytest.mark.parametrize("shares", [Shares(random=0.1), Shares(random=0.8, uncertain=0.3), Shares(uncertain=-0.1)])
def test_too_little_chance_is_refused(shares):
    with pytest.raises(UnusableInput, match="drawn at random") as refused:
        planning.choose(frame(50), 20, shares, LINE, seed=0)
    assert refused.value.kind == "bad_share"


def test_nothing_to_choose_from_is_said():
    with pytest.raises(UnusableInput) as refused:
        planning.choose([], 20, Shares(), LINE, seed=0)
    assert refused.value.kind == "no_candidates"

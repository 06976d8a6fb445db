"""What visits teach of candidates: the assumption speaks first, and choosing by score misleads nobody."""

import numpy as np
import pytest

from eradication.domain import Detectability
from eradication.risk import crowding
from eradication.risk.confirming import (
    ASSUMED,
    MEAN,
    USUAL_M2,
    Ground,
    Looks,
    chance,
    usual,
    weights,
    without_satellite,
)

NOBODY = Looks.joined([]), np.empty(0, bool)


def ground(risk, crowd, kind=None):
    return Ground(risk, crowd, np.empty((len(risk), 0)) if kind is None else kind)


@pytest.mark.parametrize("klass", Detectability)
def test_without_visits_a_usual_candidate_is_confirmed_as_its_class_is_assumed_to_be(klass):
    own = weights(*NOBODY)
    assert own == pytest.approx(MEAN)
    one = Looks.of(np.array([0.7]), np.array([USUAL_M2[klass]]), 0.7, ground(np.array([0.01]), np.ones(1)))
    assert chance(one, own) == pytest.approx([ASSUMED[klass]])


def test_a_higher_score_riskier_ground_and_fewer_beside_it_are_believed_likelier_by_hand():
    crowd = np.array([0.02, 0.02, 0.02, 0.06])
    risk = np.array([0.01, 0.01, 0.02, 0.01])
    looks = Looks.of(np.array([0.7, 0.8, 0.7, 0.7]), np.full(4, 700.0), 0.7, ground(risk, crowd))
    base = np.log(0.1 / 0.9)
    step = 0.7 * (np.log(0.8 / 0.2) - np.log(0.7 / 0.3))
    expected = 1.0 / (1.0 + np.exp(-np.array([base, base + step, base + 0.5 * np.log(2.0), base - 0.7 * np.log(3.0)])))
    assert chance(looks, weights(*NOBODY)) == pytest.approx(expected)


def simulated(rng, size=6000):
    """Candidates, and what a visit to each would find."""
    score, risk = rng.beta(2.0, 3.0, size), rng.lognormal(-5.0, 1.0, size)
    area = np.exp(rng.normal(6.3, 0.8, size))
    crowd = np.random.default_rng(9).lognormal(-4.0, 0.6, size)
    looks = Looks.of(score, area, usual(score), ground(risk, crowd))
    truth = chance(looks, np.array([-0.8, 1.4, 0.8, 0.3, -1.0]))
    return score, looks, truth, rng.random(size) < truth


def test_visits_chosen_by_score_teach_the_chances_of_all_candidates():
    rng = np.random.default_rng(4)
    score, looks, truth, hit = simulated(rng)
    by_score = np.argsort(-score * rng.lognormal(0.0, 0.4, len(score)))[:900]
    assert score[by_score].mean() > score.mean() + 0.15
    # Whoever takes the share confirmed of the visits for that of the list is far off …
    assert hit[by_score].mean() > 2.0 * truth.mean()
    chosen = np.zeros(len(score), bool)
    chosen[by_score] = True
    told = chance(looks, weights(looks.only(chosen), hit[chosen]))
    # … what is learned is not, neither where patrols went nor where they did not.
    assert told[chosen].mean() == pytest.approx(truth[chosen].mean(), abs=0.03)
    assert told[~chosen].mean() == pytest.approx(truth[~chosen].mean(), abs=0.02)
    low = score < np.quantile(score, 0.3)
    assert told[low].mean() == pytest.approx(truth[low].mean(), abs=0.02)


def test_few_visits_move_the_assumption_a_little_and_many_overrule_it():
    rng = np.random.default_rng(2)
    _, looks, truth, hit = simulated(rng)
    some, many = np.arange(len(hit)) < 8, np.arange(len(hit)) < 3000
    assumed = chance(looks, np.array(MEAN))
    gaps = [
        float(np.abs(chance(looks, weights(looks.only(taught), hit[taught])) - truth).mean()) for taught in (some, many)
    ]
    assert gaps[1] < 0.02 < gaps[0] <= float(np.abs(assumed - truth).mean()) + 0.05


def test_what_visits_to_others_say_is_the_belief_that_own_visits_correct():
    rng = np.random.default_rng(3)
    _, looks, _, hit = simulated(rng)
    others = weights(looks, hit)
    assert weights(*NOBODY, others) == pytest.approx(others)


def test_ground_leaves_out_what_the_satellite_says():
    x = np.array([[1.0, 0.9], [1.0, 0.0]])
    assert without_satellite(("village", "satellite"), x, np.array([-3.0, 0.5, 2.0])) == pytest.approx(np.exp(-2.5))
    assert without_satellite((), np.zeros((2, 0)), np.array([-3.0])) == pytest.approx(np.exp(-3.0))


def listed(rng, size=20_000, true=60, false=800):
    """Ground with a cover that raises false alarms alone, and a list: cell and truth of each candidate."""
    x = np.column_stack([rng.random(size), rng.standard_normal(size)])
    alarms = np.exp(4.0 * x[:, 0])
    cell = np.concatenate([rng.integers(0, size, true), rng.choice(size, false, p=alarms / alarms.sum())])
    return x, cell, np.arange(true + false) < true


NAMES = ("swidden_share", "past_near")


def test_which_ground_bears_candidates_the_list_itself_tells():
    x, cell, _ = listed(np.random.default_rng(5))
    told = crowding.crowd(NAMES, x, cell)
    assert told.sum() == pytest.approx(len(cell), rel=0.02)
    bare, wooded = x[:, 0] > 0.9, x[:, 0] < 0.1
    counts = np.bincount(cell, minlength=len(x))
    assert told[bare].mean() == pytest.approx(counts[bare].mean(), rel=0.15)
    assert told[bare].mean() > 10.0 * told[wooded].mean()
    # What changes with the season is no kind of ground.
    assert (crowding.crowd(NAMES, np.column_stack([x[:, 0], -x[:, 1]]), cell) == told).all()


def test_of_few_candidates_nothing_is_made_and_of_none_nothing_is_learned():
    x, cell, _ = listed(np.random.default_rng(5))
    few = crowding.crowd(NAMES, x, cell[-4:])
    assert few.max() < 2.0 * few.min()
    assert (crowding.crowd(NAMES, x, cell[:0]) == 1.0).all()
    assert crowding.crowd((), np.empty((10, 0)), np.array([3, 3])) == pytest.approx(np.full(10, 0.2))


def test_where_the_list_is_crowded_candidates_are_false_and_the_crowd_says_so_before_any_visit():
    rng = np.random.default_rng(6)
    x, cell, true = listed(rng)
    n = len(cell)
    crowd = crowding.crowd(NAMES, x, cell)[cell]
    even, risk = (np.full(n, 0.5), np.full(n, 700.0), 0.5), np.full(n, 0.01)
    first = np.argsort(-chance(Looks.of(*even, ground(risk, crowd)), np.array(MEAN)), kind="stable")[: n // 4]
    assert true[first].mean() > 2.0 * true.mean()
    alike = chance(Looks.of(*even, ground(risk, np.ones(n))), np.array(MEAN))
    assert np.ptp(alike) == 0.0


def test_visits_teach_which_kind_of_ground_confirms_and_few_teach_next_to_nothing():
    rng = np.random.default_rng(7)
    n = 4000
    kind = rng.standard_normal((n, 3))
    score, area, even = rng.beta(2.0, 3.0, n), np.full(n, 700.0), np.full(n, 0.01)
    looks = Looks.of(score, area, usual(score), ground(even, even, kind))
    truth = chance(looks, np.array([*MEAN, 0.8, 0.0, -0.8]))
    hit = rng.random(n) < truth
    many, few = (weights(looks.only(np.arange(n) < some), hit[:some])[len(MEAN) :] for some in (2000, 5))
    assert many == pytest.approx([0.8, 0.0, -0.8], abs=0.25)
    assert np.abs(few).max() < 0.1
    # Belief from another model that knew no kind of ground, and of nobody.
    assert weights(*NOBODY) == pytest.approx(MEAN)
    assert weights(looks.only(np.zeros(n, bool)), hit[:0], weights(*NOBODY)) == pytest.approx([*MEAN, 0, 0, 0])

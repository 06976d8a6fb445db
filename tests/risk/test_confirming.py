"""What visits teach of candidates: the assumption speaks first, and choosing by score misleads nobody."""

import numpy as np
import pytest

from eradication.domain import Detectability
from eradication.risk.confirming import ASSUMED, MEAN, USUAL_M2, Looks, chance, usual, weights, without_satellite

NOBODY = Looks.joined([]), np.empty(0, bool)


@pytest.mark.parametrize("klass", Detectability)
def test_without_visits_a_usual_candidate_is_confirmed_as_its_class_is_assumed_to_be(klass):
    own = weights(*NOBODY)
    assert own == pytest.approx(MEAN)
    one = Looks.of(np.array([0.7]), np.array([0.01]), np.array([USUAL_M2[klass]]), 0.7)
    assert chance(one, own) == pytest.approx([ASSUMED[klass]])


def test_a_higher_score_and_riskier_ground_are_believed_likelier_by_hand():
    looks = Looks.of(np.array([0.7, 0.8, 0.7]), np.array([0.01, 0.01, 0.02]), np.full(3, 700.0), 0.7)
    base = np.log(0.1 / 0.9)
    step = 0.7 * (np.log(0.8 / 0.2) - np.log(0.7 / 0.3))
    expected = 1.0 / (1.0 + np.exp(-np.array([base, base + step, base + 0.5 * np.log(2.0)])))
    assert chance(looks, weights(*NOBODY)) == pytest.approx(expected)


def simulated(rng, size=6000):
    """Candidates, and what a visit to each would find."""
    score, risk = rng.beta(2.0, 3.0, size), rng.lognormal(-5.0, 1.0, size)
    area = np.exp(rng.normal(6.3, 0.8, size))
    looks = Looks.of(score, risk, area, usual(score))
    truth = chance(looks, np.array([-0.8, 1.4, 0.8, 0.3]))
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

"""Where a model may be believed, and what becomes of scores where it may not."""

import numpy as np
import pytest
from classify.test_classify import made_up, stack_of, trained

from eradication import classify
from eradication.classify import held_out, scale
from eradication.classify.fitting import Fitter


@pytest.mark.slow
@pytest.mark.parametrize("plots", [12, 30])
def test_what_was_learned_is_near_and_what_is_strange_is_far(plots):
    given, model = made_up(plots), trained(plots)
    known = model.known
    assert known is not None
    assert 0 < known.limit < np.inf
    learned = classify.dissimilarity(given.x, given.names, known)
    strange = np.full((3, len(given.names)), 40, np.float32)
    far = classify.dissimilarity(strange, given.names, known)
    assert (learned <= known.limit).mean() > 0.9
    assert (far > 3 * known.limit).all()
    assert learned.dtype == far.dtype == np.float32


def test_the_index_is_the_plain_distance_over_the_mean():
    given, known = made_up(30), trained(30).known
    columns = [given.names.index(n) for n in known.features]
    placed = scale.standardise(given.x[:7, columns], known.scaling) * np.array(known.weight)
    plain = [np.sqrt(((row - known.points) ** 2).sum(axis=1)).min() / known.mean_distance for row in placed]
    assert classify.dissimilarity(given.x[:7], given.names, known) == pytest.approx(plain, abs=1e-3)


def test_strange_pixels_that_score_high_are_marked_and_rank_lower():
    model = trained(30)
    random = np.random.default_rng(4)
    land = random.normal(0, 1, (1, 400, 4))
    land[0, :, 0] += 4
    land[0, 200:, 1:] += 25
    plain = classify.score_pixels(stack_of(land).x, stack_of(land).names, model)
    scores = classify.predict(stack_of(land), model)
    marked = np.flatnonzero(scores.outside)
    high = np.flatnonzero(plain >= scale.SEED_AT)
    assert set(high[high >= 200]) <= set(marked.tolist())
    assert (marked < 200).sum() < 0.2 * (high < 200).sum()
    assert (scores.score[marked] < plain[marked]).all()
    assert (scores.score[high] >= scale.SEED_AT).all(), "nothing is dropped"
    assert np.array_equal(scores.score[~scores.outside], plain[~scores.outside])


def test_a_stated_prevalence_lowers_every_probability():
    random = np.random.default_rng(0)
    positive = random.random(4000) < 0.3
    raw = np.clip(0.3 * positive + random.normal(0.35, 0.1, 4000), 0.01, 0.99)
    weight = np.ones(4000)
    kept = held_out.sigmoid(raw, positive, weight, 0.3)
    rare = held_out.sigmoid(raw, positive, weight, 0.003)
    assert np.mean(scale.calibrated(raw, kept)) == pytest.approx(0.3, abs=0.02)
    assert scale.calibrated(raw, rare).max() < scale.calibrated(raw, kept).max()
    assert np.mean(scale.calibrated(raw[~positive], rare)) < 0.02
    odds = scale.calibrated(raw, kept) / (1 - scale.calibrated(raw, kept))
    fewer = scale.calibrated(raw, rare) / (1 - scale.calibrated(raw, rare))
    assert odds / fewer == pytest.approx((0.3 / 0.7) / (0.003 / 0.997), rel=0.02)


@pytest.mark.parametrize("prevalence", [0.0, 1.0])
def test_without_a_stated_prevalence_nothing_is_said(prevalence):
    raw = np.array([0.2, 0.8])
    assert held_out.sigmoid(raw, np.array([False, True]), np.ones(2), prevalence) is None
    assert held_out.sigmoid(raw * np.nan, np.array([False, True]), np.ones(2), 0.1) is None


@pytest.mark.slow
def test_held_out_scores_leave_out_what_no_fold_judges():
    samples = made_up(30)
    fitter = Fitter.of(samples, "trees")
    folds = held_out.by_plot(samples, seed=0)
    assert np.isfinite(held_out.scores(samples, folds, fitter, 0)).all()
    some = held_out.scores(samples, folds[:1], fitter, 0)
    assert np.array_equal(np.flatnonzero(np.isfinite(some)), np.sort(folds[0][1]))
    assert np.isnan(classify.held_out_scores(made_up(3), folds)).all()


def test_a_fold_that_teaches_one_class_only_judges_nothing():
    samples = made_up(12)
    poppy, rest = np.flatnonzero(samples.y == 1), np.flatnonzero(samples.y != 1)
    assert np.isnan(held_out.scores(samples, [(poppy, rest)], Fitter.of(samples, "logistic"), 0)).all()

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scenes import EVERGREEN, FALLOW, MUSTARD, ORCHARD, POPPY, SEASON, TIMES, cube, described, geobox
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from eradication import classify
from eradication.classify.scale import standardise
from eradication.domain import ScoreKind
from eradication.domain.model import Samples
from eradication.errors import UnusableInput
from eradication.raster import FeatureStack, ScoreMap

SPOTS = {(4, 4): POPPY, (4, 18): MUSTARD, (18, 4): EVERGREEN, (18, 18): ORCHARD}
STACK = described(cube(FALLOW, SPOTS))


def made_up(plots: int, background: int = 400, seed: int = 0) -> Samples:
    """Poppy is high in the first column, look-alikes half-way; some values are unknown."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.array([1, 0, -1], np.int8), [3 * plots, 3 * plots, background])
    names = ("rise", "bare", "fall", "ndvi_jan")
    x = random.normal(0, 1, (len(y), len(names))).astype(np.float32)
    x[:, 0] += np.select([y == 1, y == 0], [4, 2], 0)
    x[random.random(x.shape) < 0.05] = np.nan
    keys = [*(f"p{i // 3}" for i in range(3 * plots)), *(f"n{i // 3}" for i in range(3 * plots))]
    blocks = [f"background/{i % 30}" for i in range(background)]
    weight = np.where(y == -1, 0.5, 1.0)
    group, season = np.array([*keys, *blocks]), np.full(len(y), "2024-2025")
    nowhere = np.full(len(y), ""), np.zeros((len(y), 2)), np.where(y == -1, np.nan, 1.0)
    return Samples(names, x, y, weight, group, np.zeros(len(y), np.int32), season, *nowhere)


@cache
def trained(plots: int):
    return classify.train(made_up(plots), name="m")


def stack_of(values) -> FeatureStack:
    """A map whose features are those of made_up; values of shape (y, x, feature)."""
    given = np.asarray(values, np.float32)
    shape = given.shape[:2]
    return FeatureStack(
        season=SEASON,
        names=("rise", "bare", "fall", "ndvi_jan"),
        pixels=np.arange(shape[0] * shape[1]),
        x=given.reshape(-1, 4),
        geobox=geobox(*shape),
        clear_observations=np.full(shape, 5, np.uint8),
        observed=np.ones(shape, bool),
        ruled_out=np.zeros(shape, bool),
    )


def as_map(scores: ScoreMap):
    """Scores of shape (y, x), NaN where there is none."""
    out = np.full(scores.geobox.shape, np.nan, np.float32)
    out.ravel()[scores.pixels] = scores.score
    return out


def test_rules_prefer_poppy_over_mustard_orchard_and_evergreen_without_any_label():
    scores = classify.predict(STACK, None)
    poppy, *others = (as_map(scores)[spot] for spot in SPOTS)
    assert scores.kind is ScoreKind.RULE
    assert scores.model == "rules"
    assert poppy > 0.7
    assert max(others) < 0.6 * poppy
    assert poppy == scores.score.max()
    assert scores.observed == len(scores.pixels) == 24 * 24
    assert (scores.clear_observations == len(TIMES)).all()


def test_rule_terms_of_missing_bands_are_named_and_the_others_still_answer():
    given = cube(FALLOW, SPOTS)
    two = replace(given, bands={b: given.bands[b] for b in ("red", "nir")})
    scores = classify.predict(described(two), None)
    assert {"rule:pale_bloom", "rule:not_yellow"} <= set(scores.missing)
    assert "rule:not_woody" not in scores.missing
    assert as_map(scores)[4, 4] > as_map(scores)[18, 4]


def test_fewer_than_two_rule_terms_give_no_score_at_all():
    given = cube(FALLOW, SPOTS)
    one = replace(given, bands={b: given.bands[b] for b in ("blue", "green", "red")})
    scores = classify.predict(described(one), None)
    assert len(scores.pixels) == len(scores.score) == scores.observed == 0
    assert len([m for m in scores.missing if m.startswith("rule:")]) == len(classify.TERMS)


def test_only_described_pixels_get_a_score_and_those_ruled_out_count_as_observed():
    some = np.arange(100, 130)
    out = np.zeros((24, 24), bool)
    out[20, :9] = True
    dim = replace(STACK, pixels=some, x=STACK.x[some], ruled_out=out)
    scores = classify.predict(dim, None)
    assert scores.pixels.tolist() == some.tolist()
    assert scores.observed == 30 + 9
    np.testing.assert_array_equal(scores.score, classify.predict(STACK, None).score[some])


def test_a_pixel_for_which_nothing_can_be_answered_is_not_observed():
    blank = STACK.x.copy()
    blank[[3, 77]] = np.nan
    scores = classify.predict(replace(STACK, x=blank), None)
    assert scores.observed == len(scores.pixels) == 24 * 24 - 2
    assert {3, 77}.isdisjoint(scores.pixels.tolist())
    assert np.isfinite(scores.score).all()


def test_a_pixel_of_which_fewer_than_two_questions_can_be_answered_gets_no_rule_score():
    x = np.full((3, 3), np.nan, np.float32)
    x[0] = [0.2, 0.6, 0.3]
    x[1, 2] = 0.3
    score, _ = classify.rule_score(x, ("bare", "rise", "ndvi_min"))
    assert score[0] == pytest.approx(1.0)
    assert np.isnan(score[1:]).all()


def test_a_rule_score_is_the_geometric_mean_of_the_answers_and_one_no_weighs_most():
    x = np.array([[0.4, 0.35, 0.45], [0.2, 0.6, 0.9]], np.float32)
    score, dropped = classify.rule_score(x, ("bare", "rise", "ndvi_min"))
    assert score == pytest.approx([(0.5 * 0.5 * 0.5) ** 0.5, (1 * 0.02) ** 0.5], abs=1e-6)
    assert len(dropped) == len(classify.TERMS) - 2


def test_many_pixels_get_the_rule_scores_that_each_gets_alone():
    x = np.random.default_rng(1).normal(0.4, 0.3, (20_000, 3)).astype(np.float32)
    x[np.random.default_rng(2).random(x.shape) < 0.2] = np.nan
    names = ("bare", "rise", "ndvi_min")
    whole, _ = classify.rule_score(x, names)
    alone = [classify.rule_score(x[i : i + 1], names)[0][0] for i in range(8_100, 8_300)]
    assert np.array_equal(whole[8_100:8_300], np.array(alone), equal_nan=True)


@pytest.mark.slow
@pytest.mark.parametrize(("plots", "learner"), [(9, "rules"), (10, "logistic"), (29, "logistic"), (30, "trees")])
def test_the_number_of_positive_plots_chooses_the_learner(plots, learner):
    model = trained(plots)
    assert model.learner == learner
    assert ("few_positive_plots" in model.warnings) == (learner != "trees")
    assert model.counts["positive_plots"] == plots


@pytest.mark.slow
@pytest.mark.parametrize("plots", [15, 30])
def test_same_samples_and_seed_give_the_same_hash_and_another_seed_another(plots):
    first, again = trained(plots), classify.train(made_up(plots), name="m")
    other = classify.train(made_up(plots), name="m", seed=4)
    assert first.model_hash == again.model_hash
    assert first.version == first.model_hash[:12]
    assert first.model_hash != other.model_hash


def test_a_stated_prevalence_is_content_and_so_enters_the_hash():
    plain, told = classify.train(made_up(15), name="m"), classify.train(made_up(15), name="m", prevalence=0.001)
    assert (plain.sigmoid, told.prevalence) == (None, 0.001)
    assert plain.model_hash != told.model_hash


@pytest.mark.parametrize("plots", [15, 30])
def test_a_model_ranks_poppy_above_look_alikes_above_land_and_takes_nan(plots):
    model = trained(plots)
    grid = np.zeros((1, 4, 4))
    grid[0, :, 0] = [4, 2, 0, np.nan]
    scores = classify.predict(stack_of(grid), model)
    high, middle, low, unknown = as_map(scores)[0]
    assert scores.kind is ScoreKind.PRIORITY
    assert scores.model == model.label
    assert high > max(middle, low)
    assert middle > low or plots == 30
    assert 0 <= unknown <= 1


@pytest.mark.slow
def test_thresholds_mean_the_same_share_of_background_for_every_model():
    model = classify.train(made_up(40, background=4000), name="m")
    land = np.random.default_rng(9).normal(0, 1, (100, 100, 4))
    passed = (classify.predict(stack_of(land), model).score >= 0.60).mean()
    assert 0.005 < passed < 0.08


def test_a_rules_model_scores_by_the_rules_and_says_so():
    model = classify.train(made_up(3), name="thin")
    scores = classify.predict(STACK, model)
    assert scores.kind is ScoreKind.RULE
    assert scores.model == model.label
    assert np.array_equal(scores.score, classify.predict(STACK, None).score)


def test_a_model_trained_on_other_features_is_refused_and_they_are_named():
    model = trained(30)
    without = replace(STACK, names=tuple("x" if n == "ndvi_jan" else n for n in STACK.names))
    with pytest.raises(UnusableInput) as refused:
        classify.predict(without, model)
    assert refused.value.kind == "model_features_differ"
    assert refused.value.values["absent"] == "ndvi_jan"


def test_poppy_alone_is_nothing_to_learn_from():
    given = made_up(30)
    samples = given.only(given.y == 1)
    with pytest.raises(UnusableInput, match="nothing to tell them from"):
        classify.train(samples, name="m")


@pytest.mark.slow
def test_without_rejected_visits_it_says_so():
    given = made_up(30)
    samples = given.only(given.y != 0)
    assert "no_rejected_plots" in classify.train(samples, name="m").warnings


def test_scores_do_not_depend_on_how_many_rows_are_scored_together():
    model = trained(30)
    land = np.random.default_rng(5).normal(0, 2, (300, 3, 4))
    whole = as_map(classify.predict(stack_of(land), model))
    part = as_map(classify.predict(stack_of(land[150:160]), model))
    assert np.array_equal(whole[150:160], part)


@pytest.mark.slow
@pytest.mark.parametrize("plots", [12, 30])
def test_a_feature_nobody_could_observe_does_not_stop_the_training(plots):
    given = made_up(plots)
    given.x[:, 2] = np.nan
    model = classify.train(given, name="m")
    grid = np.zeros((1, 2, 4))
    grid[0, :, 0] = [4, 0]
    grid[0, :, 2] = [np.nan, 7]
    poppy, land = as_map(classify.predict(stack_of(grid), model))[0]
    assert poppy > land


@pytest.mark.parametrize("plots", [12, 30])
def test_pixels_of_a_table_are_scored_from_threads_wherever_the_columns_stand(plots):
    model = trained(plots)
    random = np.random.default_rng(8)
    x = random.normal(0, 2, (5_000, 4)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    names = ("rise", "bare", "fall", "ndvi_jan")
    alone = classify.score_pixels(x, names, model)
    wide = np.stack([x[:, 3], x[:, 0], np.full(5_000, 9, np.float32), x[:, 2], x[:, 1]], axis=1)
    with ThreadPoolExecutor(4) as pool:
        others = list(
            pool.map(lambda _: classify.score_pixels(wide, ("ndvi_jan", "rise", "x", "fall", "bare"), model), range(8))
        )
    assert alone.dtype == np.float32
    assert all(np.array_equal(alone, other) for other in others)


@pytest.mark.parametrize("plots", [12, 30])
def test_scores_are_those_of_scikit_learn_calibrated(plots):
    model = trained(plots)
    random = np.random.default_rng(9)
    x = random.normal(0, 2, (500, 4)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    columns = [("rise", "bare", "fall", "ndvi_jan").index(name) for name in model.features]
    z = standardise(x[:, columns], model.scaling)
    networks = [e for e in model.estimators if isinstance(e, MLPClassifier)]
    others = [e for e in model.estimators if e not in networks]
    with threadpool_limits(1):
        parts = [e.predict_proba(z if plots == 12 else x[:, columns])[:, 1] for e in others]
        shares = [n.predict_proba(z)[:, 1].astype(float) for n in networks]
    raw = parts[0] if len(parts) == 1 else np.mean(parts[:-1], axis=0) / 2 + parts[-1] / 2
    if networks:
        moved = np.log(raw / (1 - raw)) + np.mean([np.log(s / (1 - s)) for s in shares], axis=0)
        raw = 1 / (1 + np.exp(-moved))
    expected = 1 / (1 + np.exp(-(model.calibration.slope * np.log(raw / (1 - raw)) + model.calibration.offset)))
    found = classify.score_pixels(x, ("rise", "bare", "fall", "ndvi_jan"), model)
    # Weights of networks and of the logistic regression are float32, and so is what scikit-learn sums.
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_rules_model_scores_a_table_of_pixels_too():
    model = trained(3)
    assert np.array_equal(
        classify.score_pixels(STACK.x, STACK.names, model), classify.rule_score(STACK.x, STACK.names)[0], equal_nan=True
    )

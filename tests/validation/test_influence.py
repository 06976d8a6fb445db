"""What a score rests on, asked of scores that are known to rest on something."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from eradication.domain.model import Samples
from eradication.validation import influence

NAMES = ("told", "twin", "idle", "same")


def samples(plots=20, background=300, seed=0):
    """Poppy is high in ``told`` and in ``twin``; ``idle`` is noise, ``same`` never changes."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.array([1, 0, -1], np.int8), [3 * plots, 3 * plots, background])
    x = random.normal(size=(len(y), len(NAMES))).astype(np.float32)
    x[:, 0] += np.where(y == 1, 4.0, 0.0)
    x[:, 1] = x[:, 0]
    x[:, 3] = 7.0
    group = np.array([*(f"p{i // 3}" for i in range(3 * plots)), *(f"n{i // 3}" for i in range(3 * plots))])
    group = np.concatenate([group, np.full(background, "background/0/0")])
    nothing = np.full(len(y), "")
    weight = np.ones(len(y))
    return Samples(
        NAMES, x, y, weight, group, np.zeros(len(y), np.int32), nothing, nothing, np.zeros((len(y), 2)), np.ones(len(y))
    )


def by_told(x):
    return x[:, 0]


def by_either(x):
    return np.maximum(x[:, 0], x[:, 1])


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40),
    st.integers(0, 3),
)
def test_average_precision_is_that_of_scikit_learn_also_with_ties_and_weights(pairs, extra):
    score, positive = np.array([s for s, _ in pairs], float), np.array([p for _, p in pairs])
    weight = np.arange(len(pairs)) % (extra + 1) + 1
    if positive.any():
        expected = average_precision_score(positive, score, sample_weight=weight)
        assert influence.average_precision(score, positive, weight) == pytest.approx(expected)
    else:
        assert np.isnan(influence.average_precision(score, positive))


def test_a_score_loses_only_what_it_uses():
    base, told = influence.permutation(by_told, samples(), {name: (name,) for name in NAMES})
    drops = {one.name: one for one in told}
    assert base > 0.9
    assert told[0].name == "told"
    assert drops["told"].low > 0.5
    assert all((drops[name].drop, drops[name].low, drops[name].high) == (0, 0, 0) for name in ("twin", "idle", "same"))


def test_features_that_tell_the_same_are_missed_only_together():
    groups = {"told": ("told",), "twin": ("twin",), "both": ("told", "twin")}
    _, told = influence.permutation(by_either, samples(), groups)
    drops = {one.name: one.drop for one in told}
    assert drops["both"] > 1.3 * max(drops["told"], drops["twin"])


def test_the_same_seed_gives_the_same_answer_and_the_samples_stay_as_they_were():
    given = samples()
    before = given.x.copy()
    first, second = (influence.permutation(by_told, given, {"told": ("told",)}, seed=4) for _ in range(2))
    assert first == second
    influence.dependence(by_told, given, "told")
    np.testing.assert_array_equal(given.x, before)


def test_a_place_counts_once_however_many_pixels_it_has():
    given = samples(plots=2, background=0)
    score = np.zeros(len(given.y), np.float32)
    score[0] = 1.0  # one pixel of the first of two plots is seen
    base, _ = influence.permutation(lambda x: score, given, {})
    assert base == pytest.approx(
        influence.average_precision(np.array([1.0, 0, 0, 0]), np.array([True, True, False, False]))
    )


def test_what_cannot_be_scored_comes_last():
    given = samples(plots=2, background=0)
    score = np.where(given.y == 1, np.nan, 0.1).astype(np.float32)
    base, _ = influence.permutation(lambda x: score, given, {})
    assert base == pytest.approx(0.5)


def test_the_mean_score_follows_the_feature_it_depends_on():
    def plain(x):
        return np.where(np.isfinite(x[:, 0]), 0.1 * x[:, 0] + 0.01 * np.sign(x[:, 2]), 0.5)

    given = samples()
    told = influence.dependence(plain, given, "told")
    np.testing.assert_allclose(np.diff(told.poppy), 0.1 * np.diff(told.values), atol=1e-6)
    np.testing.assert_allclose(np.diff(told.background), 0.1 * np.diff(told.values), atol=1e-6)
    assert told.unknown == (0.5, 0.5)
    assert len(told.values) == influence.GRID


def test_a_feature_that_never_changes_or_is_never_known_has_no_dependence():
    given = samples()
    assert influence.dependence(by_told, given, "same") is None
    given.x[:, 2] = np.nan
    assert influence.dependence(by_told, given, "idle") is None


def test_unknown_values_stay_out_of_the_grid():
    given = samples()
    given.x[::2, 0] = np.nan
    told = influence.dependence(by_told, given, "told")
    assert np.isfinite(told.values).all()
    assert all(np.isnan(value) for value in told.unknown)

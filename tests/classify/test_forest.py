"""Compiled trees against scikit-learn, and against a walk node by node where scikit-learn cannot be asked."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from threadpoolctl import threadpool_limits

from eradication.classify.forest import Tree, assembled, forest_of

WIDTH = 5
EXACT = 1e-12


def taught(kind, seed=0, rows=600, **options):
    """An estimator fitted on made-up pixels, a tenth of whose values are unknown; column 4 is always known."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (rows, WIDTH)).astype(np.float32)
    y = x[:, 0] + x[:, 1] ** 2 + random.normal(0, 1, rows) > 1.5
    x[:, :4][random.random((rows, 4)) < 0.1] = np.nan
    with threadpool_limits(1):
        return kind(random_state=seed, **options).fit(x, y)


ESTIMATORS = {
    "boosted": taught(HistGradientBoostingClassifier, max_iter=30),
    "boosted, many leaves": taught(HistGradientBoostingClassifier, max_iter=5, max_leaf_nodes=90, min_samples_leaf=2),
    "one stump": taught(HistGradientBoostingClassifier, max_iter=1, max_leaf_nodes=2),
    "nothing learned": taught(HistGradientBoostingClassifier, max_iter=2, rows=20, min_samples_leaf=20),
    "regressor": taught(HistGradientBoostingRegressor, max_iter=20),
    "randomised": taught(ExtraTreesClassifier, n_estimators=12, min_samples_leaf=3),
    "random forest": taught(RandomForestClassifier, n_estimators=6),
}


def thresholds(estimator):
    if hasattr(estimator, "_predictors"):
        found = [p[0].nodes["num_threshold"][p[0].nodes["is_leaf"] == 0] for p in estimator._predictors]
    else:
        found = [e.tree_.threshold[e.tree_.feature >= 0] for e in estimator.estimators_]
    return np.concatenate(found)


def theirs(estimator, x):
    """What scikit-learn says; trees of a forest are asked directly, because its front door refuses infinities."""
    with threadpool_limits(1):
        if isinstance(estimator, HistGradientBoostingRegressor):
            return 1 / (1 + np.exp(-estimator.predict(x)))
        if isinstance(estimator, HistGradientBoostingClassifier):
            return estimator.predict_proba(x)[:, 1]
    leaves = [e.tree_.predict(x) for e in estimator.estimators_]
    return np.mean([p[:, 1] / p.sum(axis=1) for p in leaves], axis=0)


def ours(estimator, x):
    forest = forest_of(estimator)
    return forest.score(forest.sums(x, range(x.shape[1])))


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), rows=st.sampled_from([0, 1, 2, 127, 128, 129, 400]))
def test_scores_equal_scikit_learns_at_thresholds_beside_them_and_for_values_that_are_no_numbers(name, seed, rows):
    estimator = ESTIMATORS[name]
    random = np.random.default_rng(seed)
    ties = np.append(thresholds(estimator), 0).astype(np.float32)
    beside = np.concatenate([np.nextafter(ties, np.float32(s)) for s in (-np.inf, np.inf)])
    odd = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 3e38, -3e38, 1e-45, -1e-45], np.float32)
    pool = [ties, beside, odd, random.normal(0, 1, 50).astype(np.float32)]
    x = random.choice(np.concatenate(pool), (rows, WIDTH))
    for column in random.integers(0, WIDTH, rows and 2):
        x[:, column] = random.choice(pool[random.integers(4)], rows)
    assert ours(estimator, x) == pytest.approx(theirs(estimator, x) if rows else [], abs=EXACT, rel=0)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_layout_and_place_of_the_columns_do_not_matter(name):
    random = np.random.default_rng(3)
    x = random.normal(0, 1, (300, WIDTH)).astype(np.float32)
    forest = forest_of(ESTIMATORS[name])
    plain = forest.sums(x, range(WIDTH))
    assert np.array_equal(forest.sums(np.asfortranarray(x), range(WIDTH)), plain)
    wide = np.full((300, 12), np.nan, np.float32)
    places = [7, 0, 11, 4, 2]
    wide[:, places] = x
    wide.flags.writeable = False
    assert np.array_equal(forest.sums(wide, places), plain)
    assert np.array_equal(forest.sums(x[::2], range(WIDTH)), plain[::2])


def grown(random, leaves, lopsided):
    """A made-up tree: one leaf after another is split, the last one if lopsided."""
    column, threshold, left, right, unknown, value = [0], [0.0], [-1], [-1], [False], [random.normal()]
    free = [0]
    while len(free) < leaves:
        node = free.pop(-1 if lopsided else int(random.integers(len(free))))
        column[node] = int(random.integers(WIDTH))
        threshold[node] = float(random.choice([random.normal(), np.inf, 1e300, -1e300, 0.1, -0.0]))
        unknown[node] = bool(random.random() < 0.5)
        for side in (left, right):
            side[node] = len(column)
            free.append(len(column))
            for table, new in zip(
                (column, threshold, left, right, unknown, value), (0, 0.0, -1, -1, False, random.normal()), strict=True
            ):
                table.append(new)
    table = (np.array(column), np.array(threshold), np.array(left), np.array(right), np.array(unknown), np.array(value))
    return Tree(*table, leaf=np.array(left) == -1)


def walked(tree, pixel):
    node = 0
    while not tree.leaf[node]:
        value = np.float64(pixel[tree.column[node]])
        left = tree.unknown_left[node] if np.isnan(value) else value <= tree.threshold[node]
        node = (tree.left if left else tree.right)[node]
    return tree.value[node]


@settings(max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    leaves=st.lists(st.integers(1, 150), min_size=1, max_size=6),
    lopsided=st.booleans(),
)
@example(seed=0, leaves=[1], lopsided=False)
@example(seed=1, leaves=[32, 33, 64, 65], lopsided=True)
def test_any_tree_is_followed_as_it_would_be_node_by_node(seed, leaves, lopsided):
    random = np.random.default_rng(seed)
    trees = [grown(random, count, lopsided) for count in leaves]
    odd = np.array([np.nan, np.inf, -np.inf, 0.1, -0.0, 0.0, 3e38], np.float32)
    x = np.where(random.random((40, WIDTH)) < 0.5, random.normal(0, 1, (40, WIDTH)), random.choice(odd, (40, WIDTH)))
    x = x.astype(np.float32)
    expected = [0.25 + sum(walked(tree, pixel) for tree in trees) for pixel in x]
    assert assembled(trees, 0.25, as_logit=True).sums(x, range(WIDTH)) == pytest.approx(expected, abs=EXACT, rel=0)


def test_what_is_no_binary_forest_of_numbers_is_refused():
    random = np.random.default_rng(0)
    x, three = random.integers(0, 5, (200, 2)).astype(np.float32), random.integers(0, 3, 200)
    with pytest.raises(ValueError, match="two classes"):
        forest_of(HistGradientBoostingClassifier(max_iter=2).fit(x, three))
    with pytest.raises(ValueError, match="two classes"):
        forest_of(ExtraTreesClassifier(2).fit(x, three))
    with pytest.raises(ValueError, match="categories"):
        forest_of(HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit(x, x[:, 0] == 2))


def test_nodes_that_form_no_tree_are_refused():
    left, right = np.array([1, 3, 3, -1, -1]), np.array([2, 4, 4, -1, -1])
    shared = Tree(np.zeros(5, int), np.zeros(5), left, right, np.zeros(5, bool), np.zeros(5), left == -1)
    with pytest.raises(ValueError, match="one parent"):
        assembled([shared], 0.0, as_logit=True)


def test_a_column_outside_the_pixels_is_refused():
    forest = forest_of(ESTIMATORS["boosted"])
    with pytest.raises(IndexError):
        forest.sums(np.zeros((3, 2), np.float32), range(WIDTH))


@pytest.mark.slow
def test_nothing_is_compiled_until_a_model_scores():
    probe = (
        "import sys, numpy; from eradication import classify;"
        "classify.rule_score(numpy.zeros((2, 2), numpy.float32), ('bare', 'rise'));"
        "print('numba' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"

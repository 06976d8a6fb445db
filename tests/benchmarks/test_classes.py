import numpy as np
import pytest
from benchmarks import classes
from threadpoolctl import threadpool_limits


def three_classes(rows: int = 300, seed: int = 0):
    """Each class is high in a column of its own; a tenth of the values is unknown."""
    random = np.random.default_rng(seed)
    y = np.array(["maize", "rice", "wheat"])[np.arange(rows) % 3]
    x = random.normal(0, 1, (rows, 4)).astype(np.float32)
    x[np.arange(rows), np.arange(rows) % 3] += 4
    x[random.random(x.shape) < 0.1] = np.nan
    return x, y


def test_classes_are_told_apart_on_rows_that_were_not_learned_from():
    model = classes.fit_classes(*three_classes())
    x, y = three_classes(seed=1)
    assert (model.label(x) == y).mean() > 0.8
    shares = model.shares(x)
    assert shares.shape == (300, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_the_same_rows_and_seed_give_the_same_shares_on_one_core_and_on_two():
    x, y = three_classes()
    with threadpool_limits(limits=1):
        one = classes.fit_classes(x, y, seed=3).shares(x)
    with threadpool_limits(limits=2):
        two = classes.fit_classes(x, y, seed=3).shares(x)
    np.testing.assert_array_equal(one, two)


def test_one_class_is_nothing_to_learn():
    with pytest.raises(ValueError, match="one class"):
        classes.fit_classes(np.zeros((4, 2), np.float32), np.full(4, "maize"))


def test_without_boosting_the_randomised_trees_answer_alone():
    model = classes.fit_classes(*three_classes())
    x, _ = three_classes(seed=1)
    boosted, trees = (estimator.predict_proba(x) for estimator in model.estimators)
    np.testing.assert_allclose(model.without_boosting.shares(x), trees)
    np.testing.assert_allclose(model.shares(x), (boosted + trees) / 2)

"""The scikit-learn estimators behind a model, and the hash of what they learned.

scikit-learn brings SciPy's statistics and pandas: a second or two, for which whoever only scores by rules would wait.
So functions that learn import it, and modules do not.
"""

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from eradication.classify.bags import Flags, Floats, bag
from eradication.domain.event import Json, canonical

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

type Float32 = npt.NDArray[np.float32]

BAGS = 2
"""Boosted members, each taught by its own bag."""
THREADS = 2
LEAVES = 64
"""Most leaves of a randomised tree: its score takes two words of bits then; trees grown to the end found no more."""


def boosting(seed: int) -> "HistGradientBoostingClassifier":
    """Return boosted trees still to be fitted; NaN goes down whichever side of a split it teaches."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.1,
        max_leaf_nodes=31,
        min_samples_leaf=20,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )


def randomised(seed: int) -> "ExtraTreesClassifier":
    """Return extremely randomised trees still to be fitted."""
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(
        n_estimators=100,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=3,
        max_features=0.2,
        bootstrap=True,
        max_samples=0.6,
        random_state=seed,
        n_jobs=THREADS,
    )


def fit_trees(x: Float32, y: Floats, weight: Floats, background: Flags, seed: int) -> tuple[Any, ...]:
    """Fit boosted trees on bags and extremely randomised trees on everything; both take NaN as it is.

    Boosting gets weights as repeated rows: with ``sample_weight`` scikit-learn bins by weighted quantiles, which takes
    twenty times longer than the fit. One thread only: sums over threads would depend on their number.
    """
    random = np.random.default_rng(seed)
    fitted: list[Any] = []
    with threadpool_limits(limits=1):
        for number in range(BAGS):
            rows = bag(random, weight, background)
            boosted = boosting(seed + number)
            boosted.fit(x[rows], y[rows])
            # The generator is of no use after the fit, and a saved model should hold nothing that need not be trusted.
            boosted._feature_subsample_rng = None
            fitted.append(boosted)
        trees = randomised(seed)
        fitted.append(trees.fit(x, y, sample_weight=weight))
    fitted[-1].n_jobs = None
    return tuple(fitted)


def fit_logistic(x: Float32, y: Floats, weight: Floats, seed: int) -> tuple[Any, ...]:
    """Fit an L2 logistic regression on columns that are already standardised and free of NaN."""
    from sklearn.linear_model import LogisticRegression

    return (LogisticRegression(C=0.3, max_iter=500, random_state=seed).fit(x, y, sample_weight=weight),)


def content_hash(facts: dict[str, Json], estimators: tuple[Any, ...]) -> str:
    """Return SHA-256 over ``facts`` and the estimators' parameters and learned arrays, field by field.

    The bytes of a saved file are not hashed: they hold addresses and padding that differ from run to run.
    """
    digest = hashlib.sha256(canonical(facts))
    for estimator in estimators:
        parameters: dict[str, Json] = {k: repr(v) for k, v in estimator.get_params().items() if k != "n_jobs"}
        digest.update(canonical({"kind": type(estimator).__name__, "parameters": parameters}))
        for name, array in _learned(estimator):
            digest.update(canonical([name, str(array.dtype), list(array.shape)]))
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _learned(estimator: Any) -> list[tuple[str, npt.NDArray[Any]]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    if isinstance(estimator, LogisticRegression):
        return [("coef", estimator.coef_), ("intercept", estimator.intercept_)]
    if isinstance(estimator, MLPClassifier):
        layers = zip(estimator.coefs_, estimator.intercepts_, strict=True)
        return [pair for n, (w, b) in enumerate(layers) for pair in ((f"weights {n}", w), (f"start {n}", b))]
    if isinstance(estimator, HistGradientBoostingClassifier):
        found = [("baseline", np.asarray(estimator._baseline_prediction))]
        nodes = [stage[0].nodes for stage in estimator._predictors]
    else:
        found = [("values", e.tree_.value) for e in estimator.estimators_]
        nodes = [e.tree_.__getstate__()["nodes"] for e in estimator.estimators_]
    for table in nodes:
        found += [(field, table[field]) for field in sorted(table.dtype.names)]
    return found

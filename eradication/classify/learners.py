"""The scikit-learn estimators behind a model, and the hash of what they learned."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from eradication.domain.event import Json, canonical

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]

THREADS = 2
TREES = 100
LEAVES = 64
"""Most leaves of a tree. Its score takes two words of bits then; trees grown to the end have 175 leaves, took 2.5 times
as long and found no more of the plots of seasons they had not seen."""


def fit_trees(x: Float32, y: Floats, weight: Floats, seed: int) -> tuple[Any, ...]:
    """Fit extremely randomised trees, each on its own draw of the pixels (bagging); they take NaN as it is."""
    trees = ExtraTreesClassifier(
        n_estimators=TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=3,
        max_features=0.2,
        bootstrap=True,
        max_samples=0.6,
        random_state=seed,
        n_jobs=THREADS,
    )
    with threadpool_limits(limits=1):
        trees.fit(x, y, sample_weight=weight)
    trees.n_jobs = None
    return (trees,)


def fit_logistic(x: Float32, y: Floats, weight: Floats, seed: int) -> tuple[Any, ...]:
    """Fit an L2 logistic regression on columns that are already standardised and free of NaN."""
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
    if isinstance(estimator, LogisticRegression):
        return [("coef", estimator.coef_), ("intercept", estimator.intercept_)]
    found = [("values", e.tree_.value) for e in estimator.estimators_]
    nodes = [e.tree_.__getstate__()["nodes"] for e in estimator.estimators_]
    for table in nodes:
        found += [(field, table[field]) for field in sorted(table.dtype.names)]
    return found

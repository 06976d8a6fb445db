"""The scikit-learn estimators behind a model, and the hash of what they learned."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from eradication.domain.event import Json, canonical

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]
type Flags = npt.NDArray[np.bool_]

BAGS = 2
"""Boosted members; each sees all labelled pixels and its own draw of background (bagging over unlabelled draws)."""
BAG_ROWS = 15_000
"""Rows of background in a bag, at most."""
THREADS = 2
LEAVES = 64
"""Most leaves of a randomised tree: its score takes two words of bits then; trees grown to the end found no more."""

MONTHS = ("aug", "sep", "oct", "nov", "dec", "jan", "feb", "mar", "apr", "may")
CLOCK = "sown_day"
OF_THE_CALENDAR: frozenset[str] = frozenset(
    {
        *("bare", "rise", "fall", "fall_rate", "dry_minus_wet", "whitening"),
        *("ndvi_max", "ndvi_min", "ndvi_amplitude", "ndvi_max_month", "ndvi_min_month"),
        *("bloom", "bloom_month", "bloom_ndyi", "bloom_ebi", "bloom_ratio"),
        *(f"{index}_{part}" for index in ("ndre", "nbr", "ndti") for part in ("autumn", "winter", "spring")),
    }
)
"""Features that say when by the calendar."""


def for_trees(names: Sequence[str]) -> tuple[str, ...]:
    """Return the features that trees learn from.

    What is told by the calendar is left out where the pixel's own clock is known: the next season is early or late,
    and what trees learned of January does not hold there. docs/accuracy.md says what that is worth.
    """
    if CLOCK not in names:
        return tuple(names)
    return tuple(n for n in names if n not in OF_THE_CALENDAR and n.rpartition("_")[2] not in MONTHS)


def fit_trees(x: Float32, y: Floats, weight: Floats, background: Flags, seed: int) -> tuple[Any, ...]:
    """Fit boosted trees on bags and extremely randomised trees on everything; both take NaN as it is.

    Boosting gets weights as repeated rows: with ``sample_weight`` scikit-learn bins by weighted quantiles, which takes
    twenty times longer than the fit. One thread only: sums over threads would depend on their number.
    """
    random = np.random.default_rng(seed)
    fitted: list[Any] = []
    with threadpool_limits(limits=1):
        for bag in range(BAGS):
            rows = _bag(random, weight, background)
            boosted = HistGradientBoostingClassifier(
                max_iter=100,
                learning_rate=0.1,
                max_leaf_nodes=31,
                min_samples_leaf=20,
                max_features=0.3,
                early_stopping=False,
                random_state=seed + bag,
            )
            boosted.fit(x[rows], y[rows])
            # The generator is of no use after the fit, and a saved model should hold nothing that need not be trusted.
            boosted._feature_subsample_rng = None
            fitted.append(boosted)
        trees = ExtraTreesClassifier(
            n_estimators=100,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=3,
            max_features=0.2,
            bootstrap=True,
            max_samples=0.6,
            random_state=seed,
            n_jobs=THREADS,
        )
        fitted.append(trees.fit(x, y, sample_weight=weight))
    fitted[-1].n_jobs = None
    return tuple(fitted)


def _bag(random: np.random.Generator, weight: Floats, background: Flags) -> npt.NDArray[np.int64]:
    """Return rows of a bag: each row as often as its weight says, fractions rounded up or down by chance."""
    free = np.flatnonzero(background)
    drawn = random.choice(free, min(BAG_ROWS, len(free)), replace=False)
    # One row of background counts once, so labelled rows count by their weight against it.
    unit = weight[free].mean() * len(free) / max(len(drawn), 1) if len(free) else weight.mean()
    labelled = np.flatnonzero(~background)
    times = np.floor(weight[labelled] / unit + random.random(len(labelled))).astype(np.int64)
    return np.concatenate([np.repeat(labelled, times), drawn])


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
    if isinstance(estimator, HistGradientBoostingClassifier):
        found = [("baseline", np.asarray(estimator._baseline_prediction))]
        nodes = [stage[0].nodes for stage in estimator._predictors]
    else:
        found = [("values", e.tree_.value) for e in estimator.estimators_]
        nodes = [e.tree_.__getstate__()["nodes"] for e in estimator.estimators_]
    for table in nodes:
        found += [(field, table[field]) for field in sorted(table.dtype.names)]
    return found

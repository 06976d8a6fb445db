"""Small neural networks beside the trees.

Trees cut; what lies between two cuts is all the same to them, and a look-alike that falls on the right side of each
scores like poppy. A network is smooth: it knows how far on the right side. Where both agree, less of what is listed
first is false (docs/accuracy.md).
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from eradication.classify.bags import Flags, Floats, bag
from eradication.classify.scale import MOST_SPREADS, Scaling

NETWORKS, HIDDEN, ROUNDS = 4, 32, 20
"""Networks whose logits are averaged, units in each, and how often each goes through its bag: it stops early."""

type Float32 = npt.NDArray[np.float32]


def fit_networks(z: Float32, y: Floats, weight: Floats, background: Flags, seed: int) -> tuple[Any, ...]:
    """Fit networks to columns that are already standardised and free of NaN, each to its own bag."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    random = np.random.default_rng([seed, NETWORKS])
    fitted = []
    # One thread only: sums over threads would depend on their number.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for number in range(NETWORKS):
            rows = bag(random, weight, background)
            network = MLPClassifier((HIDDEN,), alpha=0.1, max_iter=ROUNDS, random_state=seed + number)
            fitted.append(_bare(network.fit(z[rows], y[rows])))
    return tuple(fitted)


def _bare(network: Any) -> Any:
    """Drop what is of no use after the fit: a saved model should hold nothing that need not be trusted."""
    network._optimizer = network._random_state = None
    network.loss_, network.best_loss_, network.loss_curve_ = float(network.loss_), None, []
    return network


def logits(networks: Sequence[Any], x: Float32, columns: Sequence[int], scaling: Scaling) -> Floats:
    """Return the mean of the networks' logits per pixel, shape (pixel,).

    Args:
        networks: with one hidden layer of rectified units each.
        x: shape (pixel, column), float32, of any strides; NaN where unknown: it counts as the middle of its column.
        columns: which of them, in the order of ``scaling``.
        scaling: centre and spread of each.

    Raises:
        ValueError: scaling or weights are not as many as the columns.
    """
    from eradication.classify.kernels import add_network  # compiled when first needed

    first = np.ascontiguousarray(np.hstack([n.coefs_[0] for n in networks]), np.float32)
    start = np.ascontiguousarray(np.concatenate([n.intercepts_[0] for n in networks]), np.float32)
    second = np.ascontiguousarray(np.concatenate([n.coefs_[1][:, 0] for n in networks]) / len(networks), np.float32)
    pairs = np.ascontiguousarray(np.asarray(scaling, np.float32).reshape(-1, 2).T)
    places = np.asarray(columns, np.int32)
    if not places.size == pairs.shape[1] == len(first) or not ((places >= 0) & (places < x.shape[1])).all():
        raise ValueError("columns, scaling and weights do not match")
    total = np.full(len(x), np.mean([n.intercepts_[1][0] for n in networks]), np.float64)
    add_network(x, places, (pairs, np.float32(MOST_SPREADS)), (first, start, second), total)
    return total

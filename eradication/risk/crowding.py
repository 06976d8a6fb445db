"""On which ground the satellite lists many candidates: there a candidate says little.

False alarms lie where ground looks like poppy: bare swidden, terraces, fallow. Which ground that is need not be told by
visits, for the list itself shows it: thousands of candidates, visited or not. Candidates of a cell are taken as Poisson
with a log-linear mean of the factors that do not change with the season, and the belief that no factor matters::

    log E[candidates] = b0 + x·b,      b ~ Normal(0, SPREAD²)

By Bayes' rule the odds that a candidate is true are those of true to all candidates on such ground, so they fall as
this rises (:mod:`eradication.risk.confirming` weighs it). A crowd of true ones crowds too; that the risk of the ground
says, which stands beside it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from eradication.risk import newton
from eradication.risk.factors import BY_NAME

SPREAD, LEVEL_SPREAD = 0.5, 3.0
"""Standard deviations of the belief about the weights and b0; assumed. Of few candidates little is learned."""
POISSON = 1e4
"""Size of a negative binomial that is as good as Poisson."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


def kind(names: Sequence[str], x: Floats) -> Floats:
    """Return what kind of ground cells are: the factors that do not change with the season, shape (cell, some factor).

    Args:
        names: factors, the columns of ``x``.
        x: cells, shape (cell, factor).
    """
    return x[:, [n for n, name in enumerate(names) if not BY_NAME[name].seasonal]]


def crowd(names: Sequence[str], x: Floats, candidates: Ints) -> Floats:
    """Return how many candidates such ground is expected to bear, for each cell, shape (cell,).

    Args:
        names: factors, the columns of ``x``; those that change with the season are left out.
        x: every cell, shape (cell, factor).
        candidates: cells (numbers of rows of ``x``) of the candidates of one model, of any seasons, shape (candidate,).
    """
    if not len(candidates):
        return np.ones(len(x))
    some = kind(names, x)
    counts = np.bincount(candidates, minlength=len(x)).astype(float)
    mean = np.zeros(1 + some.shape[1])
    mean[0] = np.log(counts.mean())
    spread = np.array([LEVEL_SPREAD, *[SPREAD] * some.shape[1]])
    free = np.full(len(mean), np.inf)
    task = newton.Task(some, np.zeros(len(x)), counts, mean, 1.0 / spread**2, -free, free)
    with threadpool_limits(limits=1):  # blocks are too small to share
        weights = newton.peak(task, POISSON, mean).at
    return np.asarray(np.exp(some @ weights[1:] + weights[0]))

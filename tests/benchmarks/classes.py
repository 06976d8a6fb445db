"""Several classes at once: the same two kinds of trees as for poppy, averaged, with NaN kept."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from eradication.classify.learners import boosting, randomised

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]
type Names = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class ClassModel:
    """Trees that tell several classes apart."""

    classes: Names
    """Sorted; one per column of :meth:`shares`."""
    estimators: tuple[Any, ...]
    """Boosted trees, then randomised trees."""

    @property
    def without_boosting(self) -> "ClassModel":
        """The randomised trees alone: boosting is surer of itself, also in places unlike those it learned from."""
        return ClassModel(self.classes, self.estimators[-1:])

    def shares(self, x: Float32) -> Floats:
        """Return the mean of what the estimators give each class, shape (row, class), rows summing to 1.

        They rank classes; nobody has checked them against frequencies, so they are not probabilities.
        """
        with threadpool_limits(limits=1):
            return np.mean([estimator.predict_proba(x) for estimator in self.estimators], axis=0)

    def label(self, x: Float32) -> Names:
        """Return the class with the largest share, shape (row,)."""
        return self.classes[self.shares(x).argmax(axis=1)]


def fit_classes(x: Float32, y: Names, *, seed: int = 0) -> ClassModel:
    """Fit boosted and extremely randomised trees on rows of several classes; no weights, no background.

    Args:
        x: shape (row, feature), NaN where unknown.
        y: name of each row's class, shape (row,).
        seed: of both kinds of trees; the same rows and seed give the same model whatever the number of cores.

    Raises:
        ValueError: all rows are of one class.
    """
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError("all rows are of one class")
    # Sums over threads would depend on their number.
    with threadpool_limits(limits=1):
        boosted = boosting(seed).fit(x, y)
        trees = randomised(seed).fit(x, y)
    trees.n_jobs = None
    return ClassModel(classes, (boosted, trees))

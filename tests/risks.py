"""Simulated ground, plots and searches for the tests of the risk surface: the truth is known."""

from dataclasses import dataclass

import numpy as np

from eradication.risk.surface import Prior, Rows, expert

NAMES = ("elevation", "slope", "sun_january", "road", "swidden_share")
"""Factors whose weights have no sign."""


@dataclass(frozen=True)
class Simulated:
    x: np.ndarray
    prior: Prior
    truth: np.ndarray
    """True weights, b0 first."""
    plots: np.ndarray
    """True plots by cell."""

    def rows(self, p: np.ndarray, seed: int) -> Rows:
        """A search that finds each plot with p."""
        return Rows(self.x, p, np.random.default_rng(seed).binomial(self.plots, p).astype(float))


def ground(cells: int, seed: int, names=NAMES) -> np.ndarray:
    """Factors of cells, centred, of about the spread that real ones have."""
    return np.random.default_rng(seed).normal(0.0, 0.7, (cells, len(names)))


def simulated(cells=4000, seed=0, *, plots=800.0, k=2.0, truth=None, names=NAMES) -> Simulated:
    """Plots of one season; true weights are drawn from the prior unless given."""
    random = np.random.default_rng([seed, 1])
    x = ground(cells, seed, names)
    prior = expert(names, plots, x)
    if truth is None:
        truth = random.normal(prior.mean, prior.sd)
    mu = np.exp(truth[0] + x @ truth[1:])
    return Simulated(x, prior, truth, random.poisson(mu * random.gamma(k, 1.0 / k, cells)))

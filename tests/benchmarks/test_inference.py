"""What scoring a pixel costs: compiled look-up beside scikit-learn's own prediction, in one run, on raster-like pixels.

Neighbours in a raster are alike, which branch predictors and caches of other ways to predict like; shuffled pixels are
measured too. Run with ``make bench``.
"""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.imagery import machine
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from eradication import features, simulation
from eradication.classify.learners import LEAVES, fit_logistic, fit_trees
from eradication.classify.scale import columns_scale, standardise
from eradication.classify.scores import raw_scores
from eradication.config import Settings
from eradication.domain import Season

type Floats = npt.NDArray[np.float64]
type Float32 = npt.NDArray[np.float32]

SEED, SIZE_PX = 2, 384
ROUNDS = 5
PIXELS = 16_384
"""Handed to a thread at a time."""
LEARNT_FROM = 20_000


@dataclass(frozen=True, slots=True)
class Rival:
    """One learner, scored in two ways."""

    name: str
    ours: Callable[[Float32], Floats] | None
    theirs: Callable[[Float32], Floats]
    near: float
    """How far the two may be apart."""
    trees: bool = True


def pixels_and_truth() -> tuple[Float32, npt.NDArray[np.bool_]]:
    """All observed pixels of a simulated season in raster order, and which touch a plot."""
    world = simulation.build(simulation.Recipe(SEED, Season(2024), size_px=SIZE_PX))
    stack = features.describe(simulation.cube(world), Settings(), gate=features.OPEN)
    poppy = np.zeros(stack.observed.shape, bool)
    for plot in world.plots:
        left, top, right, bottom = (int(v // 10) for v in plot.polygon.bounds)
        poppy[top : bottom + 1, left : right + 1] = True
    seen = np.isfinite(stack.x).mean(axis=0) > 0.2
    return np.ascontiguousarray(stack.x[:, seen]), poppy.ravel()[stack.pixels]


def asked(estimator: Any) -> Callable[[Float32], Floats]:
    return lambda x: estimator.predict_proba(x)[:, 1]


def rivals(x: Float32, y: Floats, weight: Floats) -> list[Rival]:
    """Fit everything on the same pixels."""
    scaling = columns_scale(x)
    model = fit_trees(x, y, weight, np.zeros(len(y), bool), 0)
    (logistic,) = fit_logistic(standardise(x, scaling), y, weight, 0)
    grown = ExtraTreesClassifier(100, min_samples_leaf=3, max_features=0.2, random_state=0).fit(x, y)
    boosted = HistGradientBoostingClassifier(max_features=0.3, random_state=0).fit(x, y)
    forest = RandomForestClassifier(300, max_features=0.1, random_state=0).fit(x, y)
    with warnings.catch_warnings():
        # It is asked how long an answer takes, not how good it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = MLPClassifier((64, 32), max_iter=5, random_state=0).fit(standardise(x, scaling), y)

    def averaged(rows: Float32) -> Floats:
        low, high, other = (asked(e)(rows) for e in model)
        mean: Floats = 0.25 * low + 0.25 * high + 0.5 * other
        return mean

    def one(name: str, estimator: Any) -> Rival:
        return Rival(name, lambda rows: raw_scores((estimator,), rows), asked(estimator), 1e-12)

    return [
        Rival("the model: boosted and randomised, averaged", lambda rows: raw_scores(model, rows), averaged, 1e-12),
        one(f"100 randomised trees of {LEAVES} leaves", model[-1]),
        one("100 randomised trees grown to the end", grown),
        one("100 boosted trees of 31 leaves", boosted),
        one("random forest of 300", forest),
        Rival(
            "logistic regression",
            lambda rows: raw_scores((logistic,), rows, scaling),
            lambda rows: asked(logistic)(standardise(rows, scaling)),
            1e-4,
            trees=False,
        ),
        Rival("network 64-32", None, lambda rows: asked(network)(standardise(rows, scaling)), 0.0, trees=False),
    ]


def seconds(work: Callable[[Float32], Floats], x: Float32, threads: int) -> float:
    """Wall time in which ``threads`` score all pixels in pieces; libraries get one thread in each."""
    pieces = [x[first : first + PIXELS] for first in range(0, len(x), PIXELS)]
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(work, pieces))
        return time.perf_counter() - began


def measured(all_rivals: list[Rival], x: Float32, threads: int) -> dict[str, tuple[float, float, float]]:
    """Return for each rival the median kpx/s of ours and theirs and the median of the ratio, round by round."""
    times: dict[str, list[tuple[float, float]]] = {rival.name: [] for rival in all_rivals}
    for _ in range(ROUNDS):
        for rival in all_rivals:
            ours = np.nan if rival.ours is None else seconds(rival.ours, x, threads)
            times[rival.name].append((ours, seconds(rival.theirs, x, threads)))
    kpx = len(x) / 1e3
    return {
        name: (
            kpx / median(ours for ours, _ in found),
            kpx / median(theirs for _, theirs in found),
            median(theirs / ours for ours, theirs in found),
        )
        for name, found in times.items()
    }


def start_up(folder: Path) -> list[float]:
    """Seconds until compiled code is there: first without any cache, then with it."""
    probe = (
        "import time, numba, numpy, eradication.classify; t = time.perf_counter(); "
        "import eradication.classify.kernels; print(time.perf_counter() - t)"
    )
    surroundings = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    command = [sys.executable, "-c", probe]
    return [
        float(subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    ]


def table(title: str, found: dict[str, tuple[float, float, float]]) -> list[str]:
    lines = [title, f"    {'':48} {'ours':>9} {'sklearn':>9} {'ratio':>7}"]
    for name, (ours, theirs, ratio) in found.items():
        shown = ("", "") if np.isnan(ours) else (f"{ours:.0f}", f"{ratio:.1f} x")
        lines.append(f"    {name:48} {shown[0]:>9} {theirs:9.0f} {shown[1]:>7}")
    return lines


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_trees_looked_up_in_compiled_code_score_alike_and_not_slower_than_scikit_learn(tmp_path, capsys):
    x, poppy = pixels_and_truth()
    random = np.random.default_rng(SEED)
    rows = np.unique(np.concatenate([np.flatnonzero(poppy), random.choice(len(x), LEARNT_FROM, replace=False)]))
    weight = np.where(poppy[rows], 0.15 * (~poppy[rows]).sum() / poppy[rows].sum(), 1.0)
    every = rivals(x[rows], poppy[rows].astype(float), weight)
    for rival in every:
        if rival.ours is not None:
            with threadpool_limits(1):
                assert rival.ours(x) == pytest.approx(rival.theirs(x), abs=rival.near, rel=0), rival.name
    quiet = {threads: measured(every, x, threads) for threads in (1, 2)}
    mixed = measured(every[:3], x[random.permutation(len(x))], 1)
    cold, warm = start_up(tmp_path / "cache")
    lines = ["", "mô phỏng / simulated pixels; kpx/s, medians of rounds in which all take turns"]
    lines += [f"    {name}: {value}" for name, value in machine.described(tmp_path).items()]
    lines += [f"    {len(x)} pixels x {x.shape[1]} features, {np.isnan(x).mean():.0%} unknown"]
    for threads, found in quiet.items():
        lines += table(f"raster order, {threads} thread{'s' * (threads > 1)}", found)
    lines += table("shuffled, 1 thread", mixed)
    lines += [f"compiled code is there after {cold:.1f} s without a cache, {warm:.1f} s with it"]
    with capsys.disabled():
        print("\n".join(lines))
    for found in quiet.values():
        assert all(found[rival.name][2] >= 1 for rival in every if rival.trees)

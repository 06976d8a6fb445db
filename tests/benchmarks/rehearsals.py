"""Simulated provinces for the benchmarks of plans: real outlines, several truths, work on two cores."""

import json
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication.pipeline.rehearsal import Grounds, SeasonResult, foretell, rehearse
from eradication.simulation import province as provinces
from eradication.simulation.province import Assumptions, Province

DATA = Path(os.environ.get("ERADICATION_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
OUTLINES = DATA / "boundaries" / "sonla_communes_2025.geojson"
FIRST = 1001
"""Number of the first simulated province. Those of smaller numbers had been seen while plans were developed: chosen by
what they gave, plans would be praised by them."""
SEASONS = int(os.environ.get("ERADICATION_PLAN_SEASONS", "20"))
"""Simulated seasons; fewer for a quick look."""

SHARPNESS = ("as assumed", "satellite half as sharp", "score of the rules")
"""What the satellite's score may be worth: what that of a trained model was on simulated imagery (real ground is hardly
kinder), half of that, nothing: so the score of the rules on the same imagery (docs/accuracy.md)."""
TRUTHS: Mapping[str, Assumptions] = {
    "as assumed": Assumptions(),
    "satellite half as sharp": Assumptions(score_gap=0.9),
    "score of the rules": Assumptions(score_gap=0.0),
    "false candidates as large as true ones": Assumptions(false_median_m2=900.0, false_sigma_ln=0.75),
    "no place is planted again": Assumptions(reuse=()),
    "no factor matters, noise only": Assumptions(weight_mean={}, noise_sd=1.3),
    "perfect satellite for A and B": Assumptions(recall=(1.0, 1.0, 0.0), score_gap=6.0),
    "short list, 1 000 candidates": Assumptions(recall=(0.8, 0.5, 0.0), false_candidates=1000.0, score_gap=1.5),
}
"""What the world may be like instead; the program knows nothing of it."""


def outlines() -> list[BaseGeometry]:
    """Return the outlines of the communes of 2025, EPSG:32648."""
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    return [geo.project(shape(one["geometry"]), geo.WGS84, geo.UTM48) for one in features]


def province(seed: int, truth: str) -> Province:
    """Return the simulated province of a seed under a truth."""
    return provinces.build(outlines(), TRUTHS[truth], seed=seed)


def one(seed: int, truth: str, policies: Sequence[str], count: int) -> list[SeasonResult]:
    """Rehearse one province."""
    return rehearse(Grounds(province(seed, truth)), policies, count=count)


def many(seeds: Sequence[int], truth: str, policies: Sequence[str], count: int = 1) -> list[list[SeasonResult]]:
    """Rehearse several provinces on two cores; one list of results for each."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), fresh) as pool:
        return list(pool.map(partial(one, truth=truth, policies=policies, count=count), seeds))


def foretold(seed: int, truth: str) -> dict[str, Any]:
    """Return what the surface captures of a season it never saw in one province."""
    return foretell(Grounds(province(seed, truth))).captured


def captured(seeds: Sequence[int], truth: str) -> list[dict[str, Any]]:
    """Foretell a season in several provinces on two cores."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), fresh) as pool:
        return list(pool.map(partial(foretold, truth=truth), seeds))

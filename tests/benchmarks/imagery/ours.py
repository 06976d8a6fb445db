"""The package itself, as the measurements call it: the one place that knows how.

``run`` goes from a catalog to candidates, ``read`` only reads, ``train`` makes the model that every method uses.
"""

import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from benchmarks.imagery.chips import SEASON

from eradication import classify, features, plots, registry, simulation
from eradication.config import Settings
from eradication.domain.model import TrainedModel, places
from eradication.ingest import imagery, visits

SETTINGS = Settings()
MODEL = "bench"


def run(catalog: Path, model: TrainedModel, folder: Path, *, gate: bool) -> dict[str, Any]:
    """Go from a catalog to candidates.

    Args:
        catalog: of one season.
        model: what scores the pixels.
        folder: outputs go there.
        gate: skip pixels that cannot be poppy.

    Returns:
        ``seconds`` by stage, ``peak_rss_mb``, ``candidates`` (number), and the paths ``scores`` (.npy, float32 on the
        10 m grid, NaN where unobserved) and ``outlines`` (GeoJSON geometries in WGS 84, one a line).
    """
    seconds = {}
    began = time.perf_counter()
    cube = imagery.load(str(catalog), SEASON, settings=SETTINGS)
    seconds["read"] = time.perf_counter() - began
    began = time.perf_counter()
    described = features.describe(cube, SETTINGS)
    seconds["features"] = time.perf_counter() - began
    began = time.perf_counter()
    scores = classify.predict(described, model)
    seconds["predict"] = time.perf_counter() - began
    began = time.perf_counter()
    found = plots.outline(scores, SETTINGS, run="bench")
    seconds["candidates"] = time.perf_counter() - began
    np.save(folder / "scores.npy", scores.score)
    (folder / "outlines.jsonl").write_text("\n".join(shapely.to_geojson(c.geometry) for c in found), encoding="utf-8")
    return {
        "seconds": seconds,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "candidates": len(found),
        "scores": str(folder / "scores.npy"),
        "outlines": str(folder / "outlines.jsonl"),
        "gated": False,
    }


def read(catalog: Path) -> float:
    """Read every pixel of every band and date once and return the seconds it took."""
    began = time.perf_counter()
    imagery.load(str(catalog), SEASON, settings=SETTINGS, drop_missed_clouds=False)
    return time.perf_counter() - began


def train(folder: Path, size_px: int = 384) -> TrainedModel:
    """Train a model on a simulated season of its own and keep it in the registry under ``folder``."""
    if (folder / MODEL).is_dir():
        return registry.load(folder, MODEL)
    world = simulation.build(simulation.Recipe(901, SEASON, size_px=size_px, plots=40, lying_items=0))
    folder.mkdir(parents=True, exist_ok=True)
    table = simulation.write_table(simulation.training_visits(world), folder / "visits.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    described = features.describe(simulation.cube(world), SETTINGS)
    model = classify.train(features.sample(described, told, seed=1), name=MODEL)
    registry.save(model, folder)
    return model

"""The package itself, as the measurements call it: the one place that knows how.

``run`` goes from a catalog to candidates, ``read`` only reads, ``monitor`` is the command with everything that it also
does (store, maps, what was not seen), ``train`` makes the model that every method uses.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import shapely
from benchmarks.imagery.chips import SEASON

from eradication import classify, features, plots, registry, simulation
from eradication.config import Settings
from eradication.domain.model import TrainedModel, places
from eradication.features.blocks import BlockFolder
from eradication.ingest import imagery, visits
from eradication.ingest.imagery import Archive
from eradication.pipeline import blocks, scan, scoring
from eradication.progress import silent
from eradication.raster import ScoreMap

SETTINGS = Settings()
MODEL = "bench"

PARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "read": ((imagery, "read"),),
    "gate": ((features, "look"), (features, "survey")),
    "features": ((features, "gather"), (features, "columns")),
    "predict": ((classify, "predict"),),
    "keep": tuple((BlockFolder, name) for name in ("keep_looks", "keep_series", "finish", "keep_scores"))
    + tuple((BlockFolder, name) for name in ("looks", "series", "found")),
}
"""Stage of the table → functions whose time makes it up; ``keep`` is writing and reading what is kept of blocks."""


@dataclass(slots=True)
class Shares:
    """Seconds that threads spend in each part, all threads together."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Add up the time of :data:`PARTS` while inside."""
        with ExitStack() as stack:
            for part, functions in PARTS.items():
                for owner, name in functions:
                    stack.enter_context(mock.patch.object(owner, name, self._timed(part, getattr(owner, name))))
            yield

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*positional: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*positional, **named)
            finally:
                self.seconds[part] += time.perf_counter() - began

        return timed

    def of(self, wall_s: float) -> dict[str, float]:
        """Divide the time that passed by the parts' shares in the threads' time."""
        total = sum(self.seconds.values()) or 1.0
        return {part: wall_s * seconds / total for part, seconds in self.seconds.items()}


def run(catalog: Path, model: TrainedModel, folder: Path, *, gate: bool) -> dict[str, Any]:
    """Go from a catalog to candidates, with nothing known of the season before.

    Args:
        catalog: of one season.
        model: what scores the pixels.
        folder: outputs go there.
        gate: skip pixels that cannot be poppy; else every pixel gets all features and a score.

    Returns:
        ``seconds`` by stage, ``peak_rss_mb``, ``candidates`` (number), ``passed`` (share of observed pixels that the
        gate let through), and the paths ``scores`` (.npy, float32 on the 10 m grid, NaN where not scored) and
        ``outlines`` (GeoJSON geometries in WGS 84, one a line).
    """
    kept = Path(tempfile.mkdtemp(prefix="scans-", dir=folder))
    shares = Shares()
    with shares.watching():
        began = time.perf_counter()
        archive = imagery.find(str(catalog), SEASON, settings=SETTINGS)
        planned = blocks.plan([archive], SETTINGS, kept)
        planned = planned if gate else replace(planned, gate=features.OPEN)
        opened = time.perf_counter()
        scores = _scanned(planned, model)
        scored = time.perf_counter()
    found = plots.outline(scores, SETTINGS, run="bench")
    done = time.perf_counter()
    outlines = "\n".join(shapely.to_geojson(c.geometry) for c in found)
    (folder / "outlines.jsonl").write_text(outlines, encoding="utf-8")
    passed = _keep_scores(planned, folder / "scores.npy")
    shutil.rmtree(kept)
    return {
        "seconds": {"open": opened - began, **shares.of(scored - opened), "candidates": done - scored},
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "candidates": len(found),
        "passed": passed,
        "scores": str(folder / "scores.npy"),
        "outlines": str(folder / "outlines.jsonl"),
    }


def _scanned(planned: blocks.Scan, model: TrainedModel) -> ScoreMap:
    todo = sorted(planned.windows)
    with scan.workers() as at_work:
        for _ in at_work(partial(blocks.survey_block, planned), todo, silent):
            pass
        parts = dict(at_work(partial(scoring.score_block, planned, model=model), todo, silent))
    return scan._together([parts[at] for at in todo])


def _keep_scores(planned: blocks.Scan, target: Path) -> float:
    """Write the map of scores and return the share of observed pixels that were scored."""
    out = np.full(planned.archive.grid.shape, np.nan, np.float32)
    observed = scored = 0
    for at, window in planned.windows.items():
        clear, possible, _ = planned.block(at).found()
        seen = clear >= max(SETTINGS.imagery.min_clear, 1)
        part = np.where(possible, planned.block(at).scores(), np.nan)
        out[window.slices] = part
        observed, scored = observed + int(seen.sum()), scored + int((seen & possible).sum())
    np.save(target, out)
    return scored / max(observed, 1)


def read(catalog: Path) -> float:
    """Read every pixel of every band and date once, block by block, and return the seconds it took.

    Opening and judging the items is not counted, as finding the blocks is not in the floor.
    """
    archive = imagery.find(str(catalog), SEASON, settings=SETTINGS)
    windows = blocks.plan([archive], SETTINGS, Path("unused")).windows.values()

    def one(window: Any) -> int:
        return len(_read(archive, window))

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(one, windows))
    return time.perf_counter() - began


def red_of(catalog: Path) -> Iterator[tuple[Any, Path]]:
    """Give packed red of every date of a season of one tile, and the file it came from."""
    archive = imagery.find(str(catalog), SEASON, settings=SETTINGS)
    for number, (scene,) in enumerate(archive.groups):
        one = replace(archive, groups=archive.groups[number : number + 1])
        yield imagery.read(one, None, ["red"]).bands["red"][0], Path(scene.bands["red"].raster.path)


def _read(archive: Archive, window: Any) -> dict[str, Any]:
    return imagery.read(archive, window).bands


def monitor(catalog: Path, model: TrainedModel, models: Path, folder: Path) -> dict[str, Any]:
    """Run the command in a workspace under ``folder``, made if it is not there; return its answer and wall seconds."""
    workspace = folder / "workspace"
    if not workspace.is_dir():
        _command(["init", str(workspace), "--province", "Sơn La"])
        shutil.copytree(models, workspace / "models", dirs_exist_ok=True)
    began = time.perf_counter()
    season, name = SEASON.label, model.label
    arguments = ["monitor", "--season", season, "--imagery", str(catalog), "--model", name]
    answer = _command(["--workspace", str(workspace), "--json", *arguments])
    return json.loads(answer) | {"wall_s": time.perf_counter() - began}


def _command(arguments: Sequence[str]) -> str:
    program = "import sys; from eradication.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def train(folder: Path, size_px: int = 384) -> TrainedModel:
    """Train a model on a simulated season of its own and keep it in the registry under ``folder``."""
    if (folder / MODEL).is_dir():
        return registry.load(folder, MODEL)
    world = simulation.build(simulation.Recipe(901, SEASON, size_px=size_px, plots=40, lying_items=0))
    folder.mkdir(parents=True, exist_ok=True)
    table = simulation.write_table(simulation.training_visits(world), folder / "visits.csv")
    rows = visits.read(table, settings=SETTINGS, now=datetime.now(UTC), timezone="Asia/Ho_Chi_Minh")
    told = places(row.visit for row in rows if row.visit is not None)
    choice = features.choose(world.geobox, told, seed=1)
    wanted = np.zeros(world.geobox.shape, bool)
    wanted.ravel()[choice.pixels] = True
    described = features.describe(simulation.cube(world), SETTINGS, wanted=wanted)
    model = classify.train(features.sample(described, choice), name=MODEL)
    registry.save(model, folder)
    return model

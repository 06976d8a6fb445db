"""A season scored by a real Dask scheduler and two worker processes is the season scored here."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eradication import simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import StorageFailed
from eradication.ingest import imagery
from eradication.pipeline import blocks, cuts, scan
from eradication.progress import quiet

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

DASK = [sys.executable, "-m", "dask"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = simulation.build(simulation.Recipe(seed=5, season=Season(2024), size_px=160, most_items=12))
    return simulation.write(world, tmp_path_factory.mktemp("season")).catalog


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    scheduler = [
        *DASK,
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    ]
    worker = [
        *DASK,
        "worker",
        "--scheduler-file",
        str(file),
        "--host",
        "127.0.0.1",
        "--nworkers",
        "2",
        "--nthreads",
        "1",
    ]
    worker += ["--no-dashboard", "--local-directory", str(folder)]
    with (folder / "log").open("wb") as log:
        started = [subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) for command in (scheduler, worker)]
        try:
            deadline = time.monotonic() + 60
            while not file.is_file() or not file.read_text():
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
            yield str(json.loads(file.read_text())["address"])
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(timeout=30)


def scanned(catalog: Path, folder: Path, dask: str, monkeypatch: pytest.MonkeyPatch) -> scan.Scanned:
    monkeypatch.setattr(blocks, "SIDE_PX", 64)
    monkeypatch.setattr(cuts, "LEAST_PX", 16)
    archive = imagery.find(str(catalog), Season(2024), settings=Settings())
    with scan.workers(dask) as run:
        return scan.scan(blocks.plan([archive], Settings(), folder), None, run, quiet)


def test_two_worker_processes_give_the_scores_of_this_computer(
    catalog: Path, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scanned(catalog, tmp_path / "here", "", monkeypatch)
    there = scanned(catalog, tmp_path / "there", cluster, monkeypatch)
    assert len(there.scan.windows) > 4
    assert len(here.scores.pixels) > 10
    np.testing.assert_array_equal(here.scores.pixels, there.scores.pixels)
    np.testing.assert_array_equal(here.scores.score, there.scores.score)
    assert (here.scores.observed, here.failed) == (there.scores.observed, there.failed)
    for (window, ours), (other, theirs) in zip(scan.layers(here), scan.layers(there), strict=True):
        assert window == other
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name])


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "PATIENCE_S", 1)
    with pytest.raises(StorageFailed) as caught, scan.workers("tcp://127.0.0.1:9"):
        pass
    assert caught.value.kind == "no_cluster"
    assert caught.value.where == "tcp://127.0.0.1:9"

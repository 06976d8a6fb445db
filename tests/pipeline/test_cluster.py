"""A season scored by a real Dask scheduler and two worker processes is the season scored here."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imagery_factory import write_links

from eradication import simulation
from eradication.config import Settings
from eradication.domain import Season
from eradication.errors import StorageFailed
from eradication.ingest import imagery
from eradication.pipeline import blocks, cuts, scan
from eradication.pipeline import cluster as cluster_of_blocks
from eradication.progress import quiet, silent

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

DASK = [sys.executable, "-m", "dask"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season, and the year before it."""
    folder, links = tmp_path_factory.mktemp("season"), []
    for year in (2024, 2023):
        world = simulation.build(simulation.Recipe(seed=5, season=Season(year), size_px=160, most_items=12))
        written = simulation.write(world, folder / str(year)).catalog
        links.append({"rel": "child", "href": f"./{Path(written).relative_to(folder)}"})
    return write_links(folder / "catalog.json", links)


@contextmanager
def started(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and a process that keeps so many workers; the address, and the processes."""
    file = folder / "scheduler.json"
    own = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    commands = [[*DASK, "scheduler", "--port", "0", *own]]
    if workers:
        held = ["--nworkers", str(workers), "--nthreads", "1", "--local-directory", str(folder)]
        commands.append([*DASK, "worker", *own, *held])
    with (folder / "log").open("wb") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) for command in commands]
        try:
            deadline = time.monotonic() + 60
            while not file.is_file() or not file.read_text():
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
            yield str(json.loads(file.read_text())["address"]), running
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(timeout=30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("cluster"), 2) as (address, _):
        yield address


def scanned(catalog: Path, folder: Path, dask: str, monkeypatch: pytest.MonkeyPatch) -> scan.Scanned:
    monkeypatch.setattr(blocks, "SIDE_PX", 64)
    monkeypatch.setattr(cuts, "LEAST_PX", 16)
    archive = imagery.find(str(catalog), Season(2024), settings=Settings())
    earlier = imagery.earlier(archive, str(catalog), area=None, settings=Settings())
    assert len(earlier) == 1
    with scan.workers(dask) as run:
        return scan.scan(blocks.plan([archive, *earlier], Settings(), folder), None, run, quiet)


@pytest.mark.slow
def test_two_worker_processes_give_the_scores_of_this_computer(
    catalog: Path, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scanned(catalog, tmp_path / "here", "", monkeypatch)
    # Its workers began in another folder: what they are told must not depend on this one.
    monkeypatch.chdir(tmp_path)
    there = scanned(Path(os.path.relpath(catalog)), Path("there"), cluster, monkeypatch)
    assert len(there.scan.windows) > 4
    assert len(here.scores.pixels) > 10
    np.testing.assert_array_equal(here.scores.pixels, there.scores.pixels)
    np.testing.assert_array_equal(here.scores.score, there.scores.score)
    assert (here.scores.observed, here.failed) == (there.scores.observed, there.failed)
    for (window, ours), (other, theirs) in zip(scan.layers(here), scan.layers(there), strict=True):
        assert window == other
        assert "bare_share" in ours
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name])


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_of_blocks, "PATIENCE_S", 1)
    with pytest.raises(StorageFailed) as caught, scan.workers("tcp://127.0.0.1:9"):
        pass
    assert caught.value.kind == "no_cluster"
    assert caught.value.where == "tcp://127.0.0.1:9"


def slow() -> Any:
    """Work that would last longer than the test."""

    def work(at: tuple[int, int]) -> int:
        import time

        time.sleep(60)
        return sum(at)

    return work


@pytest.mark.slow
def test_a_scheduler_without_workers_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_of_blocks, "PATIENCE_S", 2)
    with started(tmp_path, 0) as (address, _), scan.workers(address) as run:
        with pytest.raises(StorageFailed) as caught:
            list(run(slow(), [(0, 0)], silent))
    assert (caught.value.kind, caught.value.where) == ("no_cluster", address)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["scheduler", "workers"])
def test_what_is_lost_in_the_middle_of_a_run_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr(cluster_of_blocks, "PATIENCE_S", 2)
    with started(tmp_path, 1) as (address, running), scan.workers(address) as run:
        answers = run(slow(), [(0, 0), (0, 1)], silent)
        ending = threading.Timer(3, running[0 if lost == "scheduler" else 1].terminate)
        ending.start()
        with pytest.raises(StorageFailed) as caught:
            list(answers)
        ending.join()
    assert caught.value.kind == "no_cluster"

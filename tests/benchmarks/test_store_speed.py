"""Stores of ten simulated seasons at a tenth and at the whole size, in a file and on a server.

``make bench-store``. Asserted are ratios to plain queries timed in the same run, never seconds: machines are shared.
``ERADICATION_BENCH_STORE`` is the share of the whole size that counts as the whole, 1 if not set; 0.02 makes a trial
run in a minute, in which nothing is asserted of speed.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from benchmarks import big_store
from benchmarks.imagery import machine, printed
from benchmarks.imagery.setting import keep, setting
from postgres import Cluster
from sqlalchemy import text

from eradication import config
from eradication.domain import Season
from eradication.pipeline import accounts, kept, main_path, plot_answers, projection
from eradication.pipeline.accounts import Question
from eradication.pipeline.kept import Wanted
from eradication.pipeline.workspace import Workspace, created, settings_for

pytestmark = [pytest.mark.bench_store, pytest.mark.timeout(7200)]

WHOLE = float(os.environ.get("ERADICATION_BENCH_STORE", "1"))
SIZES = {"tenth": 0.1 * WHOLE, "whole": WHOLE}
SEASON = Season(2025)
BBOX = (104.0, 21.0, 104.05, 21.05)
PROGRAM = Path(sys.executable).with_name("eradication")
ROWS = text("SELECT body FROM replayed WHERE part = 'entry' AND season = :season")

MOST_OF_ROWS = 25.0
"""The ledger of a season against reading and parsing its rows."""
MOST_OF_EVENTS = 6.0
"""Taking one visit in against reading and parsing all events once."""
MOST_MB = 300
"""Peak memory of a process that copies a store, however large that is."""
MOST_GROWTH = 4.0
"""Plots of a box, ten times the store against one, which holds ten times as many plots in the box."""


@dataclass
class Figures:
    """Seconds of one store."""

    counts: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)

    def time(self, what: str, act: Callable[[], Any], times: int = 1) -> Any:
        """Do something a few times, note the median."""
        taken, answer = [], None
        for _ in range(times):
            began = time.perf_counter()
            answer = act()
            taken.append(time.perf_counter() - began)
        self.seconds[what] = statistics.median(taken)
        return answer


@pytest.fixture(scope="module")
def results() -> Iterator[dict[tuple[str, str], Figures]]:
    """Figures by backend and size, printed at the end."""
    found: dict[tuple[str, str], Figures] = {}
    yield found
    how = setting()
    print(f"\nsimulated seasons\n{printed.block('machine', machine.described(how.out))}")
    columns = sorted(found)
    names = {what: None for figures in found.values() for what in figures.seconds}
    print(f"{'seconds':<44}" + "".join(f"{' '.join(column):>20}" for column in columns))
    for what in names:
        print(f"{what:<44}" + "".join(f"{found[column].seconds.get(what, float('nan')):>20.3f}" for column in columns))
    keep(how.out, "store", {" ".join(c): found[c].counts | found[c].seconds for c in columns})


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("backend", ["file", "server"])
def test_answers_about_now_cost_what_their_rows_cost(
    backend: str, size: str, results: dict[tuple[str, str], Figures], tmp_path: Path, request: pytest.FixtureRequest
):
    place: config.Store | None = None
    if backend == "server":
        cluster: Cluster = request.getfixturevalue("server")
        place = cluster.place()
    folder = tmp_path / "ws"
    try:
        with created(folder, settings_for("Sơn La", server=place)) as workspace:
            began = time.perf_counter()
            figures = Figures(big_store.fill(workspace, SIZES[size]))
            figures.seconds["filling the store"] = time.perf_counter() - began
            results[backend, size] = figures
            figures.time("replaying everything, keeping it", lambda: _refreshed(workspace))
            _measured(workspace, figures)
            if size == "tenth":
                _same_as_replayed(workspace)
        _commands(folder, figures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if size == "whole" and WHOLE >= 0.5:
        _judged(figures)


def _refreshed(workspace: Workspace) -> None:
    with workspace.store.transaction() as transaction:
        projection.refresh(workspace, transaction)


def _measured(workspace: Workspace, figures: Figures) -> None:
    question = Question(SEASON)
    figures.time("ledger by commune, the first after a write", lambda: accounts.ledger(workspace, question))
    figures.time("ledger by commune", lambda: accounts.ledger(workspace, question), 5)
    figures.time("rows of that ledger, read and parsed", lambda: _plain(workspace), 5)
    figures.time("ledger of all seasons", lambda: accounts.ledger(workspace, Question(None)))
    figures.time("plots in a box", lambda: plot_answers.plots(workspace, Wanted(bbox=BBOX)), 9)
    figures.time("plots of a season", lambda: plot_answers.plots(workspace, Wanted(SEASON)), 3)
    events = figures.time("all events, read and parsed", workspace.store.events)
    assert len(events) == figures.counts["events"]
    del events
    numbers = iter(range(100))
    figures.time("one visit taken in", lambda: _one_visit(workspace, next(numbers)), 3)


def _plain(workspace: Workspace) -> list[Any]:
    with workspace.store._database.reading() as connection:  # type: ignore[attr-defined]
        return [json.loads(body) for body in connection.scalars(ROWS, {"season": SEASON.label})]


def _one_visit(workspace: Workspace, number: int) -> None:
    table = workspace.folder / "one.csv"
    table.write_text(big_store.one_visit(number), encoding="utf-8")
    (row,) = main_path.record_visits(workspace, table)["visits"]
    assert row["status"] == "accepted"


def _same_as_replayed(workspace: Workspace) -> None:
    """Hold the answers to those of a replay."""

    def told() -> str:
        answer = accounts.ledger(workspace, Question(SEASON)) | {"as_of": ""}
        return json.dumps([answer, plot_answers.plots(workspace, Wanted(bbox=BBOX))], sort_keys=True)

    fast = told()
    with workspace.store.transaction() as transaction:
        transaction.replace_layer(kept.TABLE, [])
    assert told() == fast
    _refreshed(workspace)


def _commands(folder: Path, figures: Figures) -> None:
    for what, words in {
        "command ledger --json": ["ledger", "--season", SEASON.label],
        "command plots list --bbox --json": ["plots", "list", "--bbox", ",".join(map(str, BBOX))],
    }.items():
        command = [PROGRAM, "--workspace", folder, *words, "--json"]
        done = figures.time(what, lambda command=command: subprocess.run(command, capture_output=True), 3)
        assert done.returncode == 0, done.stderr.decode()[-2000:]


def _judged(figures: Figures) -> None:
    took = figures.seconds
    assert took["ledger by commune"] < MOST_OF_ROWS * max(took["rows of that ledger, read and parsed"], 0.01)
    assert took["one visit taken in"] < MOST_OF_EVENTS * max(took["all events, read and parsed"], 1.0)


def test_plots_of_a_box_do_not_grow_with_the_store(results: dict[tuple[str, str], Figures]):
    for backend in ("file", "server"):
        if (backend, "whole") in results:
            small, large = (results[backend, size].seconds["plots in a box"] for size in ("tenth", "whole"))
            assert large < MOST_GROWTH * small, backend


COPYING = """
import json, sys, time
from pathlib import Path
from eradication import config, store
from eradication.store import snapshot
folder, out, url, schema = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
seconds, digests = {}, set()
def timed(what, act):
    began = time.perf_counter()
    digests.add(act().sha256)
    seconds[what] = time.perf_counter() - began
place = config.Store(url, schema)
with store.open(folder) as opened:
    timed("its rows, read and summed", lambda: snapshot.content_of(opened))
    timed("file to file, proved", lambda: snapshot.write(opened, out / "file.gpkg"))
timed("file to server, proved", lambda: snapshot.load(out / "file.gpkg", out, place))
with store.open(folder, settings=place) as opened:
    timed("server to file, proved", lambda: snapshot.write(opened, out / "server.gpkg"))
assert len(digests) == 1, digests
# Of this program alone: the system's other figure begins with that of the process that started it.
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps(seconds | {"peak memory of these, MB": peak}))
"""


def test_a_store_is_copied_both_ways_in_bounded_memory(
    results: dict[tuple[str, str], Figures], server: Cluster, tmp_path: Path
):
    folder, place = tmp_path / "ws", server.place()
    with created(folder, settings_for("Sơn La")) as workspace:
        figures = results["copy", "whole"] = Figures(big_store.fill(workspace, WHOLE))
        _refreshed(workspace)
    with (
        contextlib.closing(sqlite3.connect(folder / "store.gpkg")) as source,
        contextlib.closing(sqlite3.connect(tmp_path / "plain.gpkg")) as target,
    ):
        figures.time("pages of the file, copied by SQLite", lambda: source.backup(target))
    command = [sys.executable, "-c", COPYING, folder, tmp_path, place.url, place.schema]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    figures.seconds |= json.loads(done.stdout)
    assert figures.seconds["peak memory of these, MB"] < MOST_MB

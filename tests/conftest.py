"""Shared fixtures. No test touches an outside network."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from postgres import Cluster

pytest_plugins = ["archive.fixtures"]

# Under CI the same examples every time, so that a change is judged and not the draw; elsewhere new ones are looked for.
# No deadlines: machines are shared, and seconds are never asserted in a test.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")


TOGETHER = (
    ("tests/cli/models/",),
    ("tests/cli/test_demo.py", "tests/cli/test_effort.py", "tests/cli/test_harvest.py", "tests/cli/test_words.py"),
    ("tests/archive/test_live_archive.py", "tests/archive/test_searching.py"),
)
"""Files whose tests share something dear: a trained model, a demonstration, an archive's server. One process takes them
all, or every process would make its own."""


LONGEST = (
    "tests/cli/models/",
    "tests/test_readme.py",
    "tests/pipeline/test_kept.py",
    "tests/pipeline/test_blocks.py",
    "tests/e2e/",
    "tests/cli/test_demo.py",
    "tests/store/test_postgis_faults.py",
)
"""Files that take longest: they go first, lest one process be left with one of them when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all else stays in its order."""
    ranks = {one: rank for rank, one in enumerate(LONGEST)}
    items.sort(key=lambda item: next((ranks[one] for one in LONGEST if item.nodeid.startswith(one)), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, as ``--dist loadfile`` does, and some files together."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByWhatTheyShare(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((group[0] for group in TOGETHER if file.startswith(group)), file)

    return ByWhatTheyShare(config, log)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data files; they are not part of the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("ERADICATION_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set ERADICATION_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def server() -> "Iterator[Cluster]":
    """A private PostgreSQL server with PostGIS, one for each process that runs tests; each store gets its schema."""
    import postgres  # most test files need none

    if reason := postgres.why_not():
        pytest.skip(reason)
    cluster = postgres.new_cluster()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Under CI a skip is a failure: a machine that lacks a part has shown nothing."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration of 96 × 96 pixels, made once for all processes that run tests; read it, do not write to it."""
    import fcntl

    own = tmp_path_factory.getbasetemp()
    base = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, done = base / "demo", base / "demo.made"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits and finds it made
        if not done.exists():
            from eradication.cli import main

            assert main(["--lang", "en", "demo", str(folder), "--size", "96", "--seed", "3"]) == 0
            done.touch()
    return folder

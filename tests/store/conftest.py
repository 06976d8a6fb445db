"""Stores of every kind."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from postgres import Cluster
from store.samples import Clock

from eradication import config
from eradication import store as stores
from eradication.store.contract import Store
from eradication.store.embedded import GeoPackageStore
from eradication.store.memory import MemoryStore
from eradication.store.relational import RelationalStore

type Maker = Callable[..., Store]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store's file: copying it is faster than running the migrations for every test."""
    folder = tmp_path_factory.mktemp("empty")
    stores.open(folder, create=True).close()
    return folder / "store.gpkg"


@pytest.fixture
def workspace(tmp_path: Path, empty: Path) -> Callable[[str], Path]:
    """Makes folders with an empty store, each its own origin."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(empty, folder)
        return folder

    return make


@pytest.fixture
def served(tmp_path: Path, server: Cluster) -> Callable[[str], Path]:
    """Makes folders whose settings name a schema of their own on the server."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        settings = config.Settings(store=server.place())
        (folder / config.FILE_NAME).write_text(config.render(settings), encoding="utf-8")
        return folder

    return make


@pytest.fixture(params=["geopackage", "postgis", "memory"])
def make_store(request: pytest.FixtureRequest, workspace: Callable[[str], Path]) -> Iterator[Maker]:
    """Makes an empty store of one kind or another, by device name."""
    folder = request.getfixturevalue("served") if request.param == "postgis" else workspace
    with ExitStack() as stack:

        def make(device: str = "máy 1", clock: Clock | None = None) -> Store:
            clock = clock or Clock()
            if request.param == "memory":
                return stack.enter_context(MemoryStore(device=device, clock=clock))
            return stack.enter_context(stores.open(folder(device), device=device, create=True, clock=clock))

        yield make


@pytest.fixture
def store(make_store: Maker) -> Store:
    return make_store()


@pytest.fixture
def geopackage(workspace: Callable[[str], Path]) -> Iterator[GeoPackageStore]:
    with stores.open(workspace("ws"), device="máy 1", create=True, clock=Clock()) as opened:
        yield opened


@pytest.fixture
def postgis(served: Callable[[str], Path]) -> Iterator[RelationalStore]:
    with stores.open(served("ws"), device="máy 1", create=True, clock=Clock()) as opened:
        yield opened

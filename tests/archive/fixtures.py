"""Fixtures for every test: archives on loopback. Registered by ``tests/conftest.py``.

``file_server``    function → ``FileServer``: serve any folder
``live_archive``   a season behind a STAC API and a file server, both real; faults and counts are the test's own
``pgstac_archive`` the like behind another API, stac-fastapi over pgstac: slower to start; sorts, and pages by tokens
``publish``        function → ``LiveArchive``: the same for products of the test's own
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from archive.api import NotStarted, running_pgstac, running_rustac
from archive.files import COPERNICUS, Product, Written, season, write_archive
from archive.server import FileServer

if TYPE_CHECKING:
    from postgres import Cluster

PAGE = 4
"""Items that a search of a live archive gives at once, whatever is asked for."""


@dataclass(frozen=True)
class LiveArchive:
    """An archive that answers on loopback."""

    written: Written
    """Files and truth: products, ``path(product, band)``."""
    server: FileServer
    """Serves the files, and the API below ``/stac``; takes faults and counts requests of both."""
    documents: tuple[dict[str, Any], ...]
    """The items as the API knows them, with ``http://`` addresses."""

    @property
    def api(self) -> str:
        """Address of the STAC API: ``http://127.0.0.1:40123/stac``."""
        return f"{self.server.url}/stac"

    @property
    def products(self) -> tuple[Product, ...]:
        return self.written.products


type Api = Callable[[Sequence[dict[str, Any]], Path], AbstractContextManager[str]]


def _start(stack: ExitStack, folder: Path, products: Iterable[Product], page: int | None, api: Api) -> LiveArchive:
    written = write_archive(folder / "files", products)
    server = stack.enter_context(FileServer(written.folder))
    documents = written.documents(server.url)
    try:
        address = stack.enter_context(api(documents, folder))
    except NotStarted as error:
        pytest.skip(str(error))
    server.forward("/stac", address, page=page)
    return LiveArchive(written, server, tuple(documents))


@pytest.fixture(scope="session")
def _season_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveArchive]:
    with ExitStack() as stack:
        yield _start(stack, tmp_path_factory.mktemp("archive"), season(), PAGE, running_rustac)


@pytest.fixture
def live_archive(_season_archive: LiveArchive) -> Iterator[LiveArchive]:
    """A season as Earth Search has it: seven overflights, three tiles each, one of them of zone 47; pages of four."""
    _season_archive.server.reset()
    yield _season_archive
    _season_archive.server.reset()


@pytest.fixture(scope="session")
def _pgstac_archive(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[LiveArchive]:
    cluster: Cluster = request.getfixturevalue("server")
    cluster.run("CREATE DATABASE pgstac")
    cluster.run("CREATE EXTENSION postgis", database="pgstac")
    dsn = cluster.url_of("pgstac").replace("+psycopg", "")
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("pgstac")
        yield _start(stack, folder, season(COPERNICUS), PAGE, partial(running_pgstac, dsn=dsn))


@pytest.fixture
def pgstac_archive(_pgstac_archive: LiveArchive) -> Iterator[LiveArchive]:
    """The same season as Copernicus Data Space has it, behind stac-fastapi and pgstac."""
    _pgstac_archive.server.reset()
    yield _pgstac_archive
    _pgstac_archive.server.reset()


@pytest.fixture
def publish(tmp_path: Path) -> Iterator[Callable[..., LiveArchive]]:
    """Publish products: ``publish(products, page=4)``; everything stops when the test ends."""
    with ExitStack() as stack:

        def start(products: Iterable[Product], page: int | None = PAGE) -> LiveArchive:
            started = len(list(tmp_path.glob("archive-*")))
            folder = tmp_path / f"archive-{started}"
            folder.mkdir()
            return _start(stack, folder, products, page, running_rustac)

        yield start


@pytest.fixture
def file_server() -> Iterator[Callable[[Path], FileServer]]:
    """Serve folders: ``file_server(folder)``; they stop when the test ends."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(FileServer(folder))

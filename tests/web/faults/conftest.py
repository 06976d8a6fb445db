"""Offices for tests of faults: over a store in a file and on a server."""

from collections.abc import Iterator

import pytest
from web.faults import running
from web.faults.running import Office

from eradication import config


@pytest.fixture(scope="module", params=["file", "server"])
def store(request: pytest.FixtureRequest) -> config.Store | None:
    """Where the store of an office is."""
    place: config.Store | None = request.getfixturevalue("server").place() if request.param == "server" else None
    return place


@pytest.fixture(scope="module")
def office(store: config.Store | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office that is served, and a worker in it; the tests of a module share it."""
    with running.office(tmp_path_factory.mktemp("faults") / "office", store) as made:
        made.start_server()
        made.start_worker()
        yield made

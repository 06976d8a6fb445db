"""Offices for tests of faults: over a store in a file and on a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web.faults import running
from web.faults.running import Office

from eradication import config


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest) -> config.Store | None:
    """Where the store of an office is."""
    place: config.Store | None = request.getfixturevalue("server").place() if request.param == "server" else None
    return place


@pytest.fixture
def office(store: config.Store | None, tmp_path: Path) -> Iterator[Office]:
    """An office that is served."""
    with running.office(tmp_path / "office", store) as made:
        made.start_server()
        yield made

"""Worlds for tests of the web application: on a file and on a server."""

from collections.abc import Iterator

import pytest
from web import world
from web.world import World


@pytest.fixture(scope="module", params=["file", "server"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for the tests of a module, first in a file, then on PostGIS; do not write what others would see."""
    server = request.getfixturevalue("server").place() if request.param == "server" else None
    with world.built(tmp_path_factory.mktemp("world"), server) as made:
        yield made


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of one's own, in a file."""
    with world.built(tmp_path_factory.mktemp("world")) as made:
        yield made

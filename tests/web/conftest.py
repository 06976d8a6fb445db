"""Worlds for tests of the web application: on a file and on a server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from web import world
from web.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module", params=["file", pytest.param("server", marks=pytest.mark.slow)])
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


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Chromium of this machine, driven by Playwright; nothing is downloaded. While it runs, so does an event loop."""
    from e2e import browser  # most tests need none
    from playwright.sync_api import sync_playwright

    program = browser.executable()
    if program is None:
        pytest.skip("no Chromium here")
    flags = [flag for flag in browser.FLAGS if not flag.startswith(("--headless", "--remote"))]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=flags)
        yield started
        started.close()

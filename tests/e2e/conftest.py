"""One Chromium for all browser tests; each page starts empty."""

from collections.abc import Iterator

import pytest
from e2e.browser import Browser, Page, executable


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = executable()
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with Browser(program) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.page() as page:
        yield page

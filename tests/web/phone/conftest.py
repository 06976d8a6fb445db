"""A phone: Chromium with the size, the place and the profile of one, and an office to talk to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.browser import ALONE, executable
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from web.phone.office import Office

FLAGS = (
    ALONE, "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
)  # fmt: skip
HANDSET: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True,
    "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "permissions": ["geolocation"], "accept_downloads": True,
}  # fmt: skip
HERE = {"latitude": 20.7895, "longitude": 104.8495, "accuracy": 6.0}
WATCH = """
window.__reports = [];
addEventListener('securitypolicyviolation', (e) => __reports.push(e.violatedDirective + ' ' + e.blockedURI));
"""


def watched(context: BrowserContext, console: list[str]) -> Page:
    """Open a page of a handset whose complaints are kept; that a file is not at the server yet is no complaint."""
    context.add_init_script(WATCH)
    context.set_default_timeout(30_000)
    page = context.pages[0] if context.pages else context.new_page()
    page.on(
        "console", lambda said: console.append(said.text) if said.type == "error" and "404" not in said.text else None
    )
    page.on("pageerror", lambda error: console.append(str(error)))
    return page


class Phone:
    """One handset: its profile outlives the browser that is closed or killed."""

    def __init__(self, playwright: Playwright, program: str, profile: Path) -> None:
        self._playwright, self._program, self.profile = playwright, program, profile
        self.context: BrowserContext | None = None
        self.console: list[str] = []

    def switch_on(self) -> Page:
        """Start the browser on the phone's profile."""
        told: dict[str, Any] = {"executable_path": self._program, "args": list(FLAGS), "geolocation": HERE, **HANDSET}
        self.context = self._playwright.chromium.launch_persistent_context(str(self.profile), **told)
        return watched(self.context, self.console)

    def switch_off(self) -> None:
        """End the browser without asking the page."""
        if self.context:
            self.context.close()
            self.context = None


def chromium() -> str:
    program = executable()
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    return program


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # For one file only: while it runs, an event loop does, and other tests want their own.
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def console() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, office: Office, console: list[str]) -> Iterator[Page]:
    """A fresh handset whose person is signed in, its page open; its browser is shared, its memory is not."""
    with browser.new_context(geolocation=HERE, **HANDSET) as context:
        page = watched(context, console)
        sign_in(page, office)
        yield open_page(page, office)


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.stop()


@pytest.fixture
def phone(playwright: Playwright, tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(playwright, chromium(), tmp_path / "profile")
    yield phone
    phone.switch_off()


def sign_in(page: Page, office: Office, person: str = "p-aaaa1111") -> None:
    page.goto(f"{office.url}/signin/{person}")


def open_page(page: Page, office: Office) -> Page:
    """Open the phone's page and wait until the list is there and all is kept for times without a network."""
    page.goto(f"{office.url}/phone")
    page.wait_for_selector("#nav button")
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    return page

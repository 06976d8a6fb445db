"""A small workspace with two units, served by ``eradication serve`` as a program of its own that can be killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import served
from e2e import phone_pictures
from e2e.browser import executable
from e2e.web import telephone
from e2e.web.telephone import Telephone
from playwright.sync_api import Browser, Playwright, sync_playwright
from web import world

from eradication.domain.person import Role
from eradication.pipeline.reception import people
from eradication.pipeline.reception.place import opened_place

LOGIN, CODE = "tuan-tra", "CB012"


class Office:
    """The server of a workspace: it is started, killed, and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = served.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._open = ExitStack()
        self._server: served.Server | None = None

    def start(self) -> None:
        self._server = self._open.enter_context(served.running(self.folder, port=self.port))

    def kill(self) -> None:
        """End the server and its worker at once, as a power cut does."""
        if self._server:
            os.killpg(self._server.process.pid, signal.SIGKILL)
            self._server.process.wait()
            self._open.close()
            self._server = None

    def stop(self) -> None:
        self._open.close()
        self._server = None

    def invitation(self) -> str:
        """Let in a patrol of the first unit and return its invitation."""
        wanted = people.Wanted(LOGIN, [Role.PATROL], world.A, (), CODE, "vi")
        with opened_place(self.folder) as place:
            return str(people.add(place, wanted)["invitation"])


@pytest.fixture(scope="module")
def program() -> str:
    found = executable()
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # For one file only: while it runs, an event loop does, and other tests want their own.
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, program: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=program, args=[*phone_pictures.FLAGS])
    yield started
    started.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with world.built(tmp_path / "world"):
        pass
    office = Office(tmp_path / "world" / "office")
    office.start()
    yield office
    office.stop()


@pytest.fixture
def phone(playwright: Playwright, program: str, tmp_path: Path) -> Iterator[Telephone]:
    with telephone.handset(playwright, program, tmp_path / "phone") as switched_off:
        yield switched_off

"""Places with a reception, in a file and on a server."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eradication import config
from eradication.pipeline.reception.place import Place, reception_of
from eradication.pipeline.workspace import created, settings_for


@dataclasses.dataclass
class Clock:
    """A clock that stands still until somebody moves it."""

    now: datetime = datetime(2026, 2, 10, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["file", "server"])
def where(request: pytest.FixtureRequest) -> Callable[[], config.Store | None]:
    """Says where the store of a new workspace is."""
    if request.param == "file":
        return lambda: None
    return request.getfixturevalue("server").place


@pytest.fixture
def make_place(
    where: Callable[[], config.Store | None], tmp_path: Path, clock: Clock
) -> Iterator[Callable[..., Place]]:
    """Makes an office with a reception; what is named is set in ``[web]``."""
    with ExitStack() as stack:

        def make(name: str = "office", web: config.Web | None = None) -> Place:
            settings = settings_for("Sơn La", language="en", server=where())
            settings = dataclasses.replace(settings, web=web or settings.web)
            workspace = stack.enter_context(created(tmp_path / name, settings))
            return stack.enter_context(reception_of(workspace, clock))

        yield make


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()

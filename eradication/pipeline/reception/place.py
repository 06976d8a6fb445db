"""A workspace opened together with its reception, and the clock that both are read by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eradication.pipeline.workspace import Workspace, opened
from eradication.store.reception import Reception, open_reception


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """What every request and every job works on."""

    workspace: Workspace
    reception: Reception
    clock: Callable[[], datetime] = _now

    def now(self) -> datetime:
        """Return the time, UTC."""
        return self.clock()


@contextmanager
def reception_of(workspace: Workspace, clock: Callable[[], datetime] = _now) -> Iterator[Place]:
    """Open the reception of an open workspace and close it at the end."""
    reception = open_reception(workspace.folder, workspace.settings.store)
    try:
        yield Place(workspace, reception, clock)
    finally:
        reception.close()


@contextmanager
def opened_place(folder: Path, clock: Callable[[], datetime] = _now) -> Iterator[Place]:
    """Open a workspace and its reception, and close both at the end.

    Raises:
        UnusableInput: ``no_workspace``, ``bad_settings``.
        StorageFailed: store or reception cannot be opened.
    """
    with opened(folder) as workspace, reception_of(workspace, clock) as place:
        yield place

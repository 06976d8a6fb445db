"""The history as events tell it, read once for all who ask while an answer is put together.

Reading and settling half a million events takes minutes, and one paper asks for the history at six moments. What was
read is kept with the open workspace as long as it holds: no event that plays a part in a replay has come since, and
none lies between the cut it was read at and the one asked for. Nothing of it outlives the workspace.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from eradication import history
from eradication.domain import AdminUnit
from eradication.ingest import boundaries, dividing
from eradication.pipeline import kept
from eradication.pipeline.basis import outlines
from eradication.pipeline.workspace import Workspace

_MOST = 2
"""Readings kept at once: now, and as things were known at an earlier moment."""


@dataclass(slots=True, eq=False)
class _Reading:
    """What events recorded until some cut say."""

    said: history.Read
    simulated: bool
    """One of them says that it is simulated."""
    heads: dict[str, int]
    """How far each chain went, no later than it was read."""
    last: datetime | None
    """When the last of them was recorded."""
    following: datetime | None
    """When the first of those was recorded that the cut left out."""
    settled: dict[object, history.Settled] = field(default_factory=dict)

    def holds(self, workspace: Workspace, as_of: datetime) -> bool:
        """Tell whether events recorded until ``as_of`` are these and no others."""
        if (self.last is not None and self.last > as_of) or (self.following is not None and self.following <= as_of):
            return False
        return not workspace.store.later(self.heads, history.KINDS)


def read(workspace: Workspace, as_of: datetime) -> history.Read:
    """Return what the events recorded until ``as_of`` say."""
    return _reading(workspace, as_of).said


def settled(workspace: Workspace, as_of: datetime, units: Sequence[AdminUnit], day: date) -> history.Settled:
    """Return the plots that events recorded until ``as_of`` speak of, in the communes of ``day`` among ``units``."""
    found = _reading(workspace, as_of)
    key = outlines(dividing.asked(units, day)), workspace.settings
    if key not in found.settled:
        found.settled[key] = history.Settled(found.said, boundaries.locator(units, day), workspace.settings)
    return found.settled[key]


def simulated(workspace: Workspace, as_of: datetime) -> bool | None:
    """Tell whether an event of those that a replay reads says that it is simulated; ``None`` if none was read yet."""
    known = _known(workspace, as_of)
    return None if known is None else known.simulated


def _readings(workspace: Workspace) -> list[_Reading]:
    """Return what is kept, what was asked for last first."""
    return cast(list[_Reading], workspace.found.setdefault(__name__, []))


def _known(workspace: Workspace, as_of: datetime) -> _Reading | None:
    return next((one for one in _readings(workspace) if one.holds(workspace, as_of)), None)


def _reading(workspace: Workspace, as_of: datetime) -> _Reading:
    kept_here = _readings(workspace)
    found = _known(workspace, as_of)
    if found is None:
        heads = {head.origin: head.events for head in workspace.store.origins()}
        # What came since is of no use any more; it goes before the next is read, for each takes much memory.
        kept_here[:] = [one for one in kept_here if not workspace.store.later(one.heads, history.KINDS)][: _MOST - 1]
        found = _read(workspace, as_of, heads)
    kept_here[:] = [found, *(one for one in kept_here if one is not found)][:_MOST]
    return found


def _read(workspace: Workspace, as_of: datetime, heads: dict[str, int]) -> _Reading:
    every = workspace.store.events(kinds=history.KINDS)
    known = [event for event in every if event.recorded_at <= as_of]
    return _Reading(
        history.read(known, as_of),
        any(map(kept.says_simulated, known)),
        heads,
        max((event.recorded_at for event in known), default=None),
        min((event.recorded_at for event in every if event.recorded_at > as_of), default=None),
    )

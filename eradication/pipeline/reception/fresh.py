"""Layers that are asked directly are brought up to date first, if something else than this program wrote them last.

What was found to hold is known to hold as long as no chain has grown and no other day has begun: looking at that is all
that most requests cost.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from eradication.pipeline import kept, projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.store import Page, Reading, Slice

type State = tuple[object, ...]

MOST_COUNTED = 2000
"""Questions of which it is remembered how many rows answer them."""


def layers(workspace: Workspace) -> State:
    """Bring the layers up to date if what they tell is not what a replay would tell now; return what they rest on."""
    state = _state(workspace)
    if workspace.found.get(layers) == state:
        return state
    marker = kept.marker_of(workspace)
    if marker is None or not kept.holds(workspace, marker, datetime.now(UTC)):
        with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
            projection.refresh(workspace, transaction)
    workspace.found[layers] = state
    return state


@dataclass(slots=True)
class _Remembered:
    """What is known as long as nothing is recorded."""

    state: State
    readings: dict[str | None, Reading] = field(default_factory=dict)
    """Unit → what its people may see."""
    totals: dict[object, int] = field(default_factory=dict)


def page(workspace: Workspace, unit: str | None, wanted: Slice) -> Page:
    """Return some rows of what a unit's people may see, ``None`` = of everything; how many there are is counted once.

    Raises:
        UnusableInput: ``unit_missing`` if the unit has no name.
    """
    state = layers(workspace)
    known = workspace.found.get(page)
    if not isinstance(known, _Remembered) or known.state != state:
        known = workspace.found[page] = _Remembered(state)
    if unit not in known.readings:
        known.readings[unit] = workspace.store if unit is None else workspace.store.seen_by(unit)
    key = unit, wanted.layer, wanted.where, wanted.bbox
    found = known.readings[unit].page(replace(wanted, total=known.totals.get(key)))
    if len(known.totals) < MOST_COUNTED:
        known.totals[key] = found.total
    return found


def _state(workspace: Workspace) -> State:
    """Return how far the chains reach, and the day."""
    heads = sorted((head.origin, head.events) for head in workspace.store.origins())
    return projection.day_of(None, None), *heads

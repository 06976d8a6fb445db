"""Layers that are asked directly are brought up to date first, if something else than this program wrote them last.

What was found to hold is known to hold as long as no chain has grown and no other day has begun: looking at that is all
that most requests cost.
"""

from datetime import UTC, datetime

from eradication.pipeline import kept, projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained


def layers(workspace: Workspace) -> None:
    """Bring the layers up to date if what they tell is not what a replay would tell now."""
    state = _state(workspace)
    if workspace.found.get(layers) == state:
        return
    marker = kept.marker_of(workspace)
    if marker is None or not kept.holds(workspace, marker, datetime.now(UTC)):
        with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
            projection.refresh(workspace, transaction)
    workspace.found[layers] = state


def _state(workspace: Workspace) -> tuple[object, ...]:
    """Return how far the chains reach, and the day."""
    heads = sorted((head.origin, head.events) for head in workspace.store.origins())
    return projection.day_of(None, None), *heads

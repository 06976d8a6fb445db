"""Layers that are asked directly are brought up to date first, if something else than this program wrote them last."""

from datetime import UTC, datetime

from eradication.pipeline import kept, projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained


def layers(workspace: Workspace) -> None:
    """Bring the layers up to date if what they tell is not what a replay would tell now."""
    marker = kept.marker_of(workspace)
    if marker is not None and kept.holds(workspace, marker, datetime.now(UTC)):
        return
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        projection.refresh(workspace, transaction)

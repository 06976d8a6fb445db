"""Whether what is shown is what the events tell: map layers and kept figures, held against a replay of everything.

The chains prove the events; layers and kept figures lie beside them in the same file, where any program could write.
"""

import shutil
from datetime import UTC, datetime
from typing import Any

from eradication.domain.event import parse_iso
from eradication.pipeline import kept
from eradication.pipeline.basis import Ground, basis_of
from eradication.pipeline.kept import MARKER, TABLE
from eradication.pipeline.refreshing import LAYERS, Now, all_kept, refresh
from eradication.pipeline.workspace import Workspace, disk_errors_explained
from eradication.store import Row
from eradication.store.layers import settle

UNTOLD: dict[str, Any] = {"ok": True, "compared": False, "wrong": {}}
"""Nothing could be compared."""


def checked(workspace: Workspace) -> dict[str, Any]:
    """Return how many rows of each layer are not as the events tell.

    Compared is the moment at which they were written. Where events, settings or communes have changed since, or where
    nothing is kept, nothing answers from them and nothing can be compared.

    Returns:
        ``ok``, ``compared``, ``wrong`` (layer → rows that are missing, other ones or too many; none where all is well).
    """
    store = workspace.store
    altered: list[str] = []
    marker = kept.marker_of(workspace, lambda: altered.append(TABLE))
    if altered:
        return {"ok": False, "compared": True, "wrong": {TABLE: 1}}
    if marker is None or not kept.holds(workspace, marker, datetime.now(UTC)):
        return UNTOLD
    ground = Ground(parse_iso(marker["as_of"]), store.units())
    events = store.events()
    then = Now(workspace, lambda: events, ground, basis_of(workspace, ground))
    told = then.replayed(events)
    expected = then.layers(told) | {TABLE: [row for row in all_kept(then, told) if row["part"] != MARKER]}
    wrong = {}
    for name in (*LAYERS, TABLE):
        found = [row for row in store.layer(name) if row.get("part") != MARKER]
        count = _differing(name, expected[name], found)
        if count:
            wrong[name] = count
    if TABLE not in wrong and not kept.agrees(workspace, marker):
        wrong[TABLE] = 1
    return {"ok": not wrong, "compared": True, "wrong": wrong}


def _differing(name: str, expected: list[Row], found: list[Row]) -> int:
    ours, theirs = settle(name, expected), settle(name, found)
    return sum(ours.get(key) != theirs.get(key) for key in ours.keys() | theirs.keys())


def rebuild(workspace: Workspace) -> None:
    """Write layers and kept figures anew from the events."""
    with disk_errors_explained(workspace.folder):
        shutil.rmtree(workspace.folder / "outputs" / "beside", ignore_errors=True)
        with workspace.store.transaction() as transaction:
            refresh(workspace, transaction, datetime.now(UTC), whole=True)

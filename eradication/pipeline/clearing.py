"""Verification by a fine image: a reader of another unit sees that no plant is left."""

import hashlib
from typing import Any

from eradication import history
from eradication.domain import EventKind, Json
from eradication.domain.codes import ReadVerdict
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.history import reading_lines, readings
from eradication.pipeline import projection, read_layers, visiting
from eradication.pipeline.reading import Reader, said_of
from eradication.pipeline.workspace import Workspace, disk_errors_explained


def clear(workspace: Workspace, wanted: str, layer: str, reader: Reader) -> dict[str, Any]:
    """Verify a destroyed plot by a layer that shows it whole, taken after the destruction.

    Raises:
        UnusableInput: ``no_such_plot``, ``no_such_layer``.
        RefusedInput: ``too_coarse``, ``off_layer``, ``nothing_destroyed``, ``verifier_not_independent``.
    """
    on = read_layers.find(workspace, layer)
    plot = projection.replayed(workspace).plot(wanted)
    if plot is None:
        hint = N_("`eradication plots list` shows ids and codes.")
        raise UnusableInput("no_such_plot", N_("There is no plot '{wanted}'."), hint=hint, values={"wanted": wanted})
    read_layers.check_on(on, plot.geometry)
    name = _name(on.hash, plot.id, reader)
    body: dict[str, Json] = {
        "reading": name,
        "act": reading_lines.CLEARED,
        **said_of(on, reader, ReadVerdict.NOT),
        "plot_id": plot.id,
        "blind": False,
    }
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        desk = visiting.Desk(workspace, transaction, "")
        episode = desk.episode(plot.id, on.taken_at)
        if episode is None or episode.eradicated_at is None:
            message = N_("Nothing was destroyed there before the image was taken.")
            raise RefusedInput("nothing_destroyed", message, hint=N_("Use an image taken after the destruction."))
        cleared = readings.clearance(name, plot.id, reader.unit, reader.reviewer, on.taken_at)
        if history.check_visit(cleared, episode, desk.successions):
            message = visiting.NOT_INDEPENDENT
            hint = N_("Let a reader of another unit look, who neither detected nor destroyed there.")
            raise RefusedInput("verifier_not_independent", message, hint=hint)
        known = reading_lines.heard(transaction.events(kinds=[EventKind.IMAGE_READ])).cleared
        again = any(reading.id == name for reading in known)
        if not again:
            transaction.append(EventKind.IMAGE_READ, on.taken_at, body)
        told = projection.refresh(workspace, transaction)
    after = told.episode(plot.id, episode.season)
    return {
        "id": name,
        "status": "duplicate" if again else "accepted",
        "plot": plot.id,
        "code": plot.code,
        "state": str(after.state) if after else "",
        "verified_m2": after.verified_m2 if after else 0,
        "simulated": projection.is_simulated(workspace),
    }


def _name(layer_hash: str, plot_id: str, reader: Reader) -> str:
    said = (layer_hash, plot_id, reading_lines.person(reader.reviewer), reading_lines.CLEARED)
    return "R-" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:12]

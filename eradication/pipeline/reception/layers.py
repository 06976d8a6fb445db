"""Pictures that lie over the map: what runs say of every pixel, and fine images for review; by id, never by path.

A layer is found by its id among those that are there. Nobody names a file, an address or a formula.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.domain import EventKind
from eradication.errors import N_, UnusableInput
from eradication.i18n import Translate
from eradication.pipeline.reception import reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.workspace import Workspace
from eradication.report import rasters

RUN, REVIEW = "run", "review"
CLASS_COLOURS = rasters.CLASS_COLOURS
MOST_RUNS = 12


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture that may be asked for."""

    layer_id: str
    kind: str
    """:data:`RUN` or :data:`REVIEW`."""
    name: str
    """What of a run it is (``score``, ``class`` …); empty of a review layer."""
    path: Path
    title: str
    """A template of what it is, to be translated; of a review layer its own name."""
    when: str
    season: str


def listed(place: Place, caller: Caller) -> list[Layer]:
    """Return the layers that somebody may see, the newest first: whoever sees no plot of others sees none."""
    if not reach.of(caller).whole:
        return []
    return [*_of_reviews(place.workspace), *_of_runs(place.workspace)]


def _of_runs(workspace: Workspace) -> list[Layer]:
    events = [*reversed(workspace.store.events(kinds=[EventKind.RUN_FINISHED]))][:MOST_RUNS]
    found = []
    for event in events:
        run = str(event.payload["run"])
        for layer in rasters.LAYERS:
            path = workspace.folder / "outputs" / "runs" / run / f"{layer.name}.tif"
            if run.isalnum() and path.is_file():
                name = f"{RUN}-{run}-{layer.name}"
                when = event.happened_at.date().isoformat()
                found.append(Layer(name, RUN, layer.name, path, layer.title, when, str(event.payload["season"])))
    return found


def _of_reviews(workspace: Workspace) -> list[Layer]:
    found = []
    for described in sorted(workspace.layers.glob("*.json"), reverse=True):
        image = described.with_suffix(".tif")
        item = _read(described)
        if image.is_file() and item.get("id") == described.stem:
            when = str(item.get("properties", {}).get("datetime", ""))[:10]
            found.append(Layer(f"{REVIEW}-{described.stem}", REVIEW, "", image, described.stem, when, ""))
    return found


def _read(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def named(place: Place, caller: Caller, layer_id: str) -> Layer:
    """Return the layer of an id.

    Raises:
        UnusableInput: ``no_such_layer``: there is none, or it is not for the caller.
    """
    found = next((layer for layer in listed(place, caller) if layer.layer_id == layer_id), None)
    if found is None:
        raise UnusableInput(
            "no_such_layer",
            N_("There is no layer '{name}'."),
            hint=N_("/api/layers lists those that there are."),
            values={"name": layer_id[:80]},
        )
    return found


def told(layers: Sequence[Layer], translate: Translate) -> list[dict[str, Any]]:
    """Return layers as an answer."""
    return [
        {
            "id": layer.layer_id,
            "kind": layer.kind,
            "title": translate(layer.title) if layer.kind == RUN else layer.title,
            "date": layer.when,
            "season": layer.season,
            "tiles": f"/tiles/{layer.layer_id}/{{z}}/{{x}}/{{y}}.png",
        }
        for layer in layers
    ]

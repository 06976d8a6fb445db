"""Models in a world: small ones of noise that are really in the registry, and what an examination would have said."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import registry_models
from report import evaluations
from web.world import World

from eradication.domain import EventKind
from eradication.pipeline import judging, learning
from eradication.pipeline.reception import errands, worker
from eradication.pipeline.reception.errands import Kind
from eradication.pipeline.workspace import Workspace

CATALOG = "/srv/imagery/catalog.json"
"""What the settings of such a world name as imagery."""
OLDER, NEWER = 12, 30
"""Plots that versions of the model were made of."""
HELD_OUT = evaluations.figure("poppy_plots_that_pass", 0.6, 1234, kind="spatial", low=0.512, high=0.681)
FIGURES = [
    evaluations.figure("recall_AB", 0.75, 24),
    evaluations.figure("false_per_1000_km2_at_0.5", 2746.58, 1, unit="1/1000 km2", low=0.0, high=None),
    evaluations.figure("precision_of_drawn_visits", 0.05, 60, kind="design_based"),
]


def label(plots: int) -> str:
    return registry_models.model(plots).label


def page_of(plots: int) -> str:
    name, _, version = label(plots).partition("/")
    return f"/models/{name}?version={version}"


def keep(made: World, note: str = "") -> None:
    """Keep two versions of a model, and let an analyst measure the newer one on a season as by the page.

    Args:
        made: its settings name :data:`CATALOG`.
        note: stands beside a figure.
    """
    for plots, figures in ((OLDER, {}), (NEWER, {"held_out": [HELD_OUT | {"note": note}]})):
        learning.keep(made.workspace, replace(registry_models.model(plots), figures=figures))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "evaluate", _measured)
        patched.setitem(errands.KINDS, "examine", Kind(errands.KINDS["examine"].do))  # in this process
        asked = {"kind": "examine", "season": "2024-2025", "imagery": CATALOG, "model": label(NEWER)}
        answer = made.client("analyst").post("/runs", data=asked)
        assert answer.status_code == 303, answer.text
        worker.empty(made.place)


def _measured(workspace: Workspace, name: str, *_: object, explained: bool) -> dict[str, Any]:
    """What an examination would say and put on record, without the imagery."""
    told = evaluations.evaluation(name="demo", version=name.partition("/")[2], figures=FIGURES, outside=3, refused=[])
    told["model_hash"] = registry_models.model(NEWER).model_hash
    with workspace.store.transaction() as transaction:
        transaction.append(EventKind.MODEL_EVALUATED, datetime.now(UTC), told)
    return told | {"drawn_undecided": 0}

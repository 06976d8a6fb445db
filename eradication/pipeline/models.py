"""The models of a workspace: which may be used."""

from eradication import registry
from eradication.domain.model import RULES, TrainedModel
from eradication.pipeline.workspace import Workspace


def usable(workspace: Workspace, name: str) -> TrainedModel | None:
    """Open a model for use; ``None`` for the rules.

    Raises:
        UnusableInput: ``no_such_model``.
        CheckFailed: ``model_damaged``, ``model_not_trusted``.
    """
    return None if name == RULES else registry.load(workspace.models, name)

"""What stands beside the ledger, and beside a plot, before it was computed: that it is not known yet."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from eradication import effort
from eradication.errors import N_
from eradication.pipeline.workspace import Workspace

NEVER = "never"
"""``late`` of figures that were not computed yet."""
FEW_EVENTS = 5_000
"""Of so many everything is told within a second or two: nobody needs to be told that it is not known yet."""
_LINES = ("upper", "expected", "lower")
_CODE = "not_computed_yet"
TOLD: Mapping[str, Any] = MappingProxyType(
    {
        "effort": {"all": dict.fromkeys(field.name for field in dataclasses.fields(effort.Effort)), "by_unit": {}},
        "coverage": {**dict.fromkeys(("optical", "patrol", "none")), "why": N_("Coverage is being computed.")},
        "undetected": {**dict.fromkeys(_LINES), "why": dict.fromkeys(_LINES, _CODE)},
        "precision": {"value": None, "low": None, "high": None, "why": _CODE, "by_model": []},
        "rechecks": None,
        "photos": {"reused": [], "redated": []},
        "conversions": {"count": None},
        "by_season": [],
        "tips_answered": None,
        "late": NEVER,
    }
)
"""Told where nothing was computed yet; no tip is called open then, for it may have been answered."""


def is_little(workspace: Workspace) -> bool:
    """Tell whether so little is recorded that everything can be looked at while somebody waits."""
    return sum(head.events for head in workspace.store.origins()) <= FEW_EVENTS

"""Eradication: patrols, satellite candidates and one honest ledger of poppy replanting.

These are the public names; notebooks and other programs need no other. They are loaded when first used, so that the
process that parses users' files stays small.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "Examination": "pipeline.examining:Examination",
    "FEATURES": "features.table:FEATURES",
    "Lesson": "pipeline.learning:Lesson",
    "Monitoring": "pipeline.main_path:Monitoring",
    "PatrolOptions": "pipeline.handing_in:PatrolOptions",
    "Question": "pipeline.outputs:Question",
    "Recipe": "simulation:Recipe",
    "Season": "domain:Season",
    "Split": "validation.splits:Split",
    "Training": "pipeline.learning:Training",
    "VisitWish": "pipeline.choosing:Wish",
    "Workspace": "pipeline.workspace:Workspace",
    "ask_ledger": "pipeline.outputs:ledger",
    "check_samples": "validation.oddities:check",
    "check_split": "validation.splits:check",
    "choose_visits": "pipeline.choosing:choose",
    "commune_splits": "validation.splits:by_commune",
    "created": "pipeline.workspace:created",
    "describe_pixels": "features:describe",
    "draw_map": "pipeline.outputs:draw_map",
    "evaluate": "pipeline.judging:evaluate",
    "export_plots": "pipeline.outputs:export_plots",
    "find_imagery": "ingest.imagery:find",
    "found_workspace": "pipeline.main_path:found_workspace",
    "import_boundaries": "pipeline.main_path:import_boundaries",
    "list_plots": "pipeline.answers:plots",
    "monitor": "pipeline.main_path:monitor",
    "opened": "pipeline.workspace:opened",
    "outline_candidates": "plots:outline",
    "promote": "pipeline.judging:promote",
    "read_imagery": "ingest.imagery:read",
    "read_samples": "pipeline.learning:taught_by",
    "record_patrols": "pipeline.main_path:record_patrols",
    "record_visits": "pipeline.main_path:record_visits",
    "run_demo": "pipeline.demo:run",
    "score_pixels": "classify:predict",
    "season_splits": "validation.splits:season_out",
    "settings_for": "pipeline.workspace:settings_for",
    "simulate_season": "simulation:simulate",
    "train": "pipeline.learning:train",
    "write_report": "pipeline.outputs:write_report",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _WHERE:
        raise AttributeError(name)
    module, _, attribute = _WHERE[name].partition(":")
    found = getattr(import_module(f"eradication.{module}"), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)

"""Eradication: patrols, satellite candidates and one honest ledger of poppy replanting.

These are the public names; notebooks and other programs need no other. They are loaded when first used, so that the
process that parses users' files stays small.
"""

import os
from importlib import import_module
from typing import Any

# With lxml, openpyxl tells of a full disk in an error of its own, and reads the workbooks of strangers in other ways
# than those that are tested here.
os.environ.setdefault("OPENPYXL_LXML", "False")

_WHERE = {
    "Examination": "pipeline.examining:Examination",
    "FEATURES": "features.table:FEATURES",
    "Lesson": "pipeline.learning:Lesson",
    "Monitoring": "pipeline.main_path:Monitoring",
    "PatrolGrounds": "pipeline.rehearsal:Grounds",
    "PatrolOptions": "pipeline.handing_in:PatrolOptions",
    "PlotsWanted": "pipeline.kept:Wanted",
    "ProvinceAssumptions": "simulation.province:Assumptions",
    "Question": "pipeline.accounts:Question",
    "Recipe": "simulation:Recipe",
    "Season": "domain:Season",
    "Split": "validation.splits:Split",
    "Training": "pipeline.learning:Training",
    "VisitWish": "pipeline.choosing:Wish",
    "Workspace": "pipeline.workspace:Workspace",
    "ask_ledger": "pipeline.accounts:ledger",
    "build_world": "simulation:build",
    "check_samples": "validation.oddities:check",
    "check_split": "validation.splits:check",
    "choose_pixels": "features:choose",
    "choose_visits": "pipeline.choosing:choose",
    "commune_splits": "validation.splits:by_commune",
    "compare_patrols": "pipeline.rehearsal:compare",
    "created": "pipeline.workspace:created",
    "day_plan": "pipeline.rehearsal:day_plan",
    "describe_pixels": "features:describe",
    "draw_areas": "legal_poppy:areas",
    "draw_map": "pipeline.outputs:draw_map",
    "evaluate": "pipeline.judging:evaluate",
    "export_plots": "pipeline.outputs:export_plots",
    "find_imagery": "ingest.imagery:find",
    "foretell_plots": "pipeline.rehearsal:foretell",
    "found_workspace": "pipeline.main_path:found_workspace",
    "import_boundaries": "pipeline.main_path:import_boundaries",
    "list_plots": "pipeline.plot_answers:plots",
    "list_tips": "pipeline.tips:listed",
    "monitor": "pipeline.main_path:monitor",
    "move_dates": "legal_poppy:moved",
    "opened": "pipeline.workspace:opened",
    "outline_candidates": "plots:outline",
    "plant_poppy": "legal_poppy:plant",
    "promote": "pipeline.judging:promote",
    "read_imagery": "ingest.imagery:read",
    "read_parcels": "pipeline.declaring:read_parcels",
    "read_samples": "pipeline.learning:taught_by",
    "record_forms": "pipeline.forms:record_forms",
    "record_patrols": "pipeline.main_path:record_patrols",
    "record_tips": "pipeline.tips:record_tips",
    "record_visits": "pipeline.main_path:record_visits",
    "rehearse_patrols": "pipeline.rehearsal:rehearse",
    "run_demo": "pipeline.demo:run",
    "sample_pixels": "features:sample",
    "save_model": "pipeline.learning:keep",
    "score_pixels": "classify:predict",
    "season_splits": "validation.splits:season_out",
    "settings_for": "pipeline.workspace:settings_for",
    "shift_days": "legal_poppy:shift_days",
    "simulate_cube": "simulation:cube",
    "simulate_parcels": "simulation:write_parcels",
    "simulate_province": "simulation.province:build",
    "simulate_season": "simulation:simulate",
    "train": "pipeline.learning:train",
    "train_model": "classify:train",
    "write_report": "pipeline.documents:write_report",
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

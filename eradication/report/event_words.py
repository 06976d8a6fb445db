"""What an event that changes a figure says, in words: the same on the page and in the terminal."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from eradication.domain import DismissalReason
from eradication.errors import N_
from eradication.report.reasons import in_words
from eradication.report.words import clean, word

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "candidate_proposed": N_("proposed as a place to check"),
        "tip_recorded": N_("tip"),
        "tip_answered": N_("answer to a tip"),
        "units_recorded": N_("table of units"),
        "visit_recorded": N_("visit"),
        "visit_corrected": N_("corrected"),
        "plot_dismissed": N_("dismissed"),
        "plot_assigned": N_("assigned"),
        "decision_withdrawn": N_("decision taken back"),
        "uav_asked": N_("a drone was asked to look"),
        "candidate_judged_again": N_("judged again by a second person"),
        "image_read": N_("reading of an image"),
        "plots_merged": N_("merged with another plot"),
        "plots_held_apart": N_("held apart from another plot"),
        "plot_split": N_("split into several plots"),
        "plots_handed_over": N_("handed over across the border"),
        "rechecks_drawn": N_("drawn for a re-check"),
        "visits_chosen": N_("put on a list of places to visit"),
        "field_package_written": N_("written into a field package"),
        "sheets_printed": N_("printed on a sheet"),
        "photo_recorded": N_("photo"),
        "patrol_recorded": N_("walk of a patrol"),
        "run_finished": N_("run over satellite imagery"),
        "cells_drawn": N_("cells drawn at random"),
        "plan_made": N_("put on a patrol plan"),
        "stop_vetoed": N_("left out of a plan as unsafe"),
        "facts_recorded": N_("figures entered by the office"),
        "boundaries_imported": N_("outlines of communes"),
        "period_closed": N_("period closed"),
        "report_filed": N_("report handed in"),
    }
)
"""Kind of an event about a plot → its words."""


def told(event: Mapping[str, Any], language: str, translate: Callable[[str], str]) -> str:
    """Return what an event says: a visit by its outcome, a correction as such, anything else by its kind."""
    kind, outcome = str(event.get("kind") or ""), str(event.get("outcome") or "")
    said = translate(KINDS[kind]) if kind in KINDS else kind.replace("_", " ")
    if event.get("struck_out"):
        said = translate(N_("struck out"))
    if not outcome:
        return said
    word = in_words(outcome, language)
    return word if kind == "visit_recorded" else f"{said}: {word}"


def reason(event: Mapping[str, Any], language: str) -> str:
    """Return why somebody decided or corrected: a code in words, a sentence as it was written."""
    code = str(event.get("reason") or "")
    return word(DismissalReason(code), language) if code in list(DismissalReason) else clean(code)

"""What a report of a period shows besides the ledger: what happened in it, what was restated, who is to be reminded."""

from collections.abc import Mapping
from typing import Any

from eradication.errors import N_
from eradication.report.view import ReportView

COLUMNS = (
    (N_("Carried in (m²)"), "carried_in_m2"),
    (N_("Detected (m²)"), "detected_m2"),
    (N_("Claimed (m²)"), "claimed_m2"),
    (N_("Verified (m²)"), "verified_m2"),
    (N_("Carried over (m²)"), "carried_out_m2"),
    (N_("Plots detected"), "plots_detected"),
    (N_("Plots destroyed"), "plots_destroyed"),
    (N_("Plots verified"), "plots_verified"),
)
FIGURES: Mapping[str, str] = {
    "detected_m2": N_("Detected (m²)"),
    "claimed_m2": N_("Claimed (m²)"),
    "verified_m2": N_("Verified (m²)"),
    "remaining_m2": N_("Remaining (m²)"),
    "plots": N_("Plots"),
    "plants": N_("Plants"),
}


def told(view: ReportView) -> dict[str, Any]:
    """Return what the template fills in; nothing of it for a season."""
    period = view.period
    if period is None:
        return {"flow_columns": [], "flows": [], "restatements": [], "reminders": ""}
    flows = period["in_period"]
    since = [period["restated"]] if period["restated"] else []
    return {
        "flow_columns": [(view.translate(name), key) for name, key in COLUMNS],
        "flows": [*flows["rows"], flows["total"]],
        "restatements": [row for restated in (*period["restatements"], *since) for row in _rows(restated, view)],
        "reminders": "" if view.unit else ", ".join(period["reports"]["reminders"]),
    }


def _rows(restated: Mapping[str, Any], view: ReportView) -> list[dict[str, Any]]:
    entries = len(restated["because"])
    return [
        {
            "period": restated["period"],
            "name": row["name"],
            "figure": view.translate(FIGURES[row["quantity"]]),
            "was": row["was"],
            "now": row["now"],
            "entries": entries,
        }
        for row in restated["differences"]
    ]

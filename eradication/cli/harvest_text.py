"""The clock of the harvest in words: when a place is expected to be lanced, and what that rests on."""

from datetime import date
from typing import Any

from eradication.cli.shell import Shell
from eradication.errors import N_

HEADINGS = (N_("Expected lancing"), N_("Days left"), N_("Told by"))

BASES = {"sowing": N_("sowing day"), "stage": N_("stage seen"), "calendar": N_("calendar")}

EXPECTED = N_(
    "Expected lancing is told by a calendar of finds, not by measurement: it orders visits, it proves nothing."
)


def cells(shell: Shell, row: dict[str, Any], day: date) -> tuple[str, str, str]:
    """Return the window, what is left of its time on ``day``, and its basis; empty where there is no clock."""
    if row["lancing_from"] is None:
        return "", "", ""
    first, last = date.fromisoformat(row["lancing_from"]), date.fromisoformat(row["lancing_to"])
    left = str(row["days_to_lancing"])
    if last < day:
        left = shell.translate(N_("over"))
    elif first <= day:
        left = shell.translate(N_("begun"))
    return f"{first:%d/%m}–{last:%d/%m}", left, shell.translate(BASES[row["lancing_basis"]])

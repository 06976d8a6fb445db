"""The ledger as text: five quantities by row, both percentages, and what was not seen beside them."""

import shutil
import sys
from typing import Any

from eradication.cli import beside_text
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, local, table
from eradication.errors import N_
from eradication.i18n import number

TOTAL = N_("Total")
HINDSIGHT = N_("The imagery was scored once, for the whole season; the simulated visits lie within it.")
OPEN_STILL = N_("99.9 % stands where nothing remains but something is still open; 100 % only when nothing is open.")
ALTERED = N_(
    "Kept figures were changed beside this program. This ledger was computed anew from the events and is right; find "
    "out who writes into the store, then: eradication audit verify --rebuild"
)
KEYS = {"commune": N_("Commune"), "unit": N_("Unit"), "class": N_("Class")}
HEADINGS = (
    N_("Suspected (m²)"),
    N_("Detected (m²)"),
    N_("Claimed (m²)"),
    N_("Verified (m²)"),
    N_("Remaining (m²)"),
    N_("Plots"),
    N_("Plants"),
    N_("Claimed %"),
    N_("Verified %"),
)
QUANTITIES = {
    "detected_m2": HEADINGS[1],
    "claimed_m2": HEADINGS[2],
    "verified_m2": HEADINGS[3],
    "remaining_m2": HEADINGS[4],
    "plots": HEADINGS[5],
    "plants": HEADINGS[6],
}


def ledger(shell: Shell, answer: dict[str, Any]) -> None:
    """Write the table, then effort, unvisited candidates and the three lines on what is undetected."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    if answer.get("altered"):
        shell.say(f"▲ {shell.translate(ALTERED)}")
    scope = answer.get("season") or answer.get("year") or answer.get("period")
    shell.say(shell.translate(N_("Ledger {scope}, as of {as_of}")).format(scope=scope, as_of=local(answer["as_of"])))
    shown = [row for row in answer["rows"] if _speaks(row)]
    table(
        shell,
        (KEYS[answer["by"]], *HEADINGS),
        [_row(shell, row) for row in (*shown, answer["total"])],
        numeric=range(1, 10),
    )
    if any(_held_back(row) for row in (*shown, answer["total"])):
        shell.say(shell.translate(OPEN_STILL))
    beside_text.beside(shell, answer)
    if answer["approximate_boundaries"]:
        shell.say(shell.translate(N_("Commune outlines are approximate: import official boundaries.")))
    beside_text.findings(shell, answer["findings"])


def _held_back(row: dict[str, Any]) -> bool:
    """Tell whether a percentage is 99.9 only because something is still open."""
    whole = row["detected_m2"]
    return any(row[f"{kind}_pct"] == 99.9 and row[f"{kind}_m2"] == whole for kind in ("claimed", "verified"))


def _speaks(row: dict[str, Any]) -> bool:
    return any(row.get(name) for name in ("suspected_m2", "detected_m2", "plots", "carried_in_m2"))


def _row(shell: Shell, row: dict[str, Any]) -> tuple[str, ...]:
    areas = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")
    name = shell.translate(row["name"] or (TOTAL if row["key"] == "total" else row["key"]))
    percentages = (number(row[p], shell.language, 1) for p in ("claimed_pct", "verified_pct"))
    return name, *(number(row[a], shell.language) for a in areas), *percentages


def demo(shell: Shell, answer: dict[str, Any]) -> None:
    """Write the ledger of the demonstration, what to open and what to type next."""
    ledger(shell, answer["ledger"])
    _ = shell.translate
    folder, season = answer["workspace"], answer["season"]
    shell.say("")
    shell.say(
        _(N_("Done in {seconds} s. Open in a browser:")).format(seconds=number(answer["seconds"], shell.language))
    )
    for path in answer["written"]:
        shell.say(f"  {path}")
    shell.say(_(HINDSIGHT))
    shell.say(_(N_("What to type next:")))
    # What stands on PATH is typed by its name; else as it was called.
    program = f"{'eradication' if shutil.which('eradication') else sys.argv[0]} --workspace {folder}"
    model = f"--imagery {answer['imagery']}"
    for command in (
        f"{program} plots list --season {season}",
        f"{program} train --name first --season {season} {model} --samples {answer['samples']}",
        f"{program} monitor --season {season} {model} --model first",
        f"{program} ledger --season {season} --by class",
    ):
        shell.say(f"  {command}")
    shell.say(_(N_("Begin your own workspace with: eradication init DIR")))

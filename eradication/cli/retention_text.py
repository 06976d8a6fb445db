"""Retention as text: each season, what became of its tracks, and what is kept longer."""

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import number

STATES = {
    "due": N_("to be thinned"),
    "held": N_("kept longer"),
    "not_yet": N_("whole"),
    "thinned": N_("thinned to effort"),
}


def retention(shell: Shell, answer: Answer) -> None:
    """One row a season, then what is kept longer and why."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    headings = (N_("Season"), N_("Due on"), N_("Tracks"), N_("Patrols now"), N_("Fixes"), N_("Files"), N_("Before"))
    rows = [
        (
            row["season"],
            row["due_on"],
            _(STATES[row["state"]]),
            *(number(row[name], shell.language) for name in ("patrols", "fixes", "files", "thinned_before")),
        )
        for row in answer["seasons"]
    ]
    table(shell, headings, rows, numeric=(3, 4, 5, 6))
    for row in answer["seasons"]:
        for held in row["held"]:
            template = N_("  {season}: the track of {patrol} is kept longer: {keep}")
            shell.say(_(template).format(season=row["season"], **held))
    if answer["hand_ins"]:
        told = number(answer["hand_ins"], shell.language)
        shell.say(_(N_("Files of {count} hand-ins were removed too: they held these walks.")).format(count=told))
    if answer["dry_run"]:
        shell.say(_(N_("Nothing was changed. To thin them: eradication retention --by CODE")))
    elif any(row["patrols"] for row in answer["seasons"]):
        shell.say(
            _(N_("Backups made before still hold these tracks: make a new one, and destroy the old ones in time."))
        )

"""Answers on hand-ins as text."""

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local, table
from eradication.errors import N_

STATES = {
    "received": N_("kept, not yet in the ledger"),
    "recorded": N_("in the ledger"),
    "refused": N_("refused"),
    "incomplete": N_("still coming"),
    "conflict": N_("another content came first"),
}
STATUS = {
    "accepted": N_("receipted"),
    "duplicate": N_("handed in before"),
    "conflict": N_("another content came first"),
    "refused": N_("refused"),
}


def listed(shell: Shell, answer: Answer) -> None:
    """One row for each hand-in."""
    _ = shell.translate
    headings = (N_("Receipt"), N_("Received"), N_("Unit"), N_("Login"), N_("Files"), N_("State"), N_("Reasons"))
    rows = [
        (
            *(one["number"], local(one["received_at"]), one["unit"] or "–", one["login"] or "–", one["files"]),
            *(_(STATES[one["state"]]), ", ".join(one["reasons"])),
        )
        for one in answer["hand_ins"]
    ]
    table(shell, headings, rows, numeric=(4,))


def taken(shell: Shell, answer: Answer) -> None:
    """One row for each record of a bundle, then why some were refused."""
    _ = shell.translate
    headings = (N_("Record"), N_("Receipt"), N_("Handed in"), N_("State"))
    rows = [
        (one["uuid"], one["number"] or "–", _(STATUS[one["status"]]), _(STATES[one["state"]]) if one["state"] else "–")
        for one in answer["records"]
    ]
    table(shell, headings, rows)
    for one in answer["records"]:
        _reasons(shell, one["reasons"], one["uuid"])


def entered(shell: Shell, answer: Answer) -> None:
    """What became of each."""
    for one in answer["hand_ins"]:
        shell.say(f"{one['number']}: {shell.translate(STATES[one['state']])}")
        _reasons(shell, one["reasons"], "")
    if not answer["hand_ins"]:
        shell.say(shell.translate(N_("Nothing waits to be entered.")))


def _reasons(shell: Shell, reasons: list[Answer], about: str) -> None:
    for reason in reasons:
        said = shell.translate(reason["message"]).format(**reason["values"])
        shell.say(": ".join(part for part in (about, reason["where"], said) if part))
        if reason["hint"]:
            shell.say("  " + shell.translate(reason["hint"]).format(**reason["values"]))

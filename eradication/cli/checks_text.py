"""Automatic checks of eradications as text: five signs for each, then what is behind those that are not passed."""

from collections.abc import Sequence
from typing import Any

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, local, table
from eradication.errors import N_
from eradication.pipeline.words import beside_words, check_words

NO_STATE = N_("✓ passed, ✗ failed, ? cannot tell. A check changes no state: a person judges.")


def checked(shell: Shell, answer: Answer) -> None:
    """One row per destruction, the reasons, and how many passed."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    rows(shell, answer["eradications"])
    for name, counts in answer["summary"].items():
        said = _(N_("{name}: {ok} passed, {failed} failed, {cannot_tell} cannot tell"))
        shell.say(said.format(name=_(check_words.NAMES[name]), **counts))
    shell.say(_(NO_STATE))


def rows(shell: Shell, eradications: Sequence[Answer]) -> None:
    """Five signs for each destruction, then every result that is not passed, or that is told for information."""
    _ = shell.translate
    names = list(check_words.NAMES)
    headings = (N_("Plot"), N_("Visit"), N_("Time"), N_("Class"), *(check_words.NAMES[name] for name in names))
    signs = [
        (row["code"], _visit(shell, row), local(row["eradicated_at"]), row["class"], *_signs(row["checks"], names))
        for row in eradications
    ]
    table(shell, headings, signs)
    for row in eradications:
        for result in row["checks"]:
            if result["status"] != "ok" or result["code"] in check_words.INFORMATION:
                sign, name = check_words.SIGNS[result["status"]], _(check_words.NAMES[result["check"]])
                shell.say(f"  {sign} {row['code']} {_visit(shell, row)} – {name}: {result['message']}")


def _visit(shell: Shell, row: Answer) -> str:
    return beside_words.row_named(row["visit"], shell.language)


def _signs(results: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    return [check_words.sign([r["status"] for r in results if r["check"] == name]) for name in names]

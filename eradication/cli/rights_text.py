"""What the commands of rights say."""

from typing import Any

from eradication.cli.shell import Shell
from eradication.errors import N_


def granted(shell: Shell, answer: dict[str, Any]) -> None:
    """Say what a role may read now."""
    _ = shell.translate
    if not answer["done"]:
        _print(shell, answer)
        return
    if answer["everything"]:
        shell.say(_(N_("{role} reads everything and writes nothing.")).format(role=answer["role"]))
        return
    told = {"role": answer["role"], "unit": answer["unit"]} | answer["sees"]
    shell.say(_(N_("{role} reads what {unit} may see, and writes nothing.")).format(**told))
    shell.say(
        _(N_("  now: {patrols} patrols, {visits} visits, {candidates} candidates, {plots} plots, {events} events"))
        .format(**told)
    )  # fmt: skip


def revoked(shell: Shell, answer: dict[str, Any]) -> None:
    """Say that a role reads nothing."""
    if not answer["done"]:
        _print(shell, answer)
        return
    shell.say(shell.translate(N_("{role} reads nothing any more.")).format(role=answer["role"]))


def _print(shell: Shell, answer: dict[str, Any]) -> None:
    for statement in answer["sql"]:
        shell.say(f"{statement};")


def listed(shell: Shell, answer: dict[str, Any]) -> None:
    """List roles."""
    _ = shell.translate
    for one in answer["roles"]:
        unit = _(N_("everything")) if one["everything"] else one["unit"]
        shell.say(f"{one['role']}: {unit}")
    if not answer["roles"]:
        shell.say(_(N_("No role may read.")))
    if not answer["bound"]:
        shell.say(
            _(N_("The program connects as a user whom no rule binds; give it a user that is no superuser."))
        )  # fmt: skip

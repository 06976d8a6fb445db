"""Answers about stores as text for people."""

from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer
from eradication.errors import N_


def copied(shell: Shell, answer: Answer) -> None:
    """What was copied, the proof, and what to do with the old folder."""
    _ = shell.translate
    said = answer | {"events": answer["rows"]["events"], "mb": f"{answer['bytes'] / 1e6:.1f}"}
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    shell.say(_(N_("Copied to {to}; its store is {store}.")).format(**said))
    shell.say(_(N_("{events} events, {files} files of {mb} MB.")).format(**said))
    shell.say(_(N_("Digest of the old one: {digest}")).format(digest=answer["digests"]["from"]))
    shell.say(_(N_("Digest of the new one: {digest}")).format(digest=answer["digests"]["to"]))
    shell.say(_(N_("Both are equal.")))
    if answer["moved"]:
        shell.say(
            _(N_("From now on work in {to}; {from} can only be read. The same key lies in both folders:")).format(
                **said
            )
        )
        shell.say(_(N_("delete the old one when the new one is checked and backed up.")))
    else:
        shell.say(_(N_("{from} goes on; the copy is another origin: {origin}.")).format(**said))
        if answer["left_out"]:
            shell.say(_(N_("Left out: {names}.")).format(names=", ".join(answer["left_out"])))

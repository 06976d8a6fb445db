"""Answers about keys as text for people."""

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local, table
from eradication.errors import N_


def listed(shell: Shell, answer: Answer) -> None:
    """One row per key, then the escrow."""
    _ = shell.translate
    yes, no = _(N_("yes")), _(N_("NO"))
    headings = (N_("Key"), N_("Kind"), N_("Made"), N_("Fingerprint"), N_("In use"), N_("In escrow"), N_("Last drill"))
    rows = [
        (
            f"{key['name']} {key['version']}", key["kind"], local(key["made_at"]), key["fingerprint"],
            yes if key["current"] else "–", yes if key["escrowed"] else no, local(key["last_drill"]),
        )
        for key in answer["keys"]
    ]  # fmt: skip
    table(shell, headings, rows)
    for origin in answer["earlier_origins"]:
        shell.say(_(N_("Earlier signing key of this workspace: {origin}")).format(origin=origin))
    if answer["escrow"]["escrow"]:
        told = N_("Escrow of {when} with {officers}.")
        officers = ", ".join(answer["escrow"]["officers"])
        shell.say(_(told).format(when=local(answer["escrow"]["made_at"]), officers=officers))
    else:
        shell.say(_(N_("No escrow yet: if this computer is lost, its keys are.")))


def made(shell: Shell, answer: Answer) -> None:
    """The new key, and what is to be done next."""
    _ = shell.translate
    shell.say(_(N_("New key {name} {version}: {fingerprint}")).format(**answer))
    if answer.get("replaced"):
        shell.say(_(N_("It replaces {replaced}; what that one signed or sealed stays good.")).format(**answer))
    shell.say(_(N_("Put the keys into escrow anew: eradication keys escrow DIR --officer A --officer B")))


def escrowed(shell: Shell, answer: Answer) -> None:
    """What was written, and who takes which part."""
    _ = shell.translate
    first, second = answer["officers"]
    values = {"first": first, "second": second, "written": answer["written"]}
    shell.say(_(N_("{written}: the keys, sealed for {first} and {second} together.")).format(**values))
    shell.say(
        _(N_("{first} takes escrow.json and share-1.json, {second} escrow.json and share-2.json.")).format(**values)
    )
    shell.say(_(N_("Two sticks in two places. Then try it: eradication keys drill DIR")))


def drilled(shell: Shell, answer: Answer) -> None:
    """One line per key."""
    _ = shell.translate
    for key in answer["keys"]:
        held, lacking = (
            N_("{name} {version} ({fingerprint}): in escrow"),
            N_("{name} {version} ({fingerprint}): NOT in it"),
        )
        shell.say(_(held if key["held"] else lacking).format(**key))
    well, ill = N_("The escrow opens and holds every key."), N_("The escrow opens, but it is older than these keys.")
    shell.say(_(well if answer["ok"] else ill))


def recovered(shell: Shell, answer: Answer) -> None:
    """One line per key that is back."""
    _ = shell.translate
    for key in answer["recovered"]:
        shell.say(_(N_("{name} {version} is back: {fingerprint}")).format(**key))
    for name in answer["set_aside"]:
        shell.say(_(N_("The key that was here is set aside in keys/: {name}")).format(name=name))
    for name in answer["left_in_escrow"]:
        said = N_("{name} stays in escrow: this workspace was restored from a backup and goes on under another key.")
        shell.say(_(said).format(name=name))

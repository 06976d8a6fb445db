"""Answers about backups as text for people."""

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local
from eradication.errors import N_

_WARNINGS = {
    "same_disk": N_(
        "It lies on the disk of the workspace and would be lost with it: copy it to a stick, a share or another "
        "computer."
    ),
    "key_only_here": N_(
        "The only key that opens it lies on this computer: put the keys into escrow, or name recipients in [backup]."
    ),
    "other_program": N_("Another version of the program wrote it: some totals are counted otherwise now."),
    "ledger_not_compared": N_("The ledger could not be compared: a file that the settings name is not here."),
    "files_missing": N_(
        "Files that the settings name are not there, for no backup holds them. Lay each where it is named, or take its "
        "name out of eradication.toml: what needs it is refused until then."
    ),
    "hand_ins_closed": N_(
        "The key that opens what telephones handed in did not come with it: those that wait cannot be entered. Restore "
        "with --escrow DIR, or let telephones hand them in anew."
    ),
    "store_in_file": N_(
        "The store was on a server; it is a file now. To move it: eradication store copy, or restore with --store."
    ),
}


def written(shell: Shell, answer: Answer) -> None:
    """Where it is, what is in it, who can open it, what is not in it."""
    _ = shell.translate
    megabytes = f"{answer['size_bytes'] / 1e6:.1f}"
    said = N_("{written}: {megabytes} MB, {events} events, {originals} originals.")
    shell.say(_(said).format(**answer | {"megabytes": megabytes}))
    if answer["simulated"]:
        shell.say(_(N_("Everything in it may rest on simulated data.")))
    shell.say(f"SHA-256: {answer['sha256']}")
    shell.say(_(N_("Fingerprint of the chains: {fingerprint}")).format(**answer))
    for recipient in answer["recipients"]:
        shell.say(_(N_("It opens with the key of {recipient}")).format(recipient=recipient))
    left_out = ", ".join(answer["left_out"])
    shell.say(_(N_("Not in it, for it can be made again: {names}; no private key is.")).format(names=left_out))
    for name in answer["skipped"]:
        shell.say(_(N_("Not in it, because it is a link, has an odd name or vanished: {name}")).format(name=name))
    _warn(shell, answer)


def restored(shell: Shell, answer: Answer) -> None:
    """What it was, what was checked, how the workspace goes on."""
    _ = shell.translate
    told = answer["backup"] | {"when": local(answer["backup"]["made_at"])}
    said = N_("Backup of {when} by {device} ({origin}), {province}: {events} events, {originals} originals.")
    shell.say(_(said).format(**told))
    if told["simulated"]:
        shell.say(_(N_("Everything in it may rest on simulated data.")))
    shell.say(_(N_("Fingerprint of the chains: {fingerprint}")).format(**told))
    for check in answer["origins"]:
        well, ill = N_("{origin}: {events} events, whole"), N_("{origin}: event {first_bad} is not whole ({reason})")
        shell.say(_(well if check["ok"] else ill).format(**check))
    _ledger(shell, answer["ledger"])
    if not answer["same_heads"]:
        shell.say(_(N_("The chains do not end where the list of the backup says.")))
    if answer["restored"]:
        shell.say(_(N_("{restored}: restored. It goes on as another origin, {origin}.")).format(**answer))
        shell.say(_(N_("Import the bundles that were sent to others since: eradication bundle import FILE…")))
        shell.say(_(N_("Put the keys into escrow anew: eradication keys escrow DIR --officer A --officer B")))
    well, ill = N_("Everything was checked and is whole."), N_("NOT everything is whole; see above.")
    shell.say(_(well if answer["ok"] else ill))
    _warn(shell, answer)
    for one in answer["missing_files"]:
        shell.say(f"  [{one['section']}] {one['setting']}: {one['file']}")


def _ledger(shell: Shell, ledger: Answer) -> None:
    _ = shell.translate
    if ledger["compared"] and not ledger["differing"] and "other_rules" not in ledger:
        said = N_("Ledger replayed: {seasons} seasons, all totals are those of the backup.")
        shell.say(_(said).format(**ledger))
    for row in (*ledger["differing"], *ledger.get("other_rules", ())):
        said = N_("Ledger of {season}, {quantity}: {backup} in the backup, {restored} now")
        shell.say(_(said).format(**row))


def made(shell: Shell, answer: Answer) -> None:
    """The public key, and what is to be done with both."""
    _ = shell.translate
    shell.say(_(N_("Public key: {public_key}")).format(**answer))
    shell.say(_(N_('Write it under [backup] in eradication.toml: recipients = ["{public_key}"]')).format(**answer))
    shell.say(_(N_("{written} is the secret key: keep it, and a copy of it, away from the computer.")).format(**answer))


def _warn(shell: Shell, answer: Answer) -> None:
    for name in answer["warnings"]:
        shell.say(f"{shell.translate(N_('Warning'))}: {shell.translate(_WARNINGS[name])}")

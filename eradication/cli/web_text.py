"""What the commands of the web application say."""

import sys
from typing import Any

from eradication.cli.shell import Shell
from eradication.errors import N_


def serving(shell: Shell, answer: dict[str, Any]) -> None:
    """Say where the server answers, and how the first administrator comes in."""
    _ = shell.translate
    shell.say(_(N_("Serving at {address}; Ctrl-C ends it.")).format(**answer))
    if answer["left_out"]:
        names = ", ".join(answer["left_out"])
        shell.say(
            _(N_("Nobody reaches it as {names}: the authority on telephones may not vouch for that.")).format(
                names=names
            )
        )
        hint = N_(
            "If they are to: start once with --new-authority, and install keys/tls/ca.pem on every telephone anew."
        )
        shell.say("  " + _(hint))
    if answer["login"] and not answer["administrator_link"]:
        said = N_("Nobody can sign in yet. Print a one-time link at a terminal: eradication users invite {login}")
        shell.say(_(said).format(**answer))
    if answer["administrator_link"]:
        shell.say(_(N_("Nobody can sign in yet. Open this once, as administrator '{login}':")).format(**answer))
        shell.say(f"  {answer['administrator_link']}")
    sys.stdout.flush()


def invited(shell: Shell, answer: dict[str, Any]) -> None:
    """Say what to hand over."""
    _ = shell.translate
    told = {"login": answer["login"], "until": answer["expires_at"][:16].replace("T", " ")}
    shell.say(_(N_("Hand this to {login}; it works once, until {until} (UTC):")).format(**told))
    shell.say(f"  /signin?invite={answer['invitation']}")


def linked(shell: Shell, answer: dict[str, Any]) -> None:
    """Say under which name somebody comes in elsewhere."""
    _ = shell.translate
    text = _(N_("{login} signs in as '{subject}' there.")) if answer["subject"] else _(N_("{login} is linked no more."))
    shell.say(text.format(**answer))


def people(shell: Shell, answer: dict[str, Any]) -> None:
    """List people."""
    _ = shell.translate
    for one in answer["people"]:
        state = _(N_("let in no more")) if one["disabled"] else "" if one["password"] else _(N_("invited"))
        linked = _(N_("linked")) if one["linked"] else ""
        shell.say(
            "  ".join(part for part in (one["login"], ", ".join(one["roles"]), one["unit"], state, linked) if part)
        )
    if not answer["people"]:
        shell.say(_(N_("Nobody may sign in yet. Let somebody in: eradication users add NAME --role administrator")))


def changed(shell: Shell, answer: dict[str, Any]) -> None:
    """Say what somebody is now."""
    _ = shell.translate
    told = {"roles": ", ".join(answer["roles"]), "unit": answer["unit"] or "–", "login": answer["login"]}
    shell.say(_(N_("{login}: {roles}; unit {unit}. Who was signed in is signed out.")).format(**told))


def disabled(shell: Shell, answer: dict[str, Any]) -> None:
    """Say that somebody is out."""
    shell.say(shell.translate(N_("{login} is let in no more.")).format(login=answer["login"]))


def issued(shell: Shell, answer: dict[str, Any]) -> None:
    """Say the token, once."""
    _ = shell.translate
    shell.say(_(N_("Device {device_id} of {login}; write its password down, it is shown once:")).format(**answer))
    shell.say(f"  {answer['secret']}")


def devices(shell: Shell, answer: dict[str, Any]) -> None:
    """List devices."""
    _ = shell.translate
    for one in answer["devices"]:
        state = _(N_("void")) if one["revoked_at"] else ""
        parts = (one["device_id"], one["login"], one["name"], one["scopes"], state)
        shell.say("  ".join(part for part in parts if part))
    if not answer["devices"]:
        shell.say(_(N_("No device has a token yet.")))


def revoked(shell: Shell, answer: dict[str, Any]) -> None:
    """Say that a token is void."""
    shell.say(shell.translate(N_("The token of {device_id} is void.")).format(**answer))

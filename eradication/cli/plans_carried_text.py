"""What a plan took over from earlier ones, as text."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.i18n import number


def carried(shell: Shell, route: Mapping[str, Any]) -> None:
    """Say which stops were drawn for earlier plans, how many wait, until when, and which draws could not be made."""
    _, counted = shell.translate, route["carried"]
    if route["random_short"]:
        said = N_(
            "Of the draws that the random share asks for {count} could not be made by chance: within half of the hours "
            "there are too few places to draw from."
        )
        shell.say(_(said).format(count=number(route["random_short"], shell.language)))
    by_plan: dict[str, list[str]] = {}
    for stop in route["stops"]:
        if stop["carried_from"]:
            by_plan.setdefault(stop["carried_from"], []).append(str(stop["order"]))
    for plan_id, orders in by_plan.items():
        said = N_("Carried over from plan {plan}: stops {stops}.")
        shell.say(_(said).format(plan=plan_id, stops=", ".join(orders)))
    if counted["waiting"]:
        said = N_("Drawn for earlier plans and waiting for a later one: {count}.")
        shell.say(_(said).format(count=number(counted["waiting"], shell.language)))
    if counted["planned"] or counted["waiting"]:
        shell.say(
            _(
                N_(
                    "A draw that was walked already is planned until its track, or the visit, is imported: "
                    "eradication patrols import"
                )
            )
        )

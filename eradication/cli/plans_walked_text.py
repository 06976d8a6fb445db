"""What was walked on a plan beside what was planned, as text."""

from collections.abc import Mapping
from typing import Any

from eradication.cli.plans_text import REASONS, name_of
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import number

NOT_KNOWN = N_("nothing is known")
"""Of a stop, as on the page of the walk, until a track is imported."""


def walked(shell: Shell, answer: Answer) -> None:
    """Planned and walked side by side; nothing is said of a walk whose track is not on record."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    first, second = answer["planned"], dict(answer["walked"])
    if answer["why"]:
        shell.say(_(N_("No track of {unit} of that day is on record.")).format(**answer))
        shell.say(_(N_("What was walked is not known until it is imported: eradication patrols import")))
        # What is not known is no 0.
        second |= dict.fromkeys(("km", "search_km", "hours", "walked_p"))
    rows = [
        *_lengths(shell, first, second),
        (_(N_("Hours on foot and at the stops")), *_pair(shell, first["planned_hours"], second["hours"], 1)),
        (_(N_("Hours granted")), number(first["hours"], shell.language, 1), ""),
        (_(N_("Stops")), first["stops"], second["stops"] or ("–" if answer["why"] else 0)),
        (_(N_("Searched with p, summed over cells")), *_pair(shell, first["planned_p"], second["walked_p"], 2)),
    ]
    table(shell, ("", N_("Planned"), N_("Walked")), rows, numeric=(1, 2))
    if answer["hidden"]:
        shell.say(_(N_("It has expired and no walk of it is on record: its stops are not shown any more.")))
    else:
        headings = (N_("No."), N_("Stop"), N_("Reached"), N_("Planned p"), N_("Walked p"))
        stops = [_reached(shell, stop, has_track=not answer["why"]) for stop in answer["stops"]]
        table(shell, headings, stops, numeric=(0, 3, 4))
    shell.say(f"{_(answer['about'])} {_(answer['caution'])}")
    for path in answer["written"]:
        shell.say(f"  {path}")


def _lengths(shell: Shell, first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Compare like with like: all that is walked, and of it what is walked inside cells to search them."""
    _ = shell.translate
    if first["all_km"] is None:
        return [(_(N_("Length (km)")), *_pair(shell, first["km"], second["km"], 1))]
    return [
        (_(N_("Length with the search of cells (km)")), *_pair(shell, first["all_km"], second["km"], 1)),
        (
            _(N_("of it inside cells to be searched (km)")),
            *_pair(shell, first["search_km"], second["search_km"], 1),
        ),
    ]


def _pair(shell: Shell, one: float, other: float | None, digits: int) -> tuple[str, str]:
    return number(one, shell.language, digits), number(other, shell.language, digits)


def _reached(shell: Shell, stop: Mapping[str, Any], *, has_track: bool) -> tuple[object, ...]:
    _ = shell.translate
    said = _(N_("yes")) if stop["reached"] else _(REASONS[stop["reason"]])
    if not has_track and stop["reason"] == "not_reached":
        said = _(NOT_KNOWN)
    planned = number(stop["planned_p"], shell.language, 2)
    return (
        stop["order"],
        name_of(stop),
        said,
        planned,
        number(stop["walked_p"] if has_track else None, shell.language, 2),
    )

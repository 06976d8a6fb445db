"""Commands on vintages of communes: which there are, and how one is divided among another."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import moments
from eradication.cli.shell import Shell
from eradication.cli.text import SIMULATED, Answer, table
from eradication.errors import N_
from eradication.i18n import number
from eradication.pipeline import vintages

_MOST_ROWS = 40


def add(group: typer.Typer, shell: Shell) -> None:
    """Add the commands to the group ``boundaries``."""
    _ = shell.translate

    @group.command("list", help=_(N_("List the vintages of communes that are known.")))
    def list_vintages() -> None:
        with shell.workspace() as workspace:
            shell.answer(vintages.listed(workspace), _listed)

    @group.command("shares", help=_(N_("Tell how the communes of one day are divided among those of another.")))
    def tell_shares(
        first: Annotated[str, typer.Option("--from", help=_(N_("A day of the vintage figures come from.")))],
        second: Annotated[str, typer.Option("--to", help=_(N_("A day of the vintage they are wanted in.")))],
        out: Annotated[Path | None, typer.Option(help=_(N_("CSV file to write as well.")))] = None,
    ) -> None:
        days = moments.day(first, "--from"), moments.day(second, "--to")
        with shell.workspace() as workspace:
            shell.answer(vintages.shares(workspace, *days, out), _shares)


def _listed(shell: Shell, answer: Answer) -> None:
    """One row per vintage."""
    if answer["simulated"]:
        shell.say(shell.translate(SIMULATED))
    headings = (
        *(N_("Valid from"), N_("Valid to"), N_("Communes"), N_("Without outline"), N_("Outlines (km²)")),
        *(N_("Approximate"), N_("Source")),
    )
    yes = shell.translate(N_("yes"))
    rows = [
        (
            *(one["valid_from"], one["valid_to"] or "–", one["units"], one["without_outline"]),
            *(number(one["outlines_km2"], shell.language, 1), yes if one["approximate"] else "–", one["source"]),
        )
        for one in answer["vintages"]
    ]
    table(shell, headings, rows, numeric=(2, 3, 4))
    for one in answer["lineage"]:
        shell.say(shell.translate(N_("What became of which commune on {changed_on}: {rows} rows")).format(**one))


BASES = {
    "same": N_("the same unit"),
    "stated": N_("stated by the source"),
    "overlap_of_heirs": N_("by overlap with the heirs"),
    "overlap": N_("by overlap of outlines"),
    "equal": N_("in equal parts, without outlines"),
    "centre": N_("by the centre, without outline"),
}
"""What a share rests on, in words."""


def _shares(shell: Shell, answer: Answer) -> None:
    """The two vintages, the first shares, and what has no counterpart."""
    _ = shell.translate
    if answer["simulated"]:
        shell.say(_(SIMULATED))
    one, other = answer["from"], answer["to"]
    said = N_("{old} communes of {first} among {new} of {second}")
    told = _(said).format(old=one["units"], first=one["day"], new=other["units"], second=other["day"])
    shell.say(told)
    headings = (N_("From"), N_("To"), N_("Share %"), N_("Common ground (m²)"), N_("Basis"))
    rows = [
        (
            *(f"{row['from_code']} {row['from_name']}", f"{row['to_code']} {row['to_name']}"),
            *(number(100 * row["share"], shell.language, 2), number(row["overlap_m2"], shell.language)),
            _(BASES[row["basis"]]),
        )
        for row in answer["rows"][:_MOST_ROWS]
    ]
    table(shell, headings, rows, numeric=(2, 3))
    more = len(answer["rows"]) - len(rows)
    if more:
        shell.say(_(N_("… and {count} more: --out FILE.csv or --json tells all.")).format(count=more))
    _leftovers(shell, answer)
    for path in answer.get("written", ()):
        shell.say(_(N_("Written: {path}")).format(path=path))


def _leftovers(shell: Shell, answer: Answer) -> None:
    _ = shell.translate
    for name, said in (
        ("unplaced", N_("Without a place in the other vintage: {names}")),
        ("uncovered", N_("Communes that get nothing: {names}")),
    ):
        if answer[name]:
            names = ", ".join(f"{one['code']} {one['name']}" for one in answer[name])
            shell.say(_(said).format(names=names))
    said = N_("Ground of one vintage outside the outlines of the other: {outside} km² and {unclaimed} km².")
    outside, unclaimed = (sum(answer[name].values()) / 1e6 for name in ("outside_m2", "unclaimed_m2"))
    write = [number(km2, shell.language, 1) for km2 in (outside, unclaimed)]
    shell.say(_(said).format(outside=write[0], unclaimed=write[1]))
    if answer["whole"] < len(answer["rows"]):
        shell.say(_(N_("Figures of divided communes are marked as estimated conversions.")))
    if answer["approximate"]:
        shell.say(_(N_("Commune outlines are approximate: import official boundaries.")))

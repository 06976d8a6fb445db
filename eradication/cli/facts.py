"""Commands for what the office enters: responsible units, and facts no patrol or image can tell."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import facts_text, moments
from eradication.cli.shell import Shell
from eradication.domain import FactKind, parse_code
from eradication.errors import N_, RefusedInput
from eradication.pipeline import answers, fact_book, units


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    app.add_typer(_units(shell), name="units")
    app.add_typer(_facts(shell), name="facts")


def _units(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Responsible units, dated: who answers for whom, and since when.")))

    @group.command("import", help=_(N_("Take a table of units in (CSV, XLSX), row by row.")))
    def import_table(file: Annotated[Path, typer.Argument(help=_(N_("Table of units.")))]) -> None:
        with shell.workspace() as workspace:
            answer = answers.of_office_rows(units.record_units(workspace, file), shell.translate)
        refused = any(row["status"] == "refused" for row in answer["units"])
        shell.answer(answer, facts_text.units, refused=refused)

    @group.command("list", help=_(N_("List the units of a day, or every span of every unit.")))
    def list_units(
        date: Annotated[str, typer.Option(help=_(N_("Day, YYYY-MM-DD (default: all spans).")))] = "",
        as_of: Annotated[str, typer.Option(help=_(N_("As known at this time (default: now).")))] = "",
    ) -> None:
        day = moments.day(date, "--date") if date else None
        known = moments.time(as_of, end_of_day=True) if as_of else None
        with shell.workspace() as workspace:
            shell.answer(units.listed(workspace, day, known), facts_text.listed_units)

    return group


def _facts(shell: Shell) -> typer.Typer:
    _ = shell.translate
    told = N_("Facts the office enters: targets, baselines, commitments, mailboxes, villages, conversions.")
    group = typer.Typer(help=_(told), no_args_is_help=True)
    kinds = f"{_(N_('Kind of facts'))}: {', '.join(FactKind)}"

    taken = N_("Take a table of facts in (CSV, XLSX; conversions as GeoJSON or GeoPackage), row by row.")

    @group.command("import", help=_(taken))
    def import_table(
        file: Annotated[Path, typer.Argument(help=_(N_("Table of facts.")))],
        kind: Annotated[str, typer.Option(help=kinds)] = "",
    ) -> None:
        wanted = _kind(kind)
        with shell.workspace() as workspace:
            answer = answers.of_office_rows(fact_book.record_facts(workspace, file, wanted), shell.translate)
        refused = any(row["status"] == "refused" for row in answer["facts"])
        shell.answer(answer, facts_text.facts, refused=refused)

    @group.command("list", help=_(N_("List the facts on record; of each the row entered last.")))
    def list_facts(
        kind: Annotated[str, typer.Option(help=kinds)] = "",
        as_of: Annotated[str, typer.Option(help=_(N_("As known at this time (default: now).")))] = "",
    ) -> None:
        wanted = _kind(kind)
        known = moments.time(as_of, end_of_day=True) if as_of else None
        with shell.workspace() as workspace:
            shell.answer(fact_book.listed(workspace, wanted, known), facts_text.listed_facts)

    return group


def _kind(written: str) -> FactKind | None:
    """Return the kind that an option names.

    Raises:
        BadParameter: it names none.
    """
    try:
        return parse_code(FactKind, written, "--kind") if written else None
    except RefusedInput as error:
        raise typer.BadParameter(str(error), param_hint="--kind") from None

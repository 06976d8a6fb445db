"""The command that writes reports: documents to sign, a workbook, a page."""

from pathlib import Path
from typing import Annotated, Any

import typer

from eradication.cli import moments, text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import documents, outputs, periods, units
from eradication.pipeline.documents import Order


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the command to ``app``."""
    _ = shell.translate
    every = ",".join(documents.FORMATS)

    @app.command("report", help=_(N_("Write the report of a season or a period, to be signed; it needs no network.")))
    def write_report(
        scope: Annotated[str, typer.Argument(help=_(N_("Season or period, e.g. 2025-2026 or 2026-H1.")))],
        out: Annotated[Path, typer.Option(metavar="DIR", help=_(N_("Folder to write into.")))],
        *,
        unit: Annotated[str | None, typer.Option(help=_(N_("Only what this unit answers for.")))] = None,
        formats: Annotated[str, typer.Option("--format", help=_(N_("Which files, e.g. docx,pdf.")))] = every,
        number: Annotated[str, typer.Option(help=_(N_("Number of the document; default: left blank.")))] = "",
        date: Annotated[str, typer.Option(help=_(N_("Day on the document; default: that of the close.")))] = "",
        remarks: Annotated[
            Path | None, typer.Option(help=_(N_("Text file of the office's own paragraphs, put below the figures.")))
        ] = None,
    ) -> None:
        wanted = documents.formats_of(formats)
        day = moments.day(date, "--date") if date else None
        order = Order(number, day, documents.remarks_in(remarks) if remarks else ())
        with shell.workspace() as workspace:
            of = Season.parse(scope) if scope[5:].isdecimal() else periods.parse(workspace, scope)
            own = units.on_record(workspace, units.asked(unit))
            name = documents.name_of(of, own)
            files = [outputs.folder_of_pages(out) / f"{name}.{ending}" for ending in wanted]
            answer = documents.write_report(workspace, files, of, shell.language, unit=own, order=order)
        shell.answer(answer, _written)


def _written(shell: Shell, answer: dict[str, Any]) -> None:
    """Say which files were written, and what the office has still to see to."""
    _ = shell.translate
    text.written(shell, answer)
    if answer["draft"]:
        shell.say(_(N_("A draft: the period is not closed. Close it with: eradication period close PERIOD --by CODE")))
    if answer["restated"]:
        said = N_("Figures of this period have changed since it was closed: the next period's report restates them.")
        shell.say(_(said))
    text.missing(shell, answer["missing"])

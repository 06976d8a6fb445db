"""Commands for what comes in beside tracks and visit tables: tips, and forms filled in on telephones."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import deciding, moments, submissions_text, text
from eradication.cli.shell import Shell
from eradication.errors import N_
from eradication.pipeline import answers, forms, tip_answers, tips


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    app.add_typer(_tips(shell), name="tips")
    app.add_typer(_forms(shell), name="forms")


def _tips(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Tips of village mailboxes; their sources are kept apart.")), no_args_is_help=True)

    @group.command("import", help=_(N_("Take a table of tips in (CSV, XLSX, GeoJSON points), row by row.")))
    def import_table(
        file: Annotated[Path, typer.Argument(help=_(N_("Table of tips.")))],
        unit: Annotated[str, typer.Option(help=_(N_("Unit that received the tips whose rows name none.")))] = "",
        timezone: Annotated[str, typer.Option(help=_(N_("Time zone of times that state none.")))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = tips.record_tips(workspace, file, timezone, unit, shell.stage)
        refused = any(row["status"] in ("refused", "conflict") for row in answer["tips"])
        shell.answer(answers.of_tips(answer, shell.translate), submissions_text.tips, refused=refused)

    @group.command("list", help=_(N_("List the tips, without their sources.")))
    def list_tips(
        notes: Annotated[bool, typer.Option("--notes", help=_(N_("Show what was told as well.")))] = False,
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(tip_answers.listed(workspace, notes=notes), submissions_text.listed_tips)

    @group.command(help=_(N_("Say which visit answered a tip that names no place, or why none is needed.")))
    def answer(
        tip: Annotated[str, typer.Argument(metavar="TIP", help=_(N_("Tip, as unit/number.")))],
        visit: Annotated[str, typer.Option(metavar="UNIT/VISIT", help=_(N_("The visit that answered it.")))] = "",
        reason: Annotated[str, typer.Option(help=_(N_("Why nobody has to go there; it stays on record.")))] = "",
        by: Annotated[str, typer.Option(help=_(deciding.BY))] = "",
        date: Annotated[str, typer.Option(help=_(deciding.DATE))] = "",
    ) -> None:
        unit, slash, number = visit.partition("/")
        if visit and not (unit and slash and number):
            raise typer.BadParameter(_(N_("Name the visit as UNIT/VISIT.")), param_hint="--visit")
        said = tip_answers.Answer((unit, number) if visit else None, reason, by, moments.time(date) if date else None)
        with shell.workspace() as workspace:
            shell.answer(tip_answers.answer(workspace, tip, said), submissions_text.answered)

    return group


def _forms(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(
        help=_(N_("Forms that patrols fill in on telephones (ODK, KoboToolbox).")), no_args_is_help=True
    )
    taken = N_(
        "Take filled-in forms in: folders of Collect or Briefcase, exports of Central and KoboToolbox, ZIP files."
    )

    @group.command("import", help=_(taken))
    def import_files(
        paths: Annotated[list[Path], typer.Argument(help=_(N_("Files, folders or ZIP files of submissions.")))],
        timezone: Annotated[str, typer.Option(help=_(N_("Time zone of times that state none.")))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            answer = forms.record_forms(workspace, paths, timezone, shell.stage)
        rows = (*answer["files"], *answer["visits"], *answer["tips"])
        refused = any(row["status"] in ("refused", "conflict") for row in rows)
        shell.answer(answers.of_forms(answer, shell.translate), submissions_text.forms, refused=refused)

    @group.command("write", help=_(N_("Write the forms (XLSForm) to load into ODK Central or KoboToolbox.")))
    def write(folder: Annotated[Path, typer.Argument(metavar="DIR", help=_(N_("Folder to write them into.")))]) -> None:
        shell.answer(forms.write_forms(folder), text.written)

    return group

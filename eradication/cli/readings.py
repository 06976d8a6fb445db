"""Commands for reading fine images: one person outlines, another confirms without knowing what was seen."""

from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import readings_text
from eradication.cli.shell import Shell
from eradication.domain.codes import ReadVerdict, parse_code
from eradication.errors import N_

REVIEWER = N_("Code of the person who reads.")
UNIT = N_("Code of the unit of this person.")
REASON = N_("What was wrong; it stays on record.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(
        help=_(N_("Fine images (10 cm or less) read by two people: what both see is detected.")), no_args_is_help=True
    )
    app.add_typer(group, name="readings")
    _propose(group, shell)
    _second(group, shell)
    _clear(group, shell)
    _correct(group, shell)


def _correct(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("The first reader draws a place anew; it has to be confirmed again.")))
    def correct(
        reading_id: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Id of the reading.")))],
        file: Annotated[Path, typer.Argument(help=_(N_("One polygon round the plants.")))],
        reviewer: Annotated[str, typer.Option(help=_(REVIEWER))],
        unit: Annotated[str, typer.Option(help=_(UNIT))],
        reason: Annotated[str, typer.Option(help=_(REASON))],
    ) -> None:
        from eradication.pipeline import reading, rereading

        who = reading.Reader(reviewer, unit)
        with shell.workspace() as workspace:
            shell.answer(rereading.correct(workspace, reading_id, file, who, reason), readings_text.corrected)

    @group.command(
        help=_(N_("Take back what one read: the drawing and all readings of it, or a second reading alone."))
    )
    def withdraw(
        reading_id: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Id of the reading.")))],
        reviewer: Annotated[str, typer.Option(help=_(REVIEWER))],
        reason: Annotated[str, typer.Option(help=_(REASON))],
    ) -> None:
        from eradication.pipeline import rereading

        with shell.workspace() as workspace:
            shell.answer(rereading.withdraw(workspace, reading_id, reviewer, reason), readings_text.withdrawn)


def _clear(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Verification by a fine image taken after the destruction: no plant is left.")))
    def clear(
        plot: Annotated[str, typer.Argument(metavar="PLOT", help=_(N_("Id, code or alias of a plot.")))],
        layer: Annotated[str, typer.Argument(metavar="LAYER", help=_(N_("Id of the layer.")))],
        reviewer: Annotated[str, typer.Option(help=_(REVIEWER))],
        unit: Annotated[str, typer.Option(help=_(UNIT))],
    ) -> None:
        from eradication.pipeline import clearing, reading

        who = reading.Reader(reviewer, unit)
        with shell.workspace() as workspace:
            shell.answer(clearing.clear(workspace, plot, layer, who), readings_text.cleared)


def _propose(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("First reading: take polygons drawn on a layer of imagery review.")))
    def propose(
        layer: Annotated[str, typer.Argument(metavar="LAYER", help=_(N_("Id of the layer.")))],
        file: Annotated[Path, typer.Argument(help=_(N_("Polygons: GeoJSON, GeoPackage or zipped Shapefile.")))],
        reviewer: Annotated[str, typer.Option(help=_(REVIEWER))],
        unit: Annotated[str, typer.Option(help=_(UNIT))],
    ) -> None:
        from eradication.pipeline import reading

        who = reading.Reader(reviewer, unit)
        with shell.workspace() as workspace:
            answer = reading.propose(workspace, layer, file, who, shell.translate)
        refused = any(row["status"] == "refused" for row in answer["readings"])
        shell.answer(answer, readings_text.proposed, refused=refused)


def _second(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("Where a second reader has to look, without what the first one saw.")))
    def list_waiting(reviewer: Annotated[str, typer.Option(help=_(REVIEWER))]) -> None:
        from eradication.pipeline import reading

        with shell.workspace() as workspace:
            shell.answer(reading.waiting(workspace, reviewer), readings_text.waiting)

    @group.command(help=_(N_("Second reading, by another person than the first.")))
    def confirm(
        reading_id: Annotated[str, typer.Argument(metavar="ID", help=_(N_("Id of the reading.")))],
        reviewer: Annotated[str, typer.Option(help=_(REVIEWER))],
        unit: Annotated[str, typer.Option(help=_(UNIT))],
        verdict: Annotated[str, typer.Option(help=_(N_("opium_poppy, not or cannot_tell.")))],
        file: Annotated[Path | None, typer.Argument(help=_(N_("One polygon round the plants.")))] = None,
    ) -> None:
        from eradication.pipeline import reading

        who, seen = reading.Reader(reviewer, unit), parse_code(ReadVerdict, verdict, "--verdict")
        with shell.workspace() as workspace:
            shell.answer(reading.confirm(workspace, reading_id, who, seen, file), readings_text.confirmed)

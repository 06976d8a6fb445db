"""Commands for photos."""

import re
from pathlib import Path
from typing import Annotated

import typer

from eradication.cli import moments, photos_text
from eradication.cli.shell import Shell
from eradication.errors import N_, UnusableInput
from eradication.pipeline import photos
from eradication.pipeline.photos import PhotoOptions


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(help=_(N_("Photos of patrols: evidence of visits.")), no_args_is_help=True)
    app.add_typer(group, name="photos")
    taken = N_(
        "Take photos in: originals are sealed, others see a copy without EXIF; joined to visits by name and time."
    )

    @group.command("import", help=_(taken))
    def import_files(
        files: Annotated[
            list[Path], typer.Argument(help=_(N_("Photos, folders or ZIP files: JPEG, PNG, WEBP, HEIC.")))
        ],
        unit: Annotated[str, typer.Option(help=_(N_("Code of the unit that took them.")))] = "",
        timezone: Annotated[str, typer.Option(help=_(N_("Time zone of cameras' clocks that state none.")))] = "",
        offset: Annotated[
            str, typer.Option(help=_(N_("How far the cameras' clocks are ahead: seconds or ±HH:MM:SS.")))
        ] = "",
        clock_photo: Annotated[Path | None, typer.Option(help=_(N_("Photo of a clock that is right.")))] = None,
        *,
        clock_time: Annotated[str, typer.Option(help=_(N_("Time that the photographed clock shows.")))] = "",
    ) -> None:
        options = PhotoOptions(
            unit=unit,
            timezone=timezone,
            offset_s=_seconds(offset) if offset else None,
            clock_photo=clock_photo,
            clock_time=moments.time(clock_time) if clock_time else None,
        )
        with shell.workspace() as workspace:
            answer = photos.record(workspace, files, options, shell.translate, shell.stage)
        refused = any(row["status"] == "refused" for row in answer["photos"])
        shell.answer(answer, photos_text.taken, refused=refused)

    _hand_out(group, shell)


def _hand_out(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("List photos with time, place and the visits they show.")))
    def list_photos() -> None:
        with shell.workspace() as workspace:
            shell.answer(photos.listed(workspace), photos_text.listed)

    @group.command("export", help=_(N_("Write the copies without EXIF into a folder; never the originals.")))
    def export(
        out: Annotated[Path, typer.Argument(metavar="OUT_DIR", help=_(N_("Folder; made if it is not there.")))],
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(photos.export(workspace, out), photos_text.exported)


def _seconds(given: str) -> float:
    """Read ``-3600``, ``+01:00:00`` or ``-00:07``.

    Raises:
        UnusableInput: ``bad_offset``.
    """
    clock = re.fullmatch(r"([+-]?)(\d{1,3}):([0-5]\d)(?::([0-5]\d))?", given.strip())
    if clock:
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + int(clock[4] or 0)
        return float(-seconds if clock[1] == "-" else seconds)
    if re.fullmatch(r"[+-]?\d{1,10}(\.\d+)?", given.strip()):
        return float(given)
    raise UnusableInput(
        "bad_offset",
        N_("'{given}' is no offset of a clock."),
        where="--offset",
        hint=N_("Write seconds, or ±HH:MM:SS; + means that the camera is ahead."),
        values={"given": given},
    )

"""Commands of imagery: what archives have, what is here, fetching, and carrying it by disk."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from eradication.cli import imagery_text, moments
from eradication.cli.shell import Shell
from eradication.errors import N_, CheckFailed

ADDRESS = N_("STAC API, catalog, item collection, stac-geoparquet, or the name of a source (see imagery sources).")
SEASON = N_("Season, e.g. 2025-2026; default: the one whose images are coming in now.")
AREA = N_("File with an outline, or code of a commune; default: the province.")
PART = N_("File with an outline, or code of a commune; default: all.")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _ = shell.translate
    group = typer.Typer(help=_(N_("Imagery: search, fetch, check, carry by disk.")), no_args_is_help=True)
    _search(group, shell)
    _fetch(group, shell)
    _here(group, shell)
    group.add_typer(_bundles(shell), name="bundle")
    _review(group, shell)
    app.add_typer(group, name="imagery")


def _search(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Show what an archive has, by periods of ten days.")))
    def search(
        imagery: Annotated[str, typer.Option(metavar="ADDRESS", help=_(ADDRESS))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        area: Annotated[str, typer.Option(help=_(AREA))] = "",
    ) -> None:
        from eradication.pipeline import imagery_shelf, main_path, sourcing

        with shell.workspace() as workspace:
            wanted = imagery_shelf.season_of(workspace, season)
            outline = main_path.area_of(workspace, area)
            answer = imagery_shelf.search(workspace, sourcing.Request(imagery, wanted, outline))
        shell.answer(answer, imagery_text.found, refused=bool(answer["failed"]))


def _fetch(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Fetch the images of a season, only what lies in the area and is not here yet.")))
    def fetch(
        imagery: Annotated[str, typer.Option(metavar="ADDRESS", help=_(ADDRESS))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        area: Annotated[str, typer.Option(help=_(AREA))] = "",
        max_gb: Annotated[float | None, typer.Option(help=_(N_("Fetch nothing if more than this is missing.")))] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_(N_("Only say how much it is.")))] = False,
        yes: Annotated[bool, typer.Option("--yes", help=_(N_("Do not ask before fetching.")))] = False,
    ) -> None:
        from eradication.pipeline import fetching, imagery_shelf, main_path, sourcing

        def agree(answer: dict[str, Any]) -> bool:
            imagery_text.estimate(shell, answer)
            if dry_run:
                return False
            if yes or shell.as_json or not sys.stdin.isatty():
                return True
            return typer.confirm(_(N_("Fetch it?")), err=True)

        with shell.workspace() as workspace:
            wanted = imagery_shelf.season_of(workspace, season)
            outline = main_path.area_of(workspace, area)
            request = sourcing.Request(imagery, wanted, outline)
            answer = fetching.fetch(workspace, request, agree, max_gb=max_gb, stage=shell.stage)
        shell.answer(answer, imagery_text.fetched, refused=bool(answer["failed"]))


def _here(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("Show what is here, by periods of ten days.")))
    def list_imagery(season: Annotated[str, typer.Option(help=_(SEASON))] = "") -> None:
        from eradication.pipeline import imagery_shelf

        with shell.workspace() as workspace:
            wanted = imagery_shelf.season_of(workspace, season)
            shell.answer(imagery_shelf.listing(workspace, wanted), imagery_text.listed)

    @group.command(help=_(N_("Size, failures, gaps, and whether the newest image is late.")))
    def status(
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        check: Annotated[bool, typer.Option("--check", help=_(N_("End with code 5 if images are late.")))] = False,
    ) -> None:
        from eradication.pipeline import imagery_shelf

        with shell.workspace() as workspace:
            wanted = imagery_shelf.season_of(workspace, season)
            answer = imagery_shelf.status(workspace, wanted)
        if check and answer["alarm"]:
            late = ", ".join(row["source"] for row in answer["sources"] if row["late"])
            hint = N_("Look at `eradication imagery status`, then fetch again.")
            raise CheckFailed("imagery_late", N_("Images are late: {late}."), hint=hint, values={"late": late})
        shell.answer(answer, imagery_text.status)

    @group.command(help=_(N_("List the sources of imagery that are known by name.")))
    def sources() -> None:
        from eradication.pipeline import imagery_shelf

        with shell.workspace() as workspace:
            shell.answer(imagery_shelf.profiles(workspace), imagery_text.profiles)


def _bundles(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Carry fetched images by disk.")), no_args_is_help=True)

    @group.command("out", help=_(N_("Write the fetched images of a season into one file.")))
    def bundle_out(
        out: Annotated[Path, typer.Argument(metavar="FILE", help=_(N_("The file, e.g. season.tar.")))],
        season: Annotated[str, typer.Option(help=_(SEASON))] = "",
        area: Annotated[
            str, typer.Option(help=_(N_("File with an outline, or code of a commune; default: all.")))
        ] = "",
        source: Annotated[str, typer.Option(help=_(N_("Only this source (see imagery list).")))] = "",
    ) -> None:
        from eradication.pipeline import imagery_bundle, imagery_shelf, main_path

        with shell.workspace() as workspace:
            wanted = imagery_shelf.season_of(workspace, season)
            choice = imagery_bundle.Choice(wanted, main_path.area_of(workspace, area), source)
            answer = imagery_bundle.write(workspace, out, choice, shell.stage)
        shell.answer(answer, imagery_text.bundle_written, refused=bool(answer["damaged"]))

    @group.command("in", help=_(N_("Take fetched images in from files; every byte is checked.")))
    def bundle_in(
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=_(N_("Files written by bundle out.")))],
    ) -> None:
        from eradication.pipeline import imagery_bundle

        with shell.workspace() as workspace:
            answer = imagery_bundle.take(workspace, files, shell.translate, shell.stage)
        partly = any(b["status"] == "refused" or b["conflicts"] for b in answer["bundles"])
        shell.answer(answer, imagery_text.bundles_taken, refused=partly)

    return group


def _review(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(help=_(N_("Keep fine images of one date as layers for people to look at.")))
    def review(
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=_(N_("GeoTIFF files, or folders of them.")))],
        date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=_(N_("Date of the images.")))] = "",
        detector: Annotated[str, typer.Option(help=_(N_("Detector that looks at them too.")))] = "none",
    ) -> None:
        from eradication.pipeline import reviewing

        day = moments.day(date, "--date") if date else None
        with shell.workspace() as workspace:
            answer = reviewing.keep(workspace, files, shell.translate, day=day, detector=detector)
        shell.answer(answer, imagery_text.layers, refused=any(row["status"] == "refused" for row in answer["layers"]))

"""Commands of the office: workspaces, boundaries, the ledger, maps, bundles."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from eradication import config
from eradication.cli import ledger_text, moments, text, vintages
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import accounts, created, exchange, main_path, outputs, settings_for


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _begin(app, shell)
    _tell(app, shell)
    _draw(app, shell)
    _convert(app, shell)
    app.add_typer(_boundaries(shell), name="boundaries")
    app.add_typer(_bundle(shell), name="bundle")


def _begin(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command("demo", help=_(N_("Build one simulated season and run the whole path on it.")))
    def run_demo(
        folder: Annotated[Path, typer.Argument(metavar="DIR")] = Path("demo"),
        seed: Annotated[int, typer.Option(help=_(N_("Seed of the simulation.")))] = 1,
        size: Annotated[int, typer.Option(min=64, max=4096, help=_(N_("Side of the imagery in 10 m pixels.")))] = 384,
    ) -> None:
        from eradication.pipeline import demo  # brings everything

        answer = demo.run(folder, seed=seed, size_px=size, language=shell.language, stage=shell.stage)
        shell.answer(answer, ledger_text.demo)

    @app.command(help=_(N_("Make a new workspace with commune names, codes and lineage.")))
    def init(
        folder: Annotated[Path, typer.Argument(metavar="DIR")],
        province: Annotated[str, typer.Option(help=_(N_("Province.")))] = "Sơn La",
        store: Annotated[
            str, typer.Option(help=_(N_("PostGIS database: postgresql://user@host/database (default: a file).")))
        ] = "",
        schema: Annotated[str, typer.Option(help=_(N_("Schema of that database, one for each workspace.")))] = "",
    ) -> None:
        main_path.check_province(province)
        server = config.Store(store, schema or config.Store().schema)
        with created(folder, settings_for(province, language=shell.language, server=server)) as workspace:
            shell.answer(main_path.found_workspace(workspace), text.founded)


def _tell(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(
        help=_(N_("Tell the target's truth: suspected, detected, claimed, verified, remaining, and what was not seen."))
    )
    def ledger(
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
        year: Annotated[int, typer.Option(help=_(N_("Calendar year instead of a season.")))] = 0,
        by: Annotated[str, typer.Option(help=_(N_("Rows by commune, unit or class.")))] = "commune",
        as_of: Annotated[str, typer.Option(help=_(N_("As known at this time (default: now).")))] = "",
        vintage: Annotated[str, typer.Option(help=_(N_("Boundaries valid on this day (default: today).")))] = "",
    ) -> None:
        if season and year:
            raise typer.BadParameter(_(N_("Give a season or a year, not both.")), param_hint="--year")
        with shell.workspace() as workspace:
            question = accounts.Question(
                season=Season.parse(season) if season else (None if year else workspace.season),
                year=year or None,
                by=by,
                as_of=moments.time(as_of, end_of_day=True) if as_of else None,
                vintage=moments.day(vintage, "--vintage") if vintage else None,
            )
            shell.answer(accounts.ledger(workspace, question), ledger_text.ledger)


def _draw(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command("map", help=_(N_("Draw a map that works without any network.")))
    def draw_map(
        out: Annotated[Path, typer.Option(help=_(N_("File to write, .html.")))],
        season: Annotated[str, typer.Option(help=_(N_("Season, e.g. 2025-2026 (default: the current one).")))] = "",
        pictures: Annotated[bool, typer.Option(help=_(N_("Show places before and after, from images here.")))] = True,
    ) -> None:
        with shell.workspace() as workspace:
            wanted = Season.parse(season) if season else workspace.season
            answer = outputs.draw_map(workspace, out, wanted, shell.language, pictures=pictures, stage=shell.stage)
            shell.answer(answer, text.map_drawn)


def _convert(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Convert coordinates; give X,Y… after --, or - to read them from stdin.")))
    def convert(
        points: Annotated[list[str], typer.Argument(metavar="-- X,Y…")],
        source: Annotated[str, typer.Option("--from", help=_(N_("CRS of the input, e.g. EPSG:4326.")))],
        target: Annotated[str, typer.Option("--to", help=_(N_("CRS of the output, e.g. EPSG:9206.")))],
    ) -> None:
        given = sys.stdin.read().split() if points == ["-"] else points
        answer = exchange.convert(given, source, target)
        shell.answer(answer, text.points)


def _boundaries(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Boundaries of communes, dated.")), no_args_is_help=True)

    @group.command("import", help=_(N_("Take official polygons in; their faults are listed as warnings.")))
    def import_file(
        file: Annotated[Path, typer.Argument(help=_(N_("Polygons of communes.")))],
        valid_from: Annotated[str, typer.Option(help=_(N_("First day of validity, YYYY-MM-DD.")))],
        valid_to: Annotated[str, typer.Option(help=_(N_("Last day of validity (default: still valid).")))] = "",
    ) -> None:
        first = moments.day(valid_from, "--valid-from")
        last = moments.day(valid_to, "--valid-to") if valid_to else None
        with shell.workspace() as workspace:
            shell.answer(main_path.import_boundaries(workspace, file, first, last), text.boundaries)

    vintages.add(group, shell)
    return group


def _bundle(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Carry events between computers that are offline.")), no_args_is_help=True)

    @group.command("export", help=_(N_("Write a signed bundle of events and originals.")))
    def export(
        out: Annotated[Path, typer.Argument(help=_(N_("File to write, .zip.")))],
        since: Annotated[str, typer.Option(help=_(N_("Only what was recorded after this time (default: all).")))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            shell.answer(exchange.export_bundle(workspace, out, moments.time(since) if since else None), text.record)

    @group.command("import", help=_(N_("Merge bundles of other computers: any order, as often as you like.")))
    def import_bundles(files: Annotated[list[Path], typer.Argument(help=_(N_("Bundles.")))]) -> None:
        with shell.workspace() as workspace:
            answer = exchange.import_bundles(workspace, files, shell.translate)
        refused = any(bundle["status"] == "refused" for bundle in answer["bundles"])
        shell.answer(answer, text.bundles, refused=refused)

    return group

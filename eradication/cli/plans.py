"""Commands of patrol plans: where to walk on a day, cells to draw, the price of the 100 %, what became of plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from eradication.cli import draws_text, moments, plans_text, plans_walked_text
from eradication.cli.shell import Shell
from eradication.domain import TIMEZONE, Season
from eradication.errors import N_, UnusableInput
from eradication.planning import LEAST_RANDOM_SHARE

PLAN = N_("Id of the plan, or the beginning of it.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed after ``plan``."""

    units: Sequence[str]
    also: Sequence[str]
    date: str
    hours: float | None
    post: str
    random_share: float
    cells: int
    season: str
    communes: Sequence[str]
    sure: float | None
    seed: int
    out: Path | None


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _plan(app, shell)
    app.add_typer(_plans(shell), name="plans")


def _said(shell: Shell) -> Callable[..., Any]:
    """Return what makes an option with a help in the user's language."""
    return lambda text, **more: typer.Option(help=shell.translate(text), **more)


def _plan(app: typer.Typer, shell: Shell) -> None:
    said = _said(shell)

    @app.command(
        help=shell.translate(N_("Plan where units walk on a day (--hours), draw cells (--cells), or price the season."))
    )
    def plan(
        unit: Annotated[list[str] | None, said(N_("Code of the unit that will walk; may be repeated."))] = None,
        date: Annotated[str, said(N_("Day of the plan, or from which a draw holds, YYYY-MM-DD."))] = "",
        *,
        hours: Annotated[float | None, said(N_("Hours from leaving the post to being back."))] = None,
        random_share: Annotated[float, said(N_("Share of the stops drawn at random."))] = LEAST_RANDOM_SHARE,
        post: Annotated[str, said(N_("Post of the first unit, LON,LAT (default: as set under [plan])."))] = "",
        also: Annotated[list[str] | None, said(N_("A further unit, UNIT or UNIT:LON,LAT; may be repeated."))] = None,
        cells: Annotated[int, said(N_("Cells of 250 m to draw."), min=0)] = 0,
        season: Annotated[str, said(N_("Season, e.g. 2025-2026 (default: the season of the day)."))] = "",
        commune: Annotated[
            list[str] | None, said(N_("Only cells of the commune with this code; may be repeated."))
        ] = None,
        sure: Annotated[float | None, said(N_("Chance that nothing is left, to be reached in each commune."))] = None,
        seed: Annotated[int, said(N_("Seed of every random choice."))] = 0,
        out: Annotated[
            Path | None, said(N_("Folder of the plan's files; with --cells a .gpx, .csv or .gpkg file."))
        ] = None,
    ) -> None:
        asked = _Asked(
            unit or (), also or (), date, hours, post, random_share, cells, season, commune or (), sure, seed, out
        )
        _answer(shell, asked)


def _answer(shell: Shell, asked: _Asked) -> None:
    if not asked.date and asked.season and not asked.cells:
        _price(shell, asked)
    elif asked.hours is not None:
        _day(shell, asked, asked.hours)
    else:
        _cells(shell, asked)


def _cells(shell: Shell, asked: _Asked) -> None:
    from eradication.pipeline import planned  # brings rasterio, which takes long to load

    season = Season.parse(asked.season) if asked.season else None
    day = moments.time(_dated(asked.date))
    wish = planned.Wish(next(iter(asked.units), ""), day, asked.cells, season, asked.seed, asked.communes)
    with shell.workspace() as workspace:
        shell.answer(planned.plan(workspace, wish, asked.out), draws_text.plan)


def _day(shell: Shell, asked: _Asked, hours: float) -> None:
    from eradication.pipeline.plans import planning
    from eradication.pipeline.plans.wish import Patrol, Wish, post_of

    day = moments.time(_dated(asked.date)).astimezone(TIMEZONE).date()
    patrols = [Patrol(unit) for unit in asked.units]
    if asked.post and patrols:
        patrols[0] = Patrol(patrols[0].unit, post_of(asked.post))
    for text in asked.also:
        unit, _, place = text.partition(":")
        patrols.append(Patrol(unit, post_of(place, "--also") if place else None))
    begins = datetime.combine(day, time(), TIMEZONE)
    wish = Wish(tuple(patrols), begins, hours, asked.random_share, asked.seed)
    with shell.workspace() as workspace:
        answer = planning.plan(workspace, wish, asked.out, language=shell.language)
        shell.answer(answer, plans_text.plan)


def _price(shell: Shell, asked: _Asked) -> None:
    from eradication.pipeline.plans import price

    hours = price.DAY_HOURS if asked.hours is None else asked.hours
    sure = price.SURE if asked.sure is None else asked.sure
    with shell.workspace() as workspace:
        season = Season.parse(asked.season)
        answer = price.of_season(workspace, season, sure, hours)
        shell.answer(answer, plans_text.price)


def _dated(text: str) -> str:
    if not text.strip():
        raise UnusableInput(
            "date_missing",
            N_("A plan is made for a day."),
            where="--date",
            hint=N_("Name it: --date YYYY-MM-DD; or ask for the price of a season: --season 2025-2026 --sure 0.9"),
        )
    return text


def _plans(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Plans on record: shown to their unit, vetoed, walked.")), no_args_is_help=True)
    _shown(group, shell)
    _followed(group, shell)
    return group


OWN = N_("Code of the unit whose plan it is; a plan is shown to its unit only.")


def _shown(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command("list", help=_(N_("List plans, without a single place.")))
    def list_(
        unit: Annotated[str, typer.Option(help=_(N_("Only plans of the unit with this code.")))] = "",
    ) -> None:
        from eradication.pipeline.plans import following

        with shell.workspace() as workspace:
            shell.answer(following.listed(workspace, unit), plans_text.listed)

    @group.command(help=_(N_("Show a plan to its unit; after its hours without its places, unless it was walked.")))
    def show(
        plan: Annotated[str, typer.Argument(help=_(PLAN), metavar="ID")],
        unit: Annotated[str, typer.Option(help=_(OWN))],
    ) -> None:
        from eradication.pipeline.plans import following

        with shell.workspace() as workspace:
            shell.answer(following.show(workspace, plan, unit), plans_text.show)


def _followed(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    stop_help = N_("Number of the stop, code of the plot or name of the cell.")

    @group.command(help=_(N_("Say that a stop is unsafe; nobody is asked why, and the selection stays on record.")))
    def veto(
        plan: Annotated[str, typer.Argument(help=_(PLAN), metavar="ID")],
        stop: Annotated[str, typer.Option(help=_(stop_help), metavar="N|CODE")],
        unit: Annotated[str, typer.Option(help=_(OWN))],
    ) -> None:
        from eradication.pipeline.plans import record

        with shell.workspace() as workspace:
            shell.answer(record.veto(workspace, plan, stop, unit), plans_text.vetoed)

    @group.command(help=_(N_("Tell what was walked beside what was planned.")))
    def walked(
        plan: Annotated[str, typer.Argument(help=_(PLAN), metavar="ID")],
        unit: Annotated[str, typer.Option(help=_(OWN))],
        out: Annotated[Path | None, typer.Option(help=_(N_("HTML page to write as well.")))] = None,
    ) -> None:
        from eradication.pipeline.plans import page

        with shell.workspace() as workspace:
            shell.answer(page.walked(workspace, plan, unit, out, language=shell.language), plans_walked_text.walked)

"""Commands of the analyst: imagery, models."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eradication.cli import examined_text, models_text, text
from eradication.cli.shell import Shell
from eradication.domain import Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import answers, main_path, outputs
from eradication.pipeline.main_path import Monitoring
from eradication.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from eradication.pipeline.learning import Lesson

IMAGERY = N_("Name of a source, address of an archive, or path of a catalog, list or folder of images.")
DASK = N_("Address of a Dask scheduler; its workers must see the same folders.")
SEASON = N_("Season, e.g. 2025-2026.")
SEVERAL = N_("Images of a season; with --season, as often as there are seasons to learn from.")
FINDS = N_("Visit table that is used, not stored (default: the visits of the store).")
SAMPLES = N_("Table of visits or labels that is used, not stored (default: the visits of the store).")
MODEL = N_("Name of a trained model, or rules (default: the promoted model, rules if there is none).")
FOLDER = N_("Folder to write a printable page into.")
VISITS = N_("Candidates that can be visited in a season (default: as the settings say).")


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _monitor(app, shell)
    _train(app, shell)
    _evaluate(app, shell)
    app.add_typer(_samples(shell), name="samples")
    app.add_typer(_models(shell), name="models")


def _monitor(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Score a season of imagery and propose candidates: to be checked, not a finding.")))
    def monitor(
        season: Annotated[str, typer.Option(help=_(SEASON))],
        imagery: Annotated[str, typer.Option(metavar="CATALOG", help=_(IMAGERY))],
        area: Annotated[str, typer.Option(help=_(N_("File with an outline, or code of a commune.")))] = "",
        model: Annotated[str, typer.Option(help=_(MODEL))] = "",
        dask: Annotated[str, typer.Option(metavar="tcp://…", help=_(DASK))] = "",
    ) -> None:
        with shell.workspace() as workspace:
            what = Monitoring(
                season=Season.parse(season),
                catalog=imagery,
                area=main_path.area_of(workspace, area),
                model=model,
                dask=dask,
            )
            answer = main_path.monitor(workspace, what, shell.stage)
        shell.answer(answer, text.monitoring, refused=bool(answer["scenes"]["failed"]))


def _samples(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("What models would learn from.")), no_args_is_help=True)

    @group.command(help=_(N_("Look at samples before anything is learned from them.")))
    def check(
        imagery: Annotated[list[str], typer.Option(metavar="CATALOG", help=_(SEVERAL))],
        season: Annotated[list[str] | None, typer.Option(help=_(SEASON))] = None,
        samples: Annotated[list[Path] | None, typer.Option(help=_(SAMPLES))] = None,
        out: Annotated[Path | None, typer.Option(metavar="DIR", help=_(FOLDER))] = None,
    ) -> None:
        from eradication.pipeline import learning

        with shell.workspace() as workspace:
            page = outputs.page_in(workspace, out, "samples.html")
            answer = learning.checked(workspace, _lessons(workspace, season, imagery, samples), stage=shell.stage)
            if page is not None:
                answer |= learning.write_check(workspace, page, answer, shell.language)
        _answer(shell, answer, models_text.samples)

    return group


def _train(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Train a model from visits and a season of imagery.")))
    def train(
        name: Annotated[str, typer.Option(help=_(N_("Name of the model.")))],
        imagery: Annotated[list[str], typer.Option(metavar="CATALOG", help=_(SEVERAL))],
        season: Annotated[list[str] | None, typer.Option(help=_(SEASON))] = None,
        samples: Annotated[list[Path] | None, typer.Option(help=_(SAMPLES))] = None,
        seed: Annotated[int, typer.Option(help=_(N_("Seed of every random choice.")))] = 0,
        dask: Annotated[str, typer.Option(metavar="tcp://…", help=_(DASK))] = "",
    ) -> None:
        from eradication.pipeline import learning  # brings scikit-learn, which takes seconds to load

        with shell.workspace() as workspace:
            lessons = _lessons(workspace, season, imagery, samples)
            request = learning.Training(name, lessons, seed=seed, dask=dask)
            answer = learning.train(workspace, request, shell.stage)
        _answer(shell, answer, models_text.training)


def _answer(shell: Shell, answer: dict[str, Any], write: Callable[[Shell, dict[str, Any]], None]) -> None:
    """Give an answer that speaks of tables of labels or visits; rows of them may have been refused."""
    refused = any(season["refused"] for season in answer.get("labels", [answer]))
    shell.answer(answers.with_refusals(answer, shell.translate), write, refused=refused)


def _lessons(
    workspace: Workspace, seasons: list[str] | None, imagery: list[str], samples: list[Path] | None
) -> "tuple[Lesson, ...]":
    """Put the options together that were given once for each season."""
    from eradication.pipeline.learning import Lesson

    labels = [Season.parse(one) for one in seasons or ()] or [workspace.season]
    tables: list[Path | None] = [*(samples or ())] or [None] * len(labels)
    if not len(labels) == len(imagery) == len(tables):
        raise _uneven(len(labels), len(imagery), len(samples or ()))
    return tuple(map(Lesson, labels, imagery, tables))


def _uneven(seasons: int, catalogs: int, tables: int) -> UnusableInput:
    return UnusableInput(
        "uneven_lessons",
        N_("{seasons} seasons, {catalogs} catalogs and {tables} tables do not go together."),
        hint=N_("Give --season, --imagery and, if any, --samples once for each season, in the same order."),
        values={"seasons": seasons, "catalogs": catalogs, "tables": tables},
    )


def _evaluate(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @app.command(help=_(N_("Let a model search a season it did not learn from, and count what it finds.")))
    def evaluate(
        name: Annotated[str, typer.Argument(help=_(N_("Name of a trained model, or rules.")))],
        *,
        season: Annotated[str, typer.Option(help=_(SEASON))],
        imagery: Annotated[str, typer.Option(metavar="CATALOG", help=_(IMAGERY))],
        samples: Annotated[Path | None, typer.Option(help=_(FINDS))] = None,
        visits: Annotated[int, typer.Option(min=0, help=_(VISITS))] = 0,
        out: Annotated[Path | None, typer.Option(metavar="DIR", help=_(FOLDER))] = None,
        dask: Annotated[str, typer.Option(metavar="tcp://…", help=_(DASK))] = "",
    ) -> None:
        from eradication.pipeline import examining, judging

        where = examining.Examination(Season.parse(season), imagery, samples, visits, dask)
        with shell.workspace() as workspace:
            page = outputs.page_in(workspace, out, "evaluation.html")
            answer = judging.evaluate(workspace, name, where, shell.stage, explained=page is not None)
            if page is not None:
                answer |= outputs.write_evaluation(workspace, page, answer, shell.language)
        _answer(shell, answer, examined_text.evaluation)


def _explain(group: typer.Typer, shell: Shell) -> None:
    _ = shell.translate

    @group.command(
        help=_(N_("Say why a place was proposed: its season beside known classes, and what its score uses."))
    )
    def explain(
        name: Annotated[str, typer.Argument(help=_(N_("Name of a trained model, or rules.")))],
        candidate: Annotated[
            str, typer.Option(metavar="ID", help=_(N_("Id of a candidate, or id or code of a plot.")))
        ],
        imagery: Annotated[
            str, typer.Option(metavar="CATALOG", help=_(N_("Images of the season (default: those of its run).")))
        ] = "",
        out: Annotated[Path | None, typer.Option(metavar="DIR", help=_(FOLDER))] = None,
    ) -> None:
        from eradication.pipeline import explaining

        with shell.workspace() as workspace:
            page = outputs.page_in(workspace, out, "explanation.html")
            answer = explaining.explain(workspace, name, candidate, imagery, shell.stage)
            if page is not None:
                answer |= outputs.write_explanation(workspace, page, answer, shell.language)
        shell.answer(answer, examined_text.explanation)


def _models(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Trained models.")), no_args_is_help=True)

    @group.command("list", help=_(N_("List the models of this workspace.")))
    def list_models() -> None:
        with shell.workspace() as workspace:
            shell.answer(answers.models(workspace), models_text.models)

    _explain(group, shell)

    @group.command(help=_(N_("Let a model take over, if it is not worse on a season neither learned from.")))
    def promote(
        name: Annotated[str, typer.Argument(help=_(N_("Name of a trained model.")))],
        season: Annotated[str, typer.Option(help=_(SEASON))],
        imagery: Annotated[str, typer.Option(metavar="CATALOG", help=_(IMAGERY))],
        samples: Annotated[Path | None, typer.Option(help=_(FINDS))] = None,
        visits: Annotated[int, typer.Option(min=0, help=_(VISITS))] = 0,
        dask: Annotated[str, typer.Option(metavar="tcp://…", help=_(DASK))] = "",
    ) -> None:
        from eradication.pipeline import examining, judging

        where = examining.Examination(Season.parse(season), imagery, samples, visits, dask)
        with shell.workspace() as workspace:
            answer = judging.promote(workspace, name, where, shell.stage)
        _answer(shell, answer, examined_text.contest)
        if not answer["promoted"]:
            shell.exit_code = 5

    _told(group, shell)
    return group


def _told(group: typer.Typer, shell: Shell) -> None:
    """Add the commands that say what there is of a model."""
    _ = shell.translate

    @group.command(help=_(N_("Show what a model learned from, who signed it and what was measured of it.")))
    def show(name: Annotated[str, typer.Argument(help=_(N_("Name of a trained model.")))]) -> None:
        from eradication.pipeline import models  # brings scikit-learn, which takes seconds to load

        with shell.workspace() as workspace:
            shell.answer(models.shown(workspace, name), models_text.card)

    @group.command(help=_(N_("Check every model: signature, hashes, versions, features, and what is in its file.")))
    def verify() -> None:
        from eradication.pipeline import models

        with shell.workspace() as workspace:
            answer = models.verified(workspace, shell.translate)
        shell.answer(answer, models_text.verdicts)
        if not answer["ok"]:
            shell.exit_code = 5

"""The analyst: runs over imagery, models and their contest, draws by chance."""

import itertools
from collections.abc import Collection
from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from eradication.domain import Season
from eradication.pipeline import answers as told
from eradication.pipeline import models, projection
from eradication.pipeline.officer import lists, papers
from eradication.pipeline.reception import jobs as work
from eradication.pipeline.workspace import Workspace
from eradication.web import analyst_pages, answers, rights
from eradication.web.asking import Here, Who
from eradication.web.routes import jobs
from eradication.web.sheets import Sheet

type Name = Annotated[str, Field(max_length=80)]
type Version = Annotated[str, Field(max_length=40)]


def register(app: FastAPI) -> None:
    """Add the routes."""
    _runs(app)
    _models(app)


def _shown(request: Request, sheet: Sheet) -> Response:
    return answers.page(request, "sheet.html", sheet.filled())


def _runs(app: FastAPI) -> None:
    @app.get("/runs", include_in_schema=False)
    def runs(request: Request, place: Here, caller: Who) -> Response:
        workspace, language = place.workspace, answers.language_of(request)
        catalogs, season = workspace.settings.web.imagery, workspace.season.label
        simulated, found = projection.is_simulated(workspace), lists.runs(workspace)
        sheet = analyst_pages.runs(found, catalogs, season, language, rights.may(caller), simulated=simulated)
        return _shown(request, sheet)

    @app.post("/runs", include_in_schema=False)
    def ask(request: Request, place: Here, caller: Who, wanted: Annotated[jobs.JobWanted, Form()]) -> Response:
        jobs.checked(place, wanted)
        work.ask(place, wanted.kind, wanted.body(answers.language_of(request)), caller.person.person_id)
        return RedirectResponse("/jobs", 303)

    @app.get("/draws", include_in_schema=False)
    def draws(request: Request, place: Here) -> Response:
        simulated = projection.is_simulated(place.workspace)
        sheet = analyst_pages.draws(lists.draws(place.workspace), answers.language_of(request), simulated=simulated)
        return _shown(request, sheet)


def _unlearned(workspace: Workspace, seasons: Collection[str]) -> str:
    """Return the newest season up to the workspace's that neither a model of these nor the one in use learned from."""
    in_use = [one["seasons"] for one in told.models(workspace)["models"] if one["in_use"]]
    learned = {*seasons, *itertools.chain.from_iterable(in_use)}
    last = workspace.season.start_year
    back = (Season(last - years).label for years in range(len(learned) + 1))
    return next(label for label in back if label not in learned)


def _models(app: FastAPI) -> None:
    @app.get("/models", include_in_schema=False)
    def listed(request: Request, place: Here) -> Response:
        return _shown(request, analyst_pages.models(told.models(place.workspace), answers.language_of(request)))

    @app.get("/models/{name}", include_in_schema=False)
    def shown(request: Request, place: Here, caller: Who, name: Name, version: Version = "") -> Response:
        workspace, language = place.workspace, answers.language_of(request)
        answer = models.shown(workspace, "/".join(filter(None, (name, version))))
        catalogs, season = workspace.settings.web.imagery, _unlearned(workspace, answer["seasons"])
        pages = papers.of(place, kind="examine", model=f"{answer['name']}/{answer['version']}")
        sheet = analyst_pages.model(answer, catalogs, season, language, pages, rights.may(caller))
        return _shown(request, sheet)

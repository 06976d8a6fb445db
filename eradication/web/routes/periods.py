"""The officer: periods looked at and closed, reports written and handed out."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from eradication.errors import N_, UnusableInput
from eradication.i18n import translator
from eradication.pipeline import periods, projection, units
from eradication.pipeline.officer import papers, period_view
from eradication.pipeline.reception import errands
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.words import beside_lines
from eradication.web import answers, officer_pages, rights
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Name = Annotated[str, Field(max_length=80)]
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}


def register(app: FastAPI) -> None:
    """Add the routes."""
    _answers(app)
    _periods(app)
    _reports(app)


def _answers(app: FastAPI) -> None:
    @app.get("/api/periods")
    def listed(place: Here) -> dict[str, Any]:
        """List the periods that were closed, those that are over, and the one that runs."""
        return periods.listed(place.workspace, place.now())

    @app.get("/api/periods/{period}")
    def shown(place: Here, caller: Who, period: Label) -> dict[str, Any]:
        """Tell a period: cumulative, by itself, restatements, who has not reported; effort only once it is closed."""
        return period_view.shown(place, caller, periods.parse(place.workspace, period))

    @app.post("/api/periods/{period}/close")
    def close(place: Here, caller: Who, period: Label) -> dict[str, Any]:
        """Close a period for good, and ask for its report."""
        return papers.close(place, caller, periods.parse(place.workspace, period))

    @app.get("/api/reports")
    def reports(place: Here) -> dict[str, Any]:
        """List the reports that were written."""
        return {"reports": papers.of(place)}


def _periods(app: FastAPI) -> None:
    @app.get("/periods", include_in_schema=False)
    def listed(request: Request, place: Here) -> Response:
        simulated = projection.is_simulated(place.workspace)
        told = periods.listed(place.workspace, place.now())
        sheet = officer_pages.listed(told, answers.language_of(request), simulated=simulated)
        return answers.page(request, "sheet.html", sheet.filled())

    @app.get("/periods/{period}", include_in_schema=False)
    def shown(request: Request, place: Here, caller: Who, period: Label) -> Response:
        return _shown(request, place, caller, period)

    @app.post("/periods/{period}/close", include_in_schema=False)
    def close(place: Here, caller: Who, period: Label, sure: Annotated[str, Form(max_length=3)] = "") -> Response:
        if sure != "yes":
            hint = N_("Tick that you have looked at the figures.")
            raise UnusableInput("not_sure", N_("Closing cannot be undone, so it has to be confirmed."), hint=hint)
        papers.close(place, caller, periods.parse(place.workspace, period))
        return RedirectResponse(f"/periods/{period}", 303)

    @app.post("/periods/{period}/report", include_in_schema=False)
    def report(request: Request, place: Here, caller: Who, period: Label) -> Response:
        wanted = periods.parse(place.workspace, period)
        papers.ask(place, caller, wanted.id, answers.language_of(request))
        return RedirectResponse(f"/periods/{wanted.id}", 303)


def _shown(request: Request, place: Place, caller: Caller, period: str) -> Response:
    wanted, language = periods.parse(place.workspace, period), answers.language_of(request)
    answer = period_view.shown(place, caller, wanted)
    told, translate = answer["cumulative"], translator(language)
    lines = [
        *beside_lines.unvisited(told["unvisited"], language, translate),
        *beside_lines.coverage(told["coverage"], language, translate),
        *beside_lines.undetected(told["undetected"], language, translate),
        _effort(told["effort"], language),
    ]
    over, reports = not answer["closed_at"] and place.now() > wanted.last, papers.of(place, wanted.id)
    sheet = officer_pages.shown(answer, reports, language, lines, rights.may(caller), over=over)
    return answers.page(request, "sheet.html", sheet.filled())


def _effort(told: Mapping[str, Any], language: str) -> str:
    translate = translator(language)
    if told["km"] is None:
        said = N_("Effort is told once the period is closed; until then the ledger tells it, late and summed.")
        return translate(said)
    return beside_lines.effort(told, language, translate)


def _reports(app: FastAPI) -> None:
    @app.get("/reports", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        workspace = place.workspace
        known = units.working(workspace, place.now().date())
        sheet = officer_pages.reports(
            papers.of(place),
            answers.language_of(request),
            workspace.season.label,
            known,
            rights.may(caller),
            simulated=projection.is_simulated(workspace),
        )
        return answers.page(request, "sheet.html", sheet.filled())

    @app.post("/reports", include_in_schema=False)
    def ask(
        request: Request,
        place: Here,
        caller: Who,
        scope: Annotated[str, Form(max_length=12)],
        unit: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        errands.check(place, "report", {"scope": scope, "formats": papers.FORMATS, "unit": unit})
        papers.ask(place, caller, scope.strip(), answers.language_of(request), unit)
        return RedirectResponse("/reports", 303)

    @app.get("/reports/{job_id}/{name}", include_in_schema=False)
    def file(place: Here, caller: Who, job_id: Name, name: Name) -> Response:
        content = papers.hand_out(place, caller, job_id, name)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=MEDIA[name.rpartition(".")[2]], headers=headers)

"""Dossiers of plots: asked for on a plot's page, found again by whoever asked."""

from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from eradication.pipeline import projection
from eradication.pipeline.officer import dossier_papers
from eradication.web import answers, officer_pages
from eradication.web.asking import Here, Who

type Name = Annotated[str, Field(max_length=120)]


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.post("/plots/{plot_id}/dossier", include_in_schema=False)
    def ask(request: Request, place: Here, caller: Who, plot_id: Name) -> Response:
        dossier_papers.ask(place, caller, plot_id, answers.language_of(request))
        return RedirectResponse("/dossiers", 303)

    @app.get("/dossiers", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        told, simulated = dossier_papers.of(place, caller), projection.is_simulated(place.workspace)
        sheet = officer_pages.dossiers(told, answers.language_of(request), simulated=simulated)
        return answers.page(request, "sheet.html", sheet.filled())

    @app.get("/dossiers/{job_id}/{name}", include_in_schema=False)
    def file(place: Here, caller: Who, job_id: Name, name: Name) -> Response:
        content = dossier_papers.hand_out(place, caller, job_id, name)
        headers = {"Content-Disposition": 'attachment; filename="dossier.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

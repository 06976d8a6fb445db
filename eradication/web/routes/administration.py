"""The administrator: units, boundaries, origins, backups, the audit, and whether all is well."""

import tempfile
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from eradication.domain.event import iso
from eradication.domain.person import Role
from eradication.pipeline import answers as office
from eradication.pipeline import backups, health, projection, units, vintages
from eradication.pipeline.officer import lists
from eradication.pipeline.reception import job_lists, jobs
from eradication.web import administration_pages as pages
from eradication.web import answers, uploaded
from eradication.web.asking import Here, Who
from eradication.web.sheets import Sheet


def register(app: FastAPI) -> None:
    """Add the routes."""
    _units(app)
    _lists(app)
    _work(app)


def _shown(request: Request, sheet: Sheet) -> Response:
    return answers.page(request, "sheet.html", sheet.filled())


def _units(app: FastAPI) -> None:
    @app.get("/units", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        changes, simulated = Role.ADMINISTRATOR in caller.person.roles, projection.is_simulated(place.workspace)
        rows = units.recorded(place.workspace)
        return _shown(request, pages.units(rows, answers.language_of(request), changes=changes, simulated=simulated))

    @app.post("/units", include_in_schema=False)
    async def taken_in(request: Request, place: Here) -> Response:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            table, _ = await uploaded.table(request, Path(folder))
            told = await run_in_threadpool(units.record_units, place.workspace, table)
        language, simulated = answers.language_of(request), projection.is_simulated(place.workspace)
        rows = office.of_office_rows(told, answers.translate_of(request))["units"]
        known = units.recorded(place.workspace)
        return _shown(request, pages.units(known, language, changes=True, simulated=simulated, told=rows))


def _lists(app: FastAPI) -> None:
    @app.get("/boundaries", include_in_schema=False)
    def boundaries(request: Request, place: Here) -> Response:
        simulated = projection.is_simulated(place.workspace)
        told = vintages.listed(place.workspace)
        return _shown(request, pages.boundaries(told, answers.language_of(request), simulated=simulated))

    @app.get("/origins", include_in_schema=False)
    def origins(request: Request, place: Here) -> Response:
        simulated = projection.is_simulated(place.workspace)
        told = lists.origins(place.workspace)
        return _shown(request, pages.origins(told, answers.language_of(request), simulated=simulated))

    @app.get("/doctor", include_in_schema=False)
    def doctor(request: Request, place: Here) -> Response:
        told = health.doctor(place.workspace.folder, answers.translate_of(request))
        simulated = projection.is_simulated(place.workspace)
        return _shown(request, pages.doctor(told, answers.language_of(request), simulated=simulated))


def _work(app: FastAPI) -> None:
    @app.get("/backups", include_in_schema=False)
    def listed(request: Request, place: Here) -> Response:
        workspace = place.workspace
        told = [
            {"at": iso(one.at), "name": Path(one.file).name, "bytes": one.size_bytes}
            for one in reversed(backups.noted(workspace.folder))
        ]
        simulated = projection.is_simulated(workspace)
        folder = workspace.settings.backup.folder
        return _shown(request, pages.backups(told, folder, answers.language_of(request), simulated=simulated))

    @app.post("/backups", include_in_schema=False)
    def write(request: Request, place: Here, caller: Who) -> Response:
        jobs.ask(place, "backup", {"language": answers.language_of(request)}, caller.person.person_id)
        return RedirectResponse("/jobs", 303)

    @app.get("/audit", include_in_schema=False)
    def last(request: Request, place: Here) -> Response:
        found = job_lists.of_kind(place, "audit")
        done = next((job for job in found if job["state"] == "done"), None)
        simulated, newest = projection.is_simulated(place.workspace), next(iter(found), None)
        return _shown(request, pages.audit(done, newest, answers.language_of(request), simulated=simulated))

    @app.post("/audit", include_in_schema=False)
    def verify(request: Request, place: Here, caller: Who) -> Response:
        jobs.ask(place, "audit", {"language": answers.language_of(request)}, caller.person.person_id)
        return RedirectResponse("/audit", 303)

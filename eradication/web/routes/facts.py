"""The officer: facts and targets, deadlines and what is overdue, former plots without another crop."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from eradication.domain import TIMEZONE, FactKind
from eradication.domain.codes import parse_code
from eradication.domain.person import Role
from eradication.errors import N_, UnusableInput
from eradication.pipeline import answers as office
from eradication.pipeline import fact_book, filing, periods, projection, units
from eradication.pipeline.officer import former
from eradication.pipeline.reception import ledger_view, reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import answers, facts_pages, uploaded
from eradication.web.asking import Here, Who
from eradication.web.sheets import Sheet

type Text = Annotated[str, Form(max_length=40)]
SHOWN_PERIODS = 4


def register(app: FastAPI) -> None:
    """Add the routes."""
    _facts(app)
    _deadlines(app)


def _shown(request: Request, sheet: Sheet) -> Response:
    return answers.page(request, "sheet.html", sheet.filled())


def _facts(app: FastAPI) -> None:
    @app.get("/facts", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        return _facts_page(request, place, caller, None)

    @app.post("/facts", include_in_schema=False)
    async def taken_in(request: Request, place: Here, caller: Who) -> Response:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            table, fields = await uploaded.table(request, Path(folder))
            kind = fields.get("kind", "")
            wanted = parse_code(FactKind, kind, "kind") if kind else None
            told = await run_in_threadpool(fact_book.record_facts, place.workspace, table, wanted)
        rows = office.of_office_rows(told, answers.translate_of(request))["facts"]
        return _facts_page(request, place, caller, rows)

    @app.get("/former", include_in_schema=False)
    def without(request: Request, place: Here, caller: Who) -> Response:
        rows, simulated = former.without_conversion(place, caller), projection.is_simulated(place.workspace)
        return _shown(request, facts_pages.former(rows, answers.language_of(request), simulated=simulated))


def _facts_page(request: Request, place: Place, caller: Caller, told: list[dict[str, Any]] | None) -> Response:
    rows, simulated = fact_book.listed(place.workspace)["facts"], projection.is_simulated(place.workspace)
    enters, language = Role.OFFICER in caller.person.roles, answers.language_of(request)
    return _shown(request, facts_pages.facts(rows, language, enters=enters, simulated=simulated, told=told))


def _deadlines(app: FastAPI) -> None:
    @app.get("/deadlines", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        workspace = place.workspace
        known = [row["period"] for row in periods.listed(workspace, place.now())["periods"]][-SHOWN_PERIODS:]
        told = [{"period": name} | filing.told(workspace, periods.parse(workspace, name)) for name in reversed(known)]
        overdue: list[dict[str, Any]] = []
        late = ""
        if reach.of(caller).whole:  # a list of places
            overdue, late = ledger_view.overdue(place, workspace.season_of(place.now()))
        communes = projection.names(workspace)
        overdue = [row | {"commune": communes.get(row["commune"], row["commune"])} for row in overdue]
        sheet = facts_pages.deadlines(
            told,
            (overdue, late),
            answers.language_of(request),
            units.working(workspace, place.now().date()),
            files=Role.OFFICER in caller.person.roles,
            simulated=projection.is_simulated(workspace),
        )
        return _shown(request, sheet)

    @app.post("/deadlines", include_in_schema=False)
    def file(place: Here, caller: Who, unit: Text, period: Text, day: Text = "") -> Response:
        when = _day(day) if day else place.now().astimezone(TIMEZONE).date()
        wanted = periods.parse(place.workspace, period)
        filing.file(place.workspace, wanted, unit, when, plan=False, by=caller.person.person_id)
        return RedirectResponse("/deadlines", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        hint = N_("Give it as YYYY-MM-DD.")
        raise UnusableInput("bad_day", N_("'{text}' is no day."), hint=hint, values={"text": text[:20]}) from None

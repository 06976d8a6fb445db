"""The desk: files from any device dropped on a page, paper returns typed in, and what became of them."""

import tempfile
import uuid as ids
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from eradication.domain.patrol import Z95
from eradication.errors import N_, EradicationError, UnusableInput
from eradication.i18n import explain
from eradication.pipeline.reception import bundles, hand_ins, paper, phone_forms, telling
from eradication.pipeline.reception.hand_ins import Local, OtherContent
from eradication.web import answers, uploaded
from eradication.web.asking import Here, Who

FORMS = ("eradication_visit", "eradication_eradication", "eradication_verification", "eradication_tip")
_MADE_HERE = frozenset({"started", "lot", "visit_id", "tip_id", "plot_id", "plot_scan"})
"""Questions that a sheet of paper does not answer."""
_KINDS = frozenset({"text", "integer", "decimal", "select_one", "dateTime", "date", "geopoint", "image"})


def register(app: FastAPI) -> None:
    """Add the routes."""
    _files(app)
    _paper(app)
    _shown(app)


def _files(app: FastAPI) -> None:
    @app.get("/desk", include_in_schema=False)
    def desk(request: Request, place: Here, caller: Who) -> Response:
        return _desk(request, place, caller, [])

    @app.post("/desk", include_in_schema=False)
    async def hand_in(request: Request, place: Here, caller: Who) -> Response:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            parts, _ = await uploaded.parts(request, Path(folder))
            files = [local for name, local in parts if name == "file" and local.name]
            if not files:
                hint = N_("Choose one or more files, or drop them on the page.")
                raise UnusableInput("no_files", N_("There is no file to take in."), hint=hint)
            uuid = request.query_params.get("uuid", "") or str(ids.uuid4())
            exported = [file for file in files if await run_in_threadpool(bundles.is_one, file.path)]
            records = [one for file in exported for one in await run_in_threadpool(_records, place, caller, file)]
            others = [file for file in files if file not in exported]
            if others:
                await run_in_threadpool(_kept, place, caller, uuid, others)
        if records:  # a link to what else came is in the list below them
            return await run_in_threadpool(_desk, request, place, caller, records)
        return RedirectResponse(f"/hand-ins/{uuid}" if others else "/desk", 303)


def _desk(request: Request, place: Here, caller: Who, records: list[dict[str, Any]]) -> Response:
    mine = hand_ins.mine(place, caller, 30)["hand_ins"]
    told = [one | {"why": telling.reason(one["reason"], answers.translate_of(request))} for one in records]
    return answers.page(request, "desk.html", {"uuid": str(ids.uuid4()), "hand_ins": mine, "records": told})


def _records(place: Here, caller: Who, file: Local) -> list[dict[str, Any]]:
    """Hand in the records of a telephone's export, each for itself: sealed as they are, receipted or refused."""
    told: list[dict[str, Any]] = bundles.take(place, caller, file.path)["records"]
    return told


def _kept(place: Here, caller: Who, uuid: str, files: list[Local]) -> None:
    try:
        hand_ins.receive_files(place, caller, uuid, files, "desk")
    except OtherContent:
        pass  # kept and receipted; the page of the hand-in shows both


def _paper(app: FastAPI) -> None:
    @app.get("/paper", include_in_schema=False)
    def sheet(request: Request, form: str = FORMS[0]) -> Response:
        return _sheet(request, form, {}, None)

    @app.post("/paper", include_in_schema=False)
    async def typed(request: Request, place: Here, caller: Who) -> Response:
        async with uploaded.form_of(request, 10) as data:
            given = {name: value for name, value in data.items() if isinstance(value, str)}
            with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
                photos = await run_in_threadpool(_photos, data, Path(folder), given)
                form_id, uuid = given.pop("form", ""), given.pop("uuid", "")
                try:
                    await run_in_threadpool(paper.enter, place, caller, form_id, given, photos, uuid)
                except OtherContent:
                    pass
                except EradicationError as error:
                    return _sheet(request, form_id, given, error)
        return RedirectResponse(f"/hand-ins/{uuid}", 303)


def _photos(data: FormData, folder: Path, given: dict[str, str]) -> list[Local]:
    """Write the photos of a sheet to a folder, and name them in the answers."""
    found = []
    for number, (name, value) in enumerate(data.items()):
        if isinstance(value, UploadFile) and value.filename:
            local = Local(
                folder / str(number), f"{name}{Path(value.filename).suffix.lower()}", value.content_type or ""
            )
            uploaded.write(value, local.path)
            given[name] = local.name
            found.append(local)
    return found


def _sheet(request: Request, form_id: str, given: dict[str, str], error: EradicationError | None) -> Response:
    forms = phone_forms.phone_forms(answers.language_of(request))
    form = next((one for one in forms if one["id"] == form_id), forms[0])
    asked = [one for one in form["questions"] if one["kind"] in _KINDS and one["name"] not in _MADE_HERE]
    values: dict[str, Any] = {
        "form": form,
        "forms": [(one["id"], one["title"]) for one in forms],
        "questions": asked,
        "given": given,
        "uuid": str(ids.uuid4()),
        "error": explain(error, answers.translate_of(request)) if error else None,
    }
    return answers.page(request, "paper.html", values, answers.status_of(error) if error else 200)


def _shown(app: FastAPI) -> None:
    @app.get("/hand-ins/{uuid}", include_in_schema=False)
    def shown(request: Request, place: Here, caller: Who, uuid: str) -> Response:
        told = telling.shown(place, caller, uuid, answers.language_of(request))
        return answers.page(request, "hand_in.html", {"told": told, "z95": Z95})

    @app.get("/hand-ins/{uuid}/walks/{patrol_id}.svg", include_in_schema=False)
    def picture(request: Request, place: Here, caller: Who, uuid: str, patrol_id: str) -> Response:
        drawn = telling.picture(place, caller, uuid, patrol_id, answers.language_of(request))
        return Response(drawn, media_type="image/svg+xml")

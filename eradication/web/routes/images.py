"""Fine images of drones: handed in, outlined by one reviewer, looked at by another who knows nothing of the first."""

from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from eradication.domain.codes import ReadVerdict, parse_code
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.i18n import explain
from eradication.pipeline.reception import fine_images
from eradication.pipeline.reception.fine_images import Drawn
from eradication.web import answers, image_pages, uploaded
from eradication.web.asking import Here, Who

OF_OUTLINES = frozenset({"bad_outline", "off_layer"})
type Name = Annotated[str, Field(max_length=120)]


def register(app: FastAPI) -> None:
    """Add the routes."""
    _images(app)
    _drawing(app)
    _second(app)


def _images(app: FastAPI) -> None:
    @app.get("/images", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who) -> Response:
        told, language = fine_images.listed(place, caller), answers.language_of(request)
        sheet = image_pages.listed(told, language, reads=_may(caller, fine_images.READS),
                                   hands_in=_may(caller, fine_images.HANDS_IN))  # fmt: skip
        return answers.page(request, "sheet.html", sheet.filled())

    @app.post("/images", include_in_schema=False)
    async def taken_in(request: Request, place: Here, caller: Who) -> Response:
        language = answers.language_of(request)
        async with uploaded.form_of(request, 1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise UnusableInput("no_files", N_("There is no file to take in."), hint=N_("Choose one image."))
            day = str(form.get("day", ""))
            await run_in_threadpool(fine_images.hand_in, place, caller, file.filename, file.file, day, language)
        return RedirectResponse("/jobs", 303)


def _may(caller: Who, roles: frozenset[Any]) -> bool:
    return bool(caller.person.roles & roles)


def _drawing(app: FastAPI) -> None:
    @app.get("/images/{name}", include_in_schema=False)
    def sheet(request: Request, place: Here, caller: Who, name: Name) -> Response:
        return _drawn_on(request, place, caller, name, None)

    @app.post("/images/{name}", include_in_schema=False)
    async def drawn(request: Request, place: Here, caller: Who, name: Name) -> Response:
        async with uploaded.form_of(request, 1) as form:
            shapes = await _shapes(form)
        if shapes is None:
            hint = N_("Draw one closed line round the plants, or choose a file with polygons.")
            raise UnusableInput("nothing_drawn", N_("Nothing was drawn."), hint=hint)
        translate = answers.translate_of(request)
        told = await run_in_threadpool(fine_images.draw, place, caller, name, shapes, translate)
        return await run_in_threadpool(_drawn_on, request, place, caller, name, told["readings"])


def _drawn_on(request: Request, place: Here, caller: Who, name: str, told: list[dict[str, Any]] | None) -> Response:
    ground = fine_images.ground(place, caller, name)
    return answers.page(request, "drawing.html", image_pages.drawing(name, ground, answers.language_of(request), told))


def _second(app: FastAPI) -> None:
    @app.get("/readings/{name}", include_in_schema=False)
    def shown(request: Request, place: Here, caller: Who, name: Name) -> Response:
        return _looked_at(request, place, caller, name, None)

    @app.post("/readings/{name}", include_in_schema=False)
    async def seen(request: Request, place: Here, caller: Who, name: Name) -> Response:
        async with uploaded.form_of(request, 1) as form:
            shapes = await _shapes(form)
            verdict = parse_code(ReadVerdict, str(form.get("verdict", "")), "verdict")
        try:
            told = await run_in_threadpool(fine_images.look_again, place, caller, name, verdict, shapes)
        except RefusedInput as error:
            if error.kind not in OF_OUTLINES:
                raise
            return await run_in_threadpool(_looked_at, request, place, caller, name, error)
        sheet = image_pages.seen(told, answers.language_of(request))
        return answers.page(request, "sheet.html", sheet.filled())


def _looked_at(request: Request, place: Here, caller: Who, name: str, error: RefusedInput | None) -> Response:
    """Show the square, and why an outline was not taken."""
    square = fine_images.square(place, caller, name)
    told = explain(error, answers.translate_of(request)) if error else None
    outcome = [f"{told['message']} {told['hint']}"] if told else []
    page = image_pages.second(name, square, answers.language_of(request)) | {"outcome": outcome}
    return answers.page(request, "drawing.html", page, answers.status_of(error) if error else 200)


async def _shapes(form: FormData) -> Drawn | None:
    """Return the file of polygons that was chosen, else what was drawn on the page."""
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, await file.read()
    return fine_images.polygons(str(form.get("drawing", "")))

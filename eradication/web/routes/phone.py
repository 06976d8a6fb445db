"""The phone's page and what it takes along: words, forms, today's list, and the map of the unit's ground."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception import jobs, map_making, map_pack, today
from eradication.pipeline.reception.map_pack import MapPack
from eradication.web import answers, phone_shell
from eradication.web.asking import Here, Who

_MAKING: dict[int | str, dict[str, Any]] = {202: {"description": "It is being made; ask again after Retry-After."}}
_PAUSE_S = 2
_JSON, _MANIFEST, _SCRIPT = "application/json", "application/manifest+json", "text/javascript; charset=utf-8"


def register(app: FastAPI) -> None:
    """Add the routes."""
    _shell(app)
    _taken_along(app)


def _shell(app: FastAPI) -> None:
    @app.get("/phone", include_in_schema=False)
    def page(request: Request) -> Response:
        return answers.page(request, "phone.html", {"version": phone_shell.version()})

    @app.get("/phone/sw.js", include_in_schema=False)
    def worker() -> Response:
        headers = {"Service-Worker-Allowed": "/phone", "Cache-Control": "no-cache"}
        return Response(phone_shell.service_worker(), media_type=_SCRIPT, headers=headers)

    @app.get("/phone/manifest.webmanifest", include_in_schema=False)
    def manifest(request: Request) -> Response:
        return Response(phone_shell.manifest(answers.language_of(request)), media_type=_MANIFEST)

    @app.get("/phone/words.json", include_in_schema=False)
    def words() -> Response:
        return Response(phone_shell.words(), media_type=_JSON)

    @app.get("/phone/forms.json", include_in_schema=False)
    def forms() -> Response:
        return Response(phone_shell.forms(), media_type=_JSON)


def _taken_along(app: FastAPI) -> None:
    @app.get("/api/phone/today")
    def list_of_the_day(place: Here, caller: Who) -> dict[str, Any]:
        """Return today's stops and open places of the caller's unit, and what its forms are sealed to."""
        return today.of(place, caller)

    @app.get("/api/phone/map.json", response_model=dict[str, Any], responses=_MAKING)
    def map_told(request: Request, place: Here, caller: Who) -> Any:
        """Tell of the map of the caller's unit's ground: layers with size and hash, and what is missing and why."""
        pack = map_making.asked(place, caller)
        if not isinstance(pack, MapPack):
            return _made_now(request, pack)
        return {**pack.told, "remarks": map_pack.remarks(pack, answers.language_of(request))}

    @app.get("/api/phone/map/{layer}.pmtiles", response_class=FileResponse, responses=_MAKING)
    def map_layer(
        request: Request, place: Here, caller: Who, layer: Annotated[str, Path(pattern="^(vector|hillshade|imagery)$")]
    ) -> Response:
        """Return a layer of the map of the caller's unit's ground (PMTiles); ranges are answered. It is a look."""
        pack = map_making.asked(place, caller)
        if not isinstance(pack, MapPack):
            return _made_now(request, pack)
        file = pack.file(layer)
        if file is None:
            raise UnusableInput(
                "no_such_file",
                N_("The map has no layer '{layer}'."),
                hint=N_("Its description says what is missing: ask your administrator for heights, ways and imagery."),
                values={"layer": layer},
            )
        # The hash is that of the content: a phone that has it is told so, whatever the file's time is.
        etag = f'"{pack.told["files"][layer]["sha256"]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        map_making.taken(place, caller, pack)
        return FileResponse(file, media_type="application/vnd.pmtiles", headers={"ETag": etag})


def _made_now(request: Request, job: Mapping[str, Any]) -> Response:
    """Tell how far the job is that makes a map."""
    told = jobs.told(job, answers.translate_of(request))
    body = {name: told[name] for name in ("state", "stage", "done", "total", "waits_until", "error")}
    return JSONResponse({"making": body}, 202, headers={"Retry-After": str(_PAUSE_S)})

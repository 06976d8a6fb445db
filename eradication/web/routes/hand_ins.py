"""Handing in: files in pieces that go on where they were cut, one receipt for each hand-in, and what became of it."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from eradication.pipeline.reception import hand_ins, telling, uploads
from eradication.pipeline.reception.hand_ins import FilesMissing, OtherContent
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.uploads import Offset, Upload, WrongOffset
from eradication.web import answers
from eradication.web.asking import Here, Who
from eradication.web.limits import Ended

_PIECE = 1 << 20
_MOST_SHOWN = 500
STUCK = ("refused", "conflict", "incomplete")
"""States in which somebody has to look."""
_PATH = "/api/hand-ins/{uuid}/files/{sha256}"
type Count = Annotated[int, Header(ge=0, le=1 << 40)]


def _announced(uuid: str, sha256: str, upload_length: Count) -> Upload:
    return Upload(uuid, sha256, upload_length)


type Announced = Annotated[Upload, Depends(_announced)]


class FileNamed(BaseModel):
    """A file of a hand-in."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=1 << 40)]


class Manifest(BaseModel):
    """What a hand-in consists of, in order."""

    files: Annotated[list[FileNamed], Field(min_length=1, max_length=hand_ins.MOST_FILES)]


def register(app: FastAPI) -> None:
    """Add the routes."""
    _pieces(app)
    _whole(app)
    _everybodys(app)


def _pieces(app: FastAPI) -> None:
    @app.head(_PATH)
    def state(place: Here, caller: Who, uuid: str, sha256: str) -> Response:
        """Tell how much of a file has come."""
        return _offset(uploads.state(place, caller, uuid, sha256), 200)

    @app.patch(_PATH, status_code=204)
    async def append(request: Request, place: Here, caller: Who, upload: Announced, upload_offset: Count) -> Response:
        """Take the next piece of a file; whatever cuts it off, what has come stays."""
        try:
            return _offset(await _append(request, place, caller, upload, upload_offset), 204)
        except WrongOffset as error:
            answer = answers.of_error(request, error)
            answer.headers["Upload-Offset"] = str(error.offset)
            return answer


async def _append(request: Request, place: Place, caller: Caller, upload: Upload, offset: int) -> Offset:
    """Write a piece block by block, the last one also if the connection ends in its midst."""
    reached = Offset(offset, False)
    async for block in _blocks(request):
        reached = await run_in_threadpool(uploads.append, place, caller, upload, reached.received, [block])
    return reached


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in blocks; at least one, that a file of no bytes is taken too."""
    gathered, given = bytearray(), False
    try:
        async for chunk in request.stream():
            gathered += chunk
            if len(gathered) >= _PIECE:
                yield bytes(gathered)
                given = True
                gathered.clear()
    except (ClientDisconnect, Ended):
        if gathered:
            yield bytes(gathered)
        raise
    if gathered or not given:
        yield bytes(gathered)


def _offset(reached: Offset, status: int) -> Response:
    complete = "?1" if reached.complete else "?0"
    return Response(status_code=status, headers={"Upload-Offset": str(reached.received), "Upload-Complete": complete})


def _whole(app: FastAPI) -> None:
    @app.get("/api/hand-ins")
    def mine(request: Request, place: Here, caller: Who) -> dict[str, Any]:
        """List what the caller handed in, the newest first."""
        found, language = hand_ins.mine(place, caller)["hand_ins"], answers.language_of(request)
        return {"hand_ins": [telling.plainly(one, language) for one in found]}

    @app.get("/api/hand-ins/{uuid}")
    def shown(request: Request, place: Here, caller: Who, uuid: str) -> dict[str, Any]:
        """Tell what became of a hand-in."""
        return telling.plainly(hand_ins.shown(place, caller, uuid), answers.language_of(request))

    @app.post("/api/hand-ins/{uuid}", status_code=201)
    def receive(request: Request, place: Here, caller: Who, uuid: str, manifest: Manifest) -> Response:
        """Take a hand-in whose files have come, and give its receipt: the same again for the same."""
        files = [hand_ins.File(file.sha256, file.bytes) for file in manifest.files]
        try:
            received = hand_ins.receive(place, caller, uuid, files)
        except OtherContent as error:
            return _with(answers.of_error(request, error), {"receipt": error.receipt})
        except FilesMissing as error:
            return _with(answers.of_error(request, error), {"missing": error.missing})
        return JSONResponse(received.receipt, 201 if received.fresh else 200)


def _everybodys(app: FastAPI) -> None:
    @app.get("/hand-ins", include_in_schema=False)
    def all_of_them(
        request: Request, place: Here, only: Literal["", "refused", "conflict", "incomplete"] = ""
    ) -> Response:
        told = hand_ins.listed(place, [only] if only else [], _MOST_SHOWN)
        return answers.page(request, "hand_ins.html", told | {"only": only, "stuck": STUCK})


def _with(answer: Response, more: dict[str, Any]) -> Response:
    """Add to the body of an error what a program goes on by."""
    body = json.loads(bytes(answer.body)) | more
    return JSONResponse(body, answer.status_code)

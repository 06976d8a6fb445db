"""How much a request may send, and how long it may take: bytes are counted as they come, whatever a header says."""

import json
import math
import time
from typing import Any

import anyio
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eradication.config import Web
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.web import answers

SMALL_BYTES = 1 << 20
"""Most of any request that hands no file in."""
LARGE = ("/api/hand-ins", "/openrosa/submission", "/desk", "/paper")
"""Beginnings of paths where files are handed in."""
IMAGES = "/images"
"""Where images of drones are handed in."""
DRAINED_BYTES = 8 << 20
"""Most that is read of a request that nobody wanted to read, so that its sender sees the answer."""
LEAST_BYTES_S = 256
"""Of a body that goes on coming; the slowest line of a telephone brings some times more."""


class Ended(HTTPException):
    """A request that is read no further."""

    def __init__(self, error: EradicationError) -> None:
        """End it for this reason."""
        super().__init__(answers.status_of(error))
        self.error = error


class BodyLimit:
    """ASGI middleware that ends requests which are too large or too slow."""

    def __init__(self, app: ASGIApp, web: Web, image_mb: int) -> None:
        """Guard ``app`` by the settings; an image of a drone may be larger than anything else."""
        self._app, self._web, self._image_mb = app, web, image_mb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it sends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, most = Request(scope), self._most(scope["path"])
        counted, begun = _Counted(receive, most, self._web.body_s), False

        async def watched(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if _has_body(request) and not await counted.came_to_its_end():
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        try:
            if (error := _misstated(request, most)) is not None:
                raise counted.ended(error)
            await self._app(scope, counted, watched)
        except Ended as ended:
            if begun:
                raise
            await answers.of_error(request, ended.error)(scope, receive, watched)

    def _most(self, path: str) -> int:
        if path == IMAGES:
            return self._image_mb << 20
        is_large = any(path == start or path.startswith(f"{start}/") for start in LARGE)
        return self._web.body_mb << 20 if is_large else SMALL_BYTES


class _Counted:
    """What gives an application its request, within size and patience.

    Patience is ``most_s`` at first and never more; waiting uses it up, and what comes gives some back. So both a sender
    that falls silent and one that sends a byte now and then are ended, and a slow line that goes on is not.
    """

    def __init__(self, receive: Receive, most: int, most_s: float) -> None:
        self._receive, self._most, self._most_s = receive, most, most_s
        self._left, self._left_s, self._more, self._is_ended = most, most_s, True, False

    async def __call__(self) -> Message:
        if not self._more:  # waiting for the end of the connection takes as long as the answer
            return await self._receive()
        began = time.monotonic()
        with anyio.move_on_after(self._left_s) as waiting:
            message = await self._receive()
        if waiting.cancelled_caught:
            raise self.ended(_too_slow(self._most_s))
        count = len(message.get("body", b""))
        self._left -= count
        self._left_s = min(self._most_s, self._left_s - (time.monotonic() - began) + count / LEAST_BYTES_S)
        self._more = bool(message.get("more_body", False))
        if self._left < 0:
            raise self.ended(_too_large(self._most))
        return message

    def ended(self, error: EradicationError) -> Ended:
        """Return what ends the request; nothing is read any more."""
        self._is_ended = True
        return Ended(error)

    async def came_to_its_end(self) -> bool:
        """Tell whether all of the request was read, after reading on a little if nobody did.

        Who is answered while still sending must be cut off, and may then never see the answer.
        """
        self._left = min(self._left, DRAINED_BYTES)
        try:
            while self._more and not self._is_ended:
                await self()
        except Ended:
            return False
        return not self._is_ended


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _misstated(request: Request, most: int) -> EradicationError | None:
    """Return why the length that a request states is not taken; that it is true is found out when it comes."""
    stated = request.headers.getlist("content-length")
    both = bool(stated) and "transfer-encoding" in request.headers  # a proxy before us may read another length
    if both or len(set(stated)) > 1 or not all(text.isascii() and text.isdecimal() for text in stated):
        hint = N_("Send it with a program that follows HTTP.")
        return UnusableInput("bad_request", N_("The request states no length that makes sense."), hint=hint)
    # More digits than a length can have are not even read.
    if stated and (len(stated[0]) > 18 or int(stated[0]) > most):
        return _too_large(most)
    return None


def _too_large(most: int) -> RefusedInput:
    return RefusedInput(
        "too_large",
        N_("This is larger than {most_mb} MB."),
        hint=N_("Hand it in in parts, or by the program on the server: eradication patrols import"),
        values={"most_mb": most >> 20},
    )


def _too_slow(most_s: float) -> RefusedInput:
    return RefusedInput(
        "too_slow",
        N_("Nothing came for {most_s} seconds, or too little."),
        hint=N_("Send it again where the connection is better; an upload goes on where it was cut."),
        values={"most_s": round(most_s)},
    )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _check_texts(value: Any) -> None:
    """Refuse texts that no database and no file keeps: with a zero byte, or half of a letter.

    Raises:
        ValueError: there is one.
    """
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str):
            one.encode()
            if "\0" in one:
                raise ValueError("a text holds a zero byte")


class StrictRequest(Request):
    """A request whose numbers are finite and whose texts can be kept."""

    async def json(self) -> Any:
        """Return the body."""
        value = json.loads((await self.body()).decode(), parse_constant=_no_number, parse_float=_finite)
        _check_texts(value)
        return value

    async def form(  # type: ignore[override]
        self, *, max_files: float = 1000, max_fields: float = 1000, max_part_size: int = SMALL_BYTES
    ) -> FormData:
        """Return the fields; whoever asks waits for them, and closes them."""
        form = await super().form(max_files=max_files, max_fields=max_fields, max_part_size=max_part_size)
        _check_texts([value for pair in form.multi_items() for value in pair])
        return form


class StrictRoute(APIRoute):
    """A route that reads its body as :class:`StrictRequest` does."""

    def get_route_handler(self) -> Any:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            answer: Response = await handle(StrictRequest(request.scope, request.receive))
            return answer

        return strict

"""How much a request may send, and how long it may take: bytes are counted as they come, whatever a header says."""

import json
from typing import Any

import anyio
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eradication.config import Web
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.web import answers

SMALL_BYTES = 1 << 20
"""Most of any request that hands no file in."""
LARGE = ("/api/hand-ins", "/openrosa/submission", "/desk", "/paper")
"""Beginnings of paths where files are handed in."""


class Ended(HTTPException):
    """A request that is read no further."""

    def __init__(self, error: EradicationError) -> None:
        """End it for this reason."""
        super().__init__(answers.status_of(error))
        self.error = error


class BodyLimit:
    """ASGI middleware that ends requests which are too large or too slow."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        """Guard ``app`` by the settings."""
        self._app, self._web = app, web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it sends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, most = Request(scope), self._most(scope["path"])
        stated = request.headers.get("content-length", "0")
        if not stated.isdecimal() or int(stated) > most:
            await answers.of_error(request, _too_large(most))(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, self._counted(receive, most), watched)
        except Ended as ended:
            if begun:
                raise
            await answers.of_error(request, ended.error)(scope, receive, send)

    def _most(self, path: str) -> int:
        return self._web.body_mb << 20 if path.startswith(LARGE) else SMALL_BYTES

    def _counted(self, receive: Receive, most: int) -> Receive:
        left, more = most, True

        async def counted() -> Message:
            nonlocal left, more
            if not more:  # waiting for the end of the connection takes as long as the answer
                return await receive()
            with anyio.move_on_after(self._web.body_s) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise Ended(_too_slow(self._web.body_s))
            left -= len(message.get("body", b""))
            more = bool(message.get("more_body", False))
            if left < 0:
                raise Ended(_too_large(most))
            return message

        return counted


def _too_large(most: int) -> RefusedInput:
    return RefusedInput(
        "too_large",
        N_("This is larger than {most_mb} MB."),
        hint=N_("Hand it in in parts, or by the program on the server: eradication patrols import"),
        values={"most_mb": most >> 20},
    )


def _too_slow(most_s: int) -> RefusedInput:
    return RefusedInput(
        "too_slow",
        N_("Nothing came for {most_s} seconds."),
        hint=N_("Send it again where the connection is better; an upload goes on where it was cut."),
        values={"most_s": most_s},
    )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


class StrictRequest(Request):
    """A request whose JSON holds no NaN and no Infinity."""

    async def json(self) -> Any:
        """Return the body."""
        return json.loads(await self.body(), parse_constant=_no_number)


class StrictRoute(APIRoute):
    """A route that reads its body as :class:`StrictRequest` does."""

    def get_route_handler(self) -> Any:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            answer: Response = await handle(StrictRequest(request.scope, request.receive))
            return answer

        return strict

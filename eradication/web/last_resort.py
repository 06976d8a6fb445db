"""What nobody foresaw: answered like any other error, and written down by its place in the program alone.

A message of Python may quote what was handed in, and the server's own log would print it with its whole history.
"""

import traceback
from pathlib import Path

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eradication.errors import N_, StorageFailed
from eradication.web import answers


class LastResort:
    """ASGI middleware through which no exception passes."""

    def __init__(self, app: ASGIApp) -> None:
        """Catch what ``app`` raises."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer it if that fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            place = place_of(error)
            scope.setdefault("state", {})["problem"] = f"{place} {type(error).__name__}"
            if not begun:  # else the server sees that the answer has no end, and cuts the connection
                await answers.of_error(Request(scope), _unexpected(place))(scope, receive, send)


def place_of(error: BaseException) -> str:
    """Return file and line where an error was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _unexpected(place: str) -> StorageFailed:
    return StorageFailed(
        "unexpected",
        N_("The server met a case it does not know."),
        where=place,
        hint=N_("Nothing half-written was kept. Tell your administrator this place in the program."),
    )

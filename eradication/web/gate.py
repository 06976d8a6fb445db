"""The gate: nobody passes whom a line of ``rights.csv`` does not let in. Nothing behind it has to remember to ask.

It stands before the routes and finds for itself which of them a request is for. What no route is for, and whatever a
program might mount beside the routes, is answered here too: anonymous callers learn nothing of what exists.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from eradication.errors import N_, Denied
from eradication.pipeline.reception import devices, sessions
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import answers, rights
from eradication.web.rights import PUBLIC, Right

COOKIE = "__Host-session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPENROSA = "/openrosa"


class Gate:
    """ASGI middleware that denies by default."""

    def __init__(self, app: ASGIApp, place: Place, routes: Sequence[BaseRoute]) -> None:
        """Guard ``app``, whose own ``routes`` are the only ones that exist.

        Raises:
            ValueError: a route has no line in ``rights.csv``, a line has no route, or something is mounted.
        """
        self._app, self._place, self._rights = app, place, rights.table()
        self._routes = [route for route in routes if isinstance(route, Route)]
        check(routes, self._rights)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            answer = await anyio.to_thread.run_sync(self._judged, scope)
            await (answer or self._app)(scope, receive, send)
        # Anything else (a WebSocket) is not answered: there is none.

    def _judged(self, scope: Scope) -> Response | None:
        """Return why not, or ``None`` with the caller noted in the request's state."""
        request, state = Request(scope), scope.setdefault("state", {})
        route, right = self._found(scope)
        state["route"] = route
        token = request.cookies.get(COOKIE, "")
        try:
            caller = self._caller(request, token)
            state["caller"], state["token"] = caller, token
            if right is not None and right.level == PUBLIC:
                _check_origin(request, with_cookie=caller is not None and not caller.device_id)
                return None
            if caller is None:
                raise signed_out()
            sessions.check_pace(self._place, caller)
            if right is None:
                raise Denied("unknown_route", N_("There is no such page."), hint=N_("Go back to the first page."))
            _check_origin(request, with_cookie=not caller.device_id)
            if not right.admits(caller):
                return self._refused(request, caller)
        except Denied as error:
            return _answered(request, error)
        return None

    def _found(self, scope: Scope) -> tuple[str, Right | None]:
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                method = "GET" if scope["method"] == "HEAD" and "HEAD" not in _own(route) else scope["method"]
                return route.path, self._rights.get((method, route.path))
        return "", None

    def _caller(self, request: Request, token: str) -> Caller | None:
        shown = _shown(request.headers, basic=request.url.path.startswith(OPENROSA))
        if shown is not None:
            return devices.who(self._place, *shown)
        return sessions.who(self._place, token) if token else None

    def _refused(self, request: Request, caller: Caller) -> Response:
        if not caller.is_whole:
            if answers.wants_page(request):
                return RedirectResponse("/signin/code", 303)
            return _answered(request, signed_out())
        message = N_("This is not for you.")
        return _answered(request, Denied("forbidden", message, hint=N_("Ask your administrator if you need it.")))


def check(routes: Sequence[BaseRoute], table: Mapping[rights.Key, Right]) -> None:
    """Make sure that routes and lines are the same.

    Raises:
        ValueError: they are not.
    """
    strange = [route for route in routes if not isinstance(route, Route)]
    there = {(method, route.path) for route in routes if isinstance(route, Route) for method in _own(route)}
    if strange or there != table.keys():
        raise ValueError(f"rights.csv and routes differ: {sorted(there ^ table.keys())} {strange}")


def _own(route: Route) -> set[str]:
    """Return the methods a route was made for; Starlette adds HEAD to GET by itself."""
    methods = set(route.methods or ())
    return methods - {"HEAD"} if "GET" in methods else methods


def _shown(headers: Headers, *, basic: bool) -> tuple[str, str] | None:
    """Return device and secret of a token shown; empty texts for one that is not understood, ``None`` for none."""
    kind, _, rest = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        device, _, secret = rest.strip().partition(".")
        return device, secret
    if kind.lower() == "basic" and basic:
        try:
            device, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return device, secret
    return None


def _check_origin(request: Request, *, with_cookie: bool) -> None:
    """Refuse what another site had a browser send.

    Raises:
        Denied: ``foreign_origin``.
    """
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    own = origin is not None and urlsplit(origin).netloc == request.headers.get("host", "")
    # A page that tells no referrer sends its forms with the origin "null"; no page can forge the other header.
    if own or (origin in (None, "null") and site == "same-origin") or (origin is None and not with_cookie):
        return
    hint = N_("Open the page of this server itself and do it there.")
    raise Denied("foreign_origin", N_("This was sent by a page of another site."), hint=hint)


def signed_out() -> Denied:
    """Return what is answered to whom nobody knows."""
    return Denied("signed_out", N_("You are not signed in."), hint=N_("Sign in and do it again."))


def _answered(request: Request, error: Denied) -> Response:
    if error.kind == "signed_out":
        if answers.wants_page(request) and request.method in SAFE:
            return RedirectResponse(f"/signin?next={quote(request.url.path)}", 303)
        headers = {"WWW-Authenticate": 'Basic realm="eradication"'} if request.url.path.startswith(OPENROSA) else {}
        return answers.of_error(request, error, headers)
    return answers.of_error(request, error)

"""The gate: nobody passes whom a line of ``rights.csv`` does not let in. Nothing behind it has to remember to ask.

It stands before the routes and finds for itself which of them a request is for. What no route is for, and whatever a
program might mount beside the routes, is answered here too: anonymous callers learn nothing of what exists.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import quote, unquote_to_bytes

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from eradication.errors import N_, Denied, EradicationError, StorageFailed, UnusableInput
from eradication.pipeline.reception import devices, sessions
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import answers, origins, rights
from eradication.web.origins import SAFE
from eradication.web.rights import PUBLIC, Right

COOKIE = "__Host-session"
PERSON = "X-Person"
"""Header by which a telephone says whose record it sends."""
SIGN_IN = frozenset({"signed_out", "session_rests", "person_disabled", "device_revoked"})
"""Errors after which a browser is led to where one signs in."""


class Gate:
    """ASGI middleware that denies by default."""

    def __init__(self, app: ASGIApp, place: Place, routes: Sequence[BaseRoute]) -> None:
        """Guard ``app``, whose own ``routes`` are the only ones that exist.

        Raises:
            ValueError: a route has no line in ``rights.csv``, a line has no route, or something is mounted.
        """
        self._app, self._place = app, place
        self._rights = rights.table(with_provider=bool(place.workspace.settings.web.oidc_issuer))
        self._routes = by_first_part([route for route in routes if isinstance(route, Route)])
        check(routes, self._rights)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            answer = await anyio.to_thread.run_sync(self._judged, scope)
            await (answer or self._app)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # there is none

    def _judged(self, scope: Scope) -> Response | None:
        """Return why not, or ``None`` with the caller noted in the request's state."""
        request, state = Request(scope), scope.setdefault("state", {})
        route, right = self._found(scope)
        state.update(route=route, caller=None, token=request.cookies.get(COOKIE, ""))
        try:
            origins.check_host(request, self._place.workspace.settings.web.hosts)
            is_public = right is not None and right.level == PUBLIC
            caller = state["caller"] = self._caller(request, state["token"], is_public)
            if is_public:
                _check_readable(scope)
                origins.check(request, with_cookie=caller is not None and not caller.device_id)
                return None
            if caller is None:
                raise signed_out()
            sessions.check_pace(self._place, caller)
            _check_readable(scope)
            if right is None:
                raise Denied("unknown_route", N_("There is no such page."), hint=N_("Go back to the first page."))
            origins.check(request, with_cookie=not caller.device_id)
            _check_person(request, caller)
            if not right.admits(caller):
                return self._refused(request, caller)
            self._hear_language(request, caller)
        except EradicationError as error:
            return _answered(request, error)
        return None

    def _found(self, scope: Scope) -> tuple[str, Right | None]:
        for route in self._routes.get(_first_part(scope["path"]), self._routes[""]):
            if route.matches(scope)[0] is Match.FULL:
                method = "GET" if scope["method"] == "HEAD" and "HEAD" not in _own(route) else scope["method"]
                return route.path, self._rights.get((method, route.path))
        return "", None

    def _caller(self, request: Request, token: str, is_public: bool) -> Caller | None:
        shown = origins.shown(request)
        try:
            if shown is not None:
                return devices.who(self._place, *shown)
            return sessions.who(self._place, token) if token else None
        except Denied:
            if is_public:
                return None  # whoever is let in no more may still sign in as somebody else
            raise

    def _hear_language(self, request: Request, caller: Caller) -> None:
        """Remember a language that somebody switched to, on whichever page that was."""
        asked = answers.language_of(request)
        if caller.device_id or asked == caller.language or not answers.wants_page(request):
            return
        with suppress(StorageFailed):  # a full disk keeps nobody from reading on
            sessions.speak(self._place, request.state.token, asked)

    def _refused(self, request: Request, caller: Caller) -> Response:
        if caller.rests:
            return _answered(request, _resting())
        if not caller.is_whole:
            if answers.wants_page(request):
                return RedirectResponse("/signin/code", 303)
            return _answered(request, signed_out())
        message = N_("This is not for you.")
        return _answered(request, Denied("forbidden", message, hint=N_("Ask your administrator if you need it.")))


def by_first_part(routes: Sequence[Route]) -> dict[str, list[Route]]:
    """Return the routes that an address may be for, by its first part; under ``""`` those for which any will do."""
    parts = {"", *(_first_part(route.path) for route in routes)}
    return {part: [route for route in routes if _first_part(route.path) in (part, "{")] for part in parts}


def _first_part(path: str) -> str:
    """Return what an address begins with, ``{`` where a route leaves that open."""
    part = path.split("/", 2)[1] if path.startswith("/") else ""
    return "{" if "{" in part else part


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


def _check_readable(scope: Scope) -> None:
    """Refuse an address with a zero byte: databases keep none, and files' names end there.

    Raises:
        UnusableInput: ``bad_request``.
    """
    if "\0" in scope["path"] or b"\0" in unquote_to_bytes(scope["query_string"]):
        hint = N_("Send it as the description at /api/openapi.json says.")
        raise UnusableInput("bad_request", N_("The address holds a sign that no text has."), hint=hint)


def _check_person(request: Request, caller: Caller) -> None:
    """Refuse what a telephone does in the name of somebody else than who is signed in: several people share it.

    Raises:
        Denied: ``other_person``.
    """
    named = request.headers.get(PERSON)
    if named is not None and named != caller.person.person_id:
        raise Denied(
            "other_person",
            N_("This was written by somebody else than who is signed in."),
            hint=N_("It stays on the telephone. Let its writer sign in there; nothing is handed in before."),
        )


def _resting() -> Denied:
    hint = N_("What waits on the telephone is still taken. Sign in again to see more.")
    return Denied("session_rests", N_("Nobody was here for a long time, so nothing is shown any more."), hint=hint)


def signed_out() -> Denied:
    """Return what is answered to whom nobody knows."""
    return Denied("signed_out", N_("You are not signed in."), hint=N_("Sign in and do it again."))


def _answered(request: Request, error: EradicationError) -> Response:
    if error.kind in SIGN_IN:
        path = request.scope["path"]
        if answers.wants_page(request) and request.method in SAFE:
            return RedirectResponse(f"/signin?next={quote(path)}", 303)
        headers = {"WWW-Authenticate": 'Basic realm="eradication"'} if origins.is_openrosa(path) else {}
        return answers.of_error(request, error, headers)
    return answers.of_error(request, error)

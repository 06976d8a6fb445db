"""Signing in and out: a password, a second factor for whoever needs one, and the invitation that begins both."""

from typing import Annotated, Any
from urllib.parse import quote

import segno
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from eradication.errors import Denied, EradicationError
from eradication.i18n import explain
from eradication.pipeline.reception import people, second_factors, sessions
from eradication.pipeline.reception.place import Place
from eradication.web import answers
from eradication.web.asking import Here, Who
from eradication.web.gate import COOKIE, signed_out

KNOWN = "__Host-known"
"""Cookie by which a browser is known again, so that others' wrong tries do not keep its person out."""
_KNOWN_S = 180 * 86_400
type Field = Annotated[str, Form(max_length=300)]


def register(app: FastAPI) -> None:
    """Add the routes."""
    _password(app)
    _code(app)

    @app.post("/signout", include_in_schema=False)
    def sign_out(request: Request, place: Here) -> Response:
        sessions.sign_out(place, request.state.token)
        answer = RedirectResponse("/signin", 303)
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer


def _password(app: FastAPI) -> None:
    @app.get("/signin", include_in_schema=False)
    def form(request: Request, place: Here, next: str = "/", invite: str = "") -> Response:
        caller = request.state.caller
        if caller is not None and not caller.rests and not invite:
            return RedirectResponse(safe(next), 303)
        return _page(request, place, next, invite)

    @app.post("/signin", include_in_schema=False)
    def sign_in(
        request: Request,
        place: Here,
        password: Field,
        login: Field = "",
        next: Field = "/",
        invite: Field = "",
    ) -> Response:
        address, known = address_of(request), request.cookies.get(KNOWN, "")
        try:
            if invite:
                token = sessions.begin(place, people.accept(place, invite, password))
            else:
                token = sessions.sign_in(place, login, password, address, known)
        except EradicationError as error:
            return _page(request, place, next, invite, error)
        return begun(request, place, token, next)


def address_of(request: Request) -> str:
    """Return from where a request comes."""
    return request.client.host if request.client else ""


def refused(request: Request, place: Place, next_path: str, error: EradicationError) -> Response:
    """Return the sign-in page with what went wrong."""
    return _page(request, place, next_path, "", error)


def begun(request: Request, place: Place, token: str, next_path: str) -> Response:
    """Answer with a session that just began; the one that the browser had ends."""
    if request.state.caller is not None and not request.state.caller.device_id:
        sessions.sign_out(place, request.state.token)
    caller = sessions.who(place, token)
    if caller is None:
        raise signed_out()
    path, asked = safe(next_path), answers.asked_language(request)
    if asked:
        sessions.speak(place, token, asked)
    # A telephone ends its browser whenever it needs the room: a patrol that comes back still has its session, which
    # rests and ends by the server's clock all the same. Other sessions end with their browser.
    lasts_s = place.workspace.settings.web.session_hours * 3600 if sessions.may_rest(caller.person) else None
    answer = _entered(path if caller.is_whole else f"/signin/code?next={quote(path)}", token, lasts_s)
    known = sessions.remembered(place, caller.person.login)
    answer.set_cookie(KNOWN, known, max_age=_KNOWN_S, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def _code(app: FastAPI) -> None:
    @app.get("/signin/code", include_in_schema=False)
    def ask(request: Request, place: Here, caller: Who, next: str = "/") -> Response:
        if caller.is_whole:
            return RedirectResponse(safe(next), 303)
        return _code_page(request, place, next)

    @app.post("/signin/code", include_in_schema=False)
    def check(request: Request, place: Here, caller: Who, code: Field, next: Field = "/") -> Response:
        try:
            token = sessions.show_second_factor(place, request.state.token, caller, code)
        except Denied as error:
            return _code_page(request, place, next, error)
        return _entered(safe(next), token)


def _page(
    request: Request, place: Here, next_path: str, invite: str, error: EradicationError | None = None
) -> Response:
    invited = people.invited(place, invite) if invite else ""
    if invite and not invited:
        error, invite = error or people.void(), ""
    told = explain(error, answers.translate_of(request)) if error else None
    values: dict[str, Any] = {
        "next": safe(next_path),
        "invite": invite,
        "invited": invited,
        "error": told,
        "asked": answers.asked_language(request),
        "provider": bool(place.workspace.settings.web.oidc_issuer) and not invite,
    }
    return answers.page(request, "signin.html", values, answers.status_of(error) if error else 200)


def _code_page(request: Request, place: Here, next_path: str, error: EradicationError | None = None) -> Response:
    caller, picture, secret = request.state.caller, "", ""
    if not caller.factor_set_up:
        told = second_factors.enrolment(place, caller.person.person_id)
        secret = told["secret"]
        picture = segno.make(told["uri"], micro=False).svg_data_uri(scale=5, border=2)
    values = {
        "next": safe(next_path),
        "picture": picture,
        "secret": secret,
        "error": explain(error, answers.translate_of(request)) if error else None,
    }
    return answers.page(request, "code.html", values, answers.status_of(error) if error else 200)


def _entered(to: str, token: str, lasts_s: int | None = None) -> Response:
    answer = RedirectResponse(to, 303)
    answer.set_cookie(COOKIE, token, max_age=lasts_s, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def safe(path: str) -> str:
    """Return a path of this server, the first page for anything that might lead elsewhere."""
    plain = path.startswith("/") and path.isprintable() and "\\" not in path
    return path if plain and not path.startswith("//") else "/"

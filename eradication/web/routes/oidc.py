"""Signing in by another identity provider; the routes are there only if one is set."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from eradication.errors import EradicationError
from eradication.pipeline.reception import oidc
from eradication.web.asking import Here
from eradication.web.routes import signin

KEPT = "__Host-oidc"
"""Cookie with what a browser keeps while the person is at the provider."""


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/signin/oidc", include_in_schema=False)
    def begin(request: Request, place: Here, next: str = "/") -> Response:
        callback = f"{str(request.base_url).rstrip('/')}/signin/oidc/callback"
        try:
            begun = oidc.begin(place, callback, signin.safe(next), signin.address_of(request))
        except EradicationError as error:
            return signin.refused(request, place, next, error)
        answer = RedirectResponse(begun.address, 303)
        age = int(oidc.LONGEST.total_seconds())
        answer.set_cookie(KEPT, begun.sealed, max_age=age, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    @app.get("/signin/oidc/callback", include_in_schema=False)
    def finish(request: Request, place: Here) -> Response:
        try:
            token, path = oidc.finish(place, request.cookies.get(KEPT, ""), dict(request.query_params))
            answer = signin.begun(request, place, token, path)
        except EradicationError as error:
            answer = signin.refused(request, place, "/", error)
        answer.delete_cookie(KEPT, path="/", secure=True, httponly=True, samesite="lax")
        return answer

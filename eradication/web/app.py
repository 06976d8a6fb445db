"""The application: middleware in its order, and the routes."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from eradication.errors import N_, EradicationError, StorageFailed, UnusableInput
from eradication.pipeline.reception import provider
from eradication.pipeline.reception.place import Place
from eradication.web import answers
from eradication.web.described import ERRORS
from eradication.web.gate import Gate
from eradication.web.headers import SafeHeaders
from eradication.web.last_resort import LastResort
from eradication.web.limits import BodyLimit, Ended, StrictRoute
from eradication.web.logs import Counts, RequestLog, to_stderr
from eradication.web.routes import (
    account,
    administration,
    analyst,
    assets,
    desk,
    dossiers,
    facts,
    hand_ins,
    health,
    images,
    jobs,
    ledger,
    maps,
    ogc,
    oidc,
    openrosa,
    patrols,
    people,
    periods,
    phone,
    plots,
    review,
    signin,
    tiles,
)

PARTS = (
    *(health, signin, assets, account, people, plots, review, periods, patrols, ledger, ogc, tiles, hand_ins),
    *(maps, images, dossiers, facts, analyst, administration),
    *(desk, jobs, openrosa, phone),
)
"""What brings routes."""


def create_app(place: Place, *, log: Callable[[str], None] = to_stderr) -> FastAPI:
    """Return the application on an open workspace and reception, which it does not close.

    Raises:
        ValueError: a route has no line in ``rights.csv``.
        UnusableInput: ``bad_settings``, ``missing_part``: another identity provider is set that cannot work.
    """
    app = FastAPI(
        title="eradication",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=ERRORS,
    )
    app.router.route_class = StrictRoute
    app.state.place, app.state.counts = place, Counts()
    for part in PARTS:
        part.register(app)
    if place.workspace.settings.web.oidc_issuer:
        provider.agreed(place)  # settings that cannot work are found now
        oidc.register(app)
    _answer_errors(app)
    # The last one added is the outermost.
    app.add_middleware(Gate, place=place, routes=app.router.routes)
    settings = place.workspace.settings
    app.add_middleware(BodyLimit, web=settings.web, image_mb=settings.limits.mosaic_mb)
    app.add_middleware(LastResort)
    app.add_middleware(SafeHeaders)
    app.add_middleware(RequestLog, counts=app.state.counts, write=log)
    app.build_middleware_stack()  # a route without a line is found now, not at the first request
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(EradicationError)
    def known(request: Request, error: EradicationError) -> Response:
        return answers.of_error(request, error)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        told = error.error if isinstance(error, Ended) else _unusable(error.detail)
        answer = answers.of_error(request, told)
        answer.status_code = error.status_code
        return answer

    @app.exception_handler(RequestValidationError)
    def misused(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0] if error.errors() else {"loc": (), "msg": ""}
        where = ".".join(str(part) for part in first["loc"])[:200]
        return answers.of_error(request, _unusable(str(first["msg"])[:200], where))

    @app.exception_handler(OSError)
    def disk(request: Request, error: OSError) -> Response:
        return answers.of_error(request, _disk(error))


def _unusable(problem: str, where: str = "") -> UnusableInput:
    hint = N_("Send it as the description at /api/openapi.json says.")
    message = N_("The request is not understood: {problem}")
    return UnusableInput("bad_request", message, where=where, hint=hint, values={"problem": problem})


def _disk(error: OSError) -> StorageFailed:
    hint = N_("Tell your administrator; what you handed in is kept on your device until there is a receipt.")
    message = N_("The server's disk refused: {problem}")
    return StorageFailed("disk_failed", message, hint=hint, values={"problem": error.strerror or "?"})

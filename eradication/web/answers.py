"""What is sent back: pages in the person's language, JSON, and errors as either."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from eradication.domain import TIMEZONE
from eradication.domain.person import SEES_PLOTS, Role
from eradication.errors import HTTP_STATUS, N_, EradicationError
from eradication.i18n import LANGUAGES, Translate, explain, number, translator
from eradication.pipeline.reception.sessions import Caller


def caller_of(request: Request) -> Caller | None:
    """Return who asks, as the gate found out."""
    found: Caller | None = request.scope.get("state", {}).get("caller")
    return found


def language_of(request: Request) -> str:
    """Return the language to answer in: what the address asks for, the caller's, Vietnamese."""
    caller = caller_of(request)
    return asked_language(request) or (caller.language if caller else "vi")


def asked_language(request: Request) -> str:
    """Return the language that the address asks for, empty if it asks for none."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else ""


_ASKED_BY = frozenset(
    "act begin by commune done form invite klass layer next of only plot q season source state urgent uuid version "
    "year".split()
)
"""What addresses of pages may bear."""


def _switched(request: Request, language: str) -> str:
    """Return the address of this page in the other language, with what pages ask by: never with a place."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name in _ASKED_BY]
    return "?" + urlencode([*kept, ("lang", "en" if language == "vi" else "vi")])


def translate_of(request: Request) -> Translate:
    """Return the function that translates to the language of :func:`language_of`."""
    return translator(language_of(request))


def wants_page(request: Request) -> bool:
    """Tell whether a browser shows the answer to a person."""
    path = request.scope["path"]
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("/api/", "/openrosa"))


_LATER = {"Retry-After": "60"}
OFFICE = frozenset({Role.OFFICER, Role.ANALYST, Role.AUDITOR})
"""Who looks at periods and reports."""
SIGHT = frozenset({Role.ANALYST, Role.REVIEWER, Role.AUDITOR})
"""Who looks at runs, models and draws."""
KEEPS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Who looks at what the office rests on."""
PAGES: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("/phone", N_("Patrol phone"), frozenset({Role.PATROL})),
    ("/desk", N_("Hand in at the desk"), frozenset(Role) - {Role.AUDITOR}),
    ("/paper", N_("Paper returns"), frozenset({Role.PATROL, Role.REVIEWER, Role.VERIFIER, Role.OFFICER})),
    ("/hand-ins", N_("Everything handed in"), frozenset({Role.ADMINISTRATOR})),
    ("/jobs", N_("Long work"), frozenset()),
    ("/plots", N_("List of plots"), SEES_PLOTS | {Role.PATROL, Role.ADMINISTRATOR, Role.AUDITOR}),
    ("/review", N_("Review candidates"), SEES_PLOTS),
    ("/map", N_("Map"), SEES_PLOTS),
    ("/images", N_("Fine images"), SEES_PLOTS),
    ("/ledger", N_("Ledger"), frozenset()),
    ("/deadlines", N_("Deadlines and overdue"), OFFICE),
    ("/periods", N_("Reporting periods"), OFFICE),
    ("/reports", N_("Reports"), OFFICE),
    ("/dossiers", N_("Dossiers"), SEES_PLOTS),
    ("/facts", N_("Facts and targets"), OFFICE),
    ("/former", N_("Former plots without another crop"), SEES_PLOTS),
    ("/runs", N_("Runs over imagery"), SIGHT),
    ("/models", N_("Models"), SIGHT),
    ("/draws", N_("Draws by chance"), SIGHT),
    ("/units", N_("Units"), KEEPS),
    ("/boundaries", N_("Boundaries and their vintages"), KEEPS),
    ("/origins", N_("Origins and bundles"), KEEPS),
    ("/backups", N_("Backups"), frozenset({Role.ADMINISTRATOR})),
    ("/audit", N_("Audit"), KEEPS),
    ("/doctor", N_("Is all well?"), frozenset({Role.ADMINISTRATOR})),
    ("/people", N_("People and rights"), frozenset({Role.ADMINISTRATOR, Role.AUDITOR})),
    ("/account", N_("My account"), frozenset()),
)
"""Address, name and roles of what the menu leads to; none named = everybody."""


def page(request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Fill a template. Whatever is filled in is shown as text."""
    language, caller = language_of(request), caller_of(request)
    roles = caller.person.roles if caller and caller.is_whole else frozenset()
    text = (
        environment()
        .get_template(template)
        .render(
            _=translator(language),
            language=language,
            caller=caller,
            nonce=request.scope.get("state", {}).get("nonce", ""),
            path=request.scope["path"],
            switch=_switched(request, language),
            number=partial(in_digits, language),
            pages=[(path, text) for path, text, wanted in PAGES if not wanted or wanted & roles],
            **values,
        )
    )
    return HTMLResponse(text, status, headers=_LATER if status == 429 else None)


def in_digits(language: str, value: float | None, decimals: int = 0) -> str:
    """Write a number as the language does."""
    return number(value, language, decimals)


@cache
def environment() -> jinja2.Environment:
    """Return what fills the pages' templates."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("eradication.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["local"] = local
    return made


def local(moment: str) -> str:
    """Write a time as the clock on the wall shows it: ``01/03/2026 09:00``."""
    return f"{datetime.fromisoformat(moment).astimezone(TIMEZONE):%d/%m/%Y %H:%M}"


def status_of(error: EradicationError) -> int:
    """Return the status of an error's answer."""
    if error.kind in HTTP_STATUS:
        return HTTP_STATUS[error.kind]
    return next((HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS), 500)


def of_error(request: Request, error: EradicationError, headers: Mapping[str, str] | None = None) -> Response:
    """Say what, where and what to do: as a page to a person, as JSON to a program."""
    told, status = explain(error, translate_of(request)), status_of(error)
    if wants_page(request):
        answer: Response = page(request, "error.html", {"error": told, "status": status}, status)
    else:
        answer = JSONResponse({"error": told}, status)
    answer.headers.update(headers or {})
    if status == 429:
        answer.headers["Retry-After"] = str(60 * int(str(error.values.get("minutes", 1))))
    return answer

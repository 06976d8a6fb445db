"""The first page, and one's own account: devices with their tokens."""

from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response

from eradication.domain.person import Scope
from eradication.errors import Denied, EradicationError, UnusableInput
from eradication.i18n import explain
from eradication.pipeline.reception import devices, people, sessions
from eradication.web import answers
from eradication.web.asking import Here, Who
from eradication.web.routes import signin

type Password = Annotated[str, Form(max_length=300)]


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/", include_in_schema=False)
    def first(request: Request, place: Here) -> Response:
        return answers.page(request, "first.html", {"simulated": place.workspace.simulated})

    @app.get("/api/me")
    def me(caller: Who) -> dict[str, Any]:
        """Tell who asks."""
        told = people.told(caller.person)
        return told | {"device_id": caller.device_id, "scopes": sorted(caller.scopes)}

    @app.get("/account", include_in_schema=False)
    def account(request: Request, place: Here, caller: Who) -> Response:
        return _account(request, place, caller, {})

    @app.post("/account/password", include_in_schema=False)
    def password(request: Request, place: Here, caller: Who, old: Password, new: Password) -> Response:
        try:
            people.change_password(place, caller.person, old, new)
        except (Denied, UnusableInput) as error:
            return _account(request, place, caller, {}, error)
        token = sessions.begin(place, caller.person, second_factor=caller.second_factor, language=caller.language)
        return signin.begun(request, place, token, "/account")

    @app.post("/account/devices", include_in_schema=False)
    def issue(
        request: Request,
        place: Here,
        caller: Who,
        name: Annotated[str, Form(max_length=60)],
        scope: Annotated[list[Scope], Form()],
    ) -> Response:
        fresh = devices.issue(place, caller.person.login, name, scope, caller.person.person_id)
        return _account(request, place, caller, fresh)

    @app.post("/account/devices/{device_id}/revoke", include_in_schema=False)
    def revoke(request: Request, place: Here, caller: Who, device_id: str) -> Response:
        devices.revoke(place, device_id, caller.person.person_id)
        return _account(request, place, caller, {})


def _account(
    request: Request, place: Here, caller: Who, fresh: dict[str, Any], error: EradicationError | None = None
) -> Response:
    mine = devices.listed(place, caller.person.person_id)["devices"]
    told = explain(error, answers.translate_of(request)) if error else None
    more = Scope.MAP if caller.person.needs_second_factor else Scope.READ
    scopes = [Scope.SUBMIT, more]
    values = {
        "devices": mine,
        "fresh": fresh,
        "scopes": scopes,
        "words": {one.value: one for one in Scope},
        "error": told,
    }
    return answers.page(request, "account.html", values, answers.status_of(error) if error else 200)

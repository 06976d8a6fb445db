"""The administrator's people: letting in, inviting anew, letting in no more; as pages and as JSON."""

from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from pydantic import BaseModel, Field

from eradication.domain.person import OFFICER_CODE, Role
from eradication.pipeline.reception import people
from eradication.web import answers
from eradication.web.asking import Here

type Text = Annotated[str, Field(max_length=60)]


class PersonWanted(BaseModel):
    """Somebody who is to be let in."""

    login: Text
    roles: list[Role]
    unit: Text = ""
    communes: Annotated[list[Text], Field(max_length=300)] = []
    officer_code: Text = ""
    language: Text = "vi"

    def wanted(self) -> people.Wanted:
        """Return it as the pipeline takes it."""
        return people.Wanted(self.login, self.roles, self.unit, self.communes, self.officer_code, self.language)


def register(app: FastAPI) -> None:
    """Add the routes."""
    _json(app)
    _pages(app)


def _json(app: FastAPI) -> None:
    @app.get("/api/users")
    def users(place: Here) -> dict[str, Any]:
        """List everybody who may or might come in."""
        return people.listed(place)

    @app.post("/api/users", status_code=201)
    def add(place: Here, wanted: PersonWanted) -> dict[str, Any]:
        """Let somebody in; the answer holds the one-time invitation."""
        return people.add(place, wanted.wanted())

    @app.post("/api/users/{login}/invite")
    def invite(place: Here, login: str) -> dict[str, Any]:
        """Make a new one-time invitation."""
        return people.invite(place, login)

    @app.post("/api/users/{login}/disable")
    def disable(place: Here, login: str) -> dict[str, Any]:
        """Let somebody in no more."""
        return people.disable(place, login)


def _pages(app: FastAPI) -> None:
    @app.get("/people", include_in_schema=False)
    def page(request: Request, place: Here) -> Response:
        return _page(request, place, {})

    @app.post("/people", include_in_schema=False)
    def add(
        request: Request,
        place: Here,
        login: Annotated[str, Form(max_length=60)],
        role: Annotated[list[Role], Form()],
        unit: Annotated[str, Form(max_length=60)] = "",
        officer_code: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        return _page(request, place, people.add(place, people.Wanted(login, role, unit, (), officer_code)))

    @app.post("/people/{login}/invite", include_in_schema=False)
    def invite(request: Request, place: Here, login: str) -> Response:
        return _page(request, place, people.invite(place, login))

    @app.post("/people/{login}/disable", include_in_schema=False)
    def disable(request: Request, place: Here, login: str) -> Response:
        people.disable(place, login)
        return _page(request, place, {})


def _page(request: Request, place: Here, fresh: dict[str, Any]) -> Response:
    values = {"people": people.listed(place)["people"], "fresh": fresh, "all_roles": list(Role),
              "officer_code": OFFICER_CODE, "address": str(request.base_url).rstrip("/")}  # fmt: skip
    return answers.page(request, "people.html", values)

"""The administrator's people: letting in, other rights, inviting anew, letting in no more; as pages and as JSON."""

from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from pydantic import BaseModel, Field

from eradication.domain.person import OFFICER_CODE, Act, Role
from eradication.pipeline.reception import acts, people, standing
from eradication.web import answers
from eradication.web.asking import Here, Who

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


class PersonChanged(BaseModel):
    """What is to be another of somebody; what is not named stays."""

    roles: list[Role] | None = None
    unit: Text | None = None
    communes: Annotated[list[Text] | None, Field(max_length=300)] = None
    officer_code: Text | None = None

    def changed(self) -> standing.Changed:
        """Return it as the pipeline takes it."""
        return standing.Changed(self.roles, self.unit, self.communes, self.officer_code)


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
    def add(place: Here, caller: Who, wanted: PersonWanted) -> dict[str, Any]:
        """Let somebody in; the answer holds the one-time invitation."""
        return people.add(place, wanted.wanted(), caller.person.person_id)

    @app.post("/api/users/{login}/change")
    def change(place: Here, caller: Who, login: str, changed: PersonChanged) -> dict[str, Any]:
        """Give somebody other roles, another unit; who is signed in is signed out."""
        return standing.change(place, login, changed.changed(), caller.person.person_id)

    @app.post("/api/users/{login}/invite")
    def invite(place: Here, caller: Who, login: str) -> dict[str, Any]:
        """Make a new one-time invitation."""
        return people.invite(place, login, caller.person.person_id)

    @app.post("/api/users/{login}/disable")
    def disable(place: Here, caller: Who, login: str) -> dict[str, Any]:
        """Let somebody in no more."""
        return standing.disable(place, login, caller.person.person_id)

    @app.get("/api/users/acts")
    def done(place: Here) -> dict[str, Any]:
        """List what was done with people and devices, and by whom, the newest first."""
        return acts.history(place)


def _pages(app: FastAPI) -> None:
    _page_of_people(app)
    _acts_of_the_page(app)


def _page_of_people(app: FastAPI) -> None:
    @app.get("/people", include_in_schema=False)
    def page(request: Request, place: Here, caller: Who) -> Response:
        return _page(request, place, caller, {})

    @app.post("/people", include_in_schema=False)
    def add(
        request: Request,
        place: Here,
        caller: Who,
        *,
        login: Annotated[str, Form(max_length=60)],
        role: Annotated[list[Role], Form()],
        unit: Annotated[str, Form(max_length=60)] = "",
        communes: Annotated[str, Form(max_length=6000)] = "",
        officer_code: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        wanted = people.Wanted(login, role, unit, _codes(communes), officer_code)
        return _page(request, place, caller, people.add(place, wanted, caller.person.person_id))


def _acts_of_the_page(app: FastAPI) -> None:
    @app.post("/people/{login}/change", include_in_schema=False)
    def change(
        request: Request,
        place: Here,
        caller: Who,
        login: str,
        *,
        role: Annotated[list[Role], Form()],
        unit: Annotated[str, Form(max_length=60)] = "",
        communes: Annotated[str, Form(max_length=6000)] = "",
        officer_code: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        changed = standing.Changed(role, unit, _codes(communes), officer_code)
        standing.change(place, login, changed, caller.person.person_id)
        return _page(request, place, caller, {})

    @app.post("/people/{login}/invite", include_in_schema=False)
    def invite(request: Request, place: Here, caller: Who, login: str) -> Response:
        return _page(request, place, caller, people.invite(place, login, caller.person.person_id))

    @app.post("/people/{login}/disable", include_in_schema=False)
    def disable(request: Request, place: Here, caller: Who, login: str) -> Response:
        standing.disable(place, login, caller.person.person_id)
        return _page(request, place, caller, {})


def _codes(typed: str) -> list[str]:
    return typed.replace(",", " ").split()


def _page(request: Request, place: Here, caller: Who, fresh: dict[str, Any]) -> Response:
    values = {
        "people": people.listed(place)["people"],
        "acts": [_shown(act, request) for act in acts.history(place)["acts"]],
        "fresh": fresh,
        "all_roles": list(Role),
        "officer_code": OFFICER_CODE,
        "may_change": Role.ADMINISTRATOR in caller.person.roles,
        "address": str(request.base_url).rstrip("/"),
    }
    return answers.page(request, "people.html", values)


def _shown(told: dict[str, Any], request: Request) -> dict[str, Any]:
    act, is_vietnamese = Act(told["act"]), answers.language_of(request) == "vi"
    said = act.vietnamese[0] if is_vietnamese else act.value.replace("_", " ")
    return {**told, "act": said, "roles": [Role(role) for role in told["roles"]]}

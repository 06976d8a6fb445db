"""Reviewers: the list of candidates, one of them with all that is known, what is decided; as pages and as JSON."""

from typing import Annotated, Any

from fastapi import FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from eradication.domain import Season
from eradication.domain.person import Role
from eradication.pipeline import units
from eradication.pipeline.kept import Wanted
from eradication.pipeline.reception import reach, views
from eradication.pipeline.reception.place import Place
from eradication.pipeline.review import case, decisions, drawn, queue, second
from eradication.pipeline.review.decisions import Judgement
from eradication.pipeline.review.queue import Asked
from eradication.web import answers, review_pages
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Text = Annotated[str, Field(max_length=80)]
type Begin = Annotated[int, Field(ge=0, le=10_000_000)]


class ListQuery(BaseModel):
    """Which candidates are listed."""

    season: Label = ""
    of: Label = queue.WAITING
    commune: Label = ""
    klass: Label = ""
    source: Label = ""
    q: Text = ""
    urgent: bool = False
    begin: Begin = 0

    def asked(self, place: Place) -> Asked:
        """Return it as the pipeline takes it; without a season that of the workspace.

        Raises:
            UnusableInput: ``unknown_season``.
        """
        season = Season.parse(self.season) if self.season else place.workspace.season
        return Asked(season, self.of or queue.WAITING, self.commune, self.klass, self.source, self.q, self.urgent)


class CaseQuery(ListQuery):
    """The same, and what was done a moment ago."""

    done: Text = ""
    act: Label = ""


class Decided(BaseModel):
    """A decision about one candidate."""

    act: Label
    reason: Annotated[str, Field(max_length=300)] = ""
    unit: Text = ""
    seen: Annotated[str, Field(max_length=80, description="as /api/review/{plot_id} told it")] = ""
    again: bool = False
    season: Label = ""

    def judgement(self, place: Place) -> Judgement:
        """Return it as the pipeline takes it."""
        season = Season.parse(self.season) if self.season else place.workspace.season
        return Judgement(season, self.act, self.reason, self.unit, self.seen, self.again)


def register(app: FastAPI) -> None:
    """Add the routes."""
    _answers(app)
    _list(app)
    _case(app)
    _decided(app)


def _answers(app: FastAPI) -> None:
    @app.get("/api/review")
    def waiting(place: Here, caller: Who, query: Annotated[ListQuery, Query()]) -> dict[str, Any]:
        """List the candidates that wait for a decision, the most important first, a hundred at once."""
        return queue.waiting(place, caller, query.asked(place), query.begin, 100) | {"begin": query.begin}

    @app.get("/api/review/agreement")
    def agreement(place: Here, caller: Who, season: Label = "") -> dict[str, Any]:
        """Tell how often two reviewers judged the same candidate alike."""
        return _agreement(place, caller, season)

    @app.get("/api/review/{plot_id}")
    def one(request: Request, place: Here, caller: Who, plot_id: Text, season: Label = "") -> dict[str, Any]:
        """Tell all that is known of a candidate; ``seen`` is to be sent along with a decision."""
        wanted = ListQuery(season=season).asked(place).season
        laid = queue.laid_out(place, caller, wanted)
        return case.case(place, caller, plot_id, wanted, laid, answers.language_of(request))

    @app.post("/api/review/{plot_id}")
    def decide(place: Here, caller: Who, plot_id: Text, said: Decided) -> dict[str, Any]:
        """Decide about a candidate; refused with 409 if somebody else decided meanwhile."""
        return decisions.decide(place, caller, plot_id, said.judgement(place))


def _agreement(place: Place, caller: Who, season: str) -> dict[str, Any]:
    wanted = ListQuery(season=season).asked(place).season
    seen = {row["plot_id"] for row in views.seen(place, reach.of(caller), Wanted(wanted))}
    return second.agreement(place, wanted, seen) | {"season": wanted.label}


def _list(app: FastAPI) -> None:
    @app.get("/review", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who, query: Annotated[ListQuery, Query()]) -> Response:
        asked, language = query.asked(place), answers.language_of(request)
        answer = queue.waiting(place, caller, asked, query.begin, review_pages.ROWS)
        filled = review_pages.listed(answer, asked, query.begin, language)
        return answers.page(request, "review.html", filled)

    @app.get("/review/agreement", include_in_schema=False)
    def agreement(request: Request, place: Here, caller: Who, season: Label = "") -> Response:
        told = _agreement(place, caller, season)
        return answers.page(request, "agreement.html", {"told": told, "words": review_pages.ACTS})


def _case(app: FastAPI) -> None:
    @app.get("/review/{plot_id}", include_in_schema=False)
    def shown(
        request: Request,
        place: Here,
        caller: Who,
        plot_id: Text,
        query: Annotated[CaseQuery, Query()],
    ) -> Response:
        asked, language = query.asked(place), answers.language_of(request)
        laid = queue.laid_out(place, caller, asked.season)
        answer = case.case(place, caller, plot_id, asked.season, laid, language)
        before, after = queue.beside(place, laid, asked, answer["plot"])
        done = next((row["code"] for row in laid.rows if row["plot_id"] == query.done and row["code"]), query.done)
        filled = review_pages.shown(answer, asked, language) | {
            "before": before,
            "after": after,
            "said": review_pages.said(query.act, done, language),
            "done": query.done,
            "decides": Role.REVIEWER in caller.person.roles,
            "units": units.working(place.workspace, place.now().date(), answer["row"]["commune_code"] or ""),
        }
        return answers.page(request, "case.html", filled)

    @app.get("/review/{plot_id}/{name}.svg", include_in_schema=False)
    def drawing(request: Request, place: Here, caller: Who, plot_id: Text, name: Label, season: Label = "") -> Response:
        wanted = ListQuery(season=season).asked(place).season
        made = drawn.drawing(place, caller, plot_id, wanted, name, answers.language_of(request))
        return Response(made, media_type="image/svg+xml")


def _decided(app: FastAPI) -> None:
    @app.post("/review/{plot_id}", include_in_schema=False)
    def decide(
        place: Here, caller: Who, plot_id: Text, query: Annotated[ListQuery, Query()], said: Annotated[Decided, Form()]
    ) -> Response:
        asked = query.asked(place)
        _, after = queue.beside(place, queue.laid_out(place, caller, asked.season), asked, plot_id)
        done = decisions.decide(place, caller, plot_id, said.judgement(place))
        shown = plot_id if done["act"] == decisions.TAKE_BACK or not after else after
        more = {"done": plot_id, "act": done["act"]}
        return RedirectResponse(f"/review/{shown}?{review_pages.address(asked, **more)}", 303)

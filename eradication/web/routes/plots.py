"""Plots and visits: lists, one plot, who saw it, and files; as JSON and as pages.

A place is asked for in the body of a request or as a query of an interface, never in the address of a page.
"""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, Query, Request, Response
from pydantic import BaseModel, Field

from eradication.domain import Season, State
from eradication.domain.person import SEES_PLOTS
from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception import exports, views
from eradication.pipeline.reception.looks import How
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.views import Asked
from eradication.web import answers, plot_pages
from eradication.web.asking import Here, Who

type Longitude = Annotated[float, Field(ge=-180, le=180)]
type Latitude = Annotated[float, Field(ge=-90, le=90)]
type Box = tuple[Longitude, Latitude, Longitude, Latitude]
type Label = Annotated[str, Field(max_length=20)]
type Most = Annotated[int, Field(ge=1, le=views.MOST)]
type Begin = Annotated[int, Field(ge=0, le=10_000_000)]
type PlotName = Annotated[str, Field(max_length=80)]

MEDIA = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Search(BaseModel):
    """Which plots are wanted."""

    season: Label = ""
    state: Label = ""
    bbox: Box | None = None
    urgent: bool = False
    limit: Most = views.MOST
    begin: Begin = 0
    how: Literal["list", "map"] = "list"

    def asked(self) -> Asked:
        """Return it as the pipeline takes it.

        Raises:
            UnusableInput: ``unknown_season``, ``unknown_state``, ``bad_box``.
        """
        if self.bbox is not None and (self.bbox[0] > self.bbox[2] or self.bbox[1] > self.bbox[3]):
            raise _bad_box()
        season = Season.parse(self.season) if self.season else None
        state = state_of(self.state)
        return Asked(season, state, self.bbox, self.urgent, self.limit, self.begin, How(self.how))


class PageQuery(BaseModel):
    """What the address of the page of plots may say: no place is among it."""

    season: Label = ""
    state: Label = ""
    urgent: bool = False
    begin: Begin = 0


class PlotQuery(PageQuery):
    """What the address of the interface may say."""

    bbox: Annotated[str, Field(max_length=120, description="west,south,east,north")] = ""
    limit: Most = views.MOST

    def search(self) -> Search:
        """Return it as a search.

        Raises:
            UnusableInput: ``bad_box``.
        """
        told = self.model_dump(exclude={"bbox"})
        return Search(bbox=_box(self.bbox), **told)


class ExportWanted(BaseModel):
    """Which file of plots is wanted, and what for."""

    season: Label = ""
    format: Label = "geojson"
    reason: Annotated[str, Field(max_length=1000)] = ""


def state_of(text: str) -> str:
    """Return a state that exists, empty for none.

    Raises:
        UnusableInput: ``unknown_state``.
    """
    if text and text not in set(State):
        raise UnusableInput(
            "unknown_state",
            N_("There is no state '{state}'."),
            where="state",
            hint=N_("States are: {known}."),
            values={"state": text[:20], "known": ", ".join(State)},
        )
    return text


def _bad_box() -> UnusableInput:
    return UnusableInput(
        "bad_box",
        N_("This is no rectangle."),
        where="bbox",
        hint=N_("Give west,south,east,north in degrees, e.g. 104.6,20.7,104.9,20.9."),
    )


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise _bad_box() from None
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if not inside:
        raise _bad_box()
    return west, south, east, north


def register(app: FastAPI) -> None:
    """Add the routes."""
    _lists(app)
    _one(app)
    _pages(app)


def _lists(app: FastAPI) -> None:
    @app.get("/api/plots")
    def plots(place: Here, caller: Who, query: Annotated[PlotQuery, Query()]) -> dict[str, Any]:
        """List the plots that the caller may see; counts by commune to whom no place is shown."""
        return views.plots(place, caller, query.search().asked())

    @app.post("/api/plots/search")
    def search(place: Here, caller: Who, wanted: Search) -> dict[str, Any]:
        """List plots as ``GET /api/plots`` does, with the place in the body, which no proxy writes down."""
        return views.plots(place, caller, wanted.asked())

    @app.post("/api/plots/export")
    def export(place: Here, caller: Who, wanted: ExportWanted) -> Response:
        """Give a marked file of the plots that the caller may see; it needs a reason and is put on record."""
        return _exported(place, caller, wanted)

    @app.get("/api/visits")
    def visits(place: Here, caller: Who, season: Label = "") -> dict[str, Any]:
        """List the visits that the caller may see."""
        return views.visits(place, caller, Season.parse(season) if season else None)


def _exported(place: Place, caller: Caller, wanted: ExportWanted) -> Response:
    season = Season.parse(wanted.season) if wanted.season else place.workspace.season
    made = exports.export(place, caller, season, wanted.format, wanted.reason)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "X-Content-SHA256": made.sha256}
    return Response(made.content, media_type=MEDIA[wanted.format], headers=headers)


def _one(app: FastAPI) -> None:
    @app.get("/api/plots/{plot_id}")
    def plot(request: Request, place: Here, caller: Who, plot_id: PlotName) -> dict[str, Any]:
        """Tell of one plot; that somebody saw it is kept."""
        return views.plot(place, caller, plot_id, answers.language_of(request))

    @app.get("/api/plots/{plot_id}/views")
    def seen(place: Here, plot_id: PlotName) -> dict[str, Any]:
        """Tell who saw a plot when."""
        return views.seen_by(place, plot_id)


def _pages(app: FastAPI) -> None:
    @app.get("/plots", include_in_schema=False)
    def listed(request: Request, place: Here, caller: Who, query: Annotated[PageQuery, Query()]) -> Response:
        wanted = Season.parse(query.season) if query.season else place.workspace.season
        asked = Asked(wanted, state_of(query.state), None, query.urgent, plot_pages.ROWS, query.begin)
        answer = views.plots(place, caller, asked)
        filled = plot_pages.listed(answer, asked, answers.language_of(request))
        return answers.page(request, "plots.html", filled | {"letters": exports.LEAST_LETTERS})

    @app.post("/plots/export", include_in_schema=False)
    def export(place: Here, caller: Who, wanted: Annotated[ExportWanted, Form()]) -> Response:
        return _exported(place, caller, wanted)

    @app.get("/plots/{plot_id}", include_in_schema=False)
    def shown(request: Request, place: Here, caller: Who, plot_id: PlotName, *, whole: bool = False) -> Response:
        language = answers.language_of(request)
        answer = views.plot(place, caller, plot_id, language, at_once=not whole)
        may = {"dossier": bool(caller.person.roles & SEES_PLOTS)}
        return answers.page(request, "plot.html", plot_pages.shown(answer, language) | may)

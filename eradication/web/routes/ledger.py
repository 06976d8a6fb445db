"""The ledger: figures with what was not seen beside them; as JSON and as a page."""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request, Response
from pydantic import Field

from eradication.domain import Season
from eradication.pipeline.officer import target_map
from eradication.pipeline.reception import ledger_view
from eradication.pipeline.reception.ledger_view import Asked
from eradication.pipeline.reception.place import Place
from eradication.web import answers, ledger_page
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Year = Annotated[int, Field(ge=0, le=2200)]


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/api/ledger")
    def ledger(
        place: Here,
        caller: Who,
        season: Label = "",
        year: Year = 0,
        by: Label = "commune",
        of: Literal["", "province"] = "",
    ) -> dict[str, Any]:
        """Tell the figures that the caller may see: the own unit's to a patrol, the province's to others."""
        return ledger_view.ledger(place, caller, _asked(place, season, year, by, province=bool(of)))

    @app.get("/ledger", include_in_schema=False)
    def page(
        request: Request,
        place: Here,
        caller: Who,
        season: Label = "",
        by: Label = "commune",
        of: Literal["", "province"] = "",
    ) -> Response:
        answer = ledger_view.ledger(place, caller, _asked(place, season, 0, by, province=bool(of)))
        language = answers.language_of(request)
        return answers.page(request, "ledger.html", ledger_page.filled(answer, language))

    @app.get("/ledger/map.svg", include_in_schema=False)
    def drawn(
        request: Request, place: Here, caller: Who, season: Label = "", part: Literal["", "legend"] = ""
    ) -> Response:
        wanted, language = Season.parse(season) if season else place.workspace.season, answers.language_of(request)
        is_legend = part == "legend"
        made = target_map.legend(language) if is_legend else target_map.drawn(place, caller, wanted, language)
        return Response(made, media_type="image/svg+xml")


def _asked(place: Place, season: str, year: int, by: str, *, province: bool) -> Asked:
    wanted = Season.parse(season) if season else None if year else place.workspace.season
    return Asked(wanted, year or None, by, province)

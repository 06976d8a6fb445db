"""The map of the office: plots over communes, with pictures of runs and fine images."""

from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from pydantic import Field

from eradication.domain import Season, State
from eradication.pipeline import projection
from eradication.pipeline.reception import layers
from eradication.web import answers, plot_pages
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Name = Annotated[str, Field(max_length=120)]
COLOURS = {
    State.CANDIDATE: "#f0e442",
    State.ASSIGNED: "#e69f00",
    State.NOT_REACHED: "#cc79a7",
    State.DETECTED: "#d55e00",
    State.REGROWN: "#d55e00",
    State.ERADICATED: "#56b4e9",
    State.VERIFIED: "#0072b2",
    State.REJECTED: "#ffffff",
    State.DISMISSED: "#bfbfbf",
    State.EXPIRED: "#7f7f7f",
    State.HARVESTED: "#000000",
    State.SELF_REMOVED: "#009e73",
}
"""Colours that people with any colour sight tell apart (Okabe and Ito 2008), with greys for what is left alone."""


def register(app: FastAPI) -> None:
    """Add the route."""

    @app.get("/map", include_in_schema=False)
    def shown(
        request: Request, place: Here, caller: Who, season: Label = "", layer: Name = "", plot: Name = ""
    ) -> Response:
        language = answers.language_of(request)
        wanted = Season.parse(season) if season else place.workspace.season
        words = {state.value: plot_pages.state(state.value, language) for state in State}
        states = {state.value: {"colour": colour, "words": words[state.value]} for state, colour in COLOURS.items()}
        values: dict[str, Any] = {
            "season": wanted.label,
            "seasons": [Season(wanted.start_year + shift).label for shift in (1, 0, -1, -2, -3)],
            "layers": layers.told(layers.listed(place, caller), answers.translate_of(request)),
            "layer": layer,
            "plot": plot,
            "states": states,
            "legend": [*states.values()],
            "query": f"season={wanted.label}",
            "simulated": projection.is_simulated(place.workspace),
        }
        return answers.page(request, "map.html", values)

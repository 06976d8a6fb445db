"""The map of the office: plots over communes, with pictures of runs and fine images."""

from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from pydantic import Field

from eradication.domain import Season, State
from eradication.pipeline import projection, symbols
from eradication.pipeline.reception import layers
from eradication.web import answers, plot_pages
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Name = Annotated[str, Field(max_length=120)]


def register(app: FastAPI) -> None:
    """Add the route."""

    @app.get("/map", include_in_schema=False)
    def shown(
        request: Request, place: Here, caller: Who, season: Label = "", layer: Name = "", plot: Name = ""
    ) -> Response:
        language = answers.language_of(request)
        wanted = Season.parse(season) if season else place.workspace.season
        words = {state.value: plot_pages.state(state.value, language) for state in State}
        states = {
            state.value: {
                "path": symbols.PATHS[one.shape],
                "colour": one.colour,
                "filled": one.filled,
                "words": words[state.value],
            }
            for state, one in symbols.STATES.items()
        }
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

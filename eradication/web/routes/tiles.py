"""Tiles of maps: pictures over the map by the id of a layer, and plots as vectors."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Request, Response
from pydantic import Field

from eradication.domain import Season
from eradication.pipeline.reception import layers, plot_tiles
from eradication.web import answers, tiles
from eradication.web.asking import Here, Who

type Label = Annotated[str, Field(max_length=20)]
type Zoom = Annotated[int, Path(ge=0, le=tiles.DEEPEST)]
type Number = Annotated[int, Path(ge=0)]
VECTOR = "application/vnd.mapbox-vector-tile"


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/api/layers")
    def listed(request: Request, place: Here, caller: Who) -> dict[str, Any]:
        """List the pictures that may lie over the map."""
        return {"layers": layers.told(layers.listed(place, caller), answers.translate_of(request))}

    @app.get("/tiles/plots/{z}/{x}/{y}.mvt", response_class=Response)
    def plots(place: Here, caller: Who, z: Zoom, x: Number, y: Number, season: Label = "") -> Response:
        """Return a vector tile of the plots of a season: counts in squares up to zoom 11, places from 12 on."""
        tiles.check(z, x, y)
        wanted = Season.parse(season) if season else place.workspace.season
        return Response(plot_tiles.tile(place, caller, wanted, z, x, y), media_type=VECTOR)

    # On the application's own router, which the gate guards: one that is included would be beyond its reach.
    tiles.LayerTiles(router=app.router, path_dependency=tiles.layer_of)

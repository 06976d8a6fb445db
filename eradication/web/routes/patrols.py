"""Patrols: one's own exactly, others' as cells of many together, long after their return."""

from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import Field

from eradication.domain import Season
from eradication.pipeline.reception import patrol_views
from eradication.web.asking import Here, Who


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/api/patrols")
    def patrols(place: Here, caller: Who) -> dict[str, Any]:
        """List the patrols that the caller may see exactly."""
        return patrol_views.patrols(place, caller)

    @app.get("/api/patrols/cells")
    def cells(place: Here, caller: Who, season: Annotated[str, Field(max_length=20)] = "") -> dict[str, Any]:
        """Tell which cells many patrols came through; never a single one, and never lately."""
        wanted = Season.parse(season) if season else place.workspace.season
        return patrol_views.cells(place, caller, wanted)

    @app.get("/api/patrols/{patrol_id}")
    def patrol(place: Here, caller: Who, patrol_id: Annotated[str, Field(max_length=80)]) -> dict[str, Any]:
        """Tell of one patrol."""
        return patrol_views.patrol(place, caller, patrol_id)

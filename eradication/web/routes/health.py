"""Whether the server lives, and its counts."""

from typing import Any

from fastapi import FastAPI, Request, Response

from eradication.web.asking import Here


def register(app: FastAPI) -> None:
    """Add the routes."""

    @app.get("/healthz")
    def healthz(place: Here) -> dict[str, Any]:
        """Tell that the server answers and reaches its store and its reception."""
        place.workspace.store.origins()
        with place.reception.reading():
            return {"ok": True}

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        return Response(request.app.state.counts.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

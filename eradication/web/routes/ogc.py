"""OGC API Features: plots, visits and communes for QGIS, ogr2ogr and the like; rows as the caller may see them."""

from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from eradication.web.asking import Here, Who


class Description(JSONResponse):
    """A description of interfaces, as the standard names its kind."""

    media_type = "application/vnd.oai.openapi+json;version=3.1"


def _names_json(request: Request) -> bool:
    asked = [one.partition(";")[0].strip() for one in request.headers.get("accept", "").split(",")]
    return "application/json" in asked


type Name = Annotated[str, Field(max_length=120)]


def register(app: FastAPI) -> None:
    """Add the routes; the library is loaded with the first question."""
    _described(app)
    _rows(app)


def _described(app: FastAPI) -> None:
    @app.get("/ogc")
    def landing(request: Request, place: Here, caller: Who) -> Response:
        """Say what there is."""
        return _answer(request, place, caller, "landing")

    @app.get("/ogc/api", response_class=Description)
    def described(request: Request) -> Response:
        """Describe these interfaces and no others; QGIS reads no layer without."""
        from eradication.web.ogc import service

        told = service.described(request)
        # GDAL knows the kind's name only of another version, and complains; it takes what is plainly called JSON.
        return JSONResponse(told) if _names_json(request) else Description(told)

    @app.get("/ogc/conformance")
    def conformance(request: Request, place: Here, caller: Who) -> Response:
        """Say to what it conforms."""
        return _answer(request, place, caller, "conformance")

    @app.get("/ogc/collections")
    def collections(request: Request, place: Here, caller: Who) -> Response:
        """List the collections."""
        return _answer(request, place, caller, "collections")

    @app.get("/ogc/collections/{collection}")
    def collection(request: Request, place: Here, caller: Who, collection: Name) -> Response:
        """Describe a collection."""
        return _answer(request, place, caller, "collections", collection)

    @app.get("/ogc/collections/{collection}/queryables")
    def queryables(request: Request, place: Here, caller: Who, collection: Name) -> Response:
        """Say by what a collection can be asked."""
        return _answer(request, place, caller, "queryables", collection)


def _rows(app: FastAPI) -> None:
    @app.get("/ogc/collections/{collection}/items")
    def items(request: Request, place: Here, caller: Who, collection: Name) -> Response:
        """Return features as GeoJSON; asked by ``bbox``, ``limit``, ``offset``, ``sortby``, ``filter`` (CQL2 text)."""
        return _answer(request, place, caller, "items", collection)

    @app.get("/ogc/collections/{collection}/items/{item}")
    def item(request: Request, place: Here, caller: Who, collection: Name, item: Name) -> Response:
        """Return one feature as GeoJSON."""
        return _answer(request, place, caller, "item", collection, item)


def _answer(request: Request, place: Here, caller: Who, question: str, *words: str) -> Response:
    from eradication.web.ogc import service  # loads pygeoapi, which takes long

    ask = service.QUESTIONS[question]
    return service.answer(request, place, caller, lambda interface, asked: ask(interface, asked, *words))

"""pygeoapi as a library: one of its interfaces for each address that we are called by; its own server is never run."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from pygeoapi.api import API, CONFORMANCE_CLASSES, APIRequest, describe_collections, itemtypes, landing_page
from starlette.requests import Request
from starlette.responses import Response

from eradication.errors import N_, UnusableInput
from eradication.i18n import Translate, translator
from eradication.pipeline.reception import features
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import answers
from eradication.web.ogc import filters
from eradication.web.ogc.provider import asking

_transform = itemtypes.transform_bbox


def _in_place(bbox: list[float], from_crs: Any, to_crs: Any, always_xy: bool = False) -> list[float]:
    """Leave a rectangle where it is if both systems are one.

    The library asks PROJ for the code of the system at every request, which takes longer than all else together.
    """
    told: list[float] = bbox if from_crs == to_crs else _transform(bbox, from_crs, to_crs, always_xy)
    return told


itemtypes.transform_bbox = _in_place


def _as_it_is(told: dict[str, Any], pretty: bool = False) -> dict[str, Any]:
    """Leave features as they are: as text they would have ``&lt;`` for ``<``, and be read again to be written anew."""
    return told


itemtypes.to_json = _as_it_is
PROVINCE = [101.5, 20.0, 106.0, 23.0]
"""A rectangle that holds it and what lies around, degrees."""
TITLES = {
    features.PLOTS: N_("Plots and candidates, one feature for each season"),
    features.VISITS: N_("Visits"),
    features.COMMUNES: N_("Communes"),
}
_FORMATS = frozenset({"", "json"})
_REFUSED_TYPES = frozenset({"text/html", "application/ld+json", "text/csv; charset=utf-8"})

type Told = tuple[dict[str, str], int, str | bytes | dict[str, Any]]


@lru_cache(maxsize=8)
def _interface(address: str) -> API:
    both = {language: translator(language) for language in ("vi", "en")}
    resources = {name: _resource(name, {code: _(title) for code, _ in both.items()}) for name, title in TITLES.items()}
    told = {code: _(N_("Detection and eradication")) for code, _ in both.items()}
    config = {
        "server": {
            "url": f"{address}/ogc",
            "languages": ["vi", "en"],
            "limits": {"default_items": 100, "max_items": features.MOST, "on_exceed": "throttle"},
            "pretty_print": False,
            "gzip": False,
        },
        "logging": {"level": "CRITICAL"},  # what is asked by is nobody's to read
        "metadata": {
            "identification": {"title": told, "description": told, "keywords": [], "url": address},
            "license": {"name": "", "url": ""},
            "provider": {"name": "", "url": address},
            "contact": {},
        },
        "resources": resources,
    }
    return API(config, {})


def _resource(name: str, title: Mapping[str, str]) -> dict[str, Any]:
    provider = {
        "type": "feature",
        "name": "eradication.web.ogc.provider.Rows",
        "data": name,
        "id_field": "id",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "storage_crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
    return {
        "type": "collection",
        "title": dict(title),
        "description": dict(title),
        "keywords": [],
        "links": [],
        "extents": {"spatial": {"bbox": PROVINCE, "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "providers": [provider],
    }


def answer(request: Request, place: Place, caller: Caller, ask: Callable[[API, APIRequest], Told]) -> Response:
    """Return the answer of the library to one question, in JSON alone: its pages load scripts from elsewhere.

    Raises:
        UnusableInput: ``unknown_format``.
    """
    if request.query_params.get("f", "") not in _FORMATS:
        raise UnusableInput(
            "unknown_format",
            N_("This file cannot be written as '{suffix}'."),
            hint=N_("Use one of: {accepted}."),
            values={"suffix": request.query_params["f"][:20], "accepted": "json"},
        )
    _check_asked(request)
    interface = _interface(str(request.base_url).rstrip("/"))
    asked = APIRequest(request, interface.locales)
    asked._format = "json"
    asked._raw_locale = answers.language_of(request)
    with asking(place, caller):
        headers, status, content = ask(interface, asked)
    kept = {name: value for name, value in headers.items() if name in ("Content-Crs", "Link")}
    told = content if isinstance(content, dict) else json.loads(content)
    _prune(told)
    if status >= 400:
        told |= _as_elsewhere(told, answers.translate_of(request))
    return Response(to_json(told), status, kept, _media(told))


def _as_elsewhere(told: Mapping[str, Any], _: Translate) -> dict[str, Any]:
    """Say a refusal of the library as all interfaces say one, beside the standard's own words."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", str(told.get("code", "Refused"))).lower()
    hint = _(N_("/ogc leads to what there is, and to that by which it can be asked."))
    return {"error": {"kind": kind, "message": str(told.get("description", "")), "where": "", "hint": hint}}


_KNOWN = frozenset(
    "bbox bbox-crs crs datetime f filter filter-crs filter-lang lang limit offset properties q resulttype skipGeometry"
    " sortby profile".split()
)
"""Words of the standard that may stand in an address, besides properties."""


def _check_asked(request: Request) -> None:
    """Refuse a word that nothing is asked by: left out silently, more would be told than was asked for."""
    properties = features.PROPERTIES.get(str(request.path_params.get("collection", "")), {})
    for name in request.query_params:
        if name not in _KNOWN and name not in properties:
            raise filters.unknown(name)


def _media(told: Any) -> str:
    is_geojson = isinstance(told, dict) and told.get("type") in ("Feature", "FeatureCollection")
    return "application/geo+json" if is_geojson else "application/json"


_DESCRIPTION = "application/vnd.oai.openapi+json;version=3.1"


def described(request: Request) -> dict[str, Any]:
    """Return the part of the description of all interfaces that is about features.

    QGIS looks in it for the number of features that a page may hold.
    """
    whole = request.app.openapi()
    paths = {path: told for path, told in whole["paths"].items() if path.startswith("/ogc")}
    shape = {"type": "integer", "minimum": 1, "maximum": features.MOST, "default": 100}
    limit = {"name": "limit", "in": "query", "required": False, "schema": shape}
    parts = {**whole.get("components", {}), "parameters": {"limit": limit}}
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": parts}


def _landing(interface: API, asked: APIRequest) -> Told:
    """Return the first page, with a link to the description, which the standard asks for."""
    headers, status, content = landing_page(interface, asked)
    told = json.loads(content)
    href = f"{interface.config['server']['url']}/api"
    told["links"].append({"rel": "service-desc", "type": _DESCRIPTION, "title": "Description", "href": href})
    return headers, status, json.dumps(told)


_NOT_HERE = ("/processes", "/TileMatrixSets", "/jobs", "/openapi", "/schema")


def _prune(told: Any) -> None:
    """Take out links to what we do not give."""
    if isinstance(told, dict):
        for collection in told.get("collections", ()):
            _prune(collection)
        if isinstance(told.get("links"), list):
            told["links"] = [one for one in told["links"] if _is_given(one)]


def _is_given(link: Mapping[str, Any]) -> bool:
    href = str(link.get("href", "")).partition("?")[0]
    return str(link.get("type", "")) not in _REFUSED_TYPES and not href.endswith(_NOT_HERE)


def _conformance(interface: API, asked: APIRequest) -> Told:
    """Say to what we conform: the library's own answer names pages, and writing, which there is not."""
    known = (*CONFORMANCE_CLASSES, *itemtypes.CONFORMANCE_CLASSES_FEATURES)
    kept = [one for one in known if not one.endswith("/html") and "features-4" not in one]
    return asked.get_response_headers(), 200, json.dumps({"conformsTo": sorted(set(kept))})


QUESTIONS: Mapping[str, Callable[..., Told]] = {
    "landing": _landing,
    "conformance": _conformance,
    "collections": describe_collections,
    "queryables": itemtypes.get_collection_queryables,
    "items": itemtypes.get_collection_items,
    "item": itemtypes.get_collection_item,
}

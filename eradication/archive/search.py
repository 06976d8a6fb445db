"""What an archive has: a STAC API, a static catalog, a list of items, or a table of them (stac-geoparquet).

The API is asked here and not by a library: its answers name the next address to ask, and each must pass the guard.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import rustac
from shapely.geometry import mapping, shape

from eradication.archive.catalogs import Answer, Ask, Document, link, listed, walk
from eradication.archive.documents import Documents
from eradication.archive.lost import Lost

PAGE = 100
MAX_PAGES = 2000
COARSE_DEGREES = 0.005
"""How roughly the area is told to a server: outlines of thousands of corners are refused by some."""


def read(source: Documents, address: str) -> Document:
    """Return the document at an address: an API's landing page, a catalog, a collection or a list of items.

    Raises:
        Lost: it cannot be read, or is nothing known.
    """
    document = source.document(address)
    if not isinstance(document, dict):
        raise Lost("bad_answer", "not a JSON object")
    if document.get("type") not in ("Feature", "FeatureCollection") and "stac_version" not in document:
        raise Lost("bad_answer", "neither a STAC API nor a catalog")
    return document


def is_api(document: Document) -> bool:
    """Tell whether a document is a page of a STAC API that can be searched."""
    return link(document, "search") is not None or (
        document.get("type") == "Collection" and link(document, "items") is not None
    )


def find(source: Documents, document: Document, address: str, ask: Ask) -> Answer:
    """Return the items of what :func:`read` gave; those of other times and places may be among them.

    Raises:
        Lost: also ``which_collection``, ``too_large``.
    """
    if document.get("type") in ("Feature", "FeatureCollection"):
        answer = listed(document, address)
        return _with_pages(source, document, address, answer)
    entry = _entry(source, document, address)
    if entry is not None:
        url, named = entry
        collection = named or ask.collection or _only_collection(source, document, address)
        return _search(source, url, replace(ask, collection=collection))
    return walk(source, document, address, ask)


def _entry(source: Documents, document: Document, address: str) -> tuple[str, str] | None:
    """Return the search address of an API and the collection its address names, ``None`` if it is no API."""
    search = link(document, "search")
    if search is not None:
        return urljoin(address, search["href"]), ""
    if document.get("type") == "Collection" and link(document, "items") is not None:
        root = link(document, "root")
        above = source.document(urljoin(address, root["href"])) if root else None
        search = link(above, "search") if isinstance(above, dict) else None
        if search is not None and root is not None:
            return urljoin(urljoin(address, root["href"]), search["href"]), str(document.get("id", ""))
    return None


def _only_collection(source: Documents, document: Document, address: str) -> str:
    place = link(document, "data") or {"href": address.rstrip("/") + "/collections"}
    answer = source.document(urljoin(address, place["href"]))
    rows = answer.get("collections") if isinstance(answer, dict) else None
    names = [str(row.get("id")) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
    if len(names) == 1:
        return names[0]
    raise Lost("which_collection", ", ".join(names[:40]))


def _search(source: Documents, url: str, ask: Ask) -> Answer:
    """Ask an API page by page."""
    body: Document = {
        "datetime": "/".join(map(_stamp, ask.window)),
        "limit": PAGE,
        "collections": [ask.collection],
    }
    if ask.area is not None:
        outline = ask.area.buffer(COARSE_DEGREES).simplify(COARSE_DEGREES / 2)
        body["intersects"] = mapping(outline)
    answer = Answer("api")
    for page, base in _pages(source, url, body):
        features = page.get("features")
        if not isinstance(features, list):
            raise Lost("bad_answer", "a page without items")
        for feature in features:
            answer.take(feature, base)
    return answer


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pages(source: Documents, url: str, body: Document) -> Iterator[tuple[Document, str]]:
    """Yield the pages of a search; where it cannot be asked by POST, by GET with the box of the area."""
    try:
        page = source.document(url, body)
    except Lost as lost:
        if lost.reason not in ("http_404", "http_405"):
            raise
        page = source.document(_as_query(url, body))
    asked: set[str] = set()
    for _ in range(MAX_PAGES):
        if not isinstance(page, dict):
            raise Lost("bad_answer", "a page that is no JSON object")
        yield page, url
        following = link(page, "next")
        if following is None or not page.get("features"):
            return
        target, sent, headers = _following(following, url, body)
        sign = repr((target, sent))
        if sign in asked:
            raise Lost("bad_answer", "pages without end")
        asked.add(sign)
        page = source.document(target, sent, headers)
    raise Lost("bad_answer", "pages without end")


def _following(following: Document, url: str, body: Document) -> tuple[str, Document | None, dict[str, str] | None]:
    """Return address, body and headers of the next page (STAC API, item search: paging)."""
    target = urljoin(url, following["href"])
    headers = following.get("headers")
    plain = {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else None
    if str(following.get("method", "GET")).upper() != "POST":
        return target, None, plain
    own = following.get("body")
    sent = own if isinstance(own, dict) else {}
    return target, {**body, **sent} if following.get("merge") or not sent else sent, plain


def _as_query(url: str, body: Mapping[str, Any]) -> str:
    query = {"datetime": body["datetime"], "limit": str(body["limit"])}
    if "collections" in body:
        query["collections"] = ",".join(body["collections"])
    if "intersects" in body:
        corners = shape(body["intersects"]).bounds
        query["bbox"] = ",".join(f"{value:.5f}" for value in corners)
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _with_pages(source: Documents, document: Document, address: str, answer: Answer) -> Answer:
    """Add the further pages of a list that names them."""
    for _ in range(MAX_PAGES):
        following = link(document, "next")
        if following is None or not document.get("features"):
            return answer
        address = urljoin(address, following["href"])
        document = read(source, address)
        more = listed(document, address)
        answer.items += more.items
        answer.failed += more.failed
    raise Lost("bad_answer", "pages without end")


def table(path: Path, base: str) -> Answer:
    """Read a stac-geoparquet file on this computer.

    Args:
        path: of the file.
        base: address its relative hrefs start from.

    Raises:
        Lost: ``bad_answer``.
    """
    try:
        document = rustac.read_sync(str(path.resolve()), format="geoparquet", set_self_link=False)
    except (rustac.RustacError, OSError, ValueError) as error:
        raise Lost("bad_answer", f"not stac-geoparquet: {error}") from None
    answer = Answer("geoparquet")
    for feature in document.get("features") or []:
        answer.take(feature, base)
    return answer

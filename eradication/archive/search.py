"""What an archive has: a STAC API, a static catalog, a list of items, or a table of them (stac-geoparquet).

The API is asked here and not by a library: its answers name the next address to ask, and each must pass the guard.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import rustac
from shapely.geometry import box, mapping, shape
from shapely.geometry.base import BaseGeometry

from eradication.archive.http import Http
from eradication.archive.items import MAX_ITEMS, Item, Window, checked
from eradication.archive.lost import Lost

PAGE = 100
MAX_PAGES = 2000
MAX_DOCUMENTS = 20_000
"""Most files of a static catalog that are followed over a network."""

COARSE_DEGREES = 0.005
"""How roughly the area is told to a server: outlines of thousands of corners are refused by some."""

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is looked for."""

    window: Window
    area: BaseGeometry | None
    """WGS 84; ``None`` = anywhere."""
    collection: str = ""


@dataclass(slots=True)
class Answer:
    """What was found, and what could not be read."""

    kind: str
    """``api``, ``static``, ``items``, ``geoparquet``."""
    items: list[Item] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    """Id or address, reason, detail."""

    def take(self, document: object, base: str) -> None:
        """Add an item, or say why not."""
        try:
            self.items.append(checked(document, base, self_wins=self.kind == "api"))
        except Lost as lost:
            name = document.get("id") if isinstance(document, dict) else None
            self.failed.append((str(name or base), lost.reason, lost.detail))
        if len(self.items) > MAX_ITEMS:
            raise Lost("too_large", f"more than {MAX_ITEMS} items")


def read(http: Http, address: str) -> Document:
    """Return the document at an address: an API's landing page, a catalog, a collection or a list of items.

    Raises:
        Lost: it cannot be read, or is nothing known.
    """
    document = http.document(address)
    if not isinstance(document, dict):
        raise Lost("bad_answer", "not a JSON object")
    if document.get("type") not in ("Feature", "FeatureCollection") and "stac_version" not in document:
        raise Lost("bad_answer", "neither a STAC API nor a catalog")
    return document


def is_api(document: Document) -> bool:
    """Tell whether a document is a page of a STAC API that can be searched."""
    return _link(document, "search") is not None or (
        document.get("type") == "Collection" and _link(document, "items") is not None
    )


def find(http: Http, document: Document, address: str, ask: Ask) -> Answer:
    """Return the items of what :func:`read` gave; those of other times and places may be among them.

    Raises:
        Lost: also ``which_collection``, ``too_large``.
    """
    if document.get("type") in ("Feature", "FeatureCollection"):
        answer = listed(document, address)
        return _with_pages(http, document, address, answer)
    entry = _entry(document, address, http)
    if entry is not None:
        url, named = entry
        collection = named or ask.collection or _only_collection(http, document, address)
        return _search(http, url, replace(ask, collection=collection))
    return _walk(http, document, address, ask)


def _link(document: Document, rel: str) -> Document | None:
    links = document.get("links")
    found = (link for link in (links if isinstance(links, list) else []) if isinstance(link, dict))
    return next((link for link in found if link.get("rel") == rel and isinstance(link.get("href"), str)), None)


def _entry(document: Document, address: str, http: Http) -> tuple[str, str] | None:
    """Return the search address of an API and the collection its address names, ``None`` if it is no API."""
    search = _link(document, "search")
    if search is not None:
        return urljoin(address, search["href"]), ""
    if document.get("type") == "Collection" and _link(document, "items") is not None:
        root = _link(document, "root")
        above = http.document(urljoin(address, root["href"])) if root else None
        search = _link(above, "search") if isinstance(above, dict) else None
        if search is not None and root is not None:
            return urljoin(urljoin(address, root["href"]), search["href"]), str(document.get("id", ""))
    return None


def _only_collection(http: Http, document: Document, address: str) -> str:
    link = _link(document, "data") or {"href": address.rstrip("/") + "/collections"}
    listed = http.document(urljoin(address, link["href"]))
    rows = listed.get("collections") if isinstance(listed, dict) else None
    names = [str(row.get("id")) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
    if len(names) == 1:
        return names[0]
    raise Lost("which_collection", ", ".join(names[:40]))


def _search(http: Http, url: str, ask: Ask) -> Answer:
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
    for page, base in _pages(http, url, body):
        features = page.get("features")
        if not isinstance(features, list):
            raise Lost("bad_answer", "a page without items")
        for feature in features:
            answer.take(feature, base)
    return answer


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pages(http: Http, url: str, body: Document) -> Iterator[tuple[Document, str]]:
    """Yield the pages of a search; where it cannot be asked by POST, by GET with the box of the area."""
    try:
        page = http.document(url, body)
    except Lost as lost:
        if lost.reason not in ("http_404", "http_405"):
            raise
        page = http.document(_as_query(url, body))
    asked: set[str] = set()
    for _ in range(MAX_PAGES):
        if not isinstance(page, dict):
            raise Lost("bad_answer", "a page that is no JSON object")
        yield page, url
        following = _link(page, "next")
        if following is None or not page.get("features"):
            return
        target, sent, headers = _following(following, url, body)
        sign = repr((target, sent))
        if sign in asked:
            raise Lost("bad_answer", "pages without end")
        asked.add(sign)
        page = http.document(target, sent, headers)
    raise Lost("bad_answer", "pages without end")


def _following(link: Document, url: str, body: Document) -> tuple[str, Document | None, dict[str, str] | None]:
    """Return address, body and headers of the next page (STAC API, item search: paging)."""
    target = urljoin(url, link["href"])
    headers = link.get("headers")
    plain = {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else None
    if str(link.get("method", "GET")).upper() != "POST":
        return target, None, plain
    own = link.get("body")
    sent = own if isinstance(own, dict) else {}
    return target, {**body, **sent} if link.get("merge") or not sent else sent, plain


def _as_query(url: str, body: Mapping[str, Any]) -> str:
    query = {"datetime": body["datetime"], "limit": str(body["limit"])}
    if "collections" in body:
        query["collections"] = ",".join(body["collections"])
    if "intersects" in body:
        corners = shape(body["intersects"]).bounds
        query["bbox"] = ",".join(f"{value:.5f}" for value in corners)
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _walk(http: Http, top: Document, address: str, ask: Ask) -> Answer:
    """Follow the links of a static catalog; a broken file is named and the others go on."""
    answer = Answer("static")
    waiting, seen = deque([(top, address)]), {address}
    while waiting:
        document, at = waiting.popleft()
        if document.get("type") == "Feature":
            answer.take(document, at)
            continue
        if document.get("type") == "FeatureCollection":
            for feature in document.get("features") or []:
                answer.take(feature, at)
            continue
        if not _may_hold(document, ask):
            continue
        for target in _targets(document, at):
            if target in seen or len(seen) > MAX_DOCUMENTS:
                continue
            seen.add(target)
            try:
                found = http.document(target)
            except Lost as lost:
                answer.failed.append((target, lost.reason, lost.detail))
                continue
            if isinstance(found, dict):
                waiting.append((found, target))
            else:
                answer.failed.append((target, "bad_item", "not a JSON object"))
    return answer


def _targets(document: Document, at: str) -> list[str]:
    links = document.get("links")
    kinds = ("child", "item", "items")
    found = [link for link in (links if isinstance(links, list) else []) if isinstance(link, dict)]
    return [urljoin(at, str(link.get("href", ""))) for link in found if link.get("rel") in kinds]


def _may_hold(document: Document, ask: Ask) -> bool:
    """Tell whether a collection's stated extent touches what is looked for; one that states none may."""
    try:
        extent = document["extent"]
        boxes = [
            box(*(row if len(row) == 4 else (row[0], row[1], row[3], row[4]))) for row in extent["spatial"]["bbox"]
        ]
        times = extent["temporal"]["interval"]
        starts = [datetime.fromisoformat(row[0]) if row[0] else ask.window[0] for row in times]
        ends = [datetime.fromisoformat(row[1]) if row[1] else ask.window[1] for row in times]
        here = ask.area is None or any(one.intersects(ask.area) for one in boxes)
        return here and min(starts) < ask.window[1] and max(ends) >= ask.window[0]
    except (KeyError, IndexError, TypeError, ValueError):
        return True


def listed(document: object, base: str) -> Answer:
    """Return the items of an item collection, or of a single item.

    Raises:
        Lost: ``bad_answer``.
    """
    answer = Answer("items")
    if isinstance(document, dict) and document.get("type") == "Feature":
        answer.take(document, base)
        return answer
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise Lost("bad_answer", "not a list of items")
    for feature in features:
        answer.take(feature, base)
    return answer


def _with_pages(http: Http, document: Document, address: str, answer: Answer) -> Answer:
    """Add the further pages of a list that names them."""
    for _ in range(MAX_PAGES):
        following = _link(document, "next")
        if following is None or not document.get("features"):
            return answer
        address = urljoin(address, following["href"])
        document = read(http, address)
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

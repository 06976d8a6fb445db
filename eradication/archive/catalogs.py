"""Lists and trees of items: item collections and static catalogs, each file of them read once."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from eradication.archive.documents import Documents
from eradication.archive.items import MAX_ITEMS, Item, Window, checked
from eradication.archive.lost import Lost

MAX_DOCUMENTS = 20_000
"""Most files of a static catalog that are followed."""

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


def link(document: Document, rel: str) -> Document | None:
    """Return the first link of a kind, ``None`` if there is none."""
    links = document.get("links")
    found = (one for one in (links if isinstance(links, list) else []) if isinstance(one, dict))
    return next((one for one in found if one.get("rel") == rel and isinstance(one.get("href"), str)), None)


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


def walk(source: Documents, top: Document, address: str, ask: Ask) -> Answer:
    """Follow the links of a static catalog; a broken file is named and the others go on."""
    answer = Answer("static")
    waiting, seen = deque([(top, address)]), {address}
    while waiting:
        document, at = waiting.popleft()
        if document.get("type") == "Feature":
            answer.take(document, at)
            continue
        if document.get("type") == "FeatureCollection":
            features = document.get("features")
            for feature in features if isinstance(features, list) else []:
                answer.take(feature, at)
            continue
        if not _may_hold(document, ask):
            continue
        for target in _targets(document, at):
            if target in seen or len(seen) > MAX_DOCUMENTS:
                continue
            seen.add(target)
            try:
                found = source.document(target)
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

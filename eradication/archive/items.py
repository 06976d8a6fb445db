"""Items of an archive as JSON: what is needed of them before anything is fetched."""

import copy
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication.archive.lost import Lost

MAX_ITEMS = 50_000
"""Most items taken from one archive."""

type Item = dict[str, Any]
type Window = tuple[datetime, datetime]
"""Half-open, UTC."""


def checked(document: object, base: str, *, self_wins: bool = False) -> Item:
    """Return an item whose parts have the types they must have, with the addresses of its assets made absolute.

    Args:
        document: the item.
        base: address of the file it stands in.
        self_wins: resolve against the item's own ``self`` link instead, as the answers of an API want it.

    Raises:
        Lost: ``bad_item``.
    """
    if not isinstance(document, dict) or document.get("type") != "Feature":
        raise Lost("bad_item", "not an item")
    item = copy.deepcopy(document)
    name, properties, assets = item.get("id"), item.get("properties"), item.get("assets")
    if not isinstance(name, str) or not name or not isinstance(properties, dict) or not isinstance(assets, dict):
        raise Lost("bad_item", "id, properties or assets are missing")
    if not all(isinstance(asset, dict) and isinstance(asset.get("href"), str) for asset in assets.values()):
        raise Lost("bad_item", "an asset without an address")
    links = item.get("links")
    item["links"] = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    own = next((str(link.get("href")) for link in item["links"] if link.get("rel") == "self"), "")
    try:
        home = urljoin(base, own) if own and self_wins else base
        for asset in assets.values():
            asset["href"] = urljoin(home, asset["href"])
    except ValueError:
        raise Lost("bad_item", "an asset without an address") from None
    return item


def when(item: Mapping[str, Any]) -> datetime | None:
    """Return the UTC time of an item, the middle of its interval if it has one; ``None`` if it has neither."""
    properties = item["properties"]
    moment = _time(properties.get("datetime"))
    if moment is not None:
        return moment
    start, end = _time(properties.get("start_datetime")), _time(properties.get("end_datetime"))
    return start if start is None or end is None else start + (end - start) / 2


def _time(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return None if time is None else time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def footprint(item: Mapping[str, Any]) -> BaseGeometry | None:
    """Return the outline of an item in WGS 84, ``None`` if it states none that can be used."""
    try:
        outline = shape(item["geometry"]) if item.get("geometry") else None
    except (ShapelyError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return None if outline is None or outline.is_empty else outline


def wanted(items: Iterable[Item], window: Window | None, area: BaseGeometry | None) -> list[Item]:
    """Return the items of a time and place, each id once, in order of time; what states no place may lie anywhere."""
    kept: dict[str, tuple[datetime, Item]] = {}
    for item in items:
        time, outline = when(item), footprint(item)
        if time is None or (window is not None and not window[0] <= time < window[1]):
            continue
        if area is None or outline is None or outline.intersects(area):
            kept.setdefault(item["id"], (time, item))
    return [item for _, item in sorted(kept.values(), key=lambda pair: (pair[0], pair[1]["id"]))]


def cloud_percent(item: Mapping[str, Any]) -> float | None:
    """Return the share of clouds an item states, in percent."""
    value = item["properties"].get("eo:cloud_cover")
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100 else None
    )


def is_simulated(item: Mapping[str, Any]) -> bool:
    """Tell whether an item says that it was not observed."""
    properties = item["properties"]
    said = (value for name, value in properties.items() if str(name).rpartition(":")[2] == "simulated")
    return any(said) or "simulated" in str(properties.get("platform", "")).lower()

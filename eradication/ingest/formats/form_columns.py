"""From the columns of form servers to those of the tables of visits and tips. Used only in the worker.

Servers write groups before a name (``grp-field``, ``grp/field``), spread a point over several columns
(``place-Latitude``, ``_place_latitude``), and say ``n/a`` where nothing was asked. Columns that are not understood are
left out and named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eradication.domain.codes import fold

POINTS = ("place", "position")
"""Questions that are answered by a position; ``place`` may be answered in words too."""
OUTLINE = "outline"
PLOT_PARTS = ("plot_scan", "plot_text")
_OWN = frozenset({*POINTS, OUTLINE, *PLOT_PARTS})
_INSTANCE = ("instanceid", "key", "_uuid", "uuid", "__id")
_FORM, _VERSION = ("_xform_id_string", "formid"), ("formversion", "__version__", "_version_")
_BLANK = frozenset({"", "n/a", "null"})
_PARTS = re.compile(
    r"(?:.*/_?|.*[.:-]_?|_)?(?P<name>[^/_]+?)[_/.:-](?P<part>latitude|longitude|altitude|accuracy|precision)"
)
_POSITION = re.compile(r"-?\d+(?:\.\d+)?\s+-?\d+(?:\.\d+)?(?:\s+-?\d+(?:\.\d+)?){0,2}")
_FILE = re.compile(r"[^:\n]{1,250}\.(?:jpe?g|png|webp|heic|heif|m4a|amr|mp3|wav|ogg|mp4|3gp|pdf)", re.IGNORECASE)
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Names:
    """What columns may be called."""

    known: frozenset[str]
    """Columns of visits and tips."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Question in words, folded → its name: some servers head their columns with the questions."""


def named(table: Mapping[str, Any], known: Names) -> dict[str, Any]:
    """Return a table whose columns bear the names of ``known``.

    Args:
        table: as :func:`visit_table.read` returns it; perhaps with ``form``, ``version`` and ``definition``.
        known: columns of visits and tips, and questions in words.

    Returns:
        The table with ``form``, ``version``, ``definition``, ``left_out`` (columns that are not understood); rows have
        ``instance_id`` and ``attachments`` (names of files, as stated) besides.
    """
    names = {column: name_of(column, known) for column in table["columns"]}
    rows = [_row(row, names) for row in table["rows"]]
    facts = [_facts(row["cells"]) for row in table["rows"][:1]]
    columns = list(dict.fromkeys(name for row in rows for name in row["cells"]))
    return {
        "form": table.get("form") or next((f[0] for f in facts), ""),
        "version": table.get("version") or next((f[1] for f in facts), ""),
        "definition": bool(table.get("definition")),
        "format": table["format"],
        "delimiter": table["delimiter"],
        "encoding": table["encoding"],
        "columns": columns,
        "rows": rows,
        "left_out": [column[:_LONGEST_NAME] for column, name in names.items() if not name],
    }


def name_of(column: str, names: Names) -> str:
    """Return what a column is called here: a known name, ``lon``, ``lat``, ``instance_id``, or empty."""
    known = names.known | _OWN
    whole = re.sub(r"[\s-]+", "_", fold(column))
    if whole in known:
        return whole
    asked = names.labels.get(fold(column).rpartition("/")[2])
    if asked is not None:
        return asked
    parts = _PARTS.fullmatch(fold(column))
    if parts is not None:
        about = names.labels.get(parts["name"], parts["name"])
        return {"latitude": "lat", "longitude": "lon"}.get(parts["part"], "") if about in POINTS else ""
    last = re.sub(r"\s+", "_", re.split(r"[/.:-]", fold(column))[-1])
    if last in known:
        return last
    return "instance_id" if last in _INSTANCE else ""


def _facts(cells: Mapping[str, Any]) -> tuple[str, str]:
    """Return id and version of the form, where a row of a server's export states them."""
    said = {re.split(r"[/.:-]", fold(str(column)))[-1]: str(value) for column, value in cells.items() if value}
    form = next((said[name] for name in _FORM if name in said), "")
    return form, next((said[name] for name in _VERSION if name in said), "")


def _row(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    files: list[str] = []
    for column, value in row["cells"].items():
        if _is_blank(value):
            continue
        if isinstance(value, str) and _FILE.fullmatch(value.strip()):
            files.append(value.strip())
        if names.get(column):
            cells.setdefault(names[column], value)
    instance = str(cells.pop("instance_id", "")).removeprefix("uuid:")
    geometry = _geometry(cells.pop(OUTLINE, None)) or row["geometry"]
    for name in POINTS:
        _place(cells, name)
    _fallback(cells, row["cells"])
    for name in PLOT_PARTS:
        part = cells.pop(name, "")
        if part and "plot_id" not in cells:
            cells["plot_id"] = part
    _number(cells, instance)
    return {
        "line": row["line"],
        "cells": cells,
        "extra": row["extra"],
        "geometry": geometry,
        "instance_id": instance,
        "attachments": list(dict.fromkeys(files)),
    }


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().casefold() in _BLANK)


def _place(cells: dict[str, Any], name: str) -> None:
    """Turn an answer that is a position into longitude and latitude; words stay where they are."""
    value = cells.get(name)
    at: list[Any] | None = None
    if isinstance(value, dict) and value.get("type") == "Point" and isinstance(value.get("coordinates"), list):
        at = value["coordinates"][:2]
    elif isinstance(value, str) and _POSITION.fullmatch(value.strip()):
        at = value.split()[1::-1]
    if at is not None and len(at) == 2:
        cells.setdefault("lon", at[0])
        cells.setdefault("lat", at[1])
    if at is not None or (value is not None and not isinstance(value, str)) or (name != "place" and value is not None):
        del cells[name]


def _fallback(cells: dict[str, Any], raw: Mapping[str, Any]) -> None:
    """Take the position that KoboToolbox states for the whole submission where no question gave one."""
    at = raw.get("_geolocation")
    if isinstance(at, list) and len(at) == 2 and "lon" not in cells and "lat" not in cells and "x" not in cells:
        cells["lat"], cells["lon"] = at


def _number(cells: dict[str, Any], instance: str) -> None:
    """Number a record that bears no number of its own by its filling-in."""
    if "outcome" in cells:
        cells.setdefault("visit_id", instance)
    elif "received_at" in cells:
        cells.setdefault("tip_id", instance)


def _geometry(value: Any) -> dict[str, Any] | None:
    """Return an outline as GeoJSON; one that cannot be read as something that will be refused for it."""
    if value is None:
        return None
    if isinstance(value, dict):
        return value
    corners = [part.split() for part in str(value).strip().strip(";").split(";")]
    try:
        ring = [[float(corner[1]), float(corner[0])] for corner in corners]
    except (ValueError, IndexError):
        return {"type": "unreadable"}
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return {"type": "Polygon", "coordinates": [ring]}

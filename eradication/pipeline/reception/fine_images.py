"""Fine images in the office: handed in, drawn on by one person, looked at by another who knows nothing of the first.

Whoever draws sees what he drew himself; whoever looks second sees a square of the image and nothing else. What is told
of plots elsewhere is not shown on either page.
"""

import json
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from shapely.geometry import mapping, shape

from eradication import review
from eradication.archive import geotiffs
from eradication.domain import EventKind
from eradication.domain.codes import ReadVerdict
from eradication.domain.person import Role
from eradication.errors import N_, RefusedInput, UnusableInput
from eradication.history import reading_lines
from eradication.i18n import Translate
from eradication.pipeline import projection, read_layers, reading
from eradication.pipeline.reading import Reader
from eradication.pipeline.reception import bodies, jobs, layers, reach
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

type Drawn = tuple[str, bytes]
"""Name and content of a file with polygons."""
READS = frozenset({Role.REVIEWER})
HANDS_IN = frozenset({Role.REVIEWER, Role.ANALYST})


def hand_in(place: Place, caller: Caller, name: str, content: BinaryIO, day: str, language: str) -> dict[str, Any]:
    """Take an image of a drone in and return the job that keeps it.

    Raises:
        UnusableInput: ``no_image``, ``bad_job``.
    """
    bodies.day_of(day)
    if not name.lower().endswith(geotiffs.ENDINGS):
        hint = N_("Export the mosaic as GeoTIFF (.tif) with its coordinate system.")
        raise UnusableInput("no_image", N_("This is no GeoTIFF."), where=name[:80], hint=hint)
    body = {"day": day, "language": language}
    return jobs.ask(place, "mosaic", body, caller.person.person_id, files=[(name, content)])


def listed(place: Place, caller: Caller) -> dict[str, Any]:
    """Return the fine images (``images``: ``id``, ``layer``, ``date``, ``pixel_m``, ``readable``), the newest first.

    ``waiting`` names the places that wait for a second look by the caller; ``mine`` counts what he drew.
    """
    if not reach.of(caller).whole:
        return {"images": [], "waiting": [], "mine": {}, "simulated": projection.is_simulated(place.workspace)}
    images = [_told(item) for item in reversed(review.layers(place.workspace.layers))]
    waiting: list[dict[str, Any]] = []
    if caller.person.roles & READS:
        told = reading.waiting(place.workspace, caller.person.person_id)["readings"]
        waiting = [row for row in told if row["layer_here"]]
    mine: dict[str, int] = {}
    for one in _own(place, caller):
        mine[one.layer] = mine.get(one.layer, 0) + 1
    simulated = projection.is_simulated(place.workspace)
    return {"images": images, "waiting": waiting, "mine": mine, "simulated": simulated}


def _told(item: Any) -> dict[str, Any]:
    pixel_m = item["properties"].get("gsd")
    readable = isinstance(pixel_m, int | float) and pixel_m <= read_layers.MOST_PIXEL_M * (1 + 1e-6)
    return {
        "id": str(item["id"]),
        "layer": f"{layers.REVIEW}-{item['id']}",
        "date": str(item["properties"].get("datetime", ""))[:10],
        "pixel_m": pixel_m,
        "readable": readable,
    }


def _own(place: Place, caller: Caller) -> list[reading_lines.Reading]:
    """Return the drawings of the caller that stand."""
    me = reading_lines.person(caller.person.person_id)
    said = reading_lines.heard(place.workspace.store.events(kinds=[EventKind.IMAGE_READ]))
    return [line.current for line in said.lines.values() if line.current is not None and line.current.person == me]


def ground(place: Place, caller: Caller, name: str) -> dict[str, Any]:
    """Return what is drawn on: ``layer``, ``bounds`` (west, south, east, north), ``taken_at`` and ``own`` (GeoJSON).

    Raises:
        UnusableInput: ``no_such_layer``.
        RefusedInput: ``too_coarse``.
    """
    _check(place, caller, name)
    on = read_layers.find(place.workspace, name)
    own = [one for one in _own(place, caller) if one.layer == name and one.outline is not None]
    features = [
        {"type": "Feature", "properties": {"id": one.id, "verdict": one.verdict.value}, "geometry": mapping(outline)}
        for one in own
        if (outline := one.outline) is not None
    ]
    return {
        "layer": f"{layers.REVIEW}-{name}",
        "bounds": [*on.outline.bounds],
        "taken_at": on.taken_at.isoformat(),
        "own": {"type": "FeatureCollection", "features": features},
        "simulated": projection.is_simulated(place.workspace),
    }


def square(place: Place, caller: Caller, name: str) -> dict[str, Any]:
    """Return where a second reader looks: ``layer``, ``bounds``, ``taken_at``.

    Raises:
        RefusedInput: ``not_waiting``: it had its second reading, or the caller drew it, or there is none.
        UnusableInput: ``no_such_layer``, ``too_coarse``.
    """
    told = reading.waiting(place.workspace, caller.person.person_id)["readings"]
    row = next((one for one in told if one["id"] == name), None)
    if row is None:
        hint = N_("The page of fine images lists the places that wait for you.")
        raise RefusedInput("not_waiting", N_("This place does not wait for your look."), where=name[:80], hint=hint)
    _check(place, caller, row["layer"])
    bounds = [*shape(row["window"]).bounds]
    shown = {"layer": f"{layers.REVIEW}-{row['layer']}", "bounds": bounds, "taken_at": row["taken_at"]}
    return shown | {"simulated": projection.is_simulated(place.workspace)}


def draw(place: Place, caller: Caller, name: str, drawn: Drawn, translate: Translate) -> dict[str, Any]:
    """Record what somebody drew as first readings; a bad outline is refused and the others go on.

    Raises:
        What :func:`eradication.pipeline.reading.propose` does, and ``no_unit``, ``nothing_drawn``.
    """
    _check(place, caller, name)
    reader = _reader(caller)
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        return reading.propose(place.workspace, name, _file(Path(folder), drawn), reader, translate)


def look_again(place: Place, caller: Caller, name: str, verdict: ReadVerdict, drawn: Drawn | None) -> dict[str, Any]:
    """Record a second reading, with an outline or without.

    Raises:
        What :func:`square` and :func:`eradication.pipeline.reading.confirm` do, and ``no_unit``.
    """
    square(place, caller, name)
    reader = _reader(caller)
    with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
        file = _file(Path(folder), drawn) if drawn else None
        return reading.confirm(place.workspace, name, reader, verdict, file)


def polygons(text: str) -> Drawn | None:
    """Return what a page drew as a file; ``None`` if that is nothing.

    Raises:
        UnusableInput: ``bad_drawing``.
    """
    if not text.strip():
        return None
    try:
        told = json.loads(text)
        features = told["features"]
        if not isinstance(features, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnusableInput("bad_drawing", N_("What was drawn cannot be read."), hint=N_("Draw it again.")) from None
    return ("drawn.geojson", json.dumps(told).encode()) if features else None


def _file(folder: Path, drawn: Drawn) -> Path:
    name, content = drawn
    path = folder / f"drawn{Path(name).suffix.lower()[:9]}"
    path.write_bytes(content)
    return path


def _reader(caller: Caller) -> Reader:
    """Return the caller as a reader: of a unit, or nobody could tell later who may verify what he saw.

    Raises:
        UnusableInput: ``no_unit``.
    """
    if not caller.person.unit:
        hint = N_("An administrator names it under People and rights.")
        raise UnusableInput("no_unit", N_("It is not known which unit you are of."), hint=hint)
    return Reader(caller.person.person_id, caller.person.unit)


def _check(place: Place, caller: Caller, name: str) -> None:
    """Make sure that somebody may see a layer.

    Raises:
        UnusableInput: ``no_such_layer``.
    """
    layers.named(place, caller, f"{layers.REVIEW}-{name}")

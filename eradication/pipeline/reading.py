"""Fine images read by two people: one outlines what he sees, another looks at the same ground without knowing what."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication import geo, history
from eradication.domain import EventKind, Json, Season
from eradication.domain.codes import ReadVerdict, parse_code
from eradication.domain.event import iso
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.history import payload, reading_lines, readings
from eradication.history.reading_lines import Reading, Said
from eradication.i18n import Translate, explain
from eradication.ingest import boundaries
from eradication.pipeline import projection, read_layers
from eradication.pipeline.read_layers import FineLayer
from eradication.pipeline.visiting import Desk
from eradication.pipeline.workspace import Workspace, disk_errors_explained


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads."""

    reviewer: str
    """Code of the person."""
    unit: str

    def __post_init__(self) -> None:
        """Refuse a nameless reader: nobody could then tell two of them apart.

        Raises:
            UnusableInput: ``reader_missing``.
        """
        if not (self.reviewer.strip() and self.unit.strip()):
            hint = N_("Give --reviewer with the person's code and --unit with that of the unit.")
            raise UnusableInput("reader_missing", N_("Who reads is not stated."), hint=hint)


def propose(workspace: Workspace, layer: str, file: Path, reader: Reader, translate: Translate) -> dict[str, Any]:
    """Take the polygons that a first reader drew on a layer; a bad one is refused and the others go on.

    Args:
        workspace: holds the layer.
        layer: its id, as ``imagery review`` told it.
        file: GeoJSON, GeoPackage or zipped Shapefile; a property ``verdict`` says ``opium_poppy`` (default) or
            ``not``.
        reader: who drew them.
        translate: for the reasons of refusals.

    Raises:
        UnusableInput: ``no_such_layer``, ``reader_missing``.
        RefusedInput: ``too_coarse``, and those of the file.
    """
    on = read_layers.find(workspace, layer)
    columns, shapes = boundaries.layer(file, workspace.settings, ["verdict"])
    verdicts = next(iter(columns.values()), [None] * len(shapes))
    rows: list[dict[str, Any]] = []
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        desk = Desk(workspace, transaction, transaction.put_original(file))
        said_before = reading_lines.heard(transaction.events(kinds=[EventKind.IMAGE_READ]))
        known = {one.id: one.plot_id for line in said_before.lines.values() for one in line.versions}
        for number, (shape, said) in enumerate(zip(shapes, verdicts, strict=True), start=1):
            try:
                row = _propose(desk, on, checked(on, shape), verdict_of(said), reader, known)
            except EradicationError as error:
                told = explain(error, translate)
                row = {"id": "", "status": "refused", "reason": error.kind}
                row |= {"message": told["message"], "hint": told["hint"], "plot": ""}
            rows.append({"feature": number} | row)
        projection.refresh(workspace, transaction)
    return {
        "layer": on.id,
        "taken_at": iso(on.taken_at),
        "pixel_m": round(on.pixel_m, 3),
        "readings": rows,
        "sha256": desk.sha256,
        "simulated": projection.is_simulated(workspace),
    }


def checked(on: FineLayer, shape: BaseGeometry | None) -> BaseGeometry:
    """Return an outline that can be read, rounded to a centimetre.

    Raises:
        RefusedInput: ``bad_outline``, ``off_layer``.
    """
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
        hint = N_("Draw one closed line round the plants that does not cross itself.")
        raise RefusedInput("bad_outline", N_("This shape is no sound polygon."), hint=hint)
    read_layers.check_on(on, shape)
    return geo.rounded(shape)


def verdict_of(said: Any) -> ReadVerdict:
    """Return the verdict that a drawn polygon bears.

    Raises:
        RefusedInput: ``no_verdict``; and for an unknown word.
    """
    verdict = parse_code(ReadVerdict, str(said), "verdict") if said else ReadVerdict.OPIUM_POPPY
    if verdict is ReadVerdict.CANNOT_TELL:
        hint = N_("Draw what you see as poppy, or as not; leave out what you cannot tell.")
        raise RefusedInput("no_verdict", N_("A first reading says poppy, or not."), hint=hint)
    return verdict


def _propose(
    desk: Desk,
    on: FineLayer,
    outline: BaseGeometry,
    verdict: ReadVerdict,
    reader: Reader,
    known: dict[str, str],
) -> dict[str, Any]:
    name = name_of(on, outline, verdict, reader)
    told = {"id": name, "verdict": verdict.value, "area_m2": round(geo.area_m2(outline), 1), "message": "", "hint": ""}
    if name in known:
        return told | {"status": "duplicate", "reason": "same_content", "plot": known[name]}
    body: dict[str, Json] = {
        "reading": name,
        "act": reading_lines.PROPOSED,
        **said_of(on, reader, verdict),
        "outline": payload.geojson(outline),
        "blind": False,
        "sha256": desk.sha256,
    }
    candidate = readings.candidate_of(draft_of(on, name, reader, verdict, outline), outline)
    (followed,) = history.follow(list(desk.plots.values()), [candidate], desk.workspace.settings)
    founding = followed.founding
    body |= {
        "plot_id": followed.plot_id,
        "founding": founding,
        "code": desk.code(candidate.lon, candidate.lat, candidate.season) if founding else "",
        "ambiguous_with": list(followed.ambiguous_with),
    }
    desk.append(EventKind.IMAGE_READ, on.taken_at, body)
    known[name] = followed.plot_id
    return told | {"status": "accepted", "reason": "", "plot": followed.plot_id}


def said_of(on: FineLayer, reader: Reader, verdict: ReadVerdict) -> dict[str, Json]:
    """Return what every event of a reading says of layer, reader and verdict."""
    return {
        "layer": on.id,
        # No original of the store: mosaics of gigabytes are carried apart.
        "layer_hash": on.hash,
        "taken_at": iso(on.taken_at),
        "pixel_m": round(on.pixel_m, 4),
        "verdict": verdict.value,
        "reviewer": reader.reviewer.strip(),
        "unit": reader.unit.strip(),
    }


def draft_of(on: FineLayer, name: str, reader: Reader, verdict: ReadVerdict, outline: BaseGeometry) -> Reading:
    """Return a first reading that is not recorded yet."""
    return Reading(("", 0), on.taken_at, name, reading_lines.PROPOSED, on.taken_at, on.id, on.hash, reader.reviewer,
                   reader.unit, verdict, outline)  # fmt: skip


def name_of(
    on: FineLayer, outline: BaseGeometry, verdict: ReadVerdict, reader: Reader, instead_of: tuple[str, ...] = ()
) -> str:
    """Return the id of a first reading: the same drawing, instead of the same one, has the same on every laptop."""
    said = (on.hash, outline.wkb_hex, verdict.value, reading_lines.person(reader.reviewer), *instead_of)
    return "R-" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:12]


def waiting(workspace: Workspace, reviewer: str) -> dict[str, Any]:
    """Return the places that wait for a second reading by this person: where to look, and nothing of the first one."""
    me = reading_lines.person(reviewer)
    said, rows = reading_lines.heard(workspace.store.events(kinds=[EventKind.IMAGE_READ])), []
    for _, line in sorted(said.lines.items()):
        first = line.current
        if first is not None and reading_lines.second_of(first, line.seconds) is None and not line.has_read(me, first):
            here = read_layers.is_here(workspace, first.layer, first.layer_hash)
            shown = _shown(first)
            rows.append({"id": first.id, "taken_at": iso(first.taken_at), **shown, "layer_here": here})
    rows.sort(key=lambda row: str(row["id"]))
    return {"reviewer": reviewer, "readings": rows, "simulated": projection.is_simulated(workspace)}


def _shown(first: Reading) -> dict[str, Json]:
    assert first.outline is not None
    return {"layer": first.layer, "window": payload.geojson(read_layers.window(first.outline))}


def confirm(
    workspace: Workspace, name: str, reader: Reader, verdict: ReadVerdict, file: Path | None = None
) -> dict[str, Any]:
    """Take the second reading of a place.

    Args:
        workspace: holds the layer and the first reading.
        name: id of the reading, from :func:`waiting`.
        reader: another person than the first.
        verdict: what is seen in the square.
        file: with one polygon, drawn round the plants.

    Raises:
        UnusableInput: ``no_such_reading``, ``no_such_layer``.
        RefusedInput: ``same_reviewer``, ``already_read``, ``reading_corrected``, ``layer_differs``, ``bad_outline``,
            ``off_layer``.
    """
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        first = _open(reading_lines.heard(transaction.events(kinds=[EventKind.IMAGE_READ])), name, reader)
        on = layer_of(workspace, first)
        body: dict[str, Json] = {
            "reading": name,
            "act": reading_lines.CONFIRMED,
            **said_of(on, reader, verdict),
            "plot_id": first.plot_id,
            "blind": True,
            "shown": _shown(first),
        }
        if file is not None:
            shapes = boundaries.outlines(file, workspace.settings)
            outline = checked(on, shapes[0] if len(shapes) == 1 else None)
            body |= {"outline": payload.geojson(outline), "sha256": transaction.put_original(file)}
        transaction.append(EventKind.IMAGE_READ, first.taken_at, body)
        told = projection.refresh(workspace, transaction)
    return _outcome(told, first, verdict) | {"simulated": projection.is_simulated(workspace)}


def layer_of(workspace: Workspace, first: Reading) -> FineLayer:
    """Return the layer that a first reader read.

    Raises:
        UnusableInput: ``no_such_layer``.
        RefusedInput: ``layer_differs``.
    """
    on = read_layers.find(workspace, first.layer)
    if on.hash != first.layer_hash:
        hint = N_("Copy the layer from the computer of the first reader, or register the same file again.")
        raise RefusedInput("layer_differs", N_("The layer here is not the one that was read."), hint=hint)
    return on


def no_such_reading(name: str) -> UnusableInput:
    """Return the error for an id under which nothing was drawn, or all was withdrawn."""
    hint = N_("`eradication readings list --reviewer CODE` shows what waits for you.")
    return UnusableInput("no_such_reading", N_("There is no reading '{id}'."), hint=hint, values={"id": name})


def _open(said: Said, name: str, reader: Reader) -> Reading:
    """Return the first reading of a place that this person may read now."""
    line = said.line(name)
    first = line.current if line else None
    if line is None or first is None:
        raise no_such_reading(name)
    me = reading_lines.person(reader.reviewer)
    if me == first.person:
        hint = N_("Let another person read it, who has not seen this reading.")
        raise RefusedInput("same_reviewer", N_("You made the first reading yourself."), where=name, hint=hint)
    if first.id != name:
        hint = N_("Ask again with `eradication readings list --reviewer CODE`, and look into the square it shows now.")
        raise RefusedInput(
            "reading_corrected", N_("The first reader has drawn this place anew."), where=name, hint=hint
        )
    if line.has_read(me, first) or reading_lines.second_of(first, line.seconds) is not None:
        hint = N_("It counts as it was read; places that readers disagree on are checked on site.")
        raise RefusedInput("already_read", N_("This place has had its second reading."), where=name, hint=hint)
    return first


def _outcome(told: history.History, first: Reading, verdict: ReadVerdict) -> dict[str, Any]:
    plot = told.plot(first.plot_id)
    episode = told.episode(first.plot_id, Season.of(first.taken_at))
    disagree = any(f.kind == "readers_disagree" and f.what == first.id for f in told.findings)
    agreed = verdict is not ReadVerdict.CANNOT_TELL and not disagree
    return {
        "id": first.id,
        "status": "accepted",
        "result": "readers_disagree" if disagree else "agreed" if agreed else "cannot_tell",
        "verdict": verdict.value,
        "plot": plot.id if plot else "",
        "code": plot.code if plot else "",
        "state": str(episode.state) if episode else "",
        "area_m2": round(episode.area_m2, 1) if episode else None,
        "area_se_m2": round(episode.area_se_m2, 1) if episode else None,
        "area_method": str(episode.area_method) if episode else "",
        "recorded_at": iso(datetime.now(UTC)),
    }

"""Readers of fine images who saw that they read wrongly: a new drawing instead of the old one, or none."""

from pathlib import Path
from typing import Any

from eradication import geo, history
from eradication.domain import EventKind, Json, Season
from eradication.domain.event import iso
from eradication.errors import N_, RefusedInput
from eradication.history import payload, reading_lines, readings
from eradication.history.reading_lines import Line, Reading, Said
from eradication.ingest import boundaries
from eradication.pipeline import projection
from eradication.pipeline.read_layers import FineLayer
from eradication.pipeline.reading import (
    Reader,
    checked,
    draft_of,
    layer_of,
    name_of,
    no_such_reading,
    said_of,
    verdict_of,
)
from eradication.pipeline.visiting import Desk
from eradication.pipeline.workspace import Workspace, disk_errors_explained


def correct(workspace: Workspace, name: str, file: Path, reader: Reader, reason: str) -> dict[str, Any]:
    """Take a first reader's new drawing of a place instead of his former one, on the same image.

    The plot stays the same. What a second person read of the former drawing confirms the new one no more.

    Args:
        workspace: holds the layer and the reading.
        name: id of the reading, any version.
        file: with one polygon, and perhaps a ``verdict``.
        reader: who drew the former one.
        reason: why.

    Raises:
        UnusableInput: ``no_such_reading``, ``no_such_layer``.
        RefusedInput: ``not_your_reading``, ``another_place``, ``same_content``, ``no_reason``, ``layer_differs``,
            ``bad_outline``, ``off_layer``, ``no_verdict``.
    """
    _demand_reason(reason)
    columns, shapes = boundaries.layer(file, workspace.settings, ["verdict"])
    verdicts = next(iter(columns.values()), [None] * len(shapes))
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        desk = Desk(workspace, transaction, transaction.put_original(file))
        said = reading_lines.heard(transaction.events(kinds=[EventKind.IMAGE_READ]))
        line, former = _own(said, name, reader)
        on = layer_of(workspace, former)
        outline = checked(on, shapes[0] if len(shapes) == 1 else None)
        verdict = verdict_of(verdicts[0])
        if former.outline == outline and former.verdict == verdict:
            hint = N_("Nothing was changed. `readings withdraw` takes the reading back without a new one.")
            raise RefusedInput("same_content", N_("This is what was drawn before."), where=name, hint=hint)
        fresh = draft_of(on, name_of(on, outline, verdict, reader, (former.id,)), reader, verdict, outline)
        _demand_same_place(desk, fresh, former)
        body: dict[str, Json] = _body(on, fresh, reader) | {
            "corrects": line.name,
            "reason": reason.strip(),
            "sha256": desk.sha256,
            # It takes the place of the former one, which may have founded the plot.
            **_placed(former),
        }
        desk.append(EventKind.IMAGE_READ, on.taken_at, body)
        told = projection.refresh(workspace, transaction)
    area = {"verdict": verdict.value, "area_m2": round(geo.area_m2(outline), 1)}
    return {"id": fresh.id, "instead_of": former.id, **area, **_after(workspace, told, former)}


def _body(on: FineLayer, fresh: Reading, reader: Reader) -> dict[str, Json]:
    assert fresh.outline is not None
    return {
        "reading": fresh.id,
        "act": reading_lines.PROPOSED,
        **said_of(on, reader, fresh.verdict),
        "outline": payload.geojson(fresh.outline),
        "blind": False,
    }


def _placed(former: Reading) -> dict[str, Json]:
    return {
        "plot_id": former.plot_id,
        "founding": former.founding,
        "code": former.code,
        "ambiguous_with": list(former.ambiguous_with),
    }


def withdraw(workspace: Workspace, name: str, reviewer: str, reason: str) -> dict[str, Any]:
    """Take back what a person said of a place: his drawing and all readings of it, or his second reading alone.

    Args:
        workspace: holds the reading.
        name: id of the reading, or of a clearance.
        reviewer: code of the person who read.
        reason: why.

    Raises:
        UnusableInput: ``no_such_reading``.
        RefusedInput: ``not_your_reading``, ``no_reason``.
    """
    _demand_reason(reason)
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        said = reading_lines.heard(transaction.events(kinds=[EventKind.IMAGE_READ]))
        mine = _mine(said, name, reviewer)
        body: dict[str, Json] = {
            "reading": name,
            "act": reading_lines.WITHDRAWN,
            "taken_at": iso(mine.taken_at),
            "reviewer": reviewer.strip(),
            "plot_id": mine.plot_id,
            "reason": reason.strip(),
        }
        transaction.append(EventKind.IMAGE_READ, mine.taken_at, body)
        told = projection.refresh(workspace, transaction)
    return {"id": name, "withdrawn": mine.act, **_after(workspace, told, mine)}


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        hint = N_("Say with --reason what was wrong; it stays on record.")
        raise RefusedInput("no_reason", N_("A reading is not taken back without a reason."), hint=hint)


def _own(said: Said, name: str, reader: Reader) -> tuple[Line, Reading]:
    """Return the line that a person drew, and its version that counts."""
    line = said.line(name)
    former = line.current if line else None
    if line is None or former is None:
        raise no_such_reading(name)
    if former.person != reading_lines.person(reader.reviewer):
        raise _not_yours(name)
    return line, former


def _mine(said: Said, name: str, reviewer: str) -> Reading:
    """Return what a withdrawal by this person takes back."""
    me, line = reading_lines.person(reviewer), said.line(name)
    drawn = [line.current] if line and line.current else []
    seconds = [r for r in line.seconds if r.id == name] if line else []
    known = [*drawn, *seconds, *(r for r in said.cleared if r.id == name)]
    if not known:
        raise no_such_reading(name)
    mine = next((reading for reading in known if reading.person == me), None)
    if mine is None:
        raise _not_yours(name)
    return mine


def _not_yours(name: str) -> RefusedInput:
    hint = N_("Only who read may say that it was wrong. Places that readers disagree on are checked on site.")
    return RefusedInput("not_your_reading", N_("Another person made this reading."), where=name, hint=hint)


def _demand_same_place(desk: Desk, fresh: Reading, former: Reading) -> None:
    assert fresh.outline is not None
    assert former.outline is not None
    if fresh.outline.intersects(former.outline):
        return
    candidate = readings.candidate_of(fresh, fresh.outline)
    (followed,) = history.follow(list(desk.plots.values()), [candidate], desk.workspace.settings)
    plot = desk.plots.get(former.plot_id)
    if followed.plot_id not in ((former.plot_id, plot.id) if plot else (former.plot_id,)):
        hint = N_("Take the wrong one back with `readings withdraw`, and draw the other with `readings propose`.")
        message = N_("The new outline lies at another place than the one it should correct.")
        raise RefusedInput("another_place", message, where=former.id, hint=hint)


def _after(workspace: Workspace, told: history.History, former: Reading) -> dict[str, Any]:
    plot = told.plot(former.plot_id)
    episode = told.episode(former.plot_id, Season.of(former.taken_at))
    return {
        "plot": plot.id if plot else "",
        "code": plot.code if plot else "",
        "state": str(episode.state) if episode else "",
        "simulated": projection.is_simulated(workspace),
    }

"""Filled-in forms → the rows of visits and tips that tables bring too, with the form each was filled in on.

Everything is read in the sandbox. Instances (one XML file for each filling-in) come in hundreds, so they are read in
packs by one worker; should a pack be refused as a whole, its instances are read one by one, and only the bad one is.
"""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path
from typing import Any

from eradication.domain import Json
from eradication.domain.visit import Submission
from eradication.errors import N_, EradicationError, RefusedInput, UnusableInput
from eradication.ingest import sandbox, tips, visits
from eradication.ingest.formats import photo_kind
from eradication.ingest.formats.headers import TIP_COLUMNS
from eradication.ingest.tips import Context, TipRow
from eradication.ingest.unpacking import Handed
from eradication.ingest.visits import VisitRow

SUBMISSIONS = frozenset({".xml", ".csv", ".tsv", ".xlsx", ".json", ".geojson"})
"""Endings of files that may hold submissions."""
ATTACHMENTS = frozenset({*photo_kind.SUFFIXES} | {".m4a", ".amr", ".mp3", ".wav", ".ogg", ".mp4", ".3gp", ".pdf"})
"""Endings of files that lie beside submissions."""
COLUMNS: tuple[str, ...] = tuple(sorted({*visits.COLUMNS, *TIP_COLUMNS}))

_PACKED = 200
_PACKED_BYTES = 2_000_000
"""Larger instances are read alone."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """What a file of submissions holds, or why it is refused."""

    handed: Handed
    sha256: str
    form: str = ""
    version: str = ""
    format: str = "unknown"
    visits: tuple[VisitRow, ...] = ()
    tips: tuple[TipRow, ...] = ()
    left_out: tuple[str, ...] = ()
    """Columns that are not understood."""
    definition: bool = False
    """It is a form that is not filled in."""
    error: EradicationError | None = None


def read(files: Sequence[Handed], context: Context, labels: Mapping[str, str]) -> Iterator[FormFile]:
    """Read files of submissions, each answered by itself, in their order.

    Args:
        files: whose endings are in :data:`SUBMISSIONS`.
        context: settings, clock, time zone, communes.
        labels: question in words → its name, for servers that head columns with the questions.
    """
    packs = _packed([f for f in files if f.path.suffix.lower() == ".xml" and f.refusal is None], context)
    for file in files:
        answer = packs.get(file.name)
        try:
            sha256 = sandbox.digest(file.path)
            if file.refusal is not None:
                raise file.refusal
            table = _told(answer, file) if answer else _alone(file, context, labels)
            yield understood(file, sha256, table, context)
        except UnusableInput as problem:
            yield FormFile(file, "", error=problem)
        except RefusedInput as refusal:
            yield FormFile(file, sandbox.digest(file.path), error=tips.silenced(refusal, file.name))


def _packed(files: Iterable[Handed], context: Context) -> dict[str, Mapping[str, Any]]:
    """Return name → what a worker said of the instance; none of a pack that was refused as a whole."""
    told: dict[str, Mapping[str, Any]] = {}
    small = [file for file in files if file.path.is_file() and 0 < file.path.stat().st_size <= _PACKED_BYTES]
    for some in batched(small, _PACKED):
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            pack = Path(folder) / "pack.zip"
            with zipfile.ZipFile(pack, "w", zipfile.ZIP_STORED) as archive:
                for number, file in enumerate(some):
                    archive.writestr(f"{number}.xml", file.path.read_bytes())
            try:
                found = sandbox.read(
                    pack, "form_submissions", context.settings.limits, options=_options({}, packed=True)
                )
            except RefusedInput:
                continue  # each is read alone, and the bad one says why
        told |= {file.name: answer for file, answer in zip(some, found["files"], strict=True)}
    return told


def _options(labels: Mapping[str, str], *, packed: bool) -> dict[str, Json]:
    return {"columns": list(COLUMNS), "labels": dict(labels), "packed": packed}


def _told(answer: Mapping[str, Any], file: Handed) -> Mapping[str, Any]:
    said = answer.get("error")
    if said is not None:
        where = f"{file.name}: {said['where']}" if said["where"] else file.name
        raise RefusedInput(said["kind"], said["message"], where=where, hint=said["hint"], values=said["values"])
    table: Mapping[str, Any] = answer["value"]
    return table


def _alone(file: Handed, context: Context, labels: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        found = sandbox.read(
            file.path, "form_submissions", context.settings.limits, options=_options(labels, packed=False)
        )
    except EradicationError as error:
        error.where = error.where.replace(str(file.path), file.name)
        raise
    table: Mapping[str, Any] = found["files"][0]["value"]
    return table


def understood(file: Handed, sha256: str, table: Mapping[str, Any], context: Context) -> FormFile:
    """Turn a named table into rows of visits or of tips.

    Raises:
        RefusedInput: ``unknown_form``, ``no_content``, and what :func:`visits.interpret` raises.
    """
    known = FormFile(file, sha256, table["form"], table["version"], table["format"], left_out=tuple(table["left_out"]))
    if table["definition"]:
        return replace(known, definition=True)
    columns = set(table["columns"])
    forms = [
        Submission(
            known.form, known.version, row["instance_id"], sha256, tuple((name, "") for name in row["attachments"])
        )
        for row in table["rows"]
    ]
    if "outcome" in columns:
        read = visits.interpret(
            {**table, "columns": sorted(columns | {"visit_id"})},
            settings=context.settings,
            now=context.now,
            zone=context.zone,
            file=file.name,
        )
        rows = tuple(replace(row, submission=form) for row, form in zip(read, forms, strict=True))
        return replace(known, visits=rows)
    if columns & {"tip_id", "received_at"}:
        found = tips.interpret({**table, "columns": sorted(columns | set(tips.REQUIRED))}, context, file=file.name)
        told = (replace(row, submission=replace(form, sha256="")) for row, form in zip(found, forms, strict=True))
        return replace(known, tips=tuple(told))
    raise RefusedInput(
        "unknown_form",
        N_("Form '{form}' is not known, and it asks neither for the outcome of a visit nor for a tip."),
        where=file.name,
        hint=N_("Use the forms that `eradication forms write DIR` gives, or name the questions as the columns there."),
        values={"form": known.form or "?"},
    )

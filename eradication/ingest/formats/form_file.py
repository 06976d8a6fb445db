"""Reader of filled-in forms: ODK instances (XML), tables and JSON of ODK Central and KoboToolbox. Used in the worker.

Whatever the file, what comes back is a table as :mod:`.visit_table` returns it, its columns named as in the tables of
visits and tips, with the id of each filling-in and the names of the files that belong to it.
"""

import importlib
from pathlib import Path
from typing import Any

from eradication.domain import Json
from eradication.domain.codes import fold
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest.formats import form_columns, form_instance, visit_table, zipped

_MOST_PACKED = 1000
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(path: Path, options: dict[str, Json]) -> dict[str, Any]:
    """Return ``files``: one for a file, one for each instance of a pack; each with ``value`` or ``error``.

    Args:
        path: the file; a pack is a ZIP of instances that this program made itself.
        options: ``columns``, the names that are understood; ``labels``, questions in words by name; ``packed``.

    Returns:
        A value has ``form, version, format, delimiter, encoding, columns, rows, left_out``; see
        :func:`form_columns.named`. An error has ``kind, message, where, hint, values``.

    Raises:
        RefusedInput: of a single file, whatever makes it unreadable.
    """
    known = _names(options)
    if not options.get("packed"):
        return {"files": [{"value": _one(path, known)}]}
    bounds = zipped.Bounds(entries=_MOST_PACKED, total_bytes=1 << 30, ratio=10)
    answers = []
    with zipped.opened(path, bounds) as archive:
        for name in archive.names:
            single = path.with_name("instance.xml")
            archive.extract(name, single)
            try:
                answers.append({"value": _one(single, known)})
            except EradicationError as error:
                answers.append({"error": _told(error)})
    return {"files": answers}


def _names(options: dict[str, Json]) -> form_columns.Names:
    columns, labels = options["columns"], options.get("labels")
    return form_columns.Names(
        frozenset(map(str, columns)) if isinstance(columns, list) else frozenset(),
        {fold(label): str(name) for label, name in labels.items()} if isinstance(labels, dict) else {},
    )


def _told(error: EradicationError) -> dict[str, Any]:
    values = {name: str(value) for name, value in error.values.items()}
    return {"kind": error.kind, "message": error.message, "where": error.where, "hint": error.hint, "values": values}


def _one(path: Path, known: form_columns.Names) -> dict[str, Any]:
    with path.open("rb") as file:
        head = file.read(64)
    for mark in _BOMS:
        head = head.removeprefix(mark)
    opening = head.replace(b"\x00", b"").lstrip()[:1]
    if opening == b"<":
        return form_columns.named(form_instance.read(path), known)
    if opening in (b"{", b"["):
        reader = importlib.import_module("eradication.ingest.formats.form_json")
        return form_columns.named(reader.read(path), known)
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        hint = N_("Hand the photos in together with the folder or ZIP file of the submissions.")
        raise RefusedInput("unknown_format", N_("This is a photo, not a submission."), hint=hint)
    return form_columns.named(visit_table.read(path, {}), known)

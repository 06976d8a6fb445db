"""Reader of ZIP files that hold other files of patrols. Runs only in the worker of the sandbox."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.ingest.formats import sniff, zipped
from eradication.ingest.formats.columns import clean_text

if TYPE_CHECKING:
    from eradication.domain import Json


def read(path: Path, options: "dict[str, Json]") -> dict[str, Any]:
    """Return ``files``, each with ``name`` and ``content``; none if the ZIP is one file of a kind of its own.

    Raises:
        RefusedInput: ``bad_archive``.
    """
    with zipped.opened(path) as archive:
        if sniff.content(path) != "ZIP":
            return {"files": []}
        return {"files": [{"name": clean_text(name), "content": archive.read(name)} for name in archive.names]}

"""One filled-in form as ODK Collect, Briefcase and Central keep it: an XML instance. Used only in the worker."""

from pathlib import Path
from typing import Any

from eradication.errors import N_, RefusedInput
from eradication.ingest.formats import hardened_xml

_MOST_FIELDS = 2000
DEFINITION = "html"
"""Root of a form that is not filled in."""


def read(path: Path) -> dict[str, Any]:
    """Return a table of one row; columns are the paths of the fields.

    Raises:
        RefusedInput: ``doctype_not_allowed``, ``malformed_xml``, ``encrypted_submission``, ``too_costly``.
    """
    found = _Instance()
    hardened_xml.parse(path, found)
    if found.encrypted:
        raise RefusedInput(
            "encrypted_submission",
            N_("The submission is encrypted."),
            hint=N_("Decrypt it with ODK Central or ODK Briefcase, which have the key, and hand in what they export."),
        )
    row = {"line": 1, "cells": found.cells, "extra": False, "geometry": None}
    return {
        "form": found.attributes.get("id", found.root),
        "version": found.attributes.get("version", found.attributes.get("orx:version", "")),
        "definition": found.root == DEFINITION,
        "format": "xml",
        "delimiter": "",
        "encoding": "utf-8",
        "columns": list(found.cells),
        "rows": [row],
    }


class _Instance:
    """Gathers the fields of an instance; of a repeated one the first that is filled in."""

    def __init__(self) -> None:
        self.root = ""
        self.attributes: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        self.encrypted = False

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        if not path:
            self.root, self.attributes = name, attributes
            self.encrypted = attributes.get("encrypted") == "yes"
        self.encrypted = self.encrypted or name == "base64EncryptedKey"
        return self.root != DEFINITION

    def end(self, name: str, path: list[str], text: str) -> None:
        if not text.strip():
            return
        if len(self.cells) >= _MOST_FIELDS:
            message = N_("The submission has more than {most} fields.")
            hint = N_("Hand in a table or JSON file that the form server exports.")
            raise RefusedInput("too_costly", message, hint=hint, values={"most": _MOST_FIELDS})
        self.cells.setdefault("/".join([*path[1:], name]), text.strip())

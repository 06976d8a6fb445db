"""Hardened, streaming XML: expat, no DOCTYPE, no entities of its own, bounded depth and text.

A DOCTYPE is what entity bombs and references to other files need, and no GPX or KML needs one.
"""

from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from eradication.errors import N_, RefusedInput

DEEPEST = 100
LONGEST_TEXT = 10_000_000


class Handler(Protocol):
    """Takes the elements of a file in order; names come without prefix."""

    def start(self, name: str, path: list[str], attributes: dict[str, str]) -> bool:
        """Element begins; ``path`` holds the names of its ancestors. Return whether its text is wanted."""

    def end(self, name: str, path: list[str], text: str) -> None:
        """Element ends; ``text`` is its own text if it was wanted."""


def parse(path: Path, handler: Handler) -> None:
    """Stream ``path`` through ``handler``.

    Raises:
        RefusedInput: ``doctype_not_allowed``, ``malformed_xml`` with line and column, ``too_costly``.
    """
    stream = _Stream(handler)
    try:
        with path.open("rb") as file:
            stream.parser.ParseFile(file)
    except expat.ExpatError as error:
        raise RefusedInput(
            "malformed_xml",
            N_("The file is not well-formed XML ({reason}) at line {line}, column {column}."),
            where=f"line {error.lineno}, column {error.offset + 1}",
            hint=N_("It may have been cut off while copying: copy it from the device again."),
            values={"reason": expat.ErrorString(error.code), "line": error.lineno, "column": error.offset + 1},
        ) from None


def root_name(path: Path) -> str:
    """Return the name of the first element, empty if there is none before the XML breaks.

    Raises:
        RefusedInput: ``doctype_not_allowed``.
    """

    class _Found(Exception):
        pass

    names: list[str] = []

    def first(name: str, attributes: dict[str, str]) -> None:
        names.append(local(name))
        raise _Found

    parser = _hardened()
    parser.StartElementHandler = first
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (_Found, expat.ExpatError):
        pass
    return names[0] if names else ""


def local(name: str) -> str:
    """Return a name without its prefix: devices write right and wrong namespaces, or none."""
    return name.rpartition(":")[2] if ":" in name else name


def _hardened() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*declaration: object) -> None:
        raise RefusedInput(
            "doctype_not_allowed",
            N_("The file begins with a DOCTYPE; files that carry one are not read."),
            where=f"line {parser.CurrentLineNumber}",
            hint=N_("Export it again from the device or program; GPX and KML need no DOCTYPE."),
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


class _Stream:
    def __init__(self, handler: Handler) -> None:
        self.wants, self.ended = handler.start, handler.end
        self.path: list[str] = []
        self.text: list[str] | None = None
        self.size = 0
        self.parser = _hardened()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self.path
        if len(path) >= DEEPEST:
            raise self._too_costly(N_("Its elements are nested too deeply."))
        if ":" in name:
            name = local(name)
        self.text = [] if self.wants(name, path, attributes) else None
        self.size = 0
        path.append(name)

    def _end(self, name: str) -> None:
        text, self.text = self.text, None
        self.ended(self.path.pop(), self.path, "".join(text) if text else "")

    def _data(self, text: str) -> None:
        if self.text is None:
            return
        self.size += len(text)
        if self.size > LONGEST_TEXT:
            raise self._too_costly(N_("One of its elements is too long."))
        self.text.append(text)

    def _too_costly(self, message: str) -> RefusedInput:
        where = f"line {self.parser.CurrentLineNumber}"
        return RefusedInput("too_costly", message, where=where, hint=N_("Export it again from the device or program."))

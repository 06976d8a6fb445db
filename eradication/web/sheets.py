"""Pages made of sentences, tables and small forms: most of what officers, analysts and administrators look at is that.

A page is a value; one template shows any of them, on a telephone each row as a card, and on paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eradication.i18n import Translate


def heads(translate: Translate, *texts: str) -> list[str]:
    """Return the heads of columns in the language of a page."""
    return [*map(translate, texts)]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Act:
    """A button that does something, with what is sent along."""

    text: str
    action: str
    values: Mapping[str, str] = field(default_factory=dict)
    confirm: str = ""
    """What has to be ticked before, where it cannot be undone; empty = nothing."""


type Cell = str | Link | Act
"""What stands in a table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    """What is said where there is no row; empty = the table is left out."""
    numeric: frozenset[int] = frozenset()
    """Columns of numbers, which stand to the right."""


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a form."""

    name: str
    label: str
    kind: str = "text"
    """Type of the input, or ``select``."""
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    required: bool = False
    most: int = 300


@dataclass(frozen=True, slots=True)
class Form:
    """Something that may be asked for or entered."""

    heading: str
    action: str
    fields: Sequence[Field]
    button: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Sent along unseen."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that the server makes."""

    src: str
    alt: str
    caption: str = ""


type Part = str | Table | Form | Act | Picture | Link


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page."""

    title: str
    parts: Sequence[Part]
    simulated: bool = False
    said: str = ""
    """What was done a moment ago."""
    busy: bool = False
    """Whether it is shown anew by itself until work is done."""

    def filled(self) -> dict[str, Any]:
        """Return what the template is filled with."""
        kinds = [(type(part).__name__ if not isinstance(part, str) else "Text", part) for part in self.parts]
        return {"sheet": self, "parts": kinds, "kind_of": lambda cell: type(cell).__name__}

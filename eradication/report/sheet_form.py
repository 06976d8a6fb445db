"""The lower half of a sheet: what the patrol ticks and writes, in the order in which a typist enters it."""

from collections.abc import Callable
from dataclasses import dataclass

from eradication.domain.codes import (
    AreaMethod,
    Code,
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    LookAlike,
    MinutesType,
    NotReachedReason,
    Outcome,
    Stage,
)
from eradication.errors import N_
from eradication.report import words
from eradication.report.paper import Paper, width_mm

LEFT, RIGHT = 15.0, 200.0
_COLUMN, _ROW = 46.4, 4.35

type Group = tuple[str, str, type[Code]]
COLUMNS: tuple[tuple[Group, ...], ...] = (
    (("1", N_("Outcome"), Outcome), ("2", N_("Why not reached"), NotReachedReason)),
    (("3", N_("What it is instead"), LookAlike), ("4", N_("Growth stage"), Stage)),
    (
        ("5", N_("Crop"), Crop),
        ("6", N_("How the area was measured"), AreaMethod),
        ("7", N_("How plants were counted"), CountMethod),
    ),
    (
        ("8", N_("Destroyed by"), DestroyedBy),
        ("9", N_("How it was destroyed"), DestructionMethod),
        ("10", N_("Kind of minutes"), MinutesType),
    ),
)
"""Groups of boxes: number, title, codes. A box is called by the number of its group and its letter, such as 3B."""

type Blank = tuple[str, float]
LINES: tuple[tuple[Blank, ...], ...] = (
    ((N_("Day, month, year"), 62.0), (N_("Time of day"), 42.0), (N_("Codes of the officers"), 81.0)),
    ((N_("Area (m²)"), 44.0), (N_("Number of plants"), 50.0), (N_("Share destroyed by now (%)"), 91.0)),
    ((N_("Minutes no."), 62.0), (N_("Photos before, nos."), 60.0), (N_("Photos after, nos."), 63.0)),
    ((N_("Position measured there, if another: east (Y)"), 104.0), (N_("north (X)"), 48.0), (N_("± m"), 33.0)),
)
"""Lines of blanks: what is to be written, and how much of the line it gets in millimetres."""

NOTE = N_("Note (no names, no identity or telephone numbers)")


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """Draws the form."""

    number: str
    language: str
    translate: Callable[[str], str]

    def draw(self, page: Paper, top: float) -> None:
        """Draw it from ``top`` (mm) on; it is 131 mm high."""
        _ = self.translate
        page.rule(LEFT, top, RIGHT, 1.2)
        page.text(LEFT, top + 5, _("Return form"), 10, bold=True)
        page.text(RIGHT, top + 5, self.number, 10, bold=True, align="right")
        said = _("Tick one box in each group that applies; one form for each visit.")
        page.text(LEFT + 50, top + 5, said, 7, grey=True, width=80)
        lowest = max(self._column(page, i, top + 10.5) for i in range(len(COLUMNS)))
        self._blanks(page, lowest + 3.5)

    def _column(self, page: Paper, index: int, y: float) -> float:
        left = LEFT + index * _COLUMN
        for number, title, codes in COLUMNS[index]:
            page.text(left, y, f"{number}. {self.translate(title)}", 7.2, bold=True, width=_COLUMN - 2)
            y += _ROW
            for letter, code in zip("ABCDEFGH", codes, strict=False):
                page.box(left + 0.3, y - 2.7, 3.0, 3.0)
                page.text(left + 4.4, y, letter, 7, bold=True)
                page.text(left + 7.4, y, words.word(code, self.language), 7, width=_COLUMN - 8.4)
                y += _ROW
            y += 1.3
        return y

    def _blanks(self, page: Paper, y: float) -> None:
        for line in LINES:
            x = LEFT
            for title, room in line:
                label = f"{self.translate(title)}:"
                page.text(x, y, label, 7.2)
                page.rule(x + _after(label), y + 0.6, x + room - 2, 0.5, dotted=True)
                x += room
            y += 7.4
        label = f"{self.translate(NOTE)}:"
        page.text(LEFT, y, label, 7.2)
        page.rule(LEFT + _after(label), y + 0.6, RIGHT - 2, 0.5, dotted=True)
        page.rule(LEFT, y + 8, RIGHT - 2, 0.5, dotted=True)


def _after(label: str) -> float:
    return width_mm(label, 7.2) + 1.5

"""The letters that documents are set in, and how wide words are in them.

Tinos is as wide as Times New Roman, letter for letter. A DOCX names Times New Roman, which offices have; a PDF carries
Tinos, which may be passed on. It has no signs such as ✓ and no Lao: those are set in DejaVu Sans, and what neither has
is set as a box, for a blank would hide that something stood there.
"""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import matplotlib
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from eradication.errors import N_, StorageFailed
from eradication.report.assets import VENDOR

FAMILY = "Tinos"
_FOLDER = VENDOR / "@expo-google-fonts" / "tinos"
_FACES = {
    FAMILY: "400Regular/Tinos_400Regular.ttf",
    f"{FAMILY}-Bold": "700Bold/Tinos_700Bold.ttf",
    f"{FAMILY}-Italic": "400Regular_Italic/Tinos_400Regular_Italic.ttf",
    f"{FAMILY}-BoldItalic": "700Bold_Italic/Tinos_700Bold_Italic.ttf",
}
FALLBACK = "DejaVuSans"
_FALLBACK_FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique")
_FALLBACK_OF = dict(zip(_FACES, _FALLBACK_FACES, strict=True))
BOX = "□"
"""What stands for a letter that is in no face."""
_UNSEEN = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x200B, 0x200C, 0x200D, 0x2060)))
"""Variation selectors and joiners: they have no shape of their own."""


@cache
def ready(folder: Path = _FOLDER) -> None:
    """Make the letters known to the writer of PDF.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    spare = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = {name: folder / file for name, file in _FACES.items()}
    files |= {name: spare / f"{name}.ttf" for name in _FALLBACK_FACES}
    for name, file in files.items():
        try:
            pdfmetrics.registerFont(TTFont(name, file))
        except (TTFError, OSError) as error:
            raise StorageFailed(
                "assets_missing",
                N_("The letters of documents are not installed: {name} is missing."),
                where=str(file),
                hint=N_("Run `make setup` once while the network can be reached."),
                values={"name": file.name},
            ) from error
    pdfmetrics.registerFontFamily(FAMILY, *_FACES)


def face(*, bold: bool = False, italic: bool = False) -> str:
    """Return the name of a face."""
    kind = ("Bold" if bold else "") + ("Italic" if italic else "")
    return f"{FAMILY}-{kind}" if kind else FAMILY


def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in mm."""
    ready()
    return line_pt(text, size_pt, face(bold=bold)) * 25.4 / 72


def line_pt(text: str, size_pt: float, name: str) -> float:
    """Return how wide a line of text is in the face ``name``, in points."""
    return sum(float(pdfmetrics.stringWidth(part, own, size_pt)) for own, part in runs(text, name))


def runs(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield text in pieces, each with the face that has all of its letters: ``name`` wherever it can.

    A letter that is in no face becomes a box.
    """
    ready()
    if _letters(name).issuperset(text):
        yield name, text
        return
    spare = _FALLBACK_OF[name]

    def has(letter: str) -> str:
        return name if letter in _letters(name) else spare

    shown = [letter if _is_known(letter, name, spare) else BOX for letter in text if letter not in _UNSEEN]
    for own, part in groupby(shown, has):
        yield own, "".join(part)


def _is_known(letter: str, *names: str) -> bool:
    return any(letter in _letters(name) for name in names)


@cache
def _letters(name: str) -> frozenset[str]:
    """Return the letters of a face; line ends and tabs are set as spaces."""
    return frozenset(map(chr, pdfmetrics.getFont(name).face.charToGlyph)) | frozenset("\n\t\r")

"""The letters that documents are set in, and how wide words are in them.

Tinos is as wide as Times New Roman, letter for letter. A DOCX names Times New Roman, which offices have; a PDF carries
Tinos, which may be passed on.
"""

from functools import cache
from pathlib import Path

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


@cache
def ready(folder: Path = _FOLDER) -> None:
    """Make the letters known to the writer of PDF.

    Raises:
        StorageFailed: ``assets_missing``.
    """
    for name, file in _FACES.items():
        try:
            pdfmetrics.registerFont(TTFont(name, folder / file))
        except (TTFError, OSError) as error:
            raise StorageFailed(
                "assets_missing",
                N_("The letters of documents are not installed: {name} is missing."),
                where=str(folder / file),
                hint=N_("Run `make setup` once while the network can be reached."),
                values={"name": file},
            ) from error
    pdfmetrics.registerFontFamily(FAMILY, *_FACES)


def face(*, bold: bool = False, italic: bool = False) -> str:
    """Return the name of a face."""
    kind = ("Bold" if bold else "") + ("Italic" if italic else "")
    return f"{FAMILY}-{kind}" if kind else FAMILY


def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in mm."""
    ready()
    return float(pdfmetrics.stringWidth(text, face(bold=bold), size_pt)) * 25.4 / 72

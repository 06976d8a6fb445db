"""The sheet that hands places over across the border: Vietnamese and Lao side by side, on A4.

It says where, how large and when seen, and nothing else: no unit, no patrol, no tip, no person. The letters of both
languages are in the font that is embedded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from eradication.domain.event import SIMULATED
from eradication.i18n import number
from eradication.report import paper, words
from eradication.report.paper import Paper
from eradication.report.view import PlotRow

LEFT, RIGHT, _TOP, _ROW_MM = 20.0, 195.0, 74.0, 7.2
ROWS_ON_PAGE = 20

type Pair = tuple[str, str]
"""Vietnamese, Lao."""

TITLE: Pair = ("PHIẾU CHUYỂN GIAO THÔNG TIN ĐIỂM CẦN KIỂM TRA", "ໃບມອບຂໍ້ມູນຈຸດທີ່ຕ້ອງກວດສອບ")
CAPTION: Pair = ("Cần kiểm tra, chưa kết luận", "ຕ້ອງກວດສອບ, ຍັງບໍ່ໄດ້ສະຫຼຸບ")
_SIMULATED_LAO = "ຈຳລອງ"
_PAGE: Pair = ("Trang", "ໜ້າ")
_MADE: Pair = ("Ngày lập", "ວັນທີສ້າງ")
_NOTES: Sequence[Pair] = (
    ("≈ : diện tích ước tính, chưa đo tại chỗ.", "≈ : ເນື້ອທີ່ຄາດຄະເນ, ຍັງບໍ່ໄດ້ວັດແທກຢູ່ສະຖານທີ່."),
    ("Tọa độ là tâm của điểm.", "ພິກັດແມ່ນໃຈກາງຂອງຈຸດ."),
)
_SIDES: Sequence[Pair] = (("Bên giao (Việt Nam)", "ຝ່າຍມອບ (ຫວຽດນາມ)"), ("Bên nhận (Lào)", "ຝ່າຍຮັບ (ລາວ)"))
_SIGNED: Pair = ("Ngày, ký, đóng dấu", "ວັນທີ, ລາຍເຊັນ, ຕາປະທັບ")
_COLUMNS: Sequence[tuple[Pair, float, str]] = (
    (("STT", "ລ/ດ"), 27.0, "right"),
    (("Mã điểm", "ລະຫັດຈຸດ"), 30.0, "left"),
    (("Kinh độ", "ເສັ້ນແວງ"), 78.0, "right"),
    (("Vĩ độ", "ເສັ້ນຂະໜານ"), 100.0, "right"),
    (("Đông (m)", "ທິດຕາເວັນອອກ"), 124.0, "right"),
    (("Bắc (m)", "ທິດເໜືອ"), 149.0, "right"),
    (("Diện tích (m²)", "ເນື້ອທີ່ (ມ²)"), 173.0, "right"),
    (("Ngày thấy", "ວັນທີ່ເຫັນ"), RIGHT, "right"),
)
"""Heading, where its text stands, and on which side of that."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Everything the sheet shows."""

    places: Sequence[PlotRow]
    made: date
    epsg: int
    """CRS of the official coordinates."""
    simulated: bool


def render(view: Handover) -> bytes:
    """Return the sheet as a PDF, as many pages as it needs; the same view gives the same bytes."""
    cuts = range(0, len(view.places), ROWS_ON_PAGE)
    pages = [partial(_page, view, first) for first in cuts]
    about = {"Title": " / ".join(TITLE), "Subject": " / ".join(CAPTION)}
    return paper.pdf(pages, about | ({"Keywords": SIMULATED} if view.simulated else {}))


def _page(view: Handover, first: int, page: Paper) -> None:
    middle = (LEFT + RIGHT) / 2
    page.text(middle, 24, TITLE[0], 13, bold=True, align="center", width=RIGHT - LEFT)
    page.text(middle, 32, TITLE[1], 13, align="center", width=RIGHT - LEFT)
    page.text(middle, 41, " / ".join(CAPTION), 10, bold=True, align="center", width=RIGHT - LEFT)
    if view.simulated:
        page.box(middle - 55, 44.5, 110, 7, 1.0)
        page.text(middle, 49.3, f"{SIMULATED.upper()} / {_SIMULATED_LAO}", 9, bold=True, align="center", width=106)
    number_of_page = f"{first // ROWS_ON_PAGE + 1}/{-(-len(view.places) // ROWS_ON_PAGE)}"
    page.text(LEFT, 57, f"{' / '.join(_MADE)}: {view.made:%d/%m/%Y}", 8)
    page.text(RIGHT, 57, f"{' / '.join(_PAGE)} {number_of_page}", 8, align="right")
    _head(page, view)
    shown = view.places[first : first + ROWS_ON_PAGE]
    for index, place in enumerate(shown):
        _row(page, first + index + 1, place, _TOP + (index + 1) * _ROW_MM)
    _foot(page, _TOP + (len(shown) + 1.4) * _ROW_MM)


def _head(page: Paper, view: Handover) -> None:
    page.text(100, _TOP - 10.5, "WGS 84", 7, bold=True, align="right")
    page.text(149, _TOP - 10.5, f"VN-2000 (EPSG:{view.epsg})", 7, bold=True, align="right")
    for (vietnamese, lao), x, align in _COLUMNS:
        page.text(x, _TOP - 5.6, vietnamese, 7, bold=True, align=align)
        page.text(x, _TOP - 1.4, lao, 6.6, align=align)
    page.rule(LEFT, _TOP + 0.6, RIGHT, 0.8)


def _row(page: Paper, serial: int, place: PlotRow, y: float) -> None:
    episode = place.episode
    (lon, lat), (east, north) = place.lonlat, place.vn2000
    about = "" if episode.detected_at else "≈ "
    seen = words.day(episode.detected_at or episode.first_seen, "vi")
    area = f"{about}{number(round(episode.area_m2), 'vi')}"
    cells = (
        *(str(serial), words.clean(episode.plot.code), f"{lon:.6f}", f"{lat:.6f}"),
        *(f"{east:.1f}", f"{north:.1f}", area, seen),
    )
    for text, (_, x, align) in zip(cells, _COLUMNS, strict=True):
        page.text(x, y - 1.8, text, 8, align=align)
    page.rule(LEFT, y + 0.6, RIGHT, 0.3, dotted=True)


def _foot(page: Paper, y: float) -> None:
    for note in _NOTES:
        page.text(LEFT, y, " / ".join(note), 7, grey=True, width=RIGHT - LEFT)
        y += 4.4
    y += 6
    for (vietnamese, lao), x in zip(_SIDES, (LEFT, (LEFT + RIGHT) / 2 + 5), strict=True):
        page.text(x, y, vietnamese, 9, bold=True)
        page.text(x, y + 5, lao, 9)
        page.text(x, y + 10.5, " / ".join(_SIGNED), 7, grey=True)
        page.rule(x, y + 32, x + 70, 0.5, dotted=True)

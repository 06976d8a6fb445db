"""What forms for telephones are made of: questions in Vietnamese and English, and those that several forms share.

Names are the columns of the visit table and of the table of tips; choices are the project's own codes.
"""

from dataclasses import dataclass

from eradication.domain import (
    AreaMethod,
    Code,
    NotReachedReason,
    Outcome,
    SelectionMode,
)
from eradication.domain.person import OFFICER_CODE

type Words = tuple[str, str]
"""Vietnamese and English."""

NOTHING: Words = ("", "")
_PIXELS = "max-pixels=2048"
_POSITION = "capture-accuracy=10 warning-accuracy=25"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a form."""

    kind: str
    """Type in XLSForm; ``select_one`` takes its list from ``choices``."""
    name: str
    label: Words = NOTHING
    hint: Words = NOTHING
    required: str = ""
    """``yes``, an expression, or empty."""
    relevant: str = ""
    """When it is asked; empty = always."""
    constraint: str = ""
    refusal: Words = NOTHING
    """What is said where the constraint does not hold."""
    calculation: str = ""
    default: str = ""
    parameters: str = ""
    appearance: str = ""
    choices: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    id: str
    title: Words
    questions: tuple[Question, ...]


def number(name: str, prefix: str) -> tuple[Question, ...]:
    """Return what makes a number of the record that no other telephone gives: unit, start, and a random part."""
    made = f"concat('{prefix}', ${{unit}}, '-', format-date-time(${{started}}, '%Y%m%d-%H%M%S'), '-', ${{lot}})"
    return (
        Question("calculate", "lot", calculation="once(substr(uuid(), 0, 6))"),
        Question("calculate", name, calculation=made),
    )


def unit(label: Words) -> Question:
    """Return the question for the unit."""
    return Question(
        "text",
        "unit",
        label,
        ("Mã đơn vị, ví dụ BP01; không viết dấu.", "Code of the unit, for example BP01."),
        "yes",
        constraint="regex(., '^[A-Za-z0-9._-]{2,20}$')",
        refusal=("Chỉ ghi mã: chữ không dấu, số, gạch nối.", "A code only: letters, digits, hyphens."),
    )


def officers(least: int) -> Question:
    """Return the question for the codes of at least so many officers."""
    more = "{1,9}" if least > 1 else "{0,9}"
    two: Words = (" Cần ít nhất hai người.", " Two at least.") if least > 1 else NOTHING
    return Question(
        "text",
        "officers",
        ("Mã số cán bộ có mặt", "Codes of the officers present"),
        (
            "Mã số, cách nhau bằng dấu chấm phẩy: CB012;CB045. Không ghi tên." + two[0],
            "Codes, separated by semicolons: CB012;CB045. No names." + two[1],
        ),
        "yes",
        constraint=f"regex(., '^{OFFICER_CODE}(; ?{OFFICER_CODE}){more}$')",
        refusal=("Ghi mã số như CB012;CB045, không ghi tên." + two[0], "Codes such as CB012;CB045, no names." + two[1]),
    )


WHEN = Question(
    "dateTime",
    "visited_at",
    ("Thời điểm kiểm tra", "Time of the visit"),
    ("Máy đã điền giờ hiện tại; sửa nếu nhập sau.", "Now is filled in; correct it if you write this later."),
    "yes",
    constraint=". <= now()",
    refusal=("Thời điểm này chưa đến.", "This time has not come yet."),
    default="now()",
)
MISSED = "${outcome} = 'not_reached'"
THERE = "${outcome} != 'not_reached'"


def where(asked: str) -> tuple[Question, ...]:
    """Return how the plot and the place are told; where nobody got there, only the plot can be."""
    needed = f"{MISSED} and ${{plot_scan}} = ''" if asked else ""
    return (
        Question(
            "barcode",
            "plot_scan",
            ("Quét mã điểm trồng (nếu có)", "Scan the plot's code (if there is one)"),
            ("Mã trên danh sách được giao.", "The code on the list you were given."),
        ),
        Question(
            "text",
            "plot_text",
            ("Mã điểm trồng", "Code of the plot"),
            (
                "Ví dụ VH-27-014. Để trống nếu mới tìm thấy; bắt buộc nếu chưa tới được.",
                "For example VH-27-014. Leave empty for a new find; needed if you did not get there.",
            ),
            needed,
            "${plot_scan} = ''",
        ),
        Question("calculate", "plot_id", calculation="coalesce(${plot_scan}, ${plot_text})"),
        Question(
            "geopoint",
            "place",
            ("Vị trí", "Position"),
            (
                "Đứng giữa điểm trồng, chờ sai số dưới 10 m.",
                "Stand in the middle of the plot and wait for an accuracy below 10 m.",
            ),
            "yes",
            asked,
            parameters=_POSITION,
        ),
    )


def one(kind: type[Code], name: str, label: Words, hint: Words, required: str = "", relevant: str = "") -> Question:
    """Return a question answered by one of all codes of a kind."""
    return Question("select_one", name, label, hint, required, relevant, choices=tuple(kind))


def outcome(*outcomes: Outcome) -> Question:
    """Return the question for the outcome, one of these."""
    hint = ("Chọn điều thấy tại chỗ, không phải điều nghi ngờ.", "What was seen on site, not what is suspected.")
    return Question("select_one", "outcome", ("Kết quả", "Outcome"), hint, "yes", choices=outcomes)


def reason() -> Question:
    """Return the question why nobody got there."""
    label = ("Vì sao chưa tới được", "Why it was not reached")
    hint = ("Không an toàn thì chọn “không an toàn”, không cần giải trình.", "Unsafe needs no further explanation.")
    return one(NotReachedReason, "not_reached_reason", label, hint, "yes", MISSED)


def area(relevant: str, *, needed: bool) -> tuple[Question, ...]:
    """Return the questions for area, method and outline."""
    hint = (
        "Đo diện tích mặt bằng. Dưới 500 m²: dùng thước dây.",
        "Measure the area in plan. Below 500 m²: by tape.",
    )
    return (
        Question(
            "decimal",
            "area_m2",
            ("Diện tích đo được (m²)", "Measured area (m²)"),
            hint,
            "yes" if needed else "",
            relevant,
            ". > 0 and . <= 10000000",
            ("Diện tích phải lớn hơn 0.", "The area must be above 0."),
        ),
        one(
            AreaMethod,
            "area_method",
            ("Cách đo diện tích", "How the area was measured"),
            ("Chọn đúng cách đã đo.", "As it was really measured."),
            "yes",
            relevant if needed else "${area_m2} != ''",
        ),
        Question(
            "geoshape",
            "outline",
            ("Đường bao điểm trồng (nếu đo)", "Outline of the plot (if measured)"),
            ("Đi quanh mép, chấm từng góc, rồi khép kín.", "Walk round, mark each corner, and close the ring."),
            relevant=relevant,
        ),
    )


def photo(name: str, label: Words, required: str, relevant: str = "") -> Question:
    """Return the question for a photo."""
    hint = (
        "Bật định vị của máy ảnh; không chụp mặt người.",
        "Let the camera store the position; no faces of people.",
    )
    return Question("image", name, label, hint, required, relevant, parameters=_PIXELS)


NOTE = Question(
    "text",
    "note",
    ("Ghi chú", "Note"),
    (
        "Không ghi tên, số căn cước, số điện thoại của người dân.",
        "Never names, identity numbers or telephone numbers of people.",
    ),
)
STARTED = Question("start", "started")
FOLLOWING = Question("calculate", "selection_mode", calculation=f"'{SelectionMode.FOLLOW_UP.value}'")
"""Whoever destroys or verifies goes where something was found before."""

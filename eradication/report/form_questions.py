"""The forms that patrols fill in on telephones; :mod:`eradication.report.xlsform` writes them for ODK and Kobo."""

from collections.abc import Mapping
from types import MappingProxyType

from eradication.domain import (
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    LookAlike,
    Outcome,
    SelectionMode,
    Stage,
)
from eradication.report.form_parts import (
    FOLLOWING,
    NOTE,
    STARTED,
    THERE,
    WHEN,
    Form,
    Question,
    area,
    number,
    officers,
    one,
    outcome,
    photo,
    reason,
    unit,
    where,
)

_FOUND = "${outcome} = 'detected'"

VISIT = Form(
    "eradication_visit",
    ("Phiếu kiểm tra điểm trồng", "Visit to a plot"),
    (
        STARTED,
        unit(("Đơn vị", "Unit")),
        officers(1),
        WHEN,
        one(
            SelectionMode,
            "selection_mode",
            ("Vì sao đến đây", "Why this place"),
            ("Theo danh sách được giao.", "As the list you were given says."),
            "yes",
        ),
        outcome(
            *(Outcome.REJECTED, Outcome.DETECTED, Outcome.NOT_REACHED, Outcome.HARVESTED, Outcome.SELF_REMOVED),
        ),
        *where(THERE),
        reason(),
        one(
            LookAlike,
            "look_alike",
            ("Thực tế là cây gì", "What it really is"),
            ("Giúp máy bớt nhầm lần sau.", "So that fewer are mistaken next time."),
            "yes",
            "${outcome} = 'rejected'",
        ),
        one(
            Crop,
            "crop",
            ("Loại cây", "Crop"),
            ("Lanh lấy sợi có mã riêng.", "Fibre hemp has its own code."),
            "yes",
            _FOUND,
        ),
        *area(_FOUND, needed=True),
        one(
            Stage,
            "stage",
            ("Giai đoạn sinh trưởng", "Growth stage"),
            ("Giai đoạn chiếm nhiều nhất.", "Of most plants."),
            "",
            _FOUND,
        ),
        Question(
            "integer",
            "plant_count",
            ("Số cây", "Number of plants"),
            ("Đếm thật, không suy từ diện tích; để trống nếu không đếm.", "Counted, never derived from the area."),
            "",
            _FOUND,
            ". >= 0 and . <= 1000000000",
            ("Số cây không thể âm.", "A number of plants is not negative."),
        ),
        one(
            CountMethod,
            "count_method",
            ("Cách đếm", "How they were counted"),
            ("Chọn đúng cách đã đếm.", "As they were really counted."),
            "yes",
            "${plant_count} != ''",
        ),
        photo("photo_before", ("Ảnh hiện trường", "Photo of the site"), "", THERE),
        NOTE,
        *number("visit_id", "V-"),
    ),
)

ERADICATION = Form(
    "eradication_eradication",
    ("Phiếu triệt phá", "Eradication"),
    (
        STARTED,
        unit(("Đơn vị triệt phá", "Unit that eradicated")),
        officers(2),
        WHEN,
        Question("calculate", "outcome", calculation="'eradicated'"),
        Question("calculate", "minutes_type", calculation="'destruction'"),
        FOLLOWING,
        *where(""),
        Question(
            "decimal",
            "destroyed_fraction",
            ("Phần diện tích đã phá, cộng dồn (0–1)", "Share destroyed by now, cumulative (0–1)"),
            ("Phá hết ghi 1; phá một nửa ghi 0.5.", "All of it: 1; half of it: 0.5."),
            "yes",
            constraint=". >= 0 and . <= 1",
            refusal=("Ghi số từ 0 đến 1.", "A number from 0 to 1."),
        ),
        one(
            DestroyedBy,
            "destroyed_by",
            ("Ai phá", "Who destroyed"),
            ("Người trồng tự phá trước thu hoạch có ý nghĩa pháp lý.", "Voluntary destruction matters in law."),
            "yes",
        ),
        one(DestructionMethod, "method", ("Cách phá", "How"), ("Cách chính đã dùng.", "The main one used.")),
        *area("", needed=False),
        Question(
            "text",
            "minutes_no",
            ("Số biên bản", "Number of the minutes"),
            ("Ví dụ 12/BB-BP01.", "For example 12/BB-BP01."),
            "yes",
        ),
        photo("photo_before", ("Ảnh trước khi phá", "Photo before"), "yes"),
        photo("photo_after", ("Ảnh sau khi phá", "Photo after"), "yes"),
        NOTE,
        *number("visit_id", "E-"),
    ),
)

VERIFICATION = Form(
    "eradication_verification",
    ("Phiếu phúc tra", "Verification"),
    (
        STARTED,
        Question(
            "note",
            "independence",
            (
                "Người phúc tra phải thuộc đơn vị khác và không tham gia phát hiện hay triệt phá.",
                "The verifier is of another unit and neither detected nor eradicated.",
            ),
        ),
        unit(("Đơn vị phúc tra", "Unit that verifies")),
        officers(1),
        WHEN,
        FOLLOWING,
        outcome(Outcome.VERIFIED, Outcome.REGROWN, Outcome.NOT_REACHED),
        *where(THERE),
        reason(),
        Question(
            "decimal",
            "destroyed_fraction",
            ("Phần diện tích không còn cây (0–1)", "Share without any plant (0–1)"),
            ("Không còn cây nào: 1.", "No plant left: 1."),
            "yes",
            "${outcome} = 'verified'",
            ". >= 0 and . <= 1",
            ("Ghi số từ 0 đến 1.", "A number from 0 to 1."),
        ),
        *area("${outcome} = 'regrown'", needed=True),
        photo("photo_after", ("Ảnh lúc phúc tra", "Photo at the verification"), "", THERE),
        NOTE,
        *number("visit_id", "F-"),
    ),
)

TIP = Form(
    "eradication_tip",
    ("Phiếu tin báo", "Tip"),
    (
        STARTED,
        unit(("Đơn vị nhận tin", "Unit that received it")),
        Question(
            "dateTime",
            "received_at",
            ("Thời điểm nhận tin", "Time it was received"),
            ("Máy đã điền giờ hiện tại; sửa nếu nhập sau.", "Now is filled in; correct it if you write this later."),
            "yes",
            constraint=". <= now()",
            refusal=("Thời điểm này chưa đến.", "This time has not come yet."),
            default="now()",
        ),
        Question(
            "text",
            "place",
            ("Địa điểm theo lời báo", "The place as it was told"),
            ("Ví dụ: đầu suối Nậm Lầu, cách bản 2 km.", "For example: head of the stream, 2 km from the village."),
            "yes",
        ),
        Question(
            "text",
            "commune",
            ("Xã, phường (mã hoặc tên)", "Commune (code or name)"),
            ("Nếu hai nơi trùng tên thì ghi mã.", "The code where two bear one name."),
        ),
        Question(
            "geopoint",
            "position",
            ("Điểm trên bản đồ (nếu biết)", "Point on the map (if known)"),
            ("Chấm nơi được báo, không phải nơi đang đứng.", "The place that was told, not where you stand."),
            appearance="placement-map",
        ),
        Question(
            "integer",
            "radius_m",
            ("Sai lệch có thể (m)", "It may be this far off (m)"),
            ("Từ 150 m trở xuống thì thành điểm cần kiểm tra.", "Up to 150 m it becomes a place to check."),
            "",
            "${position} != ''",
            ". > 0 and . <= 50000",
            ("Ghi số mét lớn hơn 0.", "Metres, above 0."),
        ),
        one(Crop, "crop", ("Loại cây", "Crop"), ("Theo lời báo.", "As it was told.")),
        Question(
            "text",
            "mailbox",
            ("Hòm thư của bản, tiểu khu, tổ dân phố", "Mailbox of the village"),
            ("Để trống nếu báo trực tiếp.", "Leave empty if it was told in person."),
        ),
        Question(
            "text",
            "note",
            ("Nội dung tin", "What was told"),
            (
                "Không ghi tên, số căn cước, số điện thoại của bất kỳ ai.",
                "No names, identity numbers or telephone numbers of anybody.",
            ),
        ),
        Question(
            "text",
            "source",
            ("Nguồn tin (giữ kín)", "Source (kept apart)"),
            (
                "Chỉ ghi khi cần; được cất riêng, không vào bản đồ, báo cáo hay gói gửi đi.",
                "Only where needed; it is kept apart and enters no map, report or bundle.",
            ),
        ),
        *number("tip_id", "T-"),
    ),
)

FORMS: Mapping[str, Form] = MappingProxyType(
    {"visit": VISIT, "eradication": ERADICATION, "verification": VERIFICATION, "tip": TIP}
)
"""Name of the file → form."""


def labels() -> dict[str, str]:
    """Return what is asked, in either language → the name of the question; the four forms agree on it."""
    asked = [question for form in FORMS.values() for question in form.questions]
    return {words: question.name for question in asked for words in question.label if words}

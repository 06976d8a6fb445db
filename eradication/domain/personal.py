"""What in a free text looks like a person: identity numbers, telephone numbers, names. It is warned of, never refused.

A warning may be wrong both ways: streets bear the names of people, and no list knows every name.
"""

import re

_SEPARATED = r"[ .\-]?"
_DIGITS = r"(?<![0-9])(?:{})(?![0-9])"
_IDENTITY = re.compile(_DIGITS.format(_SEPARATED.join(["[0-9]{3}"] * 4) + "|[0-9]{12}"))
_TELEPHONE = re.compile(
    _DIGITS.format(rf"(?:\+84|0084|0){_SEPARATED}[1-9][0-9](?:{_SEPARATED}[0-9]){{7}}") + r"|\+84[0-9]{9}"
)

_UPPER = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠ-Ỵ"
_WORD = rf"[{_UPPER}][^\W\d_]*"
_ADDRESSES = "ông|bà|anh|chị|cô|chú|bác|cụ|em|thằng|tên là|họ tên|họ và tên|chủ nương|chủ hộ"
_ADDRESSED = re.compile(rf"\b(?i:{_ADDRESSES}):?\s+{_WORD}")

# Family names of the province's peoples that are rarely the beginning of anything else.
_FAMILIES = (
    "Nguyễn|Trần|Phạm|Hoàng|Huỳnh|Phan|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Đinh|Vàng|Sùng|Giàng|Mùa|Thào|Lò|Lường|Quàng|Cầm|"
    "Tòng|Vừ|Lầu|Hờ|Sồng|Tráng|Phàng|Vì|Hạng|Cứ|Mùi|Bạc|Cà|Điêu|Hà|Lê|Vũ|Lý|Lừ|Hảng|Thò"
)
_MIDDLES = "Văn|Thị|A|Thì|Bá|Đức|Hữu|Minh|Xuân|Quang|Ngọc|Thanh|Công|Y"
_NAMED = re.compile(rf"\b(?:{_FAMILIES})\s+(?:{_MIDDLES})\s+{_WORD}")


def personal_marks(text: str) -> tuple[str, ...]:
    """Return which marks of a person ``text`` bears, some of ``identity_number, telephone_number, person_name``.

    Args:
        text: NFC.
    """
    found = {
        "identity_number": _IDENTITY.search(text),
        "telephone_number": _TELEPHONE.search(text),
        "person_name": _ADDRESSED.search(text) or _NAMED.search(text),
    }
    return tuple(mark for mark, hit in found.items() if hit)

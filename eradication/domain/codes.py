"""Codes: ASCII English in files and store, shown in Vietnamese or English, read in both.

The Vietnamese words beside each code are the ones officers write; importers take them with or without diacritics.
"""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from eradication.errors import N_, RefusedInput


class Code(StrEnum):
    """A code with the Vietnamese words that mean it; the first is the one shown."""

    vietnamese: tuple[str, ...]

    def __new__(cls, value: str, *vietnamese: str) -> "Code":
        """Build the member ``value`` and keep its Vietnamese words beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.vietnamese = vietnamese
        return member


class Crop(Code):
    """What grows there. Fibre hemp has its own code so that it is never counted as cannabis."""

    OPIUM_POPPY = "opium_poppy", "thuốc phiện", "anh túc"
    CANNABIS = "cannabis", "cần sa"
    COCA = "coca", "coca"
    FIBRE_HEMP = "fibre_hemp", "lanh"
    OTHER = "other", "khác"


class LookAlike(Code):
    """What a rejected candidate turned out to be."""

    MUSTARD_GREENS = "mustard_greens", "rau cải", "cải"
    PLUM_BLOSSOM = "plum_blossom", "mận, mơ", "mận", "mơ"
    WINTER_VEGETABLES = "winter_vegetables", "rau vụ đông"
    SWIDDEN_REGROWTH = "swidden_regrowth", "nương tái sinh"
    SPRING_MAIZE = "spring_maize", "ngô xuân"
    COFFEE = "coffee", "cà phê"
    ORNAMENTAL_FLOWERS = "ornamental_flowers", "hoa du lịch"
    OTHER = "other", "khác"


class Stage(Code):
    """Growth stage of poppy."""

    SEEDLING = "seedling", "cây con"
    ROSETTE = "rosette", "lá hoa thị"
    BUD = "bud", "nụ"
    FLOWER = "flower", "ra hoa", "hoa"
    CAPSULE = "capsule", "quả"
    LANCED = "lanced", "đã chích nhựa"
    DRY = "dry", "khô"


class DestructionMethod(Code):
    """How plants were destroyed."""

    UPROOT = "uproot", "nhổ"
    CUT = "cut", "chặt", "cắt"
    PLOUGH = "plough", "cày"
    HERBICIDE = "herbicide", "phun thuốc"
    BURN = "burn", "đốt"
    OTHER = "other", "khác"


class DestroyedBy(Code):
    """Who destroyed; voluntary destruction before harvest matters in law."""

    GROWER = "grower", "người trồng"
    FORCE = "force", "lực lượng chức năng"
    JOINT = "joint", "phối hợp"


class CountMethod(Code):
    """How plants were counted."""

    FULL = "full", "đếm toàn bộ"
    QUADRAT = "quadrat", "ô mẫu"
    ESTIMATE = "estimate", "ước lượng"


class AreaMethod(Code):
    """How an area was measured, best first."""

    TAPE = "tape", "thước dây"
    UAV = "uav", "flycam"
    GPS_VERTICES = "gps_vertices", "GPS điểm góc"
    GPS_TRACK = "gps_track", "GPS đi vòng"
    PACE = "pace", "bước chân"
    ESTIMATE = "estimate", "ước lượng"


class MinutesType(Code):
    """Kind of minutes (biên bản)."""

    INSPECTION = "inspection", "kiểm tra"
    DETECTION = "detection", "phát hiện"
    DESTRUCTION = "destruction", "tiêu hủy"


class NotReachedReason(Code):
    """Why a patrol did not get there."""

    NO_UNIT = "no_unit", "không có lực lượng"
    WEATHER = "weather", "thời tiết"
    UNREACHABLE = "unreachable", "không tiếp cận được"
    UNSAFE = "unsafe", "không an toàn"
    ACROSS_BORDER = "across_border", "bên kia biên giới"
    TOO_LATE = "too_late", "quá muộn"
    OTHER = "other", "khác"


class SelectionMode(Code):
    """Why this place was visited. Only ``random`` feeds precision claims."""

    RANDOM = "random", "ngẫu nhiên"
    SCORE = "score", "theo điểm"
    TIP = "tip", "tin báo"
    ROUTINE = "routine", "thường kỳ"
    FOLLOW_UP = "follow_up", "theo dõi"


class Provenance(Code):
    """Where a label comes from, the surest first: what was seen on site, on a photo, by an expert's eye, or assumed."""

    FIELD = "field", "kiểm tra thực địa", "thực địa"
    PHOTO = "photo", "ảnh chụp", "ảnh"
    EXPERT = "expert", "chuyên gia"
    ASSUMED = "assumed", "giả định"


class Outcome(Code):
    """What a visit found or did."""

    REJECTED = "rejected", "đã kiểm tra – không phải", "không phải"
    DETECTED = "detected", "phát hiện"
    ERADICATED = "eradicated", "đã triệt phá", "triệt phá"
    VERIFIED = "verified", "đã phúc tra – không còn cây", "phúc tra", "đã phúc tra"
    REGROWN = "regrown", "mọc lại", "gieo bổ sung"
    HARVESTED = "harvested", "đã thu hoạch"
    SELF_REMOVED = "self_removed", "tự nhổ bỏ"
    NOT_REACHED = "not_reached", "chưa tới được"


class State(Code):
    """State of an episode (one plot in one season)."""

    CANDIDATE = "candidate", "điểm nghi vấn"
    DISMISSED = "dismissed", "loại, không kiểm tra thực địa"
    ASSIGNED = "assigned", "đã giao kiểm tra"
    NOT_REACHED = "not_reached", "chưa tới được"
    REJECTED = "rejected", "đã kiểm tra – không phải"
    DETECTED = "detected", "phát hiện"
    ERADICATED = "eradicated", "đã triệt phá"
    VERIFIED = "verified", "đã phúc tra – không còn cây"
    HARVESTED = "harvested", "đã thu hoạch"
    SELF_REMOVED = "self_removed", "tự nhổ bỏ"
    REGROWN = "regrown", "mọc lại"
    EXPIRED = "expired", "hết niên vụ, chưa kiểm tra"


class Planting(Code):
    """Whether a place was planted before; computed, never typed."""

    NEW = "new", "trồng mới"
    REPLANTED = "replanted", "tái trồng"
    UNKNOWN = "unknown", "chưa rõ"


class DismissalReason(Code):
    """Why a candidate was dismissed without a visit."""

    ORCHARD = "orchard", "vườn cây ăn quả"
    CROP = "crop", "cây trồng khác"
    FOREST = "forest", "rừng"
    BUILT = "built", "nhà, công trình"
    WATER = "water", "mặt nước"
    CLOUD = "cloud", "mây, bóng núi"
    DUPLICATE = "duplicate", "trùng điểm khác"
    ABROAD = "abroad", "ngoài biên giới"
    OTHER = "other", "khác"


class Detectability(Code):
    """What a 10 m satellite can do for a plot of this size."""

    A = "A", "A (từ 2.000 m²)"
    B = "B", "B (350–2.000 m²)"
    C = "C", "C (dưới 350 m²)"


class ScoreKind(Code):
    """What a score may be called."""

    PRIORITY = "priority", "mức ưu tiên"
    PROBABILITY = "probability", "xác suất"
    RULE = "rule", "điểm theo quy tắc"


class CandidateSource(Code):
    """Who proposed a place."""

    SATELLITE = "satellite", "ảnh vệ tinh"
    PATROL = "patrol", "tuần tra"
    TIP = "tip", "tin báo"
    UAV = "uav", "flycam"


class ReadVerdict(Code):
    """What a person sees at a place of a fine image."""

    OPIUM_POPPY = "opium_poppy", "thuốc phiện"
    NOT = "not", "không phải"
    CANNOT_TELL = "cannot_tell", "không rõ"


def fold(text: str) -> str:
    """Return ``text`` in lower case and without diacritics, spaces collapsed; for comparing only.

    Forms of a letter that only look different count as the same (NFKD): full-width ``ＢＰ`` is ``bp``.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.replace("–", "-").split())


def parse_code[C: Code](kind: type[C], text: str, field: str = "") -> C:
    """Return the member of ``kind`` that ``text`` names, by code or by a Vietnamese word.

    Args:
        kind: the codes.
        text: as written.
        field: the column it stands in, for the message; without it the codes are named.

    Raises:
        RefusedInput: ``unknown_code``; the hint lists what is accepted.
    """
    wanted = fold(text)
    for member in kind:
        words = (member.value, member.value.replace("_", " "), *member.vietnamese)
        if wanted in map(fold, words):
            return member
    raise unknown_code(text, field or kind.__name__, kind)


def unknown_code(text: str, field: str, accepted: Iterable["Code"]) -> RefusedInput:
    """Return the refusal of a word that is none of the codes; the hint lists them with a Vietnamese word for each."""
    words = (f"{code.value} ({code.vietnamese[0]})" if code.vietnamese else code.value for code in accepted)
    return RefusedInput(
        "unknown_code",
        N_("'{text}' is not a known code for {field}."),
        hint=N_("Use one of: {accepted}."),
        values={"text": text, "field": field, "accepted": ", ".join(words)},
    )

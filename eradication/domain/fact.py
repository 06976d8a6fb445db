"""Facts the office enters because no patrol or image can tell them: targets, baselines, commitments, villages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eradication.domain.codes import Code
from eradication.domain.event import Json


class FactKind(Code):
    """What a fact is of."""

    TARGET = "target", "chỉ tiêu", "chỉ tiêu giao"
    BASELINE = "baseline", "diện tích gốc", "số liệu gốc", "năm gốc"
    COMMITMENT = "commitment", "cam kết", "ký cam kết"
    MAILBOX = "mailbox", "hòm thư", "hòm thư tố giác"
    VILLAGE = "village", "danh sách bản", "bản, tiểu khu, tổ dân phố"
    SELF_REPORTED = "self_reported", "đơn vị tự báo cáo", "tự báo cáo"
    CONVERSION = "conversion", "chuyển đổi cây trồng", "chuyển đổi"


class VillageKind(Code):
    """What a village is called."""

    VILLAGE = "village", "bản"
    SUB_QUARTER = "sub_quarter", "tiểu khu"
    RESIDENTIAL_GROUP = "residential_group", "tổ dân phố"


IDENTIFYING: Mapping[FactKind, tuple[str, ...]] = MappingProxyType(
    {
        FactKind.TARGET: ("unit", "commune", "span"),
        FactKind.BASELINE: ("commune", "year"),
        FactKind.COMMITMENT: ("commune", "village", "date"),
        FactKind.MAILBOX: ("commune", "village", "date"),
        FactKind.VILLAGE: ("commune", "village"),
        FactKind.SELF_REPORTED: ("unit", "period"),
        FactKind.CONVERSION: ("conversion_id",),
    }
)
"""Values that say which fact it is; a later one with the same takes the place of the earlier one."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as entered: a figure of a place or unit, with its day and source."""

    kind: FactKind
    values: Mapping[str, Json]
    """Plain JSON: days ISO, areas whole m², communes by code, a conversion's outline as GeoJSON (WGS 84).

    ``withdrawn`` is true where the office takes the fact back: then none stands under its key."""

    @property
    def key(self) -> tuple[str, ...]:
        """Kind and identifying values; names of villages without regard to case."""
        named = (str(self.values.get(name) or "") for name in IDENTIFYING[self.kind])
        return self.kind.value, *(value.casefold() for value in named)

    @property
    def withdrawn(self) -> bool:
        """Tell whether the office took it back."""
        return bool(self.values.get("withdrawn"))

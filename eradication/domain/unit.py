"""Units are dated, for they change: 200 communes became 75 on 1 July 2025, and those who patrol them changed too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shapely.geometry.base import BaseGeometry

from eradication.domain.codes import Code


@dataclass(frozen=True, slots=True)
class AdminUnit:
    """A commune-level unit in one vintage. Join on ``code``, never on ``name``."""

    code: str
    """Official code, text with leading zeros."""
    name: str
    """Full name with its kind, NFC: ``Xã Vân Hồ``."""
    valid_from: date
    valid_to: date | None
    """Last day of validity, or ``None`` while it is valid."""
    geometry: BaseGeometry | None
    """Outline in WGS 84 (longitude, latitude), or ``None`` where only the centre is known."""
    lon: float
    """Longitude of the centre, degrees."""
    lat: float
    """Latitude of the centre, degrees."""
    area_km2: float | None
    """The area the source states, not the outline's."""
    approximate: bool
    """True while the outline is a stand-in; it must be said wherever the outline or its use is shown."""
    source: str
    """Where it comes from: package and version, or the imported file's name."""

    def valid_on(self, day: date) -> bool:
        """Tell whether the unit exists on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Lineage:
    """``old_code`` became, wholly or in part, ``new_code`` on ``changed_on``."""

    old_code: str
    old_name: str
    new_code: str
    changed_on: date
    share: float | None
    """Share of the old unit's area that went to the new one, or ``None`` where the source does not say."""


class UnitKind(Code):
    """What a responsible unit is."""

    BORDER_POST = "border_post", "đồn biên phòng"
    BORDER_COMMAND = (
        "border_command",
        "ban chỉ huy bộ đội biên phòng",
        "bộ đội biên phòng",
        "bộ chỉ huy bộ đội biên phòng",
    )
    MILITARY_COMMAND = "military_command", "bộ chỉ huy quân sự"
    POLICE = "police", "công an"
    COMMUNE_COMMITTEE = "commune_committee", "ủy ban nhân dân xã", "ubnd xã", "ubnd phường"
    DISTRICT_COMMITTEE = "district_committee", "ủy ban nhân dân huyện", "ubnd huyện", "ubnd thành phố"
    PROVINCE_COMMITTEE = "province_committee", "ủy ban nhân dân tỉnh", "ubnd tỉnh"
    DEPARTMENT = "department", "sở", "chi cục", "phòng"
    OTHER = "other", "khác"


@dataclass(frozen=True, slots=True)
class ResponsibleUnit:
    """A unit that patrols, reports or governs, in one span of its life. The key is ``(code, valid_from)``."""

    code: str
    name: str
    """Full name, NFC."""
    kind: UnitKind
    parent: str
    """Code of the unit above it, or empty."""
    valid_from: date
    valid_to: date | None
    """Last day, or ``None`` while it exists."""
    successor: str = ""
    """Code of the unit that answers for its business when it has ended, or empty."""
    letterhead_parent: str = ""
    """Governing body as it stands above the name on the unit's letters, or empty."""
    letterhead: str = ""
    """Issuing body as it stands on the unit's letters, or empty for its name."""
    symbol: str = ""
    """Short form of it that stands in the numbers of its letters, e.g. ``SNNMT``, or empty."""
    place: str = ""
    """Place name that stands before the date of its letters, or empty."""
    reports: bool = False
    """Whether it is expected to report."""
    communes: tuple[str, ...] = ()
    """Codes of the communes it answers for."""

    def valid_on(self, day: date) -> bool:
        """Tell whether the unit exists on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def valid_on(units: Iterable[ResponsibleUnit], day: date) -> list[ResponsibleUnit]:
    """Return the units that exist on ``day``, by code; of two spans of one code the one that began last."""
    found: dict[str, ResponsibleUnit] = {}
    for unit in sorted(units, key=lambda u: (u.code, u.valid_from)):
        if unit.valid_on(day):
            found[unit.code] = unit
    return list(found.values())


def successor_of(units: Iterable[ResponsibleUnit], code: str, day: date) -> ResponsibleUnit | None:
    """Return the unit that answers on ``day`` for what ``code`` did: itself, else whoever followed it.

    ``None`` if ``code`` is not known, has not begun, or ended without a successor that exists on ``day``.
    """
    told = list(units)
    now = {unit.code: unit for unit in valid_on(told, day)}
    ended: dict[str, ResponsibleUnit] = {}
    for unit in sorted(told, key=lambda u: u.valid_from):
        if unit.valid_from <= day:
            ended[unit.code] = unit
    seen: set[str] = set()
    while code not in now:
        last = ended.get(code)
        if last is None or not last.successor or code in seen:
            return None
        seen.add(code)
        code = last.successor
    return now[code]

"""Administrative units are dated, because they change: 200 communes became 75 on 1 July 2025."""

from dataclasses import dataclass
from datetime import date

from shapely.geometry.base import BaseGeometry


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

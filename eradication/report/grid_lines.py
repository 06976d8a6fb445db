"""Lines of a plane grid across a map sheet, as numbers: where they lie and what they are called."""

import math
from dataclasses import dataclass

from eradication import geo


@dataclass(frozen=True, slots=True)
class Sheet:
    """The piece of land a map shows: a rectangle in metres of a plane coordinate system, true to scale."""

    epsg: int
    west_m: float
    south_m: float
    width_m: float
    height_m: float

    @classmethod
    def around(cls, lonlat: tuple[float, float], epsg: int, width_m: float, height_m: float) -> "Sheet":
        """Return the sheet whose middle is a point given in degrees WGS 84."""
        [(east, north)] = geo.transform([lonlat], geo.WGS84, epsg)
        return cls(epsg, east - width_m / 2, north - height_m / 2, width_m, height_m)

    @property
    def east_m(self) -> float:
        """Eastern edge."""
        return self.west_m + self.width_m

    @property
    def north_m(self) -> float:
        """Northern edge."""
        return self.south_m + self.height_m


def grid_lines(sheet: Sheet, step_m: int) -> tuple[list[int], list[int]]:
    """Return eastings and northings in metres, the multiples of ``step_m`` within a sheet, rising."""
    return (
        _multiples(sheet.west_m, sheet.east_m, step_m),
        _multiples(sheet.south_m, sheet.north_m, step_m),
    )


def _multiples(low: float, high: float, step: int) -> list[int]:
    return list(range(math.ceil(low / step) * step, math.floor(high / step) * step + 1, step))


def step_of(scale: int) -> int:
    """Return the spacing in metres of grid lines that lie about 2 to 4 cm apart on a map 1 : ``scale``."""
    return next((step for step in (20, 50, 100, 200, 500, 1000, 2000) if step / scale >= 0.019), 5000)


def label(metres: int) -> str:
    """Return a coordinate as a map writes it: ``2 300 100``."""
    return f"{metres:,}".replace(",", " ")


def degrees_minutes(degrees: float, letters: tuple[str, str]) -> str:
    """Return ``20°47.469′ N``: degrees and minutes to 2 m, with the letter of the half of the globe.

    Args:
        degrees: longitude or latitude.
        letters: for positive and negative values.
    """
    thousandths = round(abs(degrees) * 60_000)
    whole, rest = divmod(thousandths, 60_000)
    return f"{whole}°{rest / 1000:06.3f}′ {letters[degrees < 0]}"

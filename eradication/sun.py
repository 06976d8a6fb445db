"""Where the sun stands over a place at a time, as an item states it or as computed.

Illumination of a slope (:mod:`eradication.terrain`) needs it for every scene, the simulator for every pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

CONTRADICTION_DEG = 5.0
"""A stated sun further than this from the computed one is not believed. Across a tile of 110 km the sun moves by 1°."""

ELEVATION, AZIMUTH = "view:sun_elevation", "view:sun_azimuth"
ZENITH_S2, AZIMUTH_S2 = "s2:mean_solar_zenith", "s2:mean_solar_azimuth"


@dataclass(frozen=True, slots=True)
class Sun:
    """Direction to the sun."""

    zenith: float
    """Angle from the vertical, radians."""
    azimuth: float
    """Radians clockwise from north."""
    source: str = "computed"
    """``item`` as stated, ``computed`` where the item does not say, ``contradicted`` where it says what cannot be."""

    @property
    def vector(self) -> tuple[float, float, float]:
        """East, north and up parts of the unit vector towards the sun."""
        across = float(np.sin(self.zenith))
        return across * float(np.sin(self.azimuth)), across * float(np.cos(self.azimuth)), float(np.cos(self.zenith))


def position(when: datetime, lon: float, lat: float) -> Sun:
    """Compute the sun's direction (Spencer 1971 series for declination and equation of time, good to about 0.5°).

    Args:
        when: UTC.
        lon: degrees east.
        lat: degrees north.
    """
    day = when.timetuple().tm_yday
    hour = when.hour + when.minute / 60.0
    g = 2.0 * np.pi / 365.0 * (day - 1 + (hour - 12.0) / 24.0)
    declination = (
        0.006918 - 0.399912 * np.cos(g) + 0.070257 * np.sin(g)
        - 0.006758 * np.cos(2 * g) + 0.000907 * np.sin(2 * g)
        - 0.002697 * np.cos(3 * g) + 0.00148 * np.sin(3 * g)
    )  # fmt: skip
    equation_min = 229.18 * (
        0.000075 + 0.001868 * np.cos(g) - 0.032077 * np.sin(g) - 0.014615 * np.cos(2 * g) - 0.040849 * np.sin(2 * g)
    )
    angle = np.radians((hour * 60.0 + equation_min + 4.0 * lon) / 4.0 - 180.0)
    phi = np.radians(lat)
    cos_zenith = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    zenith = float(np.arccos(np.clip(cos_zenith, -1.0, 1.0)))
    south = np.arctan2(np.sin(angle), np.cos(angle) * np.sin(phi) - np.tan(declination) * np.cos(phi))
    return Sun(zenith, float((south + np.pi) % (2.0 * np.pi)))


def of_item(properties: Mapping[str, Any], when: datetime, lon: float, lat: float) -> Sun:
    """Return the sun of a scene: as its STAC item states it, else computed for the scene's time and centre.

    Args:
        properties: of the item; ``view:sun_elevation`` and ``view:sun_azimuth``, or ``s2:mean_solar_zenith`` and
            ``s2:mean_solar_azimuth``, all in degrees.
        when: UTC, or any time that knows its zone.
        lon: degrees east.
        lat: degrees north.

    Returns:
        The computed sun also where the stated one is further than ``CONTRADICTION_DEG`` from it.
    """
    computed = position(when.astimezone(UTC) if when.tzinfo else when, lon, lat)
    stated = _stated(properties)
    if stated is None:
        return computed
    apart = np.clip(np.dot(stated.vector, computed.vector), -1.0, 1.0)
    if np.degrees(np.arccos(apart)) > CONTRADICTION_DEG:
        return Sun(computed.zenith, computed.azimuth, "contradicted")
    return stated


def _stated(properties: Mapping[str, Any]) -> Sun | None:
    elevation, azimuth = _degrees(properties, ELEVATION), _degrees(properties, AZIMUTH)
    if elevation is None or azimuth is None:
        zenith, azimuth = _degrees(properties, ZENITH_S2), _degrees(properties, AZIMUTH_S2)
    else:
        zenith = 90.0 - elevation
    if zenith is None or azimuth is None:
        return None
    return Sun(float(np.radians(zenith)), float(np.radians(azimuth % 360.0)), "item")


def _degrees(properties: Mapping[str, Any], name: str) -> float | None:
    value = properties.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        return None
    return float(value)

"""What the ground tells a classifier: height, slope, which way it faces and how much sun it gets.

Poppy is sown where the winter sun reaches and patrols do not; what of it a model may learn is decided by training.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from eradication import sun
from eradication.raster import Float32
from eradication.sun import Sun
from eradication.terrain.light import cos_incidence
from eradication.terrain.relief import Relief

FEATURES: dict[str, tuple[str, str]] = {
    "elevation": ("height above sea level", "m"),
    "slope": ("steepness by Horn 1981", "degree"),
    "northness": ("sine of slope times cosine of aspect", "1"),
    "eastness": ("sine of slope times sine of aspect", "1"),
    "cos_i_january": ("cos i on 15 January at 10:30 local time (UTC+7)", "1"),
    "cos_i_mean": ("mean cos i over the season's scenes", "1"),
    "cos_i_min": ("lowest cos i over the season's scenes", "1"),
}
"""Name → formula and unit, in the order of layers."""


def january_sun(year: int, lon: float, lat: float) -> Sun:
    """Return the sun of 15 January, 10:30 in Vietnam: the low sun of the months in which poppy flowers."""
    return sun.position(datetime(year, 1, 15, 3, 30, tzinfo=UTC), lon, lat)


def features(relief: Relief, january: Sun, scenes: Sequence[Sun]) -> dict[str, Float32]:
    """Return the terrain features of a window, each of shape (y, x), NaN where the relief is unknown.

    Args:
        relief: of the window.
        january: see :func:`january_sun`.
        scenes: the sun of every scene of the season, whether seen through cloud or not, so that all pixels are
            compared over the same dates; none = the last two features are NaN.
    """
    mean, least = _over_scenes(relief, scenes)
    values = (
        relief.elevation_m,
        relief.slope_deg,
        relief.north,
        relief.east,
        cos_incidence(relief, january),
        mean,
        least,
    )
    return dict(zip(FEATURES, values, strict=True))


def _over_scenes(relief: Relief, scenes: Sequence[Sun]) -> tuple[Float32, Float32]:
    if not scenes:
        unknown = np.full(relief.up.shape, np.nan, np.float32)
        return unknown, unknown.copy()
    total, least = np.zeros(relief.up.shape, np.float32), np.full(relief.up.shape, np.inf, np.float32)
    for one in scenes:
        lit = cos_incidence(relief, one)
        total += lit
        np.minimum(least, lit, out=least)
    return total / np.float32(len(scenes)), least

"""Made-up series and cubes for tests of features, scores and outlines: the answer is written into the input."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from affine import Affine
from odc.geo.geobox import GeoBox

from eradication import features, geo
from eradication.config import Settings
from eradication.domain import ScoreKind, Season
from eradication.features import OPEN
from eradication.raster import BANDS, Cube, FeatureStack, ScoreMap, pack

SEASON = Season(2025)
TIMES = np.arange("2025-05-06T03:30", "2026-05-31T03:30", np.timedelta64(10, "D"), dtype="datetime64[m]")

SOIL = dict(zip(BANDS, (0.06, 0.09, 0.13, 0.16, 0.19, 0.20, 0.22, 0.23, 0.30, 0.25), strict=True))
GREEN = dict(zip(BANDS, (0.03, 0.06, 0.04, 0.09, 0.28, 0.35, 0.40, 0.41, 0.18, 0.09), strict=True))
FOREST = dict(zip(BANDS, (0.02, 0.04, 0.025, 0.07, 0.22, 0.27, 0.30, 0.31, 0.13, 0.06), strict=True))
PALE = GREEN | {"blue": 0.09, "green": 0.11, "red": 0.11}
YELLOW = GREEN | {"blue": 0.03, "green": 0.14, "red": 0.12}

type Calendar = Mapping[str, Mapping[str, float]]

POPPY: Calendar = {
    "2025-05": GREEN,
    "2025-08": SOIL,
    "2025-12": GREEN,
    "2026-02": PALE,
    "2026-03": GREEN,
    "2026-04": SOIL,
}
"""Cover from the first day of a month until the next one named."""
MUSTARD: Calendar = POPPY | {"2026-02": YELLOW}
EVERGREEN: Calendar = {"2025-05": FOREST}
ORCHARD: Calendar = {"2025-05": GREEN, "2026-01": PALE, "2026-02": GREEN}
FALLOW: Calendar = {"2025-05": GREEN, "2025-10": SOIL}


def geobox(height: int = 24, width: int = 24) -> GeoBox:
    """A 10 m grid in UTM 48N whose upper left corner is at 386 000 E, 2 358 000 N."""
    return GeoBox((height, width), Affine(10, 0, 386_000, 0, -10, 2_358_000), "EPSG:32648")


def series(calendar: Calendar, band: str) -> npt.NDArray[np.float32]:
    """Reflectance of ``band`` on every date of TIMES."""
    starts = np.array(sorted(calendar), "datetime64[M]")
    place = np.searchsorted(starts, TIMES.astype("datetime64[M]"), side="right") - 1
    return np.array([calendar[str(starts[p])][band] for p in place], np.float32)


def cube(ground: Calendar = FALLOW, patches: Mapping[tuple[int, int], Calendar] | None = None, size: int = 24) -> Cube:
    """A cube of ``ground`` with single pixels (row, column) of other calendars."""
    bands = {}
    for band in BANDS:
        values = np.repeat(series(ground, band), size * size).reshape(len(TIMES), size, size)
        for (row, column), calendar in (patches or {}).items():
            values[:, row, column] = series(calendar, band)
        bands[band] = pack(values)
    clear = np.ones((len(TIMES), size, size), np.uint8)
    return Cube(SEASON, TIMES, bands, clear, geobox(size, size), True, (), (), True)


def lonlat(row: float, column: float) -> tuple[float, float]:
    """Degrees of a pixel's centre."""
    ((lon, lat),) = geo.transform([(386_000 + 10 * (column + 0.5), 2_358_000 - 10 * (row + 0.5))], 32648, 4326)
    return lon, lat


def described(given: Cube, settings: Settings | None = None) -> FeatureStack:
    """Every observed pixel of a cube, whatever the gate says."""
    return features.describe(given, settings or Settings(), gate=OPEN)


def score_map(score: npt.ArrayLike, model: str = "rules") -> ScoreMap:
    """A map of given scores with five looks everywhere."""
    values = np.asarray(score, np.float32)
    pixels = np.flatnonzero(np.isfinite(values))
    looks = np.full(len(pixels), 5, np.uint8)
    grid = geobox(*values.shape)
    inside = np.zeros(len(pixels), bool)
    return ScoreMap(SEASON, ScoreKind.RULE, model, grid, pixels, values.ravel()[pixels], looks, inside, len(pixels))


def visited(grid, pixels) -> features.Choice:
    """A choice of pixels that belong to places, and no background."""
    return replace(features.choose(grid, [], background=0), pixel=np.asarray(pixels, np.int64))

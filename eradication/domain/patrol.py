"""Patrols: what a unit walked, kept point by point. Bad fixes are marked with a reason, never deleted."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

Z95 = 1.96
"""Half of a 95 % interval in standard errors."""

MARKS: tuple[str, ...] = (
    "kept",
    "bad_coordinates",
    "flagged_by_source",
    "future_time",
    "implausible_time",
    "poor_accuracy",
    "poor_dilution",
    "duplicate",
    "time_reversed",
    "spike",
    "too_fast",
    "vehicle",
    "stationary",
)
"""Marks of a fix in the order in which they apply; index 0 means kept. A fix bears one mark, the first that applies."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """One unbroken track segment as columns, one row per fix, WGS 84."""

    lon: npt.NDArray[np.float64]
    """Longitude, degrees."""
    lat: npt.NDArray[np.float64]
    """Latitude, degrees."""
    ele_m: npt.NDArray[np.float32]
    """Elevation in metres; NaN where absent."""
    time_s: npt.NDArray[np.float64]
    """Seconds since 1970 UTC; NaN where absent."""
    accuracy_m: npt.NDArray[np.float32]
    """Horizontal accuracy (68 % radius) in metres; NaN where absent."""
    hdop: npt.NDArray[np.float32]
    """Horizontal dilution of precision; NaN where absent."""
    mark: npt.NDArray[np.uint8]
    """Index into :data:`MARKS`; 0 = kept."""

    def __len__(self) -> int:
        """Return the number of fixes, kept and marked."""
        return len(self.lon)

    def piece(self, part: slice | npt.NDArray[np.bool_]) -> "Fixes":
        """Return some of the fixes, marks included."""
        return Fixes(
            lon=self.lon[part],
            lat=self.lat[part],
            ele_m=self.ele_m[part],
            time_s=self.time_s[part],
            accuracy_m=self.accuracy_m[part],
            hdop=self.hdop[part],
            mark=self.mark[part],
        )

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Mask of the fixes that bear no mark."""
        kept: npt.NDArray[np.bool_] = self.mark == 0
        return kept


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A named point of a patrol, WGS 84."""

    lon: float
    lat: float
    time: datetime | None
    name: str
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Perimeter:
    """One closed walk round something, once or several times."""

    polygon: BaseGeometry
    """WGS 84, as walked, closed by a straight line; it may cross itself."""
    laps: int
    """How often it was walked round."""
    area_m2: float
    """Geodesic; of several laps the mean. Of a line that crosses itself, what it encloses once or more."""
    area_se_m2: float
    perimeter_m: float
    """Of one lap."""
    sigma_m: float
    """Standard deviation of a position in one direction that the error rests on."""
    gap_m: float
    """Between its first and its last fix."""
    crossings: int
    """Places where it crosses itself."""
    laps_differ_pct: float | None
    """By how much laps differ from their mean, all told; ``None`` with one lap."""


@dataclass(frozen=True, slots=True, eq=False)
class Patrol:
    """One walk of one unit."""

    id: str
    """Derived from the original's hash and the position in it: the same file gives the same id anywhere."""
    unit: str
    """Code of the unit, or empty."""
    name: str
    """What the device called it."""
    start: datetime | None
    """First kept time, UTC; ``None`` for a track without times."""
    end: datetime | None
    length_km: float
    """Geodesic length of the likely way over kept fixes, gaps not bridged."""
    hours: float
    """Time walked over kept fixes, gaps left out; 0 without times."""
    marked: dict[str, int]
    """Number of fixes by mark, without ``kept`` and without zeros."""
    segments: tuple[Fixes, ...]
    waypoints: tuple[Waypoint, ...]
    cells: dict[str, list[str]] = field(default_factory=dict)
    """Effort: ISO day → 1 km grid cells (EPSG:32648 kilometre indices ``"E_N"``) touched on foot that day."""
    kind: str = "track"
    """``track`` (walked) or ``route`` (planned: no effort)."""
    perimeters: tuple["Perimeter", ...] = ()
    """Its pieces that are closed walks round something."""
    walk: str = ""
    """The same for the same walk in another file, for counting it once; empty for routes and without times."""

    @property
    def total(self) -> int:
        """Number of fixes in the file."""
        return sum(len(s) for s in self.segments)

    @property
    def kept(self) -> int:
        """Number of fixes without a mark; ``kept + Σ marked = total``."""
        return self.total - sum(self.marked.values())


@dataclass(frozen=True, slots=True)
class PatrolFile:
    """What became of one handed-in file."""

    path: str
    sha256: str
    format: str
    """``gpx``, ``csv`` …; ``unknown`` if it could not be told."""
    status: str
    """``accepted``, ``duplicate`` or ``refused``."""
    reason: str
    """Stable code for a refusal, empty otherwise."""
    message: str
    """The reason in words, a template already filled."""
    patrols: tuple[Patrol, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    """Anything else worth telling: assumed time zone, encoding, CRS."""

"""What the checks of an eradication need to know, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from eradication.domain import Detectability, Plot, Visit


@dataclass(frozen=True, slots=True)
class Walked:
    """An outline that was measured on the ground, or on fine imagery."""

    outline: BaseGeometry
    """WGS 84; it may cross itself."""
    area_m2: float
    se_m2: float
    """Standard error of the area."""
    crossings: int = 0
    """Places where it crosses itself."""
    what: str = ""
    """Whose it is, readable: a row, a patrol."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The measured outline of another plot of the season."""

    name: str
    """Code, or id, of the plot."""
    outline: BaseGeometry
    """WGS 84."""
    se_m2: float
    """Standard error of its area."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where communes lie."""

    commune: str = ""
    """Code of the commune that holds the position of the row, empty outside all of them."""
    approximate: bool = False
    """True while outlines of communes are approximate."""


@dataclass(frozen=True, slots=True)
class PhotoSign:
    """What is missing or odd about a photo of the row, as the evidence of photos tells it."""

    code: str
    role: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Photos:
    """The photos of a row."""

    shown: int = 0
    """How many were handed in and are named by the row."""
    before: tuple[datetime, ...] = ()
    """When those before were taken, where known."""
    after: tuple[datetime, ...] = ()
    signs: tuple[PhotoSign, ...] = ()


@dataclass(frozen=True, slots=True)
class Eradication:
    """One row of a destruction with what is known around it."""

    visit: Visit
    """As it was handed in: its position is that of the row, not of the plot."""
    recorded_at: datetime
    plot: Plot
    klass: Detectability
    area_m2: float
    """Measured area of the plot in the season."""
    error_m: float
    """How far from the plot's edge a position may lie and still be the same place."""
    area_se_m2: float = 0.0
    """Standard error of that area, or of the one the row states, where it was measured in another way than by walking
    round; 0 where it comes of a walk, whose error goes with the walk."""
    estimate_m2: float | None = None
    """Area of the candidate, if there was one."""
    walked: Walked | None = None
    """The boundary walked round the plot, if one is known."""
    neighbours: Sequence[Neighbour] = ()
    ground: Ground = field(default_factory=Ground)
    detected_at: datetime | None = None
    verified_at: datetime | None = None
    minutes_elsewhere: tuple[str, ...] = ()
    """Other plots whose destruction bears the same number of minutes, of the same unit and season."""
    photos: Photos = field(default_factory=Photos)

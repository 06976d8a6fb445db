"""What the map, the page and the plot files are made of: plain values, put together by the pipeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import AdminUnit, Episode, Json, Patrol, Season
from eradication.report.chips import Pair

if TYPE_CHECKING:
    from eradication.report.seen import Seen


def _unchanged(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Harvest:
    """When the capsules of a place are expected to be lanced: by a calendar of finds, never by measurement."""

    first: date
    last: date
    told_on: date
    """Local day from which days are counted."""
    basis: str
    """``sowing``, ``stage`` or ``calendar``, see :class:`eradication.harvest.Basis`."""

    @property
    def days_left(self) -> int:
        """Days until it begins; 0 = today, negative = it has begun."""
        return (self.first - self.told_on).days


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One plot in one season, as every output shows it."""

    episode: Episode
    commune: str
    """Name of the commune, or empty (abroad, or unknown)."""
    simulated: bool = False
    """True if a simulator made it; every output then says so."""
    official_epsg: int = geo.VN2000_SON_LA
    """CRS of the official coordinates, one of VN-2000's zones; a setting of the workspace."""
    harvest: Harvest | None = None
    """``None`` where no live poppy is to be expected, or where it was not asked for."""
    mark: str = ""
    """Whom a file of plots was given to; it stands in every row of the file."""

    @property
    def class_estimated(self) -> bool:
        """True while the class rests on an outline nobody measured ("A?")."""
        return self.episode.detected_at is None

    @property
    def klass(self) -> str:
        """``A``, ``B`` or ``C``, with a question mark while it is an estimate."""
        return self.episode.klass.value + ("?" if self.class_estimated else "")

    @property
    def is_outside(self) -> bool:
        """True while all that is known is a candidate unlike everything its model has learned."""
        return self.episode.outside and self.episode.detected_at is None

    @property
    def lonlat(self) -> tuple[float, float]:
        """Centre of the plot, degrees WGS 84."""
        return geo.centre(self.episode.plot.geometry)

    @property
    def vn2000(self) -> tuple[float, float]:
        """Centre of the plot, east and north in metres, in ``official_epsg``."""
        return geo.transform([self.lonlat], geo.WGS84, self.official_epsg)[0]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One unbroken piece of a patrol's walk."""

    unit: str
    name: str
    start: datetime | None
    lonlat: npt.NDArray[np.float64]
    """Kept fixes, shape ``(n, 2)``: longitude, latitude in degrees WGS 84."""


@dataclass(frozen=True, slots=True)
class WaypointMark:
    """A named point of a patrol, WGS 84 degrees."""

    lon: float
    lat: float
    name: str
    unit: str


def tracks_of(patrol: Patrol) -> tuple[Track, ...]:
    """Return the pieces of ``patrol`` worth drawing: kept fixes only, two at least."""
    pieces = (np.column_stack([s.lon[s.kept], s.lat[s.kept]]) for s in patrol.segments)
    return tuple(Track(patrol.unit, patrol.name, patrol.start, piece) for piece in pieces if len(piece) > 1)


@dataclass(frozen=True, slots=True)
class MapView:
    """Everything ``map.html`` shows."""

    province: str
    season: Season
    as_of: datetime
    """Time the states are told for, aware."""
    plots: tuple[PlotRow, ...]
    communes: tuple[AdminUnit, ...] = ()
    tracks: tuple[Track, ...] = ()
    waypoints: tuple[WaypointMark, ...] = ()
    past: tuple[PlotRow, ...] = ()
    """Plots of earlier seasons; expired ones of this season are shown by their state."""
    simulated: bool = False
    scene_classification: bool = True
    """False if scenes came without SCL: then only missing data was masked, and the map says so."""
    seen: "Seen | None" = None
    """How often the newest run saw each place clearly."""
    chips: Mapping[tuple[str, str], Pair] | None = None
    """Plot and season → its pictures before and after; ``None`` = none were asked for."""
    remaining: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Season → code of a commune in which something was detected → what of it is not verified, m²."""
    language: str = "vi"
    translate: Callable[[str], str] = _unchanged
    """Message id (English) → text in ``language``."""


@dataclass(frozen=True, slots=True)
class PatrolRow:
    """One line of the patrol table."""

    unit: str
    name: str
    start: datetime | None
    length_km: float
    hours: float
    total: int
    """Fixes in the file; ``kept + Σ marked = total``."""
    kept: int
    marked: Mapping[str, int]

    @classmethod
    def of(cls, patrol: Patrol) -> "PatrolRow":
        """Summarise ``patrol``."""
        return cls(
            unit=patrol.unit,
            name=patrol.name,
            start=patrol.start,
            length_km=patrol.length_km,
            hours=patrol.hours,
            total=patrol.total,
            kept=patrol.kept,
            marked=patrol.marked,
        )


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event on which figures rest, as a list of events tells it: no notes, no places, no sources of tips."""

    happened_at: datetime | None
    """Aware, as is ``recorded_at``; ``None`` = withheld: of another unit, in the report of one."""
    recorded_at: datetime | None
    kind: str
    """Code, see :class:`eradication.domain.EventKind`."""
    outcome: str
    """Code of a visit's outcome, or empty."""
    struck_out: bool
    """True of a correction that strikes a row out."""
    plots: tuple[str, ...]
    """Codes of the plots it is about, ids where they have none."""
    unit: str
    visit: str
    area_m2: float | None
    """As stated by the visit."""
    fraction: float | None
    """Cumulative share destroyed, 0…1, as stated."""
    minutes_no: str
    officers: tuple[str, ...]
    """Pseudonymous codes."""
    origin: str
    number: int | None
    """Within its origin; ``None`` = withheld."""
    hash: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything ``report.html`` shows."""

    province: str
    season: Season
    as_of: datetime
    ledger: Mapping[str, Json]
    """The answer of ``eradication --json ledger --by commune``."""
    by_class: tuple[Mapping[str, Json], ...]
    """``rows`` of the answer of ``ledger --by class``."""
    plots: tuple[PlotRow, ...]
    by_unit: tuple[Mapping[str, Json], ...] = ()
    """``rows`` of the same ledger by unit; none where it is of one unit."""
    counted: frozenset[tuple[str, str]] | None = None
    """Plot and season of the ``plots`` that enter totals; ``None`` = all. What lies abroad is listed, not counted."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Plot id → code of the plots of all seasons, also of those that are not listed."""
    criterion: Mapping[str, Any] | None = None
    """The answer of ``criterion``; ``None`` where it is not told."""
    period: Mapping[str, Any] | None = None
    """The answer of ``period show``, where the report is of a period; the ledger is then its cumulative one."""
    unit: str = ""
    """Code of the unit it speaks of; empty = the whole province."""
    patrols: tuple[PatrolRow, ...] = ()
    runs: tuple[Mapping[str, Json], ...] = ()
    """Answers of ``monitor``, oldest first."""
    checks: tuple[Mapping[str, Any], ...] = ()
    """One for each destruction: ``code``, ``visit``, ``eradicated_at``, and ``checks`` with a ``message`` each."""
    events: tuple[EventRow, ...] | None = None
    """The events that the figures rest on, in canonical order; ``None`` where they are not told."""
    warnings: tuple[str, ...] = ()
    """Further sentences to show, already in the user's language."""
    approximate_boundaries: bool = False
    simulated: bool = False
    language: str = "vi"
    translate: Callable[[str], str] = field(default=_unchanged)

    def counts(self, row: PlotRow) -> bool:
        """Tell whether a plot enters the totals."""
        return self.counted is None or (row.episode.plot.id, row.episode.season.label) in self.counted

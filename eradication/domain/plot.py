"""Candidates, plots and their seasons."""

from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry

from eradication.domain.codes import AreaMethod, CandidateSource, Detectability, Planting, ScoreKind, State
from eradication.domain.course import Course
from eradication.domain.season import Season

CLASS_A_MIN_M2 = 2000.0
CLASS_B_MIN_M2 = 350.0
_NO_COURSE = Course()


def detectability(area_m2: float) -> Detectability:
    """Return the class of a plot of ``area_m2``: A from 2 000 m², B from 350 m², C below."""
    if area_m2 >= CLASS_A_MIN_M2:
        return Detectability.A
    return Detectability.B if area_m2 >= CLASS_B_MIN_M2 else Detectability.C


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place proposed by a run or a tip. It accuses nobody: *cần kiểm tra, chưa kết luận*."""

    id: str
    """Derived from season, model and outline: the same input gives the same id anywhere."""
    season: Season
    geometry: BaseGeometry
    """Outline on pixel edges, WGS 84 (longitude, latitude)."""
    lon: float
    """Score-weighted centre, degrees."""
    lat: float
    score: float
    """0…1, see :func:`eradication.plots.evidence`; what it may be called says ``score_kind``."""
    score_kind: ScoreKind
    area_m2: float
    """Estimated area (geodesic, of the outline unless the model knows better)."""
    run: str
    model: str
    """Name and version of the model, or ``rules``."""
    clear_observations: int
    """Median number of clear looks per pixel behind the score."""
    outside: bool = False
    """Unlike everything the model has learned: hatched on maps, and ranked lower."""
    priority: float | None = None
    """The score before it was made a probability; ``None`` where it was not."""
    source: CandidateSource = CandidateSource.SATELLITE
    """Who proposed it. A tip and a reading of a fine image have no score (0), no run and no model; the outline of a tip
    is where to look, not what is there."""

    sown_on: date | None = None
    """Day on which its strongest pixel seems to have been sown, as the images tell; it is no part of the id."""

    @property
    def by_tip(self) -> bool:
        """Tell whether a tip proposed it."""
        return self.source is CandidateSource.TIP

    @property
    def is_scored(self) -> bool:
        """Tell whether a run proposed it: what people tell or see bears no score."""
        return self.source is CandidateSource.SATELLITE

    @property
    def klass(self) -> Detectability:
        """Estimated detectability class ("A?")."""
        return detectability(self.area_m2)


@dataclass(frozen=True, slots=True)
class Plot:
    """A place followed over years; its id never dies."""

    id: str
    code: str
    """Short permanent code for radio and minutes, e.g. ``VH-27-014``."""
    geometry: BaseGeometry
    """Latest best outline, WGS 84; a disc of its area where only a point is known."""
    measured: bool
    """True if the outline was measured on the ground or on an image of ≤ 10 cm that two people read (not a satellite
    outline, not a disc round a point)."""
    source: CandidateSource
    commune_code: str
    """Code of the commune that holds its centre, or empty (abroad, or unknown)."""
    aliases: tuple[str, ...]
    """Ids that were found to be the same place."""
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """One plot in one season, with its state and its areas as of a time."""

    plot: Plot
    season: Season
    state: State
    klass: Detectability
    score: float | None
    score_kind: ScoreKind | None
    run: str
    model: str
    area_m2: float
    """Measured area, else the estimate of the candidate.

    The latest measurement of the best method (tape > uav > gps_vertices > gps_track > pace > estimate) counts.
    Detections measure; so do destructions and verifications that state both area and method. The area of regrowth is
    its own: it replaces the plot's only where it is larger."""
    area_method: AreaMethod
    area_se_m2: float
    detected_m2: int
    """Measured area once detected, else 0."""
    claimed_m2: int
    """Destroyed and not regrown, as the eradicating unit says."""
    verified_m2: int
    """Destroyed and not regrown, as another unit confirmed."""
    plant_count: int | None
    unit: str
    """Unit that answers for it: the one that detected it first; before a detection the one it is assigned to, or empty.

    Never the verifier: rows by unit credit nobody with what others found."""
    first_seen: datetime
    detected_at: datetime | None
    eradicated_at: datetime | None
    verified_at: datetime | None
    """Last verification of the whole plot; a verified part has none."""
    visits: int
    look_alike: str
    out_of_place: tuple[str, ...]
    """Rows that had no effect and why (``verified_before_eradicated``, ``verifier_not_independent`` …)."""
    parties: tuple[str, ...] = ()
    """Units and officers who detected or eradicated (``unit:…``, ``officer:…``); none of them may verify."""
    outside: bool = False
    """The candidate is unlike everything its model has learned."""
    priority: float | None = None
    """Of its candidate, see :attr:`Candidate.priority`."""
    crop: str = ""
    """Code of the crop as last stated, or empty; fibre hemp and other crops without narcotics accuse nobody."""

    destructions: int = 0
    """How often it was destroyed in the season; 2 = destroyed, regrown and destroyed again."""
    forced: str = ""
    """Why what is verified was accepted although the verifier was not independent; empty = nothing was forced."""
    unknown_verifier: str = ""
    """Unit that verified what is verified, if it is in no table of units; empty = none, or no table is."""
    verifier: str = ""
    """Unit that verified what is verified; empty = none did."""
    planting: Planting = Planting.UNKNOWN
    """Sown anew here, sown again, or not known; only for what was detected."""
    outline: BaseGeometry | None = None
    """Outline of this season, WGS 84, where one was walked in it; the plot's own may be of another season."""
    place: BaseGeometry | None = None
    """Where it lay in this season as far as that is known: the walked outline, else the candidate's, else a disc."""
    course: Course = _NO_COURSE
    """Times, people and codes of its steps."""
    moved_from: str = ""
    """Of a new plot: the nearest plot of an earlier season close by that is not planted again, or empty."""
    sown_on: date | None = None
    """Of its candidate, see :attr:`Candidate.sown_on`."""
    stage_seen: tuple[str, datetime] | None = None
    """Growth stage as a visit stated it last, and when that was."""
    units: tuple[str, ...] = ()
    """Units whose business it is, in the form in which names are compared: the one it is assigned to, and every one
    that visited it, with effect or not. Nobody else's patrol may see it; if there is none, everybody's may."""

    @property
    def ground(self) -> BaseGeometry:
        """The ground that is counted: that of the season, else the plot's."""
        return self.plot.geometry if self.place is None else self.place

    @property
    def remaining_m2(self) -> int:
        """Detected and not verified."""
        return self.detected_m2 - self.verified_m2

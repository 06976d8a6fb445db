"""What is known while the facts of one episode are taken in order: its state, and its areas with their measures."""

from dataclasses import dataclass, field
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from eradication.domain import AreaMethod, Candidate, CountMethod, State, Visit
from eradication.domain.succession import NO_SUCCESSIONS, Successions
from eradication.domain.visit import DEFAULT_AREA_M2
from eradication.history.areas import Areas, Measurement, best
from eradication.history.facts import Fact
from eradication.history.findings import Finding
from eradication.history.states import Trigger

_MEASURING = frozenset({Trigger.DETECTED, Trigger.ERADICATED, Trigger.VERIFIED})


@dataclass(slots=True)
class Account:
    """What is known while the facts of one episode are taken in order."""

    state: State | None = None
    areas: Areas = field(default_factory=Areas)
    destroyed: float = 0.0
    """The last cumulative fraction destroyed."""
    measurements: list[Measurement] = field(default_factory=list)
    counts: dict[Trigger, list[tuple[int, CountMethod | None]]] = field(default_factory=dict)
    candidate: Candidate | None = None
    finders: set[str] = field(default_factory=set)
    successions: Successions = NO_SUCCESSIONS
    """Which unit followed which."""
    times: dict[Trigger, datetime] = field(default_factory=dict)
    """First time of detection, last of eradication and of the verification of the whole plot."""
    assigned: str = ""
    detector: str = ""
    """Unit of the first detection."""
    visits: list[Visit] = field(default_factory=list)
    look_alike: str = ""
    crop: str = ""
    findings: list[Finding] = field(default_factory=list)
    taken: list[Fact] = field(default_factory=list)
    """Facts that had an effect, in order."""
    destructions: int = 0
    """How often it was destroyed, a destruction after regrowth counted again."""
    forced: str = ""
    """Why the last verification was taken although the verifier was not independent."""
    unknown_verifier: str = ""
    """Unit of the last verification, if it is in no table of units."""
    verifier: str = ""
    """Unit of the last verification."""


def count_area(account: Account, fact: Fact, visit: Visit) -> None:
    """Take what a row says of areas: measured, destroyed, verified or regrown."""
    if fact.trigger is Trigger.REGROWN:
        _count_regrowth(account, fact, visit)
        return
    _measure(account, fact, visit)
    if fact.trigger is Trigger.ERADICATED:
        account.destroyed = 1.0 if visit.destroyed_fraction is None else visit.destroyed_fraction
        account.areas = account.areas.eradicated(account.destroyed)
    elif fact.trigger is Trigger.VERIFIED:
        account.areas = account.areas.eradicated(account.destroyed).confirmed(visit.destroyed_fraction)


def _measure(account: Account, fact: Fact, visit: Visit) -> None:
    """Take the area of a row as one of the plot: of a detection, or of destruction and verification with its method.

    Once something has regrown, the area of a destruction may be that of the regrowth: it can enlarge the plot only.
    """
    if visit.area_m2 is None or fact.trigger not in _MEASURING:
        return
    if fact.trigger is not Trigger.DETECTED:
        regrowth = Trigger.REGROWN in account.times and visit.area_m2 < account.areas.measured
        if visit.area_method is None or regrowth:
            return
    method = visit.area_method or AreaMethod.ESTIMATE
    account.measurements.append(Measurement(visit.area_m2, method, fact.outline))
    account.areas = account.areas.remeasured(best(account.measurements).area_m2)


def _count_regrowth(account: Account, fact: Fact, visit: Visit) -> None:
    before = account.areas.measured
    account.areas = account.areas.regrown(visit.area_m2)
    if account.areas.measured > before and visit.area_m2 is not None:
        method = visit.area_method or AreaMethod.ESTIMATE
        account.measurements = [Measurement(visit.area_m2, method, fact.outline)]


def walked(account: Account) -> BaseGeometry | None:
    """Return the outline of the measurement that counts, else the last one that was walked in the season."""
    outline = measured_by(account).outline
    return outline or next((fact.outline for fact in reversed(account.taken) if fact.outline is not None), None)


def place_of(account: Account) -> BaseGeometry | None:
    """Return where the season's facts lie: what was walked, else the run's last outline, else where somebody stood."""
    outline = walked(account)
    if outline is not None:
        return outline
    if account.candidate is not None and account.candidate.is_scored:
        return account.candidate.geometry
    places = [fact.footprint for fact in account.taken if fact.visit is not None]
    known = [place for place in places if place is not None]
    return known[-1].geometry if known else None


def measured_by(account: Account) -> Measurement:
    """Return the measurement that counts: the best there is, else the candidate's estimate."""
    if account.measurements:
        return best(account.measurements)
    if account.candidate is not None:
        return Measurement(account.candidate.area_m2, AreaMethod.ESTIMATE)
    stated = [visit.area_m2 for visit in account.visits if visit.area_m2 is not None]
    return Measurement(stated[-1] if stated else DEFAULT_AREA_M2, AreaMethod.ESTIMATE)

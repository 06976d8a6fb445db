"""When two observations are one place.

A new geometry joins a known plot if the outlines overlap by IoU ≥ 0.2, or, where at least one of the two is a satellite
outline or a point, if the centres lie within ``max(15 m, 2·√(σ_g² + σ_p²))`` and this is so for **one** partner only.
Distance never joins two outlines that were both measured on the ground: lots in a valley lie less than 18 m apart.
Two possible partners are a person's decision: the observation gets a plot of its own that names them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

import numpy as np
from shapely import STRtree
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.domain import Candidate, CandidateSource, Episode, Plot, Visit
from eradication.domain.codes import fold
from eradication.domain.visit import DEFAULT_AREA_M2
from eradication.geo import centre, disc, distance_m
from eradication.history.naming import plot_id_of, plot_id_of_visit

FAR_M = 300.0
"""A visit that names a plot further away than this gets the check ``far_from_plot``."""

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """A place as identity sees it."""

    id: str
    geometry: BaseGeometry
    """WGS 84."""
    measured: bool = False
    """A ground-measured outline: distance does not join it to another one."""
    satellite: bool = False
    """A satellite outline: its centre is less certain than a patrol's."""
    point: bool = False
    """Only a position is known; the outline is a disc."""
    vague: bool = False
    """The disc of a tip: where to look. What is known better is the partner rather than it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A candidate and the plot it belongs to."""

    candidate: Candidate
    plot_id: str
    founding: bool
    """True if the plot is new."""
    ambiguous_with: tuple[str, ...] = ()
    """Known plots it may be the same place as; a person decides."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a visit belongs."""

    plot_id: str
    """Empty if ``reason`` says why there is none."""
    founding: bool
    ambiguous_with: tuple[str, ...] = ()
    geometry: BaseGeometry | None = None
    """Of a founded plot: the measured outline, else a disc of its area."""
    reason: str = ""
    """``unknown_plot``, ``ambiguous_code`` or ``no_place``."""
    checks: tuple[str, ...] = ()
    """``far_from_plot``: the stated position is not near the plot it names."""


class Neighbours:
    """Finds the possible partners of a footprint among many, by an R-tree."""

    def __init__(self, known: Sequence[Footprint], settings: Settings) -> None:
        """Index ``known``."""
        self._known = known
        self._settings = settings.identity
        self._tree = STRtree([footprint.geometry for footprint in known])

    def partners(self, new: Footprint) -> tuple[list[str], list[str]]:
        """Return the ids that overlap enough, and those that are only near enough, each sorted."""
        around = self._around(new)
        overlapping, near = self._among(new, [other for other in around if not other.vague])
        if not overlapping and not near:
            overlapping, near = self._among(new, [other for other in around if other.vague])
        return sorted(set(overlapping)), sorted(set(near) - set(overlapping))

    def _among(self, new: Footprint, others: Sequence[Footprint]) -> tuple[list[str], list[str]]:
        overlapping, near = [], []
        for other in others:
            if iou(new.geometry, other.geometry) >= self._settings.min_iou:
                overlapping.append(other.id)
            elif self._is_near(new, other):
                near.append(other.id)
        return overlapping, near

    def within(self, geometry: BaseGeometry, metres: float) -> list[str]:
        """Return the ids whose bounds lie about ``metres`` from those of ``geometry`` (WGS 84), or nearer."""
        return [footprint.id for footprint in self._in_reach(geometry, metres)]

    def _around(self, new: Footprint) -> list[Footprint]:
        return self._in_reach(new.geometry, self._reach(True, True))

    def _in_reach(self, geometry: BaseGeometry, reach: float) -> list[Footprint]:
        west, south, east, north = geometry.bounds
        dy = 1.05 * reach / _METRES_PER_DEGREE
        dx = dy / max(0.01, cos(radians(max(abs(south), abs(north)))))
        window = box(west - dx, south - dy, east + dx, north + dy)
        return [self._known[i] for i in np.sort(self._tree.query(window))]

    def _reach(self, satellite: bool, other_satellite: bool) -> float:
        sigma = {True: self._settings.satellite_sigma_m, False: self._settings.patrol_sigma_m}
        return max(self._settings.min_distance_m, 2.0 * hypot(sigma[satellite], sigma[other_satellite]))

    def _is_near(self, new: Footprint, other: Footprint) -> bool:
        if new.measured and other.measured:
            return False
        here, there = centre(new.geometry), centre(other.geometry)
        if distance_m(*here, *there) <= self._reach(new.satellite, other.satellite):
            return True
        # A position inside a large outline can be far from its centre, and is yet there.
        return (new.point and bool(other.geometry.covers(Point(here)))) or (
            other.point and bool(new.geometry.covers(Point(there)))
        )


def iou(a: BaseGeometry, b: BaseGeometry) -> float:
    """Return intersection over union of two WGS 84 outlines; a ratio, so degrees do for places this small."""
    common = float(a.intersection(b).area)
    return common / float(a.area + b.area - common) if common > 0 else 0.0


def footprint_of(plot: Plot) -> Footprint:
    """Return a known plot as identity sees it."""
    satellite = plot.source is CandidateSource.SATELLITE and not plot.measured
    vague = plot.source is CandidateSource.TIP and not plot.measured
    measured = plot.measured or plot.source is CandidateSource.UAV
    return Footprint(plot.id, plot.geometry, measured, satellite, not (measured or satellite), vague)


def footprint_of_candidate(candidate: Candidate) -> Footprint:
    """Return a candidate as identity sees it, under the id of the plot that it would found."""
    name, tip = plot_id_of(candidate.id), candidate.by_tip
    if candidate.source is CandidateSource.UAV:
        return Footprint(name, candidate.geometry, measured=True)
    return Footprint(name, candidate.geometry, satellite=not tip, point=tip, vague=tip)


def plots_of(known: Iterable[Episode | Plot]) -> list[Plot]:
    """Return the distinct plots, by id."""
    plots = (item.plot if isinstance(item, Episode) else item for item in known)
    return list({plot.id: plot for plot in plots}.values())


def follow(known: Sequence[Episode | Plot], found: Sequence[Candidate], settings: Settings) -> list[Followed]:
    """Give every candidate of a run its plot: a known one, or a new one that it founds.

    Two candidates take the same known plot only if both overlap it enough. Candidates of one run are different places
    unless their outlines overlap enough.

    Args:
        known: plots, or episodes of any season.
        found: candidates; one id counts once.
        settings: thresholds in ``settings.identity``.
    """
    plots = plots_of(known)
    named = {name: plot.id for plot in plots for name in (*plot.aliases, plot.id)}
    distinct = list({candidate.id: candidate for candidate in found}.values())
    index = Neighbours([footprint_of(plot) for plot in plots], settings)
    fresh = [c for c in distinct if plot_id_of(c.id) not in named]
    wanted = {c.id: index.partners(footprint_of_candidate(c)) for c in fresh}
    claims = Counter(ids[0] for ids in map(_sole, wanted.values()) if ids)
    answer: dict[str, Followed] = {}
    for candidate in sorted(fresh, key=lambda c: (-c.score, c.id)):
        answer[candidate.id] = _decide(candidate, wanted[candidate.id], claims)
    _join_each_other(answer, settings)
    for candidate in distinct:
        if candidate.id not in answer:
            answer[candidate.id] = Followed(candidate, named[plot_id_of(candidate.id)], founding=False)
    return [answer[candidate.id] for candidate in distinct]


def _sole(partners: tuple[list[str], list[str]]) -> list[str]:
    """Return the one partner a footprint may join, as a list of one or none."""
    overlapping, near = partners
    chosen = overlapping or near
    return chosen if len(chosen) == 1 else []


def _decide(candidate: Candidate, partners: tuple[list[str], list[str]], claims: Counter[str]) -> Followed:
    overlapping, near = partners
    sole = _sole(partners)
    if sole and (overlapping or claims[sole[0]] == 1):
        return Followed(candidate, sole[0], founding=False)
    return Followed(candidate, plot_id_of(candidate.id), founding=True, ambiguous_with=tuple(overlapping or near))


def _join_each_other(answer: dict[str, Followed], settings: Settings) -> None:
    """Let founding candidates that overlap each other found one plot, the higher score first."""
    founding = [f for f in answer.values() if f.founding]
    index = Neighbours([footprint_of_candidate(f.candidate) for f in founding], settings)
    taken: set[str] = set()
    for followed in founding:
        overlapping, _ = index.partners(footprint_of_candidate(followed.candidate))
        earlier = [plot_id for plot_id in overlapping if plot_id in taken]
        if len(earlier) == 1 and not followed.ambiguous_with:
            answer[followed.candidate.id] = Followed(followed.candidate, earlier[0], founding=False)
        else:
            taken.add(followed.plot_id)


def place_visit(
    visit: Visit,
    known: Sequence[Episode | Plot],
    settings: Settings,
    *,
    outline: BaseGeometry | None = None,
) -> Placement:
    """Find the plot a visit speaks of: the one it names, the one at its place, or a new one.

    Args:
        visit: the row.
        known: plots, or episodes of any season, earlier rows of the same table included.
        settings: thresholds in ``settings.identity``.
        outline: the measured outline in WGS 84, if the row has one.
    """
    plots = plots_of(known)
    if visit.plot_id:
        return _named(visit, plots)
    new = footprint_of_visit(visit, outline)
    if new is None:
        return Placement("", founding=False, reason="no_place")
    if any(plot.id == new.id or new.id in plot.aliases for plot in plots):
        return Placement(next(p.id for p in plots if p.id == new.id or new.id in p.aliases), founding=False)
    partners = Neighbours([footprint_of(plot) for plot in plots], settings).partners(new)
    sole = _sole(partners)
    if sole:
        return Placement(sole[0], founding=False)
    return Placement(new.id, founding=True, ambiguous_with=tuple(partners[0] or partners[1]), geometry=new.geometry)


def footprint_of_visit(visit: Visit, outline: BaseGeometry | None) -> Footprint | None:
    """Return the measured outline of a visit, else a disc of its area round its position, else ``None``."""
    if outline is not None and outline.area > 0:
        return Footprint(plot_id_of_visit(visit), outline, measured=True)
    if visit.lon is None or visit.lat is None:
        return None
    shape = disc(visit.lon, visit.lat, visit.area_m2 or DEFAULT_AREA_M2)
    return Footprint(plot_id_of_visit(visit), shape, point=True)


def _named(visit: Visit, plots: Sequence[Plot]) -> Placement:
    wanted = fold(visit.plot_id)
    matching: list[Callable[[Plot], bool]] = [
        lambda plot: fold(plot.id) == wanted,
        lambda plot: fold(plot.code) == wanted,
        lambda plot: wanted in {fold(alias) for alias in plot.aliases},
    ]
    for matches in matching:
        hits = [plot for plot in plots if matches(plot)]
        if len(hits) == 1:
            return Placement(hits[0].id, founding=False, checks=_far(visit, hits[0]))
        if hits:
            ids = tuple(sorted(plot.id for plot in hits))
            return Placement("", founding=False, ambiguous_with=ids, reason="ambiguous_code")
    return Placement("", founding=False, reason="unknown_plot")


def _far(visit: Visit, plot: Plot) -> tuple[str, ...]:
    if visit.lon is None or visit.lat is None:
        return ()
    return ("far_from_plot",) if distance_m(visit.lon, visit.lat, *centre(plot.geometry)) > FAR_M else ()

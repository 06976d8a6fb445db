"""A plot that is really several: what is known of it is given to its parts, nothing twice and nothing lost.

What has an outline is cut along the parts. Of a place without one only a point is known: it belongs to the part it lies
in or nearest to, but an area that is nearer to that of all parts together than to that of its own part was measured
over all of them, and is divided as they were drawn. What was done to a find (destroyed, verified) was done to all the
parts that the find was in. What concerns the plot as a whole (dismissed, assigned, a check without a place) holds for
every part. Areas and plants are divided in whole numbers that add up to what was divided. What happened after the
division speaks of the part it names or lies in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from eradication.domain import Season
from eradication.geo import area_m2, centre
from eradication.history.areas import whole
from eradication.history.decisions import Decisions, Part, Split
from eradication.history.facts import Fact, Facts
from eradication.history.findings import Finding
from eradication.history.states import Trigger

LEAST_SHARE = 0.02
"""Less of an outline than this in a part is the breadth of a drawn line."""

_MEASURING = frozenset({Trigger.DETECTED, Trigger.REGROWN})
_OF_THE_WHOLE = frozenset({Trigger.REJECTED, Trigger.NOT_REACHED})

type Shares = Mapping[int, float]
"""Number of a part → its share; they sum to 1."""


def divide(facts: Facts, decisions: Decisions) -> tuple[Facts, Decisions]:
    """Return the facts with those of divided plots given to their parts, and the splits with the codes of the whole."""
    counted, findings = facts.counted, [*facts.findings, *decisions.findings]
    splits = []
    for split in decisions.splits:
        names = set(split.names)
        mine = [fact for fact in counted if fact.plot_id in names]
        division = _Division(split)
        pieces = [piece for fact in mine for piece in division.pieces(fact)]
        counted = [fact for fact in counted if fact.plot_id not in names] + pieces
        findings += division.findings
        own = {part.code for part in split.parts}
        splits.append(replace(split, codes=tuple(sorted({fact.code for fact in mine if fact.code} - own))))
    counted = sorted(counted, key=lambda fact: (fact.order, fact.plot_id))
    return replace(facts, counted=counted, findings=findings), replace(decisions, splits=tuple(splits))


@dataclass(slots=True)
class _Division:
    """One plot being divided; its facts are given in the order of replay."""

    split: Split
    drawn_m2: list[float] = field(init=False)
    found: dict[Season, dict[int, Shares]] = field(default_factory=dict)
    """Season → part → over which parts its latest find went."""
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drawn_m2 = [area_m2(part.geometry) for part in self.split.parts]

    def pieces(self, fact: Fact) -> Sequence[Fact]:
        """Return what a fact says of each part."""
        if fact.candidate is not None:
            return _cut(fact, self.split)
        if fact.visit is None:
            return [replace(fact, plot_id=part.plot_id) for part in self.split.parts]
        shares = self._reach(fact)
        # Who destroys and measures what nobody had detected has found it.
        finding = fact.trigger is Trigger.ERADICATED and fact.visit.area_m2 and fact.season not in self.found
        if fact.trigger is Trigger.DETECTED or finding:
            self.found.setdefault(fact.season, {}).update(dict.fromkeys(shares, shares))
            if fact.outline is None and len(shares) > 1:
                row = "/".join(fact.visit.key)
                said = "divided_measurement", "area_divided_as_drawn"
                parts = (self.split.parts[number].plot_id for number in shares)
                self.findings += [Finding(*said, part, fact.season.label, fact.key, row) for part in parts]
        return _pieces(fact, shares, self.split)

    def _reach(self, fact: Fact) -> Shares:
        """Return over which parts a row of a visit goes."""
        if fact.outline is not None and fact.outline.area > 0:
            return _overlap(fact.outline, self.split.parts)
        assert fact.visit is not None
        lon, lat, measured = fact.visit.lon, fact.visit.lat, fact.visit.area_m2
        placed = lon is not None and lat is not None
        own = 0 if lon is None or lat is None else _nearest(Point(lon, lat), self.split.parts)
        if fact.happened_at >= self.split.parts[0].since:
            return {own: 1.0}
        if fact.trigger in _OF_THE_WHOLE:
            return {own: 1.0} if placed else self._as_drawn()
        known = self.found.get(fact.season, {})
        if known and (measured is None or fact.trigger not in _MEASURING):
            return known[own] if placed and own in known else self._together(known)
        everything = sum(self.drawn_m2)
        # Nearer, as a ratio, to the area of all than to that of its own part.
        if measured is not None and measured**2 > self.drawn_m2[own] * everything:
            return self._as_drawn()
        return {own: 1.0}

    def _as_drawn(self, among: Iterable[int] = ()) -> Shares:
        chosen = sorted(among) or range(len(self.drawn_m2))
        everything = sum(self.drawn_m2[number] for number in chosen)
        return {number: self.drawn_m2[number] / everything for number in chosen}

    def _together(self, known: Mapping[int, Shares]) -> Shares:
        reaches = list(known.values())
        return reaches[0] if all(reach is reaches[0] for reach in reaches) else self._as_drawn(known)


def _overlap(outline: BaseGeometry, parts: Sequence[Part]) -> Shares:
    areas = [_common(outline, part).area for part in parts]
    kept = {number: area for number, area in enumerate(areas) if area > LEAST_SHARE * outline.area}
    if not kept:
        return {_nearest(Point(centre(outline)), parts): 1.0}
    return {number: area / sum(kept.values()) for number, area in kept.items()}


def _common(outline: BaseGeometry, part: Part) -> BaseGeometry:
    """Return the polygons of an outline that lie in a part; a line or point where they touch is none."""
    pieces = shapely.get_parts(shapely.intersection(outline, part.geometry))
    polygons = [piece for piece in pieces if piece.geom_type == "Polygon"]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _pieces(fact: Fact, shares: Shares, split: Split) -> Sequence[Fact]:
    visit = fact.visit
    assert visit is not None
    if len(shares) == 1:
        (number,) = shares
        return [_to(fact, number, split)]
    areas = _allotted(None if visit.area_m2 is None else whole(visit.area_m2), shares)
    plants = _allotted(visit.plant_count, shares)
    pieces = []
    for number in shares:
        part = split.parts[number]
        outline = None if fact.outline is None else _common(fact.outline, part)
        lon, lat = (None, None) if visit.lon is None else centre(part.geometry if outline is None else outline)
        area = areas[number]
        own = replace(
            visit, area_m2=None if area is None else float(area), plant_count=plants[number], lon=lon, lat=lat
        )
        pieces.append(replace(_to(fact, number, split), visit=own, outline=outline))
    return pieces


def _allotted(total: int | None, shares: Shares) -> Mapping[int, int | None]:
    """Divide a whole number into whole numbers that add up to it: what is left over goes to the largest remainders."""
    if total is None:
        return dict.fromkeys(shares)
    exact = {number: total * share for number, share in shares.items()}
    told: dict[int, int | None] = {number: int(part) for number, part in exact.items()}
    left = total - sum(int(part) for part in exact.values())
    for number in sorted(exact, key=lambda number: (int(exact[number]) - exact[number], number))[:left]:
        told[number] = int(exact[number]) + 1
    return told


def _to(fact: Fact, number: int, split: Split) -> Fact:
    part = split.parts[number]
    return replace(fact, plot_id=part.plot_id, code=part.code if number else fact.code)


def _nearest(point: Point, parts: Sequence[Part]) -> int:
    return min(range(len(parts)), key=lambda number: parts[number].geometry.distance(point))


def _cut(fact: Fact, split: Split) -> Sequence[Fact]:
    """Cut a candidate along the parts; where it does not touch one, that part has no candidate of this run.

    What lies outside all parts goes with them, so that their estimates add up to the candidate's.
    """
    candidate = fact.candidate
    assert candidate is not None
    common = [_common(candidate.geometry, part) for part in split.parts]
    touched = {number: piece for number, piece in enumerate(common) if piece.area > 0.0}
    if not touched:
        return [_to(fact, _nearest(Point(candidate.lon, candidate.lat), split.parts), split)]
    within = sum(piece.area for piece in touched.values())
    pieces = []
    for number, piece in touched.items():
        lon, lat = centre(piece)
        cut = replace(
            candidate,
            id=f"{candidate.id}/{number + 1}",
            geometry=piece,
            lon=lon,
            lat=lat,
            area_m2=candidate.area_m2 * piece.area / within,
        )
        pieces.append(replace(_to(fact, number, split), candidate=cut))
    return pieces

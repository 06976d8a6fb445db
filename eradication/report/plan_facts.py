"""What a plan of a patrol says, read from its record: stops in their order, times, the way; for sheets, files, pages.

A plan's record (``plan_made``) is JSON with, among others: ``plan`` (id), ``unit``, ``day`` (ISO), ``hours``, ``post``
``[lon, lat]``, ``way`` ``[[lon, lat, height_m], …]`` from the post and back to it, ``expires_at``, ``least_team``,
``check_in_hours`` and ``stops``. Of a stop: ``kind`` (``plot`` or ``cell``), ``plot`` (id) or ``cell`` (east_north of
its south-west corner, EPSG:32648), ``lon``, ``lat``, ``order`` (from 1), ``arrive`` and ``minutes`` (minutes from the
departure until the arrival, and at the stop), ``selection_mode``, ``inclusion_prob``, ``expected_m2`` (or ``prize_m2``,
which is that times urgency), ``basis`` (of it), ``urgency``, ``commune``. ``not_known`` names the layers that nobody
named, ``approximate_boundaries`` that outlines were stand-ins. Besides, if known: ``departs`` (clock time in Vietnam,
06:00 if not said); ``search_m`` (metres walked inside cells to search them, also of a stop); of a stop ``code`` (of the
plot) and ``lancing`` (day from which its capsules may be lanced). Coordinates are WGS 84.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from eradication import geo
from eradication.domain import TIMEZONE, SelectionMode, dangers
from eradication.domain.plan_gaps import IS_ASSUMED
from eradication.report.words import clean

type Floats = npt.NDArray[np.float64]

PLOT, CELL = "plot", "cell"
CELL_SIDE_M = 250.0
DEPARTS = "06:00"
"""When a patrol leaves, where its plan does not say."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a plan."""

    order: int
    """From 1."""
    kind: str
    """``plot`` or ``cell``."""
    place: str
    """Id of the plot, or name of the cell."""
    code: str
    """Of the plot, or name of the cell."""
    lon: float
    lat: float
    selection_mode: str
    inclusion_prob: float | None
    expected_m2: float | None
    """m² that are expected to be confirmed there; an estimate."""
    urgency: float | None
    arrive_min: float | None
    """Minutes from the departure."""
    minutes: float
    """At the stop."""
    commune: str
    lancing: date | None
    basis: str = ""
    """What the expected m² rest on, see :data:`eradication.domain.plan_gaps.BASES`; empty = not said."""
    search_m: float | None = None
    """Metres walked in a cell to search it; ``None`` = not said, or a plot."""
    is_carried: bool = False
    """Drawn for an earlier plan of the unit."""
    is_vetoed: bool = False
    """Left out as unsafe since the plan was made."""

    @property
    def is_random(self) -> bool:
        """Whether it was drawn at random."""
        return self.selection_mode == SelectionMode.RANDOM.value

    @property
    def square(self) -> shapely.Polygon | None:
        """The cell, EPSG:32648; ``None`` for a plot."""
        if self.kind != CELL:
            return None
        east, north = (float(part) for part in self.place.split("_"))
        return shapely.box(east, north, east + CELL_SIDE_M, north + CELL_SIDE_M)


@dataclass(frozen=True, slots=True, eq=False)
class PatrolPlan:
    """A plan, ready to be shown."""

    id: str
    unit: str
    departs: datetime
    """In Vietnam's time."""
    hours: float
    season: str
    post: tuple[float, float]
    """Longitude and latitude."""
    stops: tuple[Stop, ...]
    way: Floats
    """Longitude, latitude, height in metres (NaN unknown); shape (vertex, 3)."""
    expires_at: datetime
    least_team: int
    check_in_hours: float
    hazards: tuple[tuple[str, str], ...]
    """Kind (see :mod:`eradication.domain.dangers`) and name of the areas the way keeps out of."""
    walking_min: float
    service_min: float
    length_m: float
    climb_m: float
    expected_m2: float | None
    """m² expected to be confirmed on the whole way; an estimate."""
    open: int
    """Places drawn at random that found no room on the way."""
    search_m: float | None
    """Metres walked inside cells to search them, besides the way, without cells that were left out; ``None`` = the plan
    is older than that."""
    basis: str
    """What the risk rests on: ``expert`` or ``fitted``; empty = not said."""
    not_known: tuple[str, ...] = ()
    """Layers that nobody named: the way may lead across what they would have shown."""
    approximate: bool = False
    """Outlines of communes were stand-ins: the edge of the plan is not the legal border."""

    @property
    def kept(self) -> tuple[Stop, ...]:
        """Stops without those that were left out as unsafe."""
        return tuple(stop for stop in self.stops if not stop.is_vetoed)

    @property
    def vetoed(self) -> tuple[int, ...]:
        """Numbers of the stops that were left out as unsafe."""
        return tuple(stop.order for stop in self.stops if stop.is_vetoed)

    @property
    def cells(self) -> int:
        """How many stops are cells: what is walked to search them is ``search_m``, not in the length of the way."""
        return sum(stop.kind == CELL for stop in self.kept)

    @property
    def assumed(self) -> int:
        """How many stops have m² that rest on an assumption alone."""
        return sum(stop.basis in IS_ASSUMED for stop in self.kept)

    @property
    def returns(self) -> datetime:
        """When the patrol is back."""
        return self.departs + timedelta(minutes=self.walking_min + self.service_min)

    @property
    def check_ins(self) -> tuple[datetime, ...]:
        """When the patrol reports in on its way; its return comes besides."""
        step = timedelta(hours=self.check_in_hours)
        if step <= timedelta(0):
            return ()
        count = int((self.returns - self.departs) / step)
        found = (self.departs + step * (number + 1) for number in range(count))
        return tuple(moment for moment in found if moment < self.returns)

    @property
    def along_m(self) -> Floats:
        """Metres walked until each vertex of the way, shape (vertex,)."""
        steps = geo.steps_m(self.way[:, 0], self.way[:, 1]) if len(self.way) else np.zeros(0)
        return np.concatenate([np.zeros(min(1, len(self.way))), np.cumsum(steps)])

    def arrives(self, stop: Stop) -> datetime | None:
        """When the patrol is to be at a stop."""
        return None if stop.arrive_min is None else self.departs + timedelta(minutes=stop.arrive_min)

    def parts(self) -> list[Floats]:
        """Return the way in pieces, without the legs to and from stops that were left out; each (vertex, 3)."""
        if not self.vetoed:
            return [self.way] if len(self.way) > 1 else []
        along = self.along_m
        at = [0, *np.searchsorted(along, self.metres_to()).tolist(), len(along) - 1]
        gone = [False, *(stop.is_vetoed for stop in self.stops), False]
        found: list[list[int]] = []
        for (begin, end), (left, right) in zip(pairwise(at), pairwise(gone), strict=True):
            if left or right:
                continue
            if found and found[-1][1] == begin:
                found[-1][1] = end
            else:
                found.append([begin, end])
        return [self.way[begin : end + 1] for begin, end in found if end > begin]

    def metres_to(self) -> list[float]:
        """Return how far along the way each stop lies, in the order of the stops and never falling."""
        along, found, first = self.along_m, [], 0
        for stop in self.stops:
            rest = self.way[first:]
            if not len(rest):
                return []
            east = (rest[:, 0] - stop.lon) * np.cos(np.radians(stop.lat))
            away = np.hypot(east, rest[:, 1] - stop.lat)
            # The first time the way comes this near: it may come by again on its return.
            first += int(np.argmax(away <= away.min() + 1e-7))
            found.append(float(along[first]))
        return found


def of(
    record: Mapping[str, Any],
    codes: Mapping[str, str] | None = None,
    communes: Mapping[str, str] | None = None,
    vetoed: Collection[int | str] = (),
) -> PatrolPlan:
    """Return a plan as its record tells it.

    Args:
        record: the payload of ``plan_made``.
        codes: code of each plot by its id, where the record does not name them.
        communes: name of each commune by its code.
        vetoed: stops that were left out as unsafe since the plan was made: numbers in the plan, ids of plots or names
            of cells. The record itself never changes, so it does not tell them.
    """
    departs = time.fromisoformat(str(record.get("departs") or DEPARTS))
    stops = [_stop(row, codes or {}, communes or {}, vetoed) for row in record["stops"]]
    rows = [[*row[:2], _height(row)] for row in record.get("way", ())]
    day, post = date.fromisoformat(str(record["day"])[:10]), record["post"] or rows[0]
    return PatrolPlan(
        id=str(record["plan"]),
        unit=clean(str(record["unit"])),
        departs=datetime.combine(day, departs, TIMEZONE),
        hours=float(record["hours"]),
        season=str(record.get("season", "")),
        post=(float(post[0]), float(post[1])),
        stops=tuple(sorted(stops, key=lambda stop: stop.order)),
        way=np.array(rows, float).reshape(-1, 3),
        expires_at=datetime.fromisoformat(str(record["expires_at"])).astimezone(TIMEZONE),
        least_team=int(record["least_team"]),
        check_in_hours=float(record["check_in_hours"]),
        hazards=tuple((kind, clean(name)) for kind, name in dangers.of(record)),
        walking_min=float(record.get("walking_minutes") or 0),
        service_min=float(record.get("service_minutes") or 0),
        length_m=float(record.get("length_m") or 0),
        climb_m=float(record.get("climb_m") or 0),
        expected_m2=_of_kept(_number(record.get("expected_m2")), stops),
        open=len(record.get("open") or ()),
        search_m=_of_search(record, stops),
        basis=str(record.get("basis") or ""),
        not_known=tuple(clean(str(name)) for name in record.get("not_known") or ()),
        approximate=bool(record.get("approximate_boundaries")),
    )


def _of_kept(expected_m2: float | None, stops: Sequence[Stop]) -> float | None:
    """Return the m² expected on the whole way without those of stops that were left out."""
    if expected_m2 is None:
        return None
    return max(expected_m2 - sum(stop.expected_m2 or 0.0 for stop in stops if stop.is_vetoed), 0.0)


def _of_search(record: Mapping[str, Any], stops: Sequence[Stop]) -> float | None:
    """Return the metres walked inside cells without those of cells that were left out."""
    if record.get("search_m") is None:
        return None
    return sum(stop.search_m or 0.0 for stop in stops if not stop.is_vetoed)


def _stop(
    row: Mapping[str, Any], codes: Mapping[str, str], communes: Mapping[str, str], vetoed: Collection[int | str]
) -> Stop:
    kind = str(row["kind"])
    place = str(row[CELL if kind == CELL else PLOT])
    lancing, commune = row.get("lancing"), str(row.get("commune") or "")
    return Stop(
        order=int(row["order"]),
        kind=kind,
        place=place,
        code=clean(str(row.get("code") or codes.get(place) or place)),
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        selection_mode=str(row.get("selection_mode") or ""),
        inclusion_prob=_number(row.get("inclusion_prob")),
        expected_m2=_expected(row),
        urgency=_number(row.get("urgency")),
        arrive_min=_number(row.get("arrive")),
        minutes=float(row.get("minutes") or 0),
        commune=clean(communes.get(commune, commune)),
        lancing=date.fromisoformat(str(lancing)[:10]) if lancing else None,
        basis=str(row.get("basis") or ""),
        search_m=_number(row.get("search_m")),
        is_carried=bool(row.get("carried_from")),
        is_vetoed=int(row["order"]) in vetoed or place in vetoed,
    )


def _expected(row: Mapping[str, Any]) -> float | None:
    """Return the m² expected at a stop; where only the prize is said, that without its urgency."""
    prize, urgency = _number(row.get("prize_m2")), _number(row.get("urgency"))
    told = _number(row.get("expected_m2"))
    return told if told is not None or prize is None else prize / (urgency or 1.0)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _height(row: Sequence[float | None]) -> float:
    height = row[2] if len(row) > 2 else None
    return np.nan if height is None else float(height)

"""What the ledger counts of one plot in one season: plain values, no outlines.

An entry differs from the episode in three ways. Ground that two teams measured is counted once, with the plot that was
detected first. The area is divided among the communes its outline lies in. And a plot that lies abroad, or so near the
border line that nobody can say on which side, never enters the totals: the outlines in force decide that, whichever
communes the totals are told on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from eradication.domain import Course, Episode, Season, State
from eradication.ledger.arithmetic import reduced, whole
from eradication.ledger.overlaps import Compared, Overlap, Shared, overlaps

type Divide = Callable[[Sequence[BaseGeometry]], list[Mapping[str, float]]]
"""Outlines (WGS 84) → for each the communes it lies in, code → share; empty outside every commune."""

UNVISITED = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
OPEN = (*UNVISITED, State.DETECTED, State.REGROWN)
"""While one of these is left, nothing is 100 %."""
DESTROYED = (State.ERADICATED, State.VERIFIED)


class Side(StrEnum):
    """On which side of the border a plot lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"
    """Within the uncertainty of the line: *chưa rõ bên nào*."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One plot in one season as the ledger counts it. Times are UTC, areas whole m² unless said otherwise."""

    plot_id: str
    code: str
    season: Season
    state: State
    klass: str
    """``A``, ``B`` or ``C``."""
    side: Side
    communes: Mapping[str, float]
    """Commune code → share of the outline in it; empty abroad, and where older boundaries have no place for it."""
    unit: str
    """Unit that answers for it, see :attr:`eradication.domain.Episode.unit`."""
    area_m2: float
    """Measured or estimated area, not reduced by overlaps."""
    area_se_m2: float
    area_method: str
    detected_m2: int
    claimed_m2: int
    verified_m2: int
    overlap_m2: int
    """Detected area that is counted with other plots."""
    overlaps: tuple[Overlap, ...]
    """With which other measured outlines it overlaps, whoever is counted."""
    plants: int | None
    first_seen: datetime
    detected_at: datetime | None
    eradicated_at: datetime | None
    verified_at: datetime | None
    destructions: int
    forced: str
    unknown_verifier: str
    """As :attr:`eradication.domain.Episode.unknown_verifier`."""
    verifier: str
    """As :attr:`eradication.domain.Episode.verifier`."""
    planting: str
    moved_from: str
    crop: str
    source: str
    """Who proposed the plot first."""
    course: Course

    @property
    def key(self) -> tuple[str, str]:
        """Plot id and season."""
        return self.plot_id, self.season.label

    @property
    def remaining_m2(self) -> int:
        """Detected and not verified."""
        return self.detected_m2 - self.verified_m2

    @property
    def suspected_m2(self) -> int:
        """Estimated area of a candidate nobody has reached, else 0."""
        return whole(self.area_m2) if self.state in UNVISITED else 0

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to go there."""
        return self.state in OPEN

    @property
    def is_lost(self) -> bool:
        """Tell whether a patrol came too late to a candidate: harvested, with no area detected."""
        return self.state is State.HARVESTED and self.detected_at is None

    @property
    def commune(self) -> str:
        """Code of the commune that holds most of it, or empty."""
        return max(sorted(self.communes), key=lambda code: self.communes[code], default="")


def entries(
    episodes: Sequence[Episode],
    divide: Divide,
    is_unclear: Callable[[Sequence[BaseGeometry]], Sequence[bool]] | None = None,
    in_force: Divide | None = None,
    made: "Made | None" = None,
) -> list[Entry]:
    """Return the entries of episodes, in their order.

    Args:
        episodes: as replayed, of any seasons.
        divide: tells the communes of outlines.
        is_unclear: tells which outlines lie within the uncertainty of the border line; ``None`` = no line is known.
        in_force: tells the communes that are in force, if ``divide`` tells others: what lies in none of them is abroad.
        made: what was made for other moments by the same functions; entries of the very same episodes are taken over.
    """
    made = Made() if made is None else made
    common = overlaps(episodes, made.compared)
    fresh = [episode for episode in episodes if id(episode) not in made.of]
    outlines = [episode.ground for episode in fresh]
    communes = divide(outlines)
    held = communes if in_force is None else in_force(outlines)
    unclear = is_unclear(outlines) if is_unclear else [False] * len(outlines)
    for episode, shares, now, doubtful in zip(fresh, communes, held, unclear, strict=True):
        entry = _entry(episode, shares if now else {}, _side(bool(now), doubtful), common)
        made.of[id(episode)] = episode, entry
    told = (made.of[id(episode)] for episode in episodes)
    return [made.agreeing(episode, entry, common) for episode, entry in told]


@dataclass(slots=True, eq=False)
class Made:
    """Entries by the identity of their episodes, which are kept with them."""

    of: dict[int, tuple[Episode, Entry]] = field(default_factory=dict)
    compared: Compared = field(default_factory=dict)

    def agreeing(self, episode: Episode, entry: Entry, common: Shared) -> Entry:
        """Return the entry, made anew if the episode had other overlaps then."""
        if common.get(entry.key, ()) is entry.overlaps or common.get(entry.key, ()) == entry.overlaps:
            return entry
        entry = _entry(episode, entry.communes, entry.side, common)
        self.of[id(episode)] = episode, entry
        return entry


def _side(is_held: bool, doubtful: bool) -> Side:
    return Side.UNCLEAR if doubtful else Side.INSIDE if is_held else Side.OUTSIDE


def _entry(episode: Episode, communes: Mapping[str, float], side: Side, common: Shared) -> Entry:
    shared = common.get((episode.plot.id, episode.season.label), ())
    elsewhere = min(1.0, sum(overlap.share for overlap in shared if overlap.counted_there))
    detected, claimed, verified = (
        reduced(part, elsewhere) for part in (episode.detected_m2, episode.claimed_m2, episode.verified_m2)
    )
    return Entry(
        plot_id=episode.plot.id,
        code=episode.plot.code,
        season=episode.season,
        state=episode.state,
        klass=episode.klass.value,
        side=side,
        communes=communes,
        unit=episode.unit,
        area_m2=episode.area_m2,
        area_se_m2=episode.area_se_m2,
        area_method=episode.area_method.value,
        detected_m2=detected,
        claimed_m2=claimed,
        verified_m2=verified,
        overlap_m2=episode.detected_m2 - detected,
        overlaps=shared,
        plants=episode.plant_count,
        first_seen=episode.first_seen,
        detected_at=episode.detected_at,
        eradicated_at=episode.eradicated_at,
        verified_at=episode.verified_at,
        destructions=episode.destructions,
        forced=episode.forced,
        unknown_verifier=episode.unknown_verifier,
        verifier=episode.verifier,
        planting=episode.planting.value,
        moved_from=episode.moved_from,
        crop=episode.crop,
        source=episode.plot.source.value,
        course=episode.course,
    )

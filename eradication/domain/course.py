"""What became of one plot in one season, step by step: the times, people and codes that figures ask for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Destruction:
    """One visit that destroyed, wholly or in part."""

    at: datetime
    recorded_at: datetime
    """When it was entered."""
    unit: str
    share: float
    """Cumulative share of the plot's measured area that was destroyed by then, as stated; 1 where none was stated."""

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was left, as the unit says: also where a part had been destroyed before."""
        return self.share >= 1.0


@dataclass(frozen=True, slots=True)
class Round:
    """Destruction until somebody checks it; what is destroyed after a check is to be checked anew."""

    destroyed_at: datetime
    """Last visit of the round that destroyed more than there was destroyed; a row that repeats a share says nothing
    new and puts the check off no further."""
    checked_at: datetime | None = None
    """First check after it, whoever made it and whatever it found."""


@dataclass(frozen=True, slots=True)
class Course:
    """The course of an episode; only rows that had an effect are told of. Times are UTC."""

    suspected_at: datetime | None = None
    """First proposal by a run or a tip."""
    suspected_by: str = ""
    """Who proposed it first: ``satellite``, ``tip`` … or empty, where a patrol found it unsuspected."""
    tipped_at: datetime | None = None
    """First proposal by a tip."""
    assigned_at: datetime | None = None
    """Last assignment."""
    dismissed_at: datetime | None = None
    dismissed_by: str = ""
    """Code of who dismissed it, where it was stated."""
    dismissal_reason: str = ""
    visited_at: datetime | None = None
    """First visit that reached the place."""
    selection_mode: str = ""
    """Why the detecting visit went there, where it says so."""
    stage: str = ""
    """Growth stage as last stated until :attr:`destroyed_at`; as last stated where that is not known."""
    detection_recorded_at: datetime | None = None
    """When the first detection was entered."""
    destructions: tuple[Destruction, ...] = ()
    """Every destruction in order, however small."""
    destroyed_at: datetime | None = None
    """When the whole plot was destroyed for the first time: the visit after which nothing was left.

    ``None`` while only parts are destroyed, also where a later row takes back that it was the whole. What regrows
    afterwards takes nothing back: see :attr:`standing_since`."""
    destroyed_by: str = ""
    """Grower, force or joint, as last stated."""
    rounds: tuple[Round, ...] = ()
    """Destructions by the checks that came, or are to come, after them."""
    standing_since: datetime | None = None
    """Since when it is known that live plants stand there: the detection, or the regrowth on what was wholly
    destroyed. ``None`` where nothing is left, as the destroying unit says; a part destroyed leaves the rest standing.
    """
    harvested_at: datetime | None = None
    latest_entry_days: float = 0.0
    """Longest delay between a visit and its entry."""
    redated_from: datetime | None = None
    """Time of a visit before a correction moved it; ``None`` where none was moved."""
    redated_to: datetime | None = None
    outline_m2: float | None = None
    """Geodesic area of the outline that was walked for the measurement that counts, where one was."""

    @property
    def destruction_began_at(self) -> datetime | None:
        """First destruction, however small."""
        return self.destructions[0].at if self.destructions else None

    @property
    def destruction_recorded_at(self) -> datetime | None:
        """When the first destruction was entered."""
        return self.destructions[0].recorded_at if self.destructions else None

    @property
    def destroyers(self) -> tuple[str, ...]:
        """Units that destroyed, sorted."""
        return tuple(sorted({one.unit for one in self.destructions}))

    @property
    def wholly_by(self) -> frozenset[str]:
        """Units that destroyed until :attr:`destroyed_at`."""
        whole = self.destroyed_at
        return frozenset(one.unit for one in self.destructions if whole is not None and one.at <= whole)

    @property
    def revisited_at(self) -> datetime | None:
        """First check after the last destruction, ``None`` until somebody comes."""
        return self.rounds[-1].checked_at if self.rounds else None

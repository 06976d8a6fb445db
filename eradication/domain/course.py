"""What became of one plot in one season, step by step: the times, people and codes that figures ask for."""

from dataclasses import dataclass
from datetime import datetime


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
    """Growth stage as last stated until the first destruction."""
    detection_recorded_at: datetime | None = None
    """When the first detection was entered."""
    destroyed_at: datetime | None = None
    """First destruction."""
    destruction_recorded_at: datetime | None = None
    """When the first destruction was entered."""
    destroyers: tuple[str, ...] = ()
    """Units that destroyed, sorted."""
    destroyed_by: str = ""
    """Grower, force or joint, as last stated."""
    destroyed_fraction: float | None = None
    """The last fraction stated; ``None`` where none was, or nothing was destroyed."""
    revisited_at: datetime | None = None
    """First check after a destruction, whoever made it and whatever it found."""
    harvested_at: datetime | None = None
    latest_entry_days: float = 0.0
    """Longest delay between a visit and its entry."""
    redated_from: datetime | None = None
    """Time of a visit before a correction moved it; ``None`` where none was moved."""
    redated_to: datetime | None = None
    outline_m2: float | None = None
    """Geodesic area of the outline that was walked for the measurement that counts, where one was."""

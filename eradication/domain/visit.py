"""A visit: a patrol's check of a plot, one row per outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from eradication.domain.codes import (
    AreaMethod,
    Code,
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    LookAlike,
    MinutesType,
    NotReachedReason,
    Outcome,
    SelectionMode,
    Stage,
)

DEFAULT_AREA_M2 = 100.0
"""Footprint of an observation that states no area."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The filled-in form that a visit or a tip was read from."""

    form: str
    """Id of the form, or empty where the file does not say."""
    version: str
    instance_id: str
    """Given by the device to this one filling-in; empty where the file does not say."""
    sha256: str = ""
    """Of the file it came in; empty for a tip, whose file is kept apart."""
    attachments: tuple[tuple[str, str], ...] = ()
    """Name, as the form states it, and SHA-256 of the files that belong to it; empty for one that was not found."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One outcome of one visit, as handed in. The key is ``(unit, visit_id, outcome)``."""

    visit_id: str
    unit: str
    officers: tuple[str, ...]
    """Pseudonymous codes."""
    visited_at: datetime
    """UTC."""
    outcome: Outcome
    plot_id: str = ""
    """Plot it names, or empty: then the place decides."""
    lon: float | None = None
    """Degrees WGS 84."""
    lat: float | None = None
    selection_mode: SelectionMode | None = None
    inclusion_prob: float | None = None
    crop: Crop | None = None
    look_alike: LookAlike | None = None
    stage: Stage | None = None
    area_m2: float | None = None
    """Area of the plot; of a ``regrown`` row, of what has regrown. With its method it measures the plot anew on
    ``eradicated`` and ``verified`` rows too; without one it says nothing there."""
    area_method: AreaMethod | None = None
    plant_count: int | None = None
    count_method: CountMethod | None = None
    destroyed_fraction: float | None = None
    """Cumulative share of the measured area destroyed by then, 0…1."""
    destroyed_by: DestroyedBy | None = None
    method: DestructionMethod | None = None
    minutes_type: MinutesType | None = None
    minutes_no: str = ""
    photo_before: str = ""
    photo_after: str = ""
    not_reached_reason: NotReachedReason | None = None
    note: str = ""
    """Free text; never leaves the store by default."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity of the row."""
        return self.unit, self.visit_id, self.outcome.value


CODED_FIELDS: Mapping[str, type[Code]] = MappingProxyType(
    {
        "outcome": Outcome,
        "selection_mode": SelectionMode,
        "crop": Crop,
        "look_alike": LookAlike,
        "stage": Stage,
        "area_method": AreaMethod,
        "count_method": CountMethod,
        "destroyed_by": DestroyedBy,
        "method": DestructionMethod,
        "minutes_type": MinutesType,
        "not_reached_reason": NotReachedReason,
    }
)
"""Fields of a visit that hold a code, with its kind."""

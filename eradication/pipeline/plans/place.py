"""Where a patrol could stop, and what it is worth to stop there."""

from dataclasses import dataclass

from eradication.pipeline.plans.record import CELL

type Key = tuple[str, str]
"""Kind and name of a place: ``plot`` and its id, or ``cell`` and its name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a patrol could stop."""

    kind: str
    name: str
    """Id of the plot, or name of the cell."""
    at_m: tuple[float, float]
    """East and north, EPSG:32648: middle of the plot or cell."""
    lon: float
    lat: float
    expected_m2: float
    """m² expected to be confirmed by this visit."""
    urgency: float
    minutes: float
    """At the place."""
    commune: str
    """Code."""
    code: str = ""
    """Of the plot, for radio; empty of a cell."""
    score: float = 0.0
    """Priority of a candidate."""
    model: str = ""
    basis: str = ""
    """What the chance to confirm rests on."""
    area_m2: float | None = None
    """Estimated, of a candidate."""
    search_p: float | None = None
    """Of a cell: the chance that the search finds a plot that lies in it."""
    search_m: float | None = None
    """Of a cell: metres walked in it to search it, those that ``search_p`` rests on."""
    lancing: str | None = None
    """Day from which the capsules of a candidate may be lanced, ISO."""
    last_found: str = ""
    """Of a plot of an earlier season that lies fallow as far as is known: the season in which it was found last."""

    @property
    def key(self) -> Key:
        """Identity."""
        return self.kind, self.name

    @property
    def prize_m2(self) -> float:
        """What it is worth."""
        return self.expected_m2 * self.urgency

    @property
    def is_search(self) -> bool:
        """Whether it is a cell to be searched."""
        return self.kind == CELL

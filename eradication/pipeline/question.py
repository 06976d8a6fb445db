"""What a ledger is asked, and how its rows are named."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from eradication.domain import Period, Season
from eradication.domain.unit import successor_of
from eradication.ledger import Scope, Wording
from eradication.pipeline import projection, units
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Question:
    """What the ledger is asked."""

    season: Season | None
    year: int | None = None
    by: str = "commune"
    as_of: datetime | None = None
    """Cut on ``recorded_at``; ``None`` = now."""
    vintage: date | None = None
    """Boundaries valid on this day; ``None`` = on the day things are told of."""
    period: Period | None = None
    unit: str = ""
    """Only what this unit answers for; empty = the whole province."""

    @property
    def scope(self) -> Scope:
        """Season, calendar year or reporting period."""
        return Scope(None if self.year or self.period else self.season, self.year, self.period)

    @property
    def season_beside(self) -> Season | None:
        """Season whose coverage and bounds stand beside the ledger: of a period, the one in which it ends."""
        return Season.of(self.period.last) if self.period is not None else self.scope.season

    @property
    def year_beside(self) -> int | None:
        """Calendar year whose facts stand beside a ledger that is not a season's."""
        return self.scope.year if self.period is None else self.period.year


def wording(workspace: Workspace, question: Question, by: str = "") -> Wording:
    """Return how rows are grouped and named: units by whoever answers for them on the day of the report."""
    day = projection.day_of(question.vintage, question.as_of)
    known = units.recorded(workspace, question.as_of)
    names = projection.names(workspace, question.vintage, question.as_of)
    if (by or question.by) == "unit":
        names = {unit.code: unit.name for unit in known if unit.valid_on(day)}

    @cache
    def answering(code: str) -> str:
        found = successor_of(known, code, day)
        return found.code if found else code

    return Wording(by or question.by, names, answering)

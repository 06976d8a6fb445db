"""What a ledger is asked, and how its rows are named."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from eradication.domain import Period, Season
from eradication.domain.unit import successor_of
from eradication.errors import N_, UnusableInput
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
    """Only what this unit answers for, as :func:`eradication.pipeline.units.on_record` names it; empty = the whole
    province."""

    @property
    def scope(self) -> Scope:
        """Season, calendar year or reporting period."""
        return Scope(None if self.year or self.period else self.season, self.year, self.period)

    @property
    def season_beside(self) -> Season | None:
        """Season whose coverage, bounds and precision stand beside the ledger; of a calendar year none."""
        return self.period.season if self.period is not None else self.scope.season

    @property
    def year_beside(self) -> int | None:
        """Calendar year whose facts stand beside a ledger that is not a season's."""
        return self.scope.year if self.period is None else self.period.year


def wording(workspace: Workspace, question: Question, by: str = "") -> Wording:
    """Return how rows are grouped and named: units by whoever answers for them on the day of the report.

    A unit that an entry names by its name, or spells in another way, is the unit on record.
    """
    day = projection.day_of(question.vintage, question.as_of)
    known = units.recorded(workspace, question.as_of)
    names = projection.names(workspace, question.vintage, question.as_of)
    if (by or question.by) == "unit":
        names = {unit.code: unit.name for unit in known if unit.valid_on(day)}

    told = units.tables_of(workspace, question.as_of)

    @cache
    def answering(written: str) -> str:
        code = told.code(written) or written
        found = successor_of(known, code, day)
        return found.code if found else code

    return Wording(by or question.by, names, answering)


def check_answers(workspace: Workspace, question: Question) -> None:
    """Refuse to tell of a unit for whose plots its successor answers: of itself there would be nothing to tell.

    Raises:
        UnusableInput: ``unit_followed``.
    """
    after = wording(workspace, question).answering(question.unit) if question.unit else ""
    if after != question.unit:
        raise UnusableInput(
            "unit_followed",
            N_("{unit} was followed by {after}, which answers for it."),
            where="--unit",
            hint=N_("Ask for its successor: --unit {after}"),
            values={"unit": question.unit, "after": after},
        )


def whose(workspace: Workspace, question: Question) -> Callable[[str], bool]:
    """Return what tells whether the answer speaks of what a unit did: of the whole province it speaks of all units."""
    if not question.unit:
        return lambda unit: True
    answering = wording(workspace, question).answering
    return lambda unit: answering(unit) == question.unit

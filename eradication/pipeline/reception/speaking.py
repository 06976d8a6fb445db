"""In whose name somebody may hand in: of the own unit, of one it followed, and of those below it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from eradication.domain import TIMEZONE
from eradication.domain.person import Person, Role
from eradication.domain.succession import Successions
from eradication.errors import N_, RefusedInput
from eradication.ingest.forms import FormFile
from eradication.ingest.tips import TipRow
from eradication.ingest.visits import VisitRow
from eradication.pipeline import units
from eradication.pipeline.workspace import Workspace

FOR_ALL = frozenset({Role.OFFICER, Role.ADMINISTRATOR})
"""Whoever has one of these and belongs to no unit speaks for every unit: the office of the province."""
_MOST_ABOVE = 10


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody's right to hand in in the name of units."""

    unit: str
    """The own one; empty = none."""
    for_all: bool
    names: Successions
    above: dict[str, str]
    """Unit → the one it belongs to, in the comparable form."""
    day: date

    @classmethod
    def of(cls, workspace: Workspace, person: Person | None, now: datetime) -> "Voice":
        """Return the right of a person; ``None`` is who works at the computer of the workspace itself."""
        names = units.tables_of(workspace)
        above = {names.comparable(one.code): names.comparable(one.parent) for one in units.recorded(workspace)}
        for_all = person is None or (not person.unit and bool(person.roles & FOR_ALL))
        return cls(person.unit if person else "", for_all, names, above, now.astimezone(TIMEZONE).date())

    def may(self, unit: str) -> bool:
        """Tell whether something may be handed in in the name of a unit."""
        if self.for_all:
            return True
        own, asked = self.names.comparable(self.unit), self.names.comparable(unit)
        if not own or not asked:
            return False
        heirs = {heir for heir, since in self.names.heirs(unit).items() if since <= self.day}
        for heir in heirs | {asked}:
            for _ in range(_MOST_ABOVE):
                if heir == own:
                    return True
                heir = self.above.get(heir, "")
        return False

    def screened(self, file: FormFile) -> FormFile:
        """Refuse the rows of a file that speak in the name of another unit; the others stay."""
        return replace(file, visits=tuple(map(self._visit, file.visits)), tips=tuple(map(self._tip, file.tips)))

    def _visit(self, row: VisitRow) -> VisitRow:
        if row.visit is None or self.may(row.visit.unit):
            return row
        return replace(row, visit=None, error=other_unit(row.visit.unit, self.unit))

    def _tip(self, row: TipRow) -> TipRow:
        if row.tip is None or not row.tip.unit or self.may(row.tip.unit):
            return row
        return replace(row, tip=None, error=other_unit(row.tip.unit, self.unit))


def other_unit(unit: str, own: str) -> RefusedInput:
    """Return the refusal of what speaks in the name of another unit."""
    return RefusedInput(
        "other_unit",
        N_("This is in the name of unit {unit}; it was handed in by somebody of unit {own}."),
        hint=N_("Let somebody of that unit hand it in, or correct the unit and hand it in anew."),
        values={"unit": unit, "own": own or "–"},
    )

"""What is seen of a store on a database: everything, or what one unit's people may see, as conditions of every query.

Rows are filtered where they are kept, not after they were read: what is another unit's never leaves the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, false, func, literal, or_, select

from eradication.domain import TIMEZONE
from eradication.store import owning, schema

type Condition = ColumnElement[bool]

PLACED = ("plots", "candidates")
"""Layers whose rows name the units that they concern."""
OPEN = ("admin_units", "lineage")
"""Tables of communes: no secret."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks, and when."""

    unit: str = ""
    """A unit in the form in which names are compared; empty = the province, which sees everything."""
    now: Callable[[], datetime] | None = None
    """Says what day it is: on the day after its last a unit's work becomes its successor's."""

    @property
    def day(self) -> date:
        """The local day."""
        return (self.now or _now)().astimezone(TIMEZONE).date()

    def of(self, table: Table) -> tuple[Condition, ...]:
        """Return the conditions on the rows of a table."""
        if not self.unit or table.name in OPEN:
            return ()
        make = _CONDITIONS.get(table.name)
        return (false() if make is None else make(self),)

    def of_places(self, connection: Connection, table: Table) -> tuple[Condition, ...]:
        """Return the same, of a layer of places by the unit's names as they are now: told once, not for every row."""
        if not self.unit or table.name not in PLACED:
            return self.of(table)
        named = connection.execute(select(schema.unit_names.c.named).where(self.answers_for())).all()
        units, within = table.c.units, func.strpos if connection.dialect.name == "postgresql" else func.instr
        return (or_(units == "", *(within(units, f",{name},") > 0 for (name,) in sorted(named))),)

    def answers_for(self) -> Condition:
        """Return the condition on a row of ``unit_names`` that the unit answers for that name today."""
        kept = schema.unit_names.c
        return and_(kept.unit == self.unit, kept.since <= self.day.isoformat())


def _named(sight: Sight, column: ColumnElement[str]) -> Condition:
    return column.in_(select(schema.unit_names.c.named).where(sight.answers_for()))


def _patrols(sight: Sight) -> Condition:
    return _named(sight, schema.patrols.c.unit)


def _of_patrols(sight: Sight, column: ColumnElement[str]) -> Condition:
    return column.in_(select(schema.patrols.c.patrol_id).where(_patrols(sight)))


def _concerned(sight: Sight, units: ColumnElement[str]) -> Condition:
    named = schema.unit_names.c.named
    among = func.replace(units, literal(",") + named + literal(","), "") != units
    # Where nobody was told yet whose it is, it is nobody's.
    return or_(units == "", select(schema.unit_names.c.fid).where(sight.answers_for(), among).exists())


def _events(sight: Sight) -> Condition:
    event, whose = schema.events.c, schema.event_units.c
    mine = or_(whose.named == owning.EVERYBODY, _named(sight, whose.named))
    return select(whose.fid).where(whose.origin == event.origin, whose.number == event.number, mine).exists()


_CONDITIONS: dict[str, Callable[[Sight], Condition]] = {
    "patrols": _patrols,
    "track_segments": lambda sight: _of_patrols(sight, schema.track_segments.c.patrol_id),
    "waypoints": lambda sight: _of_patrols(sight, schema.waypoints.c.patrol_id),
    "visits": lambda sight: _named(sight, schema.LAYER_TABLES["visits"].c.unit),
    "plots": lambda sight: _concerned(sight, schema.LAYER_TABLES["plots"].c.units),
    "candidates": lambda sight: _concerned(sight, schema.LAYER_TABLES["candidates"].c.units),
    "events": _events,
}
"""Any other table (chains, waiting events, what is kept of the replay) is the province's alone."""

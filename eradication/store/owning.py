"""Whose a row is: which unit's people may see it beside the province's program.

A patrol with its tracks and waypoints, and a visit, are their unit's; a plot or a candidate is that of the unit it is
assigned to and of those that visited it, and everybody's while there is none. What a unit did is also its successor's,
from the day after its last. Of events a unit has what it did itself and what the province asked of it: the payload of
any other may tell of somebody's patrol, so it is the province's alone, and so is what is not understood.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from eradication.domain import Event, EventKind
from eradication.domain.succession import Successions, successions
from eradication.errors import N_, UnusableInput
from eradication.store import chain, schema

EVERYBODY = "*"
"""Stands for every unit."""

_OPEN = frozenset({EventKind.WORKSPACE_CREATED, EventKind.BOUNDARIES_IMPORTED, EventKind.UNITS_RECORDED})
"""Events that tell of communes and units only."""

_WHERE: Mapping[EventKind, str] = {
    EventKind.PATROL_RECORDED: "patrol",
    EventKind.VISIT_RECORDED: "visit",
    EventKind.VISIT_CORRECTED: "visit",
    EventKind.PHOTO_RECORDED: "",
    EventKind.PLOT_ASSIGNED: "",
    EventKind.PLAN_MADE: "",
    EventKind.STOP_VETOED: "",
}
"""Events that are a unit's → the part of the payload that names it; empty = the payload itself."""

OF_ONE_UNIT = frozenset({str(EventKind.PATROL_RECORDED), str(EventKind.PHOTO_RECORDED)})
"""Events whose originals are one unit's work; a table of visits may hold rows of others, taken or refused."""


def named_in(event: Event) -> str:
    """Return the unit an event is of, as it spells it; ``*`` = everybody's, empty = the province's alone."""
    if event.kind in _OPEN:
        return EVERYBODY
    part = _WHERE.get(event.kind)
    if part is None:
        return ""
    told = event.payload.get(part) if part else event.payload
    unit = told.get("unit") if isinstance(told, Mapping) else None
    # A unit that calls itself by the sign for everybody is nobody's.
    return unit if isinstance(unit, str) and unit.strip(" ,*") else ""


def rows_of(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return the rows of ``event_units`` for some events."""
    told = ((event, named_in(event)) for event in events)
    return [{"origin": event.origin, "number": event.number, "named": named} for event, named in told if named]


def names_in(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the units that rows of a layer name, in ``unit`` as a person spelt it or in ``units``."""
    found: set[str] = set()
    for row in rows:
        found |= {str(row.get("unit") or ""), *str(row.get("units") or "").split(",")}
    return found - {""}


def answering(names: Iterable[str], told: Successions) -> list[dict[str, Any]]:
    """Return the rows of ``unit_names`` for some names; a name without letters or digits is nobody's."""
    return [
        {"named": name, "unit": unit, "since": since.isoformat()}
        for name in sorted(set(names) - {EVERYBODY})
        for unit, since in sorted(told.heirs(name).items())
    ]


def read_by(unit: str, names: Iterable[str], told: Successions, day: date) -> frozenset[str]:
    """Return which of ``names`` a unit may read the rows of on a day."""
    wanted = told.comparable(unit)
    return frozenset(name for name in names if told.heirs(name).get(wanted, date.max) <= day)


def looking(unit: str, told: Successions) -> str:
    """Return the comparable form of the unit that looks.

    Raises:
        UnusableInput: ``unit_missing``: nobody may be taken for the province.
    """
    found = told.comparable(unit)
    if not found:
        raise UnusableInput(
            "unit_missing", N_("No unit is named."), hint=N_("Name the unit whose people are to see its rows.")
        )
    return found


def concerns(units: str | None, mine: Collection[str]) -> bool:
    """Tell whether a place is one's business by its column ``units``: where nobody was told yet, it is nobody's."""
    return units is not None and (units == "" or bool(set(mine) & set(units.split(","))))


def register(connection: Connection, names: Collection[str], *, new_tables: bool) -> None:
    """Note who answers for ``names``.

    Args:
        connection: is writing.
        names: that rows written now bear.
        new_tables: a table of units is among what was written: all names there are are noted anew.
    """
    kept, column = schema.unit_names, schema.unit_names.c.named
    if not names and not new_tables:
        return
    known = set(connection.scalars(select(column).distinct()))
    fresh = set(names) - known - {EVERYBODY}
    if not new_tables and not fresh:
        return
    told = successions(_tables(connection))
    if new_tables:
        connection.execute(delete(kept))
        fresh |= known
    rows = answering(fresh, told)
    if rows:
        connection.execute(insert(kept), rows)


def _tables(connection: Connection) -> list[Event]:
    columns = schema.events.c
    query = select(*(columns[name] for name in chain.COLUMNS)).where(columns.kind == str(EventKind.UNITS_RECORDED))
    return [chain.read_row(row) for row in connection.execute(query).mappings()]


def tell_all(connection: Connection) -> None:
    """Tell of everything there is, once; events that cannot be read are the province's."""
    columns, names = schema.events.c, set[str]()
    query = select(*(columns[name] for name in chain.COLUMNS)).where(columns.kind.in_([*map(str, (*_OPEN, *_WHERE))]))
    for part in connection.execute(query).mappings().partitions(1000):
        events = [event for event in map(_event, part) if event is not None]
        if rows := rows_of(events):
            connection.execute(insert(schema.event_units), rows)
            names |= {row["named"] for row in rows}
    for column in (schema.patrols.c.unit, schema.LAYER_TABLES["visits"].c.unit):
        names |= {name for name in connection.scalars(select(column).distinct()) if name}
    register(connection, names, new_tables=False)


def _event(row: Mapping[Any, Any]) -> Event | None:
    try:
        return chain.read_row(row)
    except ValueError:
        return None

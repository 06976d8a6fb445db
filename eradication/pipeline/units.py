"""Responsible units on record: tables of them become events; the latest row of a unit's span counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

from eradication import history
from eradication.domain import TIMEZONE, Event, EventKind, Json, ResponsibleUnit, UnitKind
from eradication.domain.event import SIMULATED
from eradication.domain.unit import valid_on
from eradication.errors import N_, UnusableInput
from eradication.ingest import units as tables
from eradication.ingest.office_table import Answer
from eradication.pipeline import projection
from eradication.pipeline.workspace import Workspace, disk_errors_explained

PATROLLING = frozenset(set(UnitKind) - {UnitKind.DISTRICT_COMMITTEE, UnitKind.PROVINCE_COMMITTEE, UnitKind.DEPARTMENT})
"""Kinds of units that somebody is sent from."""
_NAMING = (
    *(EventKind.VISIT_RECORDED, EventKind.VISIT_CORRECTED, EventKind.PATROL_RECORDED, EventKind.PLOT_ASSIGNED),
    *(EventKind.REPORT_FILED, EventKind.TIP_RECORDED, EventKind.FACTS_RECORDED, EventKind.IMAGE_READ),
)
"""Events that say which unit did something, has to do it, or answers for it."""
_LISTED = 30
"""Units that a hint names."""
_TEXTS = ("code", "name", "parent", "successor", "letterhead_parent", "letterhead", "symbol", "place")


def record_units(workspace: Workspace, path: Path) -> dict[str, Any]:
    """Take a table of units in, row by row: accepted, duplicate or refused, each with its reason."""
    return enter(workspace, path, tables.read(path, workspace.settings, context(workspace)))


def context(workspace: Workspace) -> tables.Context:
    """Return what tables of units are read with."""
    today = datetime.now(TIMEZONE).date()
    return tables.Context(workspace.store.units(), today, recorded(workspace))


def enter(workspace: Workspace, path: Path, rows: Sequence[Answer[ResponsibleUnit]]) -> dict[str, Any]:
    """Record the rows that were read from a table and are not on record yet, as one event."""
    known = {(unit.code, unit.valid_from): unit for unit in recorded(workspace)}
    fresh: list[Json] = []
    told: list[dict[str, Any]] = []
    for row in rows:
        unit = row.value
        key = (unit.code, unit.valid_from) if unit else None
        status = "refused"
        if unit is not None and key is not None:
            status = "duplicate" if known.get(key) == unit else "accepted"
            known[key] = unit
            fresh += [as_json(unit)] if status == "accepted" else []
        told.append(answer(row, status) | {"code": unit.code if unit else "", "name": unit.name if unit else ""})
    sha256 = ""
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if fresh:
            sha256 = transaction.put_original(path)
            body: dict[str, Json] = {"file": path.name, "sha256": sha256, "rows": fresh}
            body["simulated"] = any(SIMULATED in str(row) for row in fresh)
            transaction.append(EventKind.UNITS_RECORDED, datetime.now(UTC), body)
            # Whoever followed a unit is no other unit: a verification may turn out not to be independent.
            projection.refresh(workspace, transaction)
    return {"units": told, "recorded": len(fresh), "sha256": sha256, "simulated": projection.is_simulated(workspace)}


def answer(row: Answer[Any], status: str) -> dict[str, Any]:
    """Return what is said of one row of an office's table."""
    error = row.error
    return {
        "line": row.line,
        "status": status,
        "reason": error.kind if error else ("same_content" if status == "duplicate" else ""),
        "message": error.message if error else "",
        "where": error.where if error else "",
        "hint": error.hint if error else "",
        "values": error.values if error else {},
        "warnings": list(row.warnings),
    }


def recorded(workspace: Workspace, as_of: datetime | None = None) -> tuple[ResponsibleUnit, ...]:
    """Return the units on record until ``as_of`` (default: now), by code and first day; the latest row counts."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.UNITS_RECORDED])
    found: dict[tuple[str, date], ResponsibleUnit] = {}
    for event in sorted(events, key=_recorded):
        for row in event.payload["rows"]:
            unit = from_json(row)
            found[unit.code, unit.valid_from] = unit
    return tuple(found[key] for key in sorted(found))


def working(workspace: Workspace, day: date, commune: str = "") -> list[str]:
    """Return the codes of the units that somebody may be sent from on a day: those of a commune first, then the others.

    Without a table of units they are those that entries name.
    """
    known = [unit for unit in recorded(workspace) if unit.valid_on(day) and unit.kind in PATROLLING]
    if not known:
        return _named(workspace)
    known.sort(key=lambda unit: (not (commune and commune in unit.communes), unit.code))
    return list(dict.fromkeys(unit.code for unit in known))


def asked(unit: str | None) -> str:
    """Return the unit that was named, empty if the option was not given: then the whole province is meant.

    Raises:
        UnusableInput: ``unit_missing``: a blank name would silently tell of the province.
    """
    if unit is not None and not unit.strip():
        hint = N_("Name a unit, or leave --unit out for the whole province.")
        raise UnusableInput("unit_missing", N_("No unit is named."), where="--unit", hint=hint)
    return unit or ""


def on_record(workspace: Workspace, text: str) -> str:
    """Return the code under which a unit is on record, however it is typed; empty stays empty: no unit is asked for.

    Raises:
        UnusableInput: ``unknown_unit``: neither a table of units nor any entry knows it.
    """
    found = _found(workspace, text)
    if found or not text.strip():
        return found
    listed_in = tables_of(workspace)
    others = [name for name in _named(workspace) if not listed_in.code(name)]
    known = sorted({*listed_in.written.values(), *others} - {""})
    hint = N_("Units on record: {known}. A further one comes with: eradication units import FILE")
    if not known:
        hint = N_("No unit is on record: take a table of units in with: eradication units import FILE")
    listed = ", ".join(known[:_LISTED]) + (" …" if len(known) > _LISTED else "")
    values = {"unit": text.strip(), "known": listed}
    raise UnusableInput("unknown_unit", N_("No unit '{unit}' is on record."), where="--unit", hint=hint, values=values)


def spelling(workspace: Workspace, text: str) -> str:
    """Return the code under which a unit is on record, or what was typed if none is: it may do its first work now."""
    return _found(workspace, text) or text.strip()


def _found(workspace: Workspace, text: str) -> str:
    return (tables_of(workspace).code(text) or _spelt(text, _named(workspace))) if text.strip() else ""


def tables_of(workspace: Workspace, as_of: datetime | None = None) -> history.Successions:
    """Return what the tables of units on record tell: which names are one unit, and who followed whom."""
    return history.successions(workspace.store.events(as_of=as_of, kinds=[EventKind.UNITS_RECORDED]))


def _spelt(text: str, named: Sequence[str]) -> str:
    """Return how entries spell a unit: as typed if one does, else as the only ones that are alike do."""
    if text.strip() in named:
        return text.strip()
    same = [name for name in named if history.alike(name) == history.alike(text) != ""]
    return same[0] if len(same) == 1 else ""


def _named(workspace: Workspace) -> list[str]:
    """Return the units that entries name, as they spell them; of entries read before only what came since is read."""
    heads = {head.origin: head.events for head in workspace.store.origins()}
    known = cast(tuple[dict[str, int], set[str]], workspace.found.get(_named, ({}, set())))
    if any(heads.get(origin, 0) < last for origin, last in known[0].items()):
        known = {}, set()
    events = workspace.store.later(known[0], _NAMING)
    names = known[1].union(*(_units_in(event.payload) for event in events)) - {""}
    workspace.found[_named] = heads, names
    return sorted(names)


def _units_in(payload: Mapping[str, Any]) -> Iterator[str]:
    for part in (payload, payload.get("visit"), payload.get("patrol"), payload.get("tip"), *payload.get("rows", ())):
        if isinstance(part, Mapping):
            yield str(part.get("unit") or "").strip()


def _recorded(event: Event) -> tuple[datetime, str, int]:
    return event.recorded_at, event.origin, event.number


def as_json(unit: ResponsibleUnit) -> dict[str, Json]:
    """Return a unit as it stands in an event."""
    return {
        **{name: getattr(unit, name) for name in _TEXTS},
        "kind": unit.kind.value,
        "valid_from": unit.valid_from.isoformat(),
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "reports": unit.reports,
        "communes": list(unit.communes),
    }


def from_json(row: Mapping[str, Any]) -> ResponsibleUnit:
    """Return the unit that an event tells of."""
    return ResponsibleUnit(
        **{name: str(row.get(name, "")) for name in _TEXTS},
        kind=UnitKind(row["kind"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        reports=bool(row["reports"]),
        communes=tuple(row["communes"]),
    )


def listed(workspace: Workspace, day: date | None = None, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the units that exist on ``day``, or all spans of all units."""
    found = recorded(workspace, as_of)
    chosen = found if day is None else valid_on(found, day)
    told = [as_json(unit) for unit in chosen]
    return {
        "date": day.isoformat() if day else None,
        "units": told,
        "simulated": projection.is_simulated(workspace),
    }

"""Facts the office enters: tables of them become events, the latest of each counts, and the ledger is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from eradication.domain import TIMEZONE, EventKind, Fact, FactKind, Json
from eradication.domain.event import SIMULATED, iso
from eradication.domain.fact import IDENTIFYING
from eradication.ingest import facts as tables
from eradication.pipeline import projection, units
from eradication.pipeline.workspace import Workspace, disk_errors_explained


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact as it stands on record."""

    fact: Fact
    recorded_at: datetime
    origin: str
    sha256: str
    """Of the table it came in."""
    earlier: int
    """How often the same fact was entered before, with other content."""


def context(workspace: Workspace) -> tables.Context:
    """Return what tables of facts are read with."""
    today = datetime.now(TIMEZONE).date()
    codes = frozenset(unit.code for unit in units.recorded(workspace))
    return tables.Context(workspace.store.units(), today, codes)


def record_facts(workspace: Workspace, path: Path, kind: FactKind | None = None) -> dict[str, Any]:
    """Take a table of facts in, row by row: accepted, duplicate or refused, each with its reason."""
    return enter(workspace, path, tables.read(path, workspace.settings, context(workspace), kind))


def enter(workspace: Workspace, path: Path, rows: Sequence[tables.FactRow]) -> dict[str, Any]:
    """Record the facts that were read from a table and do not stand on record yet, as one event."""
    standing = {one.fact.key: one.fact for one in history(workspace)}
    vintages = _vintages_of_baselines(standing.values())
    unknown = _unknown_plots(workspace, rows)
    fresh: list[Json] = []
    told: list[dict[str, Any]] = []
    for row in rows:
        fact, warnings, status = row.value, [], "refused"
        if fact is not None:
            before = standing.get(fact.key)
            status = "duplicate" if before == fact else "accepted"
            if status == "accepted":
                warnings += ["replaces_another"] if before is not None and not before.withdrawn else []
                warnings += _other_vintage(fact, vintages)
                warnings += ["plot_not_known"] if fact.values.get("plot") in unknown else []
                fresh.append(as_json(fact))
            standing[fact.key] = fact
        line = units.answer(row, status)
        line["warnings"] += warnings
        told.append(line | {"kind": row.kind, "key": list(fact.key[1:]) if fact else [], "names": names_of(fact)})
    sha256 = ""
    with disk_errors_explained(workspace.folder), workspace.store.transaction() as transaction:
        if fresh:
            sha256 = transaction.put_original(path)
            body: dict[str, Json] = {"file": path.name, "sha256": sha256, "rows": fresh}
            body["simulated"] = any(SIMULATED in str(row) for row in fresh)
            transaction.append(EventKind.FACTS_RECORDED, datetime.now(UTC), body)
    return {"facts": told, "recorded": len(fresh), "sha256": sha256, "simulated": projection.is_simulated(workspace)}


def _unknown_plots(workspace: Workspace, rows: Sequence[tables.FactRow]) -> set[Json]:
    """Return what conversions name that is no plot on record: such land is told by its outline alone."""
    facts = (row.value for row in rows if row.value is not None and row.value.kind is FactKind.CONVERSION)
    named = {fact.values["plot"] for fact in facts if fact.values.get("plot")}
    if not named:
        return set()
    told = projection.replayed(workspace)
    return {name for name in named if not told.knows(str(name))}


def _vintages_of_baselines(facts: Any) -> dict[Json, set[Json]]:
    found: dict[Json, set[Json]] = {}
    for fact in facts:
        if fact.kind is FactKind.BASELINE and fact.values["commune"] and not fact.withdrawn:
            found.setdefault(fact.values["year"], set()).add(fact.values["vintage"])
    return found


def _other_vintage(fact: Fact, vintages: dict[Json, set[Json]]) -> list[str]:
    """Say so where a year's baseline is entered by communes of two vintages: the same ground may count twice."""
    if fact.kind is not FactKind.BASELINE or not fact.values["commune"] or fact.withdrawn:
        return []
    known = vintages.setdefault(fact.values["year"], set())
    others = known - {fact.values["vintage"]}
    known.add(fact.values["vintage"])
    return ["baseline_of_two_vintages"] if others else []


def names_of(fact: Fact | None) -> list[str]:
    """Return the values that say which fact it is, as they were written."""
    return [str(fact.values.get(name) or "") for name in IDENTIFYING[fact.kind]] if fact else []


def as_json(fact: Fact) -> dict[str, Json]:
    """Return a fact as it stands in an event."""
    return {"kind": fact.kind.value, **fact.values}


def from_json(row: Mapping[str, Any]) -> Fact:
    """Return the fact that an event tells of."""
    return Fact(FactKind(row["kind"]), {name: value for name, value in row.items() if name != "kind"})


def history(workspace: Workspace, as_of: datetime | None = None) -> list[Recorded]:
    """Return the latest row of every fact recorded until ``as_of`` (default: now), those taken back included."""
    events = workspace.store.events(as_of=as_of, kinds=[EventKind.FACTS_RECORDED])
    found: dict[tuple[str, ...], Recorded] = {}
    for event in sorted(events, key=lambda e: (e.recorded_at, e.origin, e.number)):
        for row in event.payload["rows"]:
            fact = from_json(row)
            before = found.get(fact.key)
            again = 0 if before is None else before.earlier + (before.fact != fact)
            found[fact.key] = Recorded(fact, event.recorded_at, event.origin, str(event.payload["sha256"]), again)
    return [found[key] for key in sorted(found)]


def recorded(workspace: Workspace, as_of: datetime | None = None, kind: FactKind | None = None) -> list[Recorded]:
    """Return the facts that stand on record, by kind and key."""
    standing = (one for one in history(workspace, as_of) if not one.fact.withdrawn)
    return [one for one in standing if kind in (None, one.fact.kind)]


def listed(workspace: Workspace, kind: FactKind | None = None, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the facts on record as plain rows, without outlines."""
    names = {unit.code: unit.name for unit in workspace.store.units()} | projection.names(workspace)
    rows = []
    for one in recorded(workspace, as_of, kind):
        shown = {name: value for name, value in as_json(one.fact).items() if name != "geometry"}
        commune = str(shown.get("commune") or "")
        named = {"commune_name": names.get(commune, "")} if commune else {}
        rows.append({**shown, **named, "recorded_at": iso(one.recorded_at), "earlier": one.earlier})
    return {"facts": rows, "simulated": projection.is_simulated(workspace)}


def day_of(text: Json) -> date:
    """Return a day of a fact."""
    return date.fromisoformat(str(text))

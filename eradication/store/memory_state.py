"""Everything that the store in plain Python holds, as one value that a transaction may copy and change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from eradication.domain import Event, EventKind
from eradication.domain.succession import successions
from eradication.store import chain, naming, owning, places
from eradication.store.chain import Head
from eradication.store.contract import Held, PatrolRecord, Row
from eradication.store.layers import Key

_PLACED = ("plots", "candidates")

type Placed = dict[tuple[str, ...], places.PlainRow]


@dataclass(slots=True)
class State:
    """Everything that a transaction may change."""

    chains: dict[str, list[Event]] = field(default_factory=dict)
    devices: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Origin → public key and label."""
    waiting: dict[tuple[str, int], Held] = field(default_factory=dict)
    patrols: dict[str, PatrolRecord] = field(default_factory=dict)
    units: Placed = field(default_factory=dict)
    lineage: Placed = field(default_factory=dict)
    layers: dict[str, dict[Key, Row]] = field(default_factory=dict)
    unit: str = ""
    """Whose view this is; empty = the whole."""

    def copy(self) -> "State":
        """Return a state that can be changed without changing this one."""
        return State(
            {origin: list(events) for origin, events in self.chains.items()},
            dict(self.devices),
            dict(self.waiting),
            dict(self.patrols),
            dict(self.units),
            dict(self.lineage),
            dict(self.layers),
        )

    def events(self, as_of: datetime | None, kinds: Collection[EventKind]) -> list[Event]:
        """Return events in canonical order."""
        found = (
            event
            for events in self.chains.values()
            for event in events
            if (as_of is None or event.recorded_at <= as_of) and (not kinds or event.kind in kinds)
        )
        return sorted(found, key=lambda event: event.order)

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """Return the events of some kinds that bear one of some names, in canonical order."""
        known = (event for event in self.events(None, kinds) if event.kind in kinds)
        return [event for event in known if not naming.names_of(event).isdisjoint(names)]

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """Return the events of some kinds numbered above ``heads``, in canonical order."""
        return [e for e in self.events(None, kinds) if e.kind in kinds and e.number > heads.get(e.origin, 0)]

    def seen_by(self, unit: str, day: date) -> "State":
        """Return what a unit, in the form in which names are compared, may see on a day."""
        told = successions(self.events(None, [EventKind.UNITS_RECORDED]))
        visits, placed = self.layers.get("visits", {}), [self.layers.get(name, {}) for name in _PLACED]
        every = [event for events in self.chains.values() for event in events]
        names = {patrol.unit for patrol in self.patrols.values()} | {owning.named_in(event) for event in every}
        names |= owning.names_in([*visits.values(), *(row for rows in placed for row in rows.values())])
        mine = owning.read_by(unit, names, told, day)
        chains: dict[str, list[Event]] = {}
        for event in every:
            if owning.named_in(event) in (owning.EVERYBODY, *mine):
                chains.setdefault(event.origin, []).append(event)
        seen = {
            name: {k: row for k, row in rows.items() if owning.concerns(row["units"], mine)}
            for name, rows in zip(_PLACED, placed, strict=True)
        }
        seen["visits"] = {key: row for key, row in visits.items() if row["unit"] in mine}
        patrols = {name: patrol for name, patrol in self.patrols.items() if patrol.unit in mine}
        return State(chains, patrols=patrols, units=self.units, lineage=self.lineage, layers=seen, unit=unit)

    def head(self, origin: str) -> Head:
        """Return where a chain ends."""
        events = self.chains.get(origin)
        return chain.head_of(events[-1]) if events else Head()

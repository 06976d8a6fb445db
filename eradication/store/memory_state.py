"""Everything that the store in plain Python holds, as one value that a transaction may copy and change."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from eradication.domain import Event, EventKind
from eradication.store import chain, places
from eradication.store.chain import Head
from eradication.store.contract import Held, PatrolRecord, Row
from eradication.store.layers import Key

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

    def head(self, origin: str) -> Head:
        """Return where a chain ends."""
        events = self.chains.get(origin)
        return chain.head_of(events[-1]) if events else Head()

"""Reading events inside a transaction: those it appended, which are written at its end only, beside the stored ones."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from eradication.domain import Event, EventKind
from eradication.store import naming, queries, schema


class EventsInside:
    """The reading part of :class:`eradication.store.contract.Transaction`."""

    def __init__(self, connection: Connection) -> None:
        """Read on the writing connection."""
        self._db = connection
        self._own: list[Event] = []
        """Appended events; they are of this store's origin."""
        self._read: list[Event] | None = None
        """All stored events once they were read, until others join them."""

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""
        if not kinds and self._read is None:
            # One writer at a time: until it appends, what it read stays as it is, and reading it takes long.
            self._read = queries.read_events(self._db, None, ())
        stored = queries.read_events(self._db, as_of, kinds) if self._read is None else self._read
        known = (*stored, *self._own)
        told = [e for e in known if (not kinds or e.kind in kinds) and (as_of is None or e.recorded_at <= as_of)]
        return sorted(told, key=lambda event: event.order)

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        own = (event for event in self._own if not naming.names_of(event).isdisjoint(names))
        known = (*naming.found(self._db, names), *own)
        return sorted((event for event in known if event.kind in kinds), key=lambda event: event.order)

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        own = (one for one in self._own if one.kind in kinds and one.number > heads.get(one.origin, 0))
        return sorted((*queries.later(self._db, heads, kinds), *own), key=lambda event: event.order)

    def reached(self) -> dict[str, int]:
        """See the contract."""
        columns = schema.origins.c
        stored = dict(self._db.execute(select(columns.origin, columns.events)).all())
        return stored | {event.origin: event.number for event in self._own}

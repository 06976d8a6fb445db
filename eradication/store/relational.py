"""What a store does on any SQL database: tables by SQLAlchemy, a folder of originals and a key."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, select

from eradication.domain import Event, EventKind
from eradication.domain.succession import successions
from eradication.store import blobs, chain, clock, moving, owning, queries, schema, thinning
from eradication.store.contract import Held, OriginHead
from eradication.store.database import Database
from eradication.store.keys import Signer
from eradication.store.reading import RelationalReading
from eradication.store.sight import Sight
from eradication.store.transaction import RelationalTransaction


class RelationalStore(RelationalReading):
    """See :class:`eradication.store.contract.Store`."""

    tolerance: timedelta = clock.TOLERANCE
    """A clock that steps back by more than this is told of by an event."""

    def __init__(
        self, database: Database, folder: Path, signer: Signer, device: str, now: Callable[[], datetime]
    ) -> None:
        """Use ``database``, already at this program's version; ``now`` says when something is recorded."""
        self.device = device
        self.origin, self.public_key, self.sign = signer.origin, signer.public_key, signer.sign
        self.signed, self.noted = signer.signed, signer.noted
        super().__init__(database, folder / "originals", Sight())
        self._signer, self._now = signer, now
        blobs.tidy(self._originals)

    @property
    def schema(self) -> str:
        """Schema of the server's database, empty if the store is a file."""
        return self._database.schema

    @contextmanager
    def everything(self) -> Iterator[Connection]:
        """Give a connection that sees one committed state, all of it; for whoever copies the whole store."""
        with self._reading() as connection:
            self._database.see_everything(connection)
            yield connection

    def administering(self) -> AbstractContextManager[Connection]:
        """Give the writing connection to who gives and takes rights; commit at the end."""
        return self._database.writing()

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """Keep every other writer out, for as long as it takes; what is done on the connection is committed at the end.

        Raises:
            StorageFailed: ``store_locked`` …
        """
        with self._database.writing() as connection:
            self._database.see_everything(connection)
            yield connection

    def moved_to(self) -> str:
        """Return where this store was moved, empty if it was not: see :mod:`eradication.store.moving`."""
        with self._reading() as connection:
            return moving.moved_to(connection)

    def seen_by(self, unit: str) -> RelationalReading:
        """See the contract."""
        told = successions(self.events(kinds=[EventKind.UNITS_RECORDED]))
        return RelationalReading(self._database, self._originals, Sight(owning.looking(unit, told), self._now))

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        with self._reading() as connection:
            return sorted(queries.later(connection, heads, kinds), key=lambda event: event.order)

    @contextmanager
    def transaction(self) -> Iterator[RelationalTransaction]:
        """See the contract."""
        with self._database.writing() as connection:
            moving.check(connection, self._database.where)
            reading = clock.Reading(self._now(), self.tolerance)
            transaction = RelationalTransaction(connection, self._signer, self.device, reading, self._originals)
            yield transaction
            transaction.finish()
            self._database.note_changes(connection, transaction.touched)
            heads = transaction.heads() if "events" in transaction.touched else {}
        if heads:
            shown = reading.now if transaction.recorded else None
            self._signer.note_committed(heads, shown, stepped_back=transaction.stepped_back)

    def origins(self) -> list[OriginHead]:
        """See the contract."""
        with self._database.asking() as connection, self._explained():
            return [OriginHead(*row) for row in connection.execute(queries.ORIGINS)]

    def pending(self) -> list[Held]:
        """See the contract."""
        table = schema.pending_events
        with self._reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.origin, table.c.number)).mappings()
            return [Held(chain.from_row(row), row["public_key"], row["label"]) for row in rows]

    def stored(self) -> Iterator[Mapping[Any, Any]]:
        """See the contract."""
        query = select(*queries.EVENTS).order_by(schema.events.c.origin, schema.events.c.number)
        with self._reading() as connection:
            yield from connection.execute(query).mappings()

    def forget(self, originals: Collection[str]) -> int:
        """See the contract."""
        self._database.forget([schema.track_segments.name, schema.waypoints.name])
        return thinning.remove(self._originals, originals)

    def close(self) -> None:
        """See the contract."""
        self._database.close()

    def __enter__(self) -> "RelationalStore":
        """Return the store itself; it is closed at the end of the ``with``."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

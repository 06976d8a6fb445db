"""What a store can do, whatever keeps it: the GeoPackage of a workspace or the fake in :mod:`eradication.store.memory`.

Reads see what was committed before they began. Writes happen inside :meth:`Store.transaction`: all of them or none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from eradication.domain import AdminUnit, Event, EventKind, Fixes, Json, Lineage, Patrol, Waypoint
from eradication.store.note import Note, Reach
from eradication.store.values import Held, Joined, OriginCheck, OriginHead, PatrolRecord, Records, Thinned
from eradication.store.where import Every, Where

__all__ = [
    "BBox",
    "Held",
    "Joined",
    "OriginCheck",
    "OriginHead",
    "Page",
    "PatrolRecord",
    "Reading",
    "Records",
    "Row",
    "Slice",
    "Store",
    "Thinned",
    "Transaction",
]

type Row = dict[str, Any]
"""One row of a projection layer; its shapely geometry (WGS 84) or ``None`` is under ``geometry``."""

type BBox = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a projection layer are wanted."""

    layer: str
    where: Where = Every()  # noqa: RUF009
    bbox: BBox | None = None
    """Only rows whose geometry meets it."""
    order: Sequence[tuple[str, bool]] = ()
    """Column and whether the largest come first; what is not known comes last, ties stand in the order of keys."""
    limit: int = 100
    offset: int = 0
    total: int | None = None
    """How many there are without the limit, if that is known: counting takes longer than reading some."""
    shapes: bool = True
    """Whether outlines are read too; without, ``geometry`` is ``None``."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows."""

    rows: list[Row]
    total: int
    """How many there are without the limit."""


class Transaction(Protocol):
    """Everything that may be written. All of it is committed together, or none."""

    def append(self, kind: EventKind, happened_at: datetime, payload: Mapping[str, Json]) -> Event:
        """Number, chain and keep one event of this store's origin.

        All events of a transaction bear one ``recorded_at``, later than that of the transaction before even where the
        clock went back. The last one is signed when the transaction ends (the returned value is not). Where the clock
        stands behind what it showed before, an event that tells so goes before the first (:mod:`.clock`).

        Raises:
            RefusedInput: ``unstorable_payload`` (NaN, not JSON), ``naive_time``.
            StorageFailed: ``store_rolled_back`` if this device has signed later events than the store holds.
        """

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """Return the events as this transaction sees them, its own included, in canonical order."""

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """As :meth:`Reading.naming`, this transaction's own events included."""

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """As :meth:`Store.later`, this transaction's own events included."""

    def reached(self) -> dict[str, int]:
        """Return origin → number of its last event, this transaction's own included."""

    def add_tracks(self, patrol: Patrol) -> str:
        """Keep every fix and waypoint of ``patrol``, one row per segment; doing it again changes nothing.

        Returns the hash of their content. Name it as ``tracks`` in the event that tells of the patrol, and the audit
        sees a changed fix.

        Should two stores have cleaned one file differently, both end with the same one of the two versions.
        """

    def add_units(self, units: Iterable[AdminUnit], lineage: Iterable[Lineage]) -> dict[str, str]:
        """Keep units by ``(code, valid_from, source)`` and lineage by ``(old_code, new_code, changed_on)``.

        What is there already under a key is replaced. Returns a short hash per unit; name them as ``outlines`` in the
        event that tells of the units, and the audit sees a changed outline or code.
        """

    def thin(self, patrol_ids: Collection[str]) -> Thinned:
        """Take the fixes and waypoints of patrols out for good; who walked, and that it was, stays.

        What may be thinned says :mod:`eradication.store.thinning`; append the event that tells of it, in the same
        transaction.
        """

    def put_original(self, source: Path) -> str:
        """Copy a file into the originals, durable before any row can speak of it, and return its SHA-256 (hex).

        Raises:
            UnusableInput: ``no_such_file``.
            StorageFailed: ``disk_full`` …
        """

    def replace_layer(
        self, name: str, rows: Iterable[Row], *, only: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """Make projection layer ``name`` hold exactly ``rows``; unchanged rows are not rewritten.

        With ``only`` (column of text → values) just the rows that have these values are replaced, and others stay.
        Polygons become multipolygons, times ISO text with milliseconds, tuples text with commas, NaN ``None``.

        Raises:
            UnusableInput: ``unknown_layer``, ``unknown_column``, ``duplicate_row``, ``unstorable_value``.
        """

    def merge(self, event: Event, public_key: str, label: str) -> bool:
        """Append a foreign origin's next event; ``False`` if it is there already.

        Raises:
            RefusedInput: ``event_gap`` if events before it are missing, and those of :meth:`join`.
        """

    def join(self, events: Sequence[Event], public_key: str, label: str) -> Joined:
        """Take a run of one foreign origin's events, in any order; those behind a gap are held until it closes.

        Raises:
            RefusedInput: ``event_conflict`` (other content under a number), ``bundle_forged`` (hash, key, signature).
        """

    def add_records(self, records: Records) -> None:
        """Keep rows another store recorded.

        Of two versions the one with the smaller content hash stays, so that the order of arrival does not matter. One
        without fixes and waypoints stays only where there is no other; of thinned patrols no fix comes back.
        """


class Reading(Protocol):
    """What may be read: everything, or, of :meth:`Store.seen_by`, what is one unit's or everybody's."""

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """Return events in canonical order (:attr:`Event.order`), those with ``recorded_at <= as_of`` only if given."""

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """Return the events of ``kinds`` that bear one of ``names``, in canonical order; none of the others is read.

        What names are says :mod:`eradication.store.naming`: ids of plots, candidates and readings, codes, and with
        their key seasons and ids of visits; of another event, which this one answers, origin and number.
        """

    def latest(self) -> datetime | None:
        """Return when the event recorded last was recorded; ``None`` if there is none."""

    def hours(self, kinds: Collection[EventKind]) -> set[datetime]:
        """Return the hours (UTC) in which events of ``kinds`` happened; no event is read for it."""

    def tracks(self, patrol_ids: Collection[str] = (), *, bbox: BBox | None = None) -> Iterator[tuple[str, Fixes]]:
        """Yield patrol id and segment, by patrol id and in order; all patrols if none is named.

        With ``bbox`` only segments whose drawable line crosses it.
        """

    def tracked(self) -> frozenset[str]:
        """Return the patrols of which fixes or waypoints are here."""

    def waypoints(self, patrol_ids: Collection[str] = ()) -> list[tuple[str, Waypoint]]:
        """Return patrol id and waypoint, by patrol id and in order; all patrols if none is named."""

    def units(self, *, as_of: datetime | None = None) -> list[AdminUnit]:
        """Return every unit of every vintage, by code, first day and source; outlines come as multipolygons.

        With ``as_of`` only those recorded until then.
        """

    def lineage(self) -> list[Lineage]:
        """Return what became of which unit, by old code, new code and day."""

    def layer(
        self, name: str, *, bbox: BBox | None = None, only: Mapping[str, Collection[str]] | None = None
    ) -> list[Row]:
        """Return the rows of a projection layer (``plots``, ``candidates``, ``visits``, ``replayed``) by key.

        Args:
            name: of the layer.
            bbox: only rows whose geometry meets it.
            only: column of text → the values that are wanted.
        """

    def page(self, wanted: Slice) -> Page:
        """Return some rows of a projection layer, and how many there are in all; costs what is returned.

        Raises:
            UnusableInput: ``unknown_layer``, ``unknown_column``.
        """

    def original(self, sha256: str) -> Path | None:
        """Return the kept file with this hash, or ``None``."""

    def records(self, since: datetime | None = None) -> Records:
        """Return patrols, units and lineage, those recorded after ``since`` only if given."""


class Store(Reading, Protocol):
    """A workspace's memory."""

    @property
    def origin(self) -> str:
        """``o-`` and the first 20 hex digits of the SHA-256 of the public key: nobody else can claim it."""

    @property
    def device(self) -> str:
        """Name shown beside this origin's events."""

    @property
    def public_key(self) -> str:
        """This origin's Ed25519 public key, hex."""

    def sign(self, message: bytes) -> str:
        """Return this origin's signature of ``message``, hex."""

    def signed(self) -> Reach:
        """Return number and hash of the last event this device is known to have signed, noted beside its key."""

    def noted(self) -> Note:
        """Return how far each chain is known to have reached here, noted beside the key."""

    def later(self, heads: Mapping[str, int], kinds: Collection[EventKind]) -> list[Event]:
        """Return the events of ``kinds`` numbered above ``heads``, in canonical order.

        Costs what came since, however long the chains are. Origins that ``heads`` does not name are read from their
        first event.
        """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin the one write at a time; commit at the end of the ``with``, roll back on an exception.

        Raises:
            StorageFailed: ``store_locked``, ``disk_full``, ``store_damaged``; nothing is half-written.
        """

    def origins(self) -> list[OriginHead]:
        """Return the heads of all chains, by origin."""

    def pending(self) -> list[Held]:
        """Return the foreign events that wait for others, by origin and number."""

    def stored(self) -> Iterator[Mapping[Any, Any]]:
        """Yield event rows as they lie in the store, unchecked, by origin and number; for the audit."""

    def seen_by(self, unit: str) -> Reading:
        """Return the view of this store that a unit's people may have; see :mod:`.owning` for what that is.

        Never replay what it gives: the ledger of some of the events is no ledger. The view goes with the store.

        Args:
            unit: code or name, however it is typed. One that is not on record sees what is everybody's.

        Raises:
            UnusableInput: ``unit_missing``.
        """

    def forget(self, originals: Collection[str]) -> int:
        """Remove kept files for good, and what the database still holds of deleted rows; return how many there were.

        Only for what :mod:`eradication.store.thinning` allows to be gone.
        """

    def close(self) -> None:
        """Release the files."""

"""Reading the store in plain Python: all of it, or what one unit's people may see."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import shapely

from eradication.domain import AdminUnit, Event, EventKind, Fixes, Lineage, Waypoint
from eradication.domain.event import iso, parse_iso
from eradication.store import blobs, chain, layers, owning, paging, places, tracks
from eradication.store.contract import BBox, Page, PatrolRecord, Records, Row, Slice
from eradication.store.memory_state import Placed, State
from eradication.store.sight import Sight


class MemoryReading:
    """See :class:`eradication.store.contract.Reading`."""

    def __init__(self, folder: Path, whole: Callable[[], State], sight: Sight = Sight()) -> None:  # noqa: B008
        """Read what ``whole`` gives, as far as ``sight`` shows it; originals are in ``folder``."""
        self.folder, self._whole, self._sight = folder, whole, sight

    def _seen(self) -> State:
        whole, sight = self._whole(), self._sight
        return whole.seen_by(sight.unit, sight.day) if sight.unit else whole

    def events(self, *, as_of: datetime | None = None, kinds: Collection[EventKind] = ()) -> list[Event]:
        """See the contract."""
        return self._seen().events(as_of, kinds)

    def naming(self, names: Collection[str], kinds: Collection[EventKind]) -> list[Event]:
        """See the contract."""
        return self._seen().naming(names, kinds)

    def latest(self) -> datetime | None:
        """See the contract."""
        return max((event.recorded_at for event in self.events()), default=None)

    def hours(self, kinds: Collection[EventKind]) -> set[datetime]:
        """See the contract."""
        times = (event.happened_at for event in self._seen().events(None, kinds) if event.kind in kinds)
        return {moment.replace(minute=0, second=0, microsecond=0) for moment in times}

    def _patrols(self, patrol_ids: Collection[str]) -> list[PatrolRecord]:
        patrols = self._seen().patrols
        return [patrols[name] for name in sorted(patrols) if not patrol_ids or name in patrol_ids]

    def tracks(self, patrol_ids: Collection[str] = (), *, bbox: BBox | None = None) -> Iterator[tuple[str, Fixes]]:
        """See the contract."""
        for patrol in self._patrols(patrol_ids):
            for fixes in map(tracks.unpack, patrol.segments):
                if bbox is None or tracks.crosses(fixes, shapely.box(*bbox)):
                    yield patrol.patrol_id, fixes

    def tracked(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(p.patrol_id for p in self._patrols(()) if p.segments or p.waypoints)

    def waypoints(self, patrol_ids: Collection[str] = ()) -> list[tuple[str, Waypoint]]:
        """See the contract."""
        return [(p.patrol_id, waypoint) for p in self._patrols(patrol_ids) for waypoint in p.waypoints]

    def units(self, *, as_of: datetime | None = None) -> list[AdminUnit]:
        """See the contract."""
        rows = (row for _, row in sorted(self._seen().units.items()))
        return [places.unit_from(row) for row in rows if as_of is None or row["recorded_at"] <= iso(as_of)]

    def lineage(self) -> list[Lineage]:
        """See the contract."""
        return [places.lineage_from(row) for _, row in sorted(self._seen().lineage.items())]

    def layer(
        self, name: str, *, bbox: BBox | None = None, only: Mapping[str, Collection[str]] | None = None
    ) -> list[Row]:
        """See the contract."""
        layers.spec_of(name)
        rows = [dict(row) for _, row in sorted(self._seen().layers.get(name, {}).items())]
        rows = [row for row in rows if layers.has(row, only)]
        return [r for r in rows if bbox is None or shapely.intersects(r["geometry"], shapely.box(*bbox))]

    def page(self, wanted: Slice) -> Page:
        """See the contract."""
        return paging.of_rows(self.layer(wanted.layer), wanted)

    def original(self, sha256: str) -> Path | None:
        """See the contract."""
        state = self._seen()
        path = blobs.find(self.folder, sha256)
        return path if state.unit == "" or path is None or self._may_open(sha256, state) else None

    def _may_open(self, sha256: str, seen: State) -> bool:
        named = self._naming(sha256, self._whole())
        mine = self._naming(sha256, seen)
        return bool(mine) and mine == named and all(str(event.kind) in owning.OF_ONE_UNIT for event in mine)

    def _naming(self, sha256: str, state: State) -> list[Event]:
        return [e for e in state.events(None, ()) if sha256 in chain.to_row(e)["payload"]]  # type: ignore[operator]

    def records(self, since: datetime | None = None) -> Records:
        """See the contract."""
        after = iso(since) if since else ""
        return Records(
            tuple(p for p in self._patrols(()) if iso(p.recorded_at) > after),
            tuple((places.unit_from(row), _when(row)) for row in _since(self._seen().units, after)),
            tuple((places.lineage_from(row), _when(row)) for row in _since(self._seen().lineage, after)),
        )


def _since(rows: Placed, after: str) -> list[places.PlainRow]:
    return [row for _, row in sorted(rows.items()) if row["recorded_at"] > after]


def _when(row: places.PlainRow) -> datetime:
    return parse_iso(row["recorded_at"])

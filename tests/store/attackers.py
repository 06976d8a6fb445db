"""Who changes a store behind the program's back, with the rights of whoever owns its file or its server."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

import psycopg
import shapely
from psycopg import sql
from psycopg.rows import dict_row
from store.samples import NOON, Clock, file_with, fixes, patrol, unit

from eradication import store as stores
from eradication.domain import EventKind, Waypoint
from eradication.store import bundle, chain
from eradication.store.contract import Store
from eradication.store.geometry import encode
from eradication.store.memory import MemoryStore

TABLES = ("origins", "events", "pending_events", "patrols", "track_segments", "waypoints", "admin_units")


class Attacker(Protocol):
    """Changes rows and files of one store, and puts everything back for the next attempt."""

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, each with its ``fid``."""

    def set(self, table: str, fid: Any, **values: Any) -> None:
        """Overwrite columns of one row."""

    def delete(self, table: str, *fids: Any) -> None:
        """Remove rows."""

    def store(self) -> Any:
        """Open the store as it is now, a context."""

    def originals(self) -> list[Path]:
        """Return the files kept as originals."""

    def restore(self) -> None:
        """Put everything back."""


def fill(store: Store, folder: Path, seed: int) -> None:
    """Write a few transactions of every kind, those of other devices included; some of their events wait."""
    chance = Random(seed)
    other = MemoryStore(device="b", clock=Clock(NOON))
    third = MemoryStore(device="c", clock=Clock(NOON))
    with other, third:
        for name, one in (("a", store), ("b", other), ("c", third)):
            walks_at = chance.randint(0, 1)
            for n in range(chance.randint(2, 4)):
                if n == walks_at:
                    _walk(one, folder, f"{name}{seed}")
                with one.transaction() as transaction:
                    for m in range(chance.randint(1, 3)):
                        payload = {"n": n, "m": m, "tên": "Vân Hồ", "at": [104.5, 21.25]}
                        transaction.append(
                            chance.choice((EventKind.RUN_FINISHED, EventKind.TIP_RECORDED)), NOON, payload
                        )
        for one in (other, third):
            bundle.write(one, folder / f"{one.device}.zip")
        since = other.events()[-1].recorded_at
        for n in range(2):
            with other.transaction() as transaction:
                transaction.append(EventKind.RUN_FINISHED, NOON, {"waits": n})
        first = min(event.recorded_at for event in other.events() if event.recorded_at > since)
        bundle.write(other, folder / "late.zip", since=first)
        for name in ("c", "b", "late"):
            bundle.merge(store, bundle.read(folder / f"{name}.zip"))


def _walk(store: Store, folder: Path, name: str) -> None:
    walked = patrol(name, fixes([104.0, 104.1], [21.0, 21.1]), waypoints=(Waypoint(104.5, 21.5, NOON, "Lán", ""),))
    with store.transaction() as transaction:
        sha256 = transaction.put_original(file_with(folder, f"<gpx>{name}</gpx>".encode()))
        told = {"patrol": {"id": name}, "tracks": transaction.add_tracks(walked), "files": [{"sha256": sha256}]}
        transaction.append(EventKind.PATROL_RECORDED, NOON, told)
        marks = transaction.add_units([unit(name, geometry=shapely.box(104, 20, 105, 21))], [])
        transaction.append(EventKind.BOUNDARIES_IMPORTED, NOON, {"outlines": dict(marks)})


@dataclass
class _Files:
    """The folder of a workspace: its originals and the note beside its key."""

    folder: Path
    kept: dict[Path, bytes] = field(default_factory=dict)

    def originals(self) -> list[Path]:
        return sorted(p for p in self.kept if p.parent.name != "keys")

    def keep(self) -> None:
        found = [*self.folder.glob("originals/**/*"), *self.folder.glob("keys/*.signed")]
        self.kept = {path: path.read_bytes() for path in found if path.is_file()}

    def put_back(self) -> None:
        for path, content in self.kept.items():
            if not path.is_file() or path.read_bytes() != content:
                path.unlink(missing_ok=True)
                path.write_bytes(content)


class OfFile(_Files):
    """Has the file ``store.gpkg``: drops its triggers and does as he likes."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder)
        with stores.open(folder, device="a", create=True, clock=Clock()) as store:
            fill(store, folder.parent, seed)
        self.keep()
        self.file = folder / "store.gpkg"
        with self._raw() as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f'DROP TRIGGER "{name}"')
        self.content = self.file.read_bytes()

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file)) as raw:
            raw.row_factory = sqlite3.Row
            raw.execute("PRAGMA synchronous = OFF")
            yield raw
            raw.commit()

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self._raw() as raw:
            return [dict(row) for row in raw.execute(f"SELECT * FROM {table} ORDER BY fid")]

    def set(self, table: str, fid: Any, **values: Any) -> None:
        values = {n: encode(v) if isinstance(v, shapely.Geometry) else v for n, v in values.items()}
        named = ", ".join(f"{name} = ?" for name in values)
        with self._raw() as raw:
            raw.execute(f"UPDATE {table} SET {named} WHERE fid = ?", (*values.values(), fid))

    def delete(self, table: str, *fids: Any) -> None:
        with self._raw() as raw:
            raw.executemany(f"DELETE FROM {table} WHERE fid = ?", [(fid,) for fid in fids])

    def store(self) -> Any:
        return stores.open(self.folder)

    def restore(self) -> None:
        for end in ("-wal", "-shm"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        self.file.write_bytes(self.content)
        self.put_back()


class OfServer(_Files):
    """Administers the server: triggers do not run for him."""

    def __init__(self, folder: Path, seed: int, connection: psycopg.Connection[Any], schema: str) -> None:
        super().__init__(folder)
        self._opened = stores.open(folder, device="a", create=True, clock=Clock())
        fill(self._opened, folder.parent, seed)
        self.keep()
        self._connection = connection
        self._run(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema)))
        self._run("SET session_replication_role = replica")
        for table in TABLES:
            self._run(f"CREATE TABLE kept_{table} AS TABLE {table}")

    def _run(self, statement: Any, values: tuple[Any, ...] = ()) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement, values)

    def rows(self, table: str) -> list[dict[str, Any]]:
        cursor = self._connection.cursor(row_factory=dict_row)
        return cursor.execute(f"SELECT * FROM {table} ORDER BY fid").fetchall()

    def set(self, table: str, fid: Any, **values: Any) -> None:
        values = {n: v.wkb_hex if isinstance(v, shapely.Geometry) else v for n, v in values.items()}
        named = ", ".join(f"{name} = %s" for name in values)
        self._run(f"UPDATE {table} SET {named} WHERE fid = %s", (*values.values(), fid))

    def delete(self, table: str, *fids: Any) -> None:
        self._run(f"DELETE FROM {table} WHERE fid = ANY(%s)", (list(fids),))

    @contextmanager
    def store(self) -> Iterator[Store]:
        yield self._opened

    def restore(self) -> None:
        for table in TABLES:
            self._run(f"DELETE FROM {table}")
            self._run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        self.put_back()

    def close(self) -> None:
        self._opened.close()


class OfMemory(_Files):
    """Changes what the fake holds; its rows are events, so that a time stays a time and a payload a mapping."""

    def __init__(self, store: MemoryStore, folder: Path, seed: int) -> None:
        super().__init__(store.folder)
        fill(store, folder, seed)
        self._memory, self._state = store, store._state.copy()
        self.kept = {path: path.read_bytes() for path in store.folder.glob("**/*") if path.is_file()}

    def rows(self, table: str) -> list[dict[str, Any]]:
        if table == "events":
            return [
                {"fid": (event.origin, index), **chain.to_row(event)}
                for _, events in sorted(self._memory._state.chains.items())
                for index, event in enumerate(events)
            ]
        if table == "origins":
            return [{"fid": h.origin, "origin": h.origin, "public_key": h.public_key} for h in self._memory.origins()]
        return []

    def set(self, table: str, fid: Any, **values: Any) -> None:
        state = self._memory._state
        if table == "origins":
            state.devices[fid] = values["public_key"], "x"
            return
        origin, index = fid
        event = state.chains[origin][index]
        known = {name: value for name, value in values.items() if name not in ("happened_at", "recorded_at", "payload")}
        if "payload" in values:
            try:
                known["payload"] = dict(json.loads(values["payload"]))
            except (ValueError, TypeError):
                known["payload"] = {}
            if known["payload"] == event.payload:  # spelt otherwise: the fake keeps no spelling
                known["payload"] = {**event.payload, "more": 1}
        for name in ("happened_at", "recorded_at"):
            if name in values:
                known[name] = getattr(event, name) + timedelta(microseconds=1)
        state.chains[origin][index] = replace(event, **known)

    def delete(self, table: str, *fids: Any) -> None:
        chains = self._memory._state.chains
        for origin, index in sorted(fids, reverse=True):
            del chains[origin][index]
        self._memory._state.chains = {origin: events for origin, events in chains.items() if events}

    @contextmanager
    def store(self) -> Iterator[Store]:
        yield self._memory

    def restore(self) -> None:
        self._memory._state = self._state.copy()
        self.put_back()


type Hire = Callable[[int], Attacker]

"""T18: one change behind the program's back, whatever it is and whatever keeps the store, and the audit says so."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from postgres import Cluster
from rounds import rounds
from store.attackers import Attacker, OfFile, OfMemory, OfServer
from store.samples import Clock

from eradication import config
from eradication.errors import StorageFailed
from eradication.store import tracks, verify
from eradication.store.memory import MemoryStore

COLUMNS = ("origin", "number", "kind", "happened_at", "recorded_at", "payload", "previous", "hash", "signature")
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def hired(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], list[Attacker]]]:
    """Gives one attacker for each of a few filled stores of a kind, the same ones whenever they are asked for."""
    with ExitStack() as stack:

        def hire(kind: str, seed: int) -> Attacker:
            folder = tmp_path_factory.mktemp("attacked") / "ws"
            folder.mkdir()
            if kind == "geopackage":
                return OfFile(folder, seed)
            if kind == "memory":
                return OfMemory(stack.enter_context(MemoryStore(device="a", clock=Clock())), folder, seed)
            server: Cluster = request.getfixturevalue("server")
            place = server.place()
            (folder / config.FILE_NAME).write_text(config.render(config.Settings(store=place)), encoding="utf-8")
            attacker = OfServer(folder, seed, stack.enter_context(server.connect()), place.schema)
            stack.callback(attacker.close)
            return attacker

        yield cache(lambda kind: [hire(kind, seed) for seed in SEEDS])


@pytest.fixture(scope="module", params=["geopackage", "postgis", "memory"])
def attackers(request: pytest.FixtureRequest, hired: Callable[[str], list[Attacker]]) -> list[Attacker]:
    return hired(request.param)


def other(data: st.DataObject, old: Any) -> Any:
    """Draw another value of the same type: one letter or one bit differs."""
    if isinstance(old, int):
        return data.draw(st.integers(-1, 100).filter(lambda n: n != old), "number")
    if isinstance(old, bytes | memoryview):
        bit = data.draw(st.integers(0, 8 * len(old) - 1), "bit")
        flipped = bytearray(old)
        flipped[bit // 8] ^= 1 << bit % 8
        return bytes(flipped)
    position = data.draw(st.integers(0, len(old)), "position")
    kept = data.draw(st.booleans(), "replace") if position < len(old) else False
    letter = data.draw(st.sampled_from("0af é{}9ZAF"), "letter")
    new = old[:position] + letter + old[position + kept :]
    return data.draw(st.sampled_from([new, old.upper()]), "spelling") if new != old else old[:position]


def a_row(attacker: Attacker, data: st.DataObject, table: str) -> dict[str, Any]:
    rows = attacker.rows(table)
    assume(rows)
    return rows[data.draw(st.integers(0, len(rows) - 1), f"row of {table}")]


def flip(attacker: Attacker, data: st.DataObject, table: str, columns: tuple[str, ...]) -> None:
    row = a_row(attacker, data, table)
    column = data.draw(st.sampled_from([c for c in columns if c in row]), "column")
    new = other(data, row[column])
    assume(new != row[column])
    attacker.set(table, row["fid"], **{column: new})


def flip_event(attacker: Attacker, data: st.DataObject) -> None:
    flip(attacker, data, "events", COLUMNS)


def flip_waiting(attacker: Attacker, data: st.DataObject) -> None:
    columns = ("kind", "happened_at", "payload", "previous", "hash", "public_key")
    row = a_row(attacker, data, "pending_events")
    flip(attacker, data, "pending_events", (*columns, "signature") if row["signature"] else columns)


def flip_origin(attacker: Attacker, data: st.DataObject) -> None:
    flip(
        attacker,
        data,
        "origins",
        ("public_key",) if isinstance(attacker, OfMemory) else ("public_key", "events", "head"),
    )


def delete_events(attacker: Attacker, data: st.DataObject) -> None:
    rows = attacker.rows("events")
    numbers = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1), "deleted")
    attacker.delete("events", *(rows[n]["fid"] for n in numbers))


def swap_two(attacker: Attacker, data: st.DataObject) -> None:
    """Exchange what two events say, or their numbers."""
    one, two = a_row(attacker, data, "events"), a_row(attacker, data, "events")
    columns = data.draw(st.sampled_from([("number",), COLUMNS[2:], ("payload",), ("hash", "previous")]), "swapped")
    assume(columns != ("number",) or one["origin"] == two["origin"])
    assume(any(one[c] != two[c] for c in columns))
    if columns == ("number",):
        attacker.set("events", one["fid"], number=-1)
    attacker.set("events", two["fid"], **{c: one[c] for c in columns})
    attacker.set("events", one["fid"], **{c: two[c] for c in columns})


def cut_the_end(attacker: Attacker, data: st.DataObject) -> None:
    """Truncate a chain, and set back what ``origins`` says of its end; nothing left means no row there either."""
    end = a_row(attacker, data, "origins")
    rows = [row for row in attacker.rows("events") if row["origin"] == end["origin"]]
    left = data.draw(st.integers(0, len(rows) - 1), "left")
    attacker.delete("events", *(row["fid"] for row in rows[left:]))
    if isinstance(attacker, OfMemory):
        return
    if left == 0 and data.draw(st.booleans(), "origin too"):
        attacker.delete("origins", end["fid"])
    else:
        attacker.set("origins", end["fid"], events=left, head=rows[left - 1]["hash"] if left else "0" * 64)


def delete_origin(attacker: Attacker, data: st.DataObject) -> None:
    assume(not isinstance(attacker, OfMemory))
    attacker.delete("origins", a_row(attacker, data, "origins")["fid"])


def exchange_original(attacker: Attacker, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(attacker.originals()), "original")
    content = data.draw(st.none() | st.just(b"<gpx/>"), "content")
    new = other(data, path.read_bytes()) if content is None else content
    path.unlink()
    if data.draw(st.booleans(), "kept"):
        path.write_bytes(new)


def change_track(attacker: Attacker, data: st.DataObject) -> None:
    row = a_row(attacker, data, "track_segments")
    new = other(data, row["packed"])
    try:
        assume(tracks._columns(new) != tracks._columns(bytes(row["packed"])))
    except ValueError:
        pass  # it cannot be unpacked any more
    attacker.set("track_segments", row["fid"], packed=new)


def change_walk(attacker: Attacker, data: st.DataObject) -> None:
    match data.draw(st.sampled_from(["segment", "waypoint", "note", "unit"]), "part"):
        case "segment":
            attacker.delete("track_segments", a_row(attacker, data, "track_segments")["fid"])
        case "waypoint":
            attacker.delete("waypoints", a_row(attacker, data, "waypoints")["fid"])
        case "note":
            flip(attacker, data, "waypoints", ("note", "name"))
        case "unit":
            flip(attacker, data, "patrols", ("unit", "name", "kind", "patrol_id"))


def change_unit(attacker: Attacker, data: st.DataObject) -> None:
    row = a_row(attacker, data, "admin_units")
    match data.draw(st.sampled_from(["outline", "words", "gone", "area"]), "part"):
        case "outline":
            east = 105 + data.draw(st.integers(1, 10**6), "east") / 10**7
            outline = shapely.set_srid(shapely.MultiPolygon([shapely.box(104, 20, east, 21)]), 4326)
            attacker.set("admin_units", row["fid"], geom=outline)
        case "words":
            flip(attacker, data, "admin_units", ("code", "name", "source"))
        case "gone":
            attacker.delete("admin_units", row["fid"])
        case "area":
            attacker.set("admin_units", row["fid"], area_km2=row["area_km2"] + 1)


TAMPERINGS = (
    flip_event, flip_waiting, flip_origin, delete_events, swap_two, cut_the_end, delete_origin, exchange_original,
    change_track, change_walk, change_unit,
)  # fmt: skip


def is_found(attacker: Attacker) -> bool:
    """Tell whether the audit says that something is wrong, or that the store cannot be read at all."""
    try:
        with attacker.store() as store:
            return not all(check.ok for check in verify(store))
    except StorageFailed as error:
        return error.kind == "store_damaged"


def test_nothing_is_found_where_nothing_was_changed(attackers: list[Attacker]):
    for attacker in attackers:
        attacker.restore()
        with attacker.store() as store:
            checks = verify(store)
        assert len(checks) == 3
        assert all(check.ok and check.events >= 4 for check in checks)


NOT_IN_MEMORY = (flip_waiting, delete_origin, change_track, change_walk, change_unit)
"""The fake keeps no rows of which these change one."""

CASES = [
    pytest.param(kind, tamper, id=f"{kind}-{tamper.__name__}")
    for kind in ("geopackage", "postgis", "memory")
    for tamper in TAMPERINGS
    if kind != "memory" or tamper not in NOT_IN_MEMORY
]


UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.filter_too_much, HealthCheck.too_slow]}


@pytest.mark.parametrize(("attackers", "tamper"), CASES, indirect=["attackers"])
@settings(max_examples=10, **UNHURRIED)
@given(data=st.data())
def test_T18_any_one_change_is_found(attackers: list[Attacker], tamper: Any, data: st.DataObject):
    change_is_found(attackers, tamper, data)


@pytest.mark.slow
@pytest.mark.parametrize(("attackers", "tamper"), CASES, indirect=["attackers"])
@settings(max_examples=rounds(60, 20), **UNHURRIED)
@given(data=st.data())
def test_T18_any_one_of_many_more_changes_is_found(attackers: list[Attacker], tamper: Any, data: st.DataObject):
    change_is_found(attackers, tamper, data)


def change_is_found(attackers: list[Attacker], tamper: Any, data: st.DataObject) -> None:
    attacker = attackers[data.draw(st.integers(0, len(attackers) - 1), "store")]
    attacker.restore()
    try:
        tamper(attacker, data)
    except (sqlite3.IntegrityError, psycopg.errors.IntegrityError, psycopg.errors.DataError):
        return  # the database itself does not hold it
    assert is_found(attacker)

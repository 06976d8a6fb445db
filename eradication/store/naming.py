"""What an event names: the texts of its payload and the squares it lies in, by which it is found among all others.

A table holds a number for every name, made of the name itself. Two names may share one, so whoever finds an event by it
looks at the event (:func:`names_of`) before taking it for one that was sought.
"""

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from eradication.domain import Event, EventKind
from eradication.domain.concerning import Box, boxes, words
from eradication.store import chain, queries, schema

SILENT = frozenset({EventKind.PLOTS_VIEWED, EventKind.EXPORTED})
"""Events that are found by no name: who looked at what is long, and nobody asks for it place by place."""

_PLAIN = frozenset(
    "area_method by class facts geometry happened_at model note officers outcome outline reason recorded_at run "
    "score_kind sha256 source tracks type unit visited_at".split()
)
"""Keys whose texts name no place, row or event."""
SQUARE_DEGREES = 0.005
"""Side of the squares by which events are found by place: some 500 m."""
MOST_BORNE, MOST_SOUGHT = 64, 2500
"""What lies in more squares bears one name for them all; in more of them nothing is looked for."""
LARGE = "squares"

_AT_ONCE = 500
_MIGRATED_AT_ONCE = 2000


def visit_name(visit_id: str) -> str:
    """Return the name of a row of a unit's visits; units count them from 1 on."""
    return f"visit {visit_id}"


def season_name(kind: EventKind, season: str) -> str:
    """Return the name that all events of a kind bear which are of one season."""
    return f"{kind} {season}"


def event_name(origin: str, number: int) -> str:
    """Return the name of an event, as those that correct it or take it back bear it."""
    return f"{origin}/{number}"


def names_of(event: Event) -> set[str]:
    """Return the names in an event; of a piece of something (``c12/3``) also that of the whole."""
    if event.kind in SILENT:
        return set()
    squares = (square for box in boxes(event) for square in _borne(box))
    return {*_names(event.kind, "", event.payload), *told_by(event), *squares}


def told_by(event: Event) -> Iterator[str]:
    """Give the names that all events bear which concern an event, but for those that only lie near it."""
    yield event_name(*event.key)
    for kind, *told in words(event):
        if kind == "visit":
            yield visit_name(told[-1])
        elif kind == "event":
            yield event_name(*told)
        else:
            yield told[0] if told else kind


def near(box: Box) -> list[str] | None:
    """Return the names of which all events bear one that lie in the squares of a rectangle; ``None`` = too many."""
    squares = _squares(box, MOST_SOUGHT)
    return None if squares is None else [*squares, LARGE]


def _borne(box: Box) -> list[str]:
    squares = _squares(box, MOST_BORNE)
    return [LARGE] if squares is None else squares


def _squares(box: Box, most: int) -> list[str] | None:
    if not all(map(math.isfinite, box)):
        return []
    west, south, east, north = (math.floor(edge / SQUARE_DEGREES) for edge in box)
    if (east - west + 1) * (north - south + 1) > most:
        return None
    return [f"square {x} {y}" for x in range(west, east + 1) for y in range(south, north + 1)]


def _names(kind: EventKind, key: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        own = _OWN.get(key)
        yield own(kind, value) if own else value
        if "/" in value:
            yield value.rpartition("/")[0]
    elif isinstance(value, Mapping):
        for below, one in value.items():
            if below not in _PLAIN:
                yield from _names(kind, str(below), one)
    elif isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int):
            yield event_name(value[0], value[1])
        else:
            for one in value:
                yield from _names(kind, key, one)


_OWN: Mapping[str, Callable[[EventKind, str], str]] = {
    "season": season_name,
    "visit_id": lambda _, text: visit_name(text),
}
"""Keys whose texts are names among their like only."""


def word(named: str) -> int:
    """Return the number of a name, 63 bits."""
    return int.from_bytes(hashlib.blake2b(named.encode(errors="surrogatepass"), digest_size=8).digest()) >> 1


def note_written(connection: Connection, events: Sequence[Event]) -> None:
    """Keep what events of one origin name, which were written one after the other."""
    table = schema.events.c
    numbers = table.number.between(events[0].number, events[-1].number)
    written = select(table.number, table.fid).where(table.origin == events[0].origin, numbers)
    rows = dict(connection.execute(written).all())
    _note(connection, ((rows[event.number], event) for event in events))


def _note(connection: Connection, events: Iterable[tuple[int, Event]]) -> None:
    rows = [{"word": one, "event": fid} for fid, event in events for one in sorted(set(map(word, names_of(event))))]
    if rows:
        connection.execute(insert(schema.event_words), rows)


def found(connection: Connection, names: Collection[str], *seen: ColumnElement[bool]) -> Iterator[Event]:
    """Give the events that bear one of some names, each once, in no order."""
    sought, known = set(names), set[tuple[str, int]]()
    table, said = schema.events, schema.event_words.c
    for numbers in batched(sorted(set(map(word, sought))), _AT_ONCE):
        with_word = select(said.event).where(said.word.in_(numbers))
        query = select(*queries.EVENTS).where(table.c.fid.in_(with_word), *seen)
        for row in connection.execute(query).mappings():
            event = chain.read_row(row)
            if event.key not in known and not sought.isdisjoint(names_of(event)):
                known.add(event.key)
                yield event


def note_all(connection: Connection) -> None:
    """Keep what every event there is names, once; one that cannot be read names nothing."""
    query = select(schema.events.c.fid, *queries.EVENTS).execution_options(yield_per=_MIGRATED_AT_ONCE)
    for part in connection.execute(query).mappings().partitions():
        _note(connection, _readable(part))


def _readable(rows: Iterable[Mapping[Any, Any]]) -> Iterator[tuple[int, Event]]:
    for row in rows:
        try:
            yield row["fid"], chain.read_row(row)
        except ValueError:
            continue

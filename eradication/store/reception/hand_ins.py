"""Rows of hand-ins and their files. What they mean is told in :mod:`eradication.pipeline.reception.hand_ins`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from eradication.store.reception import schema

_HAND_INS, _FILES, _NUMBERS = schema.hand_ins.c, schema.hand_in_files.c, schema.numbers.c

# Asked for with every hand-in, and so built once.
_CONTENTS = (
    select(schema.hand_ins)
    .where(_HAND_INS.hand_in_id == bindparam("hand_in_id"))
    .order_by(_HAND_INS.conflict, _HAND_INS.received_at, _HAND_INS.number)
)
_KEPT = select(_FILES.sha256, _FILES.bytes).where(_FILES.hand_in_id == bindparam("hand_in_id"))

_NEXT = (
    update(schema.numbers)
    .where(_NUMBERS.book == bindparam("of"))
    .values(last=_NUMBERS.last + 1)
    .returning(_NUMBERS.last)
)


def next_number(connection: Connection, book: str) -> int:
    """Return the next number of a book of receipts; it is given once, if what it is given for is committed.

    Args:
        connection: is writing, and so is the only one that gives numbers.
        book: e.g. the year.
    """
    given = connection.scalar(_NEXT, {"of": book})
    if given is None:
        connection.execute(insert(schema.numbers).values(book=book, last=1))
        return 1
    return int(given)


def add(connection: Connection, row: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> None:
    """Keep a hand-in and what it consists of."""
    connection.execute(insert(schema.hand_ins).values(dict(row)))
    add_files(connection, files)


def add_files(connection: Connection, files: Sequence[Mapping[str, Any]]) -> None:
    """Keep files of a hand-in, in their order."""
    if files:
        connection.execute(insert(schema.hand_in_files), [dict(file) for file in files])


def contents(connection: Connection, hand_in_id: str) -> list[dict[str, Any]]:
    """Return every content that was handed in under an id, the one that counts first."""
    return [dict(row._mapping) for row in connection.execute(_CONTENTS, {"hand_in_id": hand_in_id})]


def content(connection: Connection, hand_in_id: str, of: str) -> dict[str, Any] | None:
    """Return one content that was handed in under an id, or ``None``."""
    return next((row for row in contents(connection, hand_in_id) if row["content"] == of), None)


def numbered(connection: Connection, number: str) -> dict[str, Any] | None:
    """Return the hand-in with a receipt's number, or ``None``."""
    found = connection.execute(select(schema.hand_ins).where(_HAND_INS.number == number)).first()
    return None if found is None else dict(found._mapping)


def files(connection: Connection, hand_in_id: str, content: str) -> list[dict[str, Any]]:
    """Return the files of a hand-in in their order."""
    query = select(schema.hand_in_files).where(_FILES.hand_in_id == hand_in_id, _FILES.content == content)
    return [dict(row._mapping) for row in connection.execute(query.order_by(_FILES.position))]


def change(connection: Connection, hand_in_id: str, content: str, values: Mapping[str, Any]) -> None:
    """Set some columns of a hand-in."""
    which = (_HAND_INS.hand_in_id == hand_in_id, _HAND_INS.content == content)
    connection.execute(update(schema.hand_ins).where(*which).values(dict(values)))


def listed(
    connection: Connection, *, person_id: str = "", states: Sequence[str] = (), most: int = 1000
) -> list[dict[str, Any]]:
    """Return hand-ins with login, count and bytes of their files, the newest first."""
    sums = (
        select(_FILES.hand_in_id, _FILES.content, func.count().label("files"), func.sum(_FILES.bytes).label("bytes"))
        .group_by(_FILES.hand_in_id, _FILES.content)
        .subquery()
    )
    people = schema.people.c
    query = (
        select(schema.hand_ins, sums.c.files, sums.c.bytes, people.login)
        .outerjoin(sums, (sums.c.hand_in_id == _HAND_INS.hand_in_id) & (sums.c.content == _HAND_INS.content))
        .outerjoin(schema.people, people.person_id == _HAND_INS.person_id)
        .order_by(_HAND_INS.received_at.desc(), _HAND_INS.number.desc())
        .limit(most)
    )
    if person_id:
        query = query.where(_HAND_INS.person_id == person_id)
    if states:
        query = query.where(or_(*(_HAND_INS.state == state for state in states)))
    return [dict(row._mapping) for row in connection.execute(query)]


def through(connection: Connection, all_but: Collection[str]) -> list[dict[str, Any]]:
    """Return the hand-ins through every channel but some."""
    query = select(schema.hand_ins).where(_HAND_INS.channel.not_in(sorted(all_but)))
    return [dict(row._mapping) for row in connection.execute(query)]


def kept(connection: Connection, hand_in_id: str, sha256: str = "") -> dict[str, int]:
    """Return SHA-256 → bytes of the files that were handed in under an id, in whatever content; or of one of them."""
    query = _KEPT.where(_FILES.sha256 == sha256).limit(1) if sha256 else _KEPT
    return {row.sha256: row.bytes for row in connection.execute(query, {"hand_in_id": hand_in_id})}

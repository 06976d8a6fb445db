"""The reception in a backup: its rows as lines of JSON, the same for a file and a server, and back.

Sessions, invitations and counters stay out: whoever restores signs in anew. Jobs go along that were not done.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select

from eradication.store.reception import schema

FILE_NAME = "reception.jsonl"
CARRIED: tuple[Table, ...] = (
    schema.people,
    schema.devices,
    schema.hand_ins,
    schema.hand_in_files,
    schema.numbers,
    schema.looks,
    schema.jobs,
)
_WAITING = ("queued", "running")


def lines(connection: Connection) -> Iterator[bytes]:
    """Yield every row that goes along; the first line says of which version they are."""
    yield _line({"reception": schema.VERSION})
    for table in CARRIED:
        query = select(table).order_by(*table.primary_key.columns)
        if table is schema.jobs:
            query = query.where(table.c.state.in_(_WAITING))
        for row in connection.execute(query).mappings():
            yield _line({"table": table.name, "row": dict(row)})


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def take_up(connection: Connection, folder: Path) -> bool:
    """Fill empty tables with what a restored backup left in ``folder``; return whether there was something.

    The caller removes the file once this is committed (:func:`done`).
    """
    file = folder / FILE_NAME
    if not file.is_file() or connection.scalar(select(func.count()).select_from(schema.people)):
        return False
    tables = {table.name: table for table in CARRIED}
    with file.open("rb") as stream:
        for line in stream:
            told = json.loads(line)
            if "table" in told:
                row = told["row"]
                if told["table"] == schema.jobs.name:  # whoever was at work on it is gone
                    row = row | {"state": "queued", "owner": "", "lease_until_s": 0.0}
                connection.execute(insert(tables[told["table"]]).values(row))
    return True


def done(folder: Path) -> None:
    """Remove the file that was taken up."""
    (folder / FILE_NAME).unlink(missing_ok=True)

"""Asking for the job that enters a hand-in: in the transaction that keeps it, so that neither is there alone."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from eradication.pipeline.reception.place import Place
from eradication.store.reception import jobs

KIND = "hand_in"


def ask_to_enter(connection: Connection, place: Place, row: Mapping[str, Any], *, again: bool = False) -> None:
    """Ask for a hand-in to be entered; ``again`` although that was done."""
    hand_in_id, content = str(row["hand_in_id"]), str(row["content"])
    key = f"{KIND}:{hand_in_id}:{content}" + (f":{secrets.token_hex(4)}" if again else "")
    body = {"hand_in_id": hand_in_id, "content": content, "again": again}
    jobs.add(connection, KIND, body, str(row["person_id"]), place.now(), once_key=key)

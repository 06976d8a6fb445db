"""Asking for the job that enters a hand-in: in the transaction that keeps it, so that neither is there alone."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from eradication.domain.event import iso
from eradication.pipeline.reception.place import Place
from eradication.store.reception import schema

KIND = "hand_in"


def ask_to_enter(connection: Connection, place: Place, row: Mapping[str, Any], *, again: bool = False) -> None:
    """Ask for a hand-in to be entered; ``again`` although that was done."""
    hand_in_id, content = str(row["hand_in_id"]), str(row["content"])
    key = f"{KIND}:{hand_in_id}:{content}" + (f":{secrets.token_hex(4)}" if again else "")
    jobs = schema.jobs
    if connection.scalar(select(jobs.c.job_id).where(jobs.c.once_key == key)) is not None:
        return
    body = {"hand_in_id": hand_in_id, "content": content, "again": again}
    job = {
        "job_id": f"j-{secrets.token_hex(8)}",
        "once_key": key,
        "kind": KIND,
        "body": json.dumps(body),
        "state": "queued",
        "owner": "",
        "lease_until_s": 0.0,
        "attempts": 0,
        "stage": "",
        "done": 0,
        "total": 0,
        "cancel": 0,
        "asked_by": str(row["person_id"]),
        "made_at": iso(place.now()),
        "begun_at": None,
        "ended_at": None,
        "answer": "",
        "error": "",
    }
    connection.execute(insert(jobs).values(job))

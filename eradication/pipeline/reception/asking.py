"""Asking for the job that enters a hand-in: in the transaction that keeps it, so that neither is there alone."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from eradication.domain.job import JobState
from eradication.pipeline.reception.place import Place
from eradication.store.reception import hand_ins, jobs

KIND = "hand_in"
_RECEIVED = "received"


def ask_to_enter(connection: Connection, place: Place, row: Mapping[str, Any], *, again: bool = False) -> None:
    """Ask for a hand-in to be entered; ``again`` although that was done."""
    body = {"hand_in_id": str(row["hand_in_id"]), "content": str(row["content"]), "again": again}
    key = _key(row) + (f":{secrets.token_hex(4)}" if again else "")
    jobs.add(connection, KIND, body, str(row["person_id"]), place.now(), once_key=key)


def _key(row: Mapping[str, Any]) -> str:
    return f"{KIND}:{row['hand_in_id']}:{row['content']}"


def ask_again(place: Place) -> int:
    """Ask anew for what is received and whose job failed, for a missing key or disk, say; return how many those are.

    Nothing that has a receipt is given up: it is tried until it is in the ledger, or refused with a reason.
    """
    asked = 0
    with place.reception.writing() as connection:
        for row in hand_ins.listed(connection, states=[_RECEIVED], most=1_000_000):
            job = jobs.under(connection, _key(row))
            if job is None:
                ask_to_enter(connection, place, row)
            elif job["state"] == JobState.FAILED:
                anew = {
                    "state": JobState.QUEUED.value,
                    "attempts": 0,
                    "waits": 0,
                    "not_before_s": 0.0,
                    "ended_at": None,
                }
                jobs.change(connection, job["job_id"], anew)
            else:
                continue
            asked += 1
    return asked

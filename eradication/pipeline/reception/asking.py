"""Asking for the job that enters a hand-in: in the transaction that keeps it, so that neither is there alone."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from eradication.domain.event import iso
from eradication.domain.job import JobState
from eradication.pipeline.reception.place import Place
from eradication.store.reception import hand_ins, jobs

KIND = "hand_in"
_RECEIVED, _INCOMPLETE = "received", "incomplete"
_LEFT, _AHEAD = timedelta(days=7), timedelta(days=1)


def ask_to_enter(connection: Connection, place: Place, row: Mapping[str, Any], *, again: bool = False) -> None:
    """Ask for a hand-in to be entered; ``again`` although that was done."""
    body = {"hand_in_id": str(row["hand_in_id"]), "content": str(row["content"]), "again": again}
    key = _key(row) + (f":{secrets.token_hex(4)}" if again else "")
    jobs.add(connection, KIND, body, str(row["person_id"]), place.now(), once_key=key)


def _key(row: Mapping[str, Any]) -> str:
    return f"{KIND}:{row['hand_in_id']}:{row['content']}"


def ask_again(place: Place) -> int:
    """Ask anew for what is received and has no job that goes on; return how many those are.

    A key or a disk was missing, say, or somebody called the job off. Nothing that has a receipt is given up: it is
    tried until it is in the ledger, or refused with a reason. A submission of which more was announced that never came
    counts as received after a week, as it is; what comes later is added. So does one from the future: it came before
    the clock was set back, and nobody knows how long ago.
    """
    asked = 0
    with place.reception.writing() as connection:
        before, after = iso(place.now() - _LEFT), iso(place.now() + _AHEAD)
        for row in hand_ins.listed(connection, states=[_INCOMPLETE], most=1_000_000):
            if not before <= row["received_at"] <= after:
                hand_ins.change(connection, row["hand_in_id"], row["content"], {"state": _RECEIVED})
        for row in hand_ins.listed(connection, states=[_RECEIVED], most=1_000_000):
            asked += _asked_again(connection, place, row)
    return asked


def _asked_again(connection: Connection, place: Place, row: Mapping[str, Any]) -> bool:
    if jobs.is_waited_for(connection, _key(row)):
        return False
    job = jobs.under(connection, _key(row))
    if job is not None and job["state"] == JobState.FAILED:
        jobs.change(connection, job["job_id"], _ANEW)
    else:
        ask_to_enter(connection, place, row, again=job is not None)
    return True


_ANEW: dict[str, Any] = {
    "state": JobState.QUEUED.value, "attempts": 0, "waits": 0, "not_before_s": 0.0, "ended_at": None, "cancel": 0,
}  # fmt: skip

"""Rows of long work. What they mean is told in :mod:`eradication.pipeline.reception.jobs`."""

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from eradication.domain.event import iso
from eradication.domain.job import OVER, JobState
from eradication.store.reception import schema

_JOBS = schema.jobs.c

LONGEST_LEASE_S = 3600.0
"""No lease is given for longer: one that ends later was given before the clock was set back, and is void."""

LONGEST_PAUSE_S = 900.0
"""No job waits for longer; one that would was put back before the clock was set back, and waits no more."""


def new_id() -> str:
    """Return an id for a job that is to be added."""
    return f"j-{secrets.token_hex(6)}"


def add(
    connection: Connection,
    kind: str,
    body: Mapping[str, Any],
    asked_by: str,
    now: datetime,
    *,
    once_key: str = "",
    job_id: str = "",
) -> dict[str, Any]:
    """Keep new work, or return what was asked for under the same ``once_key`` before, as it is now.

    Args:
        connection: is writing; the work is there when it commits, and not before.
        kind: see :data:`eradication.pipeline.reception.errands.KINDS`.
        body: what to do, as JSON.
        asked_by: ``person_id``, or who else asked.
        now: the time.
        once_key: names the work, so that it is kept once; empty = each is another.
        job_id: of :func:`new_id`, if files were kept under it.
    """
    if once_key:
        known = _one(connection, _JOBS.once_key == once_key)
        if known is not None:
            return known
    row = {
        "job_id": job_id or new_id(),
        "once_key": once_key or None,
        "kind": kind,
        "body": json.dumps(dict(body), ensure_ascii=False, sort_keys=True),
        "state": JobState.QUEUED.value,
        "owner": "",
        "lease_until_s": 0.0,
        "not_before_s": 0.0,
        "attempts": 0,
        "waits": 0,
        "stage": "",
        "done": 0,
        "total": 0,
        "cancel": 0,
        "asked_by": asked_by,
        "made_at": iso(now),
        "begun_at": None,
        "ended_at": None,
        "answer": "",
        "error": "",
    }
    connection.execute(insert(schema.jobs).values(row))
    return row


def _one(connection: Connection, condition: ColumnElement[bool]) -> dict[str, Any] | None:
    found = connection.execute(select(schema.jobs).where(condition)).first()
    return None if found is None else dict(found._mapping)


def job(connection: Connection, job_id: str) -> dict[str, Any] | None:
    """Return a job, ``None`` if there is none of this id."""
    return _one(connection, _JOBS.job_id == job_id)


def under(connection: Connection, once_key: str) -> dict[str, Any] | None:
    """Return the job that was asked for under a key, or ``None``."""
    return _one(connection, _JOBS.once_key == once_key)


def is_waited_for(connection: Connection, once_key: str) -> bool:
    """Tell whether a job under a key, or one whose key begins with it and a colon, is not over."""
    kin = or_(_JOBS.once_key == once_key, _JOBS.once_key.startswith(f"{once_key}:", autoescape=True))
    query = select(_JOBS.job_id).where(kin, _JOBS.state.not_in(sorted(state.value for state in OVER))).limit(1)
    return connection.execute(query).first() is not None


def due(connection: Connection, now_s: float, kinds: Collection[str]) -> dict[str, Any] | None:
    """Return the oldest job of these kinds that nobody is at: one that waits no longer, or whose lease has run out."""
    over = or_(_JOBS.not_before_s <= now_s, _JOBS.not_before_s > now_s + LONGEST_PAUSE_S)
    waiting = and_(_JOBS.state == JobState.QUEUED.value, over)
    void = or_(_JOBS.lease_until_s < now_s, _JOBS.lease_until_s > now_s + LONGEST_LEASE_S)
    left = and_(_JOBS.state == JobState.RUNNING.value, void)
    query = select(schema.jobs).where(_JOBS.kind.in_(sorted(kinds)), or_(waiting, left))
    found = connection.execute(query.order_by(_JOBS.made_at, _JOBS.job_id).limit(1)).first()
    return None if found is None else dict(found._mapping)


def change(connection: Connection, job_id: str, values: Mapping[str, Any], *, owner: str = "") -> bool:
    """Set some columns of a job; with ``owner`` only while it is running and his. ``False`` if it is not."""
    mine: list[ColumnElement[bool]] = [_JOBS.owner == owner, _JOBS.state == JobState.RUNNING.value] if owner else []
    changed = update(schema.jobs).where(_JOBS.job_id == job_id, *mine).values(dict(values))
    return connection.execute(changed).rowcount == 1


def listed(connection: Connection, states: Collection[str], most: int, asked_by: str = "") -> list[dict[str, Any]]:
    """Return the newest jobs in some states, or in any if none is named; of one person, or of all."""
    conditions: list[ColumnElement[bool]] = [_JOBS.state.in_(sorted(states))] if states else []
    conditions += [_JOBS.asked_by == asked_by] if asked_by else []
    query = select(schema.jobs).where(*conditions).order_by(_JOBS.made_at.desc(), _JOBS.job_id.desc()).limit(most)
    return [dict(row._mapping) for row in connection.execute(query)]


def counted(connection: Connection) -> dict[str, int]:
    """Return state → how many jobs are in it."""
    rows = connection.execute(select(_JOBS.state, func.count()).group_by(_JOBS.state))
    return {state: int(count) for state, count in rows}


def not_done(connection: Connection) -> set[str]:
    """Return the ids of the jobs that are not done: waiting, at work, failed, called off."""
    return set(connection.scalars(select(_JOBS.job_id).where(_JOBS.state != JobState.DONE.value)))


def forget(connection: Connection, before: str) -> list[str]:
    """Remove the jobs that were over before a time; return their ids."""
    old = and_(_JOBS.state.in_(sorted(OVER)), _JOBS.ended_at < before)
    gone = list(connection.scalars(select(_JOBS.job_id).where(old)))
    connection.execute(delete(schema.jobs).where(old))
    return gone

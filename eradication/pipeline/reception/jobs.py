"""Long work: asked for, looked at, called off, asked for again. The row is the truth, whatever happens to a process.

::

    queued ──▶ running ──▶ done
       ▲          ├──────▶ failed      it cannot be done, or it was begun too often without an end
       └──────────┤                    a failure that passes, an ending worker, a lease that ran out
       └──────────┴──────▶ cancelled

Who may ask for what is for the shell to say.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from eradication.domain.event import iso
from eradication.domain.job import OVER, JobState
from eradication.errors import N_, EradicationError, StorageFailed, UnusableInput
from eradication.i18n import Translate, explain
from eradication.pipeline.reception import job_files
from eradication.pipeline.reception.job_files import File
from eradication.pipeline.reception.place import Place
from eradication.store.reception import jobs as rows

MOST_LISTED = 500


def ask(
    place: Place,
    kind: str,
    body: Mapping[str, Any],
    asked_by: str,
    once_key: str = "",
    *,
    files: Sequence[File] = (),
) -> dict[str, Any]:
    """Ask for work and return the job; when it returns, job and files survive a power cut.

    Args:
        place: where.
        kind: a name in :data:`eradication.pipeline.reception.errands.KINDS`.
        body: what to do; ``language`` says in which language its answer is.
        asked_by: ``person_id``.
        once_key: asking twice under one key gives one job, files and all.
        files: handed in with it.

    Raises:
        UnusableInput: ``unknown_job``.
        StorageFailed: ``disk_full``, ``store_locked`` …; nothing was kept.
    """
    _check_kind(kind)
    if once_key:
        with place.reception.reading() as connection:
            known = rows.under(connection, once_key)
        if known is not None:
            return plain(known)
    job_id = rows.new_id()
    wanted = dict(body)
    if files:
        wanted["files"] = job_files.keep(place, job_id, files)
    try:
        with place.reception.writing() as connection:
            row = rows.add(connection, kind, wanted, asked_by, place.now(), once_key=once_key, job_id=job_id)
    except StorageFailed as error:
        if error.kind != "store_disconnected":  # else it may be kept: nobody heard the server's last word
            job_files.remove(place, job_id)
        raise
    if row["job_id"] != job_id:  # somebody was quicker
        job_files.remove(place, job_id)
    return plain(row)


def _check_kind(kind: str) -> None:
    from eradication.pipeline.reception.errands import KINDS  # which loads all that jobs do

    if kind not in KINDS:
        raise UnusableInput(
            "unknown_job",
            N_("No work of the kind '{kind}' is done here."),
            hint=N_("Choose from: {known}."),
            values={"kind": kind[:40], "known": ", ".join(KINDS)},
        )


def shown(place: Place, job_id: str) -> dict[str, Any]:
    """Return one job with its answer.

    Raises:
        UnusableInput: ``no_such_job``.
    """
    with place.reception.reading() as connection:
        row = rows.job(connection, job_id)
    if row is None:
        raise no_such(job_id)
    return plain(row)


def no_such(job_id: str) -> UnusableInput:
    """Return the error for a job that is not there."""
    return UnusableInput(
        "no_such_job",
        N_("There is no job '{job}'."),
        hint=N_("`eradication jobs list` shows them."),
        values={"job": job_id[:40]},
    )


def listed(place: Place, state: str = "", *, asked_by: str = "", most: int = MOST_LISTED) -> dict[str, Any]:
    """Return the newest jobs without their answers, and how many there are in each state.

    Raises:
        UnusableInput: ``unknown_state``.
    """
    if state and state not in JobState:
        raise UnusableInput(
            "unknown_state",
            N_("'{state}' is no state of a job."),
            hint=N_("Choose from: {known}."),
            values={"state": state[:40], "known": ", ".join(JobState)},
        )
    with place.reception.reading() as connection:
        found = rows.listed(connection, [state] if state else [], min(most, MOST_LISTED), asked_by)
        counts = rows.counted(connection)
    jobs = [{name: value for name, value in plain(row).items() if name not in ("answer", "body")} for row in found]
    return {"jobs": jobs, "counts": {str(one): counts.get(one, 0) for one in JobState}}


def cancel(place: Place, job_id: str) -> dict[str, Any]:
    """Call a job off: one that waits is over at once, one that runs stops at its next step, with nothing half-written.

    Raises:
        UnusableInput: ``no_such_job``; ``job_over`` if it came to its end before.
    """
    with place.reception.writing() as connection:
        row = rows.job(connection, job_id)
        if row is None:
            raise no_such(job_id)
        if row["state"] in OVER - {JobState.CANCELLED}:
            raise UnusableInput(
                "job_over",
                N_("Job '{job}' is over already."),
                hint=N_("`eradication jobs show` tells how it ended."),
                values={"job": job_id},
            )
        waiting = row["state"] == JobState.QUEUED
        changed = {"state": JobState.CANCELLED.value, "ended_at": iso(place.now())} if waiting else {}
        rows.change(connection, job_id, {"cancel": 1, **changed})
    return shown(place, job_id)


def retry(place: Place, job_id: str) -> dict[str, Any]:
    """Ask again for a job that failed or was called off.

    Raises:
        UnusableInput: ``no_such_job``; ``job_not_failed``.
    """
    with place.reception.writing() as connection:
        row = rows.job(connection, job_id)
        if row is None:
            raise no_such(job_id)
        if row["state"] not in (JobState.FAILED, JobState.CANCELLED):
            raise UnusableInput(
                "job_not_failed",
                N_("Job '{job}' neither failed nor was it cancelled."),
                hint=N_("It is done, or it will be. To do it anew, hand it in again."),
                values={"job": job_id},
            )
        rows.change(connection, job_id, _FRESH)
    return shown(place, job_id)


def anew(place: Place, job_id: str) -> dict[str, Any]:
    """Have a job that is done done once more: what it made is not there any more. Others are let be.

    Raises:
        UnusableInput: ``no_such_job``.
    """
    with place.reception.writing() as connection:
        row = rows.job(connection, job_id)
        if row is None:
            raise no_such(job_id)
        if row["state"] == JobState.DONE:
            rows.change(connection, job_id, {**_FRESH, "answer": "", "done": 0, "total": 0})
    return shown(place, job_id)


_FRESH: Mapping[str, Any] = {
    "state": JobState.QUEUED.value, "owner": "", "attempts": 0, "waits": 0, "not_before_s": 0.0,
    "cancel": 0, "ended_at": None, "error": "",
}  # fmt: skip
"""Of a job that was not begun yet."""


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a job: what was asked, how far it is, its answer or what went wrong."""
    same = ("job_id", "kind", "state", "stage", "done", "total", "attempts", "asked_by", "made_at", "begun_at")
    waits_until = row["not_before_s"] if row["state"] == JobState.QUEUED else 0.0
    return {name: row[name] for name in same} | {
        "ended_at": row["ended_at"],
        "waits_until": iso(datetime.fromtimestamp(waits_until, UTC)) if waits_until else None,
        "cancel_asked": bool(row["cancel"]),
        "body": json.loads(row["body"]),
        "answer": json.loads(row["answer"]) if row["answer"] else None,
        "error": json.loads(row["error"]) if row["error"] else None,
    }


def told(job: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    """Return a job with its step, and what went wrong, in somebody's language."""
    error = error_of(job)
    return {**job, "stage": translate(job["stage"]), "error": explain(error, translate) if error else None}


def error_of(job: Mapping[str, Any]) -> EradicationError | None:
    """Return why a job failed, or what it waits for; ``None`` if nothing went wrong."""
    kept = job["error"]
    if kept is None:
        return None
    return EradicationError(
        kept["kind"], kept["message"], where=kept["where"], hint=kept["hint"], values=kept["values"]
    )


def kept_error(error: EradicationError) -> str:
    """Return an error as it is kept: templates and values apart, so that it can be told in any language."""
    kept = {"kind": error.kind, "message": error.message, "where": error.where, "hint": error.hint}
    return json.dumps(kept | {"values": error.values}, ensure_ascii=False, default=str)


def tidy(place: Place) -> None:
    """Forget jobs that were over long ago, with their files; the files of done ones that a cut left go too."""
    before = place.now() - timedelta(days=place.workspace.settings.web.job_days)
    with place.reception.writing() as connection:
        forgotten = rows.forget(connection, iso(before))
        needed = rows.not_done(connection)
    for job_id in forgotten:
        shutil.rmtree(job_files.outputs_of(place, job_id), ignore_errors=True)
    job_files.tidy(place, needed)

"""Whose work a job is: claimed for a while, held by a heartbeat, lost with the process, taken up by the next.

A claim is one transaction of the one writer, so that no two workers get one job. While a worker lives, a thread extends
its lease; when it is killed, the lease runs out and another worker begins the job again. A worker that was suspended
for longer than its lease knows it by its own clock, asks at its next step, and stops if another took the job; and every
write to the row asks whether the job is still its own.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from enum import StrEnum
from typing import Any

from eradication.domain.event import iso
from eradication.domain.job import JobState
from eradication.errors import N_, CheckFailed, EradicationError, StorageFailed
from eradication.pipeline.reception.jobs import kept_error
from eradication.pipeline.reception.place import Place
from eradication.progress import Tick
from eradication.store.reception import jobs as rows

_BEAT_S = 1.0


class Why(StrEnum):
    """Why work was interrupted."""

    CANCELLED = "cancelled"
    ENDING = "ending"
    LOST = "lost"


class Interrupted(Exception):
    """Work has to stop here. No error of the work: no step may take it for one of a file's, and go on."""

    def __init__(self, why: Why) -> None:
        """Say why."""
        super().__init__(why)
        self.why = why


def claim(place: Place, kinds: Collection[str]) -> dict[str, Any] | None:
    """Take the oldest job of some kinds that nobody is at; ``None`` if there is none.

    Raises:
        StorageFailed: the reception cannot be written.
    """
    settings = place.workspace.settings.web
    with place.reception.reading() as connection:  # most looks find nothing, and need not wait for a writer
        if rows.due(connection, place.now().timestamp(), kinds) is None:
            return None
    with place.reception.writing() as connection:
        while (row := rows.due(connection, place.now().timestamp(), kinds)) is not None:
            if row["cancel"]:
                ended = {"state": JobState.CANCELLED.value, "ended_at": iso(place.now())}
            elif row["attempts"] >= settings.job_attempts:
                error = row["error"] or kept_error(_given_up(row))
                ended = {"state": JobState.FAILED.value, "ended_at": iso(place.now()), "error": error}
            else:
                taken = {
                    "state": JobState.RUNNING.value,
                    "owner": f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
                    "lease_until_s": place.now().timestamp() + settings.job_lease_s,
                    "attempts": row["attempts"] + 1,
                    "begun_at": iso(place.now()),
                    "error": "",
                    **_NOT_BEGUN,
                }
                rows.change(connection, row["job_id"], taken)
                return {**row, **taken}
            rows.change(connection, row["job_id"], ended)
    return None


_NOT_BEGUN: dict[str, Any] = {"stage": "", "done": 0, "total": 0}


def _given_up(row: dict[str, Any]) -> CheckFailed:
    return CheckFailed(
        "job_given_up",
        N_("This work was begun {attempts} times, and its process was gone each time before it ended."),
        where=row["job_id"],
        hint=N_("Look for what ended it: too little memory, or a switched-off computer. Then: eradication jobs retry"),
        values={"attempts": row["attempts"]},
    )


def _clock_s() -> float:
    """Return seconds of a clock that nobody sets, and that goes on while a computer sleeps, where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Hold:
    """A job that this process has claimed. As a context it beats: the lease lasts as long as the process does."""

    def __init__(self, place: Place, job: dict[str, Any], ending: threading.Event) -> None:
        """Hold ``job`` as :func:`claim` gave it; ``ending`` says that this process is to stop soon."""
        self.job_id, self.owner = str(job["job_id"]), str(job["owner"])
        self._place, self._job, self._ending = place, job, ending
        self._lease_s = place.workspace.settings.web.job_lease_s
        self._why: Why | None = None
        self._over = threading.Event()
        # Another process may have claimed it a moment ago: half of the lease is trusted, the first beat extends it.
        self._sure_s = _clock_s() - self._lease_s / 2
        self._said = self._written = ("", 0, 0)
        self._thread = threading.Thread(target=self._beat, name=f"lease of {self.job_id}", daemon=True)

    def __enter__(self) -> "Hold":
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Beat no more."""
        self._over.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether another worker may be at it by now."""
        return self._why is Why.LOST or self._is_late()

    def _is_late(self) -> bool:
        return _clock_s() - self._sure_s > self._lease_s

    def stage(self, name: str) -> Tick:
        """Begin a step of the work (a :data:`eradication.progress.Stage`).

        Raises:
            Interrupted: somebody called the work off, this process is to end, or the lease was lost.
        """

        def tick(done: int, total: int) -> None:
            self._said = (name, done, total)
            self.check()

        tick(0, 0)
        return tick

    def check(self) -> None:
        """Stop here if the work is to stop.

        Raises:
            Interrupted: see :meth:`stage`.
        """
        if self._is_late():
            self._ask_again()
        if self._why is None and self._ending.is_set():
            self._why = Why.ENDING
        if self._why is not None:
            raise Interrupted(self._why)

    def _ask_again(self) -> None:
        """After a sleep, or a hurry that kept the heart from beating, go on only if nobody took the job meanwhile."""
        try:
            self.look()
        except StorageFailed:
            self._why = Why.LOST

    def _beat(self) -> None:
        while not self._over.wait(min(_BEAT_S, self._lease_s / 4)):
            # A store that is busy or gone is asked again at the next beat; the lease lasts for some of them.
            with suppress(StorageFailed):
                self.look()
            if self._why is Why.LOST:
                return

    def look(self) -> None:
        """Extend the lease if a third of it is over, write how far the work is, and see whether it is to stop.

        Raises:
            StorageFailed: the reception cannot be used now.
        """
        asked_s, said = _clock_s(), self._said
        if said != self._written or asked_s - self._sure_s > self._lease_s / 3:
            until = self._place.now().timestamp() + self._lease_s
            values = dict(zip(_NOT_BEGUN, said, strict=True)) | {"lease_until_s": until}
            with self._place.reception.writing() as connection:
                mine = rows.change(connection, self.job_id, values, owner=self.owner)
            if mine:
                self._sure_s, self._written = asked_s, said
        with self._place.reception.reading() as connection:
            row = rows.job(connection, self.job_id)
        if row is None or row["owner"] != self.owner or row["state"] != JobState.RUNNING:
            self._why = Why.LOST
        elif row["cancel"] and self._why is None:
            self._why = Why.CANCELLED

    def done(self, answer: str) -> bool:
        """Say that the work is done; ``False`` if the job was lost before."""
        return self._end({"state": JobState.DONE.value, "answer": answer, "error": ""})

    def failed(self, error: EradicationError) -> bool:
        """Say that the work cannot be done; ``False`` if the job was lost before."""
        return self._end({"state": JobState.FAILED.value, "error": kept_error(error)})

    def cancelled(self) -> bool:
        """Say that the work was called off; ``False`` if the job was lost before."""
        return self._end({"state": JobState.CANCELLED.value})

    def _end(self, values: dict[str, Any]) -> bool:
        return self._write({"ended_at": iso(self._place.now()), **values})

    def hand_back(self) -> bool:
        """Put the job back for anybody to take; it counts as not begun."""
        return self._back({"attempts": self._job["attempts"] - 1, "not_before_s": 0.0})

    def wait(self, error: EradicationError) -> bool:
        """Put the job back for later: a failure that passes; each time the pause is twice as long."""
        waits = int(self._job["waits"])
        told = {"attempts": self._job["attempts"] - 1, "waits": waits + 1, "error": kept_error(error)}
        return self._back(told | {"not_before_s": self._after(waits)})

    def stumbled(self, error: EradicationError) -> bool:
        """Put the job back for later after a failure that nobody knows, unless that happened too often."""
        attempts = int(self._job["attempts"])
        if attempts >= self._place.workspace.settings.web.job_attempts:
            return self.failed(error)
        return self._back({"error": kept_error(error), "not_before_s": self._after(attempts - 1)})

    def _after(self, times: int) -> float:
        first = self._place.workspace.settings.web.job_pause_s
        return self._place.now().timestamp() + min(first * 2.0 ** min(times, 30), rows.LONGEST_PAUSE_S)

    def _back(self, values: dict[str, Any]) -> bool:
        return self._write({"state": JobState.QUEUED.value, "lease_until_s": 0.0, **_NOT_BEGUN, **values})

    def _write(self, values: dict[str, Any]) -> bool:
        with self._place.reception.writing() as connection:
            return rows.change(connection, self.job_id, values, owner=self.owner)

"""The worker: takes one job after the other, does it, says how it ended, and outlives whatever befalls a job.

Light work is done in the worker's own process. Work that needs much memory or hours gets a process of its own
(:mod:`.apart`): its memory is given back when it ends, the system may end it for want of memory without ending the
worker, and what people hand in meanwhile does not wait for it. That process holds its job by itself, so that it may end
its work also when the worker is killed.
"""

import json
import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from eradication import config
from eradication.domain.job import JobState
from eradication.errors import N_, EradicationError, StorageFailed
from eradication.pipeline.reception import errands, job_files, jobs, leases
from eradication.pipeline.reception.errands import KINDS
from eradication.pipeline.reception.leases import Hold, Interrupted, Why
from eradication.pipeline.reception.place import Place, opened_place
from eradication.pipeline.workspace import disk_errors_explained

_IDLE_S, _HOUR_S, _LONGEST_S = 1.0, 3600.0, 60.0
_LASTING = frozenset({"store_damaged", "store_newer", "store_rolled_back", "store_moved", "store_unsafe",
                      "key_missing", "key_damaged", "assets_missing", "name_too_long"})  # fmt: skip
"""Failures of storage that no waiting mends."""

type Told = Callable[[dict[str, Any]], None]
"""Hears of each job when it has ended, or was put back."""


def is_passing(error: EradicationError) -> bool:
    """Tell whether the same work may succeed later, with nobody changing it."""
    if isinstance(error, StorageFailed):
        return error.kind not in _LASTING
    return error.kind.endswith("_in_use")


def do(place: Place, job: Mapping[str, Any], ending: threading.Event) -> dict[str, Any]:
    """Do a job that was claimed, and return it as it is then.

    Raises:
        StorageFailed: the reception cannot be read.
    """
    with Hold(place, dict(job), ending) as hold:
        try:
            answer = _answer(place, job, hold)
        except Interrupted as interrupted:
            settle = _stopped(hold, interrupted.why)
        except EradicationError as error:
            error.where = job_files.as_handed_in(place, hold.job_id, error.where)
            settle = partial(hold.wait if is_passing(error) else hold.failed, error)
        except Exception as error:  # whatever a job meets, the next one is done
            logging.getLogger(__name__).exception("job %s", hold.job_id)
            settle = partial(hold.stumbled, _unexpected(error))
        else:
            settle = partial(hold.done, answer)
        _settle(hold, settle, ending)
    ended = jobs.shown(place, hold.job_id)
    if ended["state"] == JobState.DONE:
        job_files.remove(place, hold.job_id)
    return ended


def _answer(place: Place, job: Mapping[str, Any], hold: Hold) -> str:
    body = json.loads(job["body"]) | {"job_id": hold.job_id}
    with disk_errors_explained(place.workspace.folder):
        answer = KINDS[job["kind"]].do(place, body, hold.stage)
    resumed = {"resumed": True} if job["attempts"] > 1 else {}
    text = json.dumps(answer | resumed, ensure_ascii=False, allow_nan=False, default=str)
    return job_files.as_handed_in(place, hold.job_id, text)


def _stopped(hold: Hold, why: Why) -> Callable[[], bool]:
    return {Why.CANCELLED: hold.cancelled, Why.ENDING: hold.hand_back, Why.LOST: lambda: False}[why]


def _unexpected(error: Exception) -> StorageFailed:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return StorageFailed(
        "unexpected",
        N_("The program met a case it does not know: {problem}"),
        where=f"{Path(last.filename).name}:{last.lineno}",
        hint=N_("Nothing half-written was kept. Send this message and the worker's log to the maintainers."),
        values={"problem": f"{type(error).__name__}: {error}"},
    )


def _settle(hold: Hold, settle: Callable[[], bool], ending: threading.Event) -> None:
    """Write how it ended, as long as the job is held: work that was done is not done again for a store that is busy."""
    pause_s = 0.1
    while True:
        try:
            settle()
            return
        except StorageFailed:
            if hold.lost or ending.wait(pause_s):
                return  # the lease runs out by itself
        pause_s = min(2 * pause_s, _LONGEST_S)


def run(folder: Path, ending: threading.Event, told: Told, *, once: bool = False) -> None:
    """Do the jobs of a workspace until ``ending`` is set.

    Args:
        folder: of the workspace. It is opened anew after a failure, when its settings change, and every hour.
        ending: set, it ends the worker at the next step of the job at hand, which others take up then.
        told: hears of jobs.
        once: end when there is nothing to do that does not wait for something.

    Raises:
        UnusableInput: ``no_workspace``, ``bad_settings``.
        StorageFailed: with ``once``; else it is tried again.
    """
    shift, pause_s = _Shift(folder, ending, told, once), 1.0
    try:
        while not ending.is_set():
            try:
                with opened_place(folder) as place:
                    pause_s = 1.0
                    if shift.work(place):
                        return
            except StorageFailed as error:
                if once:
                    raise
                logging.getLogger(__name__).warning("%s", error)
                ending.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_S)
    finally:
        shift.dismiss()


def empty(place: Place) -> list[dict[str, Any]]:
    """Do all jobs of an open place that are due, and return them as they are then."""
    ended: list[dict[str, Any]] = []
    shift = _Shift(place.workspace.folder, threading.Event(), ended.append, once=True)
    try:
        while not shift.work(place):
            pass
    finally:
        shift.dismiss()
    return ended


@dataclass
class _Shift:
    """What one worker remembers while it is at work."""

    folder: Path
    ending: threading.Event
    told: Told
    once: bool
    apart: "tuple[subprocess.Popen[bytes], dict[str, Any]] | None" = None
    """The process that does heavy work now, and its job."""
    chored_s: float | None = None

    def work(self, place: Place) -> bool:
        """Work until the worker is to end (``True``), or had better open the workspace anew (``False``)."""
        since_s, settings = time.monotonic(), _state(self.folder)
        while not self.ending.is_set():
            self._chores(place)
            self._hear(place)
            job = leases.claim(place, [name for name, kind in KINDS.items() if not (kind.apart and self.apart)])
            if job is None:
                if self.once and self.apart is None:
                    return True
                self.ending.wait(_IDLE_S)
                if _state(self.folder) != settings or time.monotonic() - since_s > _HOUR_S:
                    return False
            elif KINDS[job["kind"]].apart:
                self.apart = _process(self.folder, job), job
            else:
                ended = do(place, job, self.ending)
                self.told(ended)
                if ended["state"] != JobState.DONE:
                    return False
        self.dismiss()
        self._hear(place)
        return True

    def _chores(self, place: Place) -> None:
        if self.chored_s is not None and time.monotonic() - self.chored_s < _HOUR_S:
            return
        self.chored_s = time.monotonic()
        for chore in errands.CHORES:
            try:
                chore(place)
            except StorageFailed as error:  # next hour
                logging.getLogger(__name__).warning("%s", error)

    def _hear(self, place: Place) -> None:
        """Hear how the heavy work ended, if it did; speak for its process if that was ended without a word."""
        if self.apart is None or self.apart[0].poll() is None:
            return
        process, job = self.apart
        Hold(place, job, self.ending).stumbled(_gone(process.returncode, str(job["job_id"])))
        self.apart = None
        self.told(jobs.shown(place, str(job["job_id"])))

    def dismiss(self) -> None:
        """Ask the process with the heavy work to hand it back, and wait for it."""
        if self.apart is not None:
            self.apart[0].terminate()
            self.apart[0].wait()


def _state(folder: Path) -> tuple[int, int]:
    """Return what changes when somebody writes the settings."""
    try:
        found = (folder / config.FILE_NAME).stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _process(folder: Path, job: Mapping[str, Any]) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "eradication.pipeline.reception.apart", str(folder), job["job_id"], job["owner"]]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _gone(status: int, job_id: str) -> StorageFailed:
    return StorageFailed(
        "job_crashed",
        N_("The process that did this work was ended before it was done (status {status})."),
        where=job_id,
        hint=N_("Status -9 is mostly too little memory: end other programs, or choose a smaller area."),
        values={"status": status},
    )

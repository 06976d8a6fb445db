"""Heavy work in a process of its own: ``python -m eradication.pipeline.reception.apart FOLDER JOB OWNER``.

It takes over the job that a worker claimed for it, keeps the lease itself, and writes itself how the work ended.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eradication.domain.job import JobState
from eradication.pipeline.reception import worker
from eradication.pipeline.reception.place import opened_place
from eradication.store.reception import jobs as rows


def main(words: Sequence[str]) -> None:
    """Do one job that was claimed under ``OWNER``; nothing, if it is his no more."""
    folder, job_id, owner = words
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with suppress(AttributeError, OSError):
        os.nice(5)  # who waits for a page goes first
    with opened_place(Path(folder)) as place:
        with place.reception.reading() as connection:
            job = rows.job(connection, job_id)
        if job is not None and job["owner"] == owner and job["state"] == JobState.RUNNING:
            worker.do(place, job, ending)


if __name__ == "__main__":
    main(sys.argv[1:])

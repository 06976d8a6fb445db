"""Commands for the long work of the web application: the worker that does it, and the jobs it has."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from eradication.cli import reception_text
from eradication.cli.shell import Shell
from eradication.domain.job import JobState
from eradication.errors import N_
from eradication.pipeline.reception import jobs, lifeline
from eradication.pipeline.reception.place import Place, reception_of

JOB = N_("Id of a job, from `eradication jobs list`.")

_REMEMBERED = 1000
"""An answer lists the newest so many jobs; the counts speak of all."""


def register(app: typer.Typer, shell: Shell) -> None:
    """Add the commands to ``app``."""
    _worker(app, shell)
    app.add_typer(_jobs(shell), name="jobs")


def _worker(app: typer.Typer, shell: Shell) -> None:
    _ = shell.translate
    help_text = _(N_("Do the long work that people asked for: files handed in, runs, reports."))

    @app.command("worker", help=help_text)
    def work(
        once: Annotated[bool, typer.Option("--once", help=_(N_("Do what there is to do, then end.")))] = False,
    ) -> None:
        from eradication.pipeline.reception import worker  # which loads all that jobs do

        counts = dict.fromkeys(map(str, JobState), 0)
        ended: list[dict[str, Any]] = []

        def told(job: dict[str, Any]) -> None:
            counts[job["state"]] += 1
            ended.append({name: value for name, value in job.items() if name not in ("answer", "body")})
            del ended[:-_REMEMBERED]
            if not shell.as_json:
                reception_text.ended(shell, jobs.told(job, shell.translate))
                sys.stdout.flush()

        with _signals() as ending:
            lifeline.watch(ending.set)
            if not shell.as_json and not once:
                shell.say(
                    _(N_("Working on what people ask for in {folder}; Ctrl-C ends it.")).format(folder=shell.folder)
                )
                sys.stdout.flush()
            worker.run(shell.folder, ending, told, once=once)
        answer = {"counts": counts, "jobs": [jobs.told(job, shell.translate) for job in ended]}
        shell.answer(answer, reception_text.worked, refused=counts[JobState.FAILED] > 0)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Yield what is set when someone asks the program to end; the job at hand is handed back at its next step."""
    stop = threading.Event()
    asked = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in asked]
    try:
        yield stop
    finally:
        for number, handler in zip(asked, before, strict=True):
            signal.signal(number, handler)


def _jobs(shell: Shell) -> typer.Typer:
    _ = shell.translate
    group = typer.Typer(help=_(N_("Long work that people asked for in the web application.")), no_args_is_help=True)
    states = _(N_("Only those in one state: {states}.")).format(states=", ".join(JobState))

    @group.command("list", help=_(N_("List the newest jobs, and how many there are in each state.")))
    def list_jobs(
        state: Annotated[str, typer.Option(help=states)] = "",
    ) -> None:
        with shell.workspace() as workspace, reception_of(workspace) as place:
            answer = jobs.listed(place, state)
        told = [jobs.told(job, shell.translate) for job in answer["jobs"]]
        shell.answer(answer | {"jobs": told}, reception_text.listed)

    @group.command("show", help=_(N_("Show one job: how far it is, its answer, or why it failed.")))
    def show(job: Annotated[str, typer.Argument(metavar="JOB", help=_(JOB))]) -> None:
        _answer(shell, jobs.shown, job)

    called_off = N_("Call a job off; one that runs stops at its next step, with nothing half-written.")

    @group.command("cancel", help=_(called_off))
    def cancel(job: Annotated[str, typer.Argument(metavar="JOB", help=_(JOB))]) -> None:
        _answer(shell, jobs.cancel, job)

    @group.command("retry", help=_(N_("Ask again for a job that failed or was cancelled.")))
    def retry(job: Annotated[str, typer.Argument(metavar="JOB", help=_(JOB))]) -> None:
        _answer(shell, jobs.retry, job)

    return group


def _answer(shell: Shell, act: Callable[[Place, str], dict[str, Any]], job_id: str) -> None:
    with shell.workspace() as workspace, reception_of(workspace) as place:
        job = jobs.told(act(place, job_id), shell.translate)
    shell.answer(job, reception_text.shown)

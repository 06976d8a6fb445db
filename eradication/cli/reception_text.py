"""Answers on long work as text."""

import json

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local, table, word
from eradication.domain.job import KINDS, JobState
from eradication.errors import N_


def _kind(shell: Shell, job: Answer) -> str:
    return shell.translate(KINDS[job["kind"]]) if job["kind"] in KINDS else str(job["kind"])


def _far(job: Answer) -> str:
    steps = f"{job['done']}/{job['total']}" if job["total"] else ""
    return " ".join(part for part in (job["stage"], steps) if part)


def listed(shell: Shell, answer: Answer) -> None:
    """One row for each job, the newest first; then how many there are in each state."""
    headings = (N_("Job"), N_("Kind"), N_("State"), N_("Asked for"), N_("How far"), N_("Reason"))
    rows = [
        (
            *(job["job_id"], _kind(shell, job), word(shell, JobState, job["state"]), local(job["made_at"])),
            *(_far(job) or "–", job["error"]["message"] if job["error"] else "–"),
        )
        for job in answer["jobs"]
    ]
    if rows:
        table(shell, headings, rows)
    _counts(shell, answer, N_("There are no jobs."))


def _counts(shell: Shell, answer: Answer, none: str) -> None:
    counts = [f"{word(shell, JobState, state)}: {count}" for state, count in answer["counts"].items() if count]
    shell.say("; ".join(counts) or shell.translate(none))


def shown(shell: Shell, job: Answer) -> None:
    """How far a job is, then why it failed or waits, then its answer as other programs read it."""
    _ = shell.translate
    ended(shell, job)
    said = N_("Asked for: {made}, begun: {begun}, ended: {ended}")
    times = {name: local(job[f"{name}_at"]) for name in ("made", "begun", "ended")}
    shell.say(_(said).format(**times))
    if job["waits_until"]:
        shell.say(_(N_("It is tried again after {time}.")).format(time=local(job["waits_until"])))
    if job["cancel_asked"] and job["state"] == JobState.RUNNING:
        shell.say(_(N_("It was called off and stops at its next step.")))
    if job["answer"] is not None:
        shell.say(json.dumps(job["answer"], ensure_ascii=False, indent=1))


def ended(shell: Shell, job: Answer) -> None:
    """One line on a job, and why, if something went wrong."""
    _ = shell.translate
    far = f" ({_far(job)})" if job["state"] == JobState.RUNNING and _far(job) else ""
    shell.say(f"{job['job_id']} {_kind(shell, job)}: {word(shell, JobState, job['state'])}{far}")
    if job["error"]:
        shell.say(f"  {_(N_('Reason'))}: {job['error']['message']}")
        if job["error"]["hint"]:
            shell.say(f"  {_('What to do')}: {job['error']['hint']}")


def worked(shell: Shell, answer: Answer) -> None:
    """How many jobs ended how; each was told when it ended."""
    _counts(shell, answer, N_("There was nothing to do."))

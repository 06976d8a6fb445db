"""Reports of periods as files: asked for as long work, found again, and handed out on record."""

import hashlib
from pathlib import Path
from typing import Any

from eradication.domain import EventKind, Json, Period
from eradication.domain.job import JobState
from eradication.errors import N_, UnusableInput
from eradication.pipeline import periods
from eradication.pipeline.reception import job_files, job_lists, jobs
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

FORMATS = "docx,pdf,xlsx"


def close(place: Place, caller: Caller, period: Period) -> dict[str, Any]:
    """Close a period and ask for its report.

    Raises:
        UnusableInput: ``period_not_begun``, ``period_not_over``, ``period_closed``.
    """
    answer = periods.close(place.workspace, period, caller.person.person_id, now=place.now())
    ask(place, caller, period.id, caller.language)
    return answer


def ask(place: Place, caller: Caller, scope: str, language: str, unit: str = "") -> dict[str, Any]:
    """Ask for the report of a closed period or of a season, in all formats."""
    body = {"scope": scope, "formats": FORMATS, "unit": unit, "language": language}
    return jobs.ask(place, "report", body, caller.person.person_id)


def of(
    place: Place, scope: str = "", *, kind: str = "report", model: str = "", asked_by: str = ""
) -> list[dict[str, Any]]:
    """Return reports that were asked for, the newest first: the job's id, how it stands, and its files.

    Args:
        place: where.
        scope: only of this period or season.
        kind: of work that writes files: ``report``, ``examine``, ``dossier``.
        model: only what was measured of this one, its name with its version.
        asked_by: only what this person asked for.
    """
    told = job_lists.of_kind(place, kind)
    return [
        _told(job)
        for job in told
        if (not scope or job["body"].get("scope") == scope)
        and (not model or _measured(job) == model)
        and (not asked_by or job["asked_by"] == asked_by)
    ]


def _measured(job: dict[str, Any]) -> str:
    """Return the model that was measured: who names none by its version means the newest one there is then."""
    answer = job["answer"] or {}
    return f"{answer.get('name')}/{answer.get('version')}"


def _told(job: dict[str, Any]) -> dict[str, Any]:
    done = job["state"] == JobState.DONE
    names = [Path(name).name for name in (job["answer"] or {}).get("written", ())] if done else []
    answer = job["answer"] or {}
    return {
        "job_id": job["job_id"],
        "scope": job["body"].get("scope", ""),
        "unit": job["body"].get("unit", ""),
        "plot": job["body"].get("plot", ""),
        "code": job["body"].get("code", ""),
        "language": job["body"].get("language", ""),
        "state": job["state"],
        "made_at": job["made_at"],
        "files": names,
        "draft": bool(answer.get("draft")),
        "missing": len(answer.get("missing", ())),
    }


def hand_out(place: Place, caller: Caller, job_id: str, name: str) -> bytes:
    """Return a file of a report; that somebody had it is an event.

    Raises:
        UnusableInput: ``no_such_file``.
    """
    written = [*of(place), *of(place, kind="examine")]
    known = next((one for one in written if one["job_id"] == job_id), None)
    path = job_files.outputs_of(place, job_id) / name
    if known is None or name not in known["files"] or not path.is_file():
        raise UnusableInput(
            "no_such_file",
            N_("There is no such file."),
            hint=N_("Reports are kept for some weeks; ask for it again, it will be the same."),
        )
    content = path.read_bytes()
    body: dict[str, Json] = {
        "person": caller.person.person_id,
        "reason": "",
        "what": "report",
        "scope": known["scope"],
        "unit": known["unit"],
        "format": path.suffix.removeprefix("."),
        "written_sha256": hashlib.sha256(content).hexdigest(),
    }
    with place.workspace.store.transaction() as transaction:
        transaction.append(EventKind.EXPORTED, place.now(), body)
    return content

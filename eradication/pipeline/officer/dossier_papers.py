"""Dossiers that somebody asked for on a page: each person finds the own ones, for they tell where a plot is."""

import hashlib
from typing import Any

from eradication.domain import EventKind, Json
from eradication.errors import N_, UnusableInput
from eradication.pipeline.officer import papers
from eradication.pipeline.reception import job_files, jobs, tries, views
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.pipeline.reception.tries import DAY_S, Limit

KIND = "dossier"


def ask(place: Place, caller: Caller, plot_id: str, language: str) -> dict[str, Any]:
    """Ask for the dossier of a plot that the caller may see; that it was looked at is kept.

    Raises:
        UnusableInput: ``no_such_plot``.
        Denied: ``too_often``: more dossiers today than the settings allow files of plots.
    """
    known = views.plot(place, caller, plot_id, language)
    most = place.workspace.settings.web.exports_a_day
    tries.spend(place, Limit("dossier", most, DAY_S), caller.person.person_id)
    body = {"plot": known["plot"], "code": known["code"], "language": language}
    return jobs.ask(place, KIND, body, caller.person.person_id)


def of(place: Place, caller: Caller) -> list[dict[str, Any]]:
    """Return the dossiers that the caller asked for, the newest first, as :func:`.papers.of` tells reports."""
    return papers.of(place, kind=KIND, asked_by=caller.person.person_id)


def hand_out(place: Place, caller: Caller, job_id: str, name: str) -> bytes:
    """Return a dossier; that somebody had it is an event.

    Raises:
        UnusableInput: ``no_such_file``.
    """
    known = next((one for one in of(place, caller) if one["job_id"] == job_id), None)
    path = job_files.outputs_of(place, job_id) / name
    if known is None or name not in known["files"] or not path.is_file():
        hint = N_("Dossiers are kept for some weeks; ask for it again.")
        raise UnusableInput("no_such_file", N_("There is no such file."), hint=hint)
    content = path.read_bytes()
    body: dict[str, Json] = {
        "person": caller.person.person_id,
        "reason": "",
        "what": KIND,
        "plot": known["plot"],
        "format": "pdf",
        "written_sha256": hashlib.sha256(content).hexdigest(),
    }
    with place.workspace.store.transaction() as transaction:
        transaction.append(EventKind.EXPORTED, place.now(), body)
    return content

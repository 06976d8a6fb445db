"""Long work as people see it: asked for, how far it is, called off, asked for again."""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from eradication.domain.job import KINDS, JobState
from eradication.domain.person import Role
from eradication.errors import N_, UnusableInput
from eradication.pipeline.reception import errands, jobs, people
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web import answers
from eradication.web.asking import Here, Who

SEES_ALL = frozenset({Role.ADMINISTRATOR})
"""Others see what they asked for themselves."""
OF_IMAGERY = frozenset({"monitor", "examine", "promote"})
type Text = Annotated[str, Field(max_length=400)]


class JobWanted(BaseModel):
    """Work that is to be done: a season of imagery to be scored, or a report to be written."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["monitor", "report", "evidence", "examine", "promote"]
    season: Text = ""
    imagery: Text = ""
    area: Text = ""
    model: Text = ""
    scope: Text = ""
    formats: Text = ""
    unit: Text = ""
    once_key: Annotated[str, Field(max_length=80)] = ""

    def body(self, language: str) -> dict[str, Any]:
        """Return what the kind of work takes."""
        names = ("scope", "formats", "unit") if self.kind == "report" else ("season", "imagery", "area", "model")
        return {name: getattr(self, name) for name in names} | {"language": language}


def register(app: FastAPI) -> None:
    """Add the routes."""
    _json(app)
    _pages(app)


def _json(app: FastAPI) -> None:
    @app.get("/api/jobs")
    def listed(request: Request, place: Here, caller: Who) -> dict[str, Any]:
        """List the newest jobs: one's own, all to an administrator."""
        return _listed(request, place, caller)

    @app.post("/api/jobs", status_code=202)
    def ask(request: Request, place: Here, caller: Who, wanted: JobWanted) -> dict[str, Any]:
        """Ask for long work; the same under one ``once_key`` is one job."""
        checked(place, wanted)
        key = f"{caller.person.person_id}:{wanted.once_key}" if wanted.once_key else ""
        body = wanted.body(answers.language_of(request))
        return jobs.ask(place, wanted.kind, body, caller.person.person_id, key)

    @app.get("/api/jobs/{job_id}")
    def shown(request: Request, place: Here, caller: Who, job_id: str) -> dict[str, Any]:
        """Tell how far a job is, and its answer."""
        return jobs.told(_mine(place, caller, job_id), answers.translate_of(request))

    @app.post("/api/jobs/{job_id}/cancel")
    def cancel(place: Here, caller: Who, job_id: str) -> dict[str, Any]:
        """Call a job off."""
        _mine(place, caller, job_id)
        return jobs.cancel(place, job_id)

    @app.post("/api/jobs/{job_id}/retry")
    def retry(place: Here, caller: Who, job_id: str) -> dict[str, Any]:
        """Ask again for a job that failed or was called off."""
        _mine(place, caller, job_id)
        return jobs.retry(place, job_id)


def _pages(app: FastAPI) -> None:
    @app.get("/jobs", include_in_schema=False)
    def page(request: Request, place: Here, caller: Who) -> Response:
        told, names = _listed(request, place, caller), people.names(place)
        for job in told["jobs"]:
            job["by"] = names.get(job["asked_by"], "")
        busy = any(job["state"] in (JobState.QUEUED, JobState.RUNNING) for job in told["jobs"])
        words, language = answers.translate_of(request), answers.language_of(request)
        said = {
            "kinds": {kind: words(name) for kind, name in KINDS.items()},
            "states": {state.value: state.vietnamese[0] if language == "vi" else state.value for state in JobState},
        }
        return answers.page(request, "jobs.html", told | said | {"busy": busy})

    @app.post("/jobs/{job_id}", include_in_schema=False)
    def change(place: Here, caller: Who, job_id: str, what: Annotated[Literal["cancel", "retry"], Form()]) -> Response:
        _mine(place, caller, job_id)
        (jobs.cancel if what == "cancel" else jobs.retry)(place, job_id)
        return RedirectResponse("/jobs", 303)


def _listed(request: Request, place: Place, caller: Caller) -> dict[str, Any]:
    own = "" if caller.person.roles & SEES_ALL else caller.person.person_id
    told, translate = jobs.listed(place, asked_by=own), answers.translate_of(request)
    counts = told["counts"] if not own else {}
    return {"jobs": [jobs.told(job, translate) for job in told["jobs"]], "counts": counts}


def checked(place: Place, wanted: JobWanted) -> None:
    """Refuse at once what could never be done, or is not for the web application to ask.

    Raises:
        UnusableInput: ``unknown_imagery``, and those of :func:`eradication.pipeline.reception.errands.check`.
    """
    _check_imagery(place, wanted)
    errands.check(place, wanted.kind, wanted.body("vi"))


def _check_imagery(place: Place, wanted: JobWanted) -> None:
    """Refuse a catalog that the settings do not name: who asks from afar opens no file and no address of his own.

    Raises:
        UnusableInput: ``unknown_imagery``.
    """
    known = place.workspace.settings.web.imagery
    if wanted.kind in OF_IMAGERY and wanted.imagery not in known:
        raise UnusableInput(
            "unknown_imagery",
            N_("This catalog of imagery is not open to the web application."),
            hint=N_("Choose from: {known}. An administrator names catalogs under [web] imagery in the settings."),
            values={"known": ", ".join(known) or "–"},
        )


def _mine(place: Place, caller: Caller, job_id: str) -> dict[str, Any]:
    """Return a job; another person's is to nobody but an administrator there.

    Raises:
        UnusableInput: ``no_such_job``.
    """
    job = jobs.shown(place, job_id)
    if job["asked_by"] != caller.person.person_id and not caller.person.roles & SEES_ALL:
        raise jobs.no_such(job_id)
    return job

"""Asking for a unit's map: it is there, or a job makes it while the telephone waits and asks again.

Every map that is taken along is a look at the places it shows: once for each person, day and version of the map.
"""

from typing import Any

from eradication.domain import TIMEZONE
from eradication.domain.job import JobState
from eradication.pipeline.reception import jobs, looks, map_pack
from eradication.pipeline.reception.map_pack import MapPack
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller

KIND = "map_pack"


def asked(place: Place, caller: Caller) -> MapPack | dict[str, Any]:
    """Return the map of the caller's unit, or the job that makes it: asked for once, however many ask.

    A job that failed is told of once, by its error; whoever asks after that has it tried anew.

    Raises:
        UnusableInput: ``unit_missing``, ``no_ground``.
        EradicationError: why it could not be made.
    """
    unit = caller.person.unit
    found = map_pack.ready(place.workspace, unit, place.now())
    if isinstance(found, MapPack):
        return found
    job = jobs.ask(place, KIND, {"unit": unit}, caller.person.person_id, f"{KIND}:{found}")
    if job["state"] in (JobState.QUEUED, JobState.RUNNING):
        return job
    if job["state"] == JobState.DONE:  # and yet it is not there: it was put away for newer ones
        return jobs.anew(place, job["job_id"])
    jobs.retry(place, job["job_id"])
    error = jobs.error_of(job)
    if error is None:
        return jobs.shown(place, job["job_id"])  # it was called off
    raise error


def taken(place: Place, caller: Caller, pack: MapPack) -> None:
    """Keep that somebody takes a map along; call it before any of it is sent."""
    today = place.now().astimezone(TIMEZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    looks.note_pack(place, caller, pack.plots, str(pack.told["key"]), today)

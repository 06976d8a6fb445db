"""What jobs do: one function for each kind. To add a kind, add a line to :data:`KINDS`.

A job may be begun several times: its worker is killed, and the next one starts anew. So each function must be one or
more transactions and whole files after which nothing is lost, and doing it again must change nothing:

==========  ============================================================================================================
hand_in     goes the way of one of the kinds below; its state says that it was entered
patrols     one transaction for each file; a file on record is a duplicate
visits      one transaction for the table; a row on record is a duplicate
photos      originals by hash, then one transaction; a photo on record is a duplicate. Two *different* jobs that hold
            one photo and run at the same moment may both record it: the newest event counts, nothing is counted twice
forms       one transaction for visits and tips, then one for the photos of each unit; each as above
monitor     goes on from the blocks that were kept; the same imagery is the same run, which is recorded once
report      whole files in a folder of the job's own, begun anew
map_pack    whole files in a folder named by all that they rest on; one that is there is not made again
figures     one whole file; computed again of the same events it is the same
digest      the same message under the same id
tell_looks  looks are claimed, then told in one event each batch, which is looked for before it is written
==========  ============================================================================================================

So a job that was taken up again may tell of its own rows as duplicates; its answer then says ``resumed``.
"""

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eradication.domain import Period, Season
from eradication.errors import N_, UnusableInput
from eradication.pipeline import (
    ahead,
    answers,
    backing_up,
    documents,
    evidence_desk,
    forms,
    main_path,
    periods,
    photos,
    projection,
    units,
)
from eradication.pipeline.handing_in import PatrolOptions
from eradication.pipeline.photos import PhotoOptions
from eradication.pipeline.reception import (
    asking,
    digest,
    entering,
    heavy,
    job_files,
    jobs,
    looks,
    map_pack,
    thinned_hand_ins,
    tries,
    uploads,
)
from eradication.pipeline.reception.bodies import Body, bad, day_of, language, text, translate
from eradication.pipeline.reception.place import Place
from eradication.progress import Stage
from eradication.store.reception import tries as try_rows


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work."""

    do: Callable[[Place, Body, Stage], dict[str, Any]]
    """Does it and returns the answer, plain values; sentences in the language that the body names."""
    apart: bool = False
    """Needs much memory or hours: it gets a process of its own, and other work goes on beside it."""


def _patrols(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Files of patrols: ``files``, ``unit``, ``timezone``, ``crs``."""
    options = PatrolOptions(text(body, "unit"), text(body, "timezone"), text(body, "crs"))
    done = main_path.record_patrols(place.workspace, _files(place, body), options, stage)
    simulated = projection.is_simulated(place.workspace)
    return answers.of_patrol_files(done, translate(place, body), simulated=simulated)


def _visits(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A table of visits: ``files`` (one), ``timezone``."""
    zone, [table] = text(body, "timezone"), _files(place, body, most=1)
    return answers.of_visits(main_path.record_visits(place.workspace, table, zone, stage), translate(place, body))


def _photos(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Photos: ``files``, ``unit``, ``timezone``."""
    options = PhotoOptions(unit=text(body, "unit"), timezone=text(body, "timezone"))
    return photos.record(place.workspace, _files(place, body), options, translate(place, body), stage)


def _forms(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Filled-in forms with their photos: ``files``, ``timezone``."""
    taken = forms.record_forms(place.workspace, _files(place, body), text(body, "timezone"), stage)
    return answers.of_forms(taken, translate(place, body))


def _report(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A report: ``scope`` (season or period), ``formats``, ``unit``, ``number``, ``date``, ``remarks``."""
    tick = stage(N_("Writing the report"))
    of, unit, endings = _reported(place, body)
    day = day_of(text(body, "date"))
    order = documents.Order(text(body, "number"), day, tuple(text(body, "remarks").splitlines()))
    folder = job_files.outputs_of(place, str(body["job_id"]))
    shutil.rmtree(folder, ignore_errors=True)  # what a killed worker left of it; nobody was told of it
    files = [folder / f"{documents.name_of(of, unit)}.{ending}" for ending in endings]
    answer = documents.write_report(place.workspace, files, of, language(place, body), unit=unit, order=order)
    tick(1, 1)
    return answer | {"written": [file.relative_to(place.workspace.folder).as_posix() for file in files]}


def _reported(place: Place, body: Body) -> tuple[Season | Period, str, Sequence[str]]:
    workspace, scope = place.workspace, text(body, "scope")
    of: Season | Period
    if scope[5:].isdecimal():
        of = Season.parse(scope)
        if of.first_day > place.now().date():
            raise ahead.not_begun(of)
    else:
        of = periods.parse(workspace, scope)
        periods.check_begun(of, place.now())
    unit = units.on_record(workspace, units.asked(text(body, "unit"))) if body.get("unit") else ""
    return of, unit, documents.formats_of(text(body, "formats") or "docx,pdf")


def _audit(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Every chain verified, as the command ``audit verify`` does."""
    return evidence_desk.audit(place.workspace, translate(place, body), [], [])


def _backup(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A backup into the folder that the settings name."""
    return backing_up.backup(place.workspace, backing_up.folder_of(place.workspace), stage=stage)


def _tell_looks(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Who looked at plots, put into events; it is done every hour without being asked for."""
    return looks.tell_looks(place)


def _map_pack(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A unit's map for its telephones: ``unit``."""
    made = map_pack.of_unit(place.workspace, text(body, "unit"), place.now(), stage)
    return {"key": made.told["key"]}


KINDS: Mapping[str, Kind] = {
    "hand_in": Kind(entering.enter),
    "patrols": Kind(_patrols),
    "visits": Kind(_visits),
    "photos": Kind(_photos),
    "forms": Kind(_forms),
    "report": Kind(_report),
    "map_pack": Kind(_map_pack),
    "tell_looks": Kind(_tell_looks),
    "digest": Kind(digest.send),
    "figures": Kind(heavy.figures, apart=True),
    "dossier": Kind(heavy.dossier, apart=True),
    "audit": Kind(_audit),
    "backup": Kind(_backup),
    "mosaic": Kind(heavy.mosaic, apart=True),
    "monitor": Kind(heavy.monitor, apart=True),
    "evidence": Kind(heavy.evidence, apart=True),
    "examine": Kind(heavy.examine, apart=True),
    "promote": Kind(heavy.promote, apart=True),
}
"""Name → what does it."""


def check(place: Place, kind: str, body: Body) -> None:
    """Refuse at once what could never be done, before it is asked for.

    Raises:
        UnusableInput: ``unknown_season``, ``unknown_period``, ``unknown_unit``, ``unknown_format``, ``bad_job`` …
    """
    if kind == "report":
        _reported(place, body)
    elif kind in heavy.CHECKS:
        heavy.CHECKS[kind](place, body)


def _forget_tries(place: Place) -> None:
    with place.reception.writing() as connection:
        try_rows.tidy(connection, place.now().timestamp() - tries.DAY_S)


def _look_after_hand_ins(place: Place) -> None:
    uploads.tidy(place)
    asking.ask_again(place)
    thinned_hand_ins.forget(place)


def _look_after_looks(place: Place) -> None:
    looks.tell_looks(place)


def _look_after_mail(place: Place) -> None:
    try:
        digest.ask_when_due(place)
    except UnusableInput as error:  # other work goes on without mail
        logging.getLogger(__name__).warning("%s", error)


CHORES: tuple[Callable[[Place], None], ...] = (
    *(jobs.tidy, _forget_tries, _look_after_hand_ins, _look_after_looks, _look_after_mail),
)
"""What a worker does every hour besides."""


def _files(place: Place, body: Body, most: int = 100_000) -> list[Path]:
    found = job_files.paths(place, str(body["job_id"]), body)
    if len(found) > most:
        raise bad("files")
    return found

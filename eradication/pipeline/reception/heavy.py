"""Work that needs much memory or hours, each in a process of its own: imagery scored, explained, models examined.

===========  ===========================================================================================================
dossier      a whole file in a folder of the job's own, begun anew; each time it is on record
mosaic       a whole file under its own name; the same image again is the same file
monitor      goes on from the blocks that were kept; the same imagery is the same run, which is recorded once
evidence     pictures and explanations, each a whole file; what is there is not made again
examine      an event when all was measured; measured again, the same figures are the same event
promote      the contest is one event at its end, whoever wins
===========  ===========================================================================================================
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eradication import review
from eradication.domain import Season
from eradication.errors import N_
from eradication.pipeline import accounts, main_path, models, outputs
from eradication.pipeline.question import Question
from eradication.pipeline.reception import job_files
from eradication.pipeline.reception.bodies import Body, bad, day_of, language, text
from eradication.pipeline.reception.place import Place
from eradication.pipeline.workspace import disk_errors_explained
from eradication.progress import Stage


def dossier(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """The dossier of one plot in its latest season: ``plot``."""
    from eradication.pipeline import dossiers

    folder = job_files.outputs_of(place, str(body["job_id"]))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wish = dossiers.Wish([text(body, "plot")])
    answer = dossiers.write(place.workspace, folder, wish, language(place, body), stage)
    written = [Path(file).relative_to(place.workspace.folder).as_posix() for file in answer["written"]]
    return {"written": written, "simulated": answer["simulated"]}


def figures(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """What stands beside a ledger and takes long to tell, as of now: ``season`` or ``year``, ``unit``."""
    tick, year = stage(N_("Counting")), int(body.get("year") or 0)
    season = Season.parse(text(body, "season")) if body.get("season") else None
    question = Question(None if year else season, year or None, unit=text(body, "unit"))
    told = accounts.ledger(place.workspace, question)
    tick(1, 1)
    return {"as_of": told["as_of"], "simulated": told["simulated"]}


def mosaic(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """An image of a drone, kept as a layer for people to look at: ``files`` (one), ``day``."""
    from eradication.pipeline import reviewing

    [file], day = job_files.paths(place, str(body["job_id"]), body), day_of(text(body, "day"))
    tick = stage(N_("Keeping the image"))
    with disk_errors_explained(place.workspace.layers):
        kept = reviewing.keep_one(place.workspace, file, day, review.detector("none"), replacing=False)
    tick(1, 1)
    return {name: kept[name] for name in ("id", "datetime", "pixel_m", "bands")}


def monitor(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A season of imagery: ``season``, ``imagery``, ``area`` (code of a commune), ``model``."""
    return main_path.monitor(place.workspace, monitored(place, body), stage)


def monitored(place: Place, body: Body) -> main_path.Monitoring:
    """Return what is to be scored.

    Raises:
        UnusableInput: ``bad_job``, ``unknown_season``, ``unknown_commune``.
    """
    area = text(body, "area")
    if area and not area.isdecimal():
        raise bad("area")  # a name of a file of this computer is not for others to give
    return main_path.Monitoring(
        season=Season.parse(text(body, "season")),
        catalog=text(body, "imagery"),
        area=main_path.area_of(place.workspace, area),
        model=text(body, "model"),
    )


def evidence(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """Pictures and explanations of the candidates of a season, for reviewers: ``season``."""
    from eradication.pipeline.review import evidence as prepared

    return prepared.prepare(place.workspace, Season.parse(text(body, "season")), stage)


def examine(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A model measured on a season it did not learn from, as figures and as a page: ``model, season, imagery``."""
    from eradication.pipeline import judging

    answer = judging.evaluate(place.workspace, text(body, "model"), _where(body), stage, explained=True)
    folder = job_files.outputs_of(place, str(body["job_id"]))
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "evaluation.html"
    outputs.write_evaluation(place.workspace, page, answer, language(place, body))
    return answer | {"written": [page.relative_to(place.workspace.folder).as_posix()]}


def promote(place: Place, body: Body, stage: Stage) -> dict[str, Any]:
    """A model that takes over if it is not worse: ``model``, ``season``, ``imagery``."""
    from eradication.pipeline import judging

    return judging.promote(place.workspace, text(body, "model"), _where(body), stage)


def _where(body: Body) -> Any:
    from eradication.pipeline import examining

    return examining.Examination(Season.parse(text(body, "season")), text(body, "imagery"), None, 0, "")


def _check_model(place: Place, body: Body) -> None:
    Season.parse(text(body, "season"))
    models.usable(place.workspace, text(body, "model"))


CHECKS: Mapping[str, Callable[[Place, Body], object]] = {
    "monitor": monitored,
    "evidence": lambda _, body: Season.parse(text(body, "season")),
    "examine": _check_model,
    "promote": _check_model,
}
"""What tells at once that something could never be done."""

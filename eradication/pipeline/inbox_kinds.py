"""What may lie in a watched folder, and who takes it in. To add a kind, add a line to :data:`KINDS`.

The first kind whose ``suits`` says yes to the name takes the file. Taking in must be one or more transactions after
which nothing is lost, and doing it again must change nothing: whatever cuts the program off, the file is taken again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from eradication.domain import PatrolFile
from eradication.errors import UnusableInput
from eradication.ingest import photos as reading
from eradication.ingest import unpacking
from eradication.ingest.formats import photo_kind
from eradication.pipeline import photo_desk
from eradication.pipeline.handing_in import Desk, PatrolOptions, Recorded
from eradication.pipeline.photo_placing import Said
from eradication.pipeline.receipts import of_file
from eradication.pipeline.workspace import Workspace
from eradication.report.receipt import Receipt

MACHINE_PROBLEMS = frozenset({"no_isolation"})
"""Reasons that lie in this computer and not in a file: nothing can be taken in."""
PASSING_PROBLEMS = frozenset({"no_such_file", "file_changed"})
"""Reasons that are gone when the file is looked at again."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file of the folder."""

    status: str
    """``accepted``, ``duplicate``, ``refused``, or ``waiting``: it is not there to be taken yet."""
    files: tuple[PatrolFile, ...] = ()
    """What was in it: itself, or the files of a ZIP."""
    receipts: Callable[[str, str], list[Receipt]] = field(default=lambda number, language: [])
    """Number, language → what its receipt says."""


class Intake:
    """What one round of taking files in shares."""

    def __init__(self, workspace: Workspace) -> None:
        """Begin a round; what other programs record while it lasts is not seen before the next one."""
        self.workspace = workspace

    @cached_property
    def desk(self) -> Desk:
        """The desk for patrols' files."""
        return Desk(self.workspace, PatrolOptions())


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str
    suits: Callable[[Path], bool]
    """Whether a file may be of this kind, by its name."""
    take: Callable[[Intake, Path, str], Result]
    """Round, file, unit code → what became of it."""


def _any_file(path: Path) -> bool:
    return True


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in photo_kind.SUFFIXES


def _take(intake: Intake, path: Path, unit: str) -> Result:
    """Take what a file holds in: photos as ``photos import`` does, all else as ``patrols import`` does.

    The clock of a camera is judged by the photos of this one file.
    """
    workspace, arrived_s = intake.workspace, path.lstat().st_ctime
    desk, zone = intake.desk, reading.zone(intake.workspace.settings.workspace.timezone)
    desk.options = PatrolOptions(unit=unit)
    desk.problems.clear()
    album = photo_desk.Desk(workspace, unit, zone)
    tracks = []
    for handed in unpacking.spread([path], workspace.settings.limits):
        if Path(handed.name).suffix.lower() in photo_kind.SUFFIXES:
            album.take(handed)
        else:
            tracks.append(desk.take(handed))
    problems = [*desk.problems, *album.problems]
    _raise_machine_problem(problems)
    if any(problem.kind in PASSING_PROBLEMS for problem in problems):
        return Result("waiting", tuple(tracks))
    if album.taken:
        album.record(Said())
    files = (*tracks, *map(_as_file, album.taken))

    def receipts(number: str, language: str) -> list[Receipt]:
        told = []
        for file in files:
            known = desk.recorded.get(file.sha256)
            seen = _as_seen(file, known, arrived_s)
            told.append(of_file(seen, workspace, language, known=known, number=number))
        return told

    statuses = {file.status for file in files}
    status = next((s for s in ("accepted", "duplicate") if s in statuses), "refused")
    return Result(status, files, receipts)


def _raise_machine_problem(problems: list[UnusableInput]) -> None:
    for problem in problems:
        if problem.kind in MACHINE_PROBLEMS:
            raise problem


def _as_seen(file: PatrolFile, known: Recorded | None, arrived_s: float) -> PatrolFile:
    """Call a file accepted that was recorded since it lies here: the program was cut off before the receipt."""
    since = known is not None and known.at.timestamp() >= arrived_s
    return replace(file, status="accepted", reason="") if file.status == "duplicate" and since else file


def _as_file(taken: photo_desk.Taken) -> PatrolFile:
    """Return what became of a photo in the terms of a patrol's file that holds no track."""
    if taken.error is None:
        return PatrolFile(taken.path, taken.sha256, "photo", taken.status, taken.reason, "")
    refusal = {"template": taken.error.message, "values": taken.error.values, "hint": taken.error.hint, "where": ""}
    facts = {"refusal": refusal}
    return PatrolFile(taken.path, taken.sha256, "photo", "refused", taken.reason, str(taken.error), facts=facts)


KINDS: tuple[Kind, ...] = (Kind("photo", _is_photo, _take), Kind("patrol", _any_file, _take))
"""In the order in which they are asked."""

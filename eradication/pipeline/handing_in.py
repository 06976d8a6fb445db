"""The desk where patrols hand their files in."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eradication.domain import Event, EventKind, PatrolFile
from eradication.domain.event import iso
from eradication.errors import N_, UnusableInput
from eradication.geo import parse_epsg
from eradication.ingest import patrols
from eradication.ingest.unpacking import Handed
from eradication.pipeline import journal
from eradication.pipeline.workspace import Workspace, disk_errors_explained

REFUSED = "refused"
"""Folder of files that were refused, by hash, with ``list.jsonl`` saying why: nothing handed in is lost."""


@dataclass(frozen=True, slots=True)
class PatrolOptions:
    """What the user says about handed-in tracks."""

    unit: str = ""
    timezone: str = ""
    """For times that state none; empty = the workspace's."""
    crs: str = ""
    """CRS of coordinate tables, e.g. ``EPSG:9206``; empty = they must say."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the store says of a file taken before."""

    at: datetime
    """When it was first recorded."""
    unit: str
    """Whose walk it was recorded as; a second hand-in by others does not change it."""
    patrols: tuple[Mapping[str, Any], ...] = ()
    """What was recorded of it, whatever a second hand-in says of time zone or CRS."""


@dataclass
class Desk:
    """Takes one file after the other; each is one transaction, so that a cut never loses an acknowledged one."""

    workspace: Workspace
    options: PatrolOptions
    recorded: dict[str, Recorded] = field(default_factory=dict)
    """Files taken before, by SHA-256."""
    walks: dict[str, str] = field(default_factory=dict)
    """Walk → the patrol that recorded it first; a second file of it is kept, and counts as no further effort."""
    problems: list[UnusableInput] = field(default_factory=list)
    _heads: Mapping[str, int] = field(default_factory=dict)
    """How far each chain is known."""

    def __post_init__(self) -> None:
        self._catch_up()

    def _catch_up(self) -> None:
        """Know what was recorded since, by others too."""
        store = self.workspace.store
        heads = {head.origin: head.events for head in store.origins()}
        for event in store.later(self._heads, [EventKind.PATROL_RECORDED]):
            self._remember(event)
            self._know(str(event.payload["patrol"].get("walk", "")), str(event.payload["patrol"]["id"]))
        self._heads = heads

    def _remember(self, event: Event) -> None:
        sha256, patrol = str(event.payload["sha256"]), event.payload["patrol"]
        first = self.recorded.get(sha256, Recorded(event.recorded_at, str(patrol["unit"])))
        self.recorded[sha256] = replace(first, patrols=(*first.patrols, patrol))

    def _know(self, walk: str, patrol_id: str) -> None:
        if walk:
            self.walks.setdefault(walk, patrol_id)

    def take(self, handed: Handed) -> PatrolFile:
        """Read, judge and store one file."""
        try:
            file = self._read(handed)
            if self._is_known(file):
                return self._as_known(file)
            with disk_errors_explained(self.workspace.folder):
                if file.status == "refused":
                    keep_refused(self.workspace, handed, file.sha256, file.reason, file.message)
                elif not self._record(handed.path, file):
                    return self._as_known(file)
        except UnusableInput as problem:
            self.problems.append(problem)
            told = {"template": problem.message, "values": problem.values, "hint": problem.hint, "where": problem.where}
            facts = {"refusal": told}
            return PatrolFile(handed.name, "", "unknown", "refused", problem.kind, str(problem), facts=facts)
        again = [self.walks[patrol.walk] for patrol in file.patrols if patrol.walk in self.walks]
        for patrol in file.patrols:
            self._know(patrol.walk, patrol.id)
        return replace(file, facts={**file.facts, "same_walk_as": again}) if again else file

    def _is_known(self, file: PatrolFile) -> bool:
        return file.status == "accepted" and file.sha256 in self.recorded

    def _as_known(self, file: PatrolFile) -> PatrolFile:
        facts = file.facts | {"on_record": self.recorded[file.sha256].patrols}
        return replace(file, status="duplicate", reason="same_content", facts=facts)

    def _record(self, path: Path, file: PatrolFile) -> bool:
        """Record a file's walks; ``False`` if somebody else recorded the very file while it was read."""
        with self.workspace.store.transaction() as transaction:
            self._catch_up()
            if self._is_known(file):
                return False
            if transaction.put_original(path) != file.sha256:
                hint = N_("Wait until it has been copied completely, then hand it in again.")
                raise UnusableInput(
                    "file_changed", N_("The file changed while it was read."), where=file.path, hint=hint
                )
            events: list[Event] = []
            for patrol in file.patrols:
                happened = patrol.start or datetime.now(UTC)
                body = journal.of_patrol(patrol, file)
                body["tracks"] = transaction.add_tracks(patrol)
                events.append(transaction.append(EventKind.PATROL_RECORDED, happened, body))
        for event in events:
            self._remember(event)
            self._heads = {**self._heads, event.origin: event.number}
        return True

    def _read(self, handed: Handed) -> PatrolFile:
        if handed.refusal is not None:
            return patrols.refused(handed.path, handed.refusal, handed.name)
        return patrols.read(
            handed.path,
            name=handed.name,
            unit=self.options.unit,
            timezone=self.options.timezone or self.workspace.settings.workspace.timezone,
            epsg=parse_epsg(self.options.crs) if self.options.crs else None,
            settings=self.workspace.settings,
            now=datetime.now(UTC),
        )

    def check_any_examined(self, files: Sequence[PatrolFile], named: Sequence[Path]) -> None:
        """Raise the first problem if no file at all could be examined.

        Raises:
            UnusableInput: ``no_such_file``, ``no_files`` …
        """
        if self.problems and len(self.problems) == len(files):
            raise self.problems[0]
        if not files:
            where = ", ".join(map(str, named))
            hint = N_("Name at least one file, or a folder that holds some.")
            raise UnusableInput("no_files", N_("There is no file to take in."), where=where, hint=hint)


def keep_refused(workspace: Workspace, handed: Handed, sha256: str, reason: str, message: str) -> None:
    """Keep a refused file and the reason beside the store, which stays as it was; the same refusal only once."""
    folder = workspace.folder / REFUSED
    folder.mkdir(exist_ok=True)
    kept = folder / sha256
    if kept.exists():
        return
    told = {"sha256": sha256, "file": Path(handed.name).name, "reason": reason, "message": message}
    with (folder / "list.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(told | {"refused_at": iso(datetime.now(UTC))}, ensure_ascii=False) + "\n")
    # Listed first: a cut in between lists it twice, and never loses it.
    part = folder / f".{sha256}.part"
    shutil.copyfile(handed.path, part)
    part.chmod(0o600)  # it may be a tip that was handed in at the wrong desk
    part.replace(kept)

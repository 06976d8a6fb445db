"""What the job ``hand_in`` does: open what was handed in, check it, and enter it on the one main path.

What a telephone sealed is checked before anything is believed: only who handed it in is known for certain, so it
counts in the name of that person's unit. Entering twice changes nothing; whatever cuts it off, it is done again.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eradication.domain.person import Person
from eradication.errors import N_, CheckFailed, RefusedInput, UnusableInput
from eradication.pipeline.inbox_kinds import MACHINE_PROBLEMS
from eradication.pipeline.reception import hand_ins, receiving, records, taking_in, thinned_hand_ins
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.shelf import BY_TELEPHONE, Shelf
from eradication.pipeline.reception.speaking import FOR_ALL, Voice
from eradication.pipeline.reception.taking_in import Taken
from eradication.progress import Stage, quiet
from eradication.store.reception import hand_ins as rows
from eradication.store.reception import people

DONE = (hand_ins.RECORDED, hand_ins.REFUSED, hand_ins.CONFLICT)
_MB = 1024 * 1024


def enter(place: Place, body: Mapping[str, Any], stage: Stage = quiet) -> dict[str, Any]:
    """Enter a hand-in into the ledger and keep what became of it.

    Args:
        place: workspace and reception.
        body: ``hand_in_id`` and ``content``; ``again``: although that was done; ``by_hand``: by whoever works at the
            computer of the workspace, who speaks for every unit.
        stage: told of each step.

    Returns:
        ``state`` (``recorded`` or ``refused``), ``reasons``, ``warnings``, and what became of ``visits``, ``tips``,
        ``patrols`` and ``photos``.

    Raises:
        UnusableInput: ``no_such_hand_in``; ``no_isolation``: nothing can be read on this computer.
        StorageFailed: store or disk failed, or the key is missing; the hand-in stays received.
    """
    hand_in_id, content = str(body["hand_in_id"]), str(body["content"])
    with place.reception.reading() as connection:
        row = rows.content(connection, hand_in_id, content)
        files = rows.files(connection, hand_in_id, content)
    if row is None:
        raise hand_ins.no_such(hand_in_id)
    waits = row["state"] == hand_ins.INCOMPLETE
    if waits or (row["state"] in DONE and not body.get("again")):
        return {"state": row["state"], "reasons": [], "warnings": [], **json.loads(row["answer"] or "{}")}
    taken = _entered(place, row, files, stage, by_hand=bool(body.get("by_hand")))
    state = hand_ins.RECORDED if taken.is_recorded else hand_ins.REFUSED
    with place.reception.writing() as connection:
        rows.change(connection, hand_in_id, content, {"state": state, "answer": json.dumps(taken.answer)})
    return {"state": state, **taken.answer}


def _entered(
    place: Place, row: Mapping[str, Any], files: list[dict[str, Any]], stage: Stage, *, by_hand: bool
) -> Taken:
    try:
        with tempfile.TemporaryDirectory(prefix="eradication-") as folder:
            desk = _Desk(place, row, files, Path(folder), stage, by_hand)
            return desk.sealed() if row["channel"] in BY_TELEPHONE else desk.plain()
    except (RefusedInput, CheckFailed) as refusal:
        return taking_in.refused(refusal)
    except UnusableInput as problem:
        if problem.kind in MACHINE_PROBLEMS:
            raise
        return taking_in.refused(problem)


class _Desk:
    """Where one hand-in is opened and entered."""

    def __init__(
        self,
        place: Place,
        row: Mapping[str, Any],
        files: list[dict[str, Any]],
        folder: Path,
        stage: Stage,
        by_hand: bool,
    ) -> None:
        self.place, self.row, self.files, self.folder, self.stage = place, row, files, folder, stage
        self.shelf, self.opener = Shelf(place), receiving.opener(place)
        self.by_hand = by_hand or row["person_id"] == hand_ins.HERE.person_id
        self.person = None if self.by_hand else self._who()

    def _who(self) -> Person:
        """Return who handed it in, of the unit of that time."""
        found = self._person(self.row["person_id"])
        if found is None:
            raise _stranger(self.row["person_id"])
        return replace(found, unit=self.row["unit"])

    def _person(self, person_id: str) -> Person | None:
        with self.place.reception.reading() as connection:
            found = people.by(connection, "person_id", person_id)
        return people.person(found) if found else None

    def _voice(self, person: Person | None) -> Voice:
        return Voice.of(self.place.workspace, person, self.place.now())

    def _open(self, position: int, out: Path, most_bytes: int) -> str:
        file = self.files[position]
        return self.shelf.opened(self.row["channel"], file["sha256"], out, self.opener, most_bytes)

    def sealed(self) -> Taken:
        """Enter the record of a telephone."""
        limits = self.place.workspace.settings.limits
        record = records.opened(self.row["hand_in_id"], len(self.files), self._open, self.folder, limits)
        unit, warnings = self._unit_of(record)
        voice = self._voice(self.person)
        takes = taking_in.track if record.kind == records.TRACK else taking_in.form
        return takes(self.place.workspace, record, taking_in.Into(voice, unit, self.folder, self.stage), warnings)

    def _unit_of(self, record: records.Record) -> tuple[str, list[str]]:
        """Return the unit in whose name a record counts, and what is to be said of who made it.

        A sealed record says who made it, and anybody could have written that. So it counts for the unit of who hands it
        in. On a shared telephone, and with a bundle at the desk, that may be a comrade of the same unit: entered, and
        both are named. Whoever may speak for all units hands in for the unit of the person that the record names.
        """
        maker = self._person(record.person) if record.person else None
        own = self.person.unit if self.person else ""
        if self.person is not None and record.person == self.person.person_id:
            return own, []
        named = maker.unit if maker else record.unit
        if self.person is None or (not own and self.person.roles & FOR_ALL):
            return named, [] if self.by_hand and maker else ["other_person"]
        if maker is None or not self._voice(self.person).may(maker.unit):
            raise _stranger(record.person)
        return maker.unit, ["other_person"]

    def plain(self) -> Taken:
        """Enter files that came in clear, from ODK, a desk or paper."""
        most = self.place.workspace.settings.limits.file_mb * _MB
        paths = []
        for position, file in enumerate(self.files):
            # Each in a folder of its own: two may bear one name.
            path = self.folder / f"{position:04}" / taking_in.safe_name(file["name"])
            path.parent.mkdir()
            self._open(position, path, most)
            paths.append(path)
        unit = self.person.unit if self.person else str(self.row["unit"])
        into = taking_in.Into(self._voice(self.person), unit, self.folder, self.stage)
        takes = taking_in.submission if self.row["channel"] == "odk" else taking_in.anything
        return takes(self.place.workspace, paths, into)


def _stranger(person_id: str) -> RefusedInput:
    return RefusedInput(
        "other_person",
        N_("The record names a person of another unit, or none that is known, as who made it."),
        where=person_id[:20],
        hint=N_("Let that person sign in and send it, or enter it at the server: eradication hand-ins enter NUMBER"),
    )


def waiting(place: Place) -> list[dict[str, Any]]:
    """Return what is received and not entered yet, the oldest first, each as the body of a job."""
    with place.reception.reading() as connection:
        found = rows.listed(connection, states=[hand_ins.RECEIVED], most=1_000_000)
    names = ("hand_in_id", "content", "number")
    return [{name: row[name] for name in names} for row in reversed(found)]


def again(place: Place, number: str, stage: Stage = quiet) -> dict[str, Any]:
    """Enter a hand-in that was refused once more, by whoever works at the computer of the workspace.

    Raises:
        UnusableInput: ``no_such_hand_in``, ``hand_in_thinned``, and those of :func:`enter`.
    """
    with place.reception.reading() as connection:
        row = rows.numbered(connection, number)
    if row is None:
        raise hand_ins.no_such(number)
    if gone_at := thinned_hand_ins.gone_at(row):
        raise thinned_hand_ins.refusal(number, gone_at)
    body = {"hand_in_id": row["hand_in_id"], "content": row["content"], "again": True, "by_hand": True}
    return {"number": number} | enter(place, body, stage)

"""Read submissions become events, and the files that belong to them originals, within one transaction.

What belongs to a visit is kept as an original and named by its event. What belongs to a tip may name its informant: it
is sealed with the tip's own file, and no event says more of it than that.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from eradication.domain.visit import Submission
from eradication.ingest.formats import photo_kind
from eradication.ingest.forms import FormFile
from eradication.ingest.unpacking import Handed
from eradication.ingest.visits import VisitRow
from eradication.pipeline import tips, visiting
from eradication.pipeline.handing_in import keep_refused
from eradication.pipeline.workspace import Workspace
from eradication.progress import silent
from eradication.store import Transaction
from eradication.store.sealed import Sealed


class Taking:
    """Takes read files in, and what was found beside them."""

    def __init__(self, workspace: Workspace, transaction: Transaction, beside: Sequence[Handed]) -> None:
        """Prepare to take files in.

        Args:
            workspace: whose store and sealed folder are written.
            transaction: everything or nothing.
            beside: photos, recordings and the like that were handed in with them.
        """
        self.workspace = workspace
        self.transaction = transaction
        self.sealed = Sealed(workspace.folder)
        self.beside = beside
        self.used: set[str] = set()
        self.attachments: list[dict[str, Any]] = []
        self.photos: dict[str, list[Handed]] = {}
        """Unit → photos that belong to its visits."""

    def take(self, files: Sequence[FormFile]) -> dict[str, Any]:
        """Enter the rows of all files in the order in which things happened, and answer file by file, row by row."""
        for file in files:
            self._keep(file)
        desk = visiting.Desk(self.workspace, self.transaction, "")
        visits = [(file, self._with_files(file, row)) for file in files for row in file.visits]
        entered = visiting.record(desk, [row for _, row in visits], silent)
        told_visits = [told | _origin(f, row.submission) for (f, row), told in zip(visits, entered, strict=True)]
        received = [
            (file, row, reference)
            for file in files
            if file.tips
            for reference in (self._sealed(file),)
            for row in file.tips
        ]
        noted = tips.TipDesk(desk, self.sealed).record([(row, ref) for _, row, ref in received], silent)
        told_tips = [told | _origin(f, row.submission) for (f, row, _), told in zip(received, noted, strict=True)]
        self._keep_unnamed(secret=bool(received))
        of_file: dict[str, list[dict[str, Any]]] = {}
        for told in (*told_visits, *told_tips):
            of_file.setdefault(told["file"], []).append(told)
        answers = [_file(file, of_file.get(file.handed.name, [])) for file in files]
        return {"files": answers, "visits": told_visits, "tips": told_tips, "attachments": self.attachments}

    def _keep(self, file: FormFile) -> None:
        if file.visits:
            self.transaction.put_original(file.handed.path)
        elif file.error is not None and file.sha256:
            keep_refused(self.workspace, file.handed, file.sha256, file.error.kind, str(file.error))

    def _sealed(self, file: FormFile) -> str:
        """Seal the file of tips and what belongs to them; return its reference."""
        for row in file.tips:
            for name, _ in row.submission.attachments if row.submission else ():
                found = self._beside(name, file, row.submission)
                if found is not None:
                    self.sealed.put(found.path)
                self._note(name, "", "", found is not None)
        return self.sealed.put(file.handed.path)

    def _with_files(self, file: FormFile, row: VisitRow) -> VisitRow:
        """Keep what belongs to a visit, and return the row with its hashes."""
        form = row.submission
        if form is None:
            return row
        kept = []
        for name, _ in form.attachments:
            found = self._beside(name, file, form)
            sha256 = self.transaction.put_original(found.path) if found else ""
            if found and row.visit and PurePosixPath(found.name).suffix.lower() in photo_kind.SUFFIXES:
                self.photos.setdefault(row.visit.unit, []).append(found)
            self._note(name, sha256, row.visit_id, found is not None)
            kept.append((name, sha256))
        return replace(row, submission=replace(form, attachments=tuple(kept)))

    def _note(self, name: str, sha256: str, visit_id: str, found: bool) -> None:
        self.attachments.append({"file": name, "sha256": sha256, "visit_id": visit_id, "found": found})

    def _beside(self, name: str, file: FormFile, form: Submission | None) -> Handed | None:
        """Find a file by the name a form states: in its own folder, else where nothing else bears that name.

        Only names are compared, and only with files that were handed in: no name leads out of them.
        """
        wanted = unicodedata.normalize("NFC", name)
        named = [other for other in self.beside if _last(other.name) == wanted]
        folder = str(PurePosixPath(file.handed.name).parent)
        own = [other for other in named if form and form.instance_id and form.instance_id in other.name]
        near = [other for other in named if other.name.startswith(f"{folder}/")]
        for some in (own, near, named):
            nearest = sorted(some, key=lambda other: (len(PurePosixPath(other.name).parts), other.name))
            if nearest and (some is not named or len(nearest) == 1):
                self.used.add(nearest[0].name)
                return nearest[0]
        return None

    def _keep_unnamed(self, *, secret: bool) -> None:
        """Keep files that no submission names; among tips they may be of an informant."""
        for other in self.beside:
            if other.name not in self.used:
                sha256 = ""
                if secret:
                    self.sealed.put(other.path)
                else:
                    sha256 = self.transaction.put_original(other.path)
                self._note(_last(other.name), sha256, "", True)


def _last(name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(name).name)


def _origin(file: FormFile, form: Submission | None) -> dict[str, Any]:
    return {"file": file.handed.name, "instance_id": form.instance_id if form else ""}


def _file(file: FormFile, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    error = file.error
    status, reason = _status(file, [row["status"] for row in rows])
    secret = bool(file.tips)
    return {
        "path": file.handed.name,
        # The hash of a file of tips could be guessed and tried against.
        "sha256": "" if secret else file.sha256,
        "format": file.format,
        "form": file.form,
        "version": file.version,
        "status": status,
        "reason": reason or (rows[0]["reason"] if rows and status == "refused" else ""),
        "message": error.message if error else "",
        "where": error.where if error else "",
        "hint": error.hint if error else "",
        "values": error.values if error else {},
        "rows": len(rows),
        "left_out": list(file.left_out),
    }


def _status(file: FormFile, rows: Sequence[str]) -> tuple[str, str]:
    if file.error is not None:
        return "refused", file.error.kind
    if file.definition:
        return "skipped", "form_definition"
    for status in ("accepted", "conflict", "duplicate"):
        if status in rows:
            return ("accepted" if status == "conflict" else status), ("same_content" if status == "duplicate" else "")
    return "refused", ""

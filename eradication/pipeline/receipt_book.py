"""The book of receipts beside a watched folder: one number for each content, given once and never again.

``register.jsonl`` holds a line for each number. It is on the disk before the receipt is written, and it is written only
after the store has committed; a cut in between is made good when the same file is taken again. The same content
handed in twice is the same receipt.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eradication.domain import TIMEZONE
from eradication.domain.event import iso
from eradication.i18n import translator
from eradication.pipeline.workspace import disk_errors_explained, write_whole
from eradication.report.receipt import Receipt, Writer

REGISTER = "register.jsonl"


@dataclass(frozen=True, slots=True)
class Issued:
    """One number of the book."""

    number: str
    """Year, count in the year, beginning of the hash."""
    fresh: bool
    """False if the content had its receipt before."""


class Book:
    """Numbers and pages in one folder; one process at a time writes into it."""

    def __init__(self, folder: Path) -> None:
        """Read what was given out; a line that a power cut left half-written counts as never written."""
        self.folder = folder
        self._numbers: dict[str, str] = {}
        self._ends_clean = True
        try:
            text = (folder / REGISTER).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        self._ends_clean = text.endswith("\n") or not text
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self._numbers.setdefault(str(row["sha256"]), str(row["number"]))
            except (ValueError, KeyError, TypeError):
                continue

    def known(self, sha256: str) -> str:
        """Return the number of a content, empty if it has none."""
        return self._numbers.get(sha256, "")

    def number(self, sha256: str, name: str, unit: str) -> Issued:
        """Return the number of a content, a new one if it has none.

        Args:
            sha256: of the file as it was handed in.
            name: of that file.
            unit: code of the unit, for the register.
        """
        if known := self._numbers.get(sha256):
            return Issued(known, fresh=False)
        now = datetime.now(UTC)
        year = f"{now.astimezone(TIMEZONE):%Y}"
        counts = [int(n.split("-")[1]) for n in self._numbers.values() if n.startswith(f"{year}-")]
        number = f"{year}-{max(counts, default=0) + 1:05}-{sha256[:8]}"
        row = {"number": number, "sha256": sha256, "file": name, "unit": unit, "issued_at": iso(now)}
        self._append(json.dumps(row, ensure_ascii=False))
        self._numbers[sha256] = number
        return Issued(number, fresh=True)

    def _append(self, line: str) -> None:
        with disk_errors_explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / REGISTER).open("a", encoding="utf-8") as stream:
                stream.write(("" if self._ends_clean else "\n") + line + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        self._ends_clean = True

    def write(self, number: str, receipts: Sequence[Receipt], language: str) -> Path:
        """Write text and page of a receipt, unless both are there, and return the page's path."""
        text, page = (self.folder / f"{number}{suffix}" for suffix in (".txt", ".html"))
        if not (text.exists() and page.exists()):
            writer = Writer(language, translator(language))
            write_whole(text, writer.text(tuple(receipts), short=False) + "\n\n" + writer.signatures() + "\n")
            write_whole(page, writer.page(tuple(receipts)))
        return page

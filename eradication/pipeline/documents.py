"""Reports as files: a document to sign (DOCX, PDF), a workbook, a page; all of them tell one view.

Of a closed period they are the same to the byte whenever they are written: nothing in them is of a later day.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eradication.domain import Period, Season
from eradication.domain.event import parse_iso
from eradication.errors import N_, UnusableInput
from eradication.pipeline import filing, letters, periods, reporting
from eradication.pipeline.letters import Order
from eradication.pipeline.workspace import Workspace, check_output, write_whole
from eradication.report.letter import Letter
from eradication.report.view import ReportView
from eradication.report.words import in_file_name

if TYPE_CHECKING:
    from eradication.report.document.blocks import Document

__all__ = ["FORMATS", "Order", "formats_of", "name_of", "remarks_in", "write_report"]

_NO_ORDER = Order()


def name_of(of: Season | Period, unit: str) -> str:
    """Return the name of a report's files, without their endings."""
    return "-".join(filter(None, ("report", str(of), in_file_name(unit))))


def write_report(
    workspace: Workspace,
    out: Path | Sequence[Path],
    of: Season | Period,
    language: str,
    *,
    unit: str = "",
    order: Order = _NO_ORDER,
) -> dict[str, Any]:
    """Write a report of a season or a period, of one unit or of all, as one file or several.

    Args:
        workspace: whose it is.
        out: files; the ending says what each shall be, see :data:`FORMATS`.
        of: season or period.
        language: ``vi`` or ``en``.
        unit: code of a unit, empty = the province.
        order: what the office says of the document.

    Raises:
        UnusableInput: ``unknown_format``, ``unknown_unit``, ``unit_followed``, ``protected_path``,
            ``period_not_begun``, ``dated_too_early``.
        StorageFailed: ``assets_missing``, or the disk refused.
    """
    paths = [out] if isinstance(out, Path) else list(out)
    formats_of(",".join(path.suffix.removeprefix(".") for path in paths))
    for path in paths:
        check_output(workspace, path)
    with_events = any(path.suffix == ".xlsx" for path in paths)
    view = reporting.view_of(workspace, of, language, unit=unit, with_events=with_events)
    closed = _as_closed(workspace, view)
    letter = letters.letter_of(workspace, closed, order)
    paper = _Paper(view, closed, letter)
    is_letter = not {".docx", ".pdf"}.isdisjoint(path.suffix for path in paths)
    written = []
    for path in paths:
        content = FORMATS[path.suffix.removeprefix(".")](paper)
        write_whole(path, content)
        sha256 = hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
        written.append((path, sha256))
    return {
        "written": [str(path) for path, _ in written],
        "sha256": {path.name: sha256 for path, sha256 in written},
        "unit": view.unit,
        "draft": letter.draft,
        "dated": letter.day.isoformat(),
        "missing": letters.missing(workspace, closed, order) if is_letter else [],
        "restated": bool(view.period and view.period["restated"]),
        "simulated": view.simulated,
    }


def _as_closed(workspace: Workspace, view: ReportView) -> ReportView:
    """Return a view without what came after its period was closed; that is in the next period's report."""
    period = view.period
    if period is None or not period["closed_at"]:
        return view
    closed_at = parse_iso(period["closed_at"])
    filed = filing.told(workspace, periods.parse(workspace, period["period"]), view.unit, closed_at)
    return replace(view, period={**period, "restated": None, "reports": filed})


@dataclass(frozen=True)
class _Paper:
    """What the files of one report tell."""

    view: ReportView
    """As things stand now; a page lists what came since."""
    closed: ReportView
    """As they stood when the period was closed."""
    letter: Letter

    @cached_property
    def document(self) -> "Document":
        """What DOCX and PDF say."""
        from eradication.report import document

        return document.of(self.closed, self.letter)


def _docx(paper: _Paper) -> bytes:
    from eradication.report.document import docx

    return docx.render(paper.document, paper.closed.as_of, paper.closed.language)


def _pdf(paper: _Paper) -> bytes:
    from eradication.report.document import pdf

    return pdf.render(paper.document, paper.closed.as_of, paper.closed.language)


def _html(paper: _Paper) -> str:
    from eradication.report import page

    return page.render(paper.view)


def _xlsx(paper: _Paper) -> bytes:
    from eradication.report import workbook

    return workbook.render(paper.closed)


FORMATS: Mapping[str, Callable[[_Paper], str | bytes]] = {
    "docx": _docx,
    "pdf": _pdf,
    "xlsx": _xlsx,
    "html": _html,
}
"""Ending → what makes it. Writers are loaded when they are used: they take a second each."""


def formats_of(text: str) -> list[str]:
    """Read a list of formats such as ``docx,pdf``.

    Raises:
        UnusableInput: ``unknown_format``.
    """
    wanted = list(dict.fromkeys(part.strip().lower().removeprefix(".") for part in text.split(",")))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise UnusableInput(
            "unknown_format",
            N_("A report cannot be written as '{format}'."),
            where="--format",
            hint=N_("Choose from: {known}."),
            values={"format": unknown[0], "known": ", ".join(FORMATS)},
        )
    return wanted


def remarks_in(path: Path) -> tuple[str, ...]:
    """Return the paragraphs of a text file of remarks; a line is a paragraph.

    Raises:
        UnusableInput: ``no_such_file``, ``not_text``.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        message = N_("The file cannot be read: {error}.")
        hint = N_("Check the name of the file.")
        values = {"error": error.strerror or error}
        raise UnusableInput("no_such_file", message, where=str(path), hint=hint, values=values) from error
    except UnicodeDecodeError as error:
        hint = N_("Save it as plain text in UTF-8, each line a paragraph.")
        raise UnusableInput("not_text", N_("This is no plain text."), where=str(path), hint=hint) from error
    return tuple(line.strip() for line in lines if line.strip())

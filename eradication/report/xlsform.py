"""Forms as XLSForm workbooks, which ODK Central, ODK Collect and KoboToolbox take as they are.

The same form is the same bytes on every computer: a workbook bears no date, and the version of a form is a hash of what
stands in it, so that a changed form cannot go out under an old version.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from eradication.domain.codes import Code
from eradication.report.form_parts import Form, Question
from eradication.report.form_questions import FORMS

VIETNAMESE, ENGLISH = "Tiếng Việt (vi)", "English (en)"
_DATE = (2026, 1, 1, 0, 0, 0)
_WIDTHS = {"type": 22, "name": 18, "required": 12}
_WIDE = 44

type Sheet = list[list[str]]


def write(folder: Path) -> list[Path]:
    """Write every form into ``folder`` and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, form in FORMS.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(workbook(form))
        written.append(path)
    return written


def sheets(form: Form) -> dict[str, Sheet]:
    """Return the cells of a form by sheet, the header first."""
    survey, choices = _survey(form), _choices(form)
    content = json.dumps([survey, choices], ensure_ascii=False).encode()
    settings = {
        "form_title": f"{form.title[0]} / {form.title[1]}",
        "form_id": form.id,
        "version": hashlib.sha256(content).hexdigest()[:10],
        "default_language": VIETNAMESE,
        "instance_name": "concat(${unit}, ' ', format-date-time(${started}, '%d/%m %H:%M'))",
    }
    return {"survey": survey, "choices": choices, "settings": [list(settings), list(settings.values())]}


def _survey(form: Form) -> Sheet:
    rows = [_row(question) for question in form.questions]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    used = [name for name in columns if any(row[name] for row in rows)]
    return [used, *([row[name] for name in used] for row in rows)]


def _row(question: Question) -> dict[str, str]:
    needed: tuple[str, str] = ("Cần điền câu này.", "This is needed.") if question.required else ("", "")
    kind = f"{question.kind} {_list(question)}" if question.choices else question.kind
    return {
        "type": kind,
        "name": question.name,
        **_both("label", question.label),
        **_both("hint", question.hint),
        "required": question.required,
        **_both("required_message", needed),
        "relevant": question.relevant,
        "constraint": question.constraint,
        **_both("constraint_message", question.refusal),
        "calculation": question.calculation,
        "default": question.default,
        "parameters": question.parameters,
        "appearance": question.appearance,
    }


def _both(column: str, words: tuple[str, str]) -> dict[str, str]:
    return {f"{column}::{VIETNAMESE}": words[0], f"{column}::{ENGLISH}": words[1]}


def _list(question: Question) -> str:
    """Name the list of a question's choices: its own, for forms ask for different parts of the codes."""
    return f"{question.name}_codes"


def _choices(form: Form) -> Sheet:
    lists: Mapping[str, Sequence[Code]] = {_list(q): q.choices for q in form.questions if q.choices}
    rows = [
        [name, code.value, _capital(code.vietnamese[0]), _capital(code.value.replace("_", " "))]
        for name, codes in lists.items()
        for code in codes
    ]
    return [["list_name", "name", *_both("label", ("", ""))], *rows]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def workbook(form: Form) -> bytes:
    """Return a form as the bytes of an XLSX file."""
    from openpyxl import Workbook  # the questions alone are asked for more often than the sheet that holds them
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    for number, (name, rows) in enumerate(sheets(form).items()):
        sheet = book.create_sheet(name, number)
        for cells in rows:
            # Texts all of them: none begins a formula, and a version is not a number.
            sheet.append([cell or None for cell in cells])
        for column, heading in zip(sheet.columns, rows[0], strict=True):
            sheet.column_dimensions[column[0].column_letter].width = _WIDTHS.get(heading, _WIDE)
            for cell in column:
                cell.data_type = "s" if cell.value is not None else cell.data_type
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            column[0].font = Font(bold=True)
        sheet.freeze_panes = "C2"
    del book["Sheet"]
    fresh = io.BytesIO()
    book.save(fresh)
    return _undated(fresh.getvalue())


def _undated(data: bytes) -> bytes:
    """Return a workbook without the time at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()

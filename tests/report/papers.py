"""Documents for tests: a letterhead, and what a reader sees on a page of a PDF."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eradication.report import document
from eradication.report.assets import VENDOR
from eradication.report.document import docx, pdf
from eradication.report.letter import Letter
from eradication.report.view import ReportView

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<dir>{folder}</dir></fontconfig>"""
PLAN = "Kế hoạch số 23/KH-UBND ngày 30/01/2023 của Ủy ban nhân dân tỉnh Sơn La"
LETTER = Letter(
    day=date(2027, 2, 5),
    parent="Ủy ban nhân dân tỉnh Sơn La",
    issuer="Sở Nông nghiệp và Môi trường",
    symbol="SNNMT",
    place="Sơn La",
    bases=(PLAN,),
    on_behalf="KT. GIÁM ĐỐC",
    title="PHÓ GIÁM ĐỐC",
    recipients=("UBND tỉnh (báo cáo)", "Công an tỉnh"),
)


def as_docx(view: ReportView, letter: Letter = LETTER) -> bytes:
    return docx.render(document.of(view, letter), view.as_of, view.language)


def as_pdf(view: ReportView, letter: Letter = LETTER) -> bytes:
    return pdf.render(document.of(view, letter), view.as_of, view.language)


def page_text(file: Path, first: int = 1, last: int = 1) -> str:
    """What stands on pages of a PDF, without any space: lines may break anywhere."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = ["pdftotext", "-f", str(first), "-l", str(last), "-raw", file, "-"]
    return squeezed(subprocess.run(command, capture_output=True, check=True).stdout.decode())


def squeezed(text: str) -> str:
    return "".join(text.split())


def by_libreoffice(file: Path) -> Path:
    """Return the PDF that LibreOffice makes of a document, as an office would print it."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice Writer is not installed")
    out = file.parent / "printed"
    own = f"-env:UserInstallation=file://{file.parent}/office"
    command = [program, own, "--headless", "--convert-to", "pdf", "--outdir", out, file]
    # The only letters it finds are as wide as those of Times New Roman, which may not be passed on.
    fonts = file.parent / "fonts.conf"
    fonts.write_text(FONTS.format(folder=VENDOR), encoding="utf-8")
    environment = os.environ | {"FONTCONFIG_FILE": str(fonts)}
    subprocess.run(command, capture_output=True, check=True, timeout=120, env=environment)
    return out / f"{file.stem}.pdf"


def with_every_sign(ledger: Mapping[str, Any], who: list[str]) -> dict[str, Any]:
    """Return a ledger in which all twelve signs are marked, with long figures and as many names as are printed."""
    figures = {"value": 1234, "of": 2345, "m2": 1234567, "pct": 99.9, "marked": True, "who": who}
    return dict(ledger) | {"signs": [dict(sign) | figures for sign in ledger["signs"]]}

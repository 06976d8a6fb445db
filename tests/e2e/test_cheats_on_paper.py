"""The cheats on paper: what a reader sees who gets the first page of the printed report."""

import shutil
import subprocess
from pathlib import Path

import pytest
from e2e.browser import Page
from report.cheats import CHEATS, FIGURES, report

from eradication.i18n import translator
from eradication.report.signs import SENTENCES


@pytest.mark.slow
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_stands_on_the_first_page_of_the_printed_report(cheat, language, page: Page, tmp_path: Path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    html, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    html.write_text(report(CHEATS[cheat](), language), encoding="utf-8")
    page.open(html).pdf(pdf)
    first = subprocess.run(["pdftotext", "-f", "1", "-l", "1", "-raw", pdf, "-"], capture_output=True, check=True)
    # Lines may break anywhere, also at a hyphen.
    text = "".join(first.stdout.decode().split())
    assert "".join(f"▲{translator(language)(SENTENCES[cheat][0])}".split()) in text
    if language == "en":
        assert "".join(FIGURES[cheat].split()) in text

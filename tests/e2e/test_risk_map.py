"""The page of the risk surface opens quietly, says what it is not, and its layers can be switched."""

from pathlib import Path

import numpy as np
from e2e.browser import Page
from e2e.test_map_and_report import assert_quiet
from risk_world import commune

from eradication.i18n import translator
from eradication.report import risk_map
from eradication.report.risk_view import FIGURES, CommuneSum, RiskView

SHOWN = "[...document.querySelectorAll('.leaflet-image-layer')].length"


def view(name: str = "Xã Tây", language: str = "en") -> RiskView:
    rows, columns = np.mgrid[9320:9328, 1600:1608]
    values = np.linspace(0.0, 0.02, 64)
    return RiskView(
        title="season 2025-2026",
        province="Sơn La",
        as_of="1 Mar 2026",
        column=columns.ravel(),
        row=rows.ravel(),
        names=[f"cell{n}" for n in range(64)],
        commune=np.zeros(64, np.int64),
        communes=[CommuneSum(commune("04001", name, 400_000.0, 2000.0), 0.6, 0.0, 3.0)],
        figures={figure.name: values for figure in FIGURES},
        notes=["Weights rest on 3 finds."],
        simulated=True,
        language=language,
        translate=translator(language),
    )


def written(path: Path, shown: RiskView) -> Path:
    path.write_text(risk_map.render(shown), encoding="utf-8")
    return path


def test_the_page_opens_quietly_and_says_what_it_is_built_from(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "risk.html", view()))
    page.settle()
    assert_quiet(page)
    text = page.evaluate("document.querySelector('header').textContent")
    assert "SIMULATED" in text
    assert "never from names, ethnicity, households or anything about persons" in text
    assert "not an accusation" in text
    assert "Weights rest on 3 finds." in text
    legend = page.evaluate("document.querySelector('.panel').textContent")
    assert "highest 5 % of cells" in legend
    assert "No plot or candidate" not in page.evaluate("document.querySelector('.panel').innerText")


def test_layers_are_switched_one_by_one(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "risk.html", view()))
    page.settle()
    assert page.evaluate(SHOWN) == 1
    for number in (1, 2):
        page.evaluate(f"document.querySelectorAll('.panel input')[{number}].click()")
    page.settle()
    assert page.evaluate(SHOWN) == 3
    assert_quiet(page)


def test_the_picture_lies_on_the_outline_of_the_communes(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "risk.html", view()))
    page.settle()
    rect = "(({left, right, top, bottom}) => [left, right, top, bottom])(%s.getBoundingClientRect())"
    picture = page.evaluate(rect % "document.querySelector('.leaflet-image-layer')")
    outline = page.evaluate(rect % "document.querySelector('.leaflet-communes-pane path')")
    # The cells lie askew in degrees by less than half a cell here; a cell is a sixty-fourth of the picture's area.
    cell = (outline[1] - outline[0]) / 8
    assert np.abs(np.array(picture) - np.array(outline)).max() < 0.6 * cell


def test_T7_no_text_of_a_user_runs_on_the_page(page: Page, tmp_path: Path) -> None:
    payload = "<img src=x onerror=\"window.__hit.push('risk')\">"
    page.open(written(tmp_path / "risk.html", view(payload)))
    page.settle()
    assert_quiet(page)

"""An open popup is read whole: no legend, button, slider or edge of the map lies over it; the heading says the season.

Clicks are those of a mouse: what lies on top takes them.
"""

from pathlib import Path
from typing import Any

import pytest
from e2e.browser import Page
from e2e.test_map_and_report import assert_quiet, of_season, pictures, press, written
from report import samples

from eradication.domain import Season, State
from eradication.i18n import translator
from eradication.report import chips
from eradication.report import map as maps
from eradication.report.chips import Side
from eradication.report.view import MapView, PlotRow

SCREENS = ((1200, 800), (1024, 700), (360, 740))
CORNERS = ((104.60, 20.70), (104.60, 20.90), (104.90, 20.70), (104.90, 20.90), (104.75, 20.80))
# A closed popup fades for 200 ms and takes clicks until then.
AGAIN = """
map_eradication.closePopup().setView(window.first[0], window.first[1], {animate: false});
new Promise((done) => setTimeout(done, document.querySelector('.leaflet-popup') ? 230 : 0)).then(() => 1)
"""
WHERE = """
(() => {
  const plot = document.querySelector('.plot[title="CODE"]'), box = plot.getBoundingClientRect();
  const at = [box.x + box.width / 2, box.y + box.height / 2];
  return plot.contains(document.elementFromPoint(...at)) ? at : null;
})()
"""
# The map takes 250 ms to move. Points stand 4 px inside of the popup.
COVERED = """
new Promise((done) => setTimeout(done, 350)).then(() => {
  const popup = document.querySelector('.leaflet-popup'), text = popup.querySelector('.told');
  const box = popup.getBoundingClientRect();
  const map = document.querySelector('.folium-map').getBoundingClientRect(), covered = [];
  for (let i = 0; i <= 12; i++) for (let j = 0; j <= 12; j++) {
    const x = box.left + 4 + i * (box.width - 8) / 12, y = box.top + 4 + j * (box.height - 8) / 12;
    const top = document.elementFromPoint(x, y);
    if (!popup.contains(top)) covered.push((top ? top.className || top.tagName : 'outside') + '');
  }
  const inside = box.left >= map.left && box.right <= map.right && box.top >= map.top && box.bottom <= map.bottom;
  return { title: popup.querySelector('h2').textContent, covered: [...new Set(covered)], inside,
    width: box.width, height: box.height, wide: text.scrollWidth - text.clientWidth };
})
"""


def both_pictures(row: PlotRow) -> chips.Pair:
    """Before and after, each with a picture."""
    before = pictures(row).sides[0]
    return chips.Pair(before, Side("after_destruction", before.chip))


def spread(**changes: Any) -> MapView:
    """Plots at the corners and in the middle of the map, with pictures, and a season before them."""
    rows = tuple(
        PlotRow(samples.episode(n, State.ERADICATED, lon=lon, lat=lat), "Xã Vân Hồ", simulated=True)
        for n, (lon, lat) in enumerate(CORNERS, 1)
    )
    earlier = of_season(PlotRow(samples.episode(9, State.ERADICATED), "Xã Vân Hồ"), Season(2024))
    told = {(row.episode.plot.id, samples.SEASON.label): both_pictures(row) for row in rows}
    left = {samples.SEASON.label: {"04048": 6000}}
    shown = {"plots": rows, "past": (earlier,), "chips": told, "remaining": left, "tracks": ()}
    return samples.map_view(language="vi", translate=translator("vi"), **(shown | changes))


def opened(page: Page, tmp_path: Path, width: int, height: int) -> None:
    page.open(written(tmp_path / "map.html", maps.render(spread())), width, height)
    page.evaluate("void (window.first = [map_eradication.getCenter(), map_eradication.getZoom()])")


def click(page: Page, serial: int) -> dict[str, Any]:
    """Click a plot as the map was first shown and return what covers its popup."""
    page.evaluate(AGAIN)
    at = page.evaluate(WHERE.replace("CODE", f"VH-25-{serial:03d}"))
    assert at, "the plot itself is to be seen and clicked"
    page.click(*at)
    return page.evaluate(COVERED)


def assert_read_whole(told: dict[str, Any]) -> None:
    assert told["covered"] == [], told
    assert told["inside"], told
    assert told["wide"] == 0, "no line of it is cut"
    assert told["width"] >= 300, "room for two pictures side by side"
    assert told["height"] >= 300


# Two places are clicked with every test: below the zoom buttons and beside the legend.
@pytest.mark.slow
@pytest.mark.parametrize("serials", [(2, 4), pytest.param((1, 2, 3, 4, 5), marks=pytest.mark.slow)], ids=["two", "all"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_nothing_covers_the_popup_of_a_plot(
    page: Page, tmp_path: Path, width: int, height: int, serials: tuple[int, ...]
) -> None:
    opened(page, tmp_path, width, height)
    for serial in serials:
        told = click(page, serial)
        assert told["title"] == f"VH-25-{serial:03d}"
        assert_read_whole(told)
    assert_quiet(page)


CONTROLS = "getComputedStyle(document.querySelector('.leaflet-control-container')).visibility"
LEGEND = "document.querySelector('.panel summary').click()"


@pytest.mark.slow
def test_controls_make_way_on_a_phone_and_come_back(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, 360, 740)
    assert page.evaluate(CONTROLS) == "visible"
    click(page, 5)
    assert page.evaluate(CONTROLS) == "hidden"
    page.evaluate(AGAIN)
    assert page.evaluate(CONTROLS) == "visible"


@pytest.mark.slow
def test_a_popup_makes_way_for_a_legend_that_is_unfolded_and_for_a_smaller_window(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, 1024, 700)
    page.evaluate(LEGEND)
    page.settle()
    assert_read_whole(click(page, 4))
    page.evaluate(LEGEND)
    page.settle()
    assert page.evaluate("document.querySelector('.panel').open")
    assert_read_whole(page.evaluate(COVERED))
    page.call("Emulation.setDeviceMetricsOverride", width=800, height=640, deviceScaleFactor=1, mobile=False)
    page.settle()
    assert_read_whole(page.evaluate(COVERED))


def test_a_legend_that_leaves_no_room_closes_the_popup(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, 680, 740)
    page.evaluate(LEGEND)
    page.settle()
    assert_read_whole(click(page, 5))
    page.evaluate(LEGEND)
    page.settle(0.3)
    assert page.evaluate("document.querySelector('.leaflet-popup')") is None
    assert page.evaluate(CONTROLS) == "visible"


@pytest.mark.parametrize(("width", "height"), [*SCREENS, (740, 360)])
def test_the_whole_legend_can_be_reached(page: Page, tmp_path: Path, width: int, height: int) -> None:
    opened(page, tmp_path, width, height)
    page.evaluate("document.querySelector('.panel').open = true")
    lowest = page.evaluate("document.querySelector('.panel').getBoundingClientRect().bottom")
    assert 0 < lowest <= height


def test_heading_and_title_follow_the_slider(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, 1200, 800)
    said = "[document.querySelector('h1').textContent, document.title].join(' / ')"
    assert page.evaluate(said) == "Sơn La · niên vụ 2025-2026 / Bản đồ niên vụ 2025-2026 · Sơn La"
    page.evaluate("document.getElementById('season').focus()")
    press(page, "ArrowLeft")
    assert page.evaluate(said) == "Sơn La · niên vụ 2024-2025 / Bản đồ niên vụ 2024-2025 · Sơn La"
    assert "2025-2026" not in page.evaluate("document.querySelector('header').textContent")
    press(page, "ArrowRight")
    assert "niên vụ 2025-2026" in page.evaluate(said)


def test_a_season_without_plots_says_so_whichever_the_slider_shows(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path / "map.html", maps.render(spread(plots=()))))
    empty = "document.querySelector('.panel .empty').offsetHeight > 0"
    assert page.evaluate(empty)
    page.evaluate("document.getElementById('season').focus()")
    press(page, "ArrowLeft")
    assert not page.evaluate(empty)

"""MapLibre shows a pack without a network: the style names what there is, and what is drawn is seen."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from e2e import browser
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from report.map_pack import packs
from web.phone import map_page

from eradication import geo
from eradication.report.map_pack import hillshade, imagery, pack, vector

MAGENTA, BROWN, YELLOW = (194, 0, 122), (122, 74, 30), (255, 212, 0)
FLAGS = (*(flag for flag in browser.FLAGS if "port" not in flag and flag != "--disable-gpu"), *map_page.DRAWING)


def style() -> dict[str, Any]:
    return json.loads(map_page.STYLE.read_text(encoding="utf-8"))


def test_the_style_draws_layers_that_packs_have_and_asks_for_nothing_outside():
    told = style()
    assert {name: one["url"] for name, one in told["sources"].items()} == {
        name: f"pmtiles://{name}.pmtiles" for name in pack.FILES
    }
    assert not {"glyphs", "sprite"} & told.keys()
    assert "http" not in map_page.STYLE.read_text(encoding="utf-8")
    drawn = [layer["source-layer"] for layer in told["layers"] if layer.get("source") == "vector"]
    assert set(drawn) == set(vector.LAYERS)
    assert len({layer["id"] for layer in told["layers"]}) == len(told["layers"])
    assert told["sources"]["hillshade"]["tileSize"] == told["sources"]["imagery"]["tileSize"] == 512
    assert max(hillshade.ZOOM, imagery.ZOOM) <= 14


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not all((map_page.VENDOR / name).is_file() for name in map_page.NEEDED):
        pytest.skip("MapLibre is not installed (make setup)")
    program = browser.executable()
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=program, args=[*FLAGS])
        yield opened
        opened.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_page(viewport={"width": 360, "height": 640}) as page:
        yield page


def seen(page: Page) -> Any:
    """What is on the screen, shape (y, x, 3)."""
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def near(picture: Any, colour: tuple[int, int, int]) -> Any:
    """Which pixels are of nearly one colour."""
    return np.abs(picture - colour).max(axis=-1) < 40


def test_a_phone_shows_the_map_without_a_network(page: Page, tmp_path: Path):
    pack.write(packs.view(), tmp_path / "pack", "k")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    with map_page.served(tmp_path / "site", tmp_path / "pack") as address:
        map_page.show(page, address, tmp_path / "site", geo.centre(packs.PLOT), 15)
        assert page.evaluate("window.errors") == []
        later = page.evaluate("performance.getEntriesByType('resource').slice(window.network).map((e) => e.name)")
        assert {name.rsplit("/", 1)[1] for name in later} == {"view.json", "maplibre-gl-worker.mjs"}
        picture = seen(page)
        found = page.evaluate(
            "map.queryRenderedFeatures([180, 320], { layers: ['candidates', 'candidate-codes', 'imagery'] })"
            ".length + map.queryRenderedFeatures({ layers: ['candidate-codes'] }).map((f) => f.properties.code).join()"
        )
        attribution = page.locator(".maplibregl-ctrl-attrib").inner_text()
    assert said == []
    assert "VH-26-001" in str(found)
    assert "mô phỏng / simulated" in attribution
    # The outline is some 28 pixels wide and stands round the middle, white outside of it.
    rows, columns = np.nonzero(near(picture[280:360, 140:220], MAGENTA))
    assert abs(rows.min() + rows.max() - 80) <= 6
    assert (near(picture[290:350, 150:210], (255, 255, 255))).sum() > 50
    assert near(picture, BROWN).sum() > 200
    assert near(picture, YELLOW).sum() > 50
    assert columns.size > 60


@pytest.mark.slow
def test_a_pack_without_relief_and_pictures_is_shown_too(page: Page, tmp_path: Path):
    pack.write(packs.view(heights=None, pictures=[], simulated=False, attribution=""), tmp_path / "pack", "k")
    with map_page.served(tmp_path / "site", tmp_path / "pack") as address:
        map_page.show(page, address, tmp_path / "site", geo.centre(packs.PLOT), 13)
        assert page.evaluate("window.errors") == []
        picture = seen(page)
    assert near(picture, MAGENTA).sum() > 100

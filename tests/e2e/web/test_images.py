"""A fine image outlined by keys and by a mouse, and looked at by somebody else who is shown nothing of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.web import looking
from playwright.sync_api import Browser, Page, expect
from shapely.geometry import shape
from web import fine, live, world
from web.world import World

from eradication import geo
from eradication.domain import EventKind
from eradication.domain.person import Role
from eradication.pipeline import reading
from eradication.pipeline.reception import worker

LAYER = "2026-02-20-flight"
pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path / "world") as made:
        for login, unit in (("first", world.A), ("second", world.B)):
            made.add(login, [Role.REVIEWER], unit)
        assert fine.hand_in(made.client("first"), fine.mosaic(0.1, metres=120.0), f"{LAYER}.tif") == 303
        worker.empty(made.place)
        yield made


def reads(here: World) -> list[dict]:
    return [dict(one.payload) for one in here.workspace.store.events(kinds=[EventKind.IMAGE_READ])]


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#map[data-ready=yes]")


def test_one_outlines_by_keys_and_another_looks_by_mouse_without_knowing(browser: Browser, here: World, tmp_path: Path):
    look = looking.Look("vi", 1280, tmp_path, [], keys=False)
    with live.served(here.app) as served:
        with looking.window(browser, here, served, "first", look) as context:
            page = context.new_page()
            opened(page, f"{served.url}/images/{LAYER}")
            by_keys(page)
            page.locator("#record").click()
            expect(page.locator("[role=status]").first).to_contain_text("R-")
        (first,) = reads(here)
        outline = shape(first["outline"])
        assert geo.area_m2(outline) > 1.0
        assert first["verdict"] == "opium_poppy"
        with looking.window(browser, here, served, "second", look) as context:
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda one: asked.append(one.url))
            page.goto(f"{served.url}/images")
            (row,) = reading.waiting(here.workspace, here.people["second"].person_id)["readings"]
            page.get_by_role("link", name=row["id"]).click()
            page.wait_for_selector("#map[data-ready=yes]")
            assert "opium_poppy" not in page.locator("#map").get_attribute("data-own")
            by_mouse(page, (0.4, 0.4), (0.6, 0.4), (0.6, 0.6))
            page.locator("input[value=not]").check()
            page.locator("#record").click()
            expect(page.locator("main")).to_contain_text("do not agree")
    second = reads(here)[1]
    assert (second["blind"], second["verdict"]) == (True, "not")
    assert len(second["outline"]["coordinates"][0]) == 4
    assert [one for one in asked if not one.startswith((served.url, "blob:", "data:"))] == []
    assert any(f"/tiles/review-{LAYER}/" in one for one in asked)


def by_mouse(page: Page, *places: tuple[float, float]) -> None:
    """Set corners at shares of the map's width and height; each is seen before the next one is set."""
    page.locator(".sight").evaluate("node => node.scrollIntoView()")  # a mouse reaches what is in the window alone
    box = page.locator("#map canvas").bounding_box()
    for number, (left, top) in enumerate(places, start=1):
        page.mouse.click(box["x"] + left * box["width"], box["y"] + top * box["height"])
        expect(page.locator("#told")).to_contain_text(str(number))


def by_keys(page: Page) -> None:
    """Set four corners at the cross, moving the image between them, take one back, and close the outline."""
    node = page.locator("#map canvas")
    node.focus()
    page.keyboard.press("c")
    for number, key in enumerate(("ArrowRight", "ArrowDown", "ArrowLeft"), start=2):
        page.keyboard.press(key)
        page.wait_for_timeout(700)  # it glides
        page.keyboard.press("c")
        expect(page.locator("#told")).to_contain_text(str(number))
    page.keyboard.press("z")
    expect(page.locator("#told")).to_contain_text("3")
    page.keyboard.press("c")
    page.keyboard.press("e")
    expect(page.locator("#outlines li")).to_have_count(1)


def test_a_line_that_crosses_itself_is_not_closed(browser: Browser, here: World, tmp_path: Path):
    look = looking.Look("vi", 1280, tmp_path, [], keys=False)
    with live.served(here.app) as served, looking.window(browser, here, served, "first", look) as context:
        page = context.new_page()
        opened(page, f"{served.url}/images/{LAYER}")
        by_mouse(page, (0.3, 0.3), (0.7, 0.7), (0.7, 0.3), (0.3, 0.7))
        page.keyboard.press("e")
        expect(page.locator("#told")).to_have_text("The line crosses itself.")
        assert page.locator("#outlines li").count() == 0
    assert reads(here) == []

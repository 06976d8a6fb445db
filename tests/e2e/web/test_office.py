"""The office in a real browser: candidates judged by keys alone, a period closed in five clicks, two on one case."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from e2e.web import looking
from playwright.sync_api import Browser, Page, expect
from web import live, world
from web.live import Live
from web.world import World
from worlds import candidate

from eradication import history
from eradication.domain import EventKind
from eradication.domain.person import Role
from eradication.pipeline import projection
from eradication.pipeline.reception import worker

MORE = 20
COUNT = """
window.__clicks = Number(sessionStorage.clicks || 0);
window.__keys = Number(sessionStorage.keys || 0);
window.__reports = [];
addEventListener('click', (e) => { if (e.isTrusted && e.detail) sessionStorage.clicks = ++window.__clicks; }, true);
addEventListener('keydown', (e) => { if (e.isTrusted) sessionStorage.keys = ++window.__keys; }, true);
document.addEventListener('securitypolicyviolation',
  (e) => window.__reports.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
"""What a hand does is counted by the page itself, over all pages of a window."""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world.built(tmp_path / "world", judged_twice_share=0.0) as made:
        yield made


@pytest.fixture
def served(fresh: World) -> Iterator[Live]:
    with live.served(fresh.app) as server:
        yield server


def propose(here: World, count: int) -> None:
    """Let a run propose so many candidates in a row."""
    found = [
        dataclasses.replace(candidate(f"more-{n}", world.east(world.A, 3000.0 + 200.0 * n)), season=world.SEASON)
        for n in range(count)
    ]
    known = history.follow(projection.replayed(here.workspace).plots, found, here.workspace.settings)
    when = np.array([datetime(2026, 1, 12)], "datetime64[s]")
    with here.workspace.store.transaction() as transaction:
        projection.propose(here.workspace, transaction, known, when)
        projection.refresh(here.workspace, transaction)


type Opener = Callable[[str], Page]


@pytest.fixture
def opened(browser: Browser, fresh: World, served: Live, tmp_path: Path) -> Iterator[Opener]:
    """Opens windows in which hands are counted; they close at the end."""
    look = looking.Look("vi", 1440, tmp_path, [], keys=False)
    with ExitStack() as stack:

        def of(login: str) -> Page:
            context = stack.enter_context(looking.window(browser, fresh, served, login, look))
            context.set_default_timeout(30_000)
            context.add_init_script(COUNT)
            return context.new_page()

        yield of


@pytest.mark.slow
def test_twenty_candidates_are_judged_by_keys_alone(fresh: World, served: Live, opened: Opener):
    propose(fresh, MORE)
    page = opened("reviewer")
    page.goto(f"{served.url}/review?lang=vi")
    page.keyboard.press("n")
    page.wait_for_url("**/review/P-*")
    for turn in range(MORE):
        code = page.inner_text("h1")
        keys = ("d", str(turn % 9 + 1)) if turn % 4 else ("a", "1")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function("(before) => document.querySelector('h1')?.innerText !== before", arg=code)
        expect(page.locator("[role=status]")).to_contain_text("đã loại" if turn % 4 else "đã giao đơn vị")
    assert page.evaluate("window.__keys") == 1 + 2 * MORE
    assert page.evaluate("window.__clicks") == 0
    dismissed = fresh.workspace.store.events(kinds=[EventKind.PLOT_DISMISSED])
    assigned = fresh.workspace.store.events(kinds=[EventKind.PLOT_ASSIGNED])
    assert (len(dismissed), len(assigned)) == (15, 5 + 2)
    assert len({event.payload["reason"] for event in dismissed}) >= 7
    page.keyboard.press("z")  # the one before is looked at again, and its decision taken back
    page.wait_for_url(re.compile(r"/review/P-\w+\?(?!.*done)"))
    page.keyboard.press("z")
    expect(page.locator("[role=status]")).to_contain_text("đã rút lại quyết định")
    assert len(fresh.workspace.store.events(kinds=[EventKind.DECISION_WITHDRAWN])) == 1
    assert page.evaluate("window.__reports") == []


@pytest.mark.slow
def test_a_key_that_is_typed_into_a_field_is_no_command(fresh: World, served: Live, opened: Opener):
    page = opened("reviewer")
    page.goto(f"{served.url}/review")
    page.keyboard.press("/")
    page.keyboard.type("moc n")
    expect(page.locator("#q")).to_have_value("moc n")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+n")
    assert page.url.endswith("/review")


@pytest.mark.slow
def test_a_period_is_closed_and_its_document_in_hand_in_five_clicks(fresh: World, served: Live, opened: Opener):
    fresh.clock.now = datetime(2026, 3, 20, 2, tzinfo=UTC)
    page = opened("officer")
    page.goto(f"{served.url}/?lang=vi")
    page.locator("nav").get_by_role("link", name="Kỳ báo cáo").click()
    page.get_by_role("link", name="2026-Q1").click()
    expect(page.locator("main")).to_contain_text("Còn lại (m²)")
    page.get_by_label("Tôi đã xem số liệu").check()
    page.get_by_role("button", name="Chốt kỳ và lập báo cáo").click()
    expect(page.locator("main")).to_contain_text("Báo cáo đang được lập")
    worker.empty(fresh.place)
    link = page.get_by_role("link", name="report-2026-Q1.docx")
    link.wait_for()  # the page asks by itself
    with page.expect_download() as coming:
        link.click()
    assert Path(coming.value.path()).read_bytes().startswith(b"PK")
    assert page.evaluate("Number(sessionStorage.clicks)") <= 5
    assert len(fresh.workspace.store.events(kinds=[EventKind.PERIOD_CLOSED])) == 1


@pytest.mark.slow
def test_two_reviewers_on_one_case_the_second_is_told(fresh: World, served: Live, opened: Opener):
    fresh.add("other", [Role.REVIEWER])
    plot = fresh.plots["open_A"]
    pages = [opened(login) for login in ("reviewer", "other")]
    for page in pages:
        page.goto(f"{served.url}/review/{plot}?lang=vi")
    for page, key in zip(pages, ("1", "2"), strict=True):
        page.keyboard.press("d")
        with page.expect_navigation():
            page.keyboard.press(key)
    assert pages[0].locator("[role=status]").inner_text().startswith("VH-26-OPENA: đã loại.")
    expect(pages[1].locator("main")).to_contain_text("reviewer đã loại điểm nghi vấn này")
    assert len(fresh.workspace.store.events(kinds=[EventKind.PLOT_DISMISSED])) == 1


@pytest.mark.slow
def test_the_map_shows_counts_then_places_and_leads_to_one(fresh: World, served: Live, opened: Opener):
    page, asked = opened("reviewer"), []
    page.on("request", lambda request: asked.append(request.url))
    plot = fresh.plots["open_A"]
    page.goto(f"{served.url}/map?lang=vi&plot={plot}")
    page.wait_for_selector("#map[data-ready=yes]")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("link", name="Xem điểm này").click()
    page.wait_for_url(f"**/review/{plot}*")
    assert any("/tiles/plots/" in one for one in asked)
    assert {one.split("/")[2] for one in asked if not one.startswith(("blob:", "data:"))} == {served.url[7:]}
    assert page.evaluate("window.__reports") == []

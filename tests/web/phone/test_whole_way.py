"""From a finger on the phone to the ledger: the real page, the real server, the real worker."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from web import live
from web.live import Live
from web.phone.conftest import HANDSET, watched
from web.phone.test_phone import nav, wait_for_states
from web.world import GROUND, World

from eradication.pipeline.reception import hand_ins, people, worker
from eradication.web import phone_shell

LON, LAT = GROUND["BP01"]
LANGUAGE = "localStorage.language ||= 'vi'"


@pytest.fixture
def reached(fresh: World) -> Iterator[Live]:
    with live.served(fresh.app) as server:
        yield server


@pytest.fixture
def handset(browser: Browser, fresh: World) -> Iterator[BrowserContext]:
    """A phone on a patrol's ground whose clock is the office's."""
    place = {"latitude": LAT, "longitude": LON, "accuracy": 5.0}
    with browser.new_context(geolocation=place, **HANDSET) as context:
        context.clock.set_system_time(fresh.clock.now)
        context.add_init_script(LANGUAGE)
        yield context


@pytest.fixture
def page(handset: BrowserContext, fresh: World, reached: Live, console: list[str]) -> Page:
    page = watched(handset, console)
    told = people.invite(fresh.place, "patrol_a")
    live.come_in(page, f"{reached.url}/signin?invite={told['invitation']}", fresh.clock)
    page.goto(f"{reached.url}/phone")
    page.wait_for_selector(".stop")
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    return page


def test_a_visit_and_a_walk_reach_the_ledger(page, handset, fresh, console):
    before = {row["visit_id"] for row in fresh.workspace.store.layer("visits")}
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Bắt đầu đi tuần").click()
    for step in range(1, 26):
        handset.set_geolocation({"latitude": LAT + step * 1e-4, "longitude": LON, "accuracy": 5.0})
        handset.clock.set_system_time(fresh.clock.now.timestamp() + 20 * step)
        page.wait_for_function("(n) => phone.walk.track?.count > n", arg=step - 1)
    nav(page, "Hôm nay")
    expect(page.locator(".stop")).not_to_have_count(0)
    page.locator(".stop", has_text="VH-26-CANDIDATEA").click()
    page.locator("[data-name=outcome] input[value=rejected]").check()
    page.locator("[data-name=look_alike] input[value=mustard_greens]").check()
    page.locator(".known summary").click()
    page.locator("[data-name=officers] input").fill("CB012")
    handset.set_geolocation({"latitude": LAT, "longitude": LON + 0.0048, "accuracy": 4.0})
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    page.wait_for_selector("#today-title")
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Kết thúc chuyến đi").click()
    wait_for_states(page, "received", "received")
    fresh.clock.now = fresh.clock.now.replace(hour=fresh.clock.now.hour + 1)
    worker.empty(fresh.place)
    told = hand_ins.listed(fresh.place)["hand_ins"]
    assert [one["state"] for one in told] == ["recorded", "recorded"], json.dumps(told)
    assert len({row["visit_id"] for row in fresh.workspace.store.layer("visits")} - before) == 1
    nav(page, "Chờ gửi")
    expect(page.get_by_text("Đã vào sổ")).to_have_count(2)
    assert console == []
    assert page.evaluate("__reports") == []


@pytest.mark.slow
def test_the_real_server_hands_out_every_file_that_the_phone_keeps(page, fresh):
    count = "(name) => caches.open(name).then((cache) => cache.keys()).then((all) => all.length)"
    kept = page.evaluate(count, f"eradication-shell-{phone_shell.version()}")
    assert kept > 30
    assert page.evaluate("phone.version") == phone_shell.version()


@pytest.mark.slow
def test_the_map_of_the_unit_is_made_fetched_and_kept(page, fresh):
    page.get_by_role("button", name="Tải bản đồ").click()
    expect(page.locator(".pack")).to_contain_text("đang lập bản đồ")
    worker.empty(fresh.place)
    expect(page.locator(".pack")).to_contain_text("Bản đồ trong máy")
    assert page.evaluate("caches.open('eradication-map').then((c) => c.keys()).then((all) => all.length)") >= 1
    page.wait_for_function("() => phone.screens.today.map?.map.getSource('vector')?.loaded()")

"""What the phone shows until the server has it, and of whom the server takes nothing any more."""

import re

import pytest
from playwright.sync_api import Page, expect
from web.phone.conftest import HERE, open_page, sign_in
from web.phone.office import Desk, Office
from web.phone.test_phone import STORES, nav, refuse, states, until, wait_for_states, write_visit

CONTRAST = """() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? behind(node.parentElement) : colour;
  };
  return [...document.querySelectorAll(".record .state")].map((node) => {
    const [a, b] = [luminance(getComputedStyle(node).color), luminance(behind(node))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}"""


def kept_back(office: Office) -> None:
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))


def colour(page: Page) -> list[float]:
    """Red, green, blue of the edge of the first record."""
    # Asked in one breath: the list is drawn anew with every change.
    said = page.evaluate("getComputedStyle(document.querySelector('.record')).borderLeftColor")
    return [float(one) for one in re.findall(r"[\d.]+", said)][:3]


@pytest.mark.slow
def test_a_record_is_red_until_the_receipt_is_there_and_says_so_without_colour(page, office):
    kept_back(office)
    write_visit(page)
    nav(page, "Chờ gửi")
    wait_for_states(page, "waiting")
    record = page.locator(".record")
    expect(record).to_have_class("record red")
    red, green, blue = colour(page)
    assert red > 2 * max(green, blue)
    expect(record.locator(".state")).to_contain_text("chưa có biên nhận")
    expect(page.locator(".open-count")).to_contain_text("Chưa có biên nhận: 1")
    waiting = record.locator(".state svg").inner_html()
    assert min(page.evaluate(CONTRAST)) >= 4.5
    office.faults.clear()
    page.get_by_role("button", name="Gửi ngay").click()
    wait_for_states(page, "received")
    expect(record).to_have_class("record green")
    red, green, blue = colour(page)
    assert green > red
    expect(page.locator(".open-count")).to_be_empty()
    assert record.locator(".state svg").inner_html() != waiting
    assert min(page.evaluate(CONTRAST)) >= 4.5


@pytest.mark.slow
def test_every_state_without_a_receipt_is_red(page, office):
    kept_back(office)
    write_visit(page)
    wait_for_states(page, "waiting")
    nav(page, "Chờ gửi")
    (record,) = page.evaluate("phone.queue.list()")
    change = "([uuid, state]) => phone.queue.change(uuid, (one) => { one.state = state; }).then(() => phone.changed())"
    for state in ("recording", "sending", "refused", "conflict"):
        page.evaluate(change, [record["uuid"], state])
        expect(page.locator(f".record.red[data-state={state}]")).to_have_count(1)
        assert min(page.evaluate(CONTRAST)) >= 4.5


@pytest.mark.slow
def test_what_the_server_refuses_as_somebody_elses_waits_and_says_whose_it_is(page, office):
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 403, "other_person"))
    write_visit(page)
    nav(page, "Chờ gửi")
    until(page, "async () => (await phone.queue.list())[0]?.reason === 'other_person'")
    assert states(page) == ["waiting"]
    expect(page.locator(".record .reason")).to_contain_text("của p-aaaa1111")
    assert len([row for row in page.evaluate(STORES) if row["store"] == "sealed"]) == 1


@pytest.mark.slow
def test_T16_who_is_let_in_no_more_is_told_so_and_can_carry_what_waits_to_the_office(page, office):
    kept_back(office)
    write_visit(page)
    wait_for_states(page, "waiting")
    office.faults.clear()
    office.over.add("p-aaaa1111")
    page.evaluate("phone.sendNow(true)")
    expect(page.locator(".warning")).to_contain_text("ngừng quyền")
    assert page.locator(".stop").count() == 0
    assert "eradication-today" not in page.evaluate("caches.keys()")
    page.get_by_role("button", name="Xuất ra tệp").click()
    expect(page.locator(".warning")).to_contain_text("Không mất gì")
    expect(page.locator(".record.red .reason")).to_contain_text("Hãy xuất ra tệp")
    with page.expect_download() as started:
        page.get_by_role("button", name="Xuất ra tệp").click()
    assert started.value.path()
    assert states(page) == ["waiting"]
    page.reload()
    page.wait_for_selector(".warning")
    assert states(page) == ["waiting"]
    assert office.hand_ins == {}


@pytest.mark.slow
def test_T16_while_the_session_rests_the_kept_list_is_shown_and_what_waits_is_sent(page, office):
    kept_back(office)
    write_visit(page)
    wait_for_states(page, "waiting")
    office.faults.clear()
    office.resting = True
    open_page(page, office)
    wait_for_states(page, "received")
    expect(page.locator(".warning")).to_contain_text("vẫn được gửi đi")
    assert page.locator(".stop").count() == 3


@pytest.mark.slow
def test_the_phone_waits_while_the_office_makes_the_map(page, office):
    office.packs, office.making = {"vector.pmtiles": b"PMTiles-canary"}, 2
    page.get_by_role("button", name="Tải bản đồ").click()
    expect(page.locator(".pack > span")).to_contain_text("Cơ quan đang lập bản đồ: 3/7")
    expect(page.locator(".pack > span")).to_contain_text("Bản đồ trong máy")
    assert office.asked["GET /api/phone/map.json"] == 4


@pytest.mark.slow
def test_the_language_is_switched_in_a_form_without_losing_its_stop(page):
    page.locator(".stop", has_text="VH-27-021").click()
    page.locator(".tab").nth(2).click()
    before = page.locator(".tab[aria-pressed=true]").inner_text()
    for switch, title in (("EN – English", "VH-27-021"), ("VI – Tiếng Việt", "VH-27-021")):
        page.get_by_role("button", name=switch).click()
        expect(page.locator("#form-title")).to_contain_text(title)
        expect(page.locator(".tab").nth(2)).to_have_attribute("aria-pressed", "true")
    assert page.locator(".tab[aria-pressed=true]").inner_text() == before
    assert page.evaluate("phone.screens.visit.view.answers.of('plot_id')") == "VH-27-021"


@pytest.mark.slow
def test_the_language_is_switched_without_losing_what_was_written_or_walked(page):
    nav(page, "Tin báo")
    page.locator("[data-name=place] input").fill("đầu suối")
    page.get_by_role("button", name="EN – English").click()
    expect(page.locator("[data-name=place] input")).to_have_value("đầu suối")
    page.locator("#nav button").nth(1).click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    page.locator("section .wide-button").first.click()
    page.get_by_role("button", name="Begin at a corner").click()
    page.context.set_geolocation(HERE | {"latitude": 20.7899})
    page.wait_for_function("() => phone.screens.boundary.fixes?.length > 0")
    page.get_by_role("button", name="VI – Tiếng Việt").click()
    expect(page.locator(".stop-button")).to_have_text("Đã đi hết vòng")
    assert page.evaluate("phone.screens.boundary.fixes.length") > 0


@pytest.mark.slow
def test_a_boundary_is_not_left_without_being_asked_and_has_no_area_before_it_is_closed(page):
    page.locator("#nav button").nth(1).click()
    page.locator("section .wide-button").first.click()
    page.get_by_role("button", name="Bắt đầu từ một góc").click()
    for count, north in enumerate((0.0, 0.0002, 0.0004, 0.0006)):
        page.context.set_geolocation(HERE | {"latitude": 20.79 + north})
        page.wait_for_function("(n) => phone.screens.boundary.fixes?.length > n", arg=count)
    expect(page.locator(".figures dd").first).to_have_text("–")
    page.locator("#nav button").nth(0).click()
    page.get_by_role("dialog").get_by_role("button").first.click()
    assert page.evaluate("Boolean(phone.screens.boundary.track)")
    page.locator("#nav button").nth(0).click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.locator("#today-title")).to_be_visible()
    page.wait_for_function("() => phone.queue.list().then((all) => all.some((one) => one.purpose === 'boundary'))")
    assert not page.evaluate("Boolean(phone.screens.boundary.track)")


@pytest.mark.slow
def test_the_network_mark_follows_what_requests_meet(page):
    expect(page.locator("#head .net.on")).to_be_visible()
    page.evaluate("phone.heard(false)")
    expect(page.locator("#head .net.off")).to_be_visible()
    page.evaluate("phone.sender.whoIsSignedIn()")
    expect(page.locator("#head .net.on")).to_be_visible()
    page.evaluate(
        "phone.sender.fetch = () => Promise.reject(new TypeError()); phone.sender.whoIsSignedIn().catch(() => {})"
    )
    expect(page.locator("#head .net.off")).to_be_visible()


@pytest.mark.slow
def test_the_address_changes_the_language_once(page):
    page.goto(page.url.split("?")[0] + "?lang=en")
    expect(page.locator("#today-title")).to_have_text("Today's places")
    assert "lang" not in page.url
    page.goto(page.url + "?lang=vi")
    expect(page.locator("#today-title")).to_have_text("Các điểm hôm nay")


TEN_HOURS = """async () => {
  const { Track } = await import("/static/phone/track.js");
  const began = Date.now();
  let now = began;
  Date.now = () => now;
  const tick = globalThis.setInterval;
  const minutes = [];
  globalThis.setInterval = (act, pause) => { minutes.push([act, pause, began + pause]); return 0; };
  navigator.geolocation.watchPosition = () => 0;
  const track = await new Track(phone.queue, phone.identity, { purpose: "walk", app: "test" }).start();
  globalThis.setInterval = tick;
  let most = 0;
  for (let second = 0; second < 36000; second += 1) {
    now = began + 1000 * second;
    for (const one of minutes) if (now >= one[2]) { one[2] += one[1]; one[0](); }
    track.take({ time: now, lon: 104.85 + second * 1e-5, lat: 20.79, accuracy: 5, altitude: 900, speed: 1 });
    most = Math.max(most, track.pending.length);
    if (second % 600 === 0) await track.sealing;
  }
  await track.stop();
  return most;
}"""


@pytest.mark.long
@pytest.mark.slow
def test_T17_ten_hours_of_walking_are_some_six_hundred_pieces_each_sent_by_one_request(page, office):
    most = page.evaluate(TEN_HOURS)
    assert most <= 61, "no more than a minute is lost with a tab that is killed"
    (record,) = page.evaluate("phone.queue.list()")
    assert len(record["files"]) <= 610
    before = sum(office.asked.values())
    page.evaluate("phone.sendNow(true)")
    wait_for_states(page, "received")
    asked = sum(office.asked.values()) - before
    size = sum(file["bytes"] for file in record["files"])
    print(f"ten hours at 1 Hz: {len(record['files'])} files, {size} bytes, {asked} requests")
    assert asked <= len(record["files"]) + 10
    lines = [piece.decode().splitlines()[1:] for piece in office.opened(record["uuid"])[1:]]
    assert sum(map(len, lines)) == 36_000


@pytest.mark.slow
def test_what_the_server_has_already_of_a_file_is_not_sent_again_though_it_was_not_asked_for(page, office):
    """The first try asks for nothing; that part of the file is there it hears from the answer."""
    known: list[int] = []

    def half(desk: Desk) -> bool:
        key = tuple(desk.path.split("/")[3::2])
        if desk.command == "PATCH" and not known:
            body = desk.read()
            office.parts[key] = bytearray(body[:50])
            known.append(len(body))
            desk.answer(409, {"error": {"kind": "wrong_offset"}}, Upload_Offset="50")
            return True
        return False

    office.faults.append(half)
    write_visit(page)
    wait_for_states(page, "received")
    assert known
    assert office.records()[0]["answers"]["outcome"] == "rejected"
    assert not [path for path in office.asked if path.startswith("HEAD")]


@pytest.mark.slow
def test_records_of_two_people_are_told_apart_by_name_on_a_shared_handset(page, office):
    kept_back(office)
    write_visit(page)
    wait_for_states(page, "waiting")
    sign_in(page, office, "p-bbbb2222")
    open_page(page, office)
    nav(page, "Chờ gửi")
    expect(page.locator(".record")).to_have_count(0)
    expect(page.locator(".others li")).to_contain_text("ten-aaaa")


@pytest.mark.slow
def test_the_language_is_switched_on_every_screen(page, office, console):
    kept_back(office)
    write_visit(page)
    wait_for_states(page, "waiting")
    for number, title in enumerate(("Today's places", "Write down the walk", "", "", "Waiting and sent")):
        page.locator("#nav button").nth(number).click()
        vietnamese = page.locator("main h1").inner_text()
        page.get_by_role("button", name="EN – English").click()
        expect(page.locator("main h1")).not_to_have_text(vietnamese)
        if title:
            expect(page.locator("main h1")).to_have_text(title)
        expect(page.locator("#nav button").first).to_have_text("Today")
        page.get_by_role("button", name="VI – Tiếng Việt").click()
        expect(page.locator("main h1")).to_have_text(vietnamese)
    assert [one for one in console if "503" not in one] == []

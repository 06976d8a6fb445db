"""A patrol's day from the first signing in to the ledger: the real page, the real server, a phone that dies twice.

Nothing is simulated but the ground, the positions that the receiver tells, and the fingers.
"""

import json
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from math import cos, pi, radians, sin
from pathlib import Path

import photo_factory
import pytest
import served
from e2e.web.conftest import Office
from e2e.web.telephone import Telephone
from playwright.sync_api import Error, Page, expect
from web import live, world
from web.phone.test_phone import KEPT, STORES, nav, until, wait_for_states

from eradication.domain import EventKind
from eradication.pipeline.reception.place import opened_place

LON, LAT = world.GROUND[world.A]
OFFICER, NOTE, TOLD, NEVER_SAVED = "CB9471", "Canary-note-0912345678", "Canary-tip-đầu-suối", "Canary-never-saved-77"
MOST_TAPS, MOST_FIELDS = 12, 10
ANSWERED = """async (count) => (await phone.queue.list())
  .filter((one) => ['recorded', 'refused'].includes(one.answer?.state)).length === count"""
SAID = """async () => (await phone.queue.list()).filter((one) => one.answer?.state !== 'recorded')
  .map((one) => [one.kind, one.answer, phone.sender.said.get(one.uuid)])"""


@dataclass
class Hand:
    """Whoever holds the phone: it walks, and it touches the screen."""

    phone: Telephone
    page: Page
    lon: float = LON
    lat: float = LAT

    def at(self, east: float, north: float, accuracy: float = 4.0) -> None:
        """Stand so many metres from the unit's ground."""
        self.lon = LON + east / (111_320 * cos(radians(LAT)))
        self.lat = LAT + north / 110_700
        assert self.phone.context
        self.phone.context.set_geolocation({"longitude": self.lon, "latitude": self.lat, "accuracy": accuracy})

    def walk(self, fixes: int, north: float) -> None:
        for step in range(fixes):
            self.goes(2.5 * step, north, "(n) => phone.walk.track?.count > n", step)

    def goes(self, east: float, north: float, told: str, count: int) -> None:
        """Go to a place, and wait until the page was told so; where nothing changes, nothing is told."""
        for nudge in range(1, 300):
            self.at(east + 0.01 * nudge, north)
            self.page.wait_for_timeout(30)
            if self.page.evaluate(told, count):
                return
        raise TimeoutError(told)

    def walk_round(self, metres: float) -> None:
        """Walk round a plot once, from corner to corner and back to the first."""
        corners = [(metres * cos(turn), 300 + metres * sin(turn)) for turn in (2 * pi * k / 24 for k in range(25))]
        self.at(*corners[0])
        self.page.locator("section button", has_text="Bắt đầu từ một góc").or_(
            self.page.locator("section button", has_text="Đi thêm một vòng")
        ).click()
        for count, (east, north) in enumerate(corners):
            self.goes(east, north, "(n) => phone.current.fixes?.length > n", count)
        self.page.locator(".stop-button").click()
        self.page.wait_for_selector(".stop-button", state="detached")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def choose(self, question: str, answer: str) -> None:
        self.page.locator(f"[data-name={question}] label", has=self.page.locator(f"input[value={answer}]")).click()

    def good_position(self) -> None:
        expect(self.page.locator("[data-name=place] .said")).to_have_class("said good")

    def counted(self) -> tuple[list[str], list[str]]:
        """Return what was touched and what was answered by hand since the page was opened."""
        taps, fields = self.page.evaluate("[window.__taps, window.__fields]")
        return taps, fields


def open_phone(page: Page, office: Office) -> None:
    """Open the page, and wait until it would open without a network."""
    page.goto(f"{office.address}/phone")
    page.wait_for_selector(".stop")
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    until(page, "() => Boolean(navigator.serviceWorker.controller)")


def installed(phone: Telephone, office: Office) -> Hand:
    """Take an invitation, open the phone's page and fetch the map."""
    page = phone.switch_on(LON, LAT)
    live.come_in(page, f"{office.address}/signin?invite={office.invitation()}", None)
    open_phone(page, office)
    page.get_by_role("button", name="Tải bản đồ").click()  # the office's worker makes it while the phone waits
    expect(page.locator(".pack > span")).to_contain_text("Bản đồ trong máy", timeout=60_000)
    return Hand(phone, page)


def photo(folder: Path) -> Path:
    """Return a photo of the site, of a camera that tells the place."""
    path = folder / "site.jpg"
    path.write_bytes(photo_factory.jpeg())
    return path


def visit(hand: Hand, picture: Path | None = None) -> None:
    """Fill in the form of the first place of the list: no poppy, mustard greens."""
    hand.page.locator(".stop", has_text="VH-26-CANDIDATEA").click()
    hand.choose("outcome", "rejected")
    hand.choose("look_alike", "mustard_greens")
    if picture:
        with hand.page.expect_file_chooser() as chosen:
            hand.page.locator("[data-name=photo_before] .wide-button").click()
        chosen.value.set_files(picture)
        expect(hand.page.locator("[data-name=photo_before] .said")).to_contain_text("niêm phong")
    hand.good_position()


@pytest.mark.slow
def test_a_walk_and_a_visit_take_few_taps_and_few_fields(phone: Telephone, office: Office, tmp_path: Path):
    hand = installed(phone, office)
    page = hand.page
    open_phone(page, office)  # counting begins with the installed page
    hand.press("Bắt đầu đi tuần")
    hand.walk(4, 0.0)
    visit(hand, photo(tmp_path))
    hand.press("Niêm phong và lưu")
    page.wait_for_selector("#today-title")
    hand.press("Đang ghi")
    hand.press("Kết thúc chuyến đi")
    wait_for_states(page, "received", "received")
    taps, fields = hand.counted()
    print(f"{len(taps)} taps: {taps}; {len(fields)} fields: {fields}")
    assert 0 < len(taps) <= MOST_TAPS
    assert 0 < len(fields) <= MOST_FIELDS
    assert phone.console == []


def find(hand: Hand) -> None:
    """Fill in a find that was on no list, its area walked round twice."""
    hand.press("Điểm ngoài danh sách")
    hand.choose("outcome", "detected")
    hand.choose("crop", "opium_poppy")
    hand.page.locator("[data-name=outline] button").click()
    for metres in (18.0, 18.4):
        hand.walk_round(metres)
    hand.press("Dùng diện tích này")
    for name in ("selection_mode", "stage"):
        question = hand.page.locator(f"[data-name={name}]")
        if question.is_visible():
            question.locator("label").first.click()
    hand.good_position()


def killed_tab(hand: Hand, office: Office) -> None:
    """Let the tab die while it writes down a walk, and open the page anew."""
    assert hand.phone.context
    hand.page.evaluate("phone.walk.track.flush()")  # a minute is over
    with hand.page.expect_event("crash"), suppress(Error):
        hand.page.goto("chrome://crash")
    hand.page.close()
    hand.page = hand.phone.context.new_page()
    open_phone(hand.page, office)


def patrol(hand: Hand, office: Office, folder: Path) -> list[str | bytes]:
    """A day without a network; returns what nobody may find on the phone afterwards."""
    page = hand.page
    hand.press("Bắt đầu đi tuần")
    hand.walk(24, 137.0)
    written: list[str | bytes] = [OFFICER, NOTE, TOLD, NEVER_SAVED]
    written += [f"{hand.lon:.5f}", f"{hand.lat:.5f}", struct.pack("<d", hand.lon), struct.pack("<d", hand.lat)]
    visit(hand, photo(folder))
    page.locator(".known summary").click()
    page.locator("[data-name=officers] input").fill(OFFICER)
    page.locator(".more summary").click()
    page.locator("[data-name=note] textarea").fill(NOTE)
    hand.press("Niêm phong và lưu")
    page.wait_for_selector("#today-title")
    find(hand)
    hand.press("Niêm phong và lưu")
    page.wait_for_selector("#today-title")
    hand.press("Đang ghi")
    hand.press("Kết thúc chuyến đi")
    wait_for_states(page, *["waiting"] * 5)
    hand.press("Bắt đầu đi tuần")
    hand.walk(25, 211.0)
    written += [f"{hand.lon:.5f}", f"{hand.lat:.5f}", struct.pack("<d", hand.lon), struct.pack("<d", hand.lat)]
    killed_tab(hand, office)
    wait_for_states(hand.page, *["waiting"] * 6)
    nav(hand.page, "Tin báo")
    hand.page.locator("[data-name=place] input").fill(TOLD)
    hand.press("Niêm phong và lưu")
    wait_for_states(hand.page, *["waiting"] * 7)
    nav(hand.page, "Phiếu")
    hand.page.locator(".more summary").click()
    hand.page.locator("[data-name=note] textarea").fill(NEVER_SAVED)
    hand.page.wait_for_timeout(1500)  # a browser that remembers what is typed has the time to do so
    return written


def nothing_written_is_found(phone: Telephone, page: Page, written: list[str | bytes]) -> None:
    words = [word for word in written if isinstance(word, str)]
    rows = page.evaluate(STORES)
    assert len([row for row in rows if row["store"] == "sealed"]) >= 9
    for row in rows:
        assert not [word for word in words if word in row["row"] or any(word in blob for blob in row["blobs"])]
        assert all(blob.startswith("age-encryption.org/v1") for blob in row["blobs"])
    assert {path for path in page.evaluate(KEPT) if path.startswith("/api/")} <= {
        "/api/phone/today", "/api/phone/map.json", "/api/phone/map/vector.pmtiles",
        "/api/phone/map/hillshade.pmtiles", "/api/phone/map/imagery.pmtiles",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_T17_a_patrol_without_a_network_whose_phone_and_office_die_is_in_the_ledger(
    phone: Telephone, office: Office, tmp_path: Path
):
    hand = installed(phone, office)
    office.kill()
    assert phone.context
    phone.context.set_offline(True)
    written = patrol(hand, office, tmp_path)
    phone.kill()
    assert phone.find(written) == []
    page = phone.switch_on(LON, LAT, offline=True)
    open_phone(page, office)
    nothing_written_is_found(phone, page, written)
    nav(page, "Chờ gửi")
    expect(page.locator(".record")).to_have_count(7)
    expect(page.locator(".record .state", has_text="chờ gửi")).to_have_count(7)
    office.start()
    assert phone.context
    phone.context.set_offline(False)
    wait_for_states(page, *["received"] * 7)
    receipts = page.evaluate("async () => (await phone.queue.list()).map((one) => one.receipt.number)")
    nav(page, "Chờ gửi")
    until(page, ANSWERED, 7)
    assert page.evaluate(SAID) == []
    expect(page.get_by_text("Đã vào sổ")).to_have_count(7)
    expect(page.locator(".record.green")).to_have_count(7)
    assert page.evaluate("window.__reports") == []
    phone.switch_off()
    office.stop()
    in_the_ledger(office, receipts)
    assert phone.asked() == {f"127.0.0.1:{office.port}"}
    assert phone.console == []


def in_the_ledger(office: Office, receipts: list[str]) -> None:
    assert len(set(receipts)) == 7
    told = json.loads(run(office, "hand-ins", "list"))["hand_ins"]
    assert {one["number"]: one["state"] for one in told} == dict.fromkeys(receipts, "recorded")
    run(office, "audit", "verify")
    with opened_place(office.folder) as place:
        store = place.workspace.store
        visits = [row for row in store.layer("visits") if row["visit_id"].startswith("V-")]
        assert sorted(row["outcome"] for row in visits) == ["detected", "rejected"]
        walks = store.events(kinds=[EventKind.PATROL_RECORDED])
        assert len(walks) == 2 + 4  # those of the world; two walks and two rounds of a boundary
        tips = store.events(kinds=[EventKind.TIP_RECORDED])
        assert [TOLD in json.dumps(dict(tip.payload), ensure_ascii=False) for tip in tips] == [True]
        assert NOTE in json.dumps([dict(event.payload) for event in store.events(kinds=[EventKind.VISIT_RECORDED])])


def run(office: Office, *words: str) -> str:
    command = [*served.PROGRAM, "--workspace", str(office.folder), "--json", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

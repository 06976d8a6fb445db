"""A patrol's day on a real Chromium: sealed at once, sent when there is a network, lost never."""

import csv
import io
import json
import random
import subprocess
import time
import zipfile
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Page, expect
from web.phone.conftest import HERE, Phone, open_page, sign_in
from web.phone.office import Desk

PATIENCE_S = 120
CANARY = "Canary-0912345678"
STORES = """async () => {
  const heard = (request) => new Promise((take, fail) => {
    request.onsuccess = () => take(request.result);
    request.onerror = fail;
  });
  const letters = async (blob) => Array.from(new Uint8Array(await blob.arrayBuffer()), (b) => String.fromCharCode(b));
  const rows = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await heard(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      for (const row of await heard(db.transaction(store).objectStore(store).getAll())) {
        const sealed = Object.values(row).filter((value) => value instanceof Blob);
        const blobs = await Promise.all(sealed.map(async (blob) => (await letters(blob)).join("")));
        rows.push({ store, row: JSON.stringify(row), blobs });
      }
    }
    db.close();
  }
  return rows;
}"""
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  }
  return found;
}"""
SMALL = """() => [...document.querySelectorAll("button, summary, a, .choice, input[type=text]")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 48)
  .map((node) => node.outerHTML)"""


def nav(page: Page, name: str) -> None:
    page.locator("#nav button", has_text=name).click()


def states(page: Page) -> list[str]:
    return page.evaluate("async () => (await phone.queue.list()).map((one) => one.state)")


def until(page: Page, script: str, arg: object = None) -> None:
    """Wait until a function of the page gives something; ``wait_for_function`` takes a promise for a yes."""
    deadline = time.monotonic() + PATIENCE_S
    while not page.evaluate(script, arg):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{script}: {page.evaluate('phone.queue.list()')}")
        page.wait_for_timeout(40)


def wait_for_states(page: Page, *wanted: str) -> None:
    until(
        page,
        "async (wanted) => JSON.stringify((await phone.queue.list()).map((one) => one.state).sort()) === wanted",
        json.dumps(sorted(wanted), separators=(",", ":")),
    )


def stand(page: Page, **more: float) -> None:
    """Let the receiver tell a position; it does so only when that changes."""
    page.context.set_geolocation(HERE | {"longitude": HERE["longitude"] + random.random() * 1e-6} | more)


def write_visit(page: Page, note: str = "") -> None:
    """Fill in the first stop's visit: rejected, rau cải."""
    nav(page, "Hôm nay")
    page.locator(".stop").first.click()
    page.get_by_text("Đã kiểm tra – không phải").click()
    page.get_by_text("Rau cải").click()
    if note:
        page.locator(".more summary").click()
        page.locator("[data-name=note] textarea").fill(note)
    stand(page)
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    page.wait_for_selector("#today-title")


@pytest.mark.slow
def test_what_is_sealed_opens_with_pyrage_and_no_other_way(page, office):
    seal = """async ([text, recipient]) => {
      const { seal } = await import("/static/phone/sealing.js");
      const file = await seal({ name: "a", media: "text/plain", bytes: new TextEncoder().encode(text) }, recipient);
      return { ...file, blob: Array.from(new Uint8Array(await file.blob.arrayBuffer())) };
    }"""
    sealed = page.evaluate(seal, [CANARY, str(office.identity.to_public())])
    assert pyrage.decrypt(bytes(sealed["blob"]), [office.identity]) == CANARY.encode()
    assert sealed["bytes"] == len(sealed["blob"])
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(sealed["blob"]), [pyrage.x25519.Identity.generate()])


@pytest.mark.slow
def test_a_visit_of_a_stop_arrives_with_a_receipt(page, office, console):
    write_visit(page, "nương dốc")
    wait_for_states(page, "received")
    (record,) = office.records()
    answers = record["answers"]
    assert (record["kind"], record["form"], record["person"]) == ("visit", "eradication_visit", "p-aaaa1111")
    assert answers.items() >= {
        "unit": "BP01", "officers": "CB012;CB045", "plot_id": "VH-27-014", "selection_mode": "score",
        "outcome": "rejected", "look_alike": "mustard_greens", "note": "nương dốc",
    }.items()  # fmt: skip
    assert answers["visited_at"].endswith("+07:00")
    assert answers["place"].startswith(f"{HERE['latitude']:.7f} {HERE['longitude']:.5f}")
    assert answers["visit_id"].startswith("V-BP01-20")
    assert not {"crop", "area_m2", "not_reached_reason"} & answers.keys()
    nav(page, "Chờ gửi")
    expect(page.locator(".record .receipt code")).to_have_text(
        "R-2026-00001-" + office.hand_ins[record["uuid"]]["content"][:8]
    )
    assert console == []
    assert page.evaluate("__reports") == []


@pytest.mark.slow
def test_walk_and_visit_take_at_most_twelve_taps(page, office):
    page.evaluate(
        "window.taps = 0; addEventListener('click', (e) => { if (e.isTrusted && e.detail) window.taps += 1; }, true)"
    )
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Bắt đầu đi tuần").click()
    write_visit(page)
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Kết thúc chuyến đi").click()
    wait_for_states(page, "received", "received")
    expect(page.locator("#head .recording-now")).to_have_count(0)
    assert 6 <= page.evaluate("window.taps") <= 12


@pytest.mark.slow
def test_T16_a_seized_phone_gives_nothing_away(office, phone):
    page = phone.switch_on()
    sign_in(page, office)
    open_page(page, office)
    office.stop()
    nav(page, "Tin báo")
    page.locator("[data-name=place] input").fill(f"đầu suối {CANARY}")
    page.locator(".more summary").click()
    page.locator("[data-name=source] textarea").fill(CANARY)
    page.get_by_role("button", name="Niêm phong và lưu").click()
    page.wait_for_selector("#today-title")
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Bắt đầu đi tuần").click()
    for step in range(22):
        phone.context.set_geolocation({"latitude": 21.4271828 + step * 1e-4, "longitude": 103.3141592, "accuracy": 5})
        page.wait_for_function("(n) => phone.walk.track?.count > n", arg=step)
    page.evaluate("phone.walk.track.flush()")  # the minute is over
    until(page, "async () => (await phone.queue.list()).some((one) => one.state === 'recording' && one.files.length)")
    rows = page.evaluate(STORES)
    assert {row["store"] for row in rows} == {"records", "sealed", "settings"}
    sealed = [blob for row in rows for blob in row["blobs"]]
    assert len(sealed) == 2
    assert all(blob.startswith("age-encryption.org/v1") for blob in sealed)
    told = "\n".join(row["row"] for row in rows) + "".join(sealed)
    for secret in (CANARY, "21.427", "103.314", "AGE-SECRET-KEY"):
        assert secret not in told
    kill(phone)
    # Also what the browser itself writes: its sessions, caches, histories.
    secrets = [form for text in (CANARY, "21.4271", "103.3141") for form in (text.encode(), text.encode("utf-16-le"))]
    files = [path for path in phone.profile.rglob("*") if path.is_file()]
    assert any("IndexedDB" in str(path) for path in files)
    assert [path for path in files if any(secret in path.read_bytes() for secret in secrets)] == []
    assert any(b"VH-27-014" in path.read_bytes() for path in files), "what is kept in the clear would have been found"


def kill(phone: Phone) -> None:
    """Kill the browser as a dead battery does."""
    found = subprocess.run(
        ["pgrep", "-f", f"--user-data-dir={phone.profile}"], capture_output=True, text=True, check=False
    )
    subprocess.run(["kill", "-9", *found.stdout.split()], check=False)
    try:
        phone.switch_off()
    except Exception:
        phone.context = None
    for lock in phone.profile.glob("Singleton*"):
        lock.unlink()


@pytest.mark.slow
def test_T17_written_without_a_network_and_killed_all_arrives_later(office, phone):
    page = phone.switch_on()
    sign_in(page, office)
    open_page(page, office)
    office.stop()
    write_visit(page)
    nav(page, "Đi tuần")
    page.get_by_role("button", name="Bắt đầu đi tuần").click()
    for step in range(45):
        phone.context.set_geolocation(HERE | {"latitude": HERE["latitude"] + step * 1e-4})
        page.wait_for_function("(n) => phone.walk.track?.count > n", arg=step)
        if step in (19, 39):
            page.evaluate("phone.walk.track.flush()")  # a minute is over
    until(
        page,
        "async () => (await phone.queue.list()).some((one) => one.state === 'recording' && one.files.length === 2)",
    )
    kill(phone)

    page = phone.switch_on()
    page.goto(f"{office.url}/phone")  # without a server: the page, the list and the forms are kept
    page.wait_for_selector(".stop")
    wait_for_states(page, "waiting", "waiting")
    office.start()
    nav(page, "Chờ gửi")
    page.get_by_role("button", name="Gửi ngay").click()
    wait_for_states(page, "received", "received")
    track, visit = sorted(office.records(), key=lambda record: record["kind"])
    assert visit["answers"]["outcome"] == "rejected"
    assert (track["purpose"], track["interrupted"], [file["name"] for file in track["files"]]) == (
        "walk",
        True,
        ["track-0001.csv", "track-0002.csv"],
    )
    rows = [row for piece in office.opened(track["uuid"])[1:] for row in csv.DictReader(io.StringIO(piece.decode()))]
    assert 40 <= len(rows) <= 42, "at most one piece is lost"
    assert list(rows[0]) == ["time", "lon", "lat", "accuracy", "altitude", "speed"]
    assert rows[0]["time"].endswith("Z")
    north = [float(row["lat"]) for row in rows]
    assert north == sorted(north)
    # The receiver tells its first position once or twice, as it likes.
    assert north[-1] - north[0] == pytest.approx(38.5e-4, abs=0.6e-4)


@pytest.mark.slow
def test_two_persons_on_one_handset_see_send_and_delete_only_their_own(page, office):
    office.faults.append(lambda desk: desk.command in ("PATCH", "POST") and refuse(desk, 503))
    write_visit(page)
    wait_for_states(page, "waiting")
    (first,) = page.evaluate("async () => (await phone.queue.list()).map((one) => one.uuid)")
    office.faults.clear()

    sign_in(page, office, "p-bbbb2222")
    open_page(page, office)
    expect(page.locator("#head .person")).to_have_text("BP01 · ten-bbbb")
    write_visit(page)
    wait_for_states(page, "received")
    nav(page, "Chờ gửi")
    expect(page.locator(".record")).to_have_count(1)
    expect(page.get_by_text("Bản ghi của ten-aaaa chờ trong máy này")).to_contain_text(": 1")
    page.get_by_role("button", name="Gửi ngay").click()
    for act in ("get", "remove", "bytes", "received"):
        assert (
            page.evaluate(
                f"(uuid) => phone.queue.{act}(uuid, {{ uuid }}).then(() => 'done', (e) => e.constructor.name)", first
            )
            == "NotYours"
        )
    assert [record["person"] for record in office.records()] == ["p-bbbb2222"]
    assert first not in office.hand_ins

    sign_in(page, office, "p-aaaa1111")
    open_page(page, office)
    page.evaluate("phone.sendNow(true)")
    wait_for_states(page, "received")
    assert sorted(record["person"] for record in office.records()) == ["p-aaaa1111", "p-bbbb2222"]
    assert office.hand_ins[first]["person"] == "p-aaaa1111"


def refuse(desk: Desk, status: int, kind: str = "", **headers: str) -> bool:
    desk.read()
    desk.answer(status, {"error": {"kind": kind or f"http_{status}", "message": kind}}, **headers)
    return True


@pytest.mark.slow
def test_somebody_who_signs_in_in_another_tab_does_not_get_the_records(page, office):
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))
    write_visit(page)
    wait_for_states(page, "waiting")
    office.faults.clear()
    page.evaluate("fetch('/signin/p-bbbb2222').then((r) => r.text())")
    page.evaluate("phone.sender.round({ all: true })")
    assert page.evaluate("phone.sender.halted") == "other_person"
    assert states(page) == ["waiting"]
    assert office.hand_ins == {}


@pytest.mark.slow
def test_T4_other_content_under_one_number_is_a_conflict_and_both_are_kept(page, office):
    office.stop()
    write_visit(page)
    (uuid,) = page.evaluate("async () => (await phone.queue.list()).map((one) => one.uuid)")
    office.hand_ins[uuid] = {
        "person": "p-aaaa1111",
        "content": "other",
        "files": [],
        "receipt": {"number": "R-2026-00001-other", "uuid": uuid},
    }
    office.start()
    page.evaluate("phone.sendNow(true)")
    wait_for_states(page, "conflict")
    nav(page, "Chờ gửi")
    expect(page.locator(".record.red .state")).to_contain_text("khác bản trên máy chủ")
    assert (
        page.evaluate(
            "async (uuid) => (await phone.queue.bytes(uuid, (await phone.queue.get(uuid)).files[0].sha256)).size",
            uuid,
        )
        > 0
    )
    assert (
        page.evaluate("(uuid) => phone.queue.remove(uuid).then(() => 'done', (e) => e.constructor.name)", uuid)
        == "NoReceipt"
    )


@pytest.mark.slow
def test_T4_files_that_the_server_lost_are_sent_again(page, office):
    lost: list[int] = []

    def lose(desk: Desk) -> bool:
        if desk.command == "POST" and not lost:
            lost.append(len(office.whole))
            office.whole.clear()
        return False

    office.faults.append(lose)
    write_visit(page)
    wait_for_states(page, "received")
    assert lost == [1]
    assert office.records()[0]["answers"]["outcome"] == "rejected"


@pytest.mark.slow
def test_T4_a_wrong_offset_a_cut_and_a_damaged_file_are_mended(page, office):
    done: set[str] = set()

    def trouble(desk: Desk) -> bool:
        if desk.command != "PATCH":
            return False
        key = tuple(desk.path.split("/")[3::2])
        if "cut" not in done:  # half of it arrives, then the line is dead
            done.add("cut")
            body = desk.read()
            office.parts[key] = bytearray(body[: len(body) // 2])
            desk.close_connection = True
            desk.connection.close()
            return True
        if "offset" not in done:  # the server knows more than the phone thinks
            done.add("offset")
            desk.read()
            desk.answer(409, {"error": {"kind": "wrong_offset"}}, Upload_Offset=str(len(office.parts[key]) - 7))
            del office.parts[key][-7:]
            return True
        if "damage" not in done:
            done.add("damage")
            office.parts[key][0] ^= 1
        return False

    office.faults.append(trouble)
    write_visit(page)
    until(
        page,
        "() => phone.sender.round({ all: true }).then(() => phone.queue.list()).then(([r]) => r.state === 'received')",
    )
    assert done == {"cut", "offset", "damage"}
    assert office.records()[0]["answers"]["look_alike"] == "mustard_greens"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "kind", "state", "reason"),
    [
        (507, "disk_full", "waiting", "server_full"),
        (401, "not_signed_in", "waiting", "sign_in"),
        (413, "too_large", "refused", "too_large"),
    ],
)
def test_answers_that_are_no_receipt_delete_nothing(page, office, status, kind, state, reason):
    office.faults.append(lambda desk: desk.command == "POST" and refuse(desk, status, kind))
    write_visit(page)
    until(
        page,
        "async (state) => { const [one] = await phone.queue.list(); return one?.state === state && one.reason; }",
        state,
    )
    (record,) = page.evaluate("phone.queue.list()")
    assert record["reason"] == reason
    assert len([row for row in page.evaluate(STORES) if row["store"] == "sealed"]) == 1
    office.faults.clear()
    page.evaluate("async (uuid) => phone.queue.change(uuid, (one) => { one.state = 'waiting'; })", record["uuid"])
    page.evaluate("phone.sendNow(true)")
    wait_for_states(page, "received")
    assert [row for row in page.evaluate(STORES) if row["store"] == "sealed"] == []


@pytest.mark.slow
def test_each_failed_try_waits_longer(page, office):
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))
    write_visit(page)
    waits = []
    for tries in range(1, 6):
        until(page, "async (n) => (await phone.queue.list())[0]?.tries === n", tries)
        (record,) = page.evaluate("phone.queue.list()")
        waits.append(record["next_try"] - time.time() * 1000)
        page.evaluate("phone.sender.round({ all: true })")
    assert waits[4] > 3 * waits[0]


@pytest.mark.slow
def test_photos_are_sealed_as_they_are_and_forgotten(page, office, tmp_path):
    photo = tmp_path / "IMG_Canary.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe1" + b"Exif-Canary" + bytes(300_000) + b"\xff\xd9")
    nav(page, "Hôm nay")
    page.locator(".stop").first.click()
    page.get_by_text("Đã kiểm tra – không phải").click()
    page.get_by_text("Cà phê").click()
    page.locator("[data-name=photo_before] input").set_input_files(str(photo))
    expect(page.locator("[data-name=photo_before] .said")).to_contain_text("Đã niêm phong ảnh")
    assert page.locator("[data-name=photo_before] input").evaluate("(input) => input.value") == ""
    stand(page)
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    wait_for_states(page, "received")
    (record,) = office.records()
    (described,) = record["files"]
    assert record["answers"]["photo_before"] == described["name"] == "photo_before.jpg"
    assert office.opened(record["uuid"])[1] == photo.read_bytes()


@pytest.mark.slow
def test_a_walked_boundary_fills_in_area_method_and_outline(page, office):
    nav(page, "Hôm nay")
    page.locator(".stop").first.click()
    page.get_by_text("Phát hiện", exact=True).click()
    page.get_by_text("Thuốc phiện").click()
    page.get_by_role("button", name="Đi quanh mép").click()
    stand(page, latitude=20.79, longitude=104.85, accuracy=4)
    page.get_by_role("button", name="Bắt đầu từ một góc").click()
    stand(page, latitude=20.79, longitude=104.85 + 1e-8, accuracy=4)
    ring = [
        (0, 0),
        (5, 0),
        (10, 0),
        (15, 0),
        (20, 0),
        (20, 6),
        (20, 12),
        (20, 20),
        (12, 20),
        (6, 20),
        (0, 20),
        (0, 12),
        (0, 6),
        (0, 3),
    ]
    for count, (east, north) in enumerate(ring, start=1):
        page.context.set_geolocation(
            {"latitude": 20.79 + north / 110_700, "longitude": 104.85 + east / 104_100, "accuracy": 4}
        )
        page.wait_for_function("(n) => phone.screens.boundary.fixes?.length >= n", arg=count)
    expect(page.locator(".said.good")).to_contain_text("Vòng đã khép")
    page.get_by_role("button", name="Đã đi hết vòng").click()
    page.get_by_role("button", name="Dùng diện tích này").click()
    expect(page.locator("[data-name=outline] .said")).to_contain_text("(95 %)")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    wait_for_states(page, "received", "received")
    track, visit = sorted(office.records(), key=lambda record: record["kind"])
    assert track["purpose"] == "boundary"
    assert float(visit["answers"]["area_m2"]) == pytest.approx(400, abs=25)
    assert visit["answers"]["area_method"] == "gps_track"
    corners = visit["answers"]["outline"].split(";")
    assert corners[0] == corners[-1]
    assert len(corners) >= len(ring)


@pytest.mark.slow
def test_a_form_that_lacks_something_says_so_and_keeps_nothing(page, office):
    nav(page, "Phiếu")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    expect(page.locator("[data-name=outcome] .wrong")).to_have_text("Cần điền câu này.")
    assert states(page) == []
    page.locator("[data-name=outcome] input[value=not_reached]").check()
    page.get_by_role("button", name="Niêm phong và lưu").click()
    expect(page.locator("[data-name=plot_text] .wrong")).to_be_visible()
    expect(page.locator("[data-name=place]")).to_be_hidden()


@pytest.mark.slow
def test_T17_the_bundle_carries_what_waits_sealed_and_deletes_nothing(page, office, tmp_path):
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))
    write_visit(page, CANARY)
    wait_for_states(page, "waiting")
    nav(page, "Chờ gửi")
    with page.expect_download() as started:
        page.get_by_role("button", name="Xuất ra tệp").click()
    file = Path(started.value.path())
    with zipfile.ZipFile(file) as bundle:
        (line,) = bundle.read("manifest.json").decode().splitlines()
        manifest = json.loads(line)
        assert sorted(bundle.namelist()) == sorted(["manifest.json", *(one["path"] for one in manifest["files"])])
        record = json.loads(pyrage.decrypt(bundle.read(manifest["files"][0]["path"]), [office.identity]))
    assert (record["uuid"], record["answers"]["note"]) == (manifest["uuid"], CANARY)
    assert CANARY.encode() not in file.read_bytes()
    assert states(page) == ["waiting"]


@pytest.mark.slow
def test_T17_a_nearly_full_phone_says_so(page, office):
    page.evaluate("() => { navigator.storage.estimate = async () => ({ usage: 900e6, quota: 1000e6 }); }")
    nav(page, "Chờ gửi")
    expect(page.locator("meter")).to_have_attribute("value", "0.900")
    expect(page.locator(".meter .warning")).to_contain_text("Máy sắp đầy")


@pytest.mark.slow
def test_T17_a_record_that_does_not_fit_stays_on_the_screen(page, office):
    page.evaluate("() => { phone.queue.add = async () => { throw new DOMException('full', 'QuotaExceededError'); }; }")
    nav(page, "Hôm nay")
    page.locator(".stop").first.click()
    page.get_by_text("Đã kiểm tra – không phải").click()
    page.get_by_text("Rau cải").click()
    stand(page)
    expect(page.locator("[data-name=place] .said")).to_have_class("said good")
    page.get_by_role("button", name="Niêm phong và lưu").click()
    expect(page.locator("#toast")).to_contain_text("Máy đầy")
    expect(page.locator("[data-name=outcome] input:checked")).to_have_count(1)


@pytest.mark.slow
def test_whoever_signs_out_leaves_no_places_but_what_waits(page, office):
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))
    write_visit(page)
    wait_for_states(page, "waiting")
    nav(page, "Chờ gửi")
    page.get_by_role("button", name="Đăng xuất khỏi máy này").click()
    page.wait_for_url("**/signin?next=/phone")
    assert office.asked["POST /signout"] == 1
    assert "eradication-today" not in page.evaluate("caches.keys()")
    assert len([row for row in page.evaluate(STORES) if row["store"] == "sealed"]) == 1


@pytest.mark.slow
def test_T34_the_list_leaves_the_phone_when_its_time_is_over_and_writing_goes_on(page, office):
    assert page.evaluate("caches.has('eradication-today')")
    page.evaluate("phone.today.expires_at = '2020-01-01T00:00:00Z'; phone.dropExpired()")
    page.wait_for_selector(".warning")
    assert not page.evaluate("caches.has('eradication-today')")
    assert page.locator(".stop").count() == 0
    nav(page, "Phiếu")
    expect(page.locator(".known summary")).to_contain_text("BP01")


@pytest.mark.slow
def test_T16_a_revoked_phone_drops_the_list_and_the_map_and_keeps_what_waits(page, office):
    office.packs = {"vector.pmtiles": b"PMTiles-canary"}
    page.evaluate("import('/static/phone/map.js').then((map) => map.fetchPack('vi'))")
    assert page.evaluate("caches.has('eradication-map')")
    office.faults.append(lambda desk: desk.command == "PATCH" and refuse(desk, 503))
    write_visit(page)
    wait_for_states(page, "waiting")
    office.revoked = True
    page.evaluate("phone.renew().then(() => phone.go('today'))")
    expect(page.locator(".warning")).to_contain_text("không còn quyền")
    assert page.evaluate("caches.keys().then((names) => names.filter((name) => !name.includes('shell')))") == []
    assert states(page) == ["waiting"]


@pytest.mark.slow
def test_of_the_servers_answers_only_the_list_is_kept(page, office):
    write_visit(page)
    wait_for_states(page, "received")
    kept = page.evaluate(KEPT)
    assert [path for path in kept if path.startswith("/api/")] == ["/api/phone/today"]
    assert not [path for path in kept if path.startswith("/signin")]


@pytest.mark.slow
def test_the_language_changes_without_a_network(page, office):
    office.stop()
    page.get_by_role("button", name="EN – English").click()
    expect(page.locator("h1")).to_have_text("Today's places")
    nav(page, "Forms")
    expect(page.locator("[data-name=outcome] legend")).to_have_text("Outcome")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_passes_axe_and_fits_360_pixels(page, office, language):
    from eradication.web.frontend.install import SHELF

    if language == "en":
        page.get_by_role("button", name="EN – English").click()
    page.evaluate(
        (SHELF.testing / "axe.min.js").read_text("utf-8")
    )  # by the debugger: the page's policy stays as it is
    for at in range(5):
        page.locator("#nav button").nth(at).click()
        if at == 3:
            page.get_by_role("dialog").get_by_role("button").last.click()  # the form that was begun is thrown away
        page.wait_for_selector("main h1")
        if at == 2:
            page.locator("[data-name=outcome] input[value=detected]").check()
        found = page.evaluate(
            "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
        )
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(SMALL) == []

"""The pictures of the telephone in the guides, taken on a real server and a real Chromium of a telephone's size.

Run as a program it serves a copy of a demonstration and writes ``docs/phone-*.png``, each 360 pixels wide::

    python tests/e2e/phone_pictures.py demo docs

What they show is simulated, as the demonstration is; where the telephone walks, the test's hand leads it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from math import cos, pi, radians, sin
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # as a program it stands in no package

import served  # noqa: E402 - after the path
from e2e.browser import executable  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import BrowserContext, Error, Page, sync_playwright  # noqa: E402

LOGIN, UNIT, PASSWORD = "tuan-tra", "BP01", "bốn từ không liên quan"
SIZE = {"width": 360, "height": 740}
MOST_BYTES, COLOURS = 120_000, 96
HERE = (104.8486, 20.7934)
"""Where the telephone is: longitude, latitude; the simulated post."""
FLAGS = (
    *("--no-sandbox", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
)
PATIENCE_MS = 40_000
TAKEN_NUMBER = "6d0f2f3c-55a1-4c6e-9c52-0d5f3b1f7a10"


class Guide:
    """Takes the pictures of one telephone, one after the other."""

    def __init__(self, context: BrowserContext, page: Page, address: str, out: Path) -> None:
        self.context, self.page, self.address, self.out = context, page, address, out
        self.taken: list[str] = []

    def picture(self, name: str, *, whole: bool = False) -> None:
        """Write what is to be seen, or the whole page, with as few colours as look the same."""
        self.page.locator("#toast:not([hidden]), .toast").last.wait_for(
            state="hidden"
        )  # what was just said is in the way
        shot = Image.open(BytesIO(self._shot(whole))).convert("RGB")
        file = self.out / f"phone-{name}.png"
        shot.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
        if shot.width != SIZE["width"] or file.stat().st_size > MOST_BYTES:
            raise RuntimeError(f"{file.name}: {shot.width} px wide, {file.stat().st_size} bytes")
        self.taken.append(file.name)

    def _shot(self, whole: bool) -> bytes:
        try:
            return self.page.screenshot(full_page=whole)
        except Error:  # a busy machine draws the second time
            return self.page.screenshot(full_page=whole)

    def goto(self, path: str) -> None:
        self.page.goto(self.address + path)

    def nav(self, number: int) -> None:
        """Tap a tab of the telephone's page: list, walk, forms, tip, queue."""
        self.page.locator("#nav button").nth(number).click()

    def choose(self, code: str) -> None:
        self.page.locator(f".choice:has(input[value='{code}'])").click()

    def other_language(self) -> None:
        self.page.locator("#head .language").click()
        self.page.wait_for_timeout(3000)

    def stand(self, east: float, north: float, accuracy: float = 4.0) -> None:
        """Carry the telephone to so many metres from where it was at first."""
        lon = HERE[0] + east / (111_320 * cos(radians(HERE[1])))
        self.context.set_geolocation({"longitude": lon, "latitude": HERE[1] + north / 110_700, "accuracy": accuracy})

    def until(self, script: str, of: object = None) -> None:
        """Wait until a script, which may take its time, says yes."""
        for _ in range(PATIENCE_MS // 100):
            if self.page.evaluate(script, of):
                return
            self.page.wait_for_timeout(100)
        raise TimeoutError(script)

    def settled(self, *states: str) -> None:
        """Wait until the records of the queue are in these states, in any order."""
        script = "async (w) => JSON.stringify((await phone.queue.list()).map((one) => one.state).sort()) === w"
        self.until(script, json.dumps(sorted(states), separators=(",", ":")))


def signing_in(guide: Guide, invitation: str) -> None:
    guide.goto(f"/signin?invite={invitation}&lang=vi")
    guide.picture("invited")
    guide.page.locator("input[type=password]").fill(PASSWORD)
    guide.page.locator("button").first.click()
    guide.page.wait_for_url(f"{guide.address}/")
    guide.page.get_by_role("button", name="Đăng xuất").click()
    guide.page.locator("#login").fill(LOGIN)
    guide.page.locator("#password").fill(PASSWORD)
    guide.page.locator("form button").first.click()
    guide.page.wait_for_url(f"{guide.address}/")


def list_and_map(guide: Guide) -> None:
    guide.goto("/phone")
    guide.page.wait_for_selector(".stop")
    guide.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    guide.page.locator(".pack button").click()
    guide.until("() => document.querySelector('.pack span')?.textContent.includes('B')")
    guide.page.wait_for_timeout(3000)  # the map shows all places first
    look_closer(guide)
    guide.picture("today")
    in_english(guide, "today", look_closer)


def look_closer(guide: Guide) -> None:
    guide.until("() => phone.current.map?.map?.loaded()")
    guide.page.evaluate("phone.current.map.map.jumpTo({ center: [104.8545, 20.7942], zoom: 16.2 })")
    guide.page.wait_for_timeout(2000)


def in_english(guide: Guide, name: str, prepare: Callable[[Guide], None] = lambda guide: None) -> None:
    """Take the same picture once more in English, and go back."""
    guide.other_language()
    prepare(guide)
    guide.picture(f"{name}-en")
    guide.other_language()


def walking(guide: Guide) -> None:
    guide.nav(1)
    guide.page.locator(".main-button").click()
    for step in range(25):
        guide.stand(step * 14.0, 40 * sin(step / 6), 5.0)
        guide.until("(n) => phone.walk.track?.count > n", step)
    guide.picture("walk")
    guide.page.locator(".stop-button").click()
    guide.settled("received")


def boundary(guide: Guide) -> None:
    guide.page.locator(".wide-button").first.click()
    for wide in (1.0, 1.02):
        corners = [(22 * wide * cos(turn), 17 * wide * sin(turn)) for turn in (2 * pi * k / 32 for k in range(33))]
        guide.stand(*corners[0])
        guide.page.wait_for_timeout(500)
        guide.page.locator(
            "section button", has_text="Bắt đầu từ một góc" if wide == 1.0 else "Đi thêm một vòng"
        ).click()
        for count, (east, north) in enumerate(corners):
            guide.stand(east + 0.01 * count, north)  # where nothing changes, nothing is told
            guide.until("(n) => phone.current.fixes?.length > n", count)
        guide.page.locator(".stop-button").click()
    guide.picture("boundary")
    guide.page.locator("section button.quiet").last.click()


def visit(guide: Guide, number: int, name: str) -> None:
    """Check a place of the list: it was something else."""
    guide.page.locator(".stop").nth(number).click()
    guide.choose("rejected")
    guide.choose("mustard_greens")
    guide.until("() => document.querySelector('[data-name=place] .said')?.classList.contains('good')")
    guide.page.evaluate("scrollTo(0, 0)")
    guide.picture(name)
    keep(guide)


def keep(guide: Guide) -> None:
    guide.page.locator(".main-button").click()
    guide.page.wait_for_selector("#today-title")


def tip(guide: Guide) -> None:
    """Write down a tip; its number is one under which the desk handed in something else."""
    guide.nav(3)
    guide.page.locator("[data-name=place] input").fill("đầu suối (mô phỏng)")
    guide.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    guide.picture("tip")
    guide.page.evaluate(f"window.own = crypto.randomUUID.bind(crypto); crypto.randomUUID = () => '{TAKEN_NUMBER}'")
    keep(guide)
    guide.page.evaluate("crypto.randomUUID = window.own")
    guide.settled("received", "received", "received", "received", "conflict")


def queue(guide: Guide) -> None:
    """Show green, red and a red bar: sent, waiting without a network, and a number with other content at the office."""
    guide.context.set_offline(True)
    guide.nav(0)
    guide.other_language()
    visit(guide, 1, "visit-en")
    guide.other_language()
    guide.nav(4)
    guide.settled("received", "received", "received", "received", "conflict", "waiting")
    guide.page.set_viewport_size({"width": SIZE["width"], "height": 980})
    guide.picture("queue")
    in_english(guide, "queue")
    guide.page.set_viewport_size(SIZE)
    guide.context.set_offline(False)


def at_the_desk(guide: Guide, folder: Path) -> None:
    guide.goto(f"/desk?uuid={TAKEN_NUMBER}")
    track = folder / "10-02.gpx"
    track.write_text(gpx())
    guide.page.locator("#file").set_input_files(track)
    guide.picture("desk")
    guide.page.locator("#drop").evaluate(f"(form) => {{ form.action = '/desk?uuid={TAKEN_NUMBER}'; }}")
    guide.page.locator("#drop button").click()
    guide.page.wait_for_url("**/hand-ins/**")
    guide.page.wait_for_selector(".state.good")  # the page asks again by itself
    guide.page.wait_for_load_state("networkidle")  # with the picture of the walk
    guide.picture("receipt", whole=True)


def gpx() -> str:
    """Return a simulated walk of this morning, 80 minutes."""
    began = datetime.now(UTC) - timedelta(hours=5)
    points = []
    for k in range(160):
        lon = HERE[0] + (350 * sin(k / 40)) / 104_000
        lat = HERE[1] + (k * 7 + 60 * sin(k / 9)) / 110_700 - 0.006
        when = f"{began + timedelta(seconds=30 * k):%Y-%m-%dT%H:%M:%SZ}"
        points.append(f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"><ele>900</ele><time>{when}</time></trkpt>')
    return f'<gpx version="1.1"><trk><name>Chuyến sáng (mô phỏng)</name><trkseg>{"".join(points)}</trkseg></trk></gpx>'


def paper(guide: Guide) -> None:
    guide.goto("/paper?form=eradication_visit")
    guide.page.wait_for_timeout(500)
    guide.picture("paper")


def account(guide: Guide) -> None:
    guide.goto("/account")
    guide.page.locator("#name").fill("điện thoại của đồn – ODK")
    guide.page.locator("form[action='/account/devices'] button").click()
    guide.page.wait_for_selector(".fresh")
    guide.picture("odk")


def steps(guide: Guide, invitation: str, folder: Path) -> Iterator[Callable[[], None]]:
    yield lambda: signing_in(guide, invitation)
    yield lambda: at_the_desk(guide, folder)
    yield lambda: list_and_map(guide)
    yield lambda: walking(guide)
    yield lambda: boundary(guide)
    yield lambda: guide.nav(0)
    yield lambda: visit(guide, 0, "visit")
    yield lambda: tip(guide)
    yield lambda: queue(guide)
    yield lambda: paper(guide)
    yield lambda: account(guide)


@contextmanager
def telephone(profile: Path, address: str, out: Path) -> Iterator[Guide]:
    program = executable()
    if program is None:
        raise RuntimeError("no Chromium found")
    with sync_playwright() as started:
        context = started.chromium.launch_persistent_context(
            str(profile), executable_path=program, args=list(FLAGS), viewport=SIZE, device_scale_factor=1,
            has_touch=True, is_mobile=True, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
            permissions=["geolocation"], geolocation={"longitude": HERE[0], "latitude": HERE[1], "accuracy": 5.0},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield Guide(context, context.pages[0], address, out)
        finally:
            context.close()


def invited(workspace: Path) -> str:
    """Let a patrol in and return its invitation."""
    command = [*served.PROGRAM, "--workspace", str(workspace), "--lang", "vi", "--json", "users", "add", LOGIN]
    command += ["--role", "patrol", "--unit", UNIT, "--officer-code", "CB012"]
    return str(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["invitation"])


def take(demo: Path, out: Path) -> list[str]:
    """Write all pictures and return their names; ``demo`` itself is left alone."""
    with tempfile.TemporaryDirectory(prefix="phone-pictures-") as name:
        folder = Path(name)
        workspace = folder / "demo"
        shutil.copytree(demo, workspace, ignore=shutil.ignore_patterns("reception.db*", "hand_ins"))
        invitation = invited(workspace)
        with served.running(workspace) as server, telephone(folder / "profile", server.address, out) as guide:
            for step in steps(guide, invitation, folder):
                step()
            return guide.taken


if __name__ == "__main__":
    for one in take(Path(sys.argv[1]), Path(sys.argv[2])):
        print(one)

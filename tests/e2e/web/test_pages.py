"""Every page and every screen of the phone: no serious fault by axe, nothing cut off, each control reached by keys.

Pictures of all of them at 360 pixels, in both languages, go to the folder that ``ERADICATION_PICTURES`` names.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e import phone_pictures
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from starlette.testclient import TestClient
from web import live, world
from web.live import Live
from web.world import World

from eradication.pipeline.reception import people, worker
from eradication.web import rights
from eradication.web.frontend.install import SHELF
from eradication.web.gate import COOKIE

LANGUAGES, WIDTHS = ("vi", "en"), (360, 1280)
WALK, SHEET, ODD, WRONG = (f"6d0f2f3c-55a1-4c6e-9c52-0d5f3b1f7a1{digit}" for digit in "0123")
NO_PAGES = re.compile(r"^/(api|static|vendor|openrosa)/|\.(svg|js|json|webmanifest)$|^/(metrics|healthz)$")
LON, LAT = world.GROUND[world.A]
AXE = (SHELF.testing / "axe.min.js").read_text("utf-8") if (SHELF.testing / "axe.min.js").is_file() else ""
FAULTS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => [one.id, one.nodes[0].html, one.nodes[0].failureSummary]);
}"""
CONTROLS = """() => {
  const groups = new Set();
  window.__wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((node) => !node.disabled && node.type !== 'hidden' && node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => !document.querySelector('dialog[open]') || node.closest('dialog[open]'))
    .filter((node) => node.type !== 'radio' || (!groups.has(node.name) && groups.add(node.name)));
  window.__reached = new Set();
  window.__dim = [];
  return window.__wanted.length;
}"""
"""What a key has to reach; of buttons that exclude one another one is enough, arrows lead to the others."""
FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body || node === document.documentElement) return;
  window.__reached.add(node.type === 'radio' ? node.name : node);
  const drawn = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const shows = [node, node.closest('label'), node.closest('.choice, .wide-button')].filter(Boolean);
  if (!shows.some(drawn)) window.__dim.push(node.outerHTML);
}"""
MISSED = """() => window.__wanted
  .filter((node) => !window.__reached.has(node.type === 'radio' ? node.name : node)).map((node) => node.outerHTML)"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright, program: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=program, args=[*phone_pictures.FLAGS])
    yield started
    started.close()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which something was handed in: a walk, a sheet of paper, and a file that nobody can read."""
    with world.built(tmp_path_factory.mktemp("pages")) as made:
        client = made.client("patrol_a")
        walk = world.gpx(world.A, made.clock.now, shift_m=11.0)
        hand_in(client, WALK, "10-02.gpx", walk)
        typed = {"uuid": SHEET, "unit": world.A, "officers": "CB012", "outcome": "rejected", "place": "20.8 104.7"}
        client.post("/paper", data={"form": "eradication_visit"} | typed)
        hand_in(client, ODD, "odd.gpx", "<gpx")
        worker.empty(made.place)
        hand_in(client, WRONG, "11-02.gpx", world.gpx(world.A, made.clock.now, shift_m=13.0))
        yield made


def hand_in(client: TestClient, uuid: str, name: str, content: str) -> None:
    answer = client.post(f"/desk?uuid={uuid}", files={"file": (name, content, "application/gpx+xml")})
    assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def served(here: World) -> Iterator[Live]:
    with live.served(here.app) as server:
        yield server


def pages(here: World) -> dict[str, tuple[str, str, str]]:
    """Name of a picture → route of the page, who looks at it, address."""
    plot = here.plots["found_A"]
    forms = {f"paper-{what}": ("/paper", "patrol_a", f"/paper?form=eradication_{what}") for what in ("visit", "eradication", "verification", "tip")}
    invitation = people.invite(here.place, "patrol_b")["invitation"]
    return forms | {
        "first": ("/", "patrol_a", "/"),
        "first-officer": ("/", "officer", "/"),
        "signin": ("/signin", "", "/signin"),
        "signin-invited": ("/signin", "", f"/signin?invite={invitation}"),
        "code": ("/signin/code", "half officer", "/signin/code"),
        "account": ("/account", "patrol_a", "/account"),
        "people": ("/people", "administrator", "/people"),
        "plots": ("/plots", "patrol_a", "/plots"),
        "plots-officer": ("/plots", "officer", "/plots"),
        "plots-auditor": ("/plots", "auditor", "/plots"),
        "plot": ("/plots/{plot_id}", "patrol_a", f"/plots/{plot}"),
        "ledger": ("/ledger", "officer", "/ledger"),
        "desk": ("/desk", "patrol_a", "/desk"),
        "hand-in-walk": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{WALK}"),
        "hand-in-sheet": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{SHEET}"),
        "hand-in-refused": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{ODD}"),
        "hand-in-waits": ("/hand-ins/{uuid}", "patrol_a", f"/hand-ins/{WRONG}"),
        "jobs": ("/jobs", "officer", "/jobs"),
        "jobs-administrator": ("/jobs", "administrator", "/jobs"),
        "nowhere": ("", "patrol_a", "/nowhere"),
        "forbidden": ("", "patrol_a", "/people"),
    }


def test_every_page_that_there_is_is_looked_at(here: World):
    routes = {path for method, path in rights.table() if method == "GET" and not NO_PAGES.search(path)}
    assert {route for route, _, _ in pages(here).values() if route} | {"/phone"} == routes


@dataclass
class Look:
    """One page after the other in one language and width."""

    language: str
    width: int
    folder: Path
    faults: list[str]
    keys: bool

    def at(self, page: Page, name: str) -> None:
        """Judge what is shown, and take its picture."""
        page.evaluate(AXE)
        self.faults += [f"{name} {self.language} {self.width}: {fault}" for fault in page.evaluate(FAULTS)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.faults.append(f"{name} {self.language}: {wide} px wide where {self.width} are")
        if self.width == WIDTHS[0]:
            page.screenshot(path=self.folder / f"{name}-{self.language}.png", full_page=True)
        if self.keys:
            self.faults += [f"{name}: {fault}" for fault in by_keys(page)]


def by_keys(page: Page) -> list[str]:
    """Go through a page with the tab key; return what is not reached, and what does not show that it is."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    for _ in range(page.evaluate(CONTROLS) + 6):
        page.keyboard.press("Tab")
        page.evaluate(FOCUSED)
    return [f"no key leads to {one}" for one in page.evaluate(MISSED)] + [
        f"not seen to be focused: {one}" for one in page.evaluate("window.__dim")
    ]


def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("ERADICATION_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def window(browser: Browser, here: World, served: Live, login: str, look: Look) -> Iterator[BrowserContext]:
    """A window of somebody who is signed in, whose clock is the office's."""
    size = {"width": look.width, "height": 740 if look.width < 600 else 800}
    settings: dict[str, Any] = {
        "viewport": size, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "permissions": ["geolocation"],
        "geolocation": {"longitude": LON, "latitude": LAT, "accuracy": 4.0}, "is_mobile": look.width < 600, "has_touch": look.width < 600,
    }  # fmt: skip
    with browser.new_context(**settings) as context:
        context.set_default_timeout(120_000)
        context.clock.set_system_time(here.clock.now)
        context.add_init_script(f"localStorage.language = '{look.language}'")
        if login:
            token = here.half(login[5:]).cookies[COOKIE] if login.startswith("half ") else here.token(login)
            told = {"name": COOKIE, "value": token, "url": served.url.replace("http:", "https:"), "secure": True}
            context.add_cookies([{**told, "httpOnly": True}])  # type: ignore[typeddict-item]
        yield context


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_has_a_serious_fault_or_is_cut_off(browser, here, served, tmp_path, language, width):
    look = Look(language, width, pictures(tmp_path), [], keys=language == "vi" and width == WIDTHS[0])
    said: list[str] = []
    of: dict[str, list[tuple[str, str]]] = {}
    for name, (_, login, address) in pages(here).items():
        of.setdefault(login, []).append((name, address))
    for login, addresses in of.items():
        with window(browser, here, served, login, look) as context:
            page = context.new_page()
            page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
            page.on("pageerror", lambda one: said.append(str(one)))
            for name, address in addresses:
                page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}lang={language}")
                look.at(page, name)
    assert look.faults == []
    assert [one for one in said if not re.search("status of 40[34]", one)] == []

"""Looks at a page as people do who do not see it well: by axe, by the tab key, and on a narrow screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from web import world
from web.live import Live
from web.world import World

from eradication.web.frontend.install import SHELF
from eradication.web.gate import COOKIE

LON, LAT = world.GROUND[world.A]
NARROW = 360
AXE = SHELF.testing / "axe.min.js"
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
        page.evaluate(AXE.read_text("utf-8"))
        self.faults += [f"{name} {self.language} {self.width}: {fault}" for fault in page.evaluate(FAULTS)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.faults.append(f"{name} {self.language}: {wide} px wide where {self.width} are")
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=self.folder / f"{name}-{self.language}-{self.width}.png", full_page=True)
        if self.keys:
            self.faults += [f"{name}: {fault}" for fault in by_keys(page)]


def by_keys(page: Page) -> list[str]:
    """Go through a page with the tab key; return what is not reached, and what does not show that it is."""
    for _ in range(3):
        page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
        for _ in range(2 * page.evaluate(CONTROLS) + 12):  # a time is several stops: day, month, …
            page.keyboard.press("Tab")
            page.evaluate(FOCUSED)
        if page.evaluate("window.__wanted.every((node) => node.isConnected)"):
            break  # else the page drew itself anew meanwhile, and what was looked for is gone
    return [f"no key leads to {one}" for one in page.evaluate(MISSED)] + [
        f"not seen to be focused: {one}" for one in page.evaluate("window.__dim")
    ]


@contextmanager
def window(browser: Browser, here: World, served: Live, login: str, look: Look) -> Iterator[BrowserContext]:
    """A window of somebody who is signed in, whose clock is the office's."""
    size = {"width": look.width, "height": 740 if look.width < 600 else 800}
    settings: dict[str, Any] = {
        "viewport": size, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "permissions": ["geolocation"],
        "geolocation": {"longitude": LON, "latitude": LAT, "accuracy": 4.0},
        "is_mobile": look.width < 600, "has_touch": look.width < 600,
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

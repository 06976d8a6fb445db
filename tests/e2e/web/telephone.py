"""A patrol's handset as a program of this machine: it is killed like one, and everything it asks and says is kept.

What a hand does is counted by the page itself: each touch, and each question that somebody answered by hand.
"""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from e2e import phone_pictures
from playwright.sync_api import BrowserContext, Error, Page, Playwright

COUNT = """
window.__reports = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.__reports.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
window.__taps = [];
window.__fields = [];
const named = (node) => (node.textContent || node.getAttribute('aria-label') || node.tagName).trim().slice(0, 40);
addEventListener('pointerdown', (e) => {
  if (e.isTrusted) window.__taps.push(named(e.target.closest('button, a, label, summary, input') || e.target));
}, true);
for (const kind of ['input', 'change']) addEventListener(kind, (e) => {
  const name = e.target.closest('[data-name]')?.dataset.name || e.target.name || e.target.id;
  if (e.isTrusted && !window.__fields.includes(name)) window.__fields.push(name);
}, true);
"""
"""Runs before any script of a page: what a policy forbids, what is touched, and what is answered by hand."""
SETTINGS: dict[str, Any] = {
    "viewport": phone_pictures.SIZE, "device_scale_factor": 1, "has_touch": True, "is_mobile": True,
    "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh", "permissions": ["geolocation"], "accept_downloads": True,
}  # fmt: skip
NOWHERE = "127.0.0.1:9"
SILENT = (
    f"--gaia-url=http://{NOWHERE}", f"--component-updater=url-source=http://{NOWHERE}/",
    "--disable-features=AutofillServerCommunication,PasswordLeakDetection,HttpsUpgrades,PaintHolding,OptimizationHints,"
    "NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,MediaRouter",
)  # fmt: skip
PREFERENCES = {
    "signin": {"allowed": False}, "profile": {"password_manager_leak_detection": False},
    "credentials_enable_service": False, "autofill": {"profile_enabled": False, "credit_card_enabled": False},
}  # fmt: skip
"""So that its log of the network holds what pages ask for, and not what a browser asks its maker by itself."""
OFFLINE = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
"""What the console says of an answer that did not come; that is what a day without a network is."""


class Telephone:
    """One handset; its profile outlives the browser that is killed."""

    def __init__(self, playwright: Playwright, program: str, folder: Path) -> None:
        self._playwright, self._program = playwright, program
        self.profile = folder / "profile"
        (self.profile / "Default").mkdir(parents=True)
        (self.profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES))
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        self._started = 0
        self.console: list[str] = []
        self.context: BrowserContext | None = None

    def switch_on(self, longitude: float, latitude: float, *, offline: bool = False) -> Page:
        """Start the browser where the patrol stands."""
        self._started += 1
        log = self._logs / f"{self._started}.json"
        place = {"longitude": longitude, "latitude": latitude, "accuracy": 4.0}
        self.context = self._playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=self._program,
            args=[*phone_pictures.FLAGS, *SILENT, f"--log-net-log={log}"],
            geolocation=place,
            offline=offline,
            **SETTINGS,
        )
        self.context.set_default_timeout(phone_pictures.PATIENCE_MS)
        self.context.add_init_script(COUNT)
        self.context.on("page", self._listen)
        for page in self.context.pages:
            self._listen(page)
        return self.context.pages[0]

    def _listen(self, page: Page) -> None:
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not OFFLINE.search(text):
            self.console.append(text)

    def kill(self) -> None:
        """Take the battery out: the browser's processes end at once and tidy nothing up."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.switch_off()

    def _processes(self) -> Iterator[int]:
        """Browsers, not their helpers, that work on this profile: those are ours."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    helper = any(one.startswith("--type=") for one in words)
                    if f"--user-data-dir={self.profile}" in words and not helper:
                        yield int(entry.name)

    def switch_off(self) -> None:
        """End the browser."""
        if self.context:
            with suppress(Error):
                self.context.close()
            self.context = None

    def asked(self) -> set[str]:
        """Return host and port of everything that the browsers asked for, by their own logs of the network."""
        logs = "".join(log.read_text(errors="replace") for log in self._logs.iterdir())
        return set(re.findall(r'"url":"(?:https?|wss?)://([^/"]+)', logs)) - {NOWHERE}

    def find(self, words: list[str | bytes]) -> list[tuple[str, str]]:
        """Return where in the profile one of these is written, as UTF-8, UTF-16, or as it is."""
        wanted = [
            (str(word), form)
            for word in words
            for form in ([word.encode(), word.encode("utf-16-le")] if isinstance(word, str) else [word])
        ]
        found = []
        for path in self.profile.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                found += [(str(path.relative_to(self.profile)), word) for word, form in wanted if form in content]
        return found


@contextmanager
def handset(playwright: Playwright, program: str, folder: Path) -> Iterator[Telephone]:
    """A handset that is switched off at the end, however that comes."""
    telephone = Telephone(playwright, program, folder)
    try:
        yield telephone
    finally:
        telephone.switch_off()

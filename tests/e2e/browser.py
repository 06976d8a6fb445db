"""A real Chromium, driven over its debugging protocol: what a page asks for, reports, logs and looks like.

Run as a program it takes the picture for the README::

    python tests/e2e/browser.py demo/map.html docs/map.png 1200 800
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from websocket import WebSocket, WebSocketTimeoutException, create_connection

ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
"""A browser that knows no other computer: what it would ask its maker by itself stays here too."""
FLAGS = (
    "--headless",
    ALONE,
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)

# Runs before any script of the page: what a policy forbids is reported as an event on the document.
_WATCH = """
window.__reports = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.__reports.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));
window.__hit = [];
"""


def executable() -> str | None:
    """Return the path of a Chromium, or ``None``."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


class Page:
    """One tab: navigates, and keeps everything the page did."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._number = 0
        self._loaded = False
        self.requests: list[str] = []
        self.console: list[str] = []
        self.dialogs: list[str] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer, taking in events on the way."""
        self._number += 1
        number = self._number
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._take(message)

    def _take(self, event: dict[str, Any]) -> None:
        kind, params = event.get("method"), event.get("params", {})
        if kind == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif kind == "Runtime.exceptionThrown":
            self.console.append(json.dumps(params["exceptionDetails"])[:400])
        elif kind == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.console.append(json.dumps(params["args"])[:400])
        elif kind == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.console.append(params["entry"]["text"])
        elif kind == "Page.loadEventFired":
            self._loaded = True
        elif kind == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
            self._number += 1
            answer = {"id": self._number, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}}
            self._socket.send(json.dumps(answer))

    def settle(self, seconds: float = 0.15) -> None:
        """Take in events until none came for ``seconds``."""
        self._socket.settimeout(seconds)
        try:
            while True:
                self._take(json.loads(self._socket.recv()))
        except WebSocketTimeoutException:
            pass
        finally:
            self._socket.settimeout(20)

    def open(self, path: Path, width: int = 1200, height: int = 800) -> "Page":
        """Load a file of this machine in a window of the given size and forget what was there before."""
        self.requests, self.console, self.dialogs, self._loaded = [], [], [], False
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 640
        )
        self.call("Page.navigate", url=path.resolve().as_uri())
        deadline = time.monotonic() + 20
        while not self._loaded:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} did not load")
            self._take(json.loads(self._socket.recv()))
        self.settle(0.06)
        return self

    def evaluate(self, script: str) -> Any:
        """Return the JSON value of an expression."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:400])
        return result["result"].get("value")

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    @property
    def reports(self) -> list[str]:
        """Violations of the page's Content-Security-Policy."""
        return self.evaluate("window.__reports")

    @property
    def outside(self) -> list[str]:
        """Addresses asked for other than the page itself and data in it."""
        return [url for url in self.requests if not url.startswith(("file://", "data:"))]

    def picture(self, path: Path) -> None:
        """Write what is to be seen as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self, path: Path) -> None:
        """Write the page as it prints."""
        printed = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(printed["data"]))


class Browser:
    """One Chromium process with a profile of its own that is thrown away."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        command = [program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)
        self._profile.cleanup()

    def _port_and_path(self) -> tuple[str, str]:
        file = Path(self._profile.name, "DevToolsActivePort")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if file.exists() and len(lines := file.read_text().split()) == 2:
                return lines[0], lines[1]
            time.sleep(0.05)
        raise TimeoutError("Chromium did not start")

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Open a tab and listen to everything it does."""
        port, path = self._port_and_path()
        main = create_connection(f"ws://127.0.0.1:{port}{path}", timeout=20)
        main.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
        target = json.loads(main.recv())["result"]["targetId"]
        socket = create_connection(f"ws://127.0.0.1:{port}/devtools/page/{target}", timeout=20)
        try:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Network", "Log"):
                page.call(f"{domain}.enable")
            page.call("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
            yield page
        finally:
            socket.close()
            main.close()


def take_picture(html: Path, png: Path, width: int = 1200, height: int = 800) -> None:
    """Write a picture of an HTML file.

    Raises:
        RuntimeError: if there is no Chromium, or the page asked for anything outside or logged an error.
    """
    program = executable()
    if program is None:
        raise RuntimeError("no Chromium found")
    with Browser(program) as browser, browser.page() as page:
        page.open(html, width, height)
        if page.outside or page.console:
            raise RuntimeError(f"not a clean page: {page.outside + page.console}")
        page.picture(png)


if __name__ == "__main__":
    take_picture(Path(sys.argv[1]), Path(sys.argv[2]), *(int(size) for size in sys.argv[3:5]))

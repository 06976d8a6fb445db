"""A real STAC API on loopback: the server inside ``rustac``, with items given by the test.

It holds the items in memory and answers ``/``, ``/collections``, ``/collections/…/items`` and ``/search`` by GET and
POST with ``limit``, ``bbox``, ``intersects``, ``datetime``, ``collections`` and ``ids``; further pages by ``next``
links (``skip``). It does not sort: ``sortby`` is accepted and ignored, and its conformance does not claim it.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_S = 30.0
TRIES = 5
"""A free port may be taken between its finding and its use."""


class NotStarted(RuntimeError):
    """The server cannot run here; the text says why."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _program() -> Path:
    program = Path(sys.executable).parent / "rustac"
    if not program.is_file():
        raise NotStarted(f"there is no {program}: the package rustac brings it")
    return program


@contextmanager
def running_rustac(documents: Sequence[dict[str, Any]], folder: Path) -> Iterator[str]:
    """Run the server of ``rustac`` with items; yield its address.

    Args:
        documents: STAC items with absolute hrefs; collections are made for them.
        folder: where the item collection and the log are written.

    Raises:
        NotStarted: it is not installed or did not come up.
    """
    items = folder / "served-items.json"
    items.write_text(json.dumps({"type": "FeatureCollection", "features": list(documents)}))
    log = folder / "rustac.log"
    for _ in range(TRIES):
        address = f"127.0.0.1:{_free_port()}"
        with log.open("wb") as output:
            command = [str(_program()), "serve", "--addr", address, "--create-collections", str(items)]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            if _comes_up(process, f"http://{address}/"):
                yield f"http://{address}"
                return
        finally:
            process.terminate()
            process.wait(30)
    raise NotStarted(f"rustac serve ended {TRIES} times: {log.read_text(errors='replace')[-500:]}")


def _comes_up(process: "subprocess.Popen[bytes]", url: str) -> bool:
    for _ in range(round(START_S / 0.02)):
        if process.poll() is not None:
            return False
        if _answers(url):
            return True
        time.sleep(0.02)
    return False

"""``eradication serve`` as its own program on a free port of this computer, as whoever reads the guides starts it.

::

    with served.running(folder) as server:
        urllib.request.urlopen(server.address + "/healthz")
        server.told["administrator_link"]
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-c", "import sys; from eradication.cli import main; sys.exit(main())"]
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    address: str
    told: dict[str, Any]
    """What the command said, as JSON."""
    process: subprocess.Popen[bytes]
    log: Path
    """What it writes to stderr."""

    def healthy(self) -> bool:
        """Whether it says that it is well; a certificate is checked by who has the authority, not here."""
        unchecked = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5, context=unchecked) as answer:
                return json.load(answer) == {"ok": True}
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, options: Sequence[str] = (), port: int = 0) -> Iterator[Server]:
    """Serve a workspace until the block is left; without ``port`` on a free one, whatever ``options`` say."""
    command = [*PROGRAM, "--workspace", str(folder), "--json", "serve", *options, "--port", str(port or free_port())]
    with tempfile.TemporaryDirectory() as aside:
        out, log = Path(aside, "out"), Path(aside, "log")
        with out.open("wb") as said, log.open("wb") as logged:
            process = subprocess.Popen(command, stdout=said, stderr=logged, env=os.environ, start_new_session=True)
        try:
            server = _answering(process, out, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answering(process: subprocess.Popen[bytes], out: Path, log: Path) -> Server:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"serve ended with {process.returncode}: {log.read_text()[-2000:]}")
        if out.read_bytes().strip():
            told = json.loads(out.read_text())
            server = Server(told["address"], told, process, log)
            if server.healthy():
                return server
        time.sleep(0.1)
    raise RuntimeError(f"serve does not answer: {log.read_text()[-2000:]}")

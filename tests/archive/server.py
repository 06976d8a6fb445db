"""A file server on loopback that does to its clients what archives do: refuse, stall, cut, redirect, lie.

Honest by default: HEAD and GET with one byte range (206, ``Content-Range``), strong ETags, ``If-Range``, ``If-Match``
and ``If-None-Match``, keep-alive. Faults are scripted by path::

    with FileServer(folder) as server:
        server.fault("*_red.tif", refuse(503, retry_after=1), times=2)  # the first two requests of each such file
        server.fault("/a/a_scl.tif", stall(after=100))
        ...
        assert server.requests("*_red.tif") == 3

The clock is never asked: what happens depends on the number of the request, so a script gives the same story each time.
Only what a client received in full is surely counted; of an answer cut by the client a little more may have been sent.
"""

import fnmatch
import json
import select
import socket
import struct
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from archive.answers import Answer, Content, Fault, Request, forwarded, plain, ranged

TICK_S = 0.02
"""How often a slow or stalled answer looks whether it should go on."""


@dataclass(frozen=True)
class Seen:
    """One request in the server's log."""

    method: str
    path: str
    query: dict[str, str]
    range: str | None
    status: int
    fault: bool
    """Did a fault change the answer?"""


@dataclass
class _Script:
    pattern: str
    change: Fault
    skip: int
    times: int | None
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def applies(self, path: str) -> bool:
        if not fnmatch.fnmatchcase(path, self.pattern):
            return False
        self.asked[path] += 1
        number = self.asked[path] - self.skip
        return number >= 1 and (self.times is None or number <= self.times)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(parts.path), query, headers, self.rfile.read(length))
        self._send(request, self.server.rig.answer(request))

    do_HEAD = do_GET
    do_POST = do_GET

    def _send(self, request: Request, answer: Answer) -> None:
        if answer.stall_at == -1:
            self._stall()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(answer.stop - answer.start))
        self.end_headers()
        if request.method != "HEAD":
            self._send_body(request, answer)

    def _send_body(self, request: Request, answer: Answer) -> None:
        limits = [edge for edge in (answer.cut_at, answer.stall_at) if edge is not None]
        stop = min([answer.stop, *(answer.start + edge for edge in limits)])
        for part in answer.content.chunks(answer.start, stop):
            for piece in self._paced(part, answer.bytes_per_s):
                self.server.rig.count(request.path, len(piece))
                self.wfile.write(piece)
        if answer.stall_at is not None:
            self._stall()
        elif answer.cut_at is not None and stop < answer.stop:
            self._hang_up(answer.reset)

    def _paced(self, part: bytes, bytes_per_s: float | None) -> Iterator[bytes]:
        if bytes_per_s is None:
            yield part
            return
        step = max(1, round(bytes_per_s * TICK_S))
        for start in range(0, len(part), step):
            if self.server.rig.closing.wait(step / bytes_per_s):
                raise ConnectionAbortedError
            yield part[start : start + step]

    def _stall(self) -> None:
        """Say nothing until the client hangs up or the server closes."""
        while not self.server.rig.closing.wait(TICK_S):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
        self.close_connection = True

    def _hang_up(self, reset: bool) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing; the log is :attr:`FileServer.log`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    """So that closing waits for every thread."""
    block_on_close = True
    request_queue_size = 128
    rig: "FileServer"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.rig.connected(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.rig.disconnected(request)
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if struct.unpack("ii", linger)[0]:
            self.close_request(request)  # at once, which is what makes it a reset
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up at any time; anything else is an error of the rig and told when it closes."""
        self.rig.failed()


class FileServer:
    """Serves a folder on loopback; see the module's text."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.folder = folder.resolve()
        self.closing = threading.Event()
        self.log: list[Seen] = []
        self.errors: list[BaseException] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._scripts: list[_Script] = []
        self._forward: dict[str, tuple[str, int | None]] = {}
        self._sent: dict[str, int] = defaultdict(int)
        self._open: set[Any] = set()
        self._tokens: dict[str, int] = {}
        self._issued = 0
        self._http = _Server((host, 0), _Handler)
        self._http.rig = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def host(self) -> str:
        """``127.0.0.1:40123``."""
        return "{}:{}".format(*self._http.server_address[:2])

    @property
    def url(self) -> str:
        """``http://127.0.0.1:40123``, without a slash at its end."""
        return f"http://{self.host}"

    # What the test says.

    def fault(self, pattern: str, change: Fault, *, skip: int = 0, times: int | None = None) -> None:
        """Change answers for paths like ``pattern`` (``fnmatch``, leading slash, no query).

        Of each path the first ``skip`` requests are answered as before, then ``times`` requests are changed (``None``:
        all). Several faults of one path are applied in the order they were given.
        """
        with self._lock:
            self._scripts.append(_Script(pattern, change, skip, times))

    def forward(self, prefix: str, target: str, *, page: int | None = None) -> None:
        """Let requests below ``prefix`` be answered by another server on loopback, a STAC API; faults apply to them.

        Args:
            prefix: ``/stac``.
            target: address of the other server.
            page: most items a search gives, whatever ``limit`` the client asks for, as public archives have it.
        """
        self._forward[prefix] = (target, page)

    def reset(self) -> None:
        """Forget faults, log, counts and tokens; keep the folder, forwarding and open connections."""
        with self._lock:
            self._scripts.clear()
            self._sent.clear()
            self._tokens.clear()
            self.log = []
            self.connections = len(self._open)

    def token(self, uses: int = 5) -> str:
        """Return a new value for ``?sig=``, good for ``uses`` requests where :func:`unless_signed` asks for one."""
        with self._lock:
            self._issued += 1
            name = f"token-{self._issued}"
            self._tokens[name] = uses
            return name

    def spend(self, token: str) -> bool:
        """Use a token once; is it good?"""
        with self._lock:
            left = self._tokens.get(token, 0)
            self._tokens[token] = left - 1
            return left > 0

    # What the test asks.

    def requests(self, pattern: str = "*", method: str | None = None) -> int:
        """Return how many requests came for paths like ``pattern``."""
        return len(self.seen(pattern, method))

    def seen(self, pattern: str = "*", method: str | None = None) -> list[Seen]:
        with self._lock:
            return [s for s in self.log if fnmatch.fnmatchcase(s.path, pattern) and method in (None, s.method)]

    def bytes(self, pattern: str = "*") -> int:
        """Return how many bytes of bodies were sent for paths like ``pattern``."""
        with self._lock:
            return sum(sent for path, sent in self._sent.items() if fnmatch.fnmatchcase(path, pattern))

    # What the handler asks.

    def answer(self, request: Request) -> Answer:
        """Answer honestly, then let the faults have their way."""
        answer = self._honest(request)
        with self._lock:
            changes = [script.change for script in self._scripts if script.applies(request.path)]
        for change in changes:
            answer = change(request, answer)
        asked = request.headers.get("range")
        with self._lock:
            self.log.append(Seen(request.method, request.path, request.query, asked, answer.status, bool(changes)))
        return answer

    def count(self, path: str, size: int) -> None:
        with self._lock:
            self._sent[path] += size

    def connected(self, request: Any) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(request)

    def disconnected(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)

    def failed(self) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            self.errors.append(error)

    def close(self) -> None:
        """End every connection and thread.

        Raises:
            ExceptionGroup: the rig itself had errors.
        """
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it ended by itself meanwhile
        self._http.server_close()
        if self.errors:
            raise ExceptionGroup("the file server failed", [e for e in self.errors if isinstance(e, Exception)])

    def _honest(self, request: Request) -> Answer:
        for prefix, (target, page) in self._forward.items():
            if request.path == prefix or request.path.startswith(prefix + "/"):
                answer = forwarded(request, target, request.path.removeprefix(prefix), page)
                # The other server names itself in its links; clients must come back this way.
                text = b"".join(answer.content.chunks(0, answer.stop))
                text = text.replace(target.encode(), f"{self.url}{prefix}".encode())
                return replace(answer, content=Content.of(text), stop=len(text))
        if request.path.startswith("/sas/"):
            return self._sign(request)
        path = (self.folder / request.path.lstrip("/")).resolve()
        if not path.is_relative_to(self.folder) or not path.is_file():
            return plain(404, b"not found")
        answer = ranged(request, Content.of(path))
        if path.suffix in (".json", ".geojson"):
            return replace(answer, headers=answer.headers | {"Content-Type": "application/json"})
        return answer

    def _sign(self, request: Request) -> Answer:
        """Hand out tokens as Planetary Computer does: ``/sas/sign?href=…`` and ``/sas/token/<collection>``."""
        uses = int(request.query.get("uses", "5"))
        answer = {"msft:expiry": "2099-01-01T00:00:00Z"}
        if request.path == "/sas/sign":
            href = request.query.get("href", "")
            answer["href"] = f"{href}{'&' if '?' in href else '?'}sig={self.token(uses)}"
        else:
            answer["token"] = f"sig={self.token(uses)}"
        return plain(200, json.dumps(answer).encode(), "application/json")

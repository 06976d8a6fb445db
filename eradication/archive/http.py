"""The rim: the only module that asks anybody for anything over a network.

One request is tried several times with growing pauses, follows few redirects and only to allowed hosts, is given up
when it stalls, crawls or takes too long, and never brings more bytes than asked for. What a caller sees is either what
it wanted or one :class:`~eradication.archive.lost.Lost` with the reason.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

import httpx

from eradication.archive import retry
from eradication.archive.guard import Guard, guard_of, public
from eradication.archive.lost import Lost
from eradication.archive.signing import SIGNERS, Signer, Unsigned
from eradication.config import Fetch
from eradication.sources import Access

MAX_REDIRECTS = 5
AGENT = "eradication"
REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one state of a remote file from another."""

    size: int
    etag: str = ""
    modified: str = ""

    def differs(self, other: "Identity") -> bool:
        """Tell whether the two cannot be the same bytes; what one of them does not say is not compared."""
        pairs = ((self.etag, other.etag), (self.modified, other.modified))
        return self.size != other.size or any(a and b and a != b for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Part:
    """How an answer to a request for bytes begins."""

    start: int
    end: int
    identity: Identity
    whole: bool
    """True if the server knows no ranges and sends the file from its first byte."""


type Begin = Callable[[Part], None]
"""Called before the bytes of an answer are handed on; may raise :class:`Lost`."""
type Sink = Callable[[int, bytes], None]
"""Takes the bytes that belong at an offset."""


class _Again(Exception):
    """Asking again may help."""

    def __init__(self, lost: Lost, wait_s: float | None = None) -> None:
        super().__init__(str(lost))
        self.lost, self.wait_s = lost, wait_s


class Http:
    """Asks the hosts of one archive. Safe to use from several threads."""

    def __init__(self, guard: Guard, settings: Fetch, sleep: Callable[[float], None] = time.sleep) -> None:
        """Open no connection yet.

        Args:
            guard: who may be asked.
            settings: times, tries and sizes.
            sleep: waits between attempts; seconds.
        """
        self.guard, self.settings, self._sleep = guard, settings, sleep
        self._lock, self.received = threading.Lock(), 0
        timeout = httpx.Timeout(settings.stall_s, connect=settings.connect_s)
        limits = httpx.Limits(max_connections=settings.threads + 2, max_keepalive_connections=settings.threads + 2)
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        # A proxy leads out of a network; what lies inside is asked directly.
        direct = guard.private
        self._client = httpx.Client(timeout=timeout, limits=limits, headers=headers, trust_env=not direct)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> "Http":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def signer(self, access: Access, collection: str) -> Signer:
        """Return the signing hook of a profile; its token address may be asked although it is not the archive's."""

        def ask(url: str, form: Mapping[str, str] | None) -> dict[str, Any]:
            with Http(replace(guard_of(url), private=self.guard.private), self.settings, self._sleep) as other:
                answer = other._document(url, "POST" if form else "GET", data=form)
            return answer if isinstance(answer, dict) else {}

        return SIGNERS[access.signing](access, collection, ask)

    def document(
        self, url: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON at an address, by POST if a body is given.

        Raises:
            Lost: also ``bad_answer`` if it is not JSON, ``too_large``.
        """
        return self._document(url, "GET" if body is None else "POST", content=body, headers=headers)

    def _document(
        self,
        url: str,
        method: str,
        *,
        content: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        def once() -> Any:
            request = self._client.build_request(method, url, json=content, data=data, headers=headers)
            with self._answer(request, Unsigned()) as response:
                if response.status_code != 200:
                    raise Lost(f"http_{response.status_code}", public(url))
                text = b"".join(self._bytes(response, self.settings.max_document_mb * 1_000_000, time.monotonic()))
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                raise Lost("bad_answer", f"not JSON: {public(url)}") from None

        return self._tried(once, time.monotonic() + self.settings.asset_s)

    def download(
        self, url: str, span: tuple[int, int], signer: Signer, begin: Begin, sink: Sink, *, deadline: float = 0.0
    ) -> None:
        """Bring the bytes ``span`` of a file, going on after an interruption with the byte that was missing.

        Args:
            url: unsigned address.
            span: half-open; its end may lie beyond the end of the file.
            signer: the profile's hook.
            begin: sees how each answer begins and what the file is.
            sink: takes the bytes.
            deadline: ``time.monotonic()`` at which it is given up; 0 = by the settings.
        """
        at, end = span
        until = deadline or time.monotonic() + self.settings.asset_s

        def once() -> None:
            nonlocal at, end
            request = self._client.build_request("GET", url, headers={"Range": f"bytes={at}-{end - 1}"})
            with self._answer(request, signer) as response:
                part = _part(response, at)
                begin(part)
                at, end = part.start, (part.identity.size if part.whole else min(end, part.identity.size))
                for chunk in self._bytes(response, part.end - at, time.monotonic(), until):
                    sink(at, chunk)
                    at += len(chunk)
            if at < end:
                raise _Again(Lost("truncated", f"{end - at} bytes are missing: {public(url)}"))

        self._tried(once, until)

    def _tried(self, once: Callable[[], Any], until: float) -> Any:
        for attempt in range(self.settings.tries):
            try:
                return once()
            except _Again as again:
                wait = again.wait_s if again.wait_s is not None else retry.pause_s(attempt, self.settings.backoff_s)
                last = attempt + 1 == self.settings.tries or wait > retry.LONGEST_PAUSE_S
                if last or time.monotonic() + wait > until:
                    raise again.lost from None
                self._sleep(wait)
        raise Lost("unreachable", "no attempt is allowed")

    @contextmanager
    def _answer(self, request: httpx.Request, signer: Signer) -> Iterator[httpx.Response]:
        """Send, follow redirects, sign anew once; yield an answer whose body has not been read."""
        renewed = False
        url = str(request.url)
        for _ in range(MAX_REDIRECTS + 2):
            self.guard.check(url)
            signed = signer.sign(url)
            sent = self._client.build_request(
                request.method, signed.url, headers={**request.headers, **signed.headers}, content=request.content
            )
            sent.headers["Host"] = sent.url.netloc.decode()
            response = self._send(sent)
            try:
                status = response.status_code
                if status in REFUSED and not renewed and signer.renew(signed.token):
                    renewed = True
                elif response.has_redirect_location:
                    url = urljoin(url, response.headers["Location"])
                else:
                    _raise_for(response, url)
                    yield response
                    return
            except (httpx.TimeoutException, httpx.TransportError) as error:
                raise _Again(_lost(error, url, "truncated")) from None
            finally:
                response.close()
        raise Lost("too_many_redirects", public(str(request.url)))

    def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._client.send(request, stream=True)
        except (httpx.TimeoutException, httpx.TransportError) as error:
            raise _Again(_lost(error, str(request.url), "unreachable")) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise Lost("bad_answer", public(str(request.url))) from None
        try:
            peer = response.extensions["network_stream"].get_extra_info("server_addr")
            self.guard.check_peer(str(peer[0]), request.url.scheme)
        except OSError:  # hung up already
            response.close()
            raise _Again(Lost("truncated", public(str(request.url)))) from None
        except Lost:
            response.close()
            raise
        return response

    def _bytes(self, response: httpx.Response, most: int, began: float, until: float = float("inf")) -> Iterator[bytes]:
        """Yield the body; give up when it is longer than ``most``, slower than allowed or past its time."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Lost("bad_answer", "the answer is compressed")
        got = 0
        for chunk in response.iter_raw():
            got += len(chunk)
            with self._lock:
                self.received += len(chunk)
            if got > most:
                raise Lost("too_large", f"more than {most} bytes")
            yield chunk
            passed = time.monotonic() - began
            if passed > self.settings.stall_s and got < passed * self.settings.min_kb_s * 1000:
                raise _Again(Lost("slow", f"{got / passed / 1000:.1f} kB/s"))
            if time.monotonic() > until:
                raise Lost("timeout", f"not done in {self.settings.asset_s:.0f} s")


def _raise_for(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status < 400:
        return
    lost = Lost("truncated" if status == 416 else f"http_{status}", public(url))
    if status in retry.AGAIN:
        raise _Again(lost, retry.asked_s(response.headers.get("Retry-After")))
    raise lost


def _lost(error: httpx.HTTPError, url: str, otherwise: str) -> Lost:
    if isinstance(error, httpx.TimeoutException):
        return Lost("unreachable" if isinstance(error, httpx.ConnectTimeout) else "timeout", public(url))
    return Lost(otherwise, f"{type(error).__name__}: {public(url)}")


def _part(response: httpx.Response, at: int) -> Part:
    """Read how an answer to a request for bytes from ``at`` on begins."""
    headers = response.headers
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    if response.status_code == 206:
        unit, _, rest = headers.get("Content-Range", "").partition(" ")
        span, _, size = rest.partition("/")
        first, _, last = span.partition("-")
        if unit != "bytes" or not (first.isdecimal() and last.isdecimal() and size.isdecimal()):
            raise Lost("bad_answer", "a part without its place")
        start, end = int(first), int(last) + 1
        if start != at or not start < end <= int(size):
            raise Lost("bad_answer", "another part than asked for")
        return Part(start, end, Identity(int(size), etag, modified), False)
    length = headers.get("Content-Length", "")
    if response.status_code != 200 or not length.isdecimal():
        raise Lost("bad_answer", f"status {response.status_code} without a length")
    return Part(0, int(length), Identity(int(length), etag, modified), True)

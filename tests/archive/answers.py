"""What a client asks of the file server and what it gets."""

import hashlib
import http.client
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Content:
    """Bytes to be served: of a file, or given."""

    source: Path | bytes
    etag: str = ""

    @classmethod
    def of(cls, source: Path | bytes) -> "Content":
        if isinstance(source, bytes):
            return cls(source, f'"{hashlib.sha256(source).hexdigest()[:16]}"')
        facts = source.stat()
        return cls(source, f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"')

    @property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        with io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb") as file:
            file.seek(start)
            while start < stop and (part := file.read(min(CHUNK, stop - start))):
                start += len(part)
                yield part


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    """Decoded, without the query."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What a client gets. A fault takes the honest answer and changes it."""

    status: int
    content: Content
    start: int = 0
    """First byte of the content that is sent …"""
    stop: int = 0
    """… and the one after the last."""
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """Bytes of the body after which the connection ends, although ``Content-Length`` says more."""
    reset: bool = False
    """The cut is a TCP reset and not an ordinary end."""
    stall_at: int | None = None
    """Bytes of the body after which nothing more comes, ever; −1: not even the headers."""
    bytes_per_s: float | None = None


type Fault = Callable[[Request, Answer], Answer]


def ranged(request: Request, content: Content) -> Answer:
    """Answer as an honest server does."""
    headers = {"Accept-Ranges": "bytes", "ETag": content.etag, "Content-Type": "image/tiff"}
    match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if match not in (None, "*", content.etag):
        return Answer(412, Content.of(b""), headers=headers)
    if none_match == content.etag:
        return Answer(304, Content.of(b""), headers=headers)
    whole = Answer(200, content, 0, content.size, headers)
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if not wanted or not any(wanted.groups()) or request.headers.get("if-range", content.etag) != content.etag:
        return whole
    first, last = wanted.groups()
    start = int(first) if first else max(0, content.size - int(last))
    stop = min(int(last) + 1, content.size) if first and last else content.size
    if start >= content.size or stop <= start:
        return Answer(416, Content.of(b""), headers=headers | {"Content-Range": f"bytes */{content.size}"})
    described = headers | {"Content-Range": f"bytes {start}-{stop - 1}/{content.size}"}
    return Answer(206, content, start, stop, described)


def plain(status: int, text: bytes = b"", kind: str = "text/plain", **headers: str) -> Answer:
    """Return an answer that is not a file. Underscores in names of headers stand for hyphens."""
    named = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, Content.of(text), 0, len(text), named)


def forwarded(request: Request, target: str, path: str, page: int | None) -> Answer:
    """Ask another server for ``path``; ``page`` bounds the items of a search."""
    query, body = request.query, request.body
    if page is not None and path.endswith(("/search", "/items")):
        if request.method == "POST":
            asked = json.loads(body or b"{}")
            body = json.dumps(asked | {"limit": min(page, int(asked.get("limit") or page))}).encode()
        else:
            query = query | {"limit": str(min(page, int(query.get("limit") or page)))}
    address = urlsplit(target)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        headers = {"Content-Type": request.headers.get("content-type", "application/json")}
        wanted = (path or "/") + (f"?{urlencode(query)}" if query else "")
        connection.request(request.method, wanted, body=body or None, headers=headers)
        response = connection.getresponse()
        return plain(response.status, response.read(), response.getheader("Content-Type", "application/json"))
    finally:
        connection.close()

"""What may go wrong with an answer; :meth:`archive.server.FileServer.fault` says where and how often.

Each function returns a change: a function of a request and the honest answer to it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.answers import Answer, Content, Fault, Request, plain, ranged

if TYPE_CHECKING:
    from archive.server import FileServer

PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Access denied</h1></body></html>"


def refuse(status: int, *, retry_after: float | str | None = None) -> Fault:
    """Answer with a status: 403, 404, 429, 500, 503 …

    Args:
        status: of HTTP.
        retry_after: seconds, or a date as HTTP writes it.
    """

    def change(request: Request, answer: Answer) -> Answer:
        headers = {} if retry_after is None else {"Retry_After": f"{retry_after}"}
        return plain(status, f"refused: {status}".encode(), **headers)

    return change


def unless_signed(server: "FileServer", *, status: int = 403) -> Fault:
    """Refuse what has no good ``?sig=``; every request uses the token up by one (:meth:`FileServer.token`)."""

    def change(request: Request, answer: Answer) -> Answer:
        return answer if server.spend(request.query.get("sig", "")) else plain(status, b"AuthenticationFailed")

    return change


def cut(at: int, *, reset: bool = False) -> Fault:
    """End the connection after ``at`` bytes of the body, less than ``Content-Length`` promised."""
    return lambda request, answer: replace(answer, cut_at=at, reset=reset)


def stall(after: int = -1) -> Fault:
    """Say nothing more after ``after`` bytes of the body; −1: not even the status."""
    return lambda request, answer: replace(answer, stall_at=after)


def slow(bytes_per_s: float) -> Fault:
    """Send the body slowly."""
    return lambda request, answer: replace(answer, bytes_per_s=bytes_per_s)


def instead(content: bytes | Callable[[bytes], bytes]) -> Fault:
    """Serve another file in its place, with its own size and ETag, ranges included.

    Args:
        content: the other bytes, or a function of the true ones (``lambda b: b[:1000]`` is a file that ends early).
            With ``skip=n`` the file changes after n requests.
    """

    def change(request: Request, answer: Answer) -> Answer:
        if answer.status not in (200, 206, 412, 416):
            return answer
        if isinstance(content, bytes):
            return ranged(request, Content.of(content))
        source = answer.content.source
        true = source if isinstance(source, bytes) else source.read_bytes()
        return ranged(request, Content.of(content(true)))

    return change


def shortened(to: int) -> Fault:
    """Serve a file that was itself cut: complete as HTTP sees it, its end missing."""
    return instead(lambda content: content[:to])


def page() -> Fault:
    """Answer 200 with a page of HTML, as portals and proxies do, whatever was asked for."""
    return lambda request, answer: plain(200, PAGE, "text/html; charset=utf-8")


def no_ranges() -> Fault:
    """Ignore ``Range``: 200 and the whole file."""

    def change(request: Request, answer: Answer) -> Answer:
        whole = ranged(replace(request, headers={}), answer.content)
        return replace(whole, headers={n: v for n, v in whole.headers.items() if n != "Accept-Ranges"})

    return change


def redirect(to: str, status: int = 302) -> Fault:
    """Send the client elsewhere: another host, ``file:///etc/passwd``, in a circle."""
    return lambda request, answer: plain(status, Location=to)


def wrong_range(shift: int) -> Fault:
    """Send the bytes that were asked for and say in ``Content-Range`` that they are others, ``shift`` further on."""

    def change(request: Request, answer: Answer) -> Answer:
        if answer.status != 206:
            return answer
        said = f"bytes {answer.start + shift}-{answer.stop - 1 + shift}/{answer.content.size}"
        return replace(answer, headers=answer.headers | {"Content-Range": said})

    return change


def wrong_bytes(shift: int) -> Fault:
    """Send bytes from ``shift`` further on under an honest-looking ``Content-Range``: only a checksum can tell."""

    def change(request: Request, answer: Answer) -> Answer:
        if answer.status != 206 or answer.stop + shift > answer.content.size or answer.start + shift < 0:
            return answer
        return replace(answer, start=answer.start + shift, stop=answer.stop + shift)

    return change


def header(name: str, value: str | None) -> Fault:
    """Set a header of the answer, or leave it out."""

    def change(request: Request, answer: Answer) -> Answer:
        kept = {n: v for n, v in answer.headers.items() if n.lower() != name.lower()}
        return replace(answer, headers=kept if value is None else kept | {name: value})

    return change

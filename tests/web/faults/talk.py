"""A telephone on a bad line: raw requests, whole ones and such as are cut after any byte."""

import base64
import contextlib
import hashlib
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

LONGEST_S = 600.0
RESET, CLOSED = "reset", "closed"
ENDINGS = (RESET, CLOSED)
"""How a connection ends: thrown away, or closed in good order."""


class Gone(Exception):
    """The server is not there, or went away before it had answered."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer_of(raw: bytes, *, bodiless: bool = False) -> Answer:
    """Read an answer; one that is cut off is none. ``bodiless``: to a request that asks for the head alone."""
    head, found, body = raw.partition(b"\r\n\r\n")
    if not found:
        raise Gone(raw)
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    if not bodiless and len(body) < int(headers.get("content-length", 0)):
        raise Gone(raw)
    return Answer(status, headers, body)


def connected(port: int) -> socket.socket:
    try:
        return socket.create_connection(("127.0.0.1", port), LONGEST_S)
    except OSError as error:
        raise Gone from error


def said(line: socket.socket, most: int = 1 << 30) -> bytes:
    """Return what comes until the end, or the first ``most`` bytes."""
    told = b""
    with contextlib.suppress(ConnectionResetError):
        while len(told) < most and (part := line.recv(min(65536, most - len(told)))):
            told += part
    return told


def say(port: int, raw: bytes) -> Answer:
    """Send a request and return the answer."""
    with contextlib.closing(connected(port)) as line:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            line.sendall(raw)
        return answer_of(said(line), bodiless=raw.startswith(b"HEAD "))


def cut(port: int, raw: bytes, after: int, ending: str, heard: int = 0) -> bytes:
    """Send the first bytes of a request, hear the first bytes of the answer, and hang up."""
    line = connected(port)
    try:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            line.sendall(raw[:after])
        told = said(line, heard) if heard else b""
        if ending == RESET:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_WR)
        return told
    finally:
        line.close()


@dataclass
class Phone:
    """One handset: builds requests, and sends as the application does, going on where it was cut."""

    port: int
    token: str
    person: str
    unit: str
    receipts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Every receipt that came, by hand-in and content."""

    def head(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        all_of_them = {"Host": f"127.0.0.1:{self.port}", "Connection": "close", **headers}
        if method not in ("GET", "HEAD"):
            all_of_them["Content-Length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_of_them.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.head(method, path, body, {"Authorization": f"Bearer {self.token}", **named})

    def patch(self, uuid: str, content: bytes, start: int, stop: int | None = None) -> bytes:
        """The request that sends a piece of a file."""
        path = f"/api/hand-ins/{uuid}/files/{sha256(content)}"
        announced = {"upload_offset": str(start), "upload_length": str(len(content))}
        return self.request("PATCH", path, content[start:stop], **announced)

    def post(self, uuid: str, contents: list[bytes]) -> bytes:
        """The request that hands in what was sent."""
        files = [{"sha256": sha256(one), "bytes": len(one)} for one in contents]
        body = json.dumps({"files": files}).encode()
        return self.request("POST", f"/api/hand-ins/{uuid}", body, content_type="application/json")

    def offset(self, uuid: str, content: bytes) -> tuple[int, bool]:
        """How much of a file has come, and whether that is all."""
        path = f"/api/hand-ins/{uuid}/files/{sha256(content)}"
        answer = say(self.port, self.request("HEAD", path))
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"]), answer.headers["upload-complete"] == "?1"

    def send(self, uuid: str, content: bytes) -> None:
        """Send a file, going on from wherever it is, as often as another request comes in between."""
        start, whole = self.offset(uuid, content)
        for _ in range(1000):
            if whole:
                return
            answer = say(self.port, self.patch(uuid, content, start))
            assert answer.status in (204, 409), answer
            start, whole = self.offset(uuid, content)
        raise AssertionError("it never came")

    def hand_in(self, uuid: str, contents: list[bytes]) -> dict[str, Any]:
        """Send everything that is missing and ask for the receipt."""
        for content in contents:
            self.send(uuid, content)
        answer = say(self.port, self.post(uuid, contents))
        assert answer.status in (200, 201), answer
        return self.kept(answer.json)

    def kept(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Keep a receipt; another one for the same would be a broken promise."""
        known = self.receipts.setdefault((receipt["uuid"], receipt["content"]), receipt)
        assert receipt == known
        return receipt

    def shown(self, uuid: str) -> Answer:
        return say(self.port, self.request("GET", f"/api/hand-ins/{uuid}"))

    def submission(self, instance: bytes, attachments: dict[str, bytes], *, more: bool = False) -> bytes:
        """The request by which ODK Collect sends a filled-in form."""
        end = b"--lan-rung"
        parts = [("xml_submission_file", "submission.xml", "text/xml", instance)]
        parts += [(name, name, "image/jpeg", content) for name, content in attachments.items()]
        body = b"".join(
            end + f'\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            f"Content-Type: {media}\r\n\r\n".encode() + content + b"\r\n"
            for name, file, media, content in parts
        )  # fmt: skip
        if more:
            body += end + b'\r\nContent-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'
        shown = base64.b64encode(self.token.replace(".", ":", 1).encode()).decode()
        headers = {"Authorization": f"Basic {shown}", "Content-Type": "multipart/form-data; boundary=lan-rung"}
        headers["X-OpenRosa-Version"] = "1.0"
        return self.head("POST", "/openrosa/submission", body + end + b"--\r\n", headers)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

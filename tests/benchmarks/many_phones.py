"""Telephones that hand in at a steady rate: a process of its own, beside the server that is measured.

``many_phones.py PORT RATE THREADS`` reads lines ``{"token", "uuid", "contents": [base64]}`` from stdin until one is
empty, sends them at ``RATE`` a second whether or not the server keeps up, and writes for each what it was answered.
"""

import base64
import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

LATER = (503, 507)
TRIES = 20


class Line:
    """A connection that stays, as browsers keep one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, Any]:
        for last in (False, True):
            try:
                self._open.request(method, path, body, headers)
                answer = self._open.getresponse()
                return answer.status, answer.read(), answer.headers
            except (OSError, http.client.HTTPException):
                self._open.close()
                if last:
                    raise
        raise AssertionError


def hand_in(line: Line, record: dict[str, Any]) -> dict[str, Any]:
    """Do what the application does: ask how far each file is, send it, ask for the receipt."""
    shown = {"Authorization": f"Bearer {record['token']}"}
    files, statuses = [], []
    for content in map(base64.b64decode, record["contents"]):
        name = sha256(content).hexdigest()
        files.append({"sha256": name, "bytes": len(content)})
        path = f"/api/hand-ins/{record['uuid']}/files/{name}"
        offset = 0
        for _ in range(TRIES):
            status, _, headers = line.ask("HEAD", path, None, shown)
            statuses.append(status)
            if headers["Upload-Complete"] == "?1":
                break
            offset = int(headers["Upload-Offset"] or 0)
            announced = {"Upload-Offset": str(offset), "Upload-Length": str(len(content))}
            status, _, _ = line.ask("PATCH", path, content[offset:], shown | announced)
            statuses.append(status)
            if status == 204:
                break
    body = json.dumps({"files": files}).encode()
    for _ in range(TRIES):
        status, said, _ = line.ask(
            "POST", f"/api/hand-ins/{record['uuid']}", body, shown | {"Content-Type": "application/json"}
        )
        statuses.append(status)
        if status not in LATER:
            break
    return {"uuid": record["uuid"], "statuses": statuses, "receipt": json.loads(said) if status in (200, 201) else None}


def main(port: int, rate: float, threads: int) -> None:
    records = [json.loads(line) for line in iter(sys.stdin.readline, "\n")]
    print("ready", flush=True)
    sys.stdin.readline()
    lock, left, told = threading.Lock(), iter(enumerate(records)), []
    began = time.monotonic()

    def mine() -> Iterator[tuple[int, dict[str, Any]]]:
        while True:
            with lock:
                one = next(left, None)
            if one is None:
                return
            yield one

    def work() -> None:
        line = Line(port)
        for number, record in mine():
            due = began + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            answer = hand_in(line, record)
            told.append(answer | {"due": number / rate, "took": time.monotonic() - due})

    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    print(json.dumps({"took": time.monotonic() - began, "told": told}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))

"""T11: what is sent is bounded in size, time and depth, whatever its headers say."""

import asyncio
import contextlib
import gzip
import json
import socket
import time
from collections.abc import Iterator

import psutil
import pytest
from web import live, world
from web.live import Live
from web.world import HOST, World

from eradication.web import connections, limits

MB = 1 << 20


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose patience is a second, with files of 2 MB at most."""
    with world.built(tmp_path_factory.mktemp("world"), body_s=1, body_mb=2) as made:
        yield made


@pytest.fixture(scope="module")
def running(quick: World) -> Iterator[Live]:
    with live.served(quick.app) as started:
        yield started


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    kind = "Content-Type: application/x-www-form-urlencoded"
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: testserver", kind, *lines, "", "")).encode()


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer.split()[1])


def test_t11_a_length_that_is_too_large_is_answered_before_anything_is_read(running: Live):
    for length in (MB + 1, 2**31, 2**63, 10**18 - 1):
        assert status(running.say(head("/signin", f"Content-Length: {length}"), patience_s=10)) == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10", "1.5", "", "+5", "5 6", "5, 6", "٣", "9" * 5000])
def test_t11_a_length_that_is_none_is_refused(quick: World, running: Live, length: str):
    sent = running.say(head("/signin", f"Content-Length: {length}", "Connection: close") + b"login=x&password=y")
    assert status(sent) in (400, 413)
    line = (b"content-length", length.encode("utf-8"))
    assert live.run(asked(quick, [line])) in (400, 413)


def test_t11_two_lengths_are_refused(quick: World, running: Live):
    lines = ("Content-Length: 5", "Content-Length: 18")
    assert status(running.say(head("/signin", *lines) + b"login=x&password=y")) == 400
    assert live.run(asked(quick, [(b"content-length", b"5"), (b"content-length", b"18")])) == 400
    both = running.say(head("/signin", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n")
    assert status(both) == 400


async def asked(here: World, more: list[tuple[bytes, bytes]]) -> int:
    """Ask without a server that would tidy the headers."""
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "https", "path": "/signin",
             "raw_path": b"/signin", "query_string": b"", "root_path": "", "client": None, "server": None,
             "headers": [(b"host", b"testserver"), *more]}  # fmt: skip
    sent: list[int] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message.get("status", 0))

    await here.app(scope, receive, send)
    return sent[0]


def test_t11_a_body_longer_than_its_length_is_cut_there(running: Live):
    sent = running.say(head("/signin", "Content-Length: 7") + b"login=x&password=y\r\n\r\n", patience_s=5)
    assert status(sent) == 400  # the password is not part of it


def test_t11_a_body_shorter_than_its_length_is_ended(running: Live):
    assert status(running.say(head("/signin", "Content-Length: 500") + b"login=x&password=y")) == 408


def test_t11_a_body_without_a_length_is_counted(running: Live):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = running.say(head("/signin", "Transfer-Encoding: chunked"), *[chunk] * 40)
    assert not answer or status(answer) == 413  # a connection cut early may lose the answer
    counted = running.say(head("/signin", "Transfer-Encoding: chunked"), *[chunk] * 17)
    assert status(counted) == 413


def test_t11_who_sends_a_byte_now_and_then_is_ended(running: Live):
    sent = 0
    with running.connection() as made:
        made.sendall(head("/signin", "Content-Length: 1000"))
        with contextlib.suppress(OSError):
            while sent < 400 and not ready(made):
                made.sendall(b"x")
                sent += 1
                time.sleep(0.05)
        assert sent < 400
        assert status(live.said(made)) == 408


def ready(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(30)


@pytest.mark.slow
def test_t11_a_slow_line_that_goes_on_is_heard(running: Live):
    body = b"login=x&password=" + b"y" * 2000
    with running.connection() as made:
        made.sendall(head("/signin", f"Content-Length: {len(body)}", "Connection: close"))
        for start in range(0, len(body), 100):
            made.sendall(body[start : start + 100])
            time.sleep(0.1)
        assert status(live.said(made)) == 400  # the password is too long, and it was read


def test_t11_patience_grows_with_nothing_that_was_sent_before():
    async def run() -> list[float]:
        messages = iter([{"type": "http.request", "body": b"x" * MB, "more_body": True}])

        async def receive() -> dict:
            for message in messages:
                return message
            await asyncio.sleep(3600)
            raise AssertionError

        counted = limits._Counted(receive, 2 * MB, 0.2)
        await counted()
        began = counted._left_s
        with pytest.raises(limits.Ended):
            await counted()
        return [began]

    assert live.run(run()) == [0.2]


@pytest.mark.slow
def test_t11_who_never_ends_the_head_of_a_request_is_ended(running: Live, monkeypatch):
    monkeypatch.setattr(connections, "LONGEST_HEAD_S", 0.5)
    assert running.say(b"GET /healthz HTTP/1.1\r\nHost: x\r\n") == b""
    assert running.say(b"") == b""
    for first in (b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"):
        sent = 0
        with running.connection() as made:
            made.sendall(first)
            with contextlib.suppress(OSError):
                made.sendall(b"GET /healthz HTTP/1.1\r\n")
                while sent < 400:
                    made.sendall(b"x: y\r\n")
                    sent += 1
                    time.sleep(0.05)
        assert sent < 400


def test_t11_a_huge_head_is_refused(running: Live):
    for lines in (["X-Long: " + "x" * 200_000], [f"X-{n}: y" for n in range(20_000)]):
        assert status(running.say(head("/healthz", *lines, method="GET"))) in (400, 431)
    assert status(running.say(head("/" + "x" * 200_000, method="GET"))) in (400, 431)


def test_t11_memory_does_not_grow_with_what_lies_about_its_size(quick: World, running: Live):
    me, chunk = psutil.Process(), b"100000\r\n" + b"x" * MB + b"\r\n"
    running.say(head("/signin", "Content-Length: 5", "Connection: close") + b"xxxxx")
    before = me.memory_info().rss
    framings = (("Content-Length: 1073741824", b"x" * MB), ("Transfer-Encoding: chunked", chunk))
    paths = ("/signin", "/api/hand-ins", "/openrosa/submission")
    lies = [(head(path, line), part) for path in paths for line, part in framings]
    for first, part in lies:
        answer = running.say(first, *[part] * 1024, patience_s=20)
        assert not answer or status(answer) in (401, 413)
    assert me.memory_info().rss < 1.25 * before + 32 * MB


def administrator(here: World):
    return here.client("administrator")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000])
def test_t11_numbers_that_are_none_are_refused(quick: World, number: str):
    body = f'{{"login": "nan", "roles": ["auditor"], "unit": {number}}}'
    answer = administrator(quick).post("/api/users", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    bare = administrator(quick).post("/api/users", content=number, headers={"Content-Type": "application/json"})
    assert bare.status_code == 400


def test_t11_deep_json_is_refused(quick: World):
    for body in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 100_000):
        answer = administrator(quick).post("/api/users", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json()["error"]["hint"]


@pytest.mark.parametrize("text", ["\\ud800", "x\\udfffy", "\\u0000", "a\\u0000b"])
def test_t11_texts_that_nothing_can_keep_are_refused(here: World, text: str):
    client = here.client("administrator")
    for field in ("login", "unit", "officer_code", "language"):
        body = {"login": "good", "roles": ["auditor"], field: "@"}
        answer = client.post("/api/users", content=json.dumps(body).replace("@", text),
                             headers={"Content-Type": "application/json"})  # fmt: skip
        assert answer.status_code == 400, (field, answer.text)
    key = client.post("/api/users", content=f'{{"{text}": 1}}', headers={"Content-Type": "application/json"})
    assert key.status_code == 400


def test_t11_zero_bytes_in_forms_and_addresses_are_refused(here: World):
    client = here.client("administrator")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/signin", content="login=%00&password=x", headers=form).status_code == 400
    assert client.post("/people", content="login=a%00b&role=auditor", headers=form).status_code == 400
    assert client.post("/api/users/%00/invite").status_code == 400
    assert client.get("/people?lang=%00").status_code == 400
    assert client.get("/static/%00").status_code == 400
    assert here.client().get("/signin?next=%00").status_code == 400
    assert here.client().get("/api/users/%00").status_code == 401
    assert client.post("/signin", data={"login": "x"}, files={"password": ("x", b"y")}).status_code == 400


def test_t11_ten_thousand_parts_are_refused(quick: World):
    part = b'--x\r\nContent-Disposition: form-data; name="role"\r\n\r\nauditor\r\n'
    body = part * 10_000 + b"--x--\r\n"
    answer = administrator(quick).post(
        "/people", content=body[:MB], headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 400
    fields = administrator(quick).post("/people", content=b"&".join([b"role=auditor"] * 10_000),
                                       headers={"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert fields.status_code == 400
    names = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%d"; filename="f"\r\n\r\n\r\n' % n for n in range(9000)
    )
    files = administrator(quick).post("/people", content=names[:MB] + b"\r\n--x--\r\n",
                                      headers={"Content-Type": "multipart/form-data; boundary=x"})  # fmt: skip
    assert files.status_code == 400


KINDS = [
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=utf-7"),
    *("multipart/form-data; boundary=" + "x" * 5000, "application/json; charset=utf-16", "rubbish", "; ; ;"),
    *("application/x-www-form-urlencoded; charset=idna", "text/plain"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_t11_kinds_of_bodies_that_make_no_sense_are_refused(quick: World, kind: str):
    for path in ("/people", "/api/users", "/signin"):
        for body in (
            b"--x\r\n\r\nx",
            b"\xff\xfe\x00",
            b"",
            b"--x--",
            b"--x\r\nContent-Disposition: form-data; name=\r\n\r\n\r\n--x--",
        ):
            answer = administrator(quick).post(path, content=body, headers={"Content-Type": kind})
            assert answer.status_code in (400, 401), (path, body, answer.text)


def test_t11_a_packed_body_is_not_unpacked(quick: World):
    bomb = gzip.compress(b" " * (100 * MB) + b'{"login": "packed", "roles": ["auditor"]}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = administrator(quick).post("/api/users", content=bomb, headers=headers)
    assert answer.status_code == 400


def test_t11_only_where_files_are_handed_in_is_more_than_a_megabyte_read(quick: World):
    small = dict.fromkeys(("/signin", "/api/users", "/api/hand-insx", "/desks"), 413)
    large = dict.fromkeys(("/api/hand-ins", "/api/hand-ins/x/files/y", "/openrosa/submission", "/desk"), 401)
    for path, code in (small | large).items():
        client = quick.client()
        client.headers["Origin"] = HOST
        assert client.post(path, content=b"x" * (MB + 1)).status_code == code, path
        assert client.post(path, content=b"x" * (2 * MB + 1)).status_code == 413

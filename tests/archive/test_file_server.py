"""The file server does what its faults say, and nothing else."""

import http.client
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from archive.faults import (
    cut,
    header,
    instead,
    no_ranges,
    page,
    redirect,
    refuse,
    shortened,
    slow,
    stall,
    unless_signed,
    wrong_bytes,
    wrong_range,
)
from archive.server import FileServer

CONTENT = bytes(range(256)) * 40
PATH = "/a/file.tif"


@pytest.fixture
def server(tmp_path: Path, file_server: Callable[[Path], FileServer]) -> FileServer:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file.tif").write_bytes(CONTENT)
    (tmp_path / "a" / "other.tif").write_bytes(b"other")
    return file_server(tmp_path)


@pytest.fixture
def client(server: FileServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=5, trust_env=False) as client:
        yield client


def ask(client: httpx.Client, wanted: str | None = None, path: str = PATH, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers=named | ({"Range": wanted} if wanted else {}))


def take(client: httpx.Client, got: bytearray, timeout: float = 5) -> None:
    """Fill ``got`` with what comes."""
    with client.stream("GET", PATH, timeout=timeout) as answer:
        for part in answer.iter_raw():
            got += part


def test_a_file_is_served_whole_with_its_size_and_tag(client: httpx.Client) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == ask(client).headers["ETag"]
    head = client.head(PATH)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(CONTENT)))


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, 10_240),
        ("bytes=-7", 10_233, 10_240),
        ("bytes=10000-99999", 10_000, 10_240),
    ],
)
def test_a_range_is_served_alone(client: httpx.Client, wanted: str, start: int, stop: int) -> None:
    answer = ask(client, wanted)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert client.head(PATH, headers={"Range": wanted}).headers["Content-Length"] == str(stop - start)


def test_a_range_beyond_the_end_is_refused_with_the_size(client: httpx.Client) -> None:
    answer = ask(client, "bytes=10240-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */10240")


def test_conditions_on_the_tag_are_kept(client: httpx.Client) -> None:
    tag = ask(client).headers["ETag"]
    assert ask(client, "bytes=5-9", If_Range=tag).status_code == 206
    assert ask(client, "bytes=5-9", If_Range='"another"').content == CONTENT
    assert ask(client, If_Match='"another"').status_code == 412
    assert ask(client, If_None_Match=tag).status_code == 304


@pytest.mark.parametrize("path", ["/a/none.tif", "/a", "/../secret", "/a/%2e%2e/%2e%2e/secret", "//etc/passwd"])
def test_only_files_of_the_folder_are_served(server: FileServer, tmp_path: Path, path: str) -> None:
    (tmp_path.parent / "secret").write_text("secret")
    connection = http.client.HTTPConnection(server.host, timeout=5)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_a_connection_serves_many_requests(server: FileServer, client: httpx.Client) -> None:
    for _ in range(5):
        ask(client, "bytes=0-9")
    assert server.connections == 1
    assert server.requests() == 5
    assert server.bytes(PATH) == 50


def test_requests_and_bytes_are_counted_by_path(server: FileServer, client: httpx.Client) -> None:
    ask(client, "bytes=0-99")
    client.head(PATH)
    ask(client, path="/a/other.tif")
    assert [(s.method, s.path, s.range, s.status) for s in server.log] == [
        ("GET", PATH, "bytes=0-99", 206),
        ("HEAD", PATH, None, 200),
        ("GET", "/a/other.tif", None, 200),
    ]
    assert server.requests("/a/*") == 3
    assert server.requests(PATH, "GET") == 1
    assert (server.bytes(PATH), server.bytes("*other*"), server.bytes()) == (100, 5, 105)
    server.reset()
    assert (server.requests(), server.bytes()) == (0, 0)


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_status_is_given_as_often_as_the_script_says(server: FileServer, client: httpx.Client, status: int) -> None:
    server.fault("/a/*", refuse(status, retry_after=2), skip=1, times=2)
    assert [ask(client).status_code for _ in range(5)] == [200, status, status, 200, 200]
    assert ask(client, path="/a/other.tif").status_code == 200  # counted by path
    assert ask(client, path="/a/other.tif").headers["Retry-After"] == "2"
    assert [s.fault for s in server.seen(PATH)] == [False, True, True, False, False]


def test_what_needs_a_signature_is_refused_until_signed_and_again_when_the_token_is_spent(
    server: FileServer, client: httpx.Client
) -> None:
    server.fault("*", unless_signed(server))
    assert ask(client).status_code == 403
    assert ask(client, path=f"{PATH}?sig=made-up").status_code == 403
    signed = f"{PATH}?sig={server.token(uses=2)}"
    assert [ask(client, path=signed).status_code for _ in range(3)] == [200, 200, 403]
    assert [s.query.get("sig") for s in server.log] == [None, "made-up", *["token-1"] * 3]


def test_signing_works_over_http_as_in_planetary_computer(server: FileServer, client: httpx.Client) -> None:
    server.fault("/a/*", unless_signed(server))
    answer = client.get("/sas/sign", params={"href": server.url + PATH, "uses": "1"}).json()
    assert answer["msft:expiry"].endswith("Z")
    assert client.get(answer["href"]).content == CONTENT
    assert client.get(answer["href"]).status_code == 403
    token = client.get("/sas/token/sentinel-2-l2a").json()["token"]
    assert ask(client, path=f"{PATH}?{token}").status_code == 200


@pytest.mark.parametrize("reset", [False, True])
def test_a_body_ends_before_its_length(server: FileServer, client: httpx.Client, reset: bool) -> None:
    server.fault(PATH, cut(1000, reset=reset), times=1)
    got = bytearray()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        take(client, got)
    assert client.head(PATH).headers["Content-Length"] == str(len(CONTENT))
    assert got == CONTENT[: len(got)]
    if not reset:
        assert len(got) == 1000
    assert server.bytes(PATH) == 1000
    assert ask(client, f"bytes={len(got)}-").content == CONTENT[len(got) :]


def test_a_file_that_was_itself_cut_is_complete_to_http(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, shortened(777))
    assert ask(client).content == CONTENT[:777]
    assert ask(client, "bytes=700-9999").headers["Content-Range"] == "bytes 700-776/777"
    assert ask(client, "bytes=777-").status_code == 416
    assert client.head(PATH).headers["Content-Length"] == "777"


def test_a_slow_body_takes_its_time(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, slow(20_000))
    begun = time.monotonic()
    assert ask(client).content == CONTENT
    # Waiting is never shorter than asked for, however busy the machine is.
    assert time.monotonic() - begun >= 0.8 * len(CONTENT) / 20_000


@pytest.mark.parametrize("after", [-1, 0, 100])
def test_a_stalled_answer_never_ends(server: FileServer, client: httpx.Client, after: int) -> None:
    server.fault(PATH, stall(after), times=1)
    got = bytearray()
    with pytest.raises(httpx.ReadTimeout):
        take(client, got, timeout=0.2)
    assert got == CONTENT[: max(after, 0)]
    assert ask(client).content == CONTENT


def test_a_page_comes_instead_of_the_file(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, page())
    answer = ask(client, "bytes=0-9")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.content.startswith(b"<!DOCTYPE html>")
    assert "ETag" not in answer.headers


def test_a_file_changes_between_requests(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, instead(b"new content"), skip=1)
    before, after = ask(client, "bytes=0-9"), ask(client, "bytes=0-3")
    assert (before.content, after.content) == (CONTENT[:10], b"new ")
    assert after.headers["Content-Range"] == "bytes 0-3/11"
    assert before.headers["ETag"] != after.headers["ETag"]
    assert ask(client, "bytes=5-9", If_Match=before.headers["ETag"]).status_code == 412
    assert ask(client, "bytes=5-9", If_Range=before.headers["ETag"]).content == b"new content"


def test_ranges_are_not_supported(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, no_ranges())
    answer = ask(client, "bytes=0-9")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert "Accept-Ranges" not in answer.headers
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("to", ["file:///etc/passwd", "http://localhost:9/a.tif", "/a/other.tif"])
def test_a_redirect_names_its_goal(server: FileServer, client: httpx.Client, to: str) -> None:
    server.fault(PATH, redirect(to))
    answer = ask(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, to)


def test_a_content_range_may_lie_and_so_may_the_bytes(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, wrong_range(256), times=1)
    server.fault(PATH, wrong_bytes(3), skip=1)
    lying = ask(client, "bytes=0-9")
    assert (lying.headers["Content-Range"], lying.content) == ("bytes 256-265/10240", CONTENT[:10])
    silent = ask(client, "bytes=0-9")
    assert (silent.headers["Content-Range"], silent.content) == ("bytes 0-9/10240", CONTENT[3:13])


def test_a_header_may_be_changed_or_missing(server: FileServer, client: httpx.Client) -> None:
    server.fault(PATH, header("etag", None))
    server.fault(PATH, header("Content-Type", "text/plain"))
    answer = ask(client)
    assert "ETag" not in answer.headers
    assert answer.headers["Content-Type"] == "text/plain"


def test_another_server_answers_below_a_prefix_and_its_pages_are_bounded(
    server: FileServer, client: httpx.Client, tmp_path: Path, file_server: Callable[[Path], FileServer]
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "search").write_text(json.dumps({"type": "FeatureCollection"}))
    other = file_server(tmp_path / "api")
    server.forward("/stac", other.url, page=3)
    server.fault("/stac/search", refuse(503), times=1)
    assert client.get("/stac/search").status_code == 503
    assert client.get("/stac/search?limit=500&ids=a,b").json() == {"type": "FeatureCollection"}
    assert client.post("/stac/search", json={"limit": 2}).status_code == 200
    assert [s.query for s in other.log] == [{"limit": "3"}, {"limit": "3", "ids": "a,b"}, {}]


def test_closing_leaves_no_thread_and_no_stalled_client(tmp_path: Path) -> None:
    (tmp_path / "file.tif").write_bytes(CONTENT)
    before = set(threading.enumerate())
    ended: list[Any] = []

    def wait_forever(url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                ended.append(answer.read())
        except (http.client.HTTPException, OSError) as error:
            ended.append(error)

    with FileServer(tmp_path) as server:
        server.fault("/file.tif", stall(-1))
        clients = [threading.Thread(target=wait_forever, args=(f"{server.url}/file.tif",)) for _ in range(3)]
        for waiting in clients:
            waiting.start()
        idle = http.client.HTTPConnection(server.host)
        idle.connect()  # keeps a connection open and asks nothing
        while server.requests() < 3:
            time.sleep(0.01)
    for waiting in clients:
        waiting.join(10)
    idle.close()
    assert len(ended) == 3
    assert all(isinstance(outcome, Exception) for outcome in ended)
    assert set(threading.enumerate()) == before


def test_an_error_of_the_rig_itself_is_told_when_it_closes(tmp_path: Path) -> None:
    (tmp_path / "file.tif").write_bytes(CONTENT)

    def broken(request: object, answer: object) -> Any:
        raise RuntimeError("a fault with a fault")

    server = FileServer(tmp_path).__enter__()
    server.fault("*", broken)
    with pytest.raises(http.client.RemoteDisconnected):
        urllib.request.urlopen(f"{server.url}/file.tif", timeout=5)
    with pytest.raises(ExceptionGroup) as caught:
        server.close()
    assert caught.group_contains(RuntimeError, match="a fault with a fault")

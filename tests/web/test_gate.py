"""T3: nobody passes whom no line lets in, whatever the request looks like."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from web import live, world
from web.world import HOST, World

from eradication.domain.person import Role
from eradication.web import app as application
from eradication.web import gate, rights
from eradication.web.app import create_app
from eradication.web.gate import Gate
from eradication.web.rights import PUBLIC

ROLES = {"p": "patrol_a", "r": "reviewer", "v": "verifier", "o": "officer", "n": "analyst", "m": "administrator",
         "u": "auditor"}  # fmt: skip
SCOPES = {"S": "submit", "R": "read", "M": "metrics", "G": "map"}
LETTERS = "ahz" + "".join(ROLES) + "".join(SCOPES)


def matrix() -> dict[rights.Key, str]:
    """What ``matrix.txt`` says: method and path → letters of who passes."""
    lines = Path(__file__).with_name("matrix.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {(method, path): letters for method, path, letters in rows}


MATRIX = matrix()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world.built(tmp_path_factory.mktemp("world"), requests_a_minute=100_000) as made:
        made.add("everything", [*Role], world.A)
        yield made


def app_of(here: World, letter: str, app: FastAPI | None = None) -> TestClient:
    if letter in ROLES:
        client = here.client(ROLES[letter])
    elif letter in SCOPES:
        # Only somebody who patrols, and is nothing else, has a device that reads.
        logins = {"R": "patrol_a", "G": "analyst"}
        client = here.client(logins.get(letter, "everything"), device=[SCOPES[letter]])
    else:
        client = {"h": lambda: here.half("reviewer"), "z": lambda: here.resting("patrol_a"), "a": here.client}[letter]()
    client.headers.setdefault("Origin", HOST)
    if app is not None:
        client._transport.app = app  # the same caller before another application
    return client


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def passed(here: World) -> Gate:
    """The gate of the application, before a wall that answers 299 to all who came through."""
    wall = PlainTextResponse("passed", 299)
    return Gate(wall, here.place, here.app.router.routes)


def test_t3_the_lines_are_those_that_the_rules_ask_for():
    assert rights.table().keys() == MATRIX.keys()


def test_t3_only_health_and_signing_in_are_public():
    public = {key for key, right in rights.table().items() if right.level == PUBLIC}
    assert public == {("GET", "/healthz"), ("GET", "/signin"), ("POST", "/signin")}
    assert {key for key, letters in MATRIX.items() if "a" in letters} == public


@pytest.mark.parametrize("letter", LETTERS)
def test_t3_each_caller_passes_where_the_matrix_says_and_nowhere_else(here, letter):
    client = app_of(here, letter, passed(here))
    through = {key for key in MATRIX if client.request(key[0], filled(key[1])).status_code == 299}
    assert through == {key for key, letters in MATRIX.items() if letter in letters}


@pytest.mark.parametrize("letter", LETTERS)
def test_t3_the_application_itself_refuses_what_the_gate_refuses(here, letter):
    client = app_of(here, letter)
    refused = [key for key, letters in MATRIX.items() if letter not in letters]
    answers = {key: client.request(key[0], filled(key[1])).status_code for key in refused}
    assert set(answers.values()) <= ({401} if letter in "ahz" else {403})


def test_t3_a_device_may_no_more_than_its_person(here):
    client = here.client("patrol_a", device=["submit", "read", "metrics"])
    assert client.get("/api/me").status_code == 200
    assert client.get("/metrics").status_code == 403
    places = here.client("administrator", device=["submit", "metrics"])
    for path in (
        "/openrosa/media/plots.csv",
        "/openrosa/forms/eradication_visit/manifest",
        "/api/phone/today",
        "/api/visits",
    ):
        assert places.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/people/", "/docs", "/redoc", "/openapi.json"])
def test_t3_anonymous_callers_learn_nothing_of_what_exists(here, path):
    known, unknown = here.client().get("/api/users"), here.client().get(path)
    assert unknown.status_code == known.status_code == 401
    assert unknown.content == known.content
    assert unknown.headers.keys() == known.headers.keys()


def test_t3_anonymous_answers_are_json_a_challenge_for_odk_and_the_sign_in_page_for_people(here):
    client, page = here.client(), {"Accept": "text/html,*/*"}
    told = client.get("/api/users", headers=page)
    assert told.status_code == 401
    assert told.json()["error"]["kind"] == "signed_out"
    assert "www-authenticate" not in told.headers
    for path in ("/openrosa", "/openrosa/formList", "/openrosa/nothing"):
        odk = client.get(path, headers=page)
        assert odk.status_code == 401
        assert odk.headers["www-authenticate"] == 'Basic realm="eradication"'
    assert "www-authenticate" not in client.get("/openrosafake").headers
    person = client.get("/people?secret=1", headers=page)
    assert (person.status_code, person.headers["location"]) == (303, "/signin?next=/people")
    assert client.post("/people", headers=page).status_code == 401
    assert client.get("/people").status_code == 401


TRICKS = [
    *("//api/users", "/api//users", "/api/users/", "/API/users", "/api/Users", "/api/users;x", "/api;/users"),
    *("/api/users%2f", "/%2e/api/users", "/signin/../api/users", "/signin/%2e%2e/api/users", "/healthz/../api/users"),
    *("/static/../api/users", "/signin%2f..%2fapi%2fusers", "/signin;/api/users", "/healthz/", "/healthz%00"),
    *("/signin/", "/Signin", "//signin", "/signin//", "/api/users%00", "/api/users%20", "/\\api/users", "/api\\users"),
    *(
        "/signin/code",
        "/signin/code/",
        "/openrosa/../api/users",
        "/static/%2e%2e/%2e%2e/app.py",
        "/metrics/",
        "/%61pi/me",
    ),
]


@pytest.mark.parametrize("path", TRICKS)
def test_t3_no_trick_with_a_path_opens_anything_to_anybody_unknown(here, path):
    sent: list[int] = []
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO"):
        asked = raw(here.app, method, path)
        assert b'"people"' not in asked[1]
        sent.append(asked[0])
    assert set(sent) <= {401, 400}, sent


@pytest.mark.parametrize("path", TRICKS)
def test_t3_no_trick_with_a_path_gives_a_role_what_is_not_its(here, path):
    token = here.token("patrol_a")
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        status, body = raw(here.app, method, path, token)
        allowed = method == "GET" and path in ("/signin/code", "/%61pi/me")
        assert allowed or status in (400, 403, 404), (method, status)
        assert b'"people"' not in body


def raw(app: FastAPI, method: str, path: str, token: str = "", **headers: str) -> tuple[int, bytes]:
    """Ask without a client that tidies the address; the path is unquoted as the server does."""
    lines = [(b"host", b"testserver"), (b"origin", HOST.encode())]
    lines += [(b"cookie", f"{gate.COOKIE}={token}".encode())] if token else []
    lines += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    plain, _, query = path.partition("?")
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
             "path": unquote(plain), "raw_path": plain.encode(), "query_string": query.encode(), "root_path": "",
             "headers": lines, "client": ("127.0.0.1", 1), "server": ("testserver", 443), "state": {}}  # fmt: skip
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    live.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


@pytest.mark.parametrize("header", ["x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url",
                                    "x-forwarded-prefix", "x-forwarded-host"])  # fmt: skip
def test_t3_no_header_makes_a_request_another_one(here, header):
    for value in ("POST", "/api/users", "/healthz", "/signin"):
        client = here.client("patrol_a")
        assert client.get("/api/users", headers={header: value}).status_code == 403
        assert here.client().get("/api/users", headers={header: value}).status_code == 401
    assert here.client().post("/healthz?_method=GET", data={"_method": "GET"}).status_code == 401


def test_t3_a_host_cannot_make_another_path_of_it(here):
    token = here.client("patrol_a", device=["read"]).headers["Authorization"].removeprefix("Bearer ")
    device, _, secret = token.partition(".")
    for host in ("x/openrosa", "x/openrosa?", "testserver/openrosa/..", "x/signin#", "[", "", "x y"):
        answer = here.client().get("/api/me", auth=(device, secret), headers={"Host": host})
        assert answer.status_code == 401, host


def test_t3_a_websocket_is_closed_at_once(here):
    client = here.client("patrol_a")
    for path in ("/healthz", "/api/me", "/signin"):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
            pytest.fail("it was let in")


def test_t3_a_session_beside_a_void_device_token_opens_nothing(here):
    client = here.client("administrator")
    for shown in ("Bearer x", "Bearer dev-1.x", "Bearer", "bearer  .", "Bearer " + "x" * 5000):
        assert client.get("/api/users", headers={"Authorization": shown}).status_code == 401
    assert client.get("/openrosa/formList", headers={"Authorization": "Basic eDp4"}).status_code == 401
    assert client.get("/openrosa/formList", headers={"Authorization": "Basic !!"}).status_code == 401


def test_t3_a_route_without_a_line_keeps_the_application_from_starting(here, monkeypatch):
    class More:
        @staticmethod
        def register(app: FastAPI) -> None:
            app.get("/api/forgotten")(lambda: {})

    monkeypatch.setattr(application, "PARTS", (*application.PARTS, More))
    with pytest.raises(ValueError, match="forgotten"):
        create_app(here.place)


def test_t3_a_line_without_a_route_keeps_the_application_from_starting(here, monkeypatch):
    more = rights.table() | {("GET", "/api/gone"): rights.Right("any")}
    monkeypatch.setattr(rights, "table", lambda **_: more)
    with pytest.raises(ValueError, match="gone"):
        create_app(here.place)


def test_t3_another_method_of_a_known_path_needs_a_line_too(here, monkeypatch):
    class More:
        @staticmethod
        def register(app: FastAPI) -> None:
            app.api_route("/api/me", methods=["DELETE"])(lambda: {})

    monkeypatch.setattr(application, "PARTS", (*application.PARTS, More))
    with pytest.raises(ValueError, match="DELETE"):
        create_app(here.place)


@pytest.mark.parametrize("mount", ["mount", "websocket", "host"])
def test_t3_whatever_is_mounted_keeps_the_application_from_starting(here, monkeypatch, mount):
    class More:
        @staticmethod
        def register(app: FastAPI) -> None:
            if mount == "mount":
                app.mount("/tiles", FastAPI())
            elif mount == "websocket":
                app.add_api_websocket_route("/live", lambda socket: None)
            else:
                app.router.host("tiles.example", FastAPI())

    monkeypatch.setattr(application, "PARTS", (*application.PARTS, More))
    with pytest.raises(ValueError, match="and routes differ"):
        create_app(here.place)


def test_t3_what_is_mounted_behind_the_gates_back_is_reached_by_nobody(here):
    assert here.client().get("/healthz").status_code == 200  # the gate stands
    inner = FastAPI()
    inner.get("/secret")(lambda: "canary")
    here.app.router.routes.append(Mount("/late", inner))
    here.app.router.routes.append(Route("/late-too", lambda request: PlainTextResponse("canary")))
    try:
        for path in ("/late/secret", "/late-too"):
            assert here.client().get(path).status_code == 401
            assert here.client("administrator").get(path).status_code == 404
    finally:
        del here.app.router.routes[-2:]


def test_t3_a_line_that_comes_twice_or_names_nobody_or_an_unknown_role_is_refused():
    for lines in ("GET,/x,any\nGET,/x,public", "GET,/x,", "GET,/x,king", "GET,/x,device:king"):
        with pytest.raises(ValueError, match=r".+"):
            rights.read(["method,path,roles", *lines.split("\n")])

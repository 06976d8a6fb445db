"""T15: nothing that somebody asked for or handed in gets into logs, answers to others, caches or other sites' hands."""

import re

import pytest
from fastapi import FastAPI
from starlette.routing import Route
from web import live, world
from web.world import HOST, World

from eradication.domain.person import Role
from eradication.pipeline.reception import devices, people
from eradication.web import app as application
from eradication.web.app import create_app
from eradication.web.gate import COOKIE
from eradication.web.rights import PUBLIC, Right, table

CANARY = "chim20.80123"
SCRIPT = "<script>alert(1)</script>"


class Broken:
    """Routes that fail in ways nobody foresaw."""

    @staticmethod
    def register(app: FastAPI) -> None:
        @app.post("/api/broken/{what}")
        def broken(what: str) -> None:
            raise KeyError(f"{what} of {CANARY}")

        @app.get("/api/full")
        def full() -> None:
            raise OSError(28, f"no space for {CANARY}", f"/srv/{CANARY}")


@pytest.fixture
def broken(fresh: World, monkeypatch: pytest.MonkeyPatch) -> World:
    more = {("POST", "/api/broken/{what}"): Right(PUBLIC), ("GET", "/api/full"): Right(PUBLIC)}
    monkeypatch.setattr(application, "PARTS", (*application.PARTS, Broken))
    monkeypatch.setattr("eradication.web.rights.table", lambda **_: table() | more)
    fresh.app = create_app(fresh.place, log=fresh.log.append)
    return fresh


def everywhere(here: World) -> None:
    """Ask in every way with the canary in every place."""
    for client in (here.client("administrator"), here.client(), here.half("officer"),
                   here.client("patrol_a", device=["read"])):  # fmt: skip
        client.headers["X-Canary"] = CANARY
        client.headers["User-Agent"] = CANARY
        client.headers["Referer"] = f"https://x/{CANARY}"
        for method, path in table().keys() - {("POST", "/signout")}:
            named = re.sub(r"\{[^}]*\}", CANARY, path)
            if method == "GET":
                client.get(named, params={"q": CANARY, "next": f"/{CANARY}", "invite": CANARY, "lang": CANARY})
                client.get(f"{named}/{CANARY}", headers={"Accept": "text/html"})
            else:
                client.request(method, f"{named}?q={CANARY}", json={"login": CANARY, "roles": [CANARY], CANARY: 1})
                fields = ("login", "password", "name", "code", "scope", "old", "new", "uuid", "form", "what")
                client.request(method, named, data=dict.fromkeys(fields, CANARY) | {"next": f"/{CANARY}"})
        client.request(CANARY, f"/{CANARY}")
        client.get("/api/me", headers={"Authorization": f"Bearer {CANARY}.{CANARY}"})
        client.get("/openrosa/x", auth=(CANARY, CANARY))
        client.get("/healthz", headers={"Host": CANARY})
        client.cookies.set(COOKIE, CANARY)
        client.get("/people")


def test_t15_no_log_line_and_no_count_bears_what_was_asked(fresh: World):
    everywhere(fresh)
    assert len(fresh.log) > 100
    assert not [line for line in fresh.log if CANARY in line or "patrol_a" in line or "administrator" in line]
    counts = fresh.client("administrator").get("/metrics").text
    assert CANARY not in counts
    assert 'route="/people/{login}/invite"' in counts


def test_t15_what_a_server_process_writes_bears_nothing_either(broken: World, capfd):
    lines = [
        f"POST /api/broken/{CANARY}?x={CANARY} HTTP/1.1",
        "Host: testserver",
        "Content-Length: 0",
        "Connection: close",
    ]
    garbage = f"\x00{CANARY} rubbish\r\n\r\n"
    with live.served(broken.app) as running:
        answer = running.say("\r\n".join((*lines, "", "")).encode())
        assert answer.startswith(b"HTTP/1.1 500")
        assert running.say(garbage.encode()).startswith(b"HTTP/1.1 400")
        upgrade = "\r\n".join(
            (f"GET /{CANARY} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: upgrade, close", "", "")
        )
        running.say(upgrade.encode(), patience_s=5)
    written = "".join(capfd.readouterr())
    assert CANARY not in written
    assert "Traceback" not in written
    assert CANARY not in "".join(broken.log)
    assert any(re.search(r'"problem": "test_leaks.py:\d+ KeyError"', line) for line in broken.log)


def test_t15_what_nobody_foresaw_is_answered_like_everything_else(broken: World):
    client = broken.client()
    client.headers["Origin"] = HOST
    page = client.post(f"/api/broken/{CANARY}")
    assert page.status_code == 500
    error = page.json()["error"]
    assert re.fullmatch(r"test_leaks.py:\d+", error["where"])
    assert error["hint"]
    assert CANARY not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    disk = client.get("/api/full")
    assert disk.status_code == 503
    assert "/srv" not in disk.text


@pytest.mark.slow
def test_t15_answers_tell_other_sites_and_caches_nothing(here: World):
    for client in (here.client(), here.client("administrator"), here.half("officer")):
        for method, path in table():
            answer = client.request(method, re.sub(r"\{[^}]*\}", "x", path), headers={"Accept": "text/html"})
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "access-control-allow-origin" not in answer.headers
            assert "server" not in answer.headers
            kept = answer.headers["cache-control"]
            assert kept == "no-store" or (path.startswith(("/static", "/vendor")) and kept.startswith("private"))


def test_t15_what_is_shown_again_is_shown_as_text(fresh: World):
    client = fresh.client("administrator")
    page = {"Accept": "text/html"}
    shown = [
        client.get(f"/{SCRIPT}", headers=page),
        client.get("/people", params={"lang": SCRIPT}, headers=page),
        client.post("/people", data={"login": SCRIPT, "role": "auditor"}, headers=page),
        client.post("/people", data={"login": "x", "role": SCRIPT}, headers=page),
        client.post("/people", data={"login": "good", "role": "patrol", "unit": SCRIPT}, headers=page),
        client.post(f"/people/{SCRIPT}/invite", headers=page),
        client.post(f"/account/devices/{SCRIPT}/revoke", headers=page),
        client.post("/account/devices", data={"name": SCRIPT, "scope": "read"}, headers=page),
        client.get("/account", headers=page),
        fresh.client().get("/signin", params={"next": f'/"{SCRIPT}', "invite": f'"{SCRIPT}'}, headers=page),
        fresh.client().post("/signin", data={"login": SCRIPT, "password": SCRIPT, "next": f'/"{SCRIPT}'}, headers=page),
        fresh.half("officer").get("/signin/code", params={"next": f'/"{SCRIPT}'}, headers=page),
    ]
    for answer in shown:
        assert answer.headers["content-type"].startswith("text/html"), answer.text
        assert SCRIPT not in answer.text
        assert "alert(1)</" not in answer.text
    assert "&lt;script&gt;" in "".join(answer.text for answer in shown)


def test_t15_every_page_obeys_its_own_policy(fresh: World, chromium):
    with live.served(fresh.app) as running:
        page = chromium.new_context().new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        told = people.invite(fresh.place, "administrator")
        live.come_in(page, f"{running.url}/signin?invite={told['invitation']}", fresh.clock)
        for path in ("/", "/people", "/account", "/nothing"):
            page.goto(f"{running.url}{path}")
            for broken in page.query_selector_all("a[href^='?lang=']"):
                assert broken.is_visible()
        page.goto(f"{running.url}/account")
        page.click("form[action='/signout'] button")
        page.goto(f"{running.url}/people")
        assert page.url.startswith(f"{running.url}/signin")
        policy = [line for line in said if "Content Security Policy" in line or "Refused" in line]
        assert policy == []
        assert [url for url in asked if not url.startswith((running.url, "data:"))] == []
        page.context.close()


def test_no_secret_is_kept_in_clear(fresh: World, tmp_path):
    invitation = people.add(fresh.place, people.Wanted("keeper", [Role.PATROL], world.A))["invitation"]
    password = "lúa nương suối đá 7"
    client = fresh.client()
    client.headers["Origin"] = HOST
    client.post("/signin", data={"invite": invitation, "password": password})
    session = client.cookies[COOKIE]
    device = devices.issue(fresh.place, "keeper", "phone", ["submit"])
    other = people.invite(fresh.place, "patrol_b")["invitation"]
    half = fresh.half("officer").get("/signin/code").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", half)[1]
    folder = fresh.workspace.folder
    kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for clear in (invitation, password, session, device["secret"], other, secret):
        assert clear.encode() not in kept
    assert device["device_id"].encode() in kept  # the search can find something
    shown = repr(fresh.place) + repr(fresh.people) + "".join(fresh.log) + repr(fresh.workspace.settings)
    for clear in (invitation, password, session, device["secret"], other, secret):
        assert clear not in shown


def test_no_password_of_the_database_is_in_what_python_shows_of_a_place(here: World):
    url = here.workspace.settings.store.url
    password = re.search(r":([^:@/]+)@", url)[1] if url else "no password"
    assert password not in repr(here.place) + repr(here.workspace) + repr(here.workspace.settings)
    assert password not in here.place.reception.where


def test_files_with_secrets_are_their_owners_alone(fresh: World):
    fresh.half("officer").get("/signin/code")
    folder = fresh.workspace.folder
    public = ("origin.signed", ".origin.signed.lock")  # what was signed, for everybody to check
    secret = [*folder.glob("reception.db*"), *(folder / "keys").rglob("*")]
    secret = [file for file in secret if file.name not in public]
    assert {"reception.db", "reception.key"} <= {file.name for file in secret}
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in [*secret, folder / "keys"]}
    assert all(mode == ("0o700" if (folder / name).is_dir() else "0o600") for name, mode in modes.items()), str(modes)


def test_unused_routes_of_the_library_are_not_there(fresh: World):
    assert {route.path for route in fresh.app.routes if isinstance(route, Route)} == {path for _, path in table()}

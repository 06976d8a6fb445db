"""T19: no page of another site makes a browser change anything."""

import http.server
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from web import live, world
from web.world import HOST, World

from eradication.pipeline.reception import devices, people
from eradication.web.gate import COOKIE
from eradication.web.rights import table

OWN, NULL = HOST, "null"
FOREIGN = ["https://evil.example", "http://testserver", "https://testserver.evil.example", "https://testserver:444",
           "https://evil.example/testserver", "https://testserver@evil.example", "testserver", "https://", "[", "file://",
           "https://[::1", "https://TESTSERVER.evil"]  # fmt: skip
SITES = ["same-origin", "same-site", "cross-site", "none", "", "rubbish"]
CHANGING = [key for key in table() if key[0] not in ("GET", "HEAD")]


def filled(path: str) -> str:
    return path.replace("{login}", "patrol_b").replace("{device_id}", "dev-1")


@pytest.mark.parametrize("origin", FOREIGN)
def test_t19_nothing_that_changes_is_taken_from_another_sites_page(here: World, origin: str):
    for (method, path), client in itertools.product(CHANGING, (here.client("administrator"), here.client())):
        client.headers["Origin"] = origin
        answer = client.request(method, filled(path), headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code in (401, 403)
        assert answer.json()["error"]["kind"] in ("foreign_origin", "signed_out")
    assert people.find(here.place, "patrol_b").disabled is False


@pytest.mark.parametrize("site", SITES)
def test_t19_a_page_that_names_itself_not_must_be_said_to_be_ours(here: World, site: str):
    for origin in (None, NULL):
        client = here.client("administrator")
        client.headers.pop("Origin")
        headers = {"Sec-Fetch-Site": site} if site else {}
        headers |= {"Origin": origin} if origin else {}
        answer = client.post("/api/users/nobody/invite", headers=headers)
        assert answer.status_code == (404 if site == "same-origin" else 403)


def test_t19_our_own_pages_and_programs_with_a_token_are_heard(here: World):
    client = here.client("administrator")
    for headers in ({"Origin": OWN}, {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, {"Origin": OWN.upper()}):
        assert client.post("/api/users/nobody/invite", headers=headers).status_code == 404
    assert here.client().post("/signin", data={"login": "x", "password": "y"}).status_code == 401


def test_t19_behind_a_proxy_that_encrypts_the_page_is_still_our_own(here: World):
    client = here.client("administrator")
    client.base_url = "http://testserver"
    headers = {"Origin": "https://testserver", "Cookie": f"{COOKIE}={here.token('administrator')}"}
    assert client.post("/api/users/nobody/invite", headers=headers).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_t19_what_a_browser_keeps_as_a_password_for_odk_is_no_way_in_for_other_sites(here: World, origin: str):
    told = devices.issue(here.place, "patrol_a", "phone", ["submit"])
    for method, path in (("POST", "/openrosa/submission"), ("POST", "/openrosa/nothing"), ("DELETE", "/openrosa/x")):
        for site in ("cross-site", "same-site", ""):
            headers = {"Origin": origin} | ({"Sec-Fetch-Site": site} if site else {})
            answer = here.client().request(method, path, auth=(told["device_id"], told["secret"]), headers=headers)
            assert answer.status_code in (403, 404)
    gone = here.client().post(
        "/openrosa/submission", auth=(told["device_id"], told["secret"]), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert gone.status_code in (403, 404)


def test_t19_a_name_that_is_not_the_servers_is_refused_where_names_are_set(tmp_path):
    with world.built(tmp_path, hosts=("Eradication.example", "testserver")) as here:
        for host, status in (("eradication.example", 200), ("eradication.example:8443", 200), ("127.0.0.1:8080", 200),
                             ("[::1]:1", 200), ("localhost", 200), ("evil.example", 400), ("127.0.0.1.evil", 400),
                             ("eradication.example.evil", 400), ("", 400)):  # fmt: skip
            assert here.client().get("/healthz", headers={"Host": host}).status_code == status, host
        assert here.client().get("/signin", headers={"Host": "evil.example"}).status_code == 400


ATTACK = """<!doctype html><title>win</title>
<form id="form" method="post" action="{target}/people/patrol_b/disable"></form>
<form id="plain" method="post" enctype="text/plain" action="{target}/api/users">
<input name='{{"login":"planted","roles":["administrator"],"x":"' value='"}}'></form>
"""


@contextmanager
def another_site(target: str) -> Iterator[str]:
    """A page of another port of this computer, which browsers hold for the same site: they send our cookie along."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = ATTACK.format(target=target).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_t19_a_real_browser_cannot_be_made_to_change_anything_by_another_port(fresh: World, chromium):
    with live.served(fresh.app) as server, another_site(server.url) as evil:
        context = chromium.new_context()
        page = context.new_page()
        told = people.invite(fresh.place, "administrator")
        live.come_in(page, f"{server.url}/signin?invite={told['invitation']}", fresh.clock)
        (token,) = (kept["value"] for kept in context.cookies() if kept["name"] == COOKIE)
        assert page.goto(f"{server.url}/people").status == 200
        before = people.listed(fresh.place)
        for form in ("form", "plain"):
            page.goto(evil)
            with page.expect_navigation() as sent:
                page.evaluate(f"document.getElementById('{form}').submit()")
            assert sent.value.status == 403
            assert f"{COOKIE}={token}" in sent.value.request.all_headers()["cookie"]  # it was no lack of a cookie
        page.goto(evil)
        target = f"{server.url}/api/users/patrol_b/disable"
        for script in (
            f"fetch('{target}', {{method: 'POST', credentials: 'include'}})",
            f"fetch('{target}', {{method: 'POST', mode: 'no-cors', credentials: 'include'}})",
            f"fetch('{server.url}/api/users', {{credentials: 'include'}}).then(r => r.text())",
        ):
            told = page.evaluate(f"{script}.then(r => typeof r == 'string' ? r : r.type, e => 'refused')")
            assert told in ("refused", "opaque")
        page.goto(f"{evil}/frame")
        framed = page.evaluate(
            f"""new Promise(done => {{ const f = document.createElement('iframe'); f.src = '{server.url}/people';
            f.onload = () => {{ try {{ done(f.contentDocument ? 'blank' : 'foreign') }} catch {{ done('foreign') }} }};
            document.body.append(f) }})"""
        )
        assert framed == "foreign"
        assert all("patrol_b" not in frame.content() for frame in page.frames[1:])
        assert people.listed(fresh.place) == before
        page.goto(f"{server.url}/people")
        page.click("details:has(form[action='/people/patrol_b/disable']) summary")
        with page.expect_navigation() as sent:
            page.click("form[action='/people/patrol_b/disable'] button")
        assert sent.value.status == 200  # our own page does it
        assert people.find(fresh.place, "patrol_b").disabled is True
        context.close()

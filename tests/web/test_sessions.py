"""T19: a session is its browser's alone, for as long as it may last, and is good for what its person is."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie

import pyotp
import pytest
from starlette.testclient import TestClient
from web.world import HOST, A, World

from eradication.domain.person import Role
from eradication.errors import UnusableInput
from eradication.pipeline.reception import devices, people, secrets, sessions, standing
from eradication.web.gate import COOKIE
from eradication.web.routes.signin import KNOWN, safe

PASSWORD = "lúa nương suối đá 7"


def invited(here: World, login: str, roles: list[Role], unit: str = A) -> str:
    return people.add(here.place, people.Wanted(login, roles, unit, language="en"))["invitation"]


def patrol(here: World, login: str = "walker") -> TestClient:
    """A browser of somebody who just chose a password."""
    client = browser(here)
    answer = client.post("/signin", data={"invite": invited(here, login, [Role.PATROL]), "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


def browser(here: World) -> TestClient:
    client = here.client()
    client.headers["Origin"] = HOST
    return client


def sign_in(here: World, login: str, password: str = PASSWORD, client: TestClient | None = None, **more: str):
    return (client or browser(here)).post("/signin", data={"login": login, "password": password, **more})


def shows(here: World, token: str) -> int:
    client = here.client()
    client.cookies.set(COOKIE, token)
    return client.get("/api/me").status_code


def test_t19_the_cookie_is_the_hosts_alone_and_no_script_reads_it(here: World):
    kept = SimpleCookie()
    invitation = invited(here, "flags", [Role.PATROL])
    answer = browser(here).post("/signin", data={"invite": invitation, "password": PASSWORD})
    for line in answer.headers.get_list("set-cookie"):
        kept.load(line)
    for name, same in ((COOKIE, "lax"), (KNOWN, "strict")):
        cookie = kept[name]
        assert name.startswith("__Host-")
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", same)
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
    assert len(kept[COOKIE].value) >= 43
    hours = here.workspace.settings.web.session_hours
    assert kept[COOKIE]["max-age"] == str(3600 * hours), "a patrol's telephone ends its browser; the session stays"
    office = browser(here).post("/signin", data={"invite": invited(here, "flags2", [Role.PATROL, Role.REVIEWER]),
                                                 "password": PASSWORD})  # fmt: skip
    assert "max-age" not in next(one for one in office.headers.get_list("set-cookie") if COOKIE in one).lower()


def test_t19_a_token_that_somebody_planted_is_never_a_session(here: World):
    patrol(here, "planted")
    client = browser(here)
    client.cookies.set(COOKIE, "planted-by-somebody")
    answer = sign_in(here, "planted", client=client)
    fresh = answer.cookies[COOKIE]
    assert fresh != "planted-by-somebody"
    assert shows(here, fresh) == 200
    assert shows(here, "planted-by-somebody") == 401


def test_t19_signing_in_again_ends_the_session_that_the_browser_had(here: World):
    client = patrol(here, "again")
    old = client.cookies[COOKIE]
    fresh = sign_in(here, "again", client=client).cookies[COOKIE]
    assert (shows(here, old), shows(here, fresh)) == (401, 200)


def test_t19_the_token_changes_when_the_second_factor_was_shown(here: World):
    client = browser(here)
    client.post("/signin", data={"invite": invited(here, "factor", [Role.REVIEWER], ""), "password": PASSWORD})
    half = client.cookies[COOKIE]
    page = client.get("/signin/code").text
    code = pyotp.TOTP(re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]).at(here.clock.now)
    assert client.get("/api/me").status_code == 401
    whole = client.post("/signin/code", data={"code": code}).cookies[COOKIE]
    assert (shows(here, half), shows(here, whole)) == (401, 200)
    other = sign_in(here, "factor").cookies[COOKIE]
    replay = browser(here)
    replay.cookies.set(COOKIE, other)
    assert replay.post("/signin/code", data={"code": code}).status_code == 403
    assert shows(here, other) == 401
    assert "<code>" not in replay.get("/signin/code").text


@pytest.mark.parametrize("end", ["sign out", "disable", "role", "invite", "accept", "password"])
def test_t19_a_kept_cookie_is_good_for_nothing_after(here: World, end: str):
    login = f"ends-{end.replace(' ', '-')}"
    client, second = patrol(here, login), sign_in(here, login).cookies[COOKIE]
    kept = client.cookies[COOKIE]
    assert shows(here, kept) == shows(here, second) == 200
    if end == "sign out":
        answer = client.post("/signout")
        assert answer.headers["location"] == "/signin"
        assert f'{COOKIE}=""' in answer.headers["set-cookie"]
        second = kept
    elif end == "disable":
        standing.disable(here.place, login)
    elif end == "role":
        standing.change(here.place, login, standing.Changed([Role.PATROL, Role.AUDITOR]))
    elif end in ("invite", "accept"):
        invitation = people.invite(here.place, login)["invitation"]
        if end == "accept":
            people.accept(here.place, invitation, PASSWORD + "!")
    else:
        answer = client.post("/account/password", data={"old": PASSWORD, "new": PASSWORD + "?"})
        assert (answer.status_code, shows(here, answer.cookies[COOKIE])) == (303, 200)
        assert sign_in(here, login).status_code == 401
        assert sign_in(here, login, PASSWORD + "?").status_code == 303
    assert shows(here, kept) == shows(here, second) == 401


def test_t19_the_password_is_not_changed_by_who_does_not_know_it(here: World):
    client = patrol(here, "borrowed")
    wrong = client.post("/account/password", data={"old": "not it, not it", "new": PASSWORD + "?"})
    weak = client.post("/account/password", data={"old": PASSWORD, "new": "aaaaaaaaaaaa"})
    assert (wrong.status_code, weak.status_code) == (403, 400)
    assert sign_in(here, "borrowed").status_code == 303
    for _ in range(12):
        last = client.post("/account/password", data={"old": "not it, not it", "new": PASSWORD + "?"})
    assert last.status_code == 429
    assert last.headers["retry-after"] == "60"
    assert client.post("/account/password", data={"old": PASSWORD, "new": PASSWORD + "?"}).status_code == 429


def test_t19_a_session_ends_by_idleness_and_by_age(fresh: World):
    idle, busy = fresh.token("officer"), fresh.token("patrol_b")
    web = fresh.workspace.settings.web
    for _ in range(int(timedelta(hours=web.session_hours) / timedelta(minutes=web.idle_minutes - 1))):
        fresh.clock.now += timedelta(minutes=web.idle_minutes - 1)
        assert shows(fresh, busy) == 200
    assert shows(fresh, idle) == 401
    fresh.clock.now += timedelta(minutes=web.idle_minutes - 1)
    assert shows(fresh, busy) == 401


def test_t19_an_invitation_is_good_once_and_for_its_time(fresh: World):
    first = invited(fresh, "once", [Role.PATROL])
    assert browser(fresh).post("/signin", data={"invite": first, "password": "weak"}).status_code == 400
    assert browser(fresh).post("/signin", data={"invite": first, "password": PASSWORD}).status_code == 303
    assert browser(fresh).post("/signin", data={"invite": first, "password": PASSWORD + "!"}).status_code == 403
    assert sign_in(fresh, "once").status_code == 303
    older, newer = (people.invite(fresh.place, "once")["invitation"] for _ in range(2))
    assert browser(fresh).post("/signin", data={"invite": older, "password": PASSWORD}).status_code == 403
    fresh.clock.now += people.INVITED
    assert browser(fresh).post("/signin", data={"invite": newer, "password": PASSWORD}).status_code == 403
    last = people.invite(fresh.place, "once")["invitation"]
    standing.disable(fresh.place, "once")
    assert browser(fresh).post("/signin", data={"invite": last, "password": PASSWORD}).status_code == 403


def test_t19_a_taken_invitation_makes_second_factor_and_devices_void(fresh: World):
    fresh.add("lost", [Role.REVIEWER])
    token = devices.issue(fresh.place, "lost", "phone", ["submit"])["token"]
    shown = {"Authorization": f"Bearer {token}"}
    assert fresh.client().get("/api/me", headers=shown).status_code == 200
    people.accept(fresh.place, people.invite(fresh.place, "lost")["invitation"], PASSWORD)
    assert fresh.client().get("/api/me", headers=shown).status_code == 401


def test_t19_half_signed_in_one_may_finish_or_leave_and_nothing_else(here: World):
    client = here.half("administrator")
    assert client.get("/", headers={"Accept": "text/html"}).headers["location"] == "/signin/code"
    assert client.get("/people").status_code == 401
    assert client.post("/api/users", json={"login": "x1", "roles": ["auditor"]}).status_code == 401
    assert client.post("/account/devices", data={"name": "x", "scope": "read"}).status_code == 401
    assert client.post("/account/password", data={"old": "x", "new": "y"}).status_code == 401
    assert client.post("/signout").status_code == 303


ELSEWHERE = ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
             "/\t/evil.example", "/\n/evil.example", "evil.example", "", " //evil.example", "///evil.example",
             "/\r\nSet-Cookie: x=1", "http:evil.example", "/\u2028/x"]  # fmt: skip


@pytest.mark.parametrize("to", ELSEWHERE)
def test_t19_signing_in_leads_nowhere_else(here: World, to: str):
    assert safe(to) == "/"
    here.add(f"to{ELSEWHERE.index(to)}", [Role.PATROL], A)
    login = f"to{ELSEWHERE.index(to)}"
    people.accept(here.place, people.invite(here.place, login)["invitation"], PASSWORD)
    answer = sign_in(here, login, next=to)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert here.client("patrol_a").get("/signin", params={"next": to}).headers["location"] == "/"
    code = here.client("patrol_a").get("/signin/code", params={"next": to})
    assert code.headers["location"] == "/"


def test_t19_signing_in_leads_where_one_wanted_to_go(here: World):
    patrol(here, "wanted")
    assert sign_in(here, "wanted", next="/people?x=1").headers["location"] == "/people?x=1"
    half = browser(here)
    answer = half.post(
        "/signin",
        data={"invite": invited(here, "wanted2", [Role.AUDITOR], ""), "password": PASSWORD, "next": "/people"},
    )
    assert answer.headers["location"] == "/signin/code?next=/people"


def test_t19_no_page_is_shown_in_a_frame_and_every_policy_is_strict(here: World):
    for client, path in ((here.client(), "/signin"), (here.client("administrator"), "/people"),
                         (here.half("administrator"), "/signin/code"), (here.client("patrol_a"), "/account"),
                         (here.client("patrol_a"), "/people"), (here.client(), "/api/me")):  # fmt: skip
        headers = client.get(path, headers={"Accept": "text/html"}).headers
        policy = headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "base-uri 'none'" in policy
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_t19_only_the_pages_own_style_bears_the_nonce_and_each_page_has_another(here: World):
    pages = [here.client().get("/signin") for _ in range(2)]
    nonces = [re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"])[1] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        assert re.findall(r'nonce="([^"]*)"', page.text) == [nonce]
        assert "<script" not in page.text
        assert not re.search(r"\son\w+=|style=", page.text)


def test_t19_what_a_browser_keeps_to_be_known_by_lets_nobody_in(here: World):
    client = patrol(here, "known")
    known = client.cookies[KNOWN]
    stranger = here.client()
    stranger.cookies.set(KNOWN, known)
    stranger.cookies.set(COOKIE, known)
    assert stranger.get("/api/me").status_code == 401
    assert "known" not in known


def test_a_person_of_two_sessions_keeps_the_language_of_each(here: World):
    first, second = (sessions.begin(here.place, here.people["patrol_b"], language="vi") for _ in range(2))
    sessions.speak(here.place, first, "en")
    told = [sessions.who(here.place, token).language for token in (first, second)]
    assert told == ["en", "vi"]


@pytest.mark.parametrize(
    ("login", "password", "taken"),
    [
        ("tuan-tra", "1234567890", False),
        ("tuan-tra", "9182736450", False),
        ("tuan-tra", "qwertyuiop", False),
        ("tuan-tra", "tuan-tra-tuan-tra", False),
        ("tuan-tra", "Tuan-Tra1234567", False),
        ("tuan-tra", "aaaaabbbbbccccc", False),
        ("tuan-tra", "suối đá bốn mùa", True),
        ("tuan-tra", "tuan-tra qua suối đá", True),
        ("", "lúa nương 12", True),
    ],
)
def test_t20_a_password_that_is_tried_first_is_not_taken(login: str, password: str, taken: bool):
    if taken:
        assert secrets.fits(password, secrets.hashed(password, login))
    else:
        with pytest.raises(UnusableInput, match="too easy"):
            secrets.hashed(password, login)

"""T16, T19: who is let in no more is told so; a patrol's idle session sends what waits, and shows nothing."""

import hashlib
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from web.world import HOST, A, World

from eradication.domain.person import Role
from eradication.pipeline.reception import devices, hand_ins, people, receiving, sessions, standing, worker
from eradication.web.gate import COOKIE

UUID = "6d0f2f3c-55a1-4c6e-9c52-0d5f3b1f7a1"
PHONE = ("/phone", "/phone/sw.js", "/phone/manifest.webmanifest", "/phone/words.json", "/phone/forms.json",
         "/api/phone/today", "/api/phone/map.json", "/api/phone/map/vector.pmtiles", "/api/hand-ins")  # fmt: skip
READS = ("/api/phone/today", "/api/phone/map.json", "/api/phone/map/vector.pmtiles", "/api/plots", "/api/visits",
         "/api/patrols", "/api/jobs", "/api/ledger", f"/api/hand-ins/{UUID}0")  # fmt: skip
PAGE = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def key(here: World) -> None:
    """What telephones seal to; it is made when the first of them asks."""
    receiving.recipient(here.place)


def kind(answer) -> str:
    return answer.json()["error"]["kind"]


def send(client: TestClient, uuid: str, **headers: str):
    """Send a file and ask for the receipt; return the last answer."""
    content = f"sealed {uuid}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    path, size = f"/api/hand-ins/{uuid}/files/{sha256}", str(len(content))
    told = {"Upload-Offset": "0", "Upload-Length": size, **headers}
    client.head(path, headers=headers)
    client.patch(path, content=content, headers=told)
    return client.post(
        f"/api/hand-ins/{uuid}", json={"files": [{"sha256": sha256, "bytes": len(content)}]}, headers=headers
    )


def patrol(here: World, login: str) -> TestClient:
    if login not in here.people:
        here.add(login, [Role.PATROL], A)
    return here.client(login)


def test_t16_t19_a_session_that_rests_hands_in_and_shows_nothing(here: World):
    client = here.resting("patrol_a")
    assert send(client, f"{UUID}a").status_code == 201
    assert {path: (client.get(path).status_code, kind(client.get(path))) for path in READS} == dict.fromkeys(
        READS, (401, "session_rests")
    )
    for page in ("/", "/plots", "/account", "/desk", "/signin/code"):
        answer = client.get(page, headers=PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/signin?next={page}")
    assert client.get("/signin?next=/phone").status_code == 200, "no turning in circles"
    assert client.post("/signin/code", data={"code": "1"}).status_code == 401
    assert client.get("/phone", headers=PAGE).status_code == 200


def test_t16_a_session_that_rests_is_not_told_why_something_was_refused(here: World):
    send(here.client("patrol_a"), f"{UUID}b")
    worker.empty(here.place)
    awake, resting = (
        {one["uuid"]: one["answer"]["reasons"] for one in client.get("/api/hand-ins").json()["hand_ins"]}[f"{UUID}b"]
        for client in (here.client("patrol_a"), here.resting("patrol_a"))
    )
    assert (bool(awake), resting) == (True, [])


def test_t19_a_session_that_rests_is_not_woken_and_ends_with_its_age(here: World):
    client = patrol(here, "rests")
    assert client.get("/api/plots").status_code == 200
    before = here.clock.now
    try:
        here.clock.now = before + timedelta(minutes=here.workspace.settings.web.idle_minutes + 1)
        for _ in range(3):
            assert client.get("/api/me").status_code == 200
            here.clock.now += timedelta(minutes=2)
            assert kind(client.get("/api/plots")) == "session_rests"
        here.clock.now = before + timedelta(hours=here.workspace.settings.web.session_hours, minutes=1)
        assert kind(client.get("/api/me")) == "signed_out"
    finally:
        here.clock.now = before


def test_t19_only_patrols_rest_and_other_idle_sessions_end(here: World):
    for roles in ([Role.PATROL, Role.REVIEWER], [Role.OFFICER]):
        who = here.add(f"idle-{len(roles)}", roles, A)
        token = sessions.begin(here.place, who, second_factor=True)
        before = here.clock.now
        try:
            here.clock.now += timedelta(minutes=here.workspace.settings.web.idle_minutes + 1)
            assert sessions.who(here.place, token) is None
        finally:
            here.clock.now = before
        assert sessions.who(here.place, token) is None, "and stay so, whatever the clock says"


def test_t19_signing_in_ends_a_session_that_rests(here: World):
    here.add("wakes", [Role.PATROL], A)
    invitation = people.invite(here.place, "wakes")["invitation"]
    client = here.resting("wakes")
    old = client.cookies[COOKIE]
    fresh = client.post("/signin", data={"invite": invitation, "password": "lúa nương suối đá 7"}).cookies[COOKIE]
    assert sessions.who(here.place, old) is None
    assert not sessions.who(here.place, fresh).rests


@pytest.mark.parametrize("after_h", [0, 13, 24 * 20])
def test_t16_who_is_let_in_no_more_is_told_so_on_every_path_of_the_phone(here: World, after_h: int):
    login = f"gone-{after_h}"
    client = patrol(here, login)
    assert (answer := client.get("/api/phone/today")).status_code == 200, answer.text
    standing.disable(here.place, login)
    before = here.clock.now
    try:
        here.clock.now += timedelta(hours=after_h)
        sessions.begin(here.place, here.people["officer"])  # which forgets old sessions
        for path in PHONE:
            assert (client.get(path).status_code, kind(client.get(path))) == (401, "person_disabled"), path
        assert kind(send(client, f"{UUID}c")) == "person_disabled"
        assert "hint" in client.get("/api/me").json()["error"]
        assert client.get("/phone", headers=PAGE).headers["location"] == "/signin?next=/phone"
        assert client.get("/signin").status_code == 200, "somebody else may sign in at this browser"
    finally:
        here.clock.now = before


def test_t16_a_device_that_was_made_void_is_told_so_and_nobody_else_is(here: World):
    told = devices.issue(here.place, "patrol_a", "phone", ["read", "submit"])
    client = here.client()
    client.headers["Authorization"] = f"Bearer {told['token']}"
    assert (answer := client.get("/api/phone/today")).status_code == 200, answer.text
    devices.revoke(here.place, told["device_id"])
    for path in ("/api/phone/today", "/api/phone/map.json", "/api/hand-ins"):
        assert (client.get(path).status_code, kind(client.get(path))) == (401, "device_revoked")
    client.headers["Authorization"] = f"Bearer {told['device_id']}.wrong"
    assert kind(client.get("/api/phone/today")) == "signed_out"


def test_a_record_of_somebody_else_is_refused_and_kept_nowhere(here: World):
    mine, other = here.people["patrol_a"].person_id, here.people["patrol_b"].person_id
    refused = send(here.client("patrol_a"), f"{UUID}d", **{"X-Person": other})
    assert (refused.status_code, kind(refused)) == (403, "other_person")
    assert refused.json()["error"]["hint"]
    assert send(here.client("patrol_a", device=["submit"]), f"{UUID}d", **{"X-Person": other}).status_code == 403
    assert f"{UUID}d" not in {one["uuid"] for one in hand_ins.listed(here.place)["hand_ins"]}
    assert not list((here.workspace.folder).rglob(f"*{UUID}d*"))
    taken = send(here.client("patrol_a"), f"{UUID}d", **{"X-Person": mine})
    assert taken.status_code == 201


@pytest.mark.parametrize("path", ["/plots", "/ledger", "/desk", "/paper?form=eradication_tip", "/phone", "/jobs"])
def test_a_language_is_remembered_wherever_it_is_switched_to(here: World, path: str):
    client = patrol(here, f"speaks-{path[1:4]}")
    token = client.cookies[COOKIE]
    for language in ("vi", "en"):
        page = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}", headers=PAGE)
        assert f'lang="{language}"' in page.text
        assert sessions.who(here.place, token).language == language
        assert f'lang="{language}"' in client.get("/account", headers=PAGE).text
    client.get("/api/ledger?lang=vi")
    assert sessions.who(here.place, token).language == "en", "what a program asks for is not switched to"


def test_a_language_that_is_switched_to_before_signing_in_is_remembered(here: World):
    here.add("speaks", [Role.PATROL], A)
    invitation = people.invite(here.place, "speaks")["invitation"]
    client = here.client()
    client.headers["Origin"] = HOST
    page = client.get(f"/signin?invite={invitation}&lang=vi").text
    assert 'action="/signin?lang=vi"' in page
    assert 'action="/signin"' in client.get(f"/signin?invite={invitation}").text
    given = {"invite": invitation, "password": "lúa nương suối đá 7"}
    token = client.post("/signin?lang=vi", data=given).cookies[COOKIE]
    assert sessions.who(here.place, token).language == "vi"


def test_switching_the_language_keeps_what_was_asked_for(here: World):
    page = here.client("officer").get("/plots?season=2025-2026&state=candidate", headers=PAGE).text
    assert 'href="?season=2025-2026&amp;state=candidate&amp;lang=vi"' in page

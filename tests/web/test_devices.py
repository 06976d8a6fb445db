"""T19: a device's token is kept as a hash, good for its purposes, below its person's rights, and void at once."""

import base64

import pytest
from starlette.testclient import TestClient
from web.world import HOST, World

from eradication.errors import Denied, UnusableInput
from eradication.pipeline.reception import devices, standing


def issued(here: World, login: str = "patrol_a", *scopes: str) -> dict[str, str]:
    return devices.issue(here.place, login, "phone", scopes or ("read",))


def shown(here: World, token: str) -> TestClient:
    client = here.client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def basic(device: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{device}:{secret}".encode()).decode()}


def test_t19_each_scope_is_good_for_its_own_routes(here: World):
    reads, submits = issued(here, "patrol_a", "read"), issued(here, "patrol_a", "submit")
    both = issued(here, "patrol_a", "submit", "read")
    answers = {
        name: [shown(here, told["token"]).get(path).status_code for path in ("/api/plots", "/api/hand-ins", "/metrics")]
        for name, told in (("read", reads), ("submit", submits), ("both", both))
    }
    assert answers == {"read": [200, 403, 403], "submit": [403, 200, 403], "both": [200, 200, 403]}
    measured = shown(here, issued(here, "administrator", "metrics")["token"])
    assert [measured.get(path).status_code for path in ("/metrics", "/api/users", "/people")] == [200, 403, 403]


def test_t19_a_password_of_a_device_is_taken_where_programs_know_nothing_else(here: World):
    told = issued(here, "patrol_a", "submit", "read")
    header = basic(told["device_id"], told["secret"])
    assert here.client().get("/openrosa/formList", headers=header).status_code == 200
    for path in ("/api/plots", "/api/me", "/api/hand-ins", "/openrosa", "/openrosaformList", "/"):
        assert here.client().get(path, headers=header).status_code in (401, 404)
        assert here.client().get(path, headers=header).status_code == (404 if path == "/openrosa" else 401)
    items = "/ogc/collections/plots/items"
    assert here.client().get(items, headers=header).json()["numberMatched"] == 4
    for path in (items, "/tiles/plots/9/404/225.mvt"):
        assert here.client().get(path, headers=header).status_code == 200
        answer = here.client().get(path, headers=basic(told["device_id"], "x"))
        assert (answer.status_code, "www-authenticate" in answer.headers) == (
            401,
            False,
        )  # no browser is to ask for one
    assert here.client().get("/ogcx", headers=header).status_code == 401
    wrong = (
        ("", ""),
        (told["device_id"], ""),
        (told["device_id"], "x"),
        ("", told["secret"]),
        ("dev-0", told["secret"]),
    )
    for device, secret in wrong:
        answer = here.client().get("/openrosa/formList", headers=basic(device, secret))
        assert (answer.status_code, "www-authenticate" in answer.headers) == (401, True)


@pytest.mark.parametrize("end", ["revoke", "revoke page", "disable"])
def test_t19_a_token_is_void_at_once(here: World, end: str):
    login = f"ends-{end.replace(' ', '-')}"
    here.add(login, ["patrol"], "BP01")
    told = issued(here, login)
    client = shown(here, told["token"])
    assert client.get("/api/me").status_code == 200
    if end == "revoke":
        devices.revoke(here.place, told["device_id"])
    elif end == "revoke page":
        assert here.client(login).post(f"/account/devices/{told['device_id']}/revoke").status_code == 200
    else:
        standing.disable(here.place, login)
    assert client.get("/api/me").status_code == 401


def test_t19_nobody_makes_anothers_token_void_and_none_is_listed_with_its_hash(here: World):
    told = issued(here, "patrol_b")
    mine = here.client("patrol_a")
    other = mine.post(f"/account/devices/{told['device_id']}/revoke")
    unknown = mine.post("/account/devices/dev-00000000/revoke")
    assert other.status_code == unknown.status_code == 404
    assert other.text.replace(told["device_id"], "") == unknown.text.replace("dev-00000000", "")
    assert shown(here, told["token"]).get("/api/me").status_code == 200
    assert not [
        row for row in devices.listed(here.place)["devices"] if "token_hash" in row or told["secret"] in str(row)
    ]


def test_t19_a_device_makes_no_device_and_changes_no_password(here: World):
    client = shown(here, issued(here, "patrol_a", "read", "submit")["token"])
    client.headers["Origin"] = HOST
    assert client.post("/account/devices", data={"name": "x", "scope": "read"}).status_code == 403
    assert client.post("/account/password", data={"old": "x", "new": "y"}).status_code == 403
    assert client.post("/signout").status_code == 403
    assert client.get("/signin/code").status_code == 403


@pytest.mark.parametrize(
    "login", ["reviewer", "verifier", "officer", "analyst", "administrator", "auditor", "reviewer_east"]
)
def test_t3_no_device_reads_for_whoever_needs_a_second_factor(here: World, login: str):
    before = len(devices.listed(here.place)["devices"])
    for scopes in (["read"], ["submit", "read"]):
        with pytest.raises(Denied, match="somebody who patrols") as refused:
            devices.issue(here.place, login, "program", scopes)
        assert (refused.value.kind, bool(refused.value.hint)) == ("second_factor_needed", True)
        page = here.client(login).post("/account/devices?lang=en", data={"name": "x", "scope": scopes})
        assert page.status_code == 403
        assert "somebody who patrols" in page.text
    assert len(devices.listed(here.place)["devices"]) == before
    submits = shown(here, issued(here, login, "submit")["token"])
    assert submits.get("/api/plots").status_code == 403
    assert submits.get("/openrosa/media/plots.csv").status_code >= 400


def test_t3_a_token_reads_no_more_once_its_person_is_more_than_a_patrol(here: World):
    here.add("rises", ["patrol"], "BP01")
    client = shown(here, issued(here, "rises", "read", "submit")["token"])
    assert client.get("/api/plots").status_code == 200
    standing.change(here.place, "rises", standing.Changed(["patrol", "reviewer"], "BP01"))
    assert [client.get(path).status_code for path in ("/api/plots", "/api/phone/today", "/api/hand-ins")] == [
        403,
        403,
        200,
    ]


@pytest.mark.parametrize("scopes", [(), ("king",), ("read", "king"), ("read,submit",)])
def test_a_device_with_a_purpose_that_nobody_knows_is_not_made(here: World, scopes: tuple[str, ...]):
    with pytest.raises(UnusableInput, match="nothing a device may do"):
        devices.issue(here.place, "patrol_a", "phone", scopes)


def test_what_a_device_may_is_said_in_the_language_of_the_page(fresh):
    devices.issue(fresh.place, "patrol_a", "phone", ("metrics", "submit"))
    assert "<span>số đo, gửi</span>" in fresh.client("patrol_a").get("/account?lang=vi").text

"""T34: whoever lets a second self in leaves a trace: what is done with people and devices are events of the chain."""

import sqlite3
from contextlib import closing

import pyotp
import pytest
from web import world
from web.world import World

from eradication.cli import main
from eradication.domain import EventKind
from eradication.domain.person import Act
from eradication.errors import Denied, StorageFailed
from eradication.pipeline.reception import acts, devices, oidc, people, second_factors, sessions, standing
from eradication.store import audit
from eradication.store.reception import people as rows

PASSWORD = "four words of this test"


def done(here: World, *kinds: EventKind) -> list[dict]:
    kept = here.workspace.store.events(kinds=kinds or [EventKind.PERSON_CHANGED, EventKind.DEVICE_CHANGED])
    return [dict(event.payload) for event in sorted(kept, key=lambda event: event.number)]


def test_t34_a_puppet_is_let_in_looks_and_is_put_out_and_all_of_it_stays(fresh: World):
    before = len(done(fresh))
    office = fresh.client("administrator")
    told = office.post("/api/users", json={"login": "puppet", "roles": ["verifier", "reviewer"]}).json()
    people.accept(fresh.place, told["invitation"], PASSWORD)
    secret = second_factors.enrolment(fresh.place, told["person_id"])["secret"]
    code = pyotp.TOTP(secret).at(fresh.clock.now)
    assert second_factors.confirm(fresh.place, told["person_id"], code)
    assert not second_factors.confirm(fresh.place, told["person_id"], code)
    fresh.people["puppet"] = people.find(fresh.place, "puppet")
    assert fresh.client("puppet").get(f"/api/plots/{fresh.plots['open_A']}").status_code == 200
    assert office.post("/api/users/puppet/disable").status_code == 200
    admin = fresh.people["administrator"].person_id
    made = done(fresh)[before:]
    assert [(one["act"], one["by"]) for one in made] == [
        ("let_in", admin),
        ("invitation_used", told["person_id"]),
        ("second_factor_set", told["person_id"]),
        ("disabled", admin),
    ]
    assert {tuple(one["roles"]) for one in made} == {("reviewer", "verifier")}
    assert [one["disabled"] for one in made] == [False, False, False, True]
    assert all(check.ok for check in audit.verify(fresh.workspace.store))


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_t34_the_page_of_people_tells_who_gave_what_and_when(fresh: World, who: str):
    fresh.client("administrator").post("/people", data={"login": "puppet", "role": ["verifier"]})
    page = fresh.client(who).get("/people?lang=en").text
    row = next(part for part in page.split("<tr>") if "<span>puppet<br>" in part)
    assert "sees plots exactly" in row
    assert "administrator, 01/03/2026 09:00" in row
    told = next(part for part in page.split("<h2>What was done</h2>")[1].split("<tr>") if "let in" in part)
    assert "puppet" in told
    assert "verifier" in told
    assert ('action="/people"' in page) is (who == "administrator")
    listed = fresh.client(who).get("/api/users").json()["people"]
    (puppet,) = (one for one in listed if one["login"] == "puppet")
    assert (puppet["sees_plots"], puppet["given"]["login"], puppet["given"]["own"]) == (True, "administrator", False)
    history = fresh.client(who).get("/api/users/acts").json()
    assert history["acts"][0]["act"] == "let_in"
    assert (history["acts"][0]["login"], history["acts"][0]["by_login"]) == ("puppet", "administrator")


def test_t34_a_right_that_somebody_wrote_into_the_tables_is_told_by_no_event(fresh: World):
    assert acts.untold(fresh.place) == []
    patrol = fresh.people["patrol_a"].person_id
    with fresh.place.reception.writing() as connection:
        rows.change(connection, patrol, {"roles": "analyst,patrol"})
    assert acts.untold(fresh.place) == [patrol]
    assert "no event tells of it" in fresh.client("administrator").get("/people?lang=en").text
    people.invite(fresh.place, "patrol_a", fresh.people["administrator"].person_id)  # vouches, and that is on record
    assert acts.untold(fresh.place) == []
    assert done(fresh)[-1]["roles"] == ["analyst", "patrol"]


def test_t34_changes_of_roles_invitations_links_and_devices_are_events(fresh: World):
    before = len(done(fresh))
    standing.change(fresh.place, "reviewer", standing.Changed(["analyst"], "", [world.EAST]), "p-x")
    people.invite(fresh.place, "reviewer", "p-x")
    oidc.link(fresh.place, "reviewer", "", "p-x")
    device = devices.issue(fresh.place, "patrol_a", "phone", ["submit", "read"], "p-x")
    fresh.client("patrol_a").post(f"/account/devices/{device['device_id']}/revoke")
    devices.issue(fresh.place, "patrol_a", "phone", ["submit"])
    made = done(fresh)[before:]
    assert [one["act"] for one in made] == ["changed", "invited", "unlinked", "issued", "revoked", "issued"]
    assert [one["by"] for one in made] == ["p-x"] * 4 + [fresh.people["patrol_a"].person_id, ""]
    assert (made[0]["roles"], made[0]["communes"]) == (["analyst"], [world.EAST])
    assert made[3]["scopes"] == ["read", "submit"]
    assert {*map(str, Act)} >= {one["act"] for one in made}


def test_t34_events_of_people_bear_no_name_and_no_secret(fresh: World):
    told = people.add(fresh.place, people.Wanted("ten-rieng", ["officer"], officer_code="RIENG-77"))
    people.accept(fresh.place, told["invitation"], PASSWORD)
    secret = second_factors.enrolment(fresh.place, told["person_id"])["secret"]
    second_factors.confirm(fresh.place, told["person_id"], pyotp.TOTP(secret).at(fresh.clock.now))
    device = devices.issue(fresh.place, "ten-rieng", "may-rieng", ["submit"])
    said = str(done(fresh))
    for hidden in ("rieng", "RIENG-77", told["invitation"], PASSWORD, secret, device["secret"], "argon2"):
        assert hidden not in said
    assert told["person_id"] in said


def test_t34_nothing_is_done_that_cannot_be_put_on_record(fresh: World, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise StorageFailed("disk_full", "full", hint="x")

    invitation = people.invite(fresh.place, "officer")["invitation"]
    before = people.listed(fresh.place)
    monkeypatch.setattr(acts, "of_person", full)
    monkeypatch.setattr(acts, "of_device", full)
    attempts = [
        lambda: people.add(fresh.place, people.Wanted("puppet", ["verifier"])),
        lambda: standing.change(fresh.place, "patrol_a", standing.Changed(["verifier"])),
        lambda: people.invite(fresh.place, "reviewer"),
        lambda: people.accept(fresh.place, invitation, PASSWORD),
        lambda: standing.disable(fresh.place, "auditor"),
        lambda: oidc.link(fresh.place, "reviewer", ""),
        lambda: devices.issue(fresh.place, "patrol_a", "phone", ["read"]),
    ]
    for attempt in attempts:
        with pytest.raises(StorageFailed):
            attempt()
    assert people.listed(fresh.place) == before
    assert devices.listed(fresh.place)["devices"] == []


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM events WHERE number = ?",
        """UPDATE events SET payload = replace(payload, '"verifier"', '"auditor"') WHERE number = ?""",
    ],
)
def test_t18_an_event_of_a_person_that_was_deleted_or_altered_is_found(fresh: World, forgery: str):
    fresh.client("administrator").post("/api/users", json={"login": "puppet", "roles": ["verifier"]})
    standing.disable(fresh.place, "puppet")
    folder, number = fresh.workspace.folder, len(fresh.workspace.store.events())
    verify = ["--workspace", str(folder), "audit", "verify"]
    assert main(verify) == 0
    with closing(sqlite3.connect(folder / "store.gpkg", autocommit=True)) as raw:
        guards = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'").fetchall()
        for (name,) in guards:
            raw.execute(f'DROP TRIGGER "{name}"')
        assert raw.execute(forgery, (number - 1,)).rowcount == 1
    assert main(verify) == 5


def test_t34_a_reset_of_the_second_factor_is_an_event_that_names_who_asked_for_it(fresh: World):
    admin = fresh.people["administrator"].person_id
    told = fresh.client("administrator").post("/api/users/analyst/invite").json()
    people.accept(fresh.place, told["invitation"], PASSWORD)
    made = [(one["act"], one["by"]) for one in done(fresh) if one["person"] == fresh.people["analyst"].person_id]
    assert made[-2:] == [("invited", admin), ("invitation_used", fresh.people["analyst"].person_id)]
    token = sessions.sign_in(fresh.place, "analyst", PASSWORD, "127.0.0.1")
    caller = sessions.who(fresh.place, token)
    assert caller is not None
    assert not caller.is_whole


def test_who_was_put_out_comes_in_again_by_a_new_invitation_alone(fresh: World):
    office = fresh.client("administrator")
    first = people.invite(fresh.place, "patrol_a")["invitation"]
    assert office.post("/api/users/patrol_a/disable").status_code == 200
    assert people.invited(fresh.place, first) == ""
    second = office.post("/api/users/patrol_a/invite").json()["invitation"]
    assert people.invited(fresh.place, first) == ""
    people.accept(fresh.place, second, PASSWORD)
    assert people.find(fresh.place, "patrol_a").disabled is False
    assert [one["disabled"] for one in done(fresh)][-3:] == [True, False, False]
    assert acts.untold(fresh.place) == []


def test_nobody_puts_themselves_out_nor_the_last_administrator(fresh: World):
    told = fresh.client("administrator").post("/api/users/administrator/disable")
    assert (told.status_code, told.json()["error"]["kind"]) == (403, "own_account")
    people.accept(fresh.place, people.invite(fresh.place, "administrator")["invitation"], PASSWORD)
    with pytest.raises(Denied, match="only administrator"):
        standing.disable(fresh.place, "administrator")
    second = people.add(fresh.place, people.Wanted("second", ["administrator"]))
    with pytest.raises(Denied, match="only administrator"):
        standing.disable(fresh.place, "administrator")  # the other one was invited and has not come in
    people.accept(fresh.place, second["invitation"], PASSWORD)
    assert standing.disable(fresh.place, "administrator")["disabled"] is True


def test_t5_other_rights_of_somebody_are_what_was_named_and_the_rest_stays(fresh: World):
    office = fresh.client("administrator")
    before = office.get("/api/users").json()["people"]
    known = next(one for one in before if one["login"] == "patrol_a")
    told = office.post("/api/users/patrol_a/change", json={"unit": "ca02"}).json()
    assert told == {name: known[name] for name in told} | {"unit": "CA02"}
    same = len(done(fresh))
    assert office.post("/api/users/patrol_a/change", json={"unit": "CA02"}).json() == told
    assert len(done(fresh)) == same  # nothing is another, so nothing is told
    page = {"role": ["reviewer", "verifier"], "communes": f"{world.EAST}, {world.WEST}"}
    assert office.post("/people/patrol_a/change", data=page).status_code == 200
    who = people.find(fresh.place, "patrol_a")
    assert (sorted(who.roles), who.unit, who.communes) == (["reviewer", "verifier"], "", (world.EAST, world.WEST))
    assert acts.untold(fresh.place) == []


def test_t5_who_is_given_other_rights_is_signed_out(fresh: World):
    theirs = fresh.client("reviewer")
    assert theirs.get("/api/plots").status_code == 200
    standing.change(fresh.place, "reviewer", standing.Changed(roles=["auditor"]))
    assert theirs.get("/api/plots").status_code == 401


def test_t34_nobody_changes_what_they_themselves_may_nor_takes_the_last_administrator_away(fresh: World):
    office = fresh.client("administrator")
    refused = office.post("/api/users/administrator/change", json={"roles": ["administrator", "verifier"]})
    assert (refused.status_code, refused.json()["error"]["kind"]) == (403, "own_account")
    people.accept(fresh.place, people.invite(fresh.place, "administrator")["invitation"], PASSWORD)
    with pytest.raises(Denied, match="only administrator"):
        standing.change(fresh.place, "administrator", standing.Changed(roles=["analyst"]))
    told = standing.change(fresh.place, "administrator", standing.Changed(roles=["administrator", "analyst"]))
    assert told["roles"] == ["administrator", "analyst"]


def test_a_patrol_without_a_unit_is_refused_and_nothing_changes(fresh: World):
    told = fresh.client("administrator").post("/api/users/patrol_a/change", json={"unit": ""})
    assert (told.status_code, told.json()["error"]["kind"]) == (400, "unit_needed")
    assert people.find(fresh.place, "patrol_a").unit == "BP01"


def test_a_used_invitation_says_so_before_a_password_is_thought_of(fresh: World):
    told = people.add(fresh.place, people.Wanted("late", ["patrol"], "BP01"))
    address = f"/signin?invite={told['invitation']}&lang=en"
    assert "Choose your password" in fresh.client().get(address).text
    people.accept(fresh.place, told["invitation"], PASSWORD)
    again = fresh.client().get(address)
    assert "it has expired" in again.text
    assert "Choose your password" not in again.text


def test_who_is_let_in_by_command_reads_the_language_of_the_workspace(fresh: World):
    words = ["--lang", "vi", "users", "add", "new-one", "--role", "auditor"]
    assert main(["--workspace", str(fresh.workspace.folder), *words]) == 0
    assert people.find(fresh.place, "new-one").language == fresh.workspace.settings.workspace.language == "en"

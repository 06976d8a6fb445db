"""Who may come in: people with roles, a unit and communes; invitations and passwords."""

import dataclasses
import re
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from eradication.domain.event import iso
from eradication.domain.person import SEES_PLOTS, Act, Person, Role, login_of, officer_code_of, roles_of
from eradication.errors import N_, Denied, UnusableInput
from eradication.pipeline import units
from eradication.pipeline.reception import acts, second_factors, secrets, tries
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.tries import QUARTER_S, Limit
from eradication.pipeline.workspace import Workspace
from eradication.store.reception import people

INVITED = timedelta(hours=72)
_COMMUNE = re.compile(r"[0-9A-Za-z-]{1,20}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator says of a person."""

    login: str
    roles: Sequence[str]
    unit: str = ""
    communes: Sequence[str] = ()
    officer_code: str = ""
    language: str = "vi"


def add(place: Place, wanted: Wanted, by: str = "") -> dict[str, Any]:
    """Let somebody in; the answer holds the one-time invitation, which is kept nowhere in clear.

    Args:
        place: whose people.
        wanted: who.
        by: ``person_id`` of whoever lets them in; empty = somebody at the computer itself. So in all that follow.

    Raises:
        UnusableInput: ``bad_login``, ``login_taken``, ``unknown_role``, ``unknown_unit``, ``unit_needed``,
            ``bad_officer_code``.
    """
    who = checked(place.workspace, wanted, f"p-{random.token_hex(4)}")
    with place.reception.reading() as connection:
        _check_free(connection, who.login)
    acts.of_person(place, Act.LET_IN, who, by)
    with place.reception.writing() as connection:
        _check_free(connection, who.login)
        people.add(connection, who, place.now())
    return told(who) | _invite(place, who)


def _check_free(connection: Connection, login: str) -> None:
    if people.by(connection, "login", login) is not None:
        raise UnusableInput(
            "login_taken",
            N_("Somebody signs in with '{login}' already."),
            hint=N_("Choose another name, or give that person a new invitation: eradication users invite"),
            values={"login": login},
        )


def checked(workspace: Workspace, wanted: Wanted, person_id: str) -> Person:
    """Return the person that an administrator describes.

    Raises:
        UnusableInput: ``bad_login``, ``unknown_role``, ``unknown_unit``, ``unit_needed``, ``bad_commune``,
            ``bad_officer_code``.
    """
    roles, communes = roles_of(list(wanted.roles)), tuple(code.strip() for code in wanted.communes)
    wrong = [code for code in communes if not _COMMUNE.fullmatch(code)]
    if wrong:  # an empty one, or two in one, would be read as another list: none is all of them
        raise UnusableInput(
            "bad_commune",
            N_("'{commune}' is no code of a commune."),
            hint=N_("Use its digits, e.g. 04048; name none for all communes."),
            values={"commune": wrong[0][:60]},
        )
    unit = units.on_record(workspace, units.asked(wanted.unit)) if wanted.unit else ""
    if Role.PATROL in roles and not unit:
        raise UnusableInput(
            "unit_needed",
            N_("Somebody who patrols belongs to a unit."),
            hint=N_("Name it with --unit CODE."),
        )
    return Person(
        person_id=person_id,
        login=login_of(wanted.login),
        roles=roles,
        unit=unit,
        communes=communes,
        officer_code=officer_code_of(wanted.officer_code),
        language=wanted.language if wanted.language in ("vi", "en") else "vi",
    )


def invite(place: Place, login: str, by: str = "") -> dict[str, Any]:
    """Make a one-time invitation, with which a password is chosen anew; the second factor is set up anew too.

    Who is signed in is signed out: somebody may need it because a telephone was lost. Who was let in no more may
    come in again, by this invitation alone.

    Raises:
        UnusableInput: ``no_such_person``.
    """
    who = find(place, login)
    was_out, who = who.disabled, dataclasses.replace(who, disabled=False)
    acts.of_person(place, Act.INVITED, who, by)
    if was_out:
        with place.reception.writing() as connection:
            people.change(connection, who.person_id, {"disabled_at": None, "password_hash": ""})
    return _invite(place, who)


def _invite(place: Place, who: Person) -> dict[str, Any]:
    token, expires = secrets.token(), place.now() + INVITED
    with place.reception.writing() as connection:
        people.invite(connection, secrets.token_hash(token), who.person_id, expires)
        people.end_sessions(connection, person_id=who.person_id)
    return {"login": who.login, "invitation": token, "expires_at": iso(expires)}


def invited(place: Place, token: str) -> str:
    """Return the name to sign in with of whom an invitation is for; empty if it is void."""
    with place.reception.reading() as connection:
        row = people.invited(connection, secrets.token_hash(token), place.now())
    return str(row["login"]) if row else ""


def accept(place: Place, token: str, password: str) -> Person:
    """Choose a password with an invitation; all sessions and devices of before end.

    Raises:
        Denied: ``invitation_void``.
        UnusableInput: ``weak_password``.
    """
    digest, now = secrets.token_hash(token), place.now()
    with place.reception.reading() as connection:
        row = people.invited(connection, digest, now)
    if row is None:
        raise void()  # before the password is hashed: that costs, and anybody may send this
    kept = secrets.hashed(password, row["login"])
    acts.of_person(place, Act.INVITATION_USED, people.person(row), row["person_id"])
    with place.reception.writing() as connection:
        row = people.invited(connection, digest, now)
        if row is None or not people.use_invitation(connection, digest, now):
            raise void()
        changed = {"password_hash": kept, "totp_sealed": "", "totp_step": 0}
        people.change(connection, row["person_id"], changed)
        people.end_sessions(connection, person_id=row["person_id"])
        end_devices(connection, row["person_id"], now)
    return people.person(row)


def void() -> Denied:
    """Return the refusal of an invitation that is good no more."""
    return Denied(
        "invitation_void",
        N_("This invitation was used, or it has expired."),
        hint=N_("Ask your administrator for a new one."),
    )


def change_password(place: Place, who: Person, old: str, new: str) -> None:
    """Choose another password; all of the person's sessions end, devices stay.

    Raises:
        Denied: ``wrong_password``, ``too_often``.
        UnusableInput: ``weak_password``.
    """
    tried = [(Limit("password", place.workspace.settings.web.sign_in_tries, QUARTER_S), who.person_id)]
    tries.spend_all(place, tried)
    with place.reception.reading() as connection:
        row = people.by(connection, "person_id", who.person_id)
    if row is None or not secrets.fits(old, row["password_hash"]):
        message = N_("The password you have now is another one.")
        raise Denied("wrong_password", message, hint=N_("If you forgot it, ask your administrator for an invitation."))
    tries.give_back(place, tried)
    kept = secrets.hashed(new, who.login)
    with place.reception.writing() as connection:
        people.change(connection, who.person_id, {"password_hash": kept})
        people.end_sessions(connection, person_id=who.person_id)


def end_devices(connection: Connection, person_id: str, now: datetime) -> None:
    """Make the tokens of a person's devices void."""
    for device in people.devices(connection, person_id):
        if device["revoked_at"] is None:
            people.change_device(connection, device["device_id"], {"revoked_at": iso(now)})


def find(place: Place, login: str) -> Person:
    """Return the person who signs in with ``login``.

    Raises:
        UnusableInput: ``no_such_person``.
    """
    with place.reception.reading() as connection:
        row = people.by(connection, "login", login.strip().lower())
    if row is None:
        raise UnusableInput(
            "no_such_person",
            N_("Nobody signs in with '{login}'."),
            hint=N_("`eradication users list` shows who does."),
            values={"login": login[:60]},
        )
    return people.person(row)


def listed(place: Place) -> dict[str, Any]:
    """Return everybody who may or might come in, and by whom they got what they may; no secret and no hash."""
    with place.reception.reading() as connection:
        rows = people.everybody(connection)
    given = acts.given(place, {row["person_id"]: row["login"] for row in rows})
    ready = {
        row["person_id"]: (bool(row["password_hash"]), second_factors.is_set_up(row), bool(row["subject"]))
        for row in rows
    }
    return {
        "people": [
            told(who)
            | dict(zip(("password", "second_factor", "linked"), ready[who.person_id], strict=True))
            | {"sees_plots": bool(who.roles & SEES_PLOTS), "given": acts.fitting(given, who)}
            for who in map(people.person, rows)
        ]
    }


def names(place: Place) -> dict[str, str]:
    """Return pseudonym → name to sign in with."""
    with place.reception.reading() as connection:
        return {row["person_id"]: row["login"] for row in people.everybody(connection)}


def told(who: Person) -> dict[str, Any]:
    """Return a person as an answer."""
    return {
        "person_id": who.person_id,
        "login": who.login,
        "roles": sorted(who.roles),
        "unit": who.unit,
        "communes": list(who.communes),
        "officer_code": who.officer_code,
        "language": who.language,
        "disabled": who.disabled,
    }

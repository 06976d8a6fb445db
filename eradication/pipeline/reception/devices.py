"""Tokens of telephones and programs: hashed, for some purposes only, and void as soon as somebody says so."""

import hmac
import secrets as random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from eradication.domain.event import iso, parse_iso
from eradication.domain.person import Act, Scope
from eradication.errors import N_, Denied, StorageFailed, UnusableInput
from eradication.pipeline.reception import acts, people, second_factors, secrets, sessions
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.store.reception import people as rows

_SEEN_EVERY = timedelta(minutes=1)
_MOST_NAME = 60


def issue(place: Place, login: str, name: str, scopes: Sequence[str], by: str = "") -> dict[str, Any]:
    """Give a person's device a token; it is told once, and only its hash is kept.

    A token is all that its device shows, for months. So none reads for somebody whose roles ask for a second factor:
    whoever found it would see the plots of the province. A desktop map (QGIS) is given one by the person alone, who has
    shown the second factor just then, and it is good for hours, as a session is.

    Args:
        place: whose devices.
        login: whose device it is.
        name: what it is.
        scopes: what it may.
        by: ``person_id`` of who issues it; empty = somebody at the computer itself.

    Raises:
        UnusableInput: ``no_such_person``, ``unknown_scope``.
        Denied: ``second_factor_needed``.
    """
    unknown = [scope for scope in scopes if scope not in set(Scope)]
    if unknown or not scopes:
        raise UnusableInput(
            "unknown_scope",
            N_("'{scope}' is nothing a device may do."),
            hint=N_("Name one or more of: {known}."),
            values={"scope": ", ".join(unknown)[:60], "known": ", ".join(Scope)},
        )
    who, secret, device_id = people.find(place, login), secrets.token(), f"dev-{random.token_hex(4)}"
    if Scope.READ in scopes and who.needs_second_factor:
        raise Denied(
            "second_factor_needed",
            N_("A device that reads is given only to somebody who patrols and is nothing else."),
            where=who.login,
            hint=N_("A token shows no second factor. Sign in with a browser, or let a person with the role patrol in."),
        )
    if Scope.MAP in scopes and who.needs_second_factor and by != who.person_id:
        raise Denied(
            "second_factor_needed",
            N_("A token for QGIS is made by the person alone, on the page of the own account."),
            where=who.login,
            hint=N_("Sign in with a browser; the token is good for some hours."),
        )
    row = {
        "device_id": device_id,
        "person_id": who.person_id,
        "name": name.strip()[:_MOST_NAME],
        "scopes": ",".join(sorted(set(scopes))),
        "token_hash": secrets.token_hash(secret),
        "made_at": iso(place.now()),
        "seen_at": None,
        "revoked_at": None,
    }
    acts.of_device(place, Act.ISSUED, row, by)
    with place.reception.writing() as connection:
        rows.add_device(connection, row)
    return {"device_id": device_id, "secret": secret, "token": f"{device_id}.{secret}", "login": who.login,
            "name": row["name"], "scopes": sorted(set(scopes))}  # fmt: skip


def who(place: Place, device_id: str, secret: str) -> Caller | None:
    """Return whose device shows a token; ``None`` if it is nobody's.

    Raises:
        Denied: ``device_revoked``, ``person_disabled``: it was good before.
    """
    with place.reception.asking() as connection:
        row = rows.device(connection, device_id)
        before = None if row else rows.was_device(connection, device_id)
    if before and hmac.compare_digest(before["token_hash"], secrets.token_hash(secret)):
        raise sessions.disabled() if before["disabled_at"] else _revoked()
    if row is None or not hmac.compare_digest(row["token_hash"], secrets.token_hash(secret)):
        return None
    now = place.now()
    if row["seen_at"] is None or now - parse_iso(row["seen_at"]) > _SEEN_EVERY:
        # A full disk keeps nobody from looking at what is kept.
        with suppress(StorageFailed), place.reception.writing() as connection:
            rows.change_device(connection, device_id, {"seen_at": iso(now)})
    person = rows.person(row)
    # Somebody may have become more than a patrol since the token was issued.
    void = {Scope.READ} if person.needs_second_factor else set()
    if person.needs_second_factor and now - parse_iso(row["made_at"]) > _good_for(place):
        void |= {Scope.MAP}
    return Caller(
        person=person,
        language=row["language"],
        second_factor=False,
        factor_set_up=second_factors.is_set_up(row),
        device_id=device_id,
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split(",")) - void,
    )


def _good_for(place: Place) -> timedelta:
    return timedelta(hours=place.workspace.settings.web.map_hours)


def _revoked() -> Denied:
    return Denied(
        "device_revoked",
        N_("This device may come in no more: its token was made void."),
        hint=N_("What waits on it stays there: export it and take it to the office, or ask for another token."),
    )


def revoke(place: Place, device_id: str, person_id: str = "") -> dict[str, Any]:
    """Make a device's token void; with ``person_id`` only if it is that person's, who does it.

    Raises:
        UnusableInput: ``no_such_device``.
    """
    with place.reception.reading() as connection:
        mine = {row["device_id"]: row for row in rows.devices(connection, person_id)}
    if device_id not in mine:
        raise UnusableInput(
            "no_such_device",
            N_("There is no device '{device}'."),
            hint=N_("`eradication devices list` shows them."),
            values={"device": device_id[:40]},
        )
    acts.of_device(place, Act.REVOKED, mine[device_id], person_id)
    with place.reception.writing() as connection:
        rows.change_device(connection, device_id, {"revoked_at": iso(place.now())})
    return {"device_id": device_id, "revoked": True}


def listed(place: Place, person_id: str = "") -> dict[str, Any]:
    """Return the devices of a person, or all, the newest first."""
    with place.reception.reading() as connection:
        return {"devices": rows.devices(connection, person_id)}

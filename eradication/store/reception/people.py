"""Rows of people, invitations, sessions and devices. What they mean says :mod:`eradication.pipeline.reception`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from eradication.domain.event import iso
from eradication.domain.person import Person, Role
from eradication.store.reception import schema

_PEOPLE, _SESSIONS, _DEVICES = schema.people.c, schema.sessions.c, schema.devices.c


def person(row: Row[Any] | Mapping[str, Any]) -> Person:
    """Return the person a row of ``people`` tells of."""
    kept = row if isinstance(row, Mapping) else row._mapping
    return Person(
        person_id=kept["person_id"],
        login=kept["login"],
        roles=frozenset(Role(role) for role in _listed(kept["roles"])),
        unit=kept["unit"],
        communes=_listed(kept["communes"]),
        officer_code=kept["officer_code"],
        language=kept["language"],
        disabled=kept["disabled_at"] is not None,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def add(connection: Connection, who: Person, now: datetime) -> None:
    """Keep a new person, without password and second factor."""
    row = {
        **columns(who),
        "person_id": who.person_id,
        "password_hash": "",
        "totp_sealed": "",
        "totp_step": 0,
        "subject": None,
        "made_at": iso(now),
        "disabled_at": None,
    }
    connection.execute(insert(schema.people).values(row))


def columns(who: Person) -> dict[str, Any]:
    """Return what may change of a person, as columns."""
    return {
        "login": who.login,
        "roles": ",".join(sorted(who.roles)),
        "unit": who.unit,
        "communes": ",".join(who.communes),
        "officer_code": who.officer_code,
        "language": who.language,
    }


def change(connection: Connection, person_id: str, values: Mapping[str, Any]) -> None:
    """Set some columns of a person."""
    connection.execute(update(schema.people).where(_PEOPLE.person_id == person_id).values(dict(values)))


def by(connection: Connection, column: str, value: str) -> dict[str, Any] | None:
    """Return the row of whoever has ``value`` in ``column`` (``login``, ``person_id``, ``subject``), or ``None``."""
    found = connection.execute(select(schema.people).where(schema.people.c[column] == value)).first()
    return None if found is None else dict(found._mapping)


def everybody(connection: Connection) -> list[dict[str, Any]]:
    """Return all rows by login."""
    return [dict(row._mapping) for row in connection.execute(select(schema.people).order_by(_PEOPLE.login))]


def invite(connection: Connection, token_hash: str, person_id: str, expires: datetime) -> None:
    """Keep an invitation; those given before are void."""
    invitations = schema.invitations
    connection.execute(delete(invitations).where(invitations.c.person_id == person_id))
    row = {"token_hash": token_hash, "person_id": person_id, "expires_at": iso(expires), "used_at": None}
    connection.execute(insert(invitations).values(row))


def invited(connection: Connection, token_hash: str, now: datetime) -> dict[str, Any] | None:
    """Return the row of the person whose unused, unexpired invitation this is, or ``None``."""
    kept = schema.invitations.c
    query = (
        select(schema.people)
        .join(schema.invitations, kept.person_id == _PEOPLE.person_id)
        .where(kept.token_hash == token_hash, kept.used_at.is_(None), kept.expires_at > iso(now))
        .where(_PEOPLE.disabled_at.is_(None))
    )
    found = connection.execute(query).first()
    return None if found is None else dict(found._mapping)


def use_invitation(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Use an invitation up; ``False`` if somebody did already."""
    kept = schema.invitations.c
    used = update(schema.invitations).where(kept.token_hash == token_hash, kept.used_at.is_(None))
    return connection.execute(used.values(used_at=iso(now))).rowcount == 1


def begin_session(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a session."""
    connection.execute(insert(schema.sessions).values(dict(row)))


_SESSION = (
    select(
        _SESSIONS.seen_at,
        _SESSIONS.expires_at,
        _SESSIONS.second_factor,
        _SESSIONS.language.label("spoken"),
        schema.people,
    )
    .join(schema.people, _SESSIONS.person_id == _PEOPLE.person_id)
    .where(_SESSIONS.token_hash == bindparam("token_hash"), _SESSIONS.expires_at > bindparam("now"))
    .where(_PEOPLE.disabled_at.is_(None))
)
"""Asked for with every request of a browser, and so built once."""


def session(connection: Connection, token_hash: str, now: datetime) -> dict[str, Any] | None:
    """Return session and person of a token that has not expired, of people not disabled; ``None`` else."""
    found = connection.execute(_SESSION, {"token_hash": token_hash, "now": iso(now)}).first()
    return None if found is None else dict(found._mapping)


def was_of_disabled(connection: Connection, token_hash: str) -> bool:
    """Tell whether a token is, or was, of somebody who is let in no more."""
    query = select(_SESSIONS.person_id).join(schema.people, _SESSIONS.person_id == _PEOPLE.person_id)
    found = query.where(_SESSIONS.token_hash == token_hash, _PEOPLE.disabled_at.is_not(None))
    return connection.execute(found).first() is not None


def change_session(connection: Connection, token_hash: str, values: Mapping[str, Any]) -> None:
    """Set some columns of a session."""
    connection.execute(update(schema.sessions).where(_SESSIONS.token_hash == token_hash).values(dict(values)))


def expire_sessions(connection: Connection, person_id: str, now: datetime) -> None:
    """End all sessions of a person, and remember whose they were."""
    theirs = update(schema.sessions).where(_SESSIONS.person_id == person_id, _SESSIONS.expires_at > iso(now))
    connection.execute(theirs.values(expires_at=iso(now)))


def end_sessions(connection: Connection, *, token_hash: str = "", person_id: str = "", before: str = "") -> int:
    """Forget one session, all of a person, or all that expired before a time; return how many there were."""
    conditions = [
        *([_SESSIONS.token_hash == token_hash] if token_hash else []),
        *([_SESSIONS.person_id == person_id] if person_id else []),
        *([_SESSIONS.expires_at < before] if before else []),
    ]
    return connection.execute(delete(schema.sessions).where(*conditions)).rowcount if conditions else 0


def add_device(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a device."""
    connection.execute(insert(schema.devices).values(dict(row)))


_DEVICE = (
    select(
        _DEVICES.token_hash, _DEVICES.scopes, _DEVICES.name.label("device_name"), _DEVICES.seen_at, schema.people
    )
    .join(schema.people, _DEVICES.person_id == _PEOPLE.person_id)
    .where(_DEVICES.device_id == bindparam("device_id"))
    .where(_DEVICES.revoked_at.is_(None), _PEOPLE.disabled_at.is_(None))
)  # fmt: skip
"""Asked for with every request of a device, and so built once."""


def was_device(connection: Connection, device_id: str) -> dict[str, Any] | None:
    """Return hash and end of a device, and of its person, whether in use or not; ``None`` if there never was one."""
    query = select(_DEVICES.token_hash, _DEVICES.revoked_at, _PEOPLE.disabled_at)
    query = query.join(schema.people, _DEVICES.person_id == _PEOPLE.person_id)
    found = connection.execute(query.where(_DEVICES.device_id == device_id)).first()
    return None if found is None else dict(found._mapping)


def device(connection: Connection, device_id: str) -> dict[str, Any] | None:
    """Return device and person, unless either is out of use; ``None`` else."""
    found = connection.execute(_DEVICE, {"device_id": device_id}).first()
    return None if found is None else dict(found._mapping)


def change_device(connection: Connection, device_id: str, values: Mapping[str, Any]) -> int:
    """Set some columns of a device; return how many there were."""
    changed = update(schema.devices).where(_DEVICES.device_id == device_id).values(dict(values))
    return connection.execute(changed).rowcount


def devices(connection: Connection, person_id: str = "") -> list[dict[str, Any]]:
    """Return the devices of a person, or all, the newest first; never their hashes."""
    query = select(*(column for column in _DEVICES if column.name != "token_hash"), _PEOPLE.login)
    query = query.join(schema.people, _DEVICES.person_id == _PEOPLE.person_id)
    if person_id:
        query = query.where(_DEVICES.person_id == person_id)
    rows = connection.execute(query.order_by(_DEVICES.made_at.desc(), _DEVICES.device_id))
    return [dict(row._mapping) for row in rows]

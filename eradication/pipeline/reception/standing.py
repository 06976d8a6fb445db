"""What somebody who was let in may from now on: other roles, another unit, or nothing any more."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eradication.domain.event import iso
from eradication.domain.person import Act, Person, Role
from eradication.errors import N_, Denied
from eradication.pipeline.reception import acts, people
from eradication.pipeline.reception.place import Place
from eradication.store.reception import people as rows


@dataclass(frozen=True, slots=True)
class Changed:
    """What is to be another; ``None`` = as it is."""

    roles: Sequence[str] | None = None
    unit: str | None = None
    communes: Sequence[str] | None = None
    """Codes; none = all."""
    officer_code: str | None = None


def change(place: Place, login: str, changed: Changed, by: str = "") -> dict[str, Any]:
    """Give somebody other roles, another unit, other communes; who is signed in is signed out.

    What is handed in already keeps the unit of its day. If nothing would be another, nothing happens.

    Args:
        place: whose people.
        login: whose standing it is.
        changed: what is to be another.
        by: ``person_id`` of who changes it; empty = somebody at the computer itself. So in all that follow.

    Raises:
        UnusableInput: ``no_such_person``, ``unknown_role``, ``unknown_unit``, ``unit_needed``, ``bad_commune``,
            ``bad_officer_code``.
        Denied: ``own_account``, ``last_administrator``.
    """
    known = people.find(place, login)
    asked = {field.name: getattr(changed, field.name) for field in dataclasses.fields(changed)}
    fresh = {name: value for name, value in asked.items() if value is not None}
    before = {name: getattr(known, name) for name in ("roles", "unit", "communes", "officer_code")}
    wanted = people.Wanted(known.login, language=known.language, **(before | fresh))
    who = people.checked(place.workspace, wanted, known.person_id)
    who = dataclasses.replace(who, disabled=known.disabled)
    if who == known:
        return people.told(known)
    _check_not_own(who, by)
    if Role.ADMINISTRATOR not in who.roles:
        _check_not_last(place, who)
    acts.of_person(place, Act.CHANGED, who, by)
    with place.reception.writing() as connection:
        rows.change(connection, who.person_id, rows.columns(who))
        rows.end_sessions(connection, person_id=who.person_id)
    return people.told(who)


def disable(place: Place, login: str, by: str = "") -> dict[str, Any]:
    """Let somebody in no more: sessions end, devices are void; what was done stays on record.

    Raises:
        UnusableInput: ``no_such_person``.
        Denied: ``own_account``, ``last_administrator``.
    """
    who, now = dataclasses.replace(people.find(place, login), disabled=True), place.now()
    _check_not_own(who, by)
    _check_not_last(place, who)
    acts.of_person(place, Act.DISABLED, who, by)
    with place.reception.writing() as connection:
        rows.change(connection, who.person_id, {"disabled_at": iso(now)})
        rows.expire_sessions(connection, who.person_id, now)
        people.end_devices(connection, who.person_id, now)
    return people.told(who)


_HINT = N_("Let another administrator in first, and let that one do it.")


def _check_not_own(who: Person, by: str) -> None:
    if by and by == who.person_id:
        raise Denied("own_account", N_("Nobody can put themselves out, or change what they may."), hint=_HINT)


def _check_not_last(place: Place, who: Person) -> None:
    with place.reception.reading() as connection:
        others = [rows.person(row) for row in rows.everybody(connection) if row["password_hash"] or row["subject"]]
    administrators = [one for one in others if Role.ADMINISTRATOR in one.roles and not one.disabled]
    if [one.person_id for one in administrators] == [who.person_id]:
        raise Denied("last_administrator", N_("This is the only administrator who can come in."), hint=_HINT)

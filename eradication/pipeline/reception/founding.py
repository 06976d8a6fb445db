"""The first administrator: a server without anybody who could sign in invites one."""

from typing import Any

from eradication.domain.person import Role
from eradication.pipeline.reception import people
from eradication.pipeline.reception.place import Place

FIRST = "admin"


def first_invitation(place: Place) -> dict[str, Any] | None:
    """Return a one-time invitation for an administrator, ``None`` as soon as one can come in."""
    everybody = people.listed(place)["people"]
    administrators = [one for one in everybody if Role.ADMINISTRATOR in one["roles"] and not one["disabled"]]
    if any(one["password"] or one["linked"] for one in administrators):
        return None
    if administrators:
        return people.invite(place, administrators[0]["login"])
    taken = {one["login"] for one in everybody}
    login = next(name for name in (FIRST, *(f"{FIRST}{n}" for n in range(2, 1000))) if name not in taken)
    return people.add(place, people.Wanted(login, [Role.ADMINISTRATOR]))

"""Acts: what was done with people and their devices, by whom. Each is an event, written before it takes effect.

Whoever runs the server can alter the reception's rows; an event can not be altered unseen. So nobody can let in a
second self, look at plots as that, and be gone without a trace. There may be an event of something that did not come
about (the disk was full just then), and nothing comes about without one. Events bear pseudonyms alone: no name to sign
in with, no secret, no hash, no name at another identity provider.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import iso
from eradication.domain.person import SEES_PLOTS, Act, Person, Role
from eradication.pipeline.reception.place import Place
from eradication.store import rotation
from eradication.store.reception import people as rows

type Given = Mapping[str, Mapping[str, Any]]
"""Person → what the newest of their events says, and who gave what it says, when."""

_GIVING = frozenset({Act.LET_IN.value, Act.CHANGED.value, Act.INVITED.value})
"""Who does one of these vouches for what the person may be; who invites anew only where nobody did before."""
_MOST = 200


def of_person(place: Place, act: Act, who: Person, by: str) -> None:
    """Put an act on a person on record, with all that the person may be from then on.

    Args:
        place: whose people.
        act: what is done.
        who: the person as of then.
        by: ``person_id`` of who does it; empty = somebody at the computer itself.
    """
    body: dict[str, Json] = {
        "act": act.value,
        "person": who.person_id,
        "roles": [*map(str, sorted(who.roles))],
        "unit": who.unit,
        "communes": [*who.communes],
        "disabled": who.disabled,
        "by": by,
    }
    with place.workspace.store.transaction() as transaction:
        transaction.append(EventKind.PERSON_CHANGED, place.now(), body)


def of_device(place: Place, act: Act, device: Mapping[str, Any], by: str) -> None:
    """Put an act on a device on record.

    Args:
        place: whose devices.
        act: what is done.
        device: with ``device_id``, ``person_id`` and ``scopes`` (with commas).
        by: as of :func:`of_person`.
    """
    body: dict[str, Json] = {
        "act": act.value,
        "device": str(device["device_id"]),
        "person": str(device["person_id"]),
        "scopes": [*str(device["scopes"]).split(",")],
        "by": by,
    }
    with place.workspace.store.transaction() as transaction:
        transaction.append(EventKind.DEVICE_CHANGED, place.now(), body)


def given(place: Place, logins: Mapping[str, str]) -> Given:
    """Return what events say of each person now, and who gave it.

    Args:
        place: whose people.
        logins: person → name to sign in with, for the names of those who gave it.
    """
    told: dict[str, dict[str, Any]] = {}
    for event in _events(place, EventKind.PERSON_CHANGED):
        said = event.payload
        known = told.setdefault(said["person"], {})
        before, known["state"] = known.get("state"), _state(said)
        vouched = "at" in known and before == known["state"]
        if said["act"] in _GIVING and not (vouched and said["act"] == Act.INVITED):
            known |= {"by": said["by"], "login": logins.get(said["by"], ""), "at": iso(event.happened_at)}
    return told


def fitting(given: Given, who: Person) -> dict[str, Any] | None:
    """Return who gave a person what they may, and when; ``None`` if no event tells of it as it is."""
    known = given.get(who.person_id)
    as_is = _state({"roles": sorted(who.roles), "unit": who.unit, "communes": who.communes, "disabled": who.disabled})
    if known is None or known["state"] != as_is or "at" not in known:
        return None
    return {name: known[name] for name in ("by", "login", "at")} | {"own": known["by"] == who.person_id}


def _state(said: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(map(str, said["roles"])), said["unit"], tuple(said["communes"]), bool(said["disabled"])


def untold(place: Place) -> list[str]:
    """Return the ids of people who may what no event says that they may: somebody altered the reception's rows."""
    with place.reception.reading() as connection:
        people = [rows.person(row) for row in rows.everybody(connection)]
    known = given(place, {})
    return [one.person_id for one in people if not one.disabled and fitting(known, one) is None]


def history(place: Place, most: int = _MOST) -> dict[str, Any]:
    """Return what was done with people and devices, the newest first, with names where they are known here."""
    with place.reception.reading() as connection:
        logins = {row["person_id"]: row["login"] for row in rows.everybody(connection)}
    events = _events(place, EventKind.PERSON_CHANGED, EventKind.DEVICE_CHANGED)
    return {"acts": [_act(event, logins) for event in reversed(events[-most:])], "total": len(events)}


def _act(event: Event, logins: Mapping[str, str]) -> dict[str, Any]:
    said = event.payload
    roles: Sequence[str] = said.get("roles", ())
    return {
        "at": iso(event.happened_at),
        "act": said["act"],
        "person": said["person"],
        "login": logins.get(said["person"], ""),
        "roles": [*roles],
        "sees_plots": any(Role(role) in SEES_PLOTS for role in roles),
        "unit": said.get("unit", ""),
        "communes": [*said.get("communes", ())],
        "device": said.get("device", ""),
        "scopes": [*said.get("scopes", ())],
        "by": said["by"],
        "by_login": logins.get(said["by"], ""),
        "own": said["by"] == said["person"],
        "event": [event.origin, event.number],
    }


def _events(place: Place, *kinds: EventKind) -> list[Event]:
    """Return what was done here, in the order in which it was: bundles of others tell of none of this one's people."""
    store = place.workspace.store
    own = rotation.own_origins(store)
    found = [event for event in store.events(kinds=kinds) if event.origin in own]
    return sorted(found, key=lambda event: (event.recorded_at, event.number))

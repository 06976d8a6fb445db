"""How often something may be tried. Counters lie in the reception, so that all processes of a server count together."""

import hashlib
from dataclasses import dataclass

from eradication.errors import N_, Denied
from eradication.pipeline.reception.place import Place
from eradication.store.reception import tries

QUARTER_S, MINUTE_S, DAY_S = 900.0, 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries within a time."""

    what: str
    """Of what kind, e.g. ``sign-in``."""
    most: int
    window_s: float


def spend(place: Place, limit: Limit, whose: str) -> None:
    """Count one try; refuse it if there were too many.

    Args:
        place: whose counters.
        limit: how many.
        whose: account, address, person; only a hash of it is kept.

    Raises:
        Denied: ``too_often``.
    """
    with place.reception.writing() as connection:
        count = tries.count(connection, _key(limit, whose), place.now().timestamp(), limit.window_s)
    if count > limit.most:
        raise _too_often(limit)


def check(place: Place, limit: Limit, whose: str) -> None:
    """Refuse if there were too many tries already; count none.

    Raises:
        Denied: ``too_often``.
    """
    with place.reception.reading() as connection:
        count = tries.counted(connection, _key(limit, whose), place.now().timestamp(), limit.window_s)
    if count >= limit.most:
        raise _too_often(limit)


def forgive(place: Place, limit: Limit, whose: str) -> None:
    """Forget the tries: it succeeded."""
    with place.reception.writing() as connection:
        tries.forget(connection, _key(limit, whose))


def _key(limit: Limit, whose: str) -> str:
    return f"{limit.what}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}"


def _too_often(limit: Limit) -> Denied:
    return Denied(
        "too_often",
        N_("This was tried too often."),
        hint=N_("Wait {minutes} minutes, then try again."),
        values={"minutes": max(1, round(limit.window_s / 60))},
    )

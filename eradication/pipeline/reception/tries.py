"""How often something may be tried. Counters lie in the reception, so that all processes of a server count together."""

import hashlib
import ipaddress
from collections.abc import Sequence
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
    spend_all(place, [(limit, whose)])


def spend_all(place: Place, all_of_them: Sequence[tuple[Limit, str]]) -> None:
    """Count one try against several limits; if one of them is reached, against none.

    Counting before the try, and taking it back where it turns out good, lets no crowd of tries that come at the same
    time slip through between asking and counting.

    Raises:
        Denied: ``too_often``.
    """
    now_s = place.now().timestamp()
    with place.reception.writing() as connection:
        for limit, whose in all_of_them:
            if tries.count(connection, key_of(limit, whose), now_s, limit.window_s) > limit.most:
                raise too_often(limit)


def give_back(place: Place, all_of_them: Sequence[tuple[Limit, str]]) -> None:
    """Take a try back: it was good."""
    with place.reception.writing() as connection:
        for limit, whose in all_of_them:
            tries.discount(connection, key_of(limit, whose))


def forgive(place: Place, limit: Limit, whose: str) -> None:
    """Forget the tries: it succeeded."""
    with place.reception.writing() as connection:
        tries.forget(connection, key_of(limit, whose))


def tidy(place: Place) -> None:
    """Forget counters whose window is long over."""
    with place.reception.writing() as connection:
        tries.tidy(connection, place.now().timestamp() - DAY_S)


def network_of(address: str) -> str:
    """Return what one caller can choose addresses from: of IPv6 that is a network of 64 bits."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(given, "ipv4_mapped", None)
    if given.version == 4 or mapped:
        return str(mapped or given)
    return str(ipaddress.ip_network((int(given) >> 64 << 64, 64)))


def key_of(limit: Limit, whose: str) -> str:
    """Return the name of a counter; nothing of a person in clear."""
    return f"{limit.what}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}"


def too_often(limit: Limit) -> Denied:
    """Return the refusal of a try too many."""
    return Denied(
        "too_often",
        N_("This was tried too often."),
        hint=N_("Wait {minutes} minutes, then try again."),
        values={"minutes": max(1, round(limit.window_s / 60))},
    )

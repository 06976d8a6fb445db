"""Looks: who saw which plot when. A row of the reception is written before anything is sent; a chained event follows.

A row can be altered by whoever runs the server, an event can not, unseen. So :func:`tell_looks`, which the worker does
every hour, puts the rows into events ``plots_viewed``. It may be cut short anywhere and done again: the rows of
one event are first claimed under the name of a batch, the event bears that name, and whether there is such an event is
looked up with the ledger locked, among the few events that came since the claim.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from eradication.domain import Event, EventKind, Json
from eradication.domain.event import iso, parse_iso
from eradication.pipeline import plot_answers
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.store import Store
from eradication.store.reception import looks as rows

ONCE_IN = timedelta(hours=1)
"""Lists are loaded again and again: a plot in them is one look an hour of one person."""
MOST = 500
"""Looks that one event tells of."""


class How(StrEnum):
    """In what a plot was seen."""

    PAGE = "page"
    """Alone, with all that is known of it."""
    LIST = "list"
    MAP = "map"
    VISITS = "visits"
    PHONE = "phone"
    """In the list of the day that a telephone carries along."""
    PACK = "pack"
    """On the map that a telephone carries along; the key of the map follows."""
    EXPORT = "export"


_MOST_REMEMBERED = 400
_EVERY = frozenset({How.PAGE, How.EXPORT})
"""Each of these is a look of its own, however soon it follows another."""


def note(place: Place, caller: Caller, plots: Collection[str], how: How) -> None:
    """Keep that somebody is about to see plots; call it before the answer is sent.

    Lists and tiles are asked for a hundred times a second: on a server looks of several people do not wait for each
    other. At worst a plot that one person sees twice at the same moment is two looks.
    """
    now, person, wanted = place.now(), caller.person.person_id, set(plots)
    since = iso(now - ONCE_IN)
    if how in _EVERY:
        with place.reception.adding() as connection:
            rows.add(connection, person, sorted(wanted), how, iso(now))
        return
    kept = _remembered(place, person, how)
    wanted = {plot for plot in wanted if kept.get(plot, "") < since}
    if wanted:
        with place.reception.adding() as connection:
            known = rows.latest(connection, person, how, since, wanted)
            rows.add(connection, person, sorted(wanted - known.keys()), how, iso(now))
        kept |= dict.fromkeys(wanted, iso(now)) | known


def _remembered(place: Place, person: str, how: str) -> dict[str, str]:
    """Return plot → when this person last looked, as rows tell that this process wrote or read: these are durable."""
    every = cast(dict[tuple[str, str], dict[str, str]], place.workspace.found.setdefault(note, {}))
    if len(every) > _MOST_REMEMBERED or sum(map(len, every.values())) > _MOST_REMEMBERED * MOST:
        every.clear()
    return every.setdefault((person, how), {})


def note_pack(place: Place, caller: Caller, plots: Collection[str], key: str, since: datetime) -> None:
    """Keep that somebody is about to take a map along, unless that is known of this map since a time."""
    how, person = f"{How.PACK} {key}", caller.person.person_id
    with place.reception.writing() as connection:
        if not rows.latest(connection, person, how, iso(since)):
            rows.add(connection, person, sorted(plots), how, iso(place.now()))


def tell_looks(place: Place) -> dict[str, Any]:
    """Put looks that no event tells of into events; return how many events and looks there were."""
    events = looks = 0
    while batch := _next(place):
        told = _tell(place, batch)
        events, looks = events + bool(told), looks + told
    return {"events": events, "looks": looks}


def _next(place: Place) -> str:
    """Return a batch whose telling was cut short, or else a new one; empty if there is nothing to tell."""
    own = place.workspace.store.origin
    reached = next((head.events for head in place.workspace.store.origins() if head.origin == own), 0)
    batch = f"{secrets.token_hex(8)}:{own}:{reached}"
    with place.reception.writing() as connection:
        begun = rows.claimed(connection)
        return begun[0] if begun else batch if rows.claim(connection, batch, MOST) else ""


def _tell(place: Place, batch: str) -> int:
    with place.reception.reading() as connection:
        seen = rows.of_batch(connection, batch)
    if not seen:
        return 0  # somebody else has told of it meanwhile
    store = place.workspace.store
    views: list[Json] = [
        {"person": row["person_id"], "plot": row["plot_id"], "at": row["seen_at"], "how": row["how"]} for row in seen
    ]
    with store.transaction() as transaction:  # one at a time: whoever came first has committed
        event = _known(store, batch)
        if event is None:
            last = parse_iso(max(row["seen_at"] for row in seen))
            event = transaction.append(EventKind.PLOTS_VIEWED, last, {"batch": batch, "views": views})
    with place.reception.writing() as connection:
        return rows.told(connection, batch, f"{event.origin}/{event.number}")


def _known(store: Store, batch: str) -> Event | None:
    """Return the event of a batch; it was written after the chain had the length that the batch names."""
    _, origin, reached = batch.split(":")
    heads = {head.origin: head.events for head in store.origins()}
    heads.pop(store.origin, None)  # if the key was changed meanwhile: its chain is read from the first event
    heads[origin] = int(reached)
    written = store.later(heads, [EventKind.PLOTS_VIEWED])
    return next((event for event in written if event.payload.get("batch") == batch), None)


def of_plot(place: Place, names: Collection[str]) -> list[dict[str, Any]]:
    """Return who saw a plot when, by any of its names, the oldest first: what events tell, and what none tells yet."""
    told = plot_answers.views_of(place.workspace.store.events(kinds=[EventKind.PLOTS_VIEWED]), names)
    with place.reception.reading() as connection:
        waiting = [row for row in rows.of_plots(connection, names) if "/" not in (row["told_in"] or "")]
    views = [
        {"person": row["person_id"], "plot": row["plot_id"], "at": row["seen_at"], "how": row["how"], "event": None}
        for row in waiting
    ]
    return sorted((*told, *views), key=lambda view: (view["at"], view["person"]))

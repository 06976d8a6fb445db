"""A share of candidates is judged by two people, the second without knowing what the first one said.

How often they agree is the only honest word on how sure such judgements are. Which ones is told by a hash of the plot,
so that nobody can choose them, and every office's computer chooses the same.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eradication import history
from eradication.domain import Event, EventKind, Season, State
from eradication.domain.event import iso
from eradication.domain.person import Role
from eradication.history import withdrawn
from eradication.pipeline import journal
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.store import Row
from eradication.store.naming import season_name

DISMISS, ASSIGN, UAV = "dismiss", "assign", "uav"
CHOICES: Mapping[EventKind, str] = {
    EventKind.PLOT_DISMISSED: DISMISS,
    EventKind.PLOT_ASSIGNED: ASSIGN,
    EventKind.UAV_ASKED: UAV,
}
"""What somebody at a desk decides → in one word."""
DECIDING = (*CHOICES, EventKind.DECISION_WITHDRAWN, EventKind.CANDIDATE_JUDGED_AGAIN)
"""Kinds of events of a reviewer's desk."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What was decided of the candidates of a season, as it matters to one reviewer."""

    first: Mapping[str, Event]
    """Plot → the decision that stands."""
    again: frozenset[str]
    """Plots that this reviewer is to judge without being told what was decided."""
    uav: frozenset[str]
    """Plots that a drone is to look at, as far as that is shown to this reviewer."""
    judged: Mapping[str, Event]
    """Plot → the second judgement."""


def is_drawn(plot_id: str, season: Season, share: float) -> bool:
    """Tell whether a candidate is judged twice."""
    digest = hashlib.sha256(f"{plot_id} {season.label}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def desk(place: Place, caller: Caller, season: Season) -> Desk:
    """Return what somebody finds on the desk."""
    known = _known(place, season)
    again = _again(place, caller, season, known, known.first)
    uav = {plot for plot, event in known.first.items() if event.kind is EventKind.UAV_ASKED}
    return Desk(known.first, again, frozenset(uav - again - known.visited), known.judged)


def untold(place: Place, caller: Caller, season: Season, plots: Collection[str]) -> frozenset[str]:
    """Return those of some plots of which a reviewer at the pages is told nowhere what was decided: it is to be judged.

    Programs that show a token are told what is on record: maps and files are made of it.
    """
    if caller.device_id or Role.REVIEWER not in caller.person.roles:
        return frozenset()
    return _again(place, caller, season, _known(place, season), plots)


def undecided(row: Row) -> Row:
    """Return a row of a plot as it is shown to whoever is to judge it without knowing what was decided."""
    return row | {"state": str(State.CANDIDATE), "units": ""}


def _again(place: Place, caller: Caller, season: Season, known: "_Known", plots: Collection[str]) -> frozenset[str]:
    share, me = place.workspace.settings.web.judged_twice_share, caller.person.person_id
    return frozenset(
        plot
        for plot in plots
        if plot in known.first
        and plot not in known.judged
        and plot not in known.visited
        and str(known.first[plot].payload.get("by") or "") not in ("", me)
        and is_drawn(plot, season, share)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What was recorded of a season until now; it is read once, and then only what came since."""

    heads: Mapping[str, int]
    decided: Sequence[Event]
    visited: frozenset[str]
    first: Mapping[str, Event]
    """See :func:`standing`."""
    judged: Mapping[str, Event]

    @classmethod
    def of(cls, heads: Mapping[str, int], decided: Sequence[Event], visited: frozenset[str]) -> "_Known":
        return cls(heads, decided, visited, *standing(decided))


def _known(place: Place, season: Season) -> _Known:
    with _READING:  # who comes while it is read waits for it, instead of reading the same beside it
        return _up_to_date(place, season)


_READING = threading.Lock()


def _up_to_date(place: Place, season: Season) -> _Known:
    store, found = place.workspace.store, place.workspace.found
    heads = {head.origin: head.events for head in store.origins()}
    known = found.get((_known, season))
    if not isinstance(known, _Known) or any(heads.get(origin, 0) < last for origin, last in known.heads.items()):
        known = _Known.of(heads, _decided(place, season), _visited(place, season))
    elif known.heads != heads:
        came = store.later(known.heads, (*history.KINDS, *DECIDING))
        mine = [event for event in came if event.kind in DECIDING and event.payload.get("season") == season.label]
        only_decided = all(event.kind in DECIDING for event in came)
        visited = known.visited if only_decided else _visited(place, season)
        known = _Known.of(heads, [*known.decided, *mine], visited)
    found[_known, season] = known
    return known


def _decided(place: Place, season: Season) -> list[Event]:
    """Return what was decided of candidates of a season; each such event says of which."""
    names = [season_name(kind, season.label) for kind in DECIDING]
    return place.workspace.store.naming(names, DECIDING)


def _visited(place: Place, season: Season) -> frozenset[str]:
    """Return the plots that somebody visited in a season, also where the visit was corrected afterwards."""
    store = place.workspace.store
    rows = store.layer("visits", only={"season": (season.label,)})
    corrected = store.events(kinds=[EventKind.VISIT_CORRECTED])
    named = (journal.plots_named(event) for event in corrected if Season.of(event.happened_at) == season)
    return frozenset(str(row["plot_id"]) for row in rows).union(*named)


def standing(events: Sequence[Event]) -> tuple[dict[str, Event], dict[str, Event]]:
    """Return plot → the last decision that was not taken back, and plot → the judgement of a second person."""
    gone = {withdrawn.target(event) for event in events if event.kind in withdrawn.KINDS}
    first: dict[str, Event] = {}
    judged: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: event.order):
        if event.kind in CHOICES and event.key not in gone:
            first[str(event.payload["plot_id"])] = event
        elif event.kind is EventKind.CANDIDATE_JUDGED_AGAIN:
            judged[str(event.payload["plot_id"])] = event
    return first, judged


def agreement(place: Place, season: Season, seen: Collection[str]) -> dict[str, Any]:
    """Return how often two people judged alike.

    Args:
        place: whose ledger.
        season: the season.
        seen: ids of the plots that may be told of.

    Returns:
        ``n``, ``alike``, ``kappa`` (Cohen's, of the choice without its reason; ``None`` where it is not defined),
        ``counts`` (first choice, second choice, n) and ``differing`` (plot, first, second, at), the newest first.
    """
    known = _known(place, season)
    by_key = {event.key: event for event in known.decided}
    pairs = []
    for event in known.judged.values():
        origin, number = event.payload["of"]
        first = by_key.get((str(origin), int(number)))
        if first is not None and event.payload["plot_id"] in seen:
            pairs.append((str(event.payload["plot_id"]), CHOICES[first.kind], str(event.payload["choice"]), event))
    counts = Counter((first, again) for _, first, again, _ in pairs)
    differing = [
        {"plot": plot, "first": first, "second": again, "at": iso(event.recorded_at)}
        for plot, first, again, event in sorted(pairs, key=lambda pair: pair[3].recorded_at, reverse=True)
        if first != again
    ]
    return {
        "n": len(pairs),
        "alike": len(pairs) - len(differing),
        "kappa": _kappa(counts),
        "share": place.workspace.settings.web.judged_twice_share,
        "counts": [{"first": a, "second": b, "n": n} for (a, b), n in sorted(counts.items())],
        "differing": differing,
    }


def _kappa(counts: Mapping[tuple[str, str], int]) -> float | None:
    """Return Cohen's kappa (Educ. Psychol. Meas. 20, 1960): agreement beyond what chance alone gives."""
    n = sum(counts.values())
    if not n:
        return None
    alike = sum(count for (first, again), count in counts.items() if first == again) / n
    words = {word for pair in counts for word in pair}
    rows = {word: sum(count for (first, _), count in counts.items() if first == word) / n for word in words}
    columns = {word: sum(count for (_, again), count in counts.items() if again == word) / n for word in words}
    chance = sum(rows[word] * columns[word] for word in words)
    return None if chance >= 1 else round((alike - chance) / (1 - chance), 3)

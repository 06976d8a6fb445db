"""What people decided about places: these are one, these are two, this one is really several.

A decision is an event like any other. It holds for everything recorded before and after it, so that laptops that were
apart end in the same places, in whatever order their events arrive; of two decisions about one pair of plots the one
recorded last stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from shapely.geometry.base import BaseGeometry

from eradication.domain import Event, EventKind
from eradication.errors import EradicationError
from eradication.history.findings import Finding, Key
from eradication.history.payload import geometry

type Pair = frozenset[str]

KINDS = (EventKind.PLOTS_MERGED, EventKind.PLOTS_HELD_APART, EventKind.PLOT_SPLIT)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the places that a plot was divided into."""

    plot_id: str
    code: str
    geometry: BaseGeometry
    """As the person drew it, WGS 84."""
    since: datetime
    """When the plot was divided."""


@dataclass(frozen=True, slots=True)
class Split:
    """A plot that is really several."""

    names: tuple[str, ...]
    """Ids that stood for the plot when it was divided."""
    parts: tuple[Part, ...]
    """The first keeps the plot's id and code."""
    key: Key
    codes: tuple[str, ...] = ()
    """Codes that stood for it then; whoever reads the facts fills them in. Those of no part are the first part's."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided, as of a time."""

    together: tuple[tuple[str, str], ...] = ()
    """Pairs of ids that are one place."""
    apart: frozenset[Pair] = frozenset()
    """Pairs of ids that are two."""
    splits: tuple[Split, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def read(events: Iterable[Event]) -> Decisions:
    """Return what the events decide; they are cut to the time asked for before."""
    known = {event.key: event for event in events if event.kind in KINDS}
    pairs: dict[Pair, bool] = {}
    splits: list[Split] = []
    findings: list[Finding] = []
    far: list[Event] = []
    for event in sorted(known.values(), key=lambda e: (e.recorded_at, *e.key)):
        try:
            if event.kind is EventKind.PLOT_SPLIT:
                split = _split(event)
                splits.append(split)
                # No two of the parts are one place again because they lie close, unless a person says so afterwards.
                pairs |= {frozenset(two): False for two in combinations([part.plot_id for part in split.parts], 2)}
            else:
                pairs |= dict.fromkeys(_pairs(event), event.kind is EventKind.PLOTS_MERGED)
                far += [event] if event.payload.get("far_m") else []
        except (KeyError, TypeError, ValueError, AttributeError, EradicationError) as error:
            findings.append(Finding("unreadable_event", type(error).__name__, "", "", event.key))
    findings += [_far_merge(event) for event in far if any(pairs[pair] for pair in _pairs(event))]
    together = sorted(tuple(sorted(pair)) for pair, joined in pairs.items() if joined)
    return Decisions(
        together=tuple((first, second) for first, second in together),
        apart=frozenset(pair for pair, joined in pairs.items() if not joined),
        splits=tuple(splits),
        findings=findings,
    )


def _far_merge(event: Event) -> Finding:
    """List a merge of places far apart as long as it stands, with why somebody insisted on it."""
    payload: Mapping[str, Any] = event.payload
    plots = [str(plot) for plot in payload["plots"]]
    what = f"{', '.join(plots)}: {payload['far_m']} m: {payload.get('reason') or ''}"
    return Finding("forced_merge", "merged_far_apart", plots[0], "", event.key, what)


def _pairs(event: Event) -> list[Pair]:
    first, *others = (str(plot_id) for plot_id in event.payload["plots"])
    if event.kind is EventKind.PLOTS_MERGED:
        return [frozenset((first, other)) for other in others if other != first]
    ids = [first, *others]
    return [frozenset((a, b)) for number, a in enumerate(ids) for b in ids[number + 1 :] if a != b]


def _split(event: Event) -> Split:
    payload: Mapping[str, Any] = event.payload
    parts = []
    for part in payload["parts"]:
        shape = geometry(part["geometry"])
        if shape is None:
            raise ValueError("a part without outline")
        parts.append(Part(str(part["plot_id"]), str(part["code"]), shape, event.happened_at))
    if len(parts) < 2:
        raise ValueError("fewer than two parts")
    return Split(tuple(str(name) for name in payload["names"]), tuple(parts), event.key)

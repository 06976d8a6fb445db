"""What of a plot's answer is a unit's: that of other units at the same plot is left out, as reports of a unit do.

That a plot was found, destroyed or verified, and how much of it, is a fact of the plot; who did it, when and by which
visit is not for others (T14).
"""

from collections.abc import Callable, Mapping
from typing import Any

from eradication.domain import EventKind
from eradication.pipeline import checking, photo_desk, projection, units, withheld
from eradication.pipeline.reception.place import Place
from eradication.store import owning

_OF_OTHERS = ("units", "out_of_place")
"""What rows of plots tell of others: who else is concerned, and which rows do not fit."""


def row(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of an answer without what it tells of others."""
    return {name: value for name, value in told.items() if name not in _OF_OTHERS}


def plot(place: Place, unit: str, answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the answer of one plot as ``unit`` may see it."""
    seen, is_own = place.workspace.store.seen_by(unit), owned(place, unit)
    own = {event.key for event in seen.events()}
    photos = photo_desk.kept(seen.events(kinds=[EventKind.PHOTO_RECORDED]))
    checks = withheld.of_checks(answer["checks"], is_own, {answer["plot"]})
    return {
        **answer,
        "seasons": [row(one) for one in answer["seasons"]],
        "findings": [one for one in answer["findings"] if tuple(one["event"]) in own],
        "events": [one for one in answer["events"] if (one["origin"], one["number"]) in own],
        "photos": [_photo(one, is_own) for one in answer["photos"] if one["sha256"] in photos],
        # They compare photos of several units.
        "photo_checks": [],
        "checks": checking.in_words([one for one in checks if one["unit"]], language),
    }


def _photo(one: Mapping[str, Any], is_own: Callable[[str], bool]) -> dict[str, Any]:
    whose, slash, _ = str(one["visit"] or "").partition("/")
    return dict(one) if slash and is_own(whose) else {**one, "visit": "", "role": "", "minutes": None}


def owned(place: Place, unit: str) -> Callable[[str], bool]:
    """Return what tells whether a unit may read what a row names as its unit, by the law of the store."""
    told, day = units.tables_of(place.workspace), projection.day_of(None, None)
    return lambda named: bool(owning.read_by(unit, [named], told, day))

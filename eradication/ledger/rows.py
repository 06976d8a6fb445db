"""Rows of the ledger: the five quantities, plots, plants and both percentages of whatever stands together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from eradication.domain import State
from eradication.errors import N_
from eradication.ledger.arithmetic import apportion, percent
from eradication.ledger.entries import DESTROYED, OPEN, Entry

OUTSIDE = N_("outside every commune")
NOBODY = N_("no unit yet")


@dataclass(frozen=True, slots=True)
class Line:
    """What an entry adds to one row; by commune an entry on a commune line adds to several."""

    entry: Entry
    key: str
    detected_m2: int
    claimed_m2: int
    verified_m2: int
    suspected_m2: int
    plants: int | None
    share: float = 1.0
    main: bool = True
    """True in the one row that counts the plot."""


def lines(entries: Iterable[Entry], by: str, answering: Callable[[str], str]) -> list[Line]:
    """Return what entries add to the rows grouped by ``commune``, ``unit``, ``class`` or ``total``.

    Args:
        entries: what is counted.
        by: the grouping.
        answering: unit → the unit that answers for it on the day of the report.
    """
    if by == "commune":
        return [line for entry in entries for line in _by_commune(entry)]
    keys: Mapping[str, Callable[[Entry], str]] = {
        "unit": lambda entry: answering(entry.unit) if entry.unit else "",
        "class": lambda entry: entry.klass,
        "total": lambda _: "total",
    }
    return [_whole(entry, keys[by](entry)) for entry in entries]


def _whole(entry: Entry, key: str) -> Line:
    return Line(entry, key, entry.detected_m2, entry.claimed_m2, entry.verified_m2, entry.suspected_m2, entry.plants)


def _by_commune(entry: Entry) -> list[Line]:
    """Divide an entry among its communes by area; every quantity's parts add up to it."""
    whole = _whole(entry, entry.commune)
    if len(entry.communes) < 2:
        return [whole]
    # From the widest quantity to the narrowest, so that what was detected does not move with what became of it; none
    # can exceed the one before.
    detected = apportion(entry.detected_m2, entry.communes)
    claimed = apportion(entry.claimed_m2, detected)
    verified = apportion(entry.verified_m2, claimed)
    suspected = apportion(entry.suspected_m2, entry.communes)
    plants = None if entry.plants is None else apportion(entry.plants, entry.communes)
    total = sum(entry.communes.values())
    return [
        replace(
            whole,
            key=code,
            detected_m2=detected[code],
            claimed_m2=claimed.get(code, 0),
            verified_m2=verified.get(code, 0),
            suspected_m2=suspected[code],
            plants=None if plants is None else plants[code],
            share=share / total,
            main=code == entry.commune,
        )
        for code, share in sorted(entry.communes.items())
    ]


def row(key: str, name: str, mine: Sequence[Line]) -> dict[str, Any]:
    """Return the row of the lines that stand together."""
    found = [line for line in mine if line.entry.detected_at is not None]
    counted = [line.entry for line in found if line.main]
    detected, claimed, verified = (
        sum(getattr(line, name) for line in mine) for name in ("detected_m2", "claimed_m2", "verified_m2")
    )
    # What was harvested before anybody came was poppy that nobody destroyed: it is not open, and 100 % it is not.
    is_open = any(line.entry.is_open or line.entry.is_lost for line in mine)
    unclaimed = any(line.entry.state not in DESTROYED for line in found)
    unverified = any(line.entry.state is not State.VERIFIED for line in found)
    return {
        "key": key,
        "name": name,
        "suspected_m2": sum(line.suspected_m2 for line in mine),
        "detected_m2": detected,
        "claimed_m2": claimed,
        "verified_m2": verified,
        "remaining_m2": detected - verified,
        "plots": len(counted),
        "plants": _plants(found),
        # A plot below half a square metre leaves no trace in whole m², but must be finished like any other.
        "claimed_pct": percent(claimed, detected, is_open or unclaimed),
        "verified_pct": percent(verified, detected, is_open or unverified),
        "detected_se_m2": round(sqrt(sum((line.share * line.entry.area_se_m2) ** 2 for line in found)), 1),
        "plots_verified": sum(entry.state is State.VERIFIED for entry in counted),
        "plots_verified_pct": percent(sum(e.state is State.VERIFIED for e in counted), len(counted), is_open),
        "plants_verified_pct": _plants_verified(found, is_open),
        "plots_without_count": sum(entry.plants is None for entry in counted),
        "forced_m2": sum(line.verified_m2 for line in mine if line.entry.forced),
        "overlap_m2": sum(entry.overlap_m2 for entry in counted),
        "open": {state.value: sum(line.main and line.entry.state is state for line in mine) for state in OPEN},
    }


def _plants(found: Sequence[Line]) -> int | None:
    """Return the sum of the counts there are; plots of which none was counted have no number of plants, not 0."""
    counts = [line.plants for line in found if line.plants is not None]
    return sum(counts) if counts or not found else None


def _plants_verified(found: Sequence[Line], is_open: bool) -> float | None:
    """Return the share of counted plants that stood on plots now verified (I3); plots without a count are left out."""
    counted = [(line.plants, line.entry.state is State.VERIFIED) for line in found if line.plants is not None]
    return percent(sum(n for n, done in counted if done), sum(n for n, _ in counted), is_open)


def name_of(key: str, by: str, names: Mapping[str, str]) -> str:
    """Return the name shown for a row."""
    if key:
        return names.get(key, key)
    return names.get("", OUTSIDE if by == "commune" else NOBODY)

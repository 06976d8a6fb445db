"""What was destroyed of one plot in one season, step by step: in parts, wholly, checked, regrown, destroyed again.

``destroyed_fraction`` of a row is the cumulative share of the measured area destroyed by then, so a row that states 1
after one that stated 0.5 destroyed the rest, and the last row counts. Regrowth begins a new account: what is destroyed
after it is stated anew, and takes nothing back of what was wholly destroyed before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from eradication.domain import Destruction, Round, Visit
from eradication.history.facts import Fact
from eradication.history.states import Trigger

_GONE = (Trigger.HARVESTED, Trigger.SELF_REMOVED)


@dataclass(slots=True)
class Destroying:
    """What is known while the facts of one episode are taken in order, in the words of the domain's ``Course``."""

    destructions: list[Destruction] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    destroyed_at: datetime | None = None
    destroyed_by: str = ""
    standing_since: datetime | None = None
    found_at: datetime | None = None
    """When what stands or stood there last was found: the detection, or the regrowth on what was wholly destroyed."""
    share: float = 0.0
    """As the last destruction stated it."""
    regrown_after_whole: bool = False
    """Whether it was wholly destroyed before regrowth: no later row speaks of that any more."""


def destroying_of(facts: Iterable[Fact]) -> Destroying:
    """Return what ``facts`` tell, those that had an effect in the order of replay."""
    told = Destroying()
    for fact in facts:
        if fact.trigger is Trigger.DETECTED:
            told.found_at = told.standing_since = told.found_at or fact.happened_at
        elif fact.trigger is Trigger.ERADICATED and fact.visit is not None:
            _destroyed(told, fact, fact.visit)
        elif fact.trigger is Trigger.REGROWN:
            _regrown(told, fact.happened_at)
        elif fact.trigger is Trigger.VERIFIED:
            _checked(told, fact.happened_at)
        elif fact.trigger in _GONE:
            told.standing_since = None
    return told


def _destroyed(told: Destroying, fact: Fact, visit: Visit) -> None:
    share = 1.0 if visit.destroyed_fraction is None else visit.destroyed_fraction
    one = Destruction(fact.happened_at, fact.recorded_at, visit.unit, share)
    told.destructions.append(one)
    told.destroyed_by = visit.destroyed_by.value if visit.destroyed_by else told.destroyed_by
    if not told.rounds or told.rounds[-1].checked_at is not None:
        told.rounds.append(Round(one.at))
    elif share > told.share:
        told.rounds[-1] = Round(one.at)
    told.share = share
    told.standing_since = None if one.is_whole else told.found_at
    if not told.regrown_after_whole:
        told.destroyed_at = (told.destroyed_at or one.at) if one.is_whole else None


def _regrown(told: Destroying, at: datetime) -> None:
    """Take live plants at a revisit; the rest of what was destroyed in part stands since it was found."""
    if told.standing_since is None:
        told.found_at = told.standing_since = at
    told.regrown_after_whole = told.destroyed_at is not None
    if told.rounds and told.rounds[-1].checked_at is None:
        told.rounds[-1] = replace(told.rounds[-1], checked_at=at)


def _checked(told: Destroying, at: datetime) -> None:
    """Take a verification; one of the very moment of the destruction is no revisit."""
    if told.rounds and told.rounds[-1].checked_at is None and at > told.rounds[-1].destroyed_at:
        told.rounds[-1] = replace(told.rounds[-1], checked_at=at)

"""The state machine of an episode, as one table.

``candidate → dismissed | assigned → (not_reached → assigned) | rejected | detected → eradicated → verified``;
``detected → harvested | self_removed``; a place in whatever state ``→ harvested`` where a patrol comes too late,
and ``harvested → detected`` where live poppy is found all the same;
``eradicated | verified → regrown → eradicated``; a verified part of a plot leaves it ``eradicated``, for *verified*
means that no live plant is left;
``candidate | assigned → expired`` when the season ends. What a person finds needs no candidate. A proposal by a run
never overrides what a person decided. Whatever the table does not hold has no effect and is listed with a reason.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from eradication.domain import Outcome, Season, State


class Trigger(StrEnum):
    """What can move an episode, in the order in which things of one instant are taken."""

    PROPOSED = "proposed"
    DISMISSED = "dismissed"
    ASSIGNED = "assigned"
    NOT_REACHED = "not_reached"
    REJECTED = "rejected"
    DETECTED = "detected"
    ERADICATED = "eradicated"
    VERIFIED = "verified"
    VERIFIED_PART = "verified_part"
    """A verification of a destruction that was not of the whole plot, or that sees less than the whole destroyed."""
    REGROWN = "regrown"
    HARVESTED = "harvested"
    SELF_REMOVED = "self_removed"
    SEASON_ENDED = "season_ended"

    @classmethod
    def of(cls, outcome: Outcome) -> "Trigger":
        """Return the trigger a visit's outcome pulls."""
        return cls(outcome.value)

    @property
    def rank(self) -> int:
        """Order among triggers of the same instant: a plot is detected, then eradicated, then verified.

        :func:`of_one_instant` says when regrowth comes earlier.
        """
        return _RANK[self]


_RANK: Mapping[Trigger, int] = MappingProxyType({trigger: rank for rank, trigger in enumerate(Trigger)})

_WAITING = (State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED)
_UNVISITED = (None, *_WAITING)
_MEASURABLE = (State.DETECTED, State.HARVESTED)
_DESTROYED = (State.ERADICATED, State.VERIFIED, State.REGROWN)
_CLEARED = (State.DISMISSED, State.REJECTED, State.EXPIRED)

TABLE: Mapping[tuple[State | None, Trigger], State] = MappingProxyType(
    {
        (None, Trigger.PROPOSED): State.CANDIDATE,
        (State.CANDIDATE, Trigger.DISMISSED): State.DISMISSED,
        (State.CANDIDATE, Trigger.ASSIGNED): State.ASSIGNED,
        (State.ASSIGNED, Trigger.ASSIGNED): State.ASSIGNED,
        (State.NOT_REACHED, Trigger.ASSIGNED): State.ASSIGNED,
        (State.CANDIDATE, Trigger.SEASON_ENDED): State.EXPIRED,
        (State.ASSIGNED, Trigger.SEASON_ENDED): State.EXPIRED,
        **{(state, Trigger.NOT_REACHED): State.NOT_REACHED for state in _UNVISITED},
        **{(state, Trigger.REJECTED): State.REJECTED for state in (*_UNVISITED, *_CLEARED)},
        **{(state, Trigger.DETECTED): State.DETECTED for state in (*_UNVISITED, *_CLEARED, *_MEASURABLE)},
        **{
            (state, Trigger.ERADICATED): State.ERADICATED
            for state in (State.DETECTED, State.ERADICATED, State.VERIFIED, State.REGROWN)
        },
        (State.ERADICATED, Trigger.VERIFIED): State.VERIFIED,
        (State.VERIFIED, Trigger.VERIFIED): State.VERIFIED,
        (State.ERADICATED, Trigger.VERIFIED_PART): State.ERADICATED,
        (State.VERIFIED, Trigger.VERIFIED_PART): State.ERADICATED,
        **{(state, Trigger.REGROWN): State.REGROWN for state in (State.ERADICATED, State.VERIFIED, State.REGROWN)},
        **{(state, Trigger.HARVESTED): State.HARVESTED for state in (*_UNVISITED, *_CLEARED, State.DETECTED)},
        (State.DETECTED, Trigger.SELF_REMOVED): State.SELF_REMOVED,
    }
)
"""(state, trigger) → next state; ``None`` is a place without any record in the season.

``… → harvested`` is a patrol that finds lanced capsules or a cut field, whether a find was foretold there or not:
*harvested before arrival*. Nothing is detected, so no area is counted; the ledger lists the place with its estimated
area, so that a word in a form lets no candidate vanish.
``harvested → detected`` takes the word back: a find counts whatever was said of the place before.
``eradicated → eradicated`` is a further destruction after a partial one, ``verified → eradicated`` the same after the
part was verified; ``detected → detected`` measures anew; ``verified → eradicated`` also when a later verifier sees less
than the whole destroyed.
"""

FOUND_WITH = frozenset({*_UNVISITED, *_CLEARED})
"""States in which a destruction that states an area is the detection as well: who destroys poppy has found it."""

OPEN_STATES = frozenset({State.CANDIDATE, State.ASSIGNED, State.NOT_REACHED, State.DETECTED, State.REGROWN})
"""While one of these is left, nothing is 100 %."""

_NEEDS: Mapping[Trigger, str] = MappingProxyType(
    {
        Trigger.ERADICATED: "eradicated_before_detected",
        Trigger.VERIFIED: "verified_before_eradicated",
        Trigger.VERIFIED_PART: "verified_before_eradicated",
        Trigger.REGROWN: "regrown_before_eradicated",
        Trigger.HARVESTED: "harvested_without_open_detection",
        Trigger.SELF_REMOVED: "self_removed_without_open_detection",
    }
)


def step(state: State | None, trigger: Trigger) -> State | None:
    """Return the state after ``trigger``, or ``None`` if it has no effect in ``state``."""
    return TABLE.get((state, trigger))


def standing(state: State, season: Season, moment: datetime) -> State:
    """Return the state in which events left an episode as it stands at ``moment``: past the season's end it may expire.

    Whoever keeps a state that was told earlier asks this before showing it.
    """
    ended = step(state, Trigger.SEASON_ENDED)  # asked first: most states stay as they are
    return ended if ended and moment >= season.ends else state


def of_one_instant(state: State | None, triggers: Collection[Trigger]) -> Callable[[Trigger], int]:
    """Return the order in which things of one instant are taken, as a key for sorting.

    ``detected < eradicated < verified < regrown``, the order of the state machine. But where the plot was destroyed
    before, and the instant holds regrowth and a destruction, it is the regrowth that was destroyed:
    ``regrown < eradicated < verified``. This holds across visits too: a table that knows only days puts all of a day
    into one instant.

    Args:
        state: before the instant.
        triggers: all of the instant.
    """
    regrown_first = state in _DESTROYED and {Trigger.REGROWN, Trigger.ERADICATED} <= set(triggers)
    return lambda trigger: -1 if regrown_first and trigger is Trigger.REGROWN else trigger.rank


def misfit(state: State | None, trigger: Trigger) -> str:
    """Return the reason code for a trigger that the table does not take in ``state``."""
    if state in (State.HARVESTED, State.SELF_REMOVED):
        return f"{trigger}_after_{state}"
    return _NEEDS.get(trigger) or f"{trigger}_after_{state or 'nothing'}"

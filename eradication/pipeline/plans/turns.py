"""Which of the open draws of a unit have their turn in a plan, and which wait.

Draws that were carried over come before everything else, the oldest first. But a plan is not for them alone: they take
at most half of the stops that the hours allow and half of the hours, there and back and at the stops. One can always
have its turn. What is not reached with these hours, or has not its turn, waits for a later plan: it counts neither as
drawn for this one, so that others are drawn in its place, nor is it gone to for what is expected there. Otherwise those
worth most would be visited first, and what is known of draws would be of such alone.

A draw is made within half of the hours, so with as many hours as it was made for, from the same post, none waits for
being far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eradication.pipeline.plans.drawing import Draw
from eradication.pipeline.plans.routes import Reach
from eradication.pipeline.plans.stops import PAST, UNREACHED, WAITS
from eradication.routing import reach as ways
from eradication.routing import route, walking

CARRIED_SHARE = 0.5
"""Of the stops and of the hours of a plan: most that is taken by what was carried over."""
_LOOKED_AT = 20
"""So many of the oldest that are near enough are tried to be joined."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The open draws of a unit."""

    planned: tuple[Draw, ...] = ()
    """The oldest first."""
    waiting: tuple[tuple[Draw, str], ...] = ()
    """And why."""


def turns(reach: Reach, before: Mapping[str, Sequence[Draw]], stops: Mapping[str, int]) -> dict[str, Turn]:
    """Divide the open draws of each unit.

    Args:
        reach: of the group.
        before: unit → its open draws, the oldest first.
        stops: unit → stops of its route without draws.
    """
    return {
        patrol.unit: _turn(reach, number, before[patrol.unit], max(int(CARRIED_SHARE * stops[patrol.unit]), 1))
        for number, patrol in enumerate(reach.patrols)
    }


def _turn(reach: Reach, number: int, draws: Sequence[Draw], most: int) -> Turn:
    if not draws:
        return Turn()
    hours = reach.wish.hours
    post = reach.ground.posts[number : number + 1]
    at = np.array([one.place.at_m for one in draws]).reshape(-1, 2)
    trips = ways.round_trips(reach.ground.land, post, at, hours * 3600.0)[0]
    taken_s = trips + np.array([one.place.minutes * 60.0 for one in draws])
    is_past = np.array([one.is_past for one in draws])
    near = np.flatnonzero(~is_past & (taken_s <= CARRIED_SHARE * hours * 3600.0)).tolist()[:_LOOKED_AT]
    team = route.Team(reach.patrols[number].unit, CARRIED_SHARE * hours)
    stops = [route.Stop(draws[n].place.name, 0.0, draws[n].place.minutes * 60.0, mandatory=True) for n in near]
    seconds = walking.times(reach.ground.land, np.concatenate([post, at[near]]), team.seconds, 1)
    (found,) = route.best(stops, [team], seconds).routes
    chosen = {near[n] for n in sorted(found.order)[:most]}
    reasons = np.where(is_past, PAST, np.where(taken_s <= hours * 3600.0, WAITS, UNREACHED)).tolist()
    waiting = [(one, reasons[n]) for n, one in enumerate(draws) if n not in chosen]
    return Turn(tuple(draws[n] for n in sorted(chosen)), tuple(waiting))

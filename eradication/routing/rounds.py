"""Stops, teams and what a plan is: the round trips of all teams, and why the other stops are on none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from eradication.errors import N_, UnusableInput

type Floats = npt.NDArray[np.float64]


class Why(StrEnum):
    """Why a stop is not on any route."""

    NOT_REACHED = "not_reached"
    """No team gets there and back within its hours, with the time at the stop."""
    NO_ROOM = "no_room"
    """It should be visited, but does not fit the hours beside those that come before it."""
    NO_PRIZE = "no_prize"
    NOT_CHOSEN = "not_chosen"
    """Others bring more."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that may be visited."""

    name: str
    """Unique; stands for the place where two are equal otherwise."""
    prize: float
    """What the visit is worth, 0 or more, in any unit."""
    service_s: float
    """Seconds at the place."""
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Team:
    """A team that leaves from its post and returns to it."""

    unit: str
    hours: float

    @property
    def seconds(self) -> float:
        """Its hours; a third of an hour is 1200 s, and not a millionth of a second less."""
        return round(3600.0 * self.hours, 3)


@dataclass(frozen=True, slots=True)
class Route:
    """What one team visits."""

    unit: str
    order: tuple[int, ...]
    """Numbers of stops, as they were given; empty = the team stays."""
    arrive_s: tuple[float, ...]
    """Seconds after leaving at which each stop is reached."""
    walking_s: float
    service_s: float
    prize: float

    @property
    def seconds(self) -> float:
        """All of it, post to post."""
        return self.walking_s + self.service_s


@dataclass(frozen=True, slots=True)
class Plan:
    """What all teams visit, and what not."""

    routes: tuple[Route, ...]
    """Of each team, in the order they were given."""
    left_out: tuple[tuple[int, Why], ...]
    """All other stops, by number."""

    @property
    def prize(self) -> float:
        """Sum of all routes."""
        return sum(route.prize for route in self.routes)


def checked(stops: Sequence[Stop], teams: Sequence[Team], times: npt.ArrayLike) -> Floats:
    """Return ``times`` as an array.

    Raises:
        UnusableInput: ``bad_hours``.
        ValueError: prizes, services or times that no caller may give.
    """
    for team in teams:
        if not (np.isfinite(team.hours) and team.hours > 0):
            raise UnusableInput(
                "bad_hours",
                N_("A patrol of {hours} hours cannot be."),
                where=team.unit,
                hint=N_("Give the hours from leaving the post to being back at it, more than 0."),
                values={"hours": team.hours},
            )
    seconds = np.asarray(times, float)
    nodes = len(teams) + len(stops)
    if seconds.shape != (nodes, nodes) or np.isnan(seconds).any() or (seconds < 0).any():
        raise ValueError(f"times must be {nodes} x {nodes} numbers from 0 on")
    if not all(
        np.isfinite([stop.prize, stop.service_s]).all() and min(stop.prize, stop.service_s) >= 0 for stop in stops
    ):
        raise ValueError("prizes and services must be finite and at least 0")
    return seconds


def plan(stops: Sequence[Stop], teams: Sequence[Team], seconds: Floats, rounds: Sequence[Sequence[int]]) -> Plan:
    """Return the plan of rounds, given for each team as numbers of stops."""
    routes = tuple(
        _route(stops, number, team, seconds, rounds[number], len(teams)) for number, team in enumerate(teams)
    )
    visited = {stop for one in rounds for stop in one}
    reached = set(reachable(stops, teams, seconds))
    left = (number for number in range(len(stops)) if number not in visited)
    return Plan(routes, tuple((number, _why(stops[number], number in reached)) for number in left))


def reachable(stops: Sequence[Stop], teams: Sequence[Team], seconds: Floats) -> list[int]:
    """Return the numbers of the stops that some team can visit if it visits nothing else."""
    trips = np.ceil(seconds[: len(teams), len(teams) :]) + np.ceil(seconds[len(teams) :, : len(teams)].T)
    trips = trips + [np.ceil(stop.service_s) for stop in stops]
    hours = np.floor([team.seconds for team in teams])
    numbers: list[int] = np.flatnonzero((trips <= hours[:, None]).any(axis=0)).tolist()
    return numbers


def _why(stop: Stop, reached: bool) -> Why:
    if not reached:
        return Why.NOT_REACHED
    if stop.mandatory:
        return Why.NO_ROOM
    return Why.NOT_CHOSEN if stop.prize > 0 else Why.NO_PRIZE


def _route(stops: Sequence[Stop], number: int, team: Team, seconds: Floats, round_: Sequence[int], teams: int) -> Route:
    nodes = [number, *(teams + stop for stop in round_)]
    at, walked, arrive = 0.0, 0.0, []
    for before, node, stop in zip(nodes, nodes[1:], round_, strict=False):
        at += float(seconds[before, node])
        walked += float(seconds[before, node])
        arrive.append(at)
        at += stops[stop].service_s
    walked += float(seconds[nodes[-1], number])
    return Route(
        team.unit,
        tuple(round_),
        tuple(arrive),
        walked,
        _sum(stops[n].service_s for n in round_),
        _sum(stops[n].prize for n in round_),
    )


def _sum(values: Iterable[float]) -> float:
    return float(sum(sorted(values)))

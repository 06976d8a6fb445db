"""Which places each unit visits and in which order: the routes of a group of units, and what they are beside others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eradication.pipeline.plans.drawing import Draw
from eradication.pipeline.plans.ground import Ground
from eradication.pipeline.plans.place import Key, Place
from eradication.pipeline.plans.stops import Offer
from eradication.pipeline.plans.wish import Patrol, Wish
from eradication.risk import worth
from eradication.routing import reach, route, walking

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """How far places are from the posts of a group."""

    wish: Wish
    patrols: tuple[Patrol, ...]
    ground: Ground
    places: tuple[Place, ...]
    trips_s: Floats
    """There and back from each post, shape (post, place), ``inf`` = not within the hours."""

    @classmethod
    def of(cls, wish: Wish, patrols: Sequence[Patrol], ground: Ground, offer: Offer) -> "Reach":
        """Measure it."""
        at = np.array([place.at_m for place in offer.places]).reshape(-1, 2)
        trips = reach.round_trips(ground.land, ground.posts, at, wish.hours * 3600.0)
        return cls(wish, tuple(patrols), ground, offer.places, trips)

    def within(self, share: float = 1.0) -> npt.NDArray[np.bool_]:
        """Tell which places a unit reaches, visits and leaves for its post in a share of the hours, (post, place)."""
        at_place = np.array([place.minutes * 60.0 for place in self.places])
        return np.asarray(self.trips_s + at_place <= share * self.wish.hours * 3600.0)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Places among which routes are sought, and the seconds between them."""

    reach: Reach
    places: tuple[Place, ...]
    seconds: Floats
    """Posts first, then places; from row to column."""

    @classmethod
    def of(cls, told: Reach) -> "Network":
        """Take the places that are worth most for their time."""
        inside = np.flatnonzero(told.within().any(axis=0))
        some = [told.places[n] for n in inside.tolist()]
        prize, service_s = (np.array([getattr(one, name) for one in some]) for name in ("prize_m2", "minutes"))
        searched = np.array([one.is_search for one in some], bool)
        way_s = told.trips_s.min(axis=0)[inside]
        most = worth.MOST_LOOKED_AT, worth.MOST_CELLS
        chosen = worth.promising(prize, 60.0 * service_s, way_s, searched, most)
        places = tuple(some[n] for n in sorted(chosen))
        at = np.concatenate([told.ground.posts, _points(places)])
        return cls(told, places, walking.times(told.ground.land, at, told.wish.hours * 3600.0, len(told.patrols)))

    def with_drawn(self, drawn: Mapping[str, Sequence[Draw]]) -> "Network":
        """Return it with what was drawn."""
        known = {place.key for place in self.places}
        more = tuple(one.place for draws in drawn.values() for one in draws if one.place.key not in known)
        if not more:
            return self
        at = np.concatenate([self.reach.ground.posts, _points(self.places)])
        hours = self.reach.wish.hours * 3600.0
        seconds = reach.joined(self.reach.ground.land, self.seconds, at, _points(more), hours)
        return Network(self.reach, (*self.places, *more), seconds)

    @property
    def at_m(self) -> Floats:
        """Posts and places, shape (post + place, 2)."""
        return np.concatenate([self.reach.ground.posts, _points(self.places)])


def _points(places: Sequence[Place]) -> Floats:
    return np.array([place.at_m for place in places]).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Routed:
    """The route of one unit."""

    places: tuple[int, ...]
    """Numbers of the places of the network, in their order."""
    compared: Mapping[str, float]
    """Prize of the group's units together, as planned without draws and by other rules (``nearest, by_score``)."""


def routed(
    network: Network,
    drawn: Mapping[str, Sequence[Draw]],
    waiting: Collection[Key] = (),
    *,
    compare: bool = False,
) -> dict[str, Routed]:
    """Return unit → route.

    Args:
        network: the places.
        drawn: unit → what was drawn for it: it goes there, if it can be joined into its round trip.
        waiting: places that are not gone to: draws whose turn has not come.
        compare: tell what other rules would have come to.
    """
    told = network.reach
    ranks = {one.place.key: rank for draws in drawn.values() for rank, one in enumerate(draws)}
    # Draws come first in the order they are given in: the oldest has waited longest.
    open_ones = [n for n, place in enumerate(network.places) if place.key not in waiting]
    order = sorted(open_ones, key=lambda n: (ranks.get(network.places[n].key, len(ranks)), n))
    teams = [route.Team(one.unit, told.wish.hours) for one in told.patrols]
    stops = [_stop(network.places[n], ranks) for n in order]
    nodes = [*range(len(teams)), *(len(teams) + n for n in order)]
    seconds = network.seconds[np.ix_(nodes, nodes)]
    found = route.best(stops, teams, seconds, seed=told.wish.seed)
    others: dict[str, float] = {}
    if compare:
        others = {"without_draws": found.prize, "nearest": route.nearest(stops, teams, seconds).prize}
        others["by_score"] = route.by_score(stops, teams, seconds).prize
    return {one.unit: Routed(tuple(order[n] for n in one.order), others) for one in found.routes}


def trimmed(network: Network, drawn: Mapping[str, Sequence[Draw]], routes: Mapping[str, Routed]) -> dict[str, Routed]:
    """Leave out what is worth least until the random share holds over all units that go together.

    The number of draws was fixed by the routes without draws; those with draws may have room for a stop more. Where
    there was nothing to draw from, nothing is left out.
    """
    places = network.places
    random = {one.place.key for draws in drawn.values() for one in draws}
    visited = [n for one in routes.values() for n in one.places]
    rest = sorted((n for n in visited if places[n].key not in random), key=lambda n: (places[n].prize_m2, n))
    most = int(len(random) * (1 / network.reach.wish.random_share - 1) + 1e-9) if random else len(rest)
    less = set(rest[: max(len(rest) - most, 0)])
    return {unit: Routed(tuple(n for n in one.places if n not in less), one.compared) for unit, one in routes.items()}


def _stop(place: Place, ranks: Mapping[Key, int]) -> route.Stop:
    return route.Stop(place.name, place.prize_m2, place.minutes * 60.0, place.key in ranks)

"""Places that a patrol goes straight to and looks at: candidates, tips, readings, and plots of earlier seasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import geo
from eradication.domain import Episode, Json, Season, State
from eradication.effort import sowing
from eradication.effort.strips import number
from eradication.history import History
from eradication.pipeline import harvesting
from eradication.pipeline.choosing import OPEN
from eradication.pipeline.harvesting import Growing
from eradication.pipeline.plans.chances import believed, chances
from eradication.pipeline.plans.place import Place
from eradication.pipeline.plans.record import PLOT
from eradication.pipeline.plans.wish import Wish
from eradication.pipeline.risk import found
from eradication.pipeline.workspace import Workspace
from eradication.risk import reuse, worth

EARLY_UNTIL = "10-24"
"""Half way between the days of sowing that fit the two rows of the calendar, see :func:`eradication.harvest.window`."""

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Looks:
    """Places to look at."""

    places: tuple[Place, ...]
    learned: Mapping[str, Json]
    """What their chances rest on."""


def is_open(episode: Episode, wish: Wish) -> bool:
    """Tell whether nobody has seen a candidate on the day of a wish; one that expired since was open then."""
    states = (*OPEN, State.EXPIRED) if Season.of(wish.day) == episode.season else OPEN
    return episode.season == wish.season and episode.state in states


def looks(workspace: Workspace, told: History, wish: Wish, surface: Any) -> Looks:
    """Return the open candidates of the season, whoever proposed them, and the old places.

    Args:
        workspace: whose visits tell the chances.
        told: what events tell.
        wish: the day.
        surface: the risk surface of the season.
    """
    open_ones, confirming, lists = candidates(workspace, told, wish, surface)
    back = surface.reuse
    learned: dict[str, Json] = {
        "confirming": confirming,
        "reuse": {
            "places": back.places,
            "returns": round(back.made, 2),
            "again": back.again,
            "chance": round(back.rate, 4),
        },
        "believed": {"plots": round(believed(surface), 2), "lists": lists},
    }
    return Looks((*open_ones, *old_places(workspace, told, wish, surface)), learned)


def candidates(
    workspace: Workspace, told: History, wish: Wish, surface: Any
) -> tuple[list[Place], dict[str, Json], dict[str, Json]]:
    """Return the open candidates of the season, by model the visits that teach their chances, and what lists hold."""
    mine = [e for e in told.episodes if is_open(e, wish)]
    clocks = harvesting.of_day(workspace, mine, wish.date)
    known, minutes = chances(workspace, wish.season, surface), workspace.settings.plan.candidate_minutes
    points = [geo.centre(e.plot.geometry) for e in mine]
    places = []
    metres = geo.transform(points, geo.WGS84, geo.UTM48)
    for episode, clock, (lon, lat), at_m in zip(mine, clocks, points, metres, strict=True):
        chance, basis = known.of(episode)
        begins = clock["lancing_from"]
        urgent = 0.0  # without a clock it has expired: nothing stands there that could be confirmed
        if begins is not None:
            urgent = worth.urgency(date.fromisoformat(begins), date.fromisoformat(clock["lancing_to"]), wish.date)
        score = episode.score if episode.priority is None else episode.priority
        seen = _recognised(workspace, wish, episode.sown_on)
        m2 = float(worth.of_look(np.array(chance), episode.area_m2, seen))
        places.append(
            Place(
                PLOT, episode.plot.id, at_m, lon, lat, m2, urgent, minutes,
                episode.plot.commune_code, episode.plot.code, float(score or 0.0), episode.model, basis,
                round(episode.area_m2, 1), lancing=begins,
            )
        )  # fmt: skip
    visits: dict[str, Json] = {model: {**counted} for model, counted in known.told().items()}
    return places, visits, {model: {**held} for model, held in known.lists.items()}


def old_places(workspace: Workspace, told: History, wish: Wish, surface: Any) -> list[Place]:
    """Return the plots of earlier seasons that lie fallow as far as is known, each a stop of its own.

    Nothing was proposed and nobody visited within 100 m of them this season. Of several that lie so near to one another
    the one is offered that is likeliest to be planted again.
    """
    known = _last_found(told, wish.season)
    plots = sorted(known)
    if not plots:
        return []
    by_id = {plot: known[plot].plot for plot in plots}
    lonlat = [geo.centre(by_id[plot].geometry) for plot in plots]
    at_m = found.metres(lonlat)
    age = np.array([wish.season.start_year - known[plot].season.start_year for plot in plots])
    likely = reuse.chances(age, surface.reuse.rate)
    likely = worth.after_search(likely, _searched(surface, at_m))
    chosen = _fallow(told, wish.season, at_m)
    chosen = chosen[reuse.apart(at_m[chosen], likely[chosen])]
    # What the satellite would have shown is a candidate, and its plots are large: those it leaves are as searches find.
    m2 = worth.of_look(likely, surface.area_m2[0], _recognised(workspace, wish, None))
    urgent = _urgency(workspace, wish, [lonlat[n] for n in chosen.tolist()])
    minutes = workspace.settings.plan.candidate_minutes
    places = []
    basis = "reuse" if surface.reuse.made >= reuse.BELIEF_RETURNS else "assumed"
    for n, now in zip(chosen.tolist(), urgent, strict=True):
        plot, last = by_id[plots[n]], known[plots[n]].season.label
        (lon, lat), east, north = lonlat[n], float(at_m[n, 0]), float(at_m[n, 1])
        place = Place(PLOT, plot.id, (east, north), lon, lat, float(m2[n]), now, minutes, plot.commune_code, plot.code)
        places.append(replace(place, basis=basis, last_found=last))
    return places


def last_lancing(workspace: Workspace, told: History, wish: Wish) -> date | None:
    """Return the last day on which any place to look at is lanced by its own clock, in the whole province.

    Of the open candidates of the season and of fallow old places; ``None`` where there is no such place.
    """
    ends = wish.season.last_day
    growing = [Growing.of(episode, ends) for episode in told.episodes if is_open(episode, wish)]
    lonlat = [geo.centre(last.plot.geometry) for _, last in sorted(_last_found(told, wish.season).items())]
    if lonlat:
        fallow = _fallow(told, wish.season, found.metres(lonlat)).tolist()
        points = [lonlat[n] for n in fallow]
        growing += [Growing(wish.season, State.CANDIDATE, lon, lat, None, None) for lon, lat in points]
    known = [clock.window.last for clock in harvesting.clocks(workspace, growing) if clock is not None]
    return max(known, default=None)


def cells_of(places: Sequence[Place]) -> Ints:
    """Return the numbers of the cells that hold old places: they are not searched besides."""
    at = np.array([place.at_m for place in places if place.last_found]).reshape(-1, 2)
    return number(at[:, 0], at[:, 1])


def _last_found(told: History, now: Season) -> dict[str, Episode]:
    """Return plot → the last episode before a season in which poppy was found there."""
    known: dict[str, Episode] = {}
    for episode in told.episodes:
        if found.is_plot(episode) and episode.season.start_year < now.start_year:
            last = known.get(episode.plot.id)
            if last is None or last.season.start_year < episode.season.start_year:
                known[episode.plot.id] = episode
    return known


def _fallow(told: History, now: Season, at_m: Floats) -> Ints:
    """Return the places near which the season knows nothing: no candidate, no tip, no visit."""
    others = found.metres([geo.centre(e.plot.geometry) for e in told.episodes if e.season == now])
    if not len(others):
        return np.arange(len(at_m))
    return np.flatnonzero(reuse.nearest_m(at_m, others) > reuse.ROUND_M)


def _searched(surface: Any, at_m: Floats) -> Floats:
    """Return the p with which the cells that hold places were searched this season, 0 outside the communes."""
    cells = number(at_m[:, 0], at_m[:, 1])
    at = np.minimum(np.searchsorted(surface.cells, cells), len(surface.cells) - 1)
    return np.asarray(np.where(surface.cells[at] == cells, surface.rows.searched[at], 0.0))


def _urgency(workspace: Workspace, wish: Wish, lonlat: Sequence[tuple[float, float]]) -> list[float]:
    """Return how urgent places are of which nothing is known but where they lie."""
    growing = [Growing(wish.season, State.CANDIDATE, lon, lat, None, None) for lon, lat in lonlat]
    clocks = harvesting.clocks(workspace, growing)
    return [0.0 if c is None else worth.urgency(c.window.first, c.window.last, wish.date) for c in clocks]


def _recognised(workspace: Workspace, wish: Wish, sown_on: date | None) -> float:
    """Return how sure a plot is recognised on the day by whoever stands in front of it."""
    own, day = workspace.settings.effort, np.array([wish.date.toordinal()], np.int64)
    early = None if sown_on is None else sown_on <= wish.season.day(EARLY_UNTIL)
    seen = float(sowing.chance(day, wish.season, own, early=early)[0])
    return worth.recognised(seen, own.seen_elongation)

"""Sown again, sown anew, moved next door: what a season's finds are beside those of the seasons before it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from eradication.config import Settings
from eradication.domain import Episode, Planting, Season
from eradication.geo import centre, distance_m
from eradication.history.identity import Footprint, Neighbours


def compared(episodes: Sequence[Episode], settings: Settings, earliest: Season | None = None) -> list[Episode]:
    """Return the episodes, detected ones with their kind of planting and where they may have moved from.

    ``replanted``: poppy was found on the plot in an earlier season. ``new``: it was not, although an earlier season is
    on record. ``unknown``: there is no earlier season on record, so nobody can tell. A new plot *moved* if a plot of an
    earlier season lies within ``[identity] moved_m`` of it and is not planted in this one.

    Args:
        episodes: of all seasons; those of every plot near one another.
        settings: reach in ``settings.identity``.
        earliest: the first season on record if some episodes are not among these.
    """
    detected = [episode for episode in episodes if episode.detected_at is not None]
    seasons = [episode.season for episode in episodes] + ([] if earliest is None else [earliest])
    first = min(seasons, default=None)
    known = _Known(detected, settings)
    told = {}
    for episode in detected:
        before = episode.season != first
        again = known.is_replanted(episode)
        planting = Planting.REPLANTED if again else Planting.NEW if before else Planting.UNKNOWN
        moved_from = known.moved_from(episode) if planting is Planting.NEW else ""
        told[episode.plot.id, episode.season] = planting, moved_from
    return [_with(episode, told.get((episode.plot.id, episode.season))) for episode in episodes]


def _with(episode: Episode, told: tuple[Planting, str] | None) -> Episode:
    return episode if told is None else replace(episode, planting=told[0], moved_from=told[1])


class _Known:
    """Finds by plot and place."""

    def __init__(self, detected: Iterable[Episode], settings: Settings) -> None:
        self._seasons: dict[str, set[Season]] = {}
        plots = {}
        for episode in detected:
            self._seasons.setdefault(episode.plot.id, set()).add(episode.season)
            plots[episode.plot.id] = episode.plot
        self._plots = plots
        self._reach = settings.identity.moved_m
        places = [Footprint(plot_id, plot.geometry) for plot_id, plot in sorted(plots.items())]
        self._index = Neighbours(places, settings)

    def is_replanted(self, episode: Episode) -> bool:
        return min(self._seasons[episode.plot.id]) < episode.season

    def moved_from(self, episode: Episode) -> str:
        """Return the nearest plot of an earlier season that is not planted in this one, or an empty text."""
        here = centre(episode.plot.geometry)
        near = []
        for plot_id in self._index.within(episode.plot.geometry, self._reach):
            seasons = self._seasons[plot_id]
            if plot_id != episode.plot.id and min(seasons) < episode.season and episode.season not in seasons:
                metres = distance_m(*here, *centre(self._plots[plot_id].geometry))
                if metres <= self._reach:
                    near.append((metres, plot_id))
        return min(near)[1] if near else ""

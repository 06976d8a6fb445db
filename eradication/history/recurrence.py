"""Sown again, sown anew, moved next door: what a season's finds are beside those of the seasons before it."""

from collections.abc import Sequence
from dataclasses import replace

from eradication.config import Settings
from eradication.domain import Episode, Planting, Plot, Season
from eradication.geo import centre, distance_m
from eradication.history.identity import Footprint, Neighbours


class Recurrence:
    """Compares the episodes of the same plots at one moment after another; what lies near what is measured once."""

    def __init__(self, settings: Settings) -> None:
        """Take the reach in ``settings.identity``."""
        self._settings = settings
        self._reach = settings.identity.moved_m
        self._plots: dict[str, Plot] = {}
        self._index = Neighbours([], settings)
        self._near: dict[str, list[tuple[float, str]]] = {}
        self._told: dict[int, dict[tuple[Planting, str], Episode]] = {}
        self._alive: dict[int, Episode] = {}
        """Episodes whose ids name what was told of them."""

    def compared(self, episodes: Sequence[Episode], earliest: Season | None = None) -> list[Episode]:
        """Return the episodes, detected ones with their kind of planting and where they may have moved from.

        ``replanted``: poppy was found on the plot in an earlier season. ``new``: it was not, although an earlier season
        is on record. ``unknown``: there is no earlier season on record, so nobody can tell. A new plot *moved* if a
        plot of an earlier season lies within ``[identity] moved_m`` of it and is not planted in this one.

        Args:
            episodes: of all seasons; those of every plot near one another.
            earliest: the first season on record if some episodes are not among these.
        """
        detected = [episode for episode in episodes if episode.detected_at is not None]
        years = {episode.season.start_year for episode in episodes}
        years |= set() if earliest is None else {earliest.start_year}
        seasons: dict[str, list[int]] = {}
        for episode in detected:
            seasons.setdefault(episode.plot.id, []).append(episode.season.start_year)
        self._know(detected)
        told, first = [], min(years, default=0)
        for episode in episodes:
            if episode.detected_at is None:
                told.append(episode)
                continue
            year, again = episode.season.start_year, min(seasons[episode.plot.id])
            planting = Planting.REPLANTED if again < year else Planting.NEW if year != first else Planting.UNKNOWN
            moved_from = self._moved_from(episode, seasons) if planting is Planting.NEW else ""
            told.append(self._with(episode, planting, moved_from))
        return told

    def _know(self, detected: Sequence[Episode]) -> None:
        """Index the plots where poppy was found; of plots that come anew everything is measured anew."""
        if all(episode.plot.id in self._plots for episode in detected):
            return
        self._plots |= {episode.plot.id: episode.plot for episode in detected}
        places = [Footprint(plot_id, plot.geometry) for plot_id, plot in sorted(self._plots.items())]
        self._index, self._near = Neighbours(places, self._settings), {}

    def _moved_from(self, episode: Episode, seasons: dict[str, list[int]]) -> str:
        """Return the nearest plot of an earlier season that is not planted in this one, or an empty text."""
        year = episode.season.start_year
        for _, plot_id in self._around(episode.plot):
            known = seasons.get(plot_id)
            if known is not None and min(known) < year and year not in known:
                return plot_id
        return ""

    def _around(self, plot: Plot) -> list[tuple[float, str]]:
        """Return metres and id of the other plots in reach, the nearest first."""
        near = self._near.get(plot.id)
        if near is None:
            here, near = centre(plot.geometry), []
            for other in self._index.within(plot.geometry, self._reach):
                if other != plot.id:
                    metres = distance_m(*here, *centre(self._plots[other].geometry))
                    near += [(metres, other)] if metres <= self._reach else []
            near = self._near[plot.id] = sorted(near)
        return near

    def _with(self, episode: Episode, planting: Planting, moved_from: str) -> Episode:
        self._alive[id(episode)] = episode
        known = self._told.setdefault(id(episode), {})
        if (planting, moved_from) not in known:
            known[planting, moved_from] = replace(episode, planting=planting, moved_from=moved_from)
        return known[planting, moved_from]

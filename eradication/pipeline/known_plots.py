"""Plots by name and by place, so that a row of a table is not held against every plot of the province."""

from collections.abc import Iterable, Sequence
from math import cos, radians

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication.config import Settings
from eradication.domain import Plot, Visit
from eradication.domain.codes import fold
from eradication.history.identity import footprint_of_visit

_METRES_PER_DEGREE = 111_320.0


class KnownPlots(dict[str, Plot]):
    """Plots by id; whatever is added or replaced later is found as well."""

    def __init__(self, plots: Iterable[Plot], settings: Settings) -> None:
        """Index ``plots``; how far identity looks is in ``settings.identity``."""
        own = settings.identity
        self._reach_m = 2.0 * max(own.min_distance_m, 3.0 * own.satellite_sigma_m, 3.0 * own.patrol_sigma_m)
        super().__init__((plot.id, plot) for plot in plots)
        self._first = list(self.values())
        self._tree = shapely.STRtree([plot.geometry for plot in self._first])
        self._named: dict[str, set[str]] = {}
        for plot in self._first:
            self._note(plot)
        self._later: set[str] = set()

    def add(self, plots: Iterable[Plot]) -> None:
        """Add plots, or replace those of their ids."""
        for plot in plots:
            self[plot.id] = plot
            self._later.add(plot.id)
            self._note(plot)

    def _note(self, plot: Plot) -> None:
        for name in (plot.id, plot.code, *plot.aliases):
            self._named.setdefault(fold(name), set()).add(plot.id)

    def meant_by(self, visit: Visit, outline: BaseGeometry | None = None) -> Sequence[Plot]:
        """Return the plots a visit may speak of, in the order in which they are known: all it names, all round it."""
        found = set(self._later)
        if visit.plot_id:
            return self._in_order(found | self._named.get(fold(visit.plot_id), set()))
        place = footprint_of_visit(visit, outline)
        if place is None:
            return ()
        west, south, east, north = place.geometry.bounds
        high = self._reach_m / _METRES_PER_DEGREE
        wide = high / max(0.01, cos(radians(max(abs(south), abs(north)))))
        window = shapely.box(west - wide, south - high, east + wide, north + high)
        found |= {self._first[n].id for n in np.sort(self._tree.query(window))}
        return self._in_order(found | self._named.get(fold(place.id), set()))

    def _in_order(self, plot_ids: set[str]) -> list[Plot]:
        return [self[plot_id] for plot_id in sorted(plot_ids)]

"""How episodes become entries of the ledger: divided among communes, told apart from what lies beyond the border.

On which side a plot lies, the outlines in force and the border line say, and nothing else: the vintage that totals are
told on moves area from row to row, never in or out.
"""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eradication import geo
from eradication import ledger as accounts
from eradication.domain import AdminUnit, Episode
from eradication.ingest import dividing
from eradication.ledger import Divide, Entry
from eradication.pipeline import set_layers
from eradication.pipeline.basis import outlines
from eradication.pipeline.once import once
from eradication.pipeline.workspace import Workspace


class Counting:
    """Counts episodes on the ground of the communes in force, and tells them on those or on others."""

    def __init__(
        self, workspace: Workspace, units: Sequence[AdminUnit], day: date, vintage: date | None = None
    ) -> None:
        """Read the border line, if one is set.

        Args:
            workspace: whose settings.
            units: communes of every vintage.
            day: whose communes are in force.
            vintage: whose communes the plots are told on; ``None`` = those in force.

        Raises:
            UnusableInput: the border line cannot be read.
        """
        self._divide = dividing.divider(units, day, workspace.settings.ledger.commune_gap_m)
        self._in_force: Divide | None = None
        if vintage is not None and dividing.asked(units, vintage) != dividing.asked(units, day):
            # Outlines of another time fit less well: as in re-basing a plot belongs to the nearest one in wider reach.
            self._in_force, self._divide = self._divide, dividing.divider(units, vintage, dividing.APPROXIMATE_M)
        self._is_unclear = line_of_doubt(workspace)
        self._made = accounts.Made()

    def entries(self, episodes: Sequence[Episode]) -> list[Entry]:
        """Return what the ledger counts of episodes."""
        return accounts.entries(episodes, self._divide, self._is_unclear, self._in_force, self._made)


def shared(workspace: Workspace, units: Sequence[AdminUnit], day: date, vintage: date | None = None) -> Counting:
    """Return who counts on the same ground, for whoever asks while an answer is put together; see :class:`Counting`."""
    known = {one: dividing.asked(units, one) for one in {day, vintage or day}}
    line = set_layers.path(workspace.settings, workspace.folder, "distances", "border")
    stamp = line.stat().st_mtime_ns if line and line.exists() else None
    what = "counting", outlines(known[day]), outlines(known[vintage or day]), stamp
    return once(workspace, what, lambda: Counting(workspace, units, day, vintage))


def line_of_doubt(workspace: Workspace) -> Callable[[Sequence[BaseGeometry]], Sequence[bool]] | None:
    """Return what tells whether outlines lie too near the border line to say on which side, if a line is set.

    Raises:
        UnusableInput: the file of the line cannot be read.
    """
    shapes = set_layers.shapes(workspace.settings, workspace.folder, "distances", "border")
    if shapes is None:
        return None
    line = shapely.union_all([geo.project(shape, geo.WGS84, geo.UTM48) for shape in shapes])
    line = shapely.union_all([line.boundary]) if line.geom_type.endswith("Polygon") else line
    band = line.buffer(workspace.settings.ledger.border_m)
    shapely.prepare(band)

    def is_unclear(outlines: Sequence[BaseGeometry]) -> Sequence[bool]:
        centres = [geo.centre(outline) for outline in outlines]
        points = shapely.points(np.array(geo.transform(centres, geo.WGS84, geo.UTM48)).reshape(-1, 2))
        return [bool(near) for near in np.atleast_1d(shapely.intersects(band, points))]

    return is_unclear

"""A GeoPackage of what somebody may see of a season: plots, visits, communes. QGIS opens it instead of the store.

Patrols' tracks are not in it: they leave the server by their own command, on record walk by walk.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from eradication.domain import Season
from eradication.pipeline import outputs, projection
from eradication.pipeline.reception import views
from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller


def write(
    place: Place, caller: Caller, season: Season, out: Path, only: Collection[tuple[str, str]], mark: str
) -> None:
    """Write the file.

    Args:
        place: whose plots.
        caller: whom the file is for.
        season: of plots and visits.
        out: file to write, ``.gpkg``.
        only: ids of plots with their seasons.
        mark: stands in every row of plots and visits, and in the descriptions of their layers.

    Raises:
        OSError: the disk or a driver refuses.
    """
    from eradication.report import snapshot

    workspace = place.workspace
    episodes = projection.in_season(projection.replayed(workspace).episodes, season)
    chosen = [episode for episode in episodes if (episode.plot.id, episode.season.label) in only]
    plots = [replace(row, mark=mark) for row in outputs.rows_of(workspace, chosen)]
    visits = views.visit_rows(place, caller, season)
    simulated = projection.is_simulated(workspace)
    out.write_bytes(snapshot.pack(plots, visits, projection.units_on(workspace), mark, simulated=simulated))

"""A season opened for models to be asked about: searched as by ``monitor``, matched with what patrols found there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eradication import features, geo, plots, validation
from eradication.domain import Season
from eradication.domain.model import LabelledPlace, Samples, TrainedModel
from eradication.errors import N_, UnusableInput
from eradication.features.sampling import DEFAULT_AREA_M2
from eradication.ingest import geotiff
from eradication.pipeline import fetching, labels, scan
from eradication.pipeline.blocks import Scan
from eradication.pipeline.cluster import Run
from eradication.pipeline.labels import Labels
from eradication.pipeline.workspace import Workspace, disk_errors_explained, scans_locked
from eradication.progress import Stage
from eradication.raster import PIXEL_M
from eradication.validation import Searched
from eradication.validation.curves import Checked, checked

BACKGROUND = 5000
"""Background pixels of the season that a model's features are examined on."""

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examination:
    """A season that models are examined on."""

    season: Season
    catalog: str
    samples: Path | None = None
    """Visit table that tells what was found, without storing it; ``None`` = the visits of the store."""
    visits: int = 0
    """Candidates that can be visited; 0 = as the settings say."""
    dask: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A model's list of candidates in a season, and what became of them."""

    searched: Searched
    checked: Checked
    places: tuple[LabelledPlace, ...]
    """Visited places inside the imagery, as :attr:`checked` numbers them."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenSeason:
    """A season whose imagery is open; use :func:`opened`."""

    workspace: Workspace
    labels: Labels
    visits: int
    planned: Scan
    run: Run
    stage: Stage

    def search(self, model: TrainedModel | None) -> Listed:
        """Let a model, or the rules, search the season."""
        scanned = scan.scan(self.planned, model, self.run, self.stage)
        found = plots.outline(scanned.scores, self.workspace.settings, run="examination")
        grid = self.planned.archive.grid
        box = grid.boundingbox
        at = self._metres([(place.lon, place.lat) for place in self.labels.places])
        inside = (at >= (box.left, box.bottom)).all(axis=1) & (at <= (box.right, box.top)).all(axis=1)
        kept = tuple(place for place, there in zip(self.labels.places, inside, strict=True) if there)
        at, centres = at[inside], self._metres([(c.lon, c.lat) for c in found])
        area = np.array([place.area_m2 or DEFAULT_AREA_M2 for place in kept])
        positive = np.array([int(place.positive) for place in kept], np.int64)
        finds = positive == 1
        names = tuple(place.plot for place in kept if place.positive)
        hits = validation.match(centres, at[finds], area[finds])
        searched = Searched(names, area[finds], hits, self.visits, scanned.scores.observed * PIXEL_M**2 / 1e6)
        return Listed(searched, checked(centres, at, area, positive, self.visits), kept)

    def samples(self, seed: int = 0) -> Samples:
        """Describe what was visited in the season, and background, as samples to learn from are described."""
        choice = features.choose(self.planned.archive.grid, self.labels.places, background=BACKGROUND, seed=seed)
        return features.sample(scan.describe(self.planned, choice, self.run, self.stage), choice)

    def facts(self, listed: Listed) -> dict[str, Any]:
        """Return what the answers of all examinations have in common."""
        scenes, searched = self.planned.archive.scenes, listed.searched
        return {
            "season": self.planned.archive.season.label,
            "visits": self.visits,
            "plots": len(searched.plots),
            "km2": round(searched.km2, 3),
            "prevalence": float(searched.area_m2.sum() / max(searched.km2 * 1e6, 1e-9)),
            "outside": len(self.labels.places) - len(listed.places),
            "refused": self.labels.told["refused"],
            "notes": ["unvisited_count_as_false", "only_found_plots_are_known"],
            "simulated": any(scene.simulated for scene in scenes) or self.workspace.simulated,
        }

    def _metres(self, lonlat: list[tuple[float, float]]) -> Floats:
        epsg = geotiff.epsg_of(self.planned.archive.grid)
        return np.array(geo.transform(lonlat, geo.WGS84, epsg), np.float64).reshape(-1, 2)


@contextmanager
def opened(workspace: Workspace, where: Examination, stage: Stage) -> Iterator[OpenSeason]:
    """Open the imagery of a season of which finds are known.

    Raises:
        UnusableInput: ``no_finds``, ``no_samples``, ``labels_do_not_judge``.
    """
    known = labels.of_season(workspace, where.season, where.samples)
    places = known.places
    if not known.visits:
        raise UnusableInput(
            "labels_do_not_judge",
            N_("A model is judged by what visits found; this table holds labels, which nobody dated or walked to."),
            where=str(where.samples or ""),
            hint=N_("Give a table of visits with --samples, or import the visits."),
        )
    if not any(place.positive for place in places):
        raise UnusableInput(
            "no_finds",
            N_("No plot with poppy is known in season {season}: nothing can be sought."),
            hint=N_("Import the visits of that season, or give a table with --samples."),
            values={"season": where.season.label},
        )
    visits = where.visits or workspace.settings.learning.visits
    catalog, area = fetching.prepared(workspace, where.catalog, where.season, None, stage)
    with disk_errors_explained(workspace.folder), scans_locked(workspace), scan.workers(where.dask) as run:
        archives = scan.opened(workspace, catalog, where.season, area, stage)
        yield OpenSeason(workspace, known, visits, scan.prepared(workspace, archives), run, stage)

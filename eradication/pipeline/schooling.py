"""Where a model comes from: the images, the definitions of its features, the area, and why this learner."""

import math
from collections.abc import Sequence
from dataclasses import replace

from shapely import box

from eradication import features, geo
from eradication.domain.model import LOGISTIC_FROM, TREES_FROM, Samples, TrainedModel
from eradication.domain.schooling import Box, Schooling
from eradication.ingest import geotiff
from eradication.ingest.imagery import Archive
from eradication.raster import PIXEL_M


def of_lesson(archives: Sequence[Archive], samples: Samples) -> Schooling:
    """Return which images taught a season, those of earlier years included, and where the samples lie."""
    scenes = {
        archive.season.label: {scene.id: scene.facts.get("baseline") or "" for scene in archive.scenes}
        for archive in archives
    }
    return Schooling(
        scenes=scenes,
        box=_around(samples, geotiff.epsg_of(archives[0].grid)),
        simulated=any(scene.simulated for archive in archives for scene in archive.scenes),
    )


def _around(samples: Samples, epsg: int) -> Box | None:
    """Return the box around all samples, background included, widened to whole tenths of a degree.

    Eleven kilometres and the background keep the places of plots out of what is made to be shared.
    """
    if not len(samples.xy):
        return None
    low, high = samples.xy.min(axis=0) - PIXEL_M / 2, samples.xy.max(axis=0) + PIXEL_M / 2
    # A straight edge in metres is bent in degrees: it is followed kilometre by kilometre.
    west, south, east, north = geo.project(box(*low, *high).segmentize(1000.0), epsg, geo.WGS84).bounds
    return _tenth_below(west), _tenth_below(south), -_tenth_below(-east), -_tenth_below(-north)


def _tenth_below(degrees: float) -> float:
    return round(math.floor(degrees * 10) / 10, 1)


def told(model: TrainedModel, lessons: Sequence[Schooling]) -> TrainedModel:
    """Return ``model`` with its origin: what the lessons say, put together, and what it learned from them."""
    scenes: dict[str, dict[str, str]] = {}
    for lesson in lessons:
        for season, found in lesson.scenes.items():
            scenes.setdefault(season, {}).update(found)
    boxes = [lesson.box for lesson in lessons if lesson.box is not None]
    origin = Schooling(
        scenes={season: dict(sorted(scenes[season].items())) for season in sorted(scenes)},
        definitions=features.definitions(model.features),
        box=_joined(boxes) if boxes else None,
        reason=_reason(model),
        simulated=any(lesson.simulated for lesson in lessons),
    )
    return replace(model, schooling=origin)


def _joined(boxes: Sequence[Box]) -> Box:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _reason(model: TrainedModel) -> str:
    plots = model.counts["positive_plots"]
    return (
        f"Chosen by the number of plots with poppy, {plots}: trees from {TREES_FROM}, "
        f"logistic regression from {LOGISTIC_FROM}, else the rules."
    )

"""Closed walks of patrols, found again by the plot they go round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from eradication.checks import Walked
from eradication.domain import Event, EventKind, Season


@dataclass(frozen=True, slots=True)
class Rounds:
    """The closed walks of a season."""

    walks: Sequence[Walked]
    """By time."""
    tree: shapely.STRtree
    min_iou: float
    """Intersection over union from which a walk goes round a plot."""

    @classmethod
    def of(cls, events: Iterable[Event], season: Season, min_iou: float) -> "Rounds":
        """Find the closed walks among events."""
        walks = [
            _walk(event.payload["patrol"]["id"], perimeter)
            for event in events
            if event.kind is EventKind.PATROL_RECORDED and Season.of(event.happened_at) == season
            for perimeter in event.payload["patrol"].get("perimeters", ())
        ]
        return cls(walks, shapely.STRtree([walk.outline for walk in walks]), min_iou)

    def round(self, plot: BaseGeometry) -> Walked | None:
        """Return the walk that fits a plot's outline (WGS 84) best, ``None`` if none goes round it."""
        best, best_iou = None, self.min_iou
        for number in sorted(self.tree.query(plot)):
            walk = self.walks[number]
            ground = walk.outline if walk.outline.is_valid else shapely.make_valid(walk.outline, method="structure")
            common = float(ground.intersection(plot).area)
            iou = common / (float(ground.area) + float(plot.area) - common) if common > 0 else 0.0
            if iou >= best_iou:
                best, best_iou = walk, iou
        return best


def _walk(patrol: str, perimeter: Any) -> Walked:
    area, error, crossings = (perimeter[name] for name in ("area_m2", "area_se_m2", "crossings"))
    return Walked(shape(perimeter["outline"]), float(area), float(error), int(crossings), str(patrol))

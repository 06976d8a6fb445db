"""Ground that two teams measured: counted once, with the plot detected first, and shown to both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from eradication.domain import Episode
from eradication.geo import area_m2

LEAST_M2 = 1.0
"""Outlines that touch by less do not overlap."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a plot's measured outline has in common with another one's of the same season."""

    other: str
    """Id of the other plot."""
    other_code: str
    other_unit: str
    """Unit that answers for the other plot: it is shown to both."""
    m2: float
    """Geodesic area of the common ground, one decimal."""
    share: float
    """Of this plot's outline, without what is common with other plots before it."""
    counted_there: bool
    """True if the other plot was detected first, so that the ground is counted with it."""


type Shared = dict[tuple[str, str], tuple[Overlap, ...]]
"""Plot and season → its overlaps, for plots that have any."""
type Compared = dict[str, tuple[list[Episode], Shared]]
"""Season → the episodes that were compared last, by time of detection, and what was found."""


def overlaps(episodes: Sequence[Episode], before: Compared | None = None) -> Shared:
    """Return what measured outlines of one season have in common.

    Only outlines that were measured on the ground count: of a disc round a point nobody knows where its ground ends.

    Args:
        episodes: of any seasons.
        before: what was compared for another moment; seasons of the very same episodes are not compared again.
    """
    before = {} if before is None else before
    found: Shared = {}
    seasons: dict[str, list[Episode]] = {}
    for episode in episodes:
        if episode.detected_at is not None and episode.outline is not None:
            seasons.setdefault(episode.season.label, []).append(episode)
    for label, measured in seasons.items():
        ordered = sorted(measured, key=lambda e: (e.detected_at, e.plot.id))
        compared, shared = before.get(label, ([], {}))
        if list(map(id, compared)) != list(map(id, ordered)):
            shared = {(episode.plot.id, label): others for episode, others in _neighbours(ordered)}
            before[label] = ordered, shared
        found |= shared
    return found


def _neighbours(ordered: Sequence[Episode]) -> Iterable[tuple[Episode, tuple[Overlap, ...]]]:
    outlines = [episode.ground for episode in ordered]
    pairs = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    by_plot: dict[int, list[int]] = {}
    for one, other in pairs.T.tolist():
        if one != other:
            by_plot.setdefault(one, []).append(other)
    for number, others in sorted(by_plot.items()):
        told = _told(number, sorted(others), outlines, ordered)
        if told:
            yield ordered[number], told


def _told(
    number: int, others: Sequence[int], outlines: Sequence[BaseGeometry], ordered: Sequence[Episode]
) -> tuple[Overlap, ...]:
    """Return overlaps in the order of detection; what an earlier plot has is not counted again with the next one."""
    outline, rest = outlines[number], outlines[number]
    told = []
    for other in others:
        common = shapely.intersection(outline, outlines[other])
        m2 = area_m2(common) if common.area else 0.0
        if m2 < LEAST_M2:
            continue
        earlier = other < number
        fresh = shapely.intersection(rest, outlines[other]) if earlier else common
        rest = shapely.difference(rest, outlines[other]) if earlier else rest
        share, neighbour = round(fresh.area / outline.area, 9), ordered[other]
        names = neighbour.plot.id, neighbour.plot.code, neighbour.unit
        told.append(Overlap(*names, round(m2, 1), share, earlier))
    return tuple(told)

"""What a pack is made of, given by whoever has it on file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from eradication.errors import N_
from eradication.report.chips import Chip
from eradication.report.map_pack.mercator import Bounds
from eradication.report.plan_ground import Heights

type Value = str | int | float

WORDS: Mapping[str, str] = {
    "contours": N_("Contour lines"),
    "hillshade": N_("Shaded relief"),
    "roads": N_("Roads"),
    "tracks": N_("Footpaths and tracks"),
    "rivers": N_("Rivers"),
    "border": N_("Border"),
    "communes": N_("Outlines of communes"),
    "hazards": N_("Areas of danger"),
    "candidates": N_("Places to check"),
    "imagery": N_("Satellite pictures of places"),
}
"""What a pack may hold → its name for people."""

REASONS: Mapping[str, str] = {
    "not_set": N_("The settings name no file for it."),
    "none_here": N_("Nothing of it lies on this ground."),
    "elsewhere": N_("The height model does not reach this ground."),
    "partly": N_("The height model covers only {percent} % of this ground."),
    "none_open": N_("No place on this ground is open for this unit."),
    "no_pictures": N_("There is no clear picture of any of these places on the server."),
    "in_use": N_("A run is working on the imagery; pictures come with the next map."),
    "approximate": N_("Outlines of communes are stand-ins: where they run is not known exactly."),
    "left_out": N_("{count} open places lie beyond the edge of this map."),
    "fewer_pictures": N_("Pictures of the {most} most important places only."),
}
"""Why something is missing, or what must be known of it → the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One shape of a layer with what is told of it."""

    shape: BaseGeometry
    """WGS 84."""
    told: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is missing, or that must be known of what is there."""

    part: str
    """Key of :data:`WORDS`."""
    why: str
    """Key of :data:`REASONS`, or the kind of the error that a file gave."""
    message: str
    """Message id of the sentence."""
    values: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, part: str, why: str, **values: int) -> "Remark":
        """Return a remark with its sentence of :data:`REASONS`."""
        return cls(part, why, REASONS[why], values)


@dataclass(frozen=True, slots=True, eq=False)
class PackView:
    """All that a pack shows."""

    unit: str
    season: str
    bounds: Bounds
    """WGS 84."""
    heights: Heights | None = None
    """On whole pixels of :data:`eradication.report.map_pack.hillshade.ZOOM` (EPSG:3857)."""
    layers: Mapping[str, Sequence[Feature]] = field(default_factory=dict)
    """Those of :data:`eradication.report.map_pack.vector.LAYERS` other than contour lines; the rest is empty."""
    pictures: Sequence[Chip] = ()
    """Where two overlap the later one is seen."""
    remarks: Sequence[Remark] = ()
    simulated: bool = False
    attribution: str = ""

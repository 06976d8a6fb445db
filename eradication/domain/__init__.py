"""The field's words as frozen values; see the glossary in the README.

Nothing here reads files, knows a coordinate system or imports another part of the package except ``errors``.
"""

from eradication.domain.codes import (
    AreaMethod,
    CandidateSource,
    Code,
    CountMethod,
    Crop,
    DestroyedBy,
    DestructionMethod,
    Detectability,
    DismissalReason,
    LookAlike,
    MinutesType,
    NotReachedReason,
    Outcome,
    Planting,
    ScoreKind,
    SelectionMode,
    Stage,
    State,
    parse_code,
)
from eradication.domain.course import Course, Destruction, Round
from eradication.domain.event import Event, EventKind, Json
from eradication.domain.fact import Fact, FactKind, VillageKind
from eradication.domain.patrol import MARKS, Fixes, Patrol, PatrolFile, Perimeter, Waypoint
from eradication.domain.period import Period
from eradication.domain.photo import Photo, PhotoFacts
from eradication.domain.plot import Candidate, Episode, Plot, detectability
from eradication.domain.season import TIMEZONE, Season
from eradication.domain.tip import Informant, Tip
from eradication.domain.unit import AdminUnit, Lineage, ResponsibleUnit, UnitKind
from eradication.domain.visit import Visit

__all__ = [
    "MARKS",
    "TIMEZONE",
    "AdminUnit",
    "AreaMethod",
    "Candidate",
    "CandidateSource",
    "Code",
    "CountMethod",
    "Course",
    "Crop",
    "DestroyedBy",
    "Destruction",
    "DestructionMethod",
    "Detectability",
    "DismissalReason",
    "Episode",
    "Event",
    "EventKind",
    "Fact",
    "FactKind",
    "Fixes",
    "Informant",
    "Json",
    "Lineage",
    "LookAlike",
    "MinutesType",
    "NotReachedReason",
    "Outcome",
    "Patrol",
    "PatrolFile",
    "Perimeter",
    "Period",
    "Photo",
    "PhotoFacts",
    "Planting",
    "Plot",
    "ResponsibleUnit",
    "Round",
    "ScoreKind",
    "Season",
    "SelectionMode",
    "Stage",
    "State",
    "Tip",
    "UnitKind",
    "VillageKind",
    "Visit",
    "Waypoint",
    "detectability",
    "parse_code",
]

"""Long work that somebody asked for, and how far it is."""

from collections.abc import Mapping
from types import MappingProxyType

from eradication.domain.codes import Code
from eradication.errors import N_


class JobState(Code):
    """How far a job is."""

    QUEUED = "queued", "đang chờ"
    RUNNING = "running", "đang làm"
    DONE = "done", "đã xong"
    FAILED = "failed", "không làm được"
    CANCELLED = "cancelled", "đã hủy"


OVER = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
"""Nothing happens to it any more, unless somebody asks for it again."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "hand_in": N_("Hand-in"),
        "patrols": N_("Files of patrols"),
        "visits": N_("Table of visits"),
        "photos": N_("Photos"),
        "forms": N_("Forms"),
        "monitor": N_("Season of imagery"),
        "report": N_("Report"),
        "map_pack": N_("Map for telephones"),
        "mosaic": N_("Image of a drone"),
        "evidence": N_("Pictures and reasons of candidates"),
        "examine": N_("Examination of a model"),
        "promote": N_("Contest of models"),
        "audit": N_("Audit of all chains"),
        "backup": N_("Backup"),
        "figures": N_("Figures beside the ledger"),
        "digest": N_("Summary by mail"),
        "dossier": N_("Dossier of a plot"),
        "tell_looks": N_("Record of who looked at plots"),
    }
)
"""Kind of work → what it is called."""

"""Settings: one frozen value, read once by the shells from ``eradication.toml`` and passed down.

Each field's ``doc`` is the comment that ``eradication init`` writes above it, so that file and code cannot disagree.
"""

from eradication.config.accounts import Ledger
from eradication.config.backup import Backup
from eradication.config.file import FILE_NAME, load, parse, placed, render
from eradication.config.harvest import Harvest
from eradication.config.letters import LegalBasis, Report, Signatory
from eradication.config.mail import Mail
from eradication.config.patrols import Cleaning, Effort, Inbox, Perimeters, Photos, Retention
from eradication.config.sections import (
    Boundaries,
    Bundles,
    Candidates,
    Distances,
    Fetch,
    Identity,
    Imagery,
    Keys,
    Learning,
    Limits,
    Settings,
    Store,
    Terrain,
    Tips,
    Workspace,
)
from eradication.config.web import Web

__all__ = [
    "FILE_NAME",
    "Backup",
    "Boundaries",
    "Bundles",
    "Candidates",
    "Cleaning",
    "Distances",
    "Effort",
    "Fetch",
    "Harvest",
    "Identity",
    "Imagery",
    "Inbox",
    "Keys",
    "Learning",
    "Ledger",
    "LegalBasis",
    "Limits",
    "Mail",
    "Perimeters",
    "Photos",
    "Report",
    "Retention",
    "Settings",
    "Signatory",
    "Store",
    "Terrain",
    "Tips",
    "Web",
    "Workspace",
    "load",
    "parse",
    "placed",
    "render",
]

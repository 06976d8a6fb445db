"""The ledger's totals of every season: what a backup is held against when it is restored."""

from datetime import datetime

from eradication import ledger as books
from eradication.domain import EventKind, Season
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.workspace import Workspace

TOLD = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")

type Totals = dict[str, dict[str, int | None]]
"""Season → quantity → m² or count."""


def of_seasons(workspace: Workspace, as_of: datetime | None = None) -> Totals:
    """Return the totals of every season that has plots or candidates.

    Args:
        workspace: whose ledger.
        as_of: replay all that was recorded until then; ``None`` = as things stand now, from what is kept if that holds.
    """
    _, entries, _ = Teller(workspace, Question(None, as_of=as_of)).told()
    seasons = sorted({entry.season for entry in entries})
    return {season.label: _row(season, entries) for season in seasons}


def _row(season: Season, entries: list[books.Entry]) -> dict[str, int | None]:
    (total,) = books.rows_by(entries, books.Scope(season), books.Wording("total"))
    return {name: total[name] for name in TOLD}


def moment(workspace: Workspace, now: datetime) -> datetime:
    """Return ``now``, or when the last event was recorded if this computer's clock went back since."""
    before_last = {head.origin: head.events - 1 for head in workspace.store.origins()}
    return max((now, *(event.recorded_at for event in workspace.store.later(before_last, list(EventKind)))))

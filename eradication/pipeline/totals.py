"""The ledger's totals of every season: what a backup is held against when it is restored."""

from datetime import UTC, datetime

from eradication import ledger as books
from eradication.domain import EventKind, Season
from eradication.pipeline import kept
from eradication.pipeline.accounts import Question, Teller
from eradication.pipeline.workspace import Workspace

TOLD = ("suspected_m2", "detected_m2", "claimed_m2", "verified_m2", "remaining_m2", "plots", "plants")

type Totals = dict[str, dict[str, int | None]]
"""Season → quantity → m² or count."""


def of_seasons(workspace: Workspace, as_of: datetime | None = None) -> Totals:
    """Return the totals of every season that has plots or candidates; from what is kept of a replay if that holds.

    Args:
        workspace: whose ledger.
        as_of: all that was recorded until then, as it stood then; ``None`` = now.

    Raises:
        UnusableInput: a file that the settings name is missing.
    """
    known = kept.told(workspace, None, as_of or datetime.now(UTC))
    entries = Teller(workspace, Question(None, as_of=as_of)).told()[1] if known is None else known.entries
    seasons = sorted({entry.season for entry in entries})
    return {season.label: _row(season, entries) for season in seasons}


def _row(season: Season, entries: list[books.Entry]) -> dict[str, int | None]:
    (total,) = books.rows_by(entries, books.Scope(season), books.Wording("total"))
    return {name: total[name] for name in TOLD}


def moment(workspace: Workspace, now: datetime) -> datetime:
    """Return ``now``, or when the last event was recorded if this computer's clock went back since."""
    before_last = {head.origin: head.events - 1 for head in workspace.store.origins()}
    return max((now, *(event.recorded_at for event in workspace.store.later(before_last, list(EventKind)))))

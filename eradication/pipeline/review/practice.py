"""Simulated ground is there to be practised on, and its season is over: it is reviewed as on the season's last day.

Nowhere else: what nobody visited in a real season has expired, and no decision at a desk brings it back.
"""

from datetime import datetime, timedelta

from eradication.domain import EventKind, Season, State
from eradication.pipeline import projection
from eradication.pipeline.reception.place import Place
from eradication.pipeline.review.second import Desk
from eradication.store import Row


def day(place: Place, season: Season) -> datetime | None:
    """Return when a decision is taken to be made; ``None`` = now, as it is."""
    if not projection.is_simulated(place.workspace):
        return None
    return min(place.now(), season.ends - timedelta(seconds=1))


def is_over(place: Place, season: Season) -> bool:
    """Tell whether decisions about a season are practice: it is simulated, and over."""
    return projection.is_simulated(place.workspace) and place.now() >= season.ends


def as_then(row: Row, desk: Desk, *, practising: bool) -> Row:
    """Return a row as it stood on the season's last day."""
    if not practising or row["state"] != State.EXPIRED:
        return row
    last = desk.first.get(row["plot_id"])
    assigned = last is not None and last.kind is EventKind.PLOT_ASSIGNED
    return row | {"state": str(State.ASSIGNED if assigned else State.CANDIDATE)}

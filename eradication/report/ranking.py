"""What comes first when a season has thousands of candidates: what people found or went to see, then the best scores.

Nothing is left out of the map or the plot files; places beyond the first are drawn small and not listed on paper.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from eradication.domain import State
from eradication.report.view import PlotRow

FULL = 100
"""Places nobody visited that are drawn in full and listed on paper, best score first."""

_RANK: Mapping[State, int] = MappingProxyType(
    {
        State.DETECTED: 0,
        State.REGROWN: 0,
        State.ERADICATED: 1,
        State.HARVESTED: 2,
        State.SELF_REMOVED: 2,
        State.VERIFIED: 3,
        State.NOT_REACHED: 4,
        State.ASSIGNED: 5,
        State.CANDIDATE: 6,
        State.REJECTED: 7,
        State.DISMISSED: 8,
        State.EXPIRED: 9,
    }
)
_CROWD = (State.CANDIDATE, State.DISMISSED, State.EXPIRED)


def by_importance(rows: Iterable[PlotRow]) -> list[PlotRow]:
    """Return ``rows`` with what is unfinished first, then by state, within a state by score from high to low."""
    return sorted(rows, key=lambda row: (_RANK[row.episode.state], *_by_score(row)))


def split(rows: Iterable[PlotRow]) -> tuple[list[PlotRow], list[PlotRow]]:
    """Return (shown in full, the crowd).

    Of the places nobody visited only the :data:`FULL` best are in the first: open candidates before closed ones, then
    by score.
    """
    ordered = by_importance(rows)
    crowd = sorted((row for row in ordered if row.episode.state in _CROWD), key=_crowd_key)[FULL:]
    small = {id(row) for row in crowd}
    return [row for row in ordered if id(row) not in small], crowd


def _by_score(row: PlotRow) -> tuple[float, str]:
    return -(row.episode.score or 0.0), row.episode.plot.code


def _crowd_key(row: PlotRow) -> tuple[bool, float, str]:
    return row.episode.state is not State.CANDIDATE, *_by_score(row)

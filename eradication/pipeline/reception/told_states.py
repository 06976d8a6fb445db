"""Questions about the state of a plot mean the state that is told, and a store keeps the one that events left.

Nothing is recorded when a season ends, though its open candidates have expired from then on. So a condition on the
state is asked of each season as time has left it.
"""

from collections.abc import Callable
from datetime import datetime

from eradication import history
from eradication.domain import Season, State
from eradication.store.where import Among, Compare, Either, Every, Not, Where, holds

COLUMN = "state"


def as_told(where: Where, moment: datetime) -> Where:
    """Return a condition on kept rows for one on rows as they are told at ``moment``."""
    match where:
        case Every(parts):
            return Every(tuple(as_told(part, moment) for part in parts))
        case Either(parts):
            return Either(tuple(as_told(part, moment) for part in parts))
        case Not(part):
            return Not(as_told(part, moment))
    if where.column != COLUMN:
        return where
    latest = Season.of(moment)
    last_ended = latest if moment >= latest.ends else Season(latest.start_year - 1)
    is_past = Compare("season", "<=", last_ended.label)
    return Either(
        (
            Every((is_past, _states(where, lambda state: history.standing(state, last_ended, moment)))),
            Every((Not(is_past), _states(where, lambda state: state))),
        )
    )


def _states(where: Where, told: Callable[[State], State]) -> Where:
    return Among(COLUMN, tuple(str(state) for state in State if holds(where, {COLUMN: str(told(state))})))

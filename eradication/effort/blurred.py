"""Patrols of others as they are shown: only many together, only in coarse cells, and only long after their return.

What is shown must not tell of a single patrol, nor may the difference of two answers. So

* a patrol comes in with the others of its week: answers change once a week, and by nothing younger than the delay;
* it comes in by the later of its return and of its entry, or an old track handed in today would come in alone;
* several tracks of one unit on one day are one patrol here, so that many telephones on one walk are not a crowd;
* counts are rounded down to whole crowds: a cell has 0, ``least``, 2 · ``least`` … patrols, so whatever makes it grow
  is a whole crowd of which nobody can tell when each of them was there.

Whoever adds other units' own figures to their own can still come closer: that is a secret those units give away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from eradication.domain import TIMEZONE, Season
from eradication.effort.totals import Effort, counted, summarise

type Patrol = Mapping[str, Any]
"""What is on record of a patrol, see :func:`eradication.effort.summarise`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How coarse, how many, how late."""

    side_km: int
    """Side of the cells; they lie on the grid of EPSG:32648."""
    least: int
    delay: timedelta

    def until(self, now: datetime) -> datetime:
        """Return the moment before which patrols must have returned: the last Monday that is older than the delay."""
        day = (now - self.delay).astimezone(TIMEZONE).date()
        return datetime.combine(day - timedelta(days=day.weekday()), time(), TIMEZONE)


@dataclass(frozen=True, slots=True)
class Entered:
    """A patrol and when it was entered."""

    patrol: Patrol
    recorded_at: datetime


def released(entered: Iterable[Entered], season: Season, until: datetime) -> list[Patrol]:
    """Return the patrols of a season that came in before a moment, each walk once, in the order in which they did."""
    due = [
        (max(one.recorded_at, datetime.fromisoformat(one.patrol["end"])), str(one.patrol["id"]), one.patrol)
        for one in entered
        if one.patrol["kind"] == "track" and one.patrol["start"] and one.patrol["end"]
    ]
    before = [row for row in sorted(due, key=lambda row: row[:2]) if row[0] < until]
    walks = counted(patrol for *_, patrol in before)
    return [patrol for patrol in walks if Season.of(datetime.fromisoformat(patrol["start"])) == season]


def cells(patrols: Iterable[Patrol], side_km: int, least: int) -> dict[tuple[int, int], int]:
    """Return the cells, by column and row, that crowds of patrols came through → how many, rounded down to crowds."""
    crowds: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for patrol in patrols:
        who = str(patrol["unit"]), _day(patrol)
        for name in {name for names in patrol["cells"].values() for name in names}:
            east, north = map(int, str(name).split("_"))
            crowds.setdefault((east // side_km, north // side_km), set()).add(who)
    counts = {cell: len(crowd) // least * least for cell, crowd in crowds.items()}
    return {cell: count for cell, count in sorted(counts.items()) if count}


def _day(patrol: Patrol) -> str:
    return datetime.fromisoformat(patrol["start"]).astimezone(TIMEZONE).date().isoformat()


def effort(patrols: Sequence[Patrol], season: Season, least: int) -> Effort:
    """Return the effort of patrols in the order in which they came in, as far as they make up whole crowds."""
    return summarise(patrols[: len(patrols) // least * least], season=season)

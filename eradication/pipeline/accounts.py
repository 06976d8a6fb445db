"""The ledger of a workspace: what counts, read from the events, with what was not seen beside it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from eradication import effort, history
from eradication import ledger as accounts
from eradication.domain import AdminUnit, Episode, Event, EventKind, Period, Season
from eradication.errors import N_
from eradication.ingest import boundaries
from eradication.ledger import Beside, Context, Entry, Limits, Scope, Wording
from eradication.pipeline import kept, projection
from eradication.pipeline.counting import Counting
from eradication.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Question:
    """What the ledger is asked."""

    season: Season | None
    year: int | None = None
    by: str = "commune"
    as_of: datetime | None = None
    """Cut on ``recorded_at``; ``None`` = now."""
    vintage: date | None = None
    """Boundaries valid on this day; ``None`` = on the day things are told of."""
    period: Period | None = None
    unit: str = ""
    """Only what this unit answers for; empty = the whole province."""

    @property
    def scope(self) -> Scope:
        """Season, calendar year or reporting period."""
        return Scope(None if self.year or self.period else self.season, self.year, self.period)


def ledger(workspace: Workspace, question: Question) -> dict[str, Any]:
    """Return the ledger: five quantities by row, with effort and what was not seen beside them."""
    as_of = question.as_of or datetime.now(UTC)
    teller = Teller(workspace, question)
    found, entries, before = teller.told()
    coverage = _coverage(workspace, question)
    walked = Walked.of(workspace, question)
    answer = accounts.account(
        entries,
        question.scope,
        as_of=as_of,
        before=before,
        wording=wording(workspace, question),
        beside=Beside(
            effort=dataclasses.asdict(walked.all),
            coverage=coverage,
            context=_context(workspace, question, walked, coverage),
        ),
        limits=limits(workspace),
    )
    communes = projection.units_on(workspace, question.vintage, question.as_of)
    return answer | {
        "findings": projection.findings(found, question.scope.season),
        "approximate_boundaries": any(unit.approximate for unit in communes),
        "simulated": projection.is_simulated(workspace, question.as_of),
    }


def wording(workspace: Workspace, question: Question, by: str = "") -> Wording:
    """Return how rows are grouped and named."""
    return Wording(by or question.by, projection.names(workspace, question.vintage, question.as_of))


def limits(workspace: Workspace) -> Limits:
    """Return the days within which things ought to be done."""
    own = workspace.settings.ledger
    return Limits(own.destroy_days, own.tip_days, own.revisit_days, own.late_days)


class Teller:
    """Tells findings and entries: as they are kept, or replayed at several moments; reads the events at most once."""

    def __init__(self, workspace: Workspace, question: Question) -> None:
        """Ask ``question`` of ``workspace``; nothing is read before something is told."""
        self._workspace, self._question = workspace, question
        self._now = datetime.now(UTC)

    def told(self) -> tuple[list[history.Finding], list[Entry], list[Entry]]:
        """Return findings and entries as the scope left them, and the entries of a span as it found them.

        Of a season only its own entries are told. What is kept answers if the question is about now; else, or where
        events have come since or boundaries and settings are others, everything is replayed. Both say the same.
        """
        span, season = self._question.scope.span, self._question.scope.season
        if span is not None:
            first, last = span
            told = self.replayed(last)
            return told.findings, self.entries(told.episodes), self.until(first - timedelta(microseconds=1))
        if self._question.as_of is None and self._question.vintage is None:
            known = kept.told(self._workspace, season, self._now)
            if known is not None:
                return known.findings, self._mine(known.entries), []
        told = self.replayed()
        counted = self.entries(told.episodes)
        return told.findings, [entry for entry in counted if season in (None, entry.season)], []

    def until(self, moment: datetime) -> list[Entry]:
        """Return the entries as they stood at a moment, as known today."""
        return self.entries(self.replayed(moment).episodes)

    def replayed(self, until: datetime | None = None) -> history.History:
        """Return the history, what happened after ``until`` left out."""
        return history.replay(
            self._events,
            as_of=self._question.as_of or self._now,
            locate=boundaries.locator(self._units, self._day),
            settings=self._workspace.settings,
            happened_until=until,
        )

    def entries(self, episodes: Sequence[Episode]) -> list[Entry]:
        """Return what the ledger counts of episodes."""
        return self._mine(self._counting.entries(episodes))

    def _mine(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if self._question.unit in ("", entry.unit)]

    @cached_property
    def _events(self) -> Sequence[Event]:
        return self._workspace.store.events(as_of=self._question.as_of, kinds=history.KINDS)

    @cached_property
    def _units(self) -> Sequence[AdminUnit]:
        return self._workspace.store.units(as_of=self._question.as_of)

    @cached_property
    def _counting(self) -> Counting:
        return Counting(self._workspace, self._units, self._day)

    @property
    def _day(self) -> date:
        return projection.day_of(self._question.vintage, self._question.as_of or self._now)


@dataclass(frozen=True, slots=True)
class Walked:
    """Effort of a season or span, of everybody and by unit."""

    all: effort.Effort
    by_unit: Mapping[str, effort.Effort]

    @classmethod
    def of(cls, workspace: Workspace, question: Question) -> "Walked":
        """Sum up the recorded patrols."""
        recorded = workspace.store.events(as_of=question.as_of, kinds=[EventKind.PATROL_RECORDED])
        span, season = question.scope.span, question.scope.season
        told = [e.payload["patrol"] for e in recorded if span is None or span[0] <= e.happened_at <= span[1]]
        by_unit = effort.by_unit(told, season=season)
        mine = [patrol for patrol in told if question.unit in ("", patrol["unit"])]
        return cls(effort.summarise(mine, season=season), by_unit)


def _context(workspace: Workspace, question: Question, walked: Walked, coverage: Mapping[str, Any]) -> Context:
    """Return what the signs look at besides entries."""
    own = workspace.settings.ledger
    year = datetime.now(UTC).year if question.as_of is None else question.as_of.year
    cuts = [Period(y, n, own.period_cuts).last for y in range(year - 10, year + 2) for n in range(4)]
    return Context(
        effort=dataclasses.asdict(walked.all),
        effort_by_unit={unit: dataclasses.asdict(one) for unit, one in walked.by_unit.items()},
        coverage=coverage,
        least_seen=own.least_seen,
        cuts=cuts,
        late_days=own.late_days,
    )


def _coverage(workspace: Workspace, question: Question) -> dict[str, Any]:
    season = question.scope.season
    if season is None:
        why = N_("Coverage is told by season: ask for a season instead of a year.")
        return {"optical": None, "patrol": None, "none": None, "why": why}
    from eradication.pipeline import covered

    return covered.total(workspace, season, question.as_of)
